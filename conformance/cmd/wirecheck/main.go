// Wirecheck judges implementations of a protocol. See wirecheck --help.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/wirelaw/wirelaw/conformance/target"
)

func main() {
	ctx, off := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go obey(signals, off, func(s os.Signal) {
		target.KillAll()
		os.Exit(byShell(s))
	})
	status := dispatch(ctx, &std{in: os.Stdin, out: os.Stdout, err: os.Stderr, terminal: isTerminal(os.Stderr)}, os.Args[1:])
	os.Exit(int(status))
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}
