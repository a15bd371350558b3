package fuzz

import (
	"context"
	"slices"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// Bounds of making one finding smaller.
const (
	shrinkTries = 150
	shrinkTimes = 4 // the patience
	shrinkHaste = 5 // the patience is divided by this: most tries of a silent fault have to wait it out
)

// A way says how the frames of a session are written.
type way int

const (
	oneByOne way = iota // each when the one before is answered
	joined              // all that nothing comes between at once
	apart               // each on its own, none waiting for the one before
	asMade              // as the session was made: these are no frames, but its steps
	ways
)

// A shrinker makes the session of a sighting smaller, as long as the same fault is seen. All other lanes are at rest.
type shrinker struct {
	best  *sighting
	any   bool // a fault of the same kind will do
	tries int
}

// shrink returns the smallest sighting of the same fault that it finds; si itself if there is none.
func (si *sighting) shrink(ctx context.Context) *sighting {
	l := si.by
	if !si.tp.on {
		return si
	}
	ctx, cancel := context.WithTimeout(ctx, shrinkTimes*l.r.patience)
	defer cancel()
	l.haste = l.r.patience / shrinkHaste
	defer func() { l.haste = 0 }()
	k := &shrinker{best: si}
	if si.f.kind != kindCrash && k.sick(ctx) && l.r.opts.Restart == nil {
		return si
	}
	parts, write := k.write(ctx)
	if write == ways && (si.f.kind == kindClosed || si.f.kind == kindMissing) {
		// Which request gets no answer depends on what had been answered by then, and on what arrived together. All at once, it is the first.
		k.any = true
		if parts, write = l.frames(si.s), joined; !k.try(ctx, si.s.state, parts, write) {
			write = ways
		}
		k.any = false
	}
	if write == ways {
		return si
	}
	for _, s := range l.gen.states {
		if s == k.best.s.state || k.try(ctx, s, parts, write) {
			break
		}
	}
	k.drop(ctx, parts, write)
	if write == asMade { // what is left may do in whole frames
		if parts, write = k.write(ctx); write < asMade {
			k.drop(ctx, parts, write)
		}
	}
	return k.best
}

// write finds the plainest way to write the best session so far in which the fault is still seen; ways if there is none.
func (k *shrinker) write(ctx context.Context) (parts []step, w way) {
	s := k.best.s
	parts = k.best.by.frames(s)
	for w = oneByOne; w < ways; w++ {
		if w == asMade {
			parts = slices.Clone(s.steps)
		}
		if k.try(ctx, s.state, parts, w) {
			break
		}
	}
	return parts, w
}

// drop leaves out parts, many at a time and then one by one, as long as that is of use.
func (k *shrinker) drop(ctx context.Context, parts []step, w way) {
	for size := max(1, len(parts)/2); ; {
		smaller := false
		for end := len(parts); end > 0 && k.more(ctx); end -= size {
			less := slices.Concat(parts[:max(0, end-size)], parts[end:])
			if k.try(ctx, k.best.s.state, less, w) {
				parts, smaller = less, true
			}
		}
		switch {
		case !k.more(ctx), size == 1 && !smaller:
			return
		case size > 1:
			size /= 2
		}
	}
}

// sick sees whether the fault comes with no garbage at all: then an earlier session has made the target so, and only a target that was
// started anew can show which frames do that.
func (k *shrinker) sick(ctx context.Context) bool {
	si := k.best
	if !k.try(ctx, si.s.state, nil, oneByOne) {
		return false
	}
	k.best, si.sick = si, true
	return true
}

func (k *shrinker) more(ctx context.Context) bool { return ctx.Err() == nil && k.tries < shrinkTries }

// try plays a smaller session. If the same fault is seen, that is the best sighting from now on.
func (k *shrinker) try(ctx context.Context, state *spec.State, parts []step, w way) bool {
	if !k.more(ctx) {
		return false
	}
	k.tries++
	si := k.best
	if !si.ready(ctx) {
		k.tries = shrinkTries
		return false
	}
	l, s := si.by, *si.s
	if s.state, s.steps = state, parts; w != asMade {
		s.steps = l.lay(parts, w)
	}
	again, tp := l.play(ctx, &s)
	if again != nil {
		l.left.drop() // they may have heard of it
		l.right.drop()
		l.resident.drop()
	}
	if si.f.kind == kindCrash && ctx.Err() == nil {
		again = l.down(ctx)
	}
	if ctx.Err() != nil || again == nil || !again.like(si.f) && !(k.any && again.kind == si.f.kind) {
		return false
	}
	if w == asMade {
		parts = l.frames(&s)
	}
	k.best = &sighting{by: l, s: &s, f: again, tp: tp, past: si.past, frames: count(parts), of: si.of, sick: si.sick}
	return true
}

// frames takes the writes of a session apart into frames, as a server will; what is no whole frame stays in one piece.
func (l *lane) frames(s *session) (parts []step) {
	var held []byte
	flush := func() {
		for len(held) > 0 {
			n, err := l.r.c.Split(nil, spec.FromClient, held)
			if n == 0 || err != nil {
				n = len(held)
			}
			parts = append(parts, step{op: opWrite, bytes: held[:n:n]})
			held = held[n:]
		}
	}
	for _, st := range s.steps {
		if st.op == opWrite {
			held = append(held, st.bytes...)
			continue
		}
		flush()
		st.hold = false
		parts = append(parts, st)
	}
	flush()
	return parts
}

// count returns how many steps send something.
func count(parts []step) (n int) {
	for _, st := range parts {
		if st.op == opWrite || st.op == opToken {
			n++
		}
	}
	return n
}

// lastID is the id of the fence that ends a smaller session.
const lastID = 0xe0000000

// lay writes parts of a session in a way. It ends with a fence, unless it leaves at once: so all answers are seen before it ends.
func (l *lane) lay(parts []step, w way) (steps []step) {
	leaves := false
	for _, st := range parts {
		last := len(steps) - 1
		leaves = st.op == opReset || st.op == opClose || st.op == opHalfClose
		switch {
		case st.op != opWrite && st.op != opToken:
			steps = append(steps, st)
		case w == joined && st.op == opWrite && last >= 0 && steps[last].op == opWrite:
			steps[last].bytes = slices.Concat(steps[last].bytes, st.bytes)
		case w == joined && last >= 0 && steps[last].bytes != nil:
			steps[last].hold = true
			steps = append(steps, st)
		case w == oneByOne:
			steps = append(steps, st, step{op: opSettle})
		default:
			steps = append(steps, st)
		}
	}
	if !leaves {
		fence := l.r.c.AppendIllegal(nil, &dynamic.Message{Spec: l.r.p.Fence.Send, ID: lastID})
		steps = append(steps, step{op: opWrite, bytes: fence}, step{op: opSettle})
	}
	return steps
}
