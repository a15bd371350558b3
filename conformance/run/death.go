package run

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/script"
	"github.com/wirelaw/wirelaw/conformance/target"
)

// maxDeaths is how often the shared target may die before it is not started again.
const maxDeaths = 10

// A life is the shared target in all its lives.
type life struct {
	mu     sync.Mutex
	bench  *bench // the one that lives, or lived last
	deaths int
	died   string // how, the first time
	output string // the last that was printed then
	over   error  // why it is not started again; nil if it may be
}

// A grave is what is known of the end of a bench's target.
type grave struct {
	mu     sync.Mutex
	hung   error     // it was found not to answer
	probed time.Time // when it last did
	seen   bool      // its death was noted
}

// A ward is where cases are judged that ran while the shared target died: one of them killed it, the others only saw it.
type ward struct {
	mu    sync.Mutex
	bench *bench
}

// dead says why the target is gone, nil if it may live.
func (b *bench) dead() error {
	b.lost.mu.Lock()
	defer b.lost.mu.Unlock()
	if b.lost.hung != nil {
		return b.lost.hung
	}
	return b.target.Dead()
}

// gone reports whether an outcome may be due to the end of the shared target: it is dead, or does not even greet any more.
func (b *bench) gone(ctx context.Context, out *script.Outcome) bool {
	if b.process != nil || ctx.Err() != nil || out.Verdict != conformance.Fail && out.Verdict != conformance.Blocked {
		return false
	}
	if b.dead() == nil && (out.Verdict == conformance.Blocked || !b.hangs(ctx, out.Finding)) {
		return false
	}
	b.j.note(b)
	return true
}

// hangs asks the target for a greeting after a failure that looks as if it gave none any more. A target that does not answer is ended.
func (b *bench) hangs(ctx context.Context, f *conformance.Finding) bool {
	if f.Kind != conformance.KindTimeout && f.Kind != conformance.KindClosed && f.Kind != conformance.KindTarget {
		return false
	}
	asked := time.Now()
	b.lost.mu.Lock()
	defer b.lost.mu.Unlock()
	switch {
	case b.lost.hung != nil || b.target.Dead() != nil:
		return true
	case b.lost.probed.After(asked):
		return false // somebody else has asked meanwhile
	}
	err := b.greet(ctx)
	if err == nil || ctx.Err() != nil {
		b.lost.probed = time.Now()
		return false
	}
	b.lost.hung = err
	if p, ok := b.target.(target.Own); ok {
		if dead := p.Settle(time.Second); dead != nil { // its exit status says more
			b.lost.hung = dead
		}
		p.Close()
	}
	return true
}

// greet says hello. An error means that nobody is there: not that the answer is wrong.
func (b *bench) greet(ctx context.Context) error {
	var hello []byte
	wait := b.j.clock.For("connect")
	if m := greeting(b.j.o.Suite.Protocol); m != nil {
		msg := dynamic.New(b.j.o.Suite.Protocol).Example(m)
		msg.ID = 1
		hello, _ = b.j.codec.Append(nil, msg)
		wait = 2 * b.j.clock.For(m.Name)
	}
	end := time.Now().Add(wait)
	for {
		got, silence, err := exchange(ctx, b.target.Dial, hello, time.Until(end), func(got []byte) bool { return len(hello) == 0 || len(got) > 0 })
		switch {
		case err == nil && len(got) == 0 && len(hello) > 0 && isTimeout(silence):
			return errors.New("it hangs: it accepts connections and answers nothing")
		case err == nil && (len(got) > 0 || len(hello) == 0 || time.Until(end) < wait/2):
			return nil
		case err == nil: // a connection that ends at once may be the last sign of one that is ending
			err = silence
			if dead := b.target.Dead(); dead != nil {
				return dead
			}
		case b.target.Dead() != nil || ctx.Err() != nil || time.Until(end) < wait/2:
			return fmt.Errorf("it does not accept connections any more: %s", strings.TrimPrefix(connectProblem(err), "nothing listens there: "))
		}
		if !pause(ctx, 20*time.Millisecond) { // it may be on its way back
			return nil
		}
	}
}

