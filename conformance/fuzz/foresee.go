package fuzz

import (
	"slices"

	"github.com/wirelaw/wirelaw/spec"
)

// A sequel is what was sent after the request that a fault is about, with what a right server answers to it. It belongs into a transcript
// if the fault does not come without it.
type sequel struct {
	cut     int      // how many bytes had been sent by its end
	expects []event  // in their order
	skips   [][2]int // requests that may be served without an answer, and may as well be refused
}

// foresee follows our stream from places on, as a right server will, and keeps two sequels: one with the answers in their order, as far as
// they are certain, and one that keeps all whole frames and only says which answers there may be.
func (o *oracle) foresee(places []place) {
	o.tape.strict, o.tape.loose = sequel{}, sequel{}
	certain := true
	var may []string
	for len(places) > 0 {
		var next []place
		var names []string
		size, due := 0, 0
		for _, p := range places {
			v, ok := o.next(p)
			if !ok || !v.complete {
				return // by now the server may have closed, or waits for more
			}
			size = v.size
			names = united(names, v.names())
			if v.due {
				due++
			}
			for _, q := range v.outcomes(p.off + v.size) {
				if !slices.Contains(next, q) {
					next = append(next, q)
				}
			}
		}
		off := o.before + places[0].off
		switch {
		case due == len(places):
			o.tape.strict.expects = append(o.tape.strict.expects, event{what: "expect", names: names})
		case due == 0:
			o.tape.strict.skips = append(o.tape.strict.skips, [2]int{off, off + size})
		default:
			certain = false
		}
		if certain {
			o.tape.strict.cut = off + size
		}
		if slices.ContainsFunc(next, func(p place) bool { return p.closing }) {
			if goesOn := slices.ContainsFunc(next, func(p place) bool { return !p.closing }); certain && o.j.polite && !goesOn {
				o.tape.strict.cut = o.before + len(o.sent) // a right server looks at none of it
			}
			return
		}
		may = united(united(may, names), o.pushes(next))
		o.tape.loose = sequel{cut: off + size, expects: []event{{what: "fence", names: may}}}
		places = next
	}
}

// united is list with what it lacks of more.
func united(list, more []string) []string {
	for _, s := range more {
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

// pushes names what may come unasked in the states of places.
func (o *oracle) pushes(places []place) (names []string) {
	for _, m := range o.j.p.Messages {
		if m.Push && !m.IsError && slices.ContainsFunc(places, func(p place) bool { return slices.Contains(m.In, p.state) }) {
			names = append(names, m.Name)
		}
	}
	return names
}

// outcomes are the places where the server may be after a request that ends at an offset.
func (v *verdict) outcomes(end int) (places []place) {
	if v.success {
		places = append(places, place{off: end, state: v.after, closing: v.after.End})
	}
	for _, e := range v.errors {
		p := place{off: end, state: v.state, closing: e.React != spec.ReactReply}
		if !e.Fault && !slices.Contains(places, p) {
			places = append(places, p)
		}
	}
	return places
}
