package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/proxy"
	"github.com/wirelaw/wirelaw/conformance/report"
	"github.com/wirelaw/wirelaw/conformance/target"
)

// runProxy passes connections on and judges them, until it is interrupted.
func runProxy(ctx context.Context, s *std, args []string) (conformance.Status, error) {
	var o suiteFlags
	var wanted []string
	f := newFlags(s, "proxy")
	listen := f.String("listen", "127.0.0.1:0", "where clients connect to: HOST:PORT")
	to := f.String("to", "", "the server: HOST:PORT")
	save := f.String("save", "", "write each connection into this directory, as a transcript that wirecheck replay runs; for tables that replay takes")
	count := f.Int("count", 0, "end after this many connections; 0: when interrupted")
	f.StringVar(&o.spec, "spec", "", "the table of the protocol; the chat protocol if it is not given")
	f.StringArrayVar(&wanted, "report", nil, reportHelp)
	if err := parse(f, args); err != nil {
		return 0, err
	}
	switch {
	case f.NArg() > 0:
		return 0, usage("proxy takes no %q", f.Arg(0))
	case *to == "":
		return 0, usage("say where the server is: --to HOST:PORT")
	}
	p, err := o.table()
	if err != nil {
		return 0, err
	}
	if *save != "" {
		if why := proxy.Unsaved(p); why != "" {
			return 0, usage("--save writes what wirecheck replay can judge, and %s", why)
		}
		if err := os.MkdirAll(*save, 0o700); err != nil {
			return 0, err
		}
	}
	files, err := openReports(wanted, report.How{Time: time.Now()})
	if err != nil {
		return 0, err
	}
	ln, err := net.Listen("tcp", *listen)
	if err != nil {
		return 0, usage("--listen: %v", err)
	}
	fmt.Fprintf(s.out, "%s is passed on to %s. TLS is not looked into. Interrupt to end.\n", ln.Addr(), *to)
	if !proxy.Paired(p) {
		fmt.Fprintf(s.out, "Of %s each frame is judged by itself and by the state: which reply answers which request is not judged.\n", p.ID)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var record proxy.Record
	var failed error
	ended := 0
	codec := dynamic.New(p)
	px := proxy.New(proxy.Options{
		Codec: codec,
		Dial:  func(ctx context.Context) (net.Conn, error) { return target.Transport{}.Dial(ctx, *to) },
		Tell: func(f proxy.Finding) {
			rule := ""
			if f.Rule != "" {
				rule = " (" + f.Rule + ")"
			}
			fmt.Fprintf(s.out, "%s: the %s%s: expected %s, got %s\n", f.Conn, f.Side, rule, report.Line(f.Expected), report.Line(f.Got))
			report.Frame(s.out, codec, f.Event)
		},
		Done: func(c *proxy.Conn) {
			record.Add(c)
			if *save != "" && failed == nil {
				failed = os.WriteFile(filepath.Join(*save, c.Name+".txtar"), []byte(c.Script()), 0o600)
			}
			if ended++; ended == *count {
				cancel()
			}
		},
	})
	begin := time.Now()
	if err := px.Serve(ctx, ln); err != nil {
		return 0, err
	}
	if failed != nil {
		return 0, failed
	}
	connections, frames, findings := px.Counts()
	fmt.Fprintf(s.out, "connections: %d, frames: %d, findings: %d\n", connections, frames, findings)
	if err := files.write(record.Report(p, *to, time.Since(begin))); err != nil {
		return 0, err
	}
	switch {
	case findings > 0:
		return conformance.StatusFailed, nil
	case connections == 0:
		return conformance.StatusNothing, nil
	}
	return conformance.StatusOK, nil
}
