package fuzz

import (
	"context"
	"slices"
)

// maxConfirm is how many occurrences of a finding are played again, until one is seen twice.
const maxConfirm = 4

// found takes a fault in and confirms it: with all other lanes at rest, the same session is played again on a fresh
// connection. What is not seen again may be the doing of another lane, so their last sessions are played too, one by one.
func (l *lane) found(ctx context.Context, s *session, f *fault, tp *tape) {
	finding, tries := l.r.note(f, s)
	if tries > maxConfirm {
		return
	}
	if tries == 1 {
		l.r.show(finding, l.sight(s, f, tp), false)
	}
	l.r.alone.Lock()
	defer l.r.alone.Unlock()
	if l.r.over(ctx, finding) {
		return
	}
	if f.kind == kindCrash {
		l.crashed(ctx, finding)
		return
	}
	l.r.rest(ctx)
	if l.confirm(ctx, finding, f, l, s) {
		return
	}
	for _, other := range l.r.lanes {
		if other != l && other.now != nil && l.confirm(ctx, finding, f, other, other.now) {
			return
		}
	}
}

// confirm plays session s of lane by. It is true if there is nothing more to find out: the fault is seen again, and then by
// is to blame, or nobody listens any more.
func (l *lane) confirm(ctx context.Context, finding *Finding, f *fault, by *lane, s *session) bool {
	l.r.quiet() // what they have seen by now is no proof
	again, tp := by.innocents(ctx), &tape{}
	if again == nil {
		again, tp = by.play(ctx, s)
	}
	switch {
	case ctx.Err() != nil:
		return true
	case again == nil:
		return false
	case again.signature() == f.signature():
		l.r.show(finding, by.sight(s, again, tp), true)
		l.r.settle(ctx, finding)
		return true
	case again.kind == kindCrash:
		crash, _ := l.r.note(again, s)
		l.r.show(crash, by.sight(s, again, tp), false)
		by.crashed(ctx, crash)
		return true
	}
	return false
}

// suspectsOf is how many sessions of each lane may have ended the target: the one of now, and some before it. What the server did last need
// not have been seen by the lane that did it.
const suspectsOf = 3

// crashed ends the run: nobody listens any more. If the target can be started anew, the sessions that were played last
// are played on it one by one, to find out which of them it does not survive.
func (l *lane) crashed(ctx context.Context, finding *Finding) {
	defer l.r.stop(gone)
	if !l.r.restart(ctx) {
		return
	}
	lanes := append([]*lane{l}, slices.DeleteFunc(slices.Clone(l.r.lanes), func(other *lane) bool { return other == l || other.now == nil })...)
	for back := range suspectsOf {
		for _, by := range lanes {
			s := by.now
			if back > len(by.past) {
				continue
			}
			if back > 0 {
				s = by.past[back-1].s
			}
			if f := by.prepare(ctx); f != nil && !l.r.restart(ctx) {
				return
			}
			if by.kills(ctx, finding, s) {
				return
			}
		}
	}
}

// kills plays a session, and settles the crash if nobody listens after that.
func (l *lane) kills(ctx context.Context, finding *Finding, s *session) bool {
	again, tp := l.play(ctx, s)
	if again == nil {
		return false
	}
	f := l.down(ctx)
	if f == nil {
		return false
	}
	l.r.show(finding, l.sight(s, f, tp), true)
	l.r.settle(ctx, finding)
	return true
}

// down is the fault that nobody listens any more, nil if somebody does. A process that is about to end may take connections
// for a moment more, and resets them: only one that ends as it should proves anything.
func (l *lane) down(ctx context.Context) *fault {
	for range 50 {
		t, f := l.open(ctx)
		if f != nil {
			return f
		}
		f = t.finish(ctx)
		t.close()
		if f == nil {
			return nil
		}
	}
	return nil
}

// forget drops all that the lane knows of the target.
func (l *lane) forget() {
	for _, a := range []*account{&l.actor, &l.other, &l.left.account, &l.right.account, &l.resident.account} {
		a.made, a.token = false, nil
	}
	l.left.drop()
	l.right.drop()
	l.resident.drop()
}
