package dynamic

import (
	"slices"

	"github.com/wirelaw/wirelaw/spec"
)

// maxPending is how many requests a Tracker remembers that were not answered. Then it forgets the older half.
const maxPending = 1 << 12

// A Tracker follows the state of one connection by the messages of both sides, in the order in which they are sent. It
// is for one goroutine.
type Tracker struct {
	p       *spec.Protocol
	state   *spec.State
	pending []request
}

// A request waits for its answer.
type request struct {
	from   spec.Direction
	m      *Message
	reply  *spec.Reply
	failed bool // an error has come, and the answer goes on
}

// NewTracker returns a tracker of a connection that begins now.
func NewTracker(p *spec.Protocol) *Tracker { return &Tracker{p: p, state: p.Start()} }

// State returns the state of the connection; nil if the table has none.
func (t *Tracker) State() *spec.State { return t.state }

// Waiting reports whether a request has no answer yet, so that the state may be about to change.
func (t *Tracker) Waiting() bool { return len(t.pending) > 0 }

// Sent takes note of a message that a side sends. A request that has a reply takes effect in the state in which its reply
// comes, and none if an error answers it. Every other message takes effect at once, and so does one that either side may
// send: no state of the connection waits for its reply.
func (t *Tracker) Sent(from spec.Direction, m *Message) {
	before := t.state
	t.answer(from, m)
	r := ReplyTo(m)
	switch {
	case r != nil && m.Spec.From != spec.FromBoth:
		if len(t.pending) == maxPending {
			t.pending = slices.Delete(t.pending, 0, maxPending/2)
		}
		t.pending = append(t.pending, request{from: from, m: m, reply: r})
	case t.state == before:
		t.enter(m)
	}
}

// ReplyTo returns what answers a request when it succeeds: the first reply whose condition holds; nil if nothing does.
func ReplyTo(m *Message) *spec.Reply {
	for _, r := range m.Spec.Replies {
		if m.Holds(r.If) {
			return r
		}
	}
	return nil
}

// answer lets m, from a side, answer a request of the other one, if it does. Where no correlation tells which one, it is the
// first that it can answer, and those before it are answered, too.
func (t *Tracker) answer(from spec.Direction, m *Message) {
	tagged := correlated(m.Spec)
	for i := range t.pending {
		r := &t.pending[i]
		if r.from == from {
			continue
		}
		correlated := tagged && correlated(r.m.Spec)
		if correlated && r.m.ID != m.ID {
			continue
		}
		first := 0
		if correlated {
			first = i
		}
		switch {
		case r.reply.End == m.Spec:
			done := *r
			t.pending = slices.Delete(t.pending, first, i+1)
			if !done.failed {
				t.enter(done.m)
			}
		case slices.Contains(r.reply.Before, m.Spec):
			r.failed = r.failed || m.Spec.IsError
		case m.Spec.IsError:
			t.pending = slices.Delete(t.pending, i, i+1)
		default:
			continue
		}
		return
	}
}

func correlated(m *spec.Message) bool { return m.Frame != nil && m.Frame.Correlation() != nil }

func (t *Tracker) enter(m *Message) {
	if t.state == nil {
		return
	}
	for _, tr := range t.state.Transitions {
		if tr.Message == m.Spec && m.Holds(tr.If) {
			t.state = tr.To
			return
		}
	}
}
