package fuzz

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"
)

// lanes is how many sessions may run side by side. It is fixed, because the accounts of a session follow from its lane: how
// many lanes run at a time must not change what is sent.
const lanes = 8

// A lane runs every eighth session, one after the other, with accounts of its own. It belongs to its goroutine while that
// holds runner.alone for reading, and to whoever holds it for writing.
type lane struct {
	r     *runner
	n     int
	gen   *generator
	actor account // plays the garbage sessions
	other account // exists, and is never logged in except by garbage
	left  innocent
	right innocent
	tries int

	now        *session // is played, or was played last
	nowTape    *tape    // what happened
	before     *session // the one before that
	beforeTape *tape
}

func (r *runner) lane(n int) *lane {
	l := &lane{r: r, n: n, gen: newGenerator(r.c, r.opts.RunID)}
	base := func(letter string) account { return account{base: fmt.Sprintf("f%s%s%d", r.opts.RunID, letter, n)} }
	l.actor, l.other = base("a"), base("o")
	l.left.account, l.right.account = base("l"), base("r")
	return l
}

// session makes session n, from the seed alone.
func (l *lane) session(n int) *session {
	return l.gen.session(n, stream(l.r.opts.Seed, n, sessionInput), []string{l.actor.base, l.other.base})
}

// open connects. That nobody listens any more is a fault.
func (l *lane) open(ctx context.Context) (*talk, *fault) {
	var err error
	for try := range 20 {
		nc, e := l.r.target(ctx)
		if e == nil {
			return &talk{link: newLink(nc, l.r.c, l.r.patience), o: newOracle(l.r.c)}, nil
		}
		err = e
		if ctx.Err() != nil || l.r.ended() {
			break
		}
		select {
		case <-time.After(time.Duration(try) * 2 * time.Millisecond):
		case <-ctx.Done():
		}
	}
	return nil, &fault{kind: kindCrash, expected: "a connection", got: err.Error()}
}

// prepare makes the accounts of the lane before any garbage is sent.
func (l *lane) prepare(ctx context.Context) *fault {
	if f := l.innocents(ctx); f != nil {
		return f
	}
	if f := l.converse(ctx, 0); f != nil {
		return f
	}
	t, f := l.open(ctx)
	if f != nil {
		return f
	}
	defer t.close()
	// The other account only has to exist: its last step, which would log it in, is not taken.
	for _, m := range l.r.deepest.Requests() {
		at := t.o.state()
		maker := at.After(m) == at
		if m.LegalIn(at) && at.After(m) != l.r.deepest {
			t.nextID = 0xf0000000
			if e, f := l.insist(ctx, t, l.request(m, &l.other)); f != nil {
				return f
			} else if e != nil && !(maker && slices.Contains(m.Errors, e)) {
				return &fault{kindEntry, m.Name, m.Reply.Name, e.Name}
			}
		}
	}
	return nil
}

// play runs a session and the canary after it.
func (l *lane) play(ctx context.Context, s *session) (f *fault, tp *tape) {
	t, f := l.open(ctx)
	if f != nil {
		return f, &tape{}
	}
	defer t.close()
	defer func() {
		l.r.frames.Add(int64(t.o.frames))
		l.r.sent.Add(int64(t.o.before + len(t.o.sent)))
		l.r.saw(t.o.seen)
	}()
	f = l.enter(ctx, t, s.state, &l.actor)
	if f == nil {
		f = l.clean(ctx, t)
	}
	tp = t.o.tape
	if f != nil {
		return f, tp
	}
	tp.on, tp.start = true, t.o.before+len(t.o.sent)
	if f = l.steps(ctx, t, s); f != nil {
		return f, tp
	}
	return l.canary(ctx, s.number), tp
}

func (l *lane) steps(ctx context.Context, t *talk, s *session) (f *fault) {
	for _, st := range s.steps {
		switch st.op {
		case opWrite:
			t.send(st.bytes)
		case opSettle:
			f = t.settle(ctx)
		case opHalfClose:
			f = t.finish(ctx)
		case opReset:
			t.o.tape.leave("reset")
			t.reset()
			return nil
		case opClose:
			t.o.tape.leave("close")
			t.close()
			return nil
		}
		if f != nil || ctx.Err() != nil {
			return f
		}
	}
	return nil
}

// run plays the sessions of the lane until the run is over.
func (l *lane) run(ctx context.Context) {
	for n := l.n; l.r.more(ctx, n); n += lanes {
		if f, tp := l.one(ctx, n); f != nil && ctx.Err() == nil {
			l.found(ctx, l.now, f, tp)
		}
		l.r.end()
	}
	l.r.alone.RLock()
	defer l.r.alone.RUnlock()
	l.left.drop()
	l.right.drop()
}

// one makes session n and plays it, while nobody confirms a fault.
func (l *lane) one(ctx context.Context, n int) (*fault, *tape) {
	l.r.alone.RLock()
	defer l.r.alone.RUnlock()
	l.before, l.beforeTape = l.now, l.nowTape
	l.now = l.session(n)
	h := sha256.New()
	l.now.digest(h)
	l.r.begin(n, [sha256.Size]byte(h.Sum(nil)))
	f, tp := l.play(ctx, l.now)
	l.nowTape = tp
	return f, tp
}
