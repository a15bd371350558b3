package fuzz

import (
	"context"
	"fmt"
	"strings"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/script"
	"github.com/wirelaw/wirelaw/spec"
)

// entryTries is how often a transcript is run that does not get beyond its first, right requests: the server may not have noticed yet that
// the session is over that its account had.
const entryTries = 5

// prove replays transcripts of a sighting, from the shortest to the one that has most, until one fails as it should. All other lanes are
// at rest.
func (si *sighting) prove(ctx context.Context) (d *draft, fails bool) {
	for _, before := range si.befores() {
		for _, to := range si.tp.extents() {
			d = si.draft(to, before)
			if si.fails(ctx, d) {
				return d, true
			}
			if ctx.Err() != nil {
				return d, false
			}
		}
	}
	return si.shortest(), false
}

// befores are the sessions after which the fault may come: none, and the one before. If what fails is the entry, only what was before can
// have brought it about.
func (si *sighting) befores() (list []*past) {
	for i := range si.past {
		if si.past[i].tp != nil {
			list = append(list, &si.past[i])
		}
	}
	if !si.tp.on && len(list) > 0 {
		return list
	}
	return append([]*past{nil}, list[:min(1, len(list))]...)
}

// shortest is the draft that is most likely to be enough.
func (si *sighting) shortest() *draft { return si.draft(upToFault, si.befores()[0]) }

// fails runs a draft as wirecheck replay does, and reports whether it fails where anything is judged. If the fault is one that stays, the
// target is started anew first.
func (si *sighting) fails(ctx context.Context, d *draft) bool {
	r := si.by.r
	s, err := r.reader.Read("finding.txtar", d.text())
	if err != nil {
		return false
	}
	for try := range entryTries {
		if !si.ready(ctx) {
			return false
		}
		r.quiet()
		r.rest(ctx)
		out := s.Run(ctx, &script.Env{
			Codec: r.c, Clock: &r.clock, Dial: r.target, Dir: r.opts.Dir,
			Announced: func(f *spec.Feature) bool { return r.known && r.announced&(1<<f.Bit) != 0 },
		}, &script.Fresh{Run: r.nonce, Key: fmt.Sprintf("%p-%d", d, try)}, nil)
		switch {
		case ctx.Err() != nil, out.Verdict != conformance.Fail || out.Finding == nil:
			return false
		case out.Finding.Line > len(d.head)+d.entry && (si.tp.on || si.f.resembles(out.Finding)):
			return true
		}
	}
	return false
}

// resembles reports whether what a transcript found may be the fault, as far as that can be told.
func (f *fault) resembles(found *conformance.Finding) bool {
	switch {
	case f.got == silence:
		return found.Kind == conformance.KindTimeout
	case f.kind == kindClosed || f.kind == kindReset:
		return found.Kind == conformance.KindClosed
	}
	return strings.Contains(found.Got, f.got)
}

// ready brings the target into a condition in which the fault can be seen anew: one that has crashed, or goes on failing, is started again.
func (si *sighting) ready(ctx context.Context) bool {
	r := si.by.r
	switch {
	case si.f.kind == kindCrash:
		return r.alive(ctx)
	case si.sick && r.opts.Restart != nil:
		return r.restart(ctx)
	}
	return true
}

// alive starts the target anew if nobody listens. It is false if that does not help.
func (r *runner) alive(ctx context.Context) bool {
	if r.lanes[0].down(ctx) == nil {
		return true
	}
	return r.restart(ctx)
}

func (r *runner) restart(ctx context.Context) bool {
	if r.opts.Restart == nil || r.opts.Restart(ctx) != nil {
		return false
	}
	for _, l := range r.lanes {
		l.forget()
	}
	return true
}

// quiet closes the connections on which nothing is to be heard now.
func (r *runner) quiet() {
	for _, l := range r.lanes {
		l.left.drop()
		l.right.drop()
		l.resident.drop()
	}
}

// What is said of transcripts in them.
const (
	noteFails  = "replayed at once, it failed"
	notePasses = "REPLAYED AT ONCE, IT DID NOT FAIL: other connections, or the very moment, may have had a part in it"
	noteUntold = "it was not replayed: there was no time, or nobody listened any more"
	noteSick   = "by then the target failed whatever was sent: start it anew before you replay this"
)

// settle makes what was seen of a finding as small as can be, and writes a transcript of it that has been seen to fail, or says that it
// did not. All lanes are at rest. Nothing is settled if ctx ends before.
func (r *runner) settle(ctx context.Context, finding *Finding) {
	si := finding.sighting
	small := si.shrink(ctx)
	d, fails := small.prove(ctx)
	if !fails && small != si {
		small = si
		d, fails = si.prove(ctx)
	}
	if ctx.Err() != nil {
		return
	}
	notes := []string{notePasses}
	if fails {
		notes[0] = noteFails
	}
	if si.sick {
		notes = append(notes, noteSick)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	finding.settled, finding.Reproduced, finding.Sick = true, fails, si.sick
	finding.Confirmed = finding.Confirmed || fails && !si.sick
	finding.Frames, finding.Of, finding.Transcript = small.frames, si.of, d.text(notes...)
}

// finish settles the findings that could not be confirmed, or not in time.
func (r *runner) finish(ctx context.Context) {
	for _, f := range r.order {
		if !f.settled && !r.gone {
			r.settle(ctx, f)
		}
	}
	r.quiet()
}
