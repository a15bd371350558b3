package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/run"
	"github.com/wirelaw/wirelaw/conformance/script"
	"github.com/wirelaw/wirelaw/spec"
)

// std is where a command reads and writes.
type std struct {
	in       io.Reader
	out, err io.Writer
	terminal bool // err is one
}

// A subcommand is one word after wirecheck.
type subcommand struct {
	name, args, short string
	run               func(context.Context, *std, []string) (conformance.Status, error)
}

var subcommands []*subcommand

func init() {
	subcommands = []*subcommand{
		{"test", "[--client] --addr HOST:PORT | --exec 'CMD {addr}' [SELECTOR…]", "judge a server, or a client (wirecheck test --client --exec 'chat --json --addr {addr}')", runTest},
		{"replay", "FILE.txtar… --addr … | --exec …", "run transcripts of your own", runReplay},
		{"proxy", "--listen HOST:PORT --to HOST:PORT", "judge live traffic between any client and any server, as in wirecheck proxy --listen :7401 --to :7400 --save talks", runProxy},
		{"list", "[SELECTOR…]", "list the cases", runList},
		{"explain", "CASE | --driver", "show one case in full, or how clients are driven", runExplain},
		{"cover", "", "show which rules are judged by which cases", runCover},
		{"matrix", "A.json B.json… [--html FILE]", "show reports of several implementations side by side", runMatrix},
	}
}

// errUsage is a wrong command line; its text has been said.
var errUsage = errors.New("wrong usage")

func usage(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errUsage, fmt.Sprintf(format, args...))
}

// dispatch runs the command that the words name. It is the only place that turns errors into a status.
func dispatch(ctx context.Context, s *std, args []string) (status conformance.Status) {
	defer func() {
		if p := recover(); p != nil {
			fmt.Fprintf(s.err, "wirecheck is broken: %v\n%s", p, debug.Stack())
			status = conformance.StatusInternal
		}
	}()
	if len(args) == 0 {
		help(s.err)
		return conformance.StatusUsage
	}
	switch args[0] {
	case "help", "--help", "-h":
		help(s.out)
		return conformance.StatusOK
	case "version", "--version":
		fmt.Fprintln(s.out, "wirecheck", version())
		return conformance.StatusOK
	}
	i := slices.IndexFunc(subcommands, func(c *subcommand) bool { return c.name == args[0] })
	if i < 0 {
		fmt.Fprintf(s.err, "wirecheck: there is no command %q%s\n", args[0], suggest(args[0]))
		return conformance.StatusUsage
	}
	status, err := subcommands[i].run(ctx, s, args[1:])
	switch {
	case err == nil:
		return status
	case errors.Is(err, pflag.ErrHelp):
		return conformance.StatusOK
	}
	fmt.Fprintf(s.err, "wirecheck %s: %s%s\n", args[0], strings.TrimPrefix(err.Error(), errUsage.Error()+": "), nearFile(err))
	return statusOf(err)
}

func statusOf(err error) conformance.Status {
	var nothing *run.SelectError
	var table *spec.ErrorList
	var transcript *script.Error
	var path *fs.PathError
	var target *targetError
	switch {
	case errors.As(err, &nothing):
		return conformance.StatusNothing
	case errors.As(err, &target):
		return conformance.StatusTarget
	case errors.Is(err, errUsage), errors.As(err, &table), errors.As(err, &transcript), errors.As(err, &path):
		return conformance.StatusUsage
	}
	return conformance.StatusInternal
}

// A targetError says that the target could not be started.
type targetError struct{ err error }

func (e *targetError) Error() string { return "the target cannot be used: " + e.err.Error() }

func suggest(name string) string {
	var names []string
	for _, c := range subcommands {
		names = append(names, c.name)
	}
	if hint := didYouMean(name, names); hint != "" {
		return hint
	}
	return ": there are " + strings.Join(names, ", ")
}

// didYouMean suggests the nearest of some names, in brackets after a blank; "" if none is near.
func didYouMean(name string, names []string) string {
	if n := spec.Nearest(name, names); n != "" {
		return fmt.Sprintf(" (did you mean %q?)", n)
	}
	return ""
}

// nearFile suggests a file for one that is not there.
func nearFile(err error) string {
	var bad *fs.PathError
	if !errors.As(err, &bad) || !errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	dir, base := filepath.Split(bad.Path)
	entries, err := os.ReadDir(filepath.Clean(dir))
	if err != nil {
		return ""
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if n := spec.Nearest(base, names); n != "" {
		return fmt.Sprintf(" (did you mean %q?)", dir+n)
	}
	return ""
}

func help(w io.Writer) {
	fmt.Fprint(w, "wirecheck judges implementations of a protocol, in any language.\n\n")
	for _, c := range subcommands {
		fmt.Fprintf(w, "  wirecheck %-8s %s\n      %s\n", c.name, c.args, c.short)
	}
	fmt.Fprint(w, `
Exit status: 0 all as expected, 1 a failure or an unexpected pass, 2 usage or table, 3 the target cannot be used,
4 nothing was selected, 5 wirecheck is at fault.

wirecheck COMMAND --help tells the flags of a command.
`)
}

func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(unknown)"
}
