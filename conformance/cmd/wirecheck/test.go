package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/report"
	"github.com/wirelaw/wirelaw/conformance/run"
	"github.com/wirelaw/wirelaw/conformance/target"
)

// judgeFlags say how to judge.
type judgeFlags struct {
	suite   suiteFlags
	target  targetFlags
	jobs    int
	slow    bool
	strict  bool
	known   string
	update  bool
	list    *run.Known // of known
	reports []string
	seed    uint64
	runID   string
	line    []string // the command line after the subcommand
}

func (o *judgeFlags) add(f *pflag.FlagSet) {
	o.target.add(f)
	o.suite.add(f)
	f.IntVarP(&o.jobs, "jobs", "j", 8, "how many cases run at a time")
	f.BoolVar(&o.slow, "slow", false, "also cases that wait")
	f.BoolVar(&o.strict, "strict", false, "what a server should do counts as what it must do")
	f.StringVar(&o.known, "known", "", knownHelp)
	f.BoolVar(&o.update, "update-known", false, "write the file of --known anew from what fails now; reasons and comments stay")
	f.StringArrayVar(&o.reports, "report", nil, reportHelp)
	f.Uint64Var(&o.seed, "seed", 0, "shuffles the cases; 0 leaves them sorted")
	f.StringVar(&o.runID, "run-id", "", "names the run: the names it makes up follow from it; not twice for one server")
}

func runTest(ctx context.Context, s *std, args []string) (conformance.Status, error) {
	o := judgeFlags{line: args}
	var choice chooser
	f := newFlags(s, "test")
	o.add(f)
	choice.add(f, true)
	f.BoolVar(&o.suite.client, "client", false, clientHelp)
	phrases := f.String("drive", "", driveHelp)
	if err := parse(f, args); err != nil {
		return 0, err
	}
	switch {
	case o.suite.client:
		return o.judgeClient(ctx, s, f.Args(), &choice, *phrases)
	case *phrases != "":
		return 0, usage("--drive is for clients: give --client too")
	}
	if err := o.target.check(); err != nil {
		return 0, err
	}
	suite, err := o.suite.load()
	if err != nil {
		return 0, err
	}
	cases, err := choice.choose(suite, f.Args())
	if err != nil {
		return 0, err
	}
	return o.judge(ctx, s, "test", suite, cases)
}

// how is how reports are shown. again is the command that judges a case again.
func (o *judgeFlags) how(sub, again string) report.How {
	words := []string{"wirecheck", sub}
	for _, word := range o.line {
		words = append(words, quote(word))
	}
	return report.How{
		Strict: o.strict, Command: strings.Join(words, " "), Reproduce: again, Files: sub == "replay", Known: o.list != nil, Time: time.Now(),
	}
}

// judge starts the target if need be, judges it and reports.
func (o *judgeFlags) judge(ctx context.Context, s *std, sub string, suite *run.Suite, cases []*run.Case) (conformance.Status, error) {
	if o.jobs < 1 {
		return 0, usage("-j must be at least 1")
	}
	if err := o.readKnown(); err != nil {
		return 0, err
	}
	again := o.target.again(sub, &o.suite)
	if o.slow {
		again += " --slow"
	}
	how := o.how(sub, again)
	files, err := openReports(o.reports, how)
	if err != nil {
		return 0, err
	}
	dir, err := os.MkdirTemp(memoryDir(), "wirecheck-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	opts := &run.Options{Suite: suite, Cases: cases, Jobs: o.jobs, RunID: o.runID, Slow: o.slow, Patience: o.target.patience, Dir: dir}
	if opts.RunID == "" {
		opts.RunID = newRunID()
	}
	if o.seed != 0 {
		r := rand.New(rand.NewPCG(o.seed, 0))
		r.Shuffle(len(cases), func(i, j int) { cases[i], cases[j] = cases[j], cases[i] })
	}
	opts.Contacted, opts.Judged = files.begin, files.result
	if o.target.exec != "" {
		command := o.target.command()
		p, err := command.Start(ctx)
		if err != nil { // the reports say so, too
			none := &run.Report{Protocol: suite.Protocol, RunID: opts.RunID, Addr: o.target.exec, Contact: &run.Contact{Problem: err.Error()}}
			return 0, errors.Join(&targetError{err}, files.write(none))
		}
		defer p.Close()
		opts.Target, opts.Spawn = p, command.Spawn
	} else {
		opts.Target = &target.Remote{Address: o.target.addr, Transport: o.target.transport}
	}
	if s.terminal {
		opts.Progress = (&report.Progress{W: s.err}).Show
	}
	r, err := run.Judge(ctx, opts)
	if err != nil {
		return 0, err
	}
	return o.tell(s, suite, r, how, files)
}
