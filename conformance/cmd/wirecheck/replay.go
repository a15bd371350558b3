package main

import (
	"context"
	"os"
	"strings"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/run"
)

// runReplay runs transcripts from files, as strangers may have sent them.
func runReplay(ctx context.Context, s *std, args []string) (conformance.Status, error) {
	var o judgeFlags
	f := newFlags(s, "replay")
	o.add(f)
	if err := parse(f, args); err != nil {
		return 0, err
	}
	if err := o.target.check(); err != nil {
		return 0, err
	}
	if f.NArg() == 0 {
		return 0, usage("name the transcripts to run")
	}
	whole, err := o.suite.read()
	if err != nil {
		return 0, err
	}
	suite := &run.Suite{Protocol: whole.Protocol, Reader: whole.Reader}
	for _, name := range f.Args() {
		src, err := os.ReadFile(name)
		if err != nil {
			return 0, err
		}
		if err := suite.Add(strings.TrimSuffix(name, ".txtar"), name, src); err != nil {
			return 0, err
		}
	}
	return o.judge(ctx, s, "replay", suite, suite.Cases)
}
