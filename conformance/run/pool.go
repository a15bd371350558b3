package run

import (
	"context"
	"fmt"
	"maps"
	"sync"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/script"
)

// A pool lends things that are dear to make. What it lends is clean: nothing of an earlier case is left of it. Cleaning may be dear too, so it
// is done when a thing is lent again, and knows what the case before has done.
type pool struct {
	bench *bench
	spec  *script.Pool

	mu     sync.Mutex
	idle   []returned
	n      int
	broken string // why no thing can be made
}

// A returned thing is one that nobody has.
type returned struct {
	item *script.Item
	used bool            // since it was clean
	sent map[string]bool // the requests of the case that had it; nil: it may hold a session still, and more
}

func newPool(b *bench, p *script.Pool) *pool {
	return &pool{bench: b, spec: p, broken: b.j.health.poolBroken(p)}
}

// prepare makes one thing and cleans it. If it cannot be made, confirmed once, the pool is broken. If cleaning fails with
// shortcuts but not without, shortcuts do not work on this target.
func (p *pool) prepare(ctx context.Context) {
	if p.broken != "" {
		return // as it was on a target that died
	}
	item, out := p.make(ctx)
	for tries := 0; item == nil && ctx.Err() == nil && tries < 20; tries++ {
		if !p.bench.j.health.note(out.Finding) && tries > 0 {
			p.fail(ctx, out, true)
			return
		}
		first := out.Finding
		if item, out = p.make(ctx); item == nil {
			p.bench.j.health.confirmed("", first, out.Finding)
		}
	}
	if item == nil {
		p.fail(ctx, out, true)
		return
	}
	switch {
	case !p.bench.j.quick(), p.clean(ctx, returned{item: item}):
		p.put(returned{item: item})
	default:
		p.bench.j.health.noShortcut()
	}
}

// fail notes that no thing can be made. first says that it was the first thing that was done with the target.
func (p *pool) fail(ctx context.Context, out *script.Outcome, first bool) {
	reason := out.Reason
	if out.Finding != nil {
		reason = fmt.Sprintf("expected %s, got %s", out.Finding.Expected, out.Finding.Got)
	}
	reason = fmt.Sprintf("no %s can be made: %s", p.spec.Name, reason)
	p.bench.settle(out.Finding)
	if out.Finding != nil && !first {
		p.bench.hangs(ctx, out.Finding)
	}
	dead := p.bench.dead()
	if m := p.bench.j.health.lacking(out.Finding); m != "" {
		reason = m
	} else if dead != nil && !first {
		reason = "the target is dead: " + dead.Error()
	} else if dead != nil {
		reason = fmt.Sprintf("no %s can be made: the target dies of it: %v", p.spec.Name, dead)
		if f := out.Finding; f != nil {
			f.Kind = conformance.KindDeath
		}
	}
	p.mu.Lock()
	p.broken = reason
	p.mu.Unlock()
	if p.bench.process == nil && (first || dead == nil) { // a target of one's own has its cases to tell of it
		p.bench.j.health.brokenPool(p.spec, out, reason)
	}
}

// make makes a thing; without one the outcome says why.
func (p *pool) make(ctx context.Context) (*script.Item, *script.Outcome) {
	p.mu.Lock()
	p.n++
	n := p.n
	p.mu.Unlock()
	fresh := &script.Fresh{Run: p.bench.j.o.RunID, Key: fmt.Sprintf("pool %s %s %d", p.bench.target.Addr(), p.spec.Name, n)}
	out := p.spec.Make.Run(ctx, p.bench.env("pool/"+p.spec.Name, true), fresh, nil)
	if out.Verdict != conformance.Pass {
		return nil, out
	}
	item := &script.Item{Pool: p.spec, Parts: map[string]string{}}
	for _, part := range p.spec.Parts {
		if v, ok := out.Vars[part]; ok {
			item.Parts[part] = v
		}
	}
	p.bench.j.mu.Lock()
	p.bench.j.made++
	p.bench.j.mu.Unlock()
	return item, out
}

// clean makes a thing as good as new. If it cannot, the thing must not be lent again.
func (p *pool) clean(ctx context.Context, r returned) bool {
	item, env := r.item, p.bench.env("pool/"+p.spec.Name, true)
	if r.sent != nil {
		env.Before = func(m string) bool { return r.sent[m] }
	}
	fresh := &script.Fresh{Run: p.bench.j.o.RunID, Key: "clean " + item.Parts[p.spec.Parts[0]]}
	out := p.spec.Clean.Run(ctx, env, fresh, maps.Clone(item.Parts))
	if out.Verdict != conformance.Pass {
		return false
	}
	for _, part := range p.spec.Parts {
		if v, ok := out.Vars[part]; ok {
			item.Parts[part] = v
		} else {
			delete(item.Parts, part)
		}
	}
	return true
}

func (p *pool) put(r returned) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, r)
}

// take returns a clean thing that was lent before, nil if there is none.
func (p *pool) take(ctx context.Context) *script.Item {
	for ctx.Err() == nil {
		p.mu.Lock()
		n := len(p.idle)
		if n == 0 {
			p.mu.Unlock()
			return nil
		}
		r := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		if !r.used || p.clean(ctx, r) {
			return r.item
		}
	}
	return nil
}

// lease lends a thing; one that was never lent before if newly is set.
func (p *pool) lease(ctx context.Context, newly bool) (*script.Item, error) {
	p.mu.Lock()
	broken := p.broken
	p.mu.Unlock()
	if broken != "" {
		return nil, &script.BlockedError{Reason: broken}
	}
	p.bench.j.mu.Lock()
	p.bench.j.leased++
	p.bench.j.mu.Unlock()
	if !newly {
		if item := p.take(ctx); item != nil {
			return item, nil
		}
	}
	item, out := p.make(ctx)
	if item != nil {
		return item, nil
	}
	if out.Verdict == conformance.Fail {
		p.bench.j.health.note(out.Finding)
		again, second := p.make(ctx) // once is no proof
		if again != nil {
			return again, nil
		}
		p.fail(ctx, second, false)
		out = second
	}
	p.mu.Lock()
	broken = p.broken
	p.mu.Unlock()
	if broken != "" {
		return nil, &script.BlockedError{Reason: broken}
	}
	return nil, &script.BlockedError{Reason: out.Reason}
}

// release takes a thing back after a case. That of a case that did not pass is thrown away.
func (p *pool) release(item *script.Item, out *script.Outcome) {
	if out.Verdict != conformance.Pass {
		return
	}
	r := returned{item: item, used: true}
	if out.Left {
		r.sent = out.Sent
	}
	p.put(r)
}

// quick reports whether a session can be taken up again without its password.
func (j *judge) quick() bool {
	p := j.o.Suite.Protocol
	for _, s := range p.States {
		if short := p.Shortcut(s); short != nil && (short.Request.Feature == nil || j.contact.has(short.Request.Feature.Name)) {
			return j.health.shortcut()
		}
	}
	return false
}
