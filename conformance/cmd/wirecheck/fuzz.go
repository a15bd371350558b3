package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/fuzz"
	"github.com/wirelaw/wirelaw/conformance/target"
)

func init() {
	subcommands = append(subcommands, &subcommand{
		"fuzz", "--addr HOST:PORT | --exec 'CMD {addr}'",
		"send garbage to a server and hold its answers against the table", runFuzz,
	})
}

// fuzzFlags say how to fuzz.
type fuzzFlags struct {
	suite  suiteFlags
	target targetFlags
	opts   fuzz.Options
	out    string
	counts bool
}

func runFuzz(ctx context.Context, s *std, args []string) (conformance.Status, error) {
	var o fuzzFlags
	f := newFlags(s, "fuzz")
	o.target.add(f)
	f.StringVar(&o.suite.spec, "spec", "", "the table of the protocol; the chat protocol if it is not given")
	f.Uint64Var(&o.opts.Seed, "seed", 1, "decides what is sent")
	f.StringVar(&o.opts.RunID, "run-id", "", "makes names fresh: lower-case letters and digits; a random one if it is not given")
	f.IntVar(&o.opts.Sessions, "sessions", 0, "how many sessions; 2000 if --for is not given either")
	f.DurationVar(&o.opts.For, "for", 0, "how long, for example 5m")
	f.IntVarP(&o.opts.Parallel, "jobs", "j", 8, "how many sessions at a time, at most 8; what is sent does not depend on it")
	f.BoolVarP(&o.counts, "verbose", "v", false, "say how often each answer was seen")
	f.IntVar(&o.opts.MaxFindings, "findings", 10, "end after so many different findings")
	f.StringVar(&o.out, "out", ".", "the directory for transcripts of findings")
	if err := parse(f, args); err != nil {
		return 0, err
	}
	if err := o.check(f.Args()); err != nil {
		return 0, err
	}
	p, err := o.suite.table()
	if err != nil {
		return 0, err
	}
	if err := o.suite.fit(p); err != nil {
		return 0, err
	}
	var t target.Target = &target.Remote{Address: o.target.addr, Transport: o.target.transport}
	if o.target.exec != "" {
		process, err := o.target.command().Start(ctx)
		if err != nil {
			return 0, &targetError{err}
		}
		defer process.Close()
		t = process
		o.opts.Restart = func(ctx context.Context) error { return process.Restart(ctx, false) }
	}
	if s.terminal {
		o.opts.Progress = s.err
	}
	rep, err := fuzz.Run(ctx, p, t.Dial, o.opts)
	if bad := (*fuzz.TargetError)(nil); errors.As(err, &bad) {
		return 0, &targetError{err}
	}
	if ctx.Err() != nil && rep == nil {
		return 0, errors.New("called off before any garbage was sent")
	}
	if err != nil {
		return 0, err
	}
	if err := o.tell(s, rep, t); err != nil {
		return 0, err
	}
	switch {
	case rep.Failed():
		return conformance.StatusFailed, nil
	case ctx.Err() != nil:
		fmt.Fprintln(s.out, "the run was called off")
		return conformance.StatusInternal, nil
	}
	return conformance.StatusOK, nil
}

var runID = regexp.MustCompile(`^[a-z0-9]{0,16}$`)

func (o *fuzzFlags) check(args []string) error {
	if err := o.target.check(); err != nil {
		return err
	}
	if len(args) > 0 {
		return usage("fuzz takes no arguments, not %q", args[0])
	}
	switch {
	case o.opts.Sessions < 0 || o.opts.For < 0:
		return usage("--sessions and --for cannot be below 0")
	case o.opts.MaxFindings < 1:
		return usage("--findings must be at least 1")
	case o.opts.Parallel < 1:
		return usage("-j must be at least 1")
	case !runID.MatchString(o.opts.RunID):
		return usage("--run-id %q: at most 16 lower-case letters and digits", o.opts.RunID)
	}
	if o.opts.Sessions == 0 && o.opts.For == 0 {
		o.opts.Sessions = 2000
	}
	info, err := os.Stat(o.out)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return usage("--out %s is no directory", o.out)
	}
	o.opts.Patience, o.opts.Dir = o.target.patience, memoryDir()
	return nil
}

