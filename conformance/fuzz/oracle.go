package fuzz

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// A kind says in what way the target broke the table.
type kind string

const (
	kindUndecodable kind = "undecodable" // a frame that the table does not know, or that is outside its limits
	kindReencode    kind = "reencode"    // a frame that would be written otherwise
	kindReply       kind = "reply"       // a wrong answer
	kindID          kind = "id"          // the right answer to another request
	kindExtra       kind = "extra"       // an answer that nobody asked for
	kindMissing     kind = "missing"     // no answer
	kindFault       kind = "fault"       // an error that is always the server's fault
	kindPush        kind = "push"        // a push that is not legal here
	kindClosed      kind = "closed"      // the end of a connection that should go on
	kindOpen        kind = "open"        // no end of a connection that should be closed
	kindReset       kind = "reset"       // a reset instead of an end
	kindEntry       kind = "entry"       // a state could not be entered with right requests
	kindLeak        kind = "leak"        // an innocent session noticed something
	kindCanary      kind = "canary"      // an innocent session was not served
	kindCrash       kind = "crash"       // nobody listens any more
)

// A fault is one breach of the table, seen once.
type fault struct {
	kind     kind
	request  string // the message that was to be answered, or ""
	expected string
	got      string
}

func (f *fault) signature() string {
	return strings.Join([]string{string(f.kind), f.request, f.expected, f.got}, " | ")
}

// soft reports whether the fault is the lack of something within some time, which a slow machine may explain.
func (f *fault) soft() bool {
	return f.kind == kindMissing || f.kind == kindOpen || f.kind == kindCanary || f.kind == kindReset
}

// A place is where the server may be in our stream, and in what state.
type place struct {
	off     int
	state   *spec.State
	closing bool // it has said its last word
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
	return o.j.frame(p.state, o.sent[p.off:])
}

// silent reports whether the request may have been served without an answer, and if so where the server is then.
func (v *verdict) silent(p place) (place, bool) {
	if v.due || !v.complete {
		return p, false
	}
	if v.success && v.reply == nil {
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
	for _, p := range o.places {
		if v, ok := o.next(p); !p.closing && !(ok && v.closes()) {
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
			if m.Spec.IsError {
				q.closing = e.React != spec.ReactReply
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
	if err != nil {
		return o.fault(kindUndecodable, "a frame as the table lays it out", err.Error())
	}
	if again, err := o.c.Append(nil, m); err != nil || !bytes.Equal(again, b) && !o.ignores(m, again, b) {
		return o.fault(kindReencode, "bytes that encode alike", m.Spec.Name)
	}
	e := o.errorOf(m)
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
		o.tape.expect(by.names())
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
	h := o.c.HeaderSize()
	return len(f) > 0 && f[len(f)-1].Type.Ignore && len(b) > len(again) && bytes.Equal(b[h:len(again)], again[h:])
}

// errorOf returns the error that m carries, or nil.
func (o *oracle) errorOf(m *dynamic.Message) *spec.Error {
	for _, f := range m.Spec.Fields {
		if f.Type.ErrorSet && m.Spec.IsError {
			if code, ok := m.Get(f.Name); ok {
				return o.j.p.ErrorByCode(code.(uint64))
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

// push judges a frame that nobody asked for.
func (o *oracle) push(m *dynamic.Message, e *spec.Error) *fault {
	var legal []place
	for _, p := range o.places {
		if !p.closing && (len(m.Spec.In) == 0 || slices.Contains(m.Spec.In, p.state)) {
			legal = append(legal, p)
		}
	}
	switch {
	case len(legal) == 0 && o.over():
		return o.fault(kindExtra, "the end of the connection", o.describe(m, e))
	case len(legal) == 0:
		return o.fault(kindPush, "no "+m.Spec.Name+" in state "+o.state().Name, o.describe(m, e))
	case m.Spec.IsError || o.farewell(m.Spec):
		return o.fault(kindClosed, "the connection goes on", o.describe(m, e))
	}
	o.places = legal
	o.tape.push(m.Spec.Name)
	if o.pushed != nil {
		return o.pushed(m)
	}
	return nil
}

// farewell reports whether a message of the server says that the connection ends.
func (o *oracle) farewell(m *spec.Message) bool {
	for _, s := range o.j.p.States {
		for _, t := range s.Transitions {
			if t.To.End && t.Message.Reply == m {
				return true
			}
		}
	}
	return false
}

// wrong says what is wrong with an answer that nothing allows.
func (o *oracle) wrong(m *dynamic.Message, e *spec.Error) *fault {
	if o.over() {
		return o.fault(kindExtra, "the end of the connection", o.describe(m, e))
	}
	for _, p := range o.places {
		if q, v := o.consume(p, m, e, true); len(q) > 0 {
			o.blame(q[0].off, v)
			return &fault{kindID, name(v.request), "the id of the request", o.describe(m, e) + " with another id"}
		}
	}
	for _, p := range o.places {
		if v, due := o.due(p); due {
			o.blame(v.end, v)
			return &fault{kindReply, name(v.request), v.expected(), o.describe(m, e)}
		}
	}
	return o.fault(kindExtra, "nothing", o.describe(m, e))
}

func (o *oracle) describe(m *dynamic.Message, e *spec.Error) string {
	switch {
	case e != nil:
		return e.Name
	case m.Spec.IsError:
		return "an error that the table does not have"
	}
	return m.Spec.Name
}

// fault is about the request that is to be answered, if there is one.
func (o *oracle) fault(k kind, expected, got string) *fault {
	f := &fault{kind: k, expected: expected, got: got}
	for _, p := range o.places {
		if v, due := o.due(p); due {
			f.request = name(v.request)
			o.blame(v.end, v)
			return f
		}
	}
	if o.over() {
		return f // what was sent after the last word may be what brought it about
	}
	o.tape.cut = o.before + o.places[0].off
	if !o.ended {
		o.tape.fence()
	}
	return f
}

// blame ends the tape with the request that a fault is about: what should have answered it, and nothing that was sent after.
func (o *oracle) blame(end int, v verdict) {
	o.skipSilent(o.places[0], end-v.size)
	o.tape.expect(v.names())
	o.tape.cut = o.before + end
}

func name(m *spec.Message) string {
	if m == nil {
		return "an unknown opcode"
	}
	return m.Name
}

// missing is the fault that nothing came in time.
func (o *oracle) missing() *fault {
	if o.over() {
		return o.fault(kindOpen, "the end of the connection", "silence")
	}
	for _, p := range o.places {
		if v, due := o.due(p); due {
			o.blame(v.end, v)
			return &fault{kindMissing, name(v.request), v.expected(), "silence"}
		}
	}
	return o.fault(kindOpen, "the end of the connection after the end of ours", "silence")
}

// end judges the end of the server's stream.
func (o *oracle) end(reset bool) *fault {
	if reset {
		return o.fault(kindReset, "the connection goes on, or ends without a reset", "a reset")
	}
	for _, p := range o.places {
		v, ok := o.next(p)
		_, due := o.due(p)
		if p.closing || ok && v.closes() || o.ended && !due {
			return nil
		}
	}
	f := o.fault(kindClosed, "the connection goes on", "its end")
	for _, p := range o.places {
		if v, due := o.due(p); due {
			f.expected = v.expected()
		}
	}
	return f
}

// String says where the connection is, for errors of our own.
func (o *oracle) String() string {
	return fmt.Sprintf("state %s, %d bytes sent, %d frames received", o.state().Name, len(o.sent), o.frames)
}
