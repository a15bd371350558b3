package main

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/drive"
	"github.com/wirelaw/wirelaw/conformance/report"
	"github.com/wirelaw/wirelaw/conformance/run"
	"github.com/wirelaw/wirelaw/conformance/target"
	"github.com/wirelaw/wirelaw/testdata"
)

const clientHelp = `judge a client: wirecheck plays the server and starts CMD, which connects to {addr}, once for each case`

const driveHelp = `how to drive a client that does not speak the driver contract (wirecheck explain --driver): a file of phrases`

// loadClient reads the table and the transcripts that judge clients.
func (o *suiteFlags) loadClient() (*run.Suite, error) {
	p, err := o.table()
	if err != nil {
		return nil, err
	}
	if p.ID != "chat" {
		return nil, usage("a client is driven by the wishes of the chat protocol; of %s only servers can be judged", p.ID)
	}
	var cases fs.FS = embed.FS{}
	dir := "testdata/transcripts/" + p.ID + "-client"
	switch {
	case o.cases != "":
		cases, dir = os.DirFS(o.cases), o.cases
	default:
		cases = testdata.Transcripts(p.ID + "-client")
	}
	s, err := run.LoadClient(p, drive.Actions(), cases, dir)
	if err != nil {
		return nil, err
	}
	return s, s.Derive()
}

// judgeClient judges a client by all cases that are selected.
func (o *judgeFlags) judgeClient(ctx context.Context, s *std, selectors []string, choice *chooser, phrases string) (conformance.Status, error) {
	if err := o.clientFlags(); err != nil {
		return 0, err
	}
	suite, err := o.suite.loadClient()
	if err != nil {
		return 0, err
	}
	cases, err := choice.choose(suite, selectors)
	if err != nil {
		return 0, err
	}
	return o.runClient(ctx, s, "test", suite, cases, phrases)
}

func (o *judgeFlags) clientFlags() error {
	switch {
	case o.target.exec == "" || o.target.addr != "":
		return usage("a client is started: give --exec 'CMD {addr}', and no --addr")
	case o.target.tls || o.target.ca != "":
		return usage("a client is judged without TLS: leave out --tls and --ca")
	case o.target.patience <= 0:
		return usage("--patience must be above 0")
	case o.jobs < 1:
		return usage("-j must be at least 1")
	}
	words, err := target.ParseClient(o.target.exec)
	if err != nil {
		return usage("--exec: %v", err)
	}
	o.target.words = words
	return nil
}

func (o *judgeFlags) runClient(ctx context.Context, s *std, sub string, suite *run.Suite, cases []*run.Case, phrases string) (conformance.Status, error) {
	dir, err := os.MkdirTemp(memoryDir(), "wirecheck-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	opts := &drive.Options{
		Suite: suite, Cases: cases, Launcher: &drive.Command{Words: o.target.words}, Name: o.target.exec,
		Jobs: o.jobs, RunID: o.runID, Slow: o.slow, Patience: o.target.patience, Dir: dir,
	}
	if opts.RunID == "" {
		opts.RunID = newRunID()
	}
	if phrases != "" {
		src, err := os.ReadFile(phrases)
		if err != nil {
			return 0, err
		}
		if opts.Phrases, err = drive.ParsePhrases(phrases, string(src)); err != nil {
			return 0, usage("--drive: %v", err)
		}
	}
	again := []string{"wirecheck", sub, "--client", "--exec", quote(o.target.exec)}
	for _, f := range [][2]string{{"--drive", phrases}, {"--spec", o.suite.spec}, {"--cases", o.suite.cases}} {
		if f[1] != "" {
			again = append(again, f[0], quote(f[1]))
		}
	}
	again = append(again, o.target.patient()...)
	if o.slow {
		again = append(again, "--slow")
	}
	if err := o.readKnown(); err != nil {
		return 0, err
	}
	how := o.how(sub, strings.Join(again, " "))
	files, err := openReports(o.reports, how)
	if err != nil {
		return 0, err
	}
	opts.Contacted, opts.Judged = files.begin, files.result
	if s.terminal {
		opts.Progress = (&report.Progress{W: s.err}).Show
	}
	r, err := drive.Judge(ctx, opts)
	if err != nil {
		return 0, err
	}
	fmt.Fprint(s.err, faster(r.Took, cases))
	return o.tell(s, suite, r, how, files)
}

// faster says of a run that took long how it takes less.
func faster(took time.Duration, cases []*run.Case) string {
	n := 0
	for _, c := range cases {
		if c.Derived() {
			n++
		}
	}
	if took < 30*time.Second || n <= len(cases)/2 {
		return ""
	}
	return fmt.Sprintf("wirecheck: a client is started once for each case; --skip '*/derived/*' leaves out the %d that follow from the table\n", n)
}
