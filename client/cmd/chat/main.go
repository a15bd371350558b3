// Command chat is the reference client of the Wirelaw chat protocol for people and for scripts.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/wirelaw/wirelaw/client/line"
)

func main() { os.Exit(run()) }

func run() int {
	f, err := parseFlags(os.Args[1:])
	if err != nil {
		fmt.Fprintf(os.Stderr, "chat: %v\nchat --help shows how it is used\n", err)
		return 2
	}
	switch {
	case f.help:
		fmt.Print(usage(f.set))
		return 0
	case f.version:
		fmt.Println(version())
		return 0
	}
	o, err := f.options()
	if err != nil {
		fmt.Fprintf(os.Stderr, "chat: %v\n", err)
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	o.In, o.Out, o.Err = os.Stdin, os.Stdout, os.Stderr
	if !o.JSON {
		screen, restore, err := line.OpenScreen(os.Stdin, os.Stdout)
		if err != nil {
			fmt.Fprintf(os.Stderr, "chat: the terminal cannot be used: %v\n", err)
			return 1
		}
		defer restore()
		o.Screen = screen
	}
	return line.Run(ctx, o)
}