// tell prints what was found, and writes the transcripts.
func (o *fuzzFlags) tell(s *std, rep *fuzz.Report, t target.Target) error {
	fmt.Fprintf(s.out, "%d sessions in %s, seed %d, run id %s\n", rep.Sessions, rep.Elapsed.Round(100*time.Millisecond), rep.Seed, rep.RunID)
	fmt.Fprintf(s.out, "%d bytes sent, %d frames received, %d password hashes\n", rep.Sent, rep.Frames, rep.Hashes)
	o.reached(s, rep.Reached())
	fmt.Fprintf(s.out, "digest of the sessions: %s\n", rep.Digest)
	if rep.Stopped != "" {
		fmt.Fprintf(s.out, "stopped early: %s\n", rep.Stopped)
	}
	if len(rep.Findings) == 0 {
		fmt.Fprintln(s.out, "no finding")
		return nil
	}
	sessions := rep.Sessions
	for i, f := range rep.Findings {
		sessions = max(sessions, f.Session+1)
		name := filepath.Join(o.out, fmt.Sprintf("fuzz-%s-%d.txtar", rep.RunID, i+1))
		if err := os.WriteFile(name, f.Transcript, 0o666); err != nil {
			return err
		}
		fmt.Fprintf(s.out, "\nfinding %d: %s\n", i+1, f)
		fmt.Fprintf(s.out, "  session %d, seen %s%s\n", f.Session, times(f.Count), sure(f))
		fmt.Fprintf(s.out, "  %s\n", shown(f))
		fmt.Fprintf(s.out, "  replay: %s %s\n", o.target.again("replay", &o.suite), quote(name))
	}
	fmt.Fprintf(s.out, "\nagain: %s --seed %d --run-id %s --sessions %d\n", o.target.again("fuzz", &o.suite), rep.Seed, rep.RunID, sessions)
	if err := t.Dead(); err != nil {
		fmt.Fprintf(s.out, "\nthe target is dead: %v\n%s", err, t.Output())
	}
	return nil
}

// reached prints for each request which of its answers were seen, and which were not.
func (o *fuzzFlags) reached(s *std, list []fuzz.Reach) {
	seen, all, width := 0, 0, 0
	for _, r := range list {
		seen, all, width = seen+r.Seen(), all+len(r.Answers), max(width, len(r.Request))
	}
	fmt.Fprintf(s.out, "answers seen: %d of the %d that the table has\n", seen, all)
	for _, r := range list {
		var there, never []string
		for _, a := range r.Answers {
			switch {
			case a.Count > 0 && o.counts:
				there = append(there, fmt.Sprintf("%s %d", a.Name, a.Count))
			case a.Count > 0:
				there = append(there, a.Name)
			case a.Why != "":
				never = append(never, fmt.Sprintf("%s (%s)", a.Name, a.Why))
			default:
				never = append(never, a.Name)
			}
		}
		line := strings.Join(there, ", ")
		if len(never) > 0 {
			line = strings.TrimPrefix(line+"; never "+strings.Join(never, ", "), "; ")
		}
		fmt.Fprintf(s.out, "  %-*s  %s\n", width, r.Request, line)
	}
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return strconv.Itoa(n) + " times"
}

// shown says what the transcript of a finding is worth.
func shown(f *fuzz.Finding) string {
	frames := fmt.Sprintf("the transcript sends %d of the %d frames", f.Frames, f.Of)
	switch {
	case f.Of == 0:
		return "the transcript was not replayed: there was no time, or nobody listened any more"
	case f.Sick && f.Reproduced:
		return frames + "; the target failed whatever was sent by then: start it anew before you replay it"
	case f.Reproduced:
		return frames + ", and fails when it is replayed"
	}
	return frames + ", and DID NOT FAIL when it was replayed: other connections, or the very moment, may have had a part in it"
}

// sure says how much a finding is worth.
func sure(f *fuzz.Finding) string {
	switch {
	case f.Confirmed:
		return ", and again on a fresh connection"
	case f.Counts():
		return ", not again when the session was played alone"
	}
	return strings.Join([]string{
		", not again when the session was played alone:",
		"something did not come in time, which a slow machine explains too, so it does not count",
	}, " ")
}
