// Wiregen judges protocol tables and generates from them.
//
//	wiregen vet FILE…                                    judge tables
//	wiregen gen [KIND…] [--spec FILE] [--out DIR]        write what a table generates
//	wiregen gen --stale [KIND…] [--spec FILE]            fail if a generated file is not as it should be
//	wiregen list                                         the kinds of output
//	wiregen diff OLD NEW                                 what changed between two tables, and what that breaks
//
// The exit status is 0 if all is well, 1 if a table is wrong, a file is stale or a change breaks, and 2 for a wrong command line.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/pflag"
)

// A usageError is a wrong command line.
type usageError string

func (e usageError) Error() string { return "wiregen: " + string(e) + " (try --help)" }

func usagef(format string, args ...any) error { return usageError(fmt.Sprintf(format, args...)) }

func main() {
	err := run(os.Args[1:], os.Stdout)
	if err == nil {
		return
	}
	if err != errBreaks {
		fmt.Fprintln(os.Stderr, err)
	}
	if errors.As(err, new(usageError)) {
		os.Exit(2)
	}
	os.Exit(1)
}

// run is the program without its process.
func run(args []string, stdout io.Writer) error {
	var o options
	flags := pflag.NewFlagSet("wiregen", pflag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Usage = func() {}
	flags.StringVar(&o.spec, "spec", "", "the table; the chat protocol's if not given")
	flags.StringVar(&o.out, "out", "", "the folder to write to; each kind has its own if not given")
	flags.BoolVar(&o.stale, "stale", false, "write nothing; fail if a file differs, is missing, or is no longer generated")
	flags.StringSliceVar(&o.diff.areas, "in", nil, "which areas count: wire, source, behaviour; all if not given")
	flags.StringVar(&o.diff.fail, "fail", "breaking", "which changes make the exit status 1: breaking, extends (and breaking), any, never")
	flags.StringArrayVar(&o.diff.allow, "allow", nil, "leave out a change that is meant: RULE, or RULE=PATH as printed; may be repeated")
	flags.BoolVar(&o.diff.json, "json", false, "one JSON object a line")
	flags.BoolVar(&o.diff.rules, "rules", false, "list the rules, and what each does in each area")
	switch err := flags.Parse(args); {
	case errors.Is(err, pflag.ErrHelp):
		_, err = io.WriteString(stdout, usage+flags.FlagUsages())
		return err
	case err != nil:
		return usagef("%v", err)
	}
	return o.command(flags.Args(), flags, stdout)
}
