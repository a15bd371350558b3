package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/wirelaw/wirelaw/spec"
	"github.com/wirelaw/wirelaw/spec/check"
	"github.com/wirelaw/wirelaw/spec/gen"
)

const usage = `usage:
  wiregen vet FILE...                               judge tables
  wiregen gen [KIND...] [--spec FILE] [--out DIR]   write what a table generates
  wiregen gen --stale [KIND...] [--spec FILE]       fail if a generated file is not as it should be
  wiregen list                                      the kinds of output
  wiregen diff OLD NEW                              what changed between two tables, and what that breaks

FILE, OLD and NEW may be -, the standard input:  git show HEAD~1:spec/chat.yaml | wiregen diff - spec/chat.yaml

flags of gen (spec, out, stale) and of diff (allow, fail, in, json, rules):
`

// options are the flags.
type options struct {
	spec, out string
	stale     bool
	diff      diffOptions
}

// commands are the commands, and flagsOf the one that a flag belongs to.
var (
	commands = []string{"vet", "gen", "list", "diff"}
	flagsOf  = map[string]string{
		"spec": "gen", "out": "gen", "stale": "gen",
		"in": "diff", "fail": "diff", "allow": "diff", "json": "diff", "rules": "diff",
	}
)

// command runs the command that the first argument names.
func (o *options) command(args []string, flags *pflag.FlagSet, stdout io.Writer) error {
	if len(args) == 0 {
		return usagef("a command is missing: vet, gen, list or diff")
	}
	name, args := args[0], args[1:]
	var stray string
	flags.Visit(func(f *pflag.Flag) {
		if flagsOf[f.Name] != name {
			stray = f.Name
		}
	})
	if stray != "" && slices.Contains(commands, name) {
		return usagef("--%s belongs to %s, not to %s", stray, flagsOf[stray], name)
	}
	switch name {
	case "vet":
		return vet(args, stdout)
	case "gen":
		return o.gen(args, stdout)
	case "list":
		if len(args) > 0 {
			return usagef("list takes no argument")
		}
		for _, g := range gen.Generators {
			fmt.Fprintf(stdout, "%-8s %s\n", g.Kind, g.Doc)
		}
		return nil
	case "diff":
		return o.diff.run(args, stdout)
	case "help":
		return run([]string{"--help"}, stdout)
	}
	suggest := ""
	if near := spec.Nearest(name, commands); near != "" {
		suggest = fmt.Sprintf("; did you mean %q?", near)
	}
	return usagef("unknown command %q%s", name, suggest)
}

// vet judges tables, all of them, and says of each good one what is in it.
func vet(files []string, stdout io.Writer) error {
	if len(files) == 0 {
		return usagef("vet wants at least one file")
	}
	var errs []error
	for _, name := range files {
		p, err := load(name, name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		fmt.Fprintf(stdout, "%s: ok: %s\n", name, p.Summary())
	}
	return errors.Join(errs...)
}

// load reads and judges a table. shown is its name in messages and in what is generated.
func load(file, shown string) (*spec.Protocol, error) {
	f := os.Stdin
	if file == "-" {
		shown = "standard input"
	} else {
		var err error
		if f, err = os.Open(file); err != nil {
			return nil, fmt.Errorf("wiregen: %w", err)
		}
		defer f.Close()
	}
	src, err := io.ReadAll(io.LimitReader(f, spec.MaxSource+1))
	if err != nil {
		return nil, fmt.Errorf("wiregen: %w", err)
	}
	p, err := spec.Load(shown, src)
	if err != nil {
		return nil, err
	}
	if err := check.Check(p); err != nil {
		return nil, err
	}
	return p, nil
}

// gen generates, or finds out what is stale.
func (o *options) gen(kinds []string, stdout io.Writer) error {
	gens, err := chosen(kinds)
	if err != nil {
		return err
	}
	if o.stale && o.out != "" {
		return usagef("--stale and --out exclude each other")
	}
	root, rootErr := findRoot()
	file, shown := o.spec, filepath.ToSlash(o.spec)
	if file == "" {
		file, shown = filepath.Join(root, "spec", "chat.yaml"), "spec/chat.yaml"
	} else if rel, ok := below(root, file); ok {
		shown = rel
	}
	if rootErr != nil && (o.spec == "" || o.out == "") {
		return usagef("outside the repository gen needs --spec and --out")
	}
	p, err := load(file, shown)
	if err != nil {
		return err
	}
	results, err := gen.Run(p, gens, root, o.out, !o.stale)
	if err != nil {
		return err
	}
	var stale []string
	for _, r := range results {
		switch {
		case r.State == gen.Fresh:
		case o.stale:
			stale = append(stale, fmt.Sprintf("%s: %s", r.Path, r.State))
		case r.State == gen.Orphaned:
			fmt.Fprintf(stdout, "removed %s\n", r.Path)
		default:
			fmt.Fprintf(stdout, "wrote %s\n", r.Path)
		}
	}
	if len(stale) > 0 {
		return fmt.Errorf("%s\n%d of %d files are stale: run wiregen gen", strings.Join(stale, "\n"), len(stale), len(results))
	}
	return nil
}

// chosen returns the generators of the kinds, all of them if none is named.
func chosen(kinds []string) ([]gen.Generator, error) {
	if len(kinds) == 0 {
		return gen.Generators, nil
	}
	var names []string
	for _, g := range gen.Generators {
		names = append(names, g.Kind)
	}
	var out []gen.Generator
	for _, k := range kinds {
		g, ok := gen.Find(k)
		if !ok {
			return nil, usagef("unknown kind %q: there are %s", k, strings.Join(names, ", "))
		}
		out = append(out, g)
	}
	return out, nil
}

// findRoot returns the folder of the repository that the current folder is in, as a relative path.
func findRoot() (string, error) {
	for dir := "."; ; dir = filepath.Join(dir, "..") {
		data, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.HasPrefix(string(data), "module github.com/wirelaw/wirelaw\n") {
			return dir, nil
		}
		abs, err := filepath.Abs(dir)
		if err != nil {
			return ".", err
		}
		if abs == filepath.Dir(abs) {
			return ".", errors.New("not inside the repository")
		}
	}
}

// below returns the path of a file from root, with slashes, if it lies there.
func below(root, file string) (string, bool) {
	r, err1 := filepath.Abs(root)
	f, err2 := filepath.Abs(file)
	if err1 != nil || err2 != nil {
		return "", false
	}
	rel, err := filepath.Rel(r, f)
	if err != nil || !filepath.IsLocal(rel) {
		return "", false
	}
	return filepath.ToSlash(rel), true
}
