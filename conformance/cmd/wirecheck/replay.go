package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/run"
)

// runReplay runs transcripts from files, as strangers may have sent them.
func runReplay(ctx context.Context, s *std, args []string) (conformance.Status, error) {
	o := judgeFlags{line: args}
	f := newFlags(s, "replay")
	o.add(f)
	f.BoolVar(&o.suite.client, "client", false, "the transcripts judge a client")
	phrases := f.String("drive", "", driveHelp)
	if err := parse(f, args); err != nil {
		return 0, err
	}
	check, read := o.target.check, o.suite.read
	if o.suite.client {
		check, read = o.clientFlags, o.suite.loadClient
	}
	if err := check(); err != nil {
		return 0, err
	}
	if f.NArg() == 0 {
		return 0, usage("name the transcripts to run")
	}
	whole, err := read()
	if err != nil {
		return 0, err
	}
	suite := &run.Suite{Protocol: whole.Protocol, Reader: whole.Reader, Judged: whole.Judged}
	for _, name := range f.Args() {
		src, err := os.ReadFile(name)
		switch {
		case errors.Is(err, fs.ErrNotExist) && filepath.Ext(name) == "":
			return 0, usage("%v: replay takes files; wirecheck test runs cases, and wirecheck explain --transcript CASE makes a file of one", err)
		case err != nil:
			return 0, err
		}
		if err := suite.Add(strings.TrimSuffix(name, ".txtar"), name, src); err != nil {
			return 0, err
		}
	}
	if o.suite.client {
		return o.runClient(ctx, s, "replay", suite, suite.Cases, *phrases)
	}
	return o.judge(ctx, s, "replay", suite, suite.Cases)
}
