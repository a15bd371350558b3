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

// A life is the shared target in all its lives.
type life struct {
	mu     sync.Mutex
	bench  *bench // the one that lives, or lived last
	deaths []*death
	over   error // why it is not started again; nil if it may be
}

// A grave is what is known of the end of a bench's target.
type grave struct {
	mu     sync.Mutex
	hung   error     // it was found not to answer
	probed time.Time // when it last did
	death  *death    // nil: it was not noted
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
	return true
}

// hangs asks the target for a greeting after a failure that looks as if it gave none any more. A target that does not answer is ended.
func (b *bench) hangs(ctx context.Context, f *conformance.Finding) bool {
	if f.Kind != conformance.KindTimeout && f.Kind != conformance.KindClosed && f.Kind != conformance.KindTarget {
		return false
	}
	wait := b.j.greeted()
	if _, ours := b.target.(*target.Process); !ours {
		wait *= 2 // it may be on its way back
	}
	return b.probe(ctx, wait)
}

// greeted is how long a greeting may take.
func (j *judge) greeted() time.Duration {
	if m := greeting(j.o.Suite.Protocol); m != nil {
		return j.clock.For(m.Name)
	}
	return j.clock.For("connect")
}

// probe asks the target for a greeting. If none comes in time it is ended, and counts as dead.
func (b *bench) probe(ctx context.Context, wait time.Duration) (dead bool) {
	asked := time.Now()
	b.lost.mu.Lock()
	defer b.lost.mu.Unlock()
	switch {
	case b.lost.hung != nil || b.target.Dead() != nil:
		return true
	case b.lost.probed.After(asked):
		return false // somebody else has asked meanwhile
	}
	err := b.greet(ctx, wait)
	if err == nil || ctx.Err() != nil {
		b.lost.probed = time.Now()
		b.said.answered()
		return false
	}
	b.lost.hung = err
	if err == errHangs {
		b.j.clock.Hurry() // it may hang again
	}
	if p, ok := b.target.(target.Own); ok {
		if err != errHangs {
			if dead := p.Settle(time.Second); dead != nil { // its exit status says more
				b.lost.hung = dead
			}
		}
		b.j.take(b, b.lost.hung)
		p.Close()
	}
	return true
}

// watch finds out early that the target hangs: it owes an answer to everybody for a while, and greets nobody. It returns when ctx is done,
// or the target is dead.
func (b *bench) watch(ctx context.Context) {
	for pause(ctx, 50*time.Millisecond) {
		wait := b.j.greeted() / 2
		if b.target.Dead() != nil || b.said.owes() > wait && b.probe(ctx, wait) {
			return
		}
	}
}

var errHangs = errors.New("it hangs: it accepts connections and answers nothing")

// greet says hello. An error means that nobody is there: not that the answer is wrong.
func (b *bench) greet(ctx context.Context, wait time.Duration) error {
	var hello []byte
	if m := greeting(b.j.o.Suite.Protocol); m != nil {
		msg := dynamic.New(b.j.o.Suite.Protocol).Example(m)
		msg.ID = 1
		hello, _ = b.j.codec.Append(nil, msg)
	}
	end := time.Now().Add(wait)
	for {
		got, silence, err := exchange(ctx, b.target.Dial, hello, time.Until(end), func(got []byte) bool { return len(hello) == 0 || len(got) > 0 })
		switch {
		case err == nil && len(got) == 0 && len(hello) > 0 && isTimeout(silence):
			return errHangs
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
	switch {
	case j.o.Spawn == nil:
		return b, err
	case j.shared.over == nil && j.enough():
		j.shared.over = fmt.Errorf("%w; given up after it died %s", err, j.often())
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
	b.unguard()
	if b.target != j.o.Target {
		b.target.Close()
	}
	j.shared.bench = newBench(j, p, nil)
	j.shared.bench.guard(ctx)
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
	b.unguard()
	j.note(b) // before it is ended from here
	if b.target != j.o.Target {
		b.target.Close()
	}
}

// guard watches the target of a bench until unguard is called.
func (b *bench) guard(ctx context.Context) {
	ctx, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		b.watch(ctx)
	}()
	b.unguard = func() { stop(); <-done }
}

// victim judges a case that ran on b while the target there died of err: on another target if there can be one.
func (b *bench) victim(ctx context.Context, c *Case, out *script.Outcome, err error) *conformance.Result {
	j := b.j
	d := j.note(b)
	r := &conformance.Result{Case: c.Case, Verdict: conformance.Blocked, Reason: "the target is dead: " + err.Error(), Transcript: out.Transcript}
	switch {
	case ctx.Err() != nil:
		return r
	case j.o.Spawn != nil:
		return j.treat(ctx, c, d)
	case out.Verdict == conformance.Fail && out.Finding.Kind != conformance.KindTarget:
		f := *out.Finding
		f.Kind = conformance.KindDeath
		r.Verdict, r.Finding = conformance.Fail, &f
		r.Reason = fmt.Sprintf("the target died while this ran, or what ran beside it: %v", err)
		j.convict(d, c)
	}
	return r
}

// treat judges a case that ran while the target died in the ward. If another has turned out to have killed it, the case is none for the ward:
// it is judged among the others again.
func (j *judge) treat(ctx context.Context, c *Case, d *death) *conformance.Result {
	if r := j.hospital(ctx, c, d); r != nil {
		return r
	}
	b, dead := j.living(ctx)
	if dead != nil {
		return &conformance.Result{Case: c.Case, Verdict: conformance.Blocked, Reason: "the target is dead: " + dead.Error()}
	}
	return b.judge(ctx, c, nil)
}

// hospital judges a case in the ward; nil if it is known who has killed the target. A failure counts only on a target on which nothing else
// has run, and one for which time may have been short only if it comes twice.
func (j *judge) hospital(ctx context.Context, c *Case, d *death) *conformance.Result {
	j.ward.mu.Lock()
	defer j.ward.mu.Unlock()
	if j.known(d) && ctx.Err() == nil {
		return nil
	}
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
			j.convict(d, c)
		}
		return r
	}
}
