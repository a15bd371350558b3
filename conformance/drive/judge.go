package drive

import (
	"cmp"
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/run"
	"github.com/wirelaw/wirelaw/conformance/script"
	"github.com/wirelaw/wirelaw/spec"
)

// Options say how to judge a client. Suite, Cases and Launcher are needed.
type Options struct {
	Suite    *run.Suite // of transcripts for clients
	Cases    []*run.Case
	Launcher Launcher
	Phrases  *Phrases // how the client is spoken to; nil: by the driver contract
	Name     string   // of the client, for the report

	Jobs     int // cases at a time; 0: 8
	RunID    string
	Slow     bool
	Patience float64 // multiplies every deadline; 0: 1
	Dir      string  // for the engine; "": the system's
	Progress func(done, all, failed int)
	// Contacted is told of the first contact, and then Judged of every result as it comes, by one goroutine at a time. Both may be nil.
	Contacted func(*run.Report)
	Judged    func(*conformance.Result)
}

// contact is the first conversation with a client.
const contact = `# first contact
accept a
receive a HELLO
reply a WELCOME
sync
`

type judge struct {
	o     *Options
	codec *dynamic.Codec
	clock *script.Clock
	sick  *health

	mu      sync.Mutex
	results []*conformance.Result
	failed  int
}

// Judge judges a client. An error means that nothing could be judged through no fault of the client; that it cannot be used is in the
// report. Calling ctx off ends the run; what was not judged then is BLOCKED.
func Judge(ctx context.Context, o *Options) (*run.Report, error) {
	if len(o.Cases) == 0 {
		return nil, fmt.Errorf("no case was selected")
	}
	begin := time.Now()
	p := o.Suite.Protocol
	j := &judge{o: o, codec: dynamic.New(p), clock: &script.Clock{Patience: o.Patience}}
	j.sick = newHealth(j.codec)
	r := &run.Report{Protocol: p, Judged: spec.FromClient, RunID: o.RunID, Addr: o.Name}
	first, err := o.Suite.Reader.Read("first contact", []byte(contact))
	if err != nil {
		return nil, err
	}
	out, printed := j.attempt(ctx, first, "contact")
	switch {
	case ctx.Err() != nil:
		r.Off = context.Cause(ctx).Error()
	case out.Verdict == conformance.Fail && out.Finding.Rule != "": // what breaks a rule, the cases will tell
	case out.Verdict == conformance.Fail:
		r.Contact, r.Output = problem(out, printed), printed
	case out.Verdict != conformance.Pass:
		r.Contact = &run.Contact{Problem: out.Reason}
	default:
		r.Agent = agent(j.codec, out.Transcript)
	}
	if o.Contacted != nil {
		o.Contacted(r)
	}
	if r.Contact == nil && r.Off == "" {
		j.all(ctx)
		j.sick.reasons(j.results)
		r.Results = j.results
		slices.SortFunc(r.Results, func(a, b *conformance.Result) int { return strings.Compare(a.Case.ID, b.Case.ID) })
		if ctx.Err() != nil {
			r.Off = context.Cause(ctx).Error()
		}
	}
	r.Took = time.Since(begin)
	return r, nil
}

// problem tells why a client that has printed something cannot be judged.
func problem(out *script.Outcome, printed string) *run.Contact {
	f := out.Finding
	k := &run.Contact{Problem: fmt.Sprintf("expected %s, got %s", f.Expected, f.Got)}
	switch {
	case f.Kind == conformance.KindDeath && printed == "":
		k.Hints = append(k.Hints, "a client runs until it is told to exit; it must not ask for a terminal")
	case f.Kind == conformance.KindDeath: // what it has printed says more
	case f.Kind == conformance.KindViolation && f.Conn == "":
		k.Hints = append(k.Hints, "standard output is for the driver contract only (wirecheck explain --driver): a banner, a prompt or a log belongs on standard error",
			"a client that speaks no JSON needs --drive FILE")
	case strings.HasPrefix(f.Step, "accept"):
		k.Hints = append(k.Hints, "does the command line name {addr}? A client connects when it is started")
	case strings.HasPrefix(f.Step, "sync"):
		k.Hints = append(k.Hints, "does the client speak the driver contract (wirecheck explain --driver), or does it need --drive FILE?")
	}
	return k
}

