package run

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/script"
)

// maxWave is how many cases share a restart at most: few enough that their accounts do not cost more than a start does.
const maxWave = 7

// restarts judges the cases that restart the server. They have a target to themselves, and those that restart it alike do it together,
// because starting is dear. What fails there is judged again on a target of its own, which decides.
func (j *judge) restarts(ctx context.Context, cases []*Case, jobs int) {
	var b *bench
	defer func() { b.close() }()
	var failed []*Case
	first := map[*Case]*script.Outcome{}
	for _, wave := range waves(cases, min(maxWave, jobs)) {
		wave = slices.DeleteFunc(wave, func(c *Case) bool { return j.blocks(ctx, c) })
		if len(wave) == 0 {
			continue
		}
		if b != nil && (b.spoilt.Load() || b.target.Dead() != nil) {
			b.close()
			b = nil
		}
		if b == nil {
			if b = j.ownBench(ctx); b == nil {
				failed = append(failed, wave...) // each will say why
				continue
			}
		}
		for c, out := range b.wave(ctx, wave) {
			failed = append(failed, c)
			first[c] = out
		}
	}
	slices.SortFunc(failed, func(a, b *Case) int { return strings.Compare(a.ID, b.ID) })
	each(min(2, jobs, len(failed)), failed, func(queue <-chan *Case) {
		for c := range queue {
			j.put(c, j.alone(ctx, c, first[c]))
		}
	})
}

// blocks puts a verdict if a case cannot be judged now.
func (j *judge) blocks(ctx context.Context, c *Case) bool {
	reason := j.blocked(ctx, c)
	if reason != "" {
		j.put(c, &conformance.Result{Case: c.Case, Verdict: conformance.Blocked, Reason: reason})
	}
	return reason != ""
}

// ownBench starts a target that nobody else uses; nil if it does not start.
func (j *judge) ownBench(ctx context.Context) *bench {
	p, err := j.spawn(ctx)
	if err != nil {
		return nil
	}
	b := newBench(j, p, p)
	b.prepare(ctx)
	return b
}

// waves puts cases together that restart the server equally often and in the same way, n at most.
func waves(cases []*Case, n int) (list [][]*Case) {
	open := map[string]int{}
	for _, c := range cases {
		i, ok := open[c.Script.Restarts]
		if !ok || len(list[i]) == n {
			i = len(list)
			open[c.Script.Restarts] = i
			list = append(list, nil)
		}
		list[i] = append(list[i], c)
	}
	return list
}

// wave runs cases side by side that restart the target together. It puts the results of those that did not fail and returns how the
// others did; nil stands for a fault of the judge, which the case alone will tell.
func (b *bench) wave(ctx context.Context, cases []*Case) map[*Case]*script.Outcome {
	b.gate = &gate{do: b.process.Restart, inside: len(cases)}
	defer func() { b.gate = nil }()
	failed := map[*Case]*script.Outcome{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, c := range cases {
		all.Go(func() {
			defer b.gate.leave(ctx)
			begin := time.Now()
			out := b.guarded(ctx, c)
			if out == nil || out.Verdict == conformance.Fail || out.Verdict == conformance.Error || out.Verdict == conformance.Blocked && b.leaves(out) {
				mu.Lock()
				defer mu.Unlock()
				failed[c] = out
				return
			}
			b.j.put(c, &conformance.Result{
				Case: c.Case, Verdict: out.Verdict, Reason: out.Reason, Transcript: out.Transcript,
				Millis: float64(time.Since(begin).Microseconds()) / 1000,
			})
		})
	}
	all.Wait()
	return failed
}

// leaves reports whether a case may have been blocked by what others did to the target, or by time.
func (b *bench) leaves(out *script.Outcome) bool {
	return out.Late || b.spoilt.Load() || b.dead() != nil
}

// guarded is attempt, nil if the judge broke.
func (b *bench) guarded(ctx context.Context, c *Case) (out *script.Outcome) {
	defer func() {
		if p := recover(); p != nil {
			out = nil
		}
	}()
	return b.attempt(ctx, c, 1)
}

// alone judges a case that restarts on a target of its own; first is how it failed among others, if it did. A failure for which time
// may have been short is judged twice.
func (j *judge) alone(ctx context.Context, c *Case, first *script.Outcome) *conformance.Result {
	b, r := j.restart(ctx, nil, c)
	b.close()
	if r.Verdict == conformance.Fail && outside(r.Finding) && ctx.Err() == nil {
		if first == nil || !outside(first.Finding) {
			first = &script.Outcome{Finding: r.Finding}
		}
		b, r = j.restart(ctx, nil, c)
		b.close()
	}
	if first != nil && first.Finding != nil && r.Verdict == conformance.Pass {
		unsteady(r, first.Finding)
	}
	return r
}

// restart judges a case on a target that nobody else uses: b, or a new one if b is nil.
func (j *judge) restart(ctx context.Context, b *bench, c *Case) (*bench, *conformance.Result) {
	r := &conformance.Result{Case: c.Case, Verdict: conformance.Blocked}
	switch r.Reason = j.blocked(ctx, c); {
	case r.Reason != "":
		return b, r
	case b == nil:
		p, err := j.spawn(ctx)
		if err != nil {
			r.Reason = "a target of its own could not be started: " + err.Error()
			return nil, r
		}
		b = newBench(j, p, p)
		b.prepare(ctx)
	}
	r = b.judge(ctx, c, nil)
	if r.Verdict == conformance.Fail {
		b.hangs(ctx, r.Finding)
	}
	if err := b.dead(); err != nil && r.Verdict == conformance.Fail {
		f := *r.Finding
		f.Kind = conformance.KindDeath
		r.Finding, r.Reason = &f, err.Error()
		if line := lastLine(b.target.Output()); line != "" {
			r.Reason += "; the last it printed: " + line
		}
	}
	return b, r
}

// A gate lets cases restart one target together: who comes waits until all that still run are there.
type gate struct {
	do func(ctx context.Context, graceful bool) error

	mu     sync.Mutex
	inside int          // cases that run
	come   []chan error // those that wait
	kind   bool         // graceful; all that run want the same
}

// restart waits for the others and restarts the target with them.
func (g *gate) restart(ctx context.Context, graceful bool) error {
	done := make(chan error, 1)
	g.mu.Lock()
	g.come, g.kind = append(g.come, done), graceful
	g.open(ctx)
	g.mu.Unlock()
	return <-done
}

// leave says that a case does not run any more.
func (g *gate) leave(ctx context.Context) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside--
	g.open(ctx)
}

// open restarts the target if nobody is missing. The lock is held: nobody runs who could want it.
func (g *gate) open(ctx context.Context) {
	if len(g.come) == 0 || len(g.come) < g.inside {
		return
	}
	err := g.do(ctx, g.kind)
	for _, done := range g.come {
		done <- err
	}
	g.come = nil
}
