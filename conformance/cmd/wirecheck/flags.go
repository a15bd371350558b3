package main

import (
	"crypto/rand"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/pflag"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/run"
	"github.com/wirelaw/wirelaw/conformance/target"
	"github.com/wirelaw/wirelaw/spec"
	"github.com/wirelaw/wirelaw/testdata"
)

// newFlags returns a set of flags that tells about itself as name.
func newFlags(s *std, c string) *pflag.FlagSet {
	f := pflag.NewFlagSet(c, pflag.ContinueOnError)
	f.SetOutput(s.out)
	f.SortFlags = false
	f.Usage = func() {
		for _, sub := range subcommands {
			if sub.name == c {
				fmt.Fprintf(s.out, "wirecheck %s %s\n\n%s.\n\n%s", sub.name, sub.args, sub.short, f.FlagUsages())
				if f.Lookup("skip") != nil {
					printSelectors(s)
				}
			}
		}
	}
	return f
}

// parse reads a command line; a mistake is a usage error.
func parse(f *pflag.FlagSet, args []string) error {
	err := f.Parse(args)
	var unknown *pflag.NotExistError
	switch {
	case err == nil, err == pflag.ErrHelp:
		return err
	case errors.As(err, &unknown):
		var names []string
		f.VisitAll(func(flag *pflag.Flag) { names = append(names, flag.Name) })
		if n := spec.Nearest(unknown.GetSpecifiedName(), names); n != "" {
			return usage("%v (did you mean --%s?)", err, n)
		}
	}
	return usage("%v (see wirecheck %s --help)", err, f.Name())
}

// suiteFlags choose the table and the transcripts.
type suiteFlags struct {
	spec, cases string
	client      bool // the cases judge clients
}

func (o *suiteFlags) add(f *pflag.FlagSet) {
	f.StringVar(&o.spec, "spec", "", "the table of the protocol; the chat protocol if it is not given")
	f.StringVar(&o.cases, "cases", "", "the directory with the transcripts; those that come with wirecheck if it is not given")
}

// load reads the table and the transcripts, and adds the cases that follow from the table.
func (o *suiteFlags) load() (*run.Suite, error) {
	if o.client {
		return o.loadClient()
	}
	if o.spec == "" && o.cases == "" {
		return builtin()
	}
	s, err := o.read()
	if err != nil {
		return nil, err
	}
	return s, s.Derive()
}

// builtin is the suite that comes with wirecheck. Nobody changes it.
var builtin = sync.OnceValues(func() (*run.Suite, error) {
	s, err := new(suiteFlags).read()
	if err != nil {
		return nil, err
	}
	return s, s.Derive()
})

// read reads the table and the transcripts.
func (o *suiteFlags) read() (*run.Suite, error) {
	p, err := o.table()
	if err != nil {
		return nil, err
	}
	if err := o.fit(p); err != nil {
		return nil, err
	}
	if o.cases != "" {
		if info, err := os.Stat(o.cases); err != nil {
			return nil, err
		} else if !info.IsDir() {
			return nil, usage("--cases %s is no directory", o.cases)
		}
		return run.Load(p, os.DirFS(o.cases), o.cases)
	}
	embedded := testdata.Transcripts(p.ID)
	if embedded == nil {
		embedded = embed.FS{} // what follows from the table is left
	}
	return run.Load(p, embedded, "testdata/transcripts/"+p.ID)
}

func (o *suiteFlags) table() (*spec.Protocol, error) {
	if o.spec == "" {
		return spec.Chat()
	}
	src, err := os.ReadFile(o.spec)
	if err != nil {
		return nil, err
	}
	return spec.Load(o.spec, src)
}

// fit is the reason why servers of a table cannot be judged.
func (o *suiteFlags) fit(p *spec.Protocol) error {
	if why := conformance.Unfit(p); why != "" {
		return usage("%s: %s", o.spec, why)
	}
	return nil
}

// targetFlags say what is judged.
type targetFlags struct {
	addr, exec, ca string
	tls            bool
	patience       float64
	transport      target.Transport
	words          []string
}

func (o *targetFlags) add(f *pflag.FlagSet) {
	f.StringVar(&o.addr, "addr", "", "the address of a server that runs: HOST:PORT")
	f.StringVar(&o.exec, "exec", "", "a command that starts a server; {addr}, {host}, {port} and {dir} are filled in")
	f.BoolVar(&o.tls, "tls", false, "speak TLS")
	f.StringVar(&o.ca, "ca", "", "certificates to trust, a PEM file; implies --tls")
	f.Float64Var(&o.patience, "patience", 1, "multiplies every time limit")
}

func (o *targetFlags) check() error {
	switch {
	case (o.addr == "") == (o.exec == ""):
		return usage("say what is to be judged: either --addr HOST:PORT or --exec 'CMD {addr}'")
	case o.patience <= 0:
		return usage("--patience must be above 0")
	case o.addr != "" && !strings.Contains(o.addr, ":"):
		return usage("--addr %q has no port: write HOST:PORT", o.addr)
	}
	if o.tls || o.ca != "" {
		c, err := target.LoadTLS(o.ca)
		if err != nil {
			return usage("--ca: %v", err)
		}
		o.transport.TLS = c
	}
	if o.exec != "" {
		words, err := target.ParseCommand(o.exec)
		if err != nil {
			return usage("--exec: %v", err)
		}
		o.words = words
	}
	return nil
}

// command is how targets are started.
func (o *targetFlags) command() *target.Command {
	return &target.Command{
		Words: o.words, Transport: o.transport,
		Patience: time.Duration(float64(target.DefaultPatience) * o.patience),
	}
}

// again is the command line that judges the same target.
func (o *targetFlags) again(sub string, s *suiteFlags) string {
	words := []string{"wirecheck", sub}
	if o.addr != "" {
		words = append(words, "--addr", quote(o.addr))
	} else {
		words = append(words, "--exec", quote(o.exec))
	}
	if o.tls && o.ca == "" {
		words = append(words, "--tls")
	}
	for _, f := range [][2]string{{"--ca", o.ca}, {"--spec", s.spec}, {"--cases", s.cases}} {
		if f[1] != "" {
			words = append(words, f[0], quote(f[1]))
		}
	}
	return strings.Join(append(words, o.patient()...), " ")
}

// patient returns the words that make a run wait as long as this one.
func (o *targetFlags) patient() []string {
	if o.patience == 1 {
		return nil
	}
	return []string{"--patience", strconv.FormatFloat(o.patience, 'g', -1, 64)}
}

// quote makes one word of s for a shell.
func quote(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:_/-") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// newRunID makes a name for a run that no earlier run had.
func newRunID() string {
	var b [4]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// memoryDir is a directory in memory, "" if there is none.
func memoryDir() string {
	const shm = "/dev/shm"
	if info, err := os.Stat(shm); err == nil && info.IsDir() {
		if probe, err := os.MkdirTemp(shm, "wirecheck-"); err == nil {
			os.Remove(probe)
			return shm
		}
	}
	return ""
}