// agent is what the client says it is, in its first request.
func agent(c *dynamic.Codec, t *conformance.Transcript) string {
	events, _ := t.Events()
	for _, e := range events {
		if e.Frame == nil || e.From != spec.FromClient {
			continue
		}
		m, err := c.Decode(spec.FromClient, e.Frame, nil)
		if err != nil {
			return ""
		}
		v, _ := m.Get("agent")
		name, _ := v.(string)
		return name
	}
	return ""
}

// all judges every case that is not skipped; those that wait begin first.
func (j *judge) all(ctx context.Context) {
	cases := slices.Clone(j.o.Cases)
	slices.SortStableFunc(cases, func(a, b *run.Case) int { return cmp.Compare(btoi(b.Slow), btoi(a.Slow)) })
	queue := make(chan *run.Case, len(cases))
	for _, c := range cases {
		queue <- c
	}
	close(queue)
	var workers sync.WaitGroup
	for range min(cmp.Or(j.o.Jobs, 8), len(cases)) {
		workers.Go(func() {
			for c := range queue {
				j.put(j.judge(ctx, c))
			}
		})
	}
	workers.Wait()
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// judge judges one case, again if time may have been short.
func (j *judge) judge(ctx context.Context, c *run.Case) (r *conformance.Result) {
	r = &conformance.Result{Case: c.Case}
	defer func() {
		if p := recover(); p != nil {
			r.Verdict, r.Reason = conformance.Error, fmt.Sprintf("the judge is broken: %v\n%s", p, debug.Stack())
		}
	}()
	switch {
	case ctx.Err() != nil:
		r.Verdict, r.Reason = conformance.Blocked, "the run was called off: "+context.Cause(ctx).Error()
		return r
	case c.Slow && !j.o.Slow:
		r.Verdict, r.Reason = conformance.Skip, "it waits: give --slow"
		return r
	}
	if reason := j.o.Phrases.lacks(c); reason != "" {
		r.Verdict, r.Reason = conformance.Skip, reason
		return r
	}
	if reason := j.sick.blocks(c); reason != "" {
		r.Verdict, r.Reason = conformance.Blocked, reason
		return r
	}
	begin := time.Now()
	out, _ := j.attempt(ctx, c.Script, c.ID+"#1")
	if out.Verdict == conformance.Fail && out.Finding.Kind == conformance.KindTimeout && ctx.Err() == nil {
		again, _ := j.attempt(ctx, c.Script, c.ID+"#2")
		if again.Verdict == conformance.Pass {
			r.Unsteady = true
			r.Reason = fmt.Sprintf("it failed once, and not again: expected %s, got %s", out.Finding.Expected, out.Finding.Got)
		}
		out = again
	}
	r.Verdict, r.Finding, r.Transcript = out.Verdict, out.Finding, out.Transcript
	r.Reason = cmp.Or(r.Reason, out.Reason)
	if f := out.Finding; f != nil && f.Kind == conformance.KindDeath {
		r.Reason = "the client died"
	}
	j.sick.learn(c, r)
	r.Millis = float64(time.Since(begin).Microseconds()) / 1000
	return r
}

// attempt runs a script on a client of its own. Beside the outcome it returns the last that the client has printed elsewhere.
func (j *judge) attempt(ctx context.Context, s *script.Script, key string) (out *script.Outcome, printed string) {
	var d dialect = lines{}
	if j.o.Phrases != nil {
		d = j.o.Phrases.speaker()
	}
	c, err := start(ctx, j.o.Launcher, d)
	if err != nil {
		return &script.Outcome{
			Verdict: conformance.Fail, Transcript: conformance.NewTranscript(),
			Finding: &conformance.Finding{Kind: conformance.KindTarget, Frame: -1, Expected: "a client that can be started", Got: err.Error()},
		}, ""
	}
	defer c.close()
	env := &script.Env{
		Codec: j.codec, Clock: j.clock, Dir: j.o.Dir, Slow: j.o.Slow, Client: c, Actions: messages(),
		Announced: func(*spec.Feature) bool { return true },
	}
	out = s.Run(ctx, env, &script.Fresh{Run: j.o.RunID, Key: key}, nil)
	c.inquest(ctx, out, cmp.Or(j.o.Patience, 1))
	return out, c.running.Errors()
}

func (j *judge) put(r *conformance.Result) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.results = append(j.results, r)
	if j.o.Judged != nil {
		j.o.Judged(r)
	}
	if r.Verdict == conformance.Fail {
		j.failed++
	}
	if j.o.Progress != nil {
		j.o.Progress(len(j.results), len(j.o.Cases), j.failed)
	}
}
