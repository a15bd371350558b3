package fuzz

import (
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

// silence is what a fault got if it got nothing in time.
const silence = "silence"

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

// soft reports whether the fault is the lack of something within some time, or a reset: what a slow machine or the network
// between may explain.
func (f *fault) soft() bool { return f.got == silence || f.kind == kindReset }

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
	case o.refuses(m):
		return "an error that the table does not have"
	}
	return m.Spec.Name
}

func (o *oracle) refuses(m *dynamic.Message) bool {
	_, _, refused := o.c.Refusal(m)
	return refused
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
	if k != kindExtra { // else what is not whole yet may be what was answered
		o.tape.cut = o.before + o.places[0].off
	}
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
		return o.fault(kindOpen, "the end of the connection", silence)
	}
	for _, p := range o.places {
		if v, due := o.due(p); due {
			o.blame(v.end, v)
			return &fault{kindMissing, name(v.request), v.expected(), silence}
		}
	}
	return o.fault(kindOpen, "the end of the connection after the end of ours", silence)
}

// end judges the end of the server's stream.
func (o *oracle) end(reset bool) *fault {
	if reset && slices.ContainsFunc(o.places, o.doomed) && !o.j.polite {
		return nil // a reset takes along the answers that were on their way
	}
	if reset {
		return o.fault(kindReset, "the connection goes on, or ends without a reset", "a reset")
	}
	for _, p := range o.places {
		if _, due := o.due(p); o.ending(p) || o.ended && !due {
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

// doomed reports whether something that was sent behind p ends the connection, once all before it is answered.
func (o *oracle) doomed(p place) bool {
	for !p.closing {
		v, ok := o.next(p)
		switch {
		case !ok:
			return false
		case v.success:
			p = place{off: p.off + v.size, state: v.after, closing: v.after.End}
		default:
			p = place{off: p.off + v.size, state: p.state, closing: slices.ContainsFunc(v.errors, func(e *spec.Error) bool { return e.React != spec.ReactReply })}
		}
	}
	return true
}

// String says where the connection is, for errors of our own.
func (o *oracle) String() string {
	return fmt.Sprintf("state %s, %d bytes sent, %d frames received", o.state().Name, len(o.sent), o.frames)
}
