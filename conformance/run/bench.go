package run

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/script"
	"github.com/wirelaw/wirelaw/conformance/target"
	"github.com/wirelaw/wirelaw/spec"
)

// A bench is a target with its pools: where cases run. Many goroutines may judge at one bench, if it is not one's own.
type bench struct {
	j       *judge
	target  target.Target
	process target.Own // not nil: cases have the target for themselves and may restart it
	pools   map[string]*pool
	gate    *gate // not nil: they share their restarts
	lost    grave
	said    *said
	unguard func()      // ends the watch over the target
	spoilt  atomic.Bool // a case failed here: what is left of it may disturb others
}

func newBench(j *judge, t target.Target, own target.Own) *bench {
	b := &bench{j: j, target: t, process: own, pools: map[string]*pool{}, said: newSaid(j.codec), unguard: func() {}}
	for _, c := range j.o.Cases {
		for _, name := range c.Script.Pools {
			if b.pools[name] == nil {
				b.pools[name] = newPool(b, j.o.Suite.Reader.Library.Pool(name))
			}
		}
	}
	return b
}

// close ends a target of one's own.
func (b *bench) close() {
	if b != nil && b.process != nil {
		b.process.Close()
	}
}

// prepare makes the first thing of every pool, so that a broken pool is found once and early.
func (b *bench) prepare(ctx context.Context) {
	for _, p := range b.pools {
		p.prepare(ctx)
	}
}

// env is what the script of that id runs in. newly: what is leased is newly made.
func (b *bench) env(id string, newly bool) *script.Env {
	e := &script.Env{
		Codec: b.j.codec, Clock: b.j.clock, Dial: b.said.dial(id, b.target.Dial), Dir: b.j.o.Dir, Slow: b.j.o.Slow,
		Announced: func(f *spec.Feature) bool { return b.j.contact.has(f.Name) },
		Lacks:     b.j.health.lacks,
		Sent:      b.j.count,
		Lease: func(ctx context.Context, name string) (*script.Item, error) {
			return b.pools[name].lease(ctx, newly)
		},
		Shortcut: b.j.health.shortcut(),
	}
	switch {
	case b.gate != nil:
		e.Restart = b.gate.restart
	case b.process != nil:
		e.Restart = b.process.Restart
	}
	return e
}

// judge runs a case, again if it failed in a way that needs to be confirmed. first, if not nil, is a failure of it on a connection that
// it shared, which needs to be.
func (b *bench) judge(ctx context.Context, c *Case, first *script.Outcome) (r *conformance.Result) {
	r = &conformance.Result{Case: c.Case}
	defer func() { // a fault of the judge must not leave targets behind
		if p := recover(); p != nil {
			r.Verdict, r.Reason = conformance.Error, fmt.Sprintf("the judge is broken: %v\n%s", p, debug.Stack())
		}
	}()
	if first != nil && b.gone(ctx, first) {
		return b.victim(ctx, c, first, b.dead())
	}
	if reason := b.j.blocked(ctx, c); reason != "" {
		r.Verdict, r.Reason = conformance.Blocked, reason
		return r
	}
	if err := b.dead(); err != nil { // since it was chosen
		if b.process == nil {
			return b.victim(ctx, c, &script.Outcome{Verdict: conformance.Blocked}, err)
		}
		r.Verdict, r.Reason = conformance.Blocked, "the target is dead: "+err.Error()
		return r
	}
	begin := time.Now()
	out := first
	if out == nil {
		out = b.attempt(ctx, c, 1)
	}
	for n := 4; out.Late && n < 7 && ctx.Err() == nil; n++ {
		out = b.attempt(ctx, c, n)
	}
	if b.gone(ctx, out) {
		return b.victim(ctx, c, out, b.dead())
	}
	if out.Verdict == conformance.Fail && (first != nil || b.mustConfirm(c, out)) && b.dead() == nil && b.j.blocked(ctx, c) == "" &&
		!b.j.health.explained(out.Finding) {
		again := b.attempt(ctx, c, 2)
		switch again.Verdict {
		case conformance.Fail:
			b.j.health.confirmed(c.Family, out.Finding, again.Finding)
			out = again
		case conformance.Pass:
			if !outside(out.Finding) {
				third := b.attempt(ctx, c, 3) // among others once more: twice is no chance
				if third.Verdict == conformance.Fail {
					out = third
					break
				}
			}
			unsteady(r, out.Finding)
			out = again
		}
	}
	if b.gone(ctx, out) {
		return b.victim(ctx, c, out, b.dead())
	}
	r.Verdict, r.Transcript = out.Verdict, out.Transcript
	if r.Verdict == conformance.Fail {
		r.Finding = out.Finding
	}
	if r.Reason == "" {
		r.Reason = out.Reason
	}
	r.Millis = float64(time.Since(begin).Microseconds()) / 1000
	if out.Verdict == conformance.Fail {
		b.j.health.failed(c, r)
	}
	return r
}

// unsteady notes a failure that did not happen again.
func unsteady(r *conformance.Result, f *conformance.Finding) {
	r.Unsteady = true
	r.Reason = fmt.Sprintf("it failed once, and not again on fresh accounts: expected %s, got %s", f.Expected, f.Got)
}

// outside reports whether a failure may have a cause outside of target and case: that time was short.
func outside(f *conformance.Finding) bool {
	return f.Kind == conformance.KindTimeout || f.Kind == conformance.KindTarget
}

// blocked says why a case cannot be judged now, on any target.
func (j *judge) blocked(ctx context.Context, c *Case) string {
	if ctx.Err() != nil {
		return "the run was called off: " + context.Cause(ctx).Error()
	}
	return j.health.blocks(c)
}

// mustConfirm reports whether a failure may have a cause outside of the case: time, or what other cases have left behind.
func (b *bench) mustConfirm(c *Case, out *script.Outcome) bool {
	if b.process != nil || b.dead() != nil {
		return false
	}
	return outside(out.Finding) || len(c.Script.Pools) > 0
}

// attempt runs a case once, and gives back what it had leased. The second attempt is on things that nobody has used before.
func (b *bench) attempt(ctx context.Context, c *Case, n int) *script.Outcome {
	fresh := &script.Fresh{Run: b.j.o.RunID, Key: fmt.Sprintf("%s#%d", c.ID, n)}
	env := b.env(c.ID, n == 2)
	env.Leave = len(c.Script.Pools) > 0 && b.j.stuck.Load() < 2 && !b.j.quick() // where a session is cheap, cleaning is
	out := c.Script.Run(ctx, env, fresh, nil)
	if out.Stuck {
		b.j.stuck.Add(1)
	}
	for _, item := range out.Items {
		b.pools[item.Pool.Name].release(item, out)
	}
	if out.Verdict == conformance.Fail {
		b.settle(out.Finding)
		b.j.health.note(out.Finding)
		if b.process != nil {
			b.spoilt.Store(true)
		}
	}
	return out
}

// settle waits for a target that is ending, if a failure looks as if it were: who talked to it sees that before its exit status is there.
func (b *bench) settle(f *conformance.Finding) {
	if p, ok := b.target.(target.Own); ok && f != nil && (f.Kind == conformance.KindClosed || f.Kind == conformance.KindTarget) {
		p.Settle(200 * time.Millisecond)
	}
}