func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// note takes down the end of the shared target, once.
func (j *judge) note(b *bench) {
	err := b.dead()
	if err == nil {
		return
	}
	b.lost.mu.Lock()
	seen := b.lost.seen
	b.lost.seen = true
	b.lost.mu.Unlock()
	if seen {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.shared.deaths++; j.shared.deaths == 1 {
		j.shared.died, j.shared.output = err.Error(), b.target.Output()
	}
}

// obituary says how the shared target died, and the last that it printed; "" if it did not.
func (j *judge) obituary() (died, output string) {
	died, output = j.shared.died, j.shared.output
	if n := j.shared.deaths; n > 1 {
		died += fmt.Sprintf(" (it died %d times)", n)
	}
	return died, output
}

// living returns the bench of the shared target. If that has died and can be started, it is a new one. An error says why nobody lives
// there any more.
func (j *judge) living(ctx context.Context) (*bench, error) {
	j.shared.mu.Lock()
	defer j.shared.mu.Unlock()
	b := j.shared.bench
	err := b.dead()
	if err == nil || ctx.Err() != nil {
		return b, nil
	}
	j.note(b)
	j.mu.Lock()
	deaths := j.shared.deaths
	j.mu.Unlock()
	if j.o.Spawn == nil || deaths >= maxDeaths {
		return b, err
	}
	if j.shared.over != nil {
		return b, j.shared.over
	}
	p, problem := j.spawn(ctx)
	switch {
	case ctx.Err() != nil:
		return b, nil
	case problem != nil:
		j.shared.over = fmt.Errorf("%w, and it does not start again: %w", err, problem)
		return b, j.shared.over
	}
	if b.target != j.o.Target {
		b.target.Close()
	}
	j.shared.bench = newBench(j, p, nil)
	j.shared.bench.prepare(ctx)
	return j.shared.bench, nil
}

// spawn starts a target, at once again if it does not start: it has started before, and another program may have taken the port.
func (j *judge) spawn(ctx context.Context) (target.Own, error) {
	p, err := j.o.Spawn(ctx)
	if err == nil || ctx.Err() != nil {
		return p, err
	}
	return j.o.Spawn(ctx)
}

// bury ends the targets that were started in place of the first one.
func (j *judge) bury() {
	j.ward.bench.close()
	b := j.shared.bench
	j.note(b) // before it is ended from here
	if b.target != j.o.Target {
		b.target.Close()
	}
}

// victim judges a case that ran while the shared target died of err: on another target if there can be one.
func (j *judge) victim(ctx context.Context, c *Case, out *script.Outcome, err error) *conformance.Result {
	r := &conformance.Result{Case: c.Case, Verdict: conformance.Blocked, Reason: "the target is dead: " + err.Error(), Transcript: out.Transcript}
	switch {
	case ctx.Err() != nil:
		return r
	case j.o.Spawn != nil:
		return j.treat(ctx, c)
	case out.Verdict == conformance.Fail && out.Finding.Kind != conformance.KindTarget:
		f := *out.Finding
		f.Kind = conformance.KindDeath
		r.Verdict, r.Finding = conformance.Fail, &f
		r.Reason = fmt.Sprintf("the target died while this ran, or what ran beside it: %v", err)
	}
	return r
}

// treat judges a case in the ward. A failure counts only on a target on which nothing else has run, and one for which time may have been
// short only if it comes twice.
func (j *judge) treat(ctx context.Context, c *Case) *conformance.Result {
	j.ward.mu.Lock()
	defer j.ward.mu.Unlock()
	for again := false; ; again = true {
		if b := j.ward.bench; b != nil && (again || b.spoilt.Load() || b.target.Dead() != nil) {
			b.close()
			j.ward.bench = nil
		}
		used := j.ward.bench != nil
		var r *conformance.Result
		j.ward.bench, r = j.restart(ctx, j.ward.bench, c)
		failed := r.Verdict == conformance.Fail
		died := r.Verdict == conformance.Blocked && j.ward.bench != nil && j.ward.bench.dead() != nil
		if (used && (failed || died) || !again && failed && outside(r.Finding)) && ctx.Err() == nil {
			continue
		}
		if failed && r.Finding.Kind == conformance.KindDeath {
			j.health.killed(c)
		}
		return r
	}
}
