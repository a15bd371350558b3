package fuzz

import (
	"bytes"
	"slices"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// A place is where the server may be in our stream, and in what state.
type place struct {
	off     int
	state   *spec.State
	closing bool // it has said its last word
	begun   bool // it has answered the request at off, and may go on with that
}

// An oracle follows one connection in both directions and compares what comes with what the table demands. It reads our
// stream as a server must: frame by frame, whatever was meant by it. Where the table leaves the server a choice that
// cannot be seen, it follows all of them: it keeps a set of places.
type oracle struct {
	j      *judge
	c      *dynamic.Codec
	sent   []byte
	before int  // bytes that were sent and are no longer kept
	ended  bool // our stream has ended
	places []place
	frames int      // from the server
	seen   []string // requests with their answers

	last   *dynamic.Message                // the last reply
	answer func(m *dynamic.Message)        // told of every reply that was right
	pushed func(m *dynamic.Message) *fault // asked about every push that is legal; may be nil
	tape   *tape
}

func newOracle(c *dynamic.Codec) *oracle {
	return &oracle{j: newJudge(c), c: c, places: []place{{state: c.Protocol().Start()}}, tape: &tape{}}
}

// state is where the connection is, if that is certain.
func (o *oracle) state() *spec.State { return o.places[0].state }

// write notes that b was sent.
func (o *oracle) write(b []byte) {
	least := o.places[0].off
	for _, p := range o.places {
		least = min(least, p.off)
	}
	if least = min(least, len(o.sent)); least > 64<<10 {
		o.sent = slices.Clone(o.sent[least:])
		o.before += least
		for i := range o.places {
			o.places[i].off -= least
		}
	}
	o.sent = append(o.sent, b...)
}

// next judges the frame at p. It is not ok if there is none.
func (o *oracle) next(p place) (verdict, bool) {
	if p.closing || p.off >= len(o.sent) {
		return verdict{}, false
	}
	v, ok := o.j.frame(p.state, o.sent[p.off:])
	if p.begun {
		v.due, v.maybe, v.errors = false, true, nil
	}
	return v, ok
}

// silent reports whether the request may have been served without an answer, and if so where the server is then.
func (v *verdict) silent(p place) (place, bool) {
	if v.due || !v.complete {
		return p, false
	}
	if v.success && (v.reply == nil || v.maybe) {
		return place{off: p.off + v.size, state: v.after, closing: v.after.End}, true
	}
	return p, false
}

// due returns the verdict on the request at or after p that must be answered now.
func (o *oracle) due(p place) (verdict, bool) {
	for {
		v, ok := o.next(p)
		if !ok {
			return v, false
		}
		if v.due {
			v.end = p.off + v.size
			return v, !v.closes()
		}
		if p, ok = v.silent(p); !ok {
			return v, false
		}
	}
}

// skipSilent takes the requests from p up to end off the tape that were served without an answer: whether they are refused
// may depend on what the account was sent before, and that is not on the tape.
func (o *oracle) skipSilent(p place, end int) {
	for p.off < end {
		v, ok := o.next(p)
		if !ok {
			return
		}
		q, silent := v.silent(p)
		if !silent {
			return
		}
		o.tape.skip(o.before+p.off, o.before+q.off)
		p = q
	}
}

// closes reports whether the right answer is to close without a word.
func (v *verdict) closes() bool {
	return !v.success && len(v.errors) == 1 && v.errors[0].React == spec.ReactClose
}

// waiting reports whether an answer must come.
func (o *oracle) waiting() bool {
	for _, p := range o.places {
		if _, due := o.due(p); !due {
			return false
		}
	}
	return true
}

// over reports whether the server must end the connection now.
func (o *oracle) over() bool {
	return !slices.ContainsFunc(o.places, func(p place) bool { return !o.ending(p) })
}

// ending reports whether the server has said its last word at p, or what comes next ends the connection, behind what is served without an
// answer.
func (o *oracle) ending(p place) bool {
	for !p.closing {
		v, ok := o.next(p)
		if ok && v.closes() {
			return true
		}
		if p, ok = v.silent(p); !ok {
			return false
		}
	}
	return true
}

// consume returns where the server may be after it has answered with m, beginning at p, and what it then answered.
func (o *oracle) consume(p place, m *dynamic.Message, e *spec.Error, anyID bool) (places []place, by verdict) {
	for {
		v, ok := o.next(p)
		if !ok {
			return places, by
		}
		if v.allows(m, e) && (m.ID == v.id || anyID) && !v.closes() {
			q := place{off: p.off + v.size, state: p.state}
			if m.Spec.IsError || e != nil {
				q.closing = e.React != spec.ReactReply
			} else if v.more {
				q = place{off: p.off, state: p.state, begun: true}
			} else {
				q.state = v.after
				q.closing = v.after.End
			}
			if len(places) == 0 {
				by = v
			}
			places = append(places, q)
		}
		if p, ok = v.silent(p); !ok {
			return places, by
		}
	}
}

// frame judges a frame of the server.
func (o *oracle) frame(b []byte) *fault {
	o.frames++
	m, err := o.c.Decode(spec.FromServer, b, nil)
	var foreign bool
	if err != nil {
		if m = o.foreign(b); m == nil {
			return o.fault(kindUndecodable, "a frame as the table lays it out", err.Error())
		}
		foreign = true
	}
	if again, err := o.c.Append(nil, m); err != nil || !bytes.Equal(again, b) && !o.ignores(m, again, b) && !foreign {
		return o.fault(kindReencode, "bytes that encode alike", m.Spec.Name)
	}
	e := o.errorOf(m)
	if e == nil && !m.Spec.IsError && o.refuses(m) {
		return o.fault(kindReply, "an error of the table", o.describe(m, e))
	}
	if e != nil && e.Fault {
		return o.fault(kindFault, "anything but "+e.Name, e.Name)
	}
	var places []place
	var by verdict
	for _, p := range o.places {
		q, v := o.consume(p, m, e, false)
		if len(places) == 0 {
			by = v
		}
		for _, q := range q {
			if !slices.Contains(places, q) {
				places = append(places, q)
			}
		}
	}
	if len(places) > 0 {
		o.skipSilent(o.places[0], places[0].off-by.size)
		o.places, o.last = places, m
		if by.maybe && !o.places[0].begun { // whether it is answered depends on what is stored, and that is not on the tape
			o.tape.skip(o.before+o.places[0].off-by.size, o.before+o.places[0].off)
		} else {
			o.tape.expect(by.names())
		}
		if o.tape.on {
			o.seen = append(o.seen, name(by.request)+" "+o.describe(m, e))
		}
		o.learn(m)
		if o.answer != nil {
			o.answer(m)
		}
		return nil
	}
	if m.ID == 0 && m.Spec.Push {
		return o.push(m, e)
	}
	return o.wrong(m, e)
}

// ignores reports whether b differs from what was decoded only by bytes that the table ignores.
func (o *oracle) ignores(m *dynamic.Message, again, b []byte) bool {
	f := m.Spec.Fields
	_, h, _ := o.c.HeaderOf(nil, spec.FromServer, b)
	return len(f) > 0 && f[len(f)-1].Type.Ignore && len(b) > len(again) && bytes.Equal(b[h:len(again)], again[h:])
}

// errorOf returns the error that m carries, or nil.
func (o *oracle) errorOf(m *dynamic.Message) *spec.Error {
	e, _, _ := o.c.Refusal(m)
	return e
}

// foreign reads the refusal of a request that no message answers: it has the opcode of the request, and the status of any reply; nil if b is
// none.
func (o *oracle) foreign(b []byte) *dynamic.Message {
	like := o.j.p.Fence.Expect
	if like.Status() == nil || len(b) < o.c.HeaderSize() {
		return nil
	}
	opcode := o.c.ParseHeader(b).Opcode
	for _, p := range o.places {
		for ok := true; ok; {
			var v verdict
			if v, ok = o.next(p); ok && v.opcode == opcode {
				m, err := o.c.DecodeAs(like, spec.FromServer, b, nil)
				if err != nil || o.errorOf(m) == nil {
					return nil
				}
				return m
			}
			if ok {
				p, ok = v.silent(p)
			}
		}
	}
	return nil
}

// learn takes over the features that a reply announces.
func (o *oracle) learn(m *dynamic.Message) {
	for _, f := range m.Spec.Fields {
		if v, ok := m.Get(f.Name); ok && f.Type.Flags {
			o.j.announced, o.j.known = v.(uint64), true
		}
	}
}
