package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"runtime/debug"

	"github.com/spf13/pflag"

	"github.com/wirelaw/wirelaw/client/line"
)

// flags are those of the command line.
type flags struct {
	set                      *pflag.FlagSet
	addr, user, passwordFile string
	ca                       string
	tls, line, json          bool
	help, version            bool
}

func parseFlags(args []string) (*flags, error) {
	f := &flags{set: pflag.NewFlagSet("chat", pflag.ContinueOnError)}
	f.set.SortFlags = false
	f.set.Usage = func() {}
	f.set.StringVar(&f.addr, "addr", "127.0.0.1:7400", "`HOST:PORT` of the server")
	f.set.StringVar(&f.user, "user", "", "log in as `NAME` at the start")
	f.set.StringVar(&f.passwordFile, "password-file", "", "the first line of `FILE` is the password; else it is asked for")
	f.set.BoolVar(&f.tls, "tls", false, "encrypt the connection")
	f.set.StringVar(&f.ca, "ca", "", "trust the authorities in the PEM `FILE`, and no others; implies --tls")
	f.set.BoolVar(&f.line, "line", false, "commands line by line, which is the only face on a terminal for now")
	f.set.BoolVar(&f.json, "json", false, "JSON lines in and out, for programs")
	f.set.BoolVar(&f.version, "version", false, "print the version")
	f.set.BoolVarP(&f.help, "help", "h", false, "print this")
	if err := f.set.Parse(args); err != nil {
		return nil, err
	}
	if f.set.NArg() > 0 {
		return nil, fmt.Errorf("there are no arguments, but %q was given", f.set.Arg(0))
	}
	if f.line && f.json {
		return nil, fmt.Errorf("--line and --json exclude each other")
	}
	return f, nil
}

// options turns the flags into those of the line face.
func (f *flags) options() (line.Options, error) {
	o := line.Options{Addr: f.addr, Agent: version(), User: f.user, PasswordFile: f.passwordFile, JSON: f.json}
	if _, _, err := net.SplitHostPort(f.addr); err != nil {
		return o, fmt.Errorf("--addr %q is not HOST:PORT, as in 127.0.0.1:7400", f.addr)
	}
	if f.passwordFile != "" {
		if _, err := os.Stat(f.passwordFile); err != nil {
			return o, fmt.Errorf("--password-file: %w", err)
		}
	}
	if !f.tls && f.ca == "" {
		return o, nil
	}
	o.TLS = &tls.Config{}
	if f.ca == "" {
		return o, nil
	}
	pem, err := os.ReadFile(f.ca)
	if err != nil {
		return o, fmt.Errorf("--ca: %w", err)
	}
	o.TLS.RootCAs = x509.NewCertPool()
	if !o.TLS.RootCAs.AppendCertsFromPEM(pem) {
		return o, fmt.Errorf("--ca: there is no certificate in %q", f.ca)
	}
	return o, nil
}

func usage(set *pflag.FlagSet) string {
	return "chat talks to people over a chat server.\n\n" +
		"  chat                              on a terminal: type help\n" +
		"  chat --user bob --password-file F <commands.txt\n" +
		"  chat --json                       for programs\n\n" + set.FlagUsages()
}

// version is the name of the program and the version of the module.
func version() string {
	if b, ok := debug.ReadBuildInfo(); ok && b.Main.Version != "" && b.Main.Version != "(devel)" {
		return "chat/" + b.Main.Version
	}
	return "chat/devel"
}
