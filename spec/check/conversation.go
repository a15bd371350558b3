package check

import (
	"slices"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// A talk follows the conversation of a table.
type talk struct {
	c       *checker
	track   *dynamic.Tracker
	pending []asked // requests of both sides that were not yet answered, in their order
	over    bool
}

// A request that was made.
type asked struct {
	*spec.Step
	reply *spec.Reply // nil if success is silent
}

// conversation judges the example conversation: each step must be legal where it stands, and every value within its limits.
func (c *checker) conversation() {
	t := &talk{c: c, track: dynamic.NewTracker(c.p)}
	for _, s := range c.p.Conversation {
		if !s.Send.SentBy(s.From) {
			c.bad(s, "from", "%s is sent by the %s", s.Send.Name, s.Send.From)
			return
		}
		msg := c.codec.With(s.Send, s.ID, s.With)
		if _, err := c.codec.AppendFrom(nil, s.From, msg); err != nil {
			c.bad(s, "", "it cannot be encoded: %v", err)
			return
		}
		if t.over || t.track.State().End {
			c.bad(s, "send", "nothing follows: the connection is %s", t.track.State().Name)
			return
		}
		if !t.step(s, msg) {
			return
		}
		t.track.Sent(s.From, msg)
	}
	for _, s := range t.pending {
		if s.reply != nil && !s.reply.Maybe {
			c.bad(s.Step, "send", "%s is not answered", s.Send.Name)
		}
	}
}

// step takes a message: an answer to the oldest request of the other side, or a request.
func (t *talk) step(s *spec.Step, msg *dynamic.Message) bool {
	m := s.Send
	correlated := m.Frame.Correlation() != nil
	if m.Push && correlated && s.ID == 0 && !m.IsError {
		return t.begins(s, msg)
	}
	t.silent(s)
	i := slices.IndexFunc(t.pending, func(r asked) bool { return r.From != s.From })
	if i < 0 {
		if s.From == spec.FromClient || m.From == spec.FromBoth || m.Push && !correlated {
			return t.begins(s, msg)
		}
		t.c.bad(s, "send", "%s answers nothing", m.Name)
		return false
	}
	req := t.pending[i]
	answers := req.reply != nil && (m == req.reply.End || slices.Contains(req.reply.Before, m))
	switch {
	case !answers && !m.IsError && (s.From == spec.FromClient || m.From == spec.FromBoth || m.Push && !correlated):
		return t.begins(s, msg)
	case correlated && s.ID != req.ID:
		t.c.bad(s, "id", "the oldest request that waits is %s with id %d", req.Send.Name, req.ID)
		return false
	case m.IsError:
		t.pending = slices.Delete(t.pending, i, i+1)
		return t.refusal(s, req.Step)
	case !answers:
		t.c.bad(s, "send", "the reply to %s is %s", req.Send.Name, messageName(end(req.reply)))
		return false
	case m == req.reply.End:
		t.pending = slices.Delete(t.pending, i, i+1)
	}
	return true
}

func end(r *spec.Reply) *spec.Message {
	if r == nil {
		return nil
	}
	return r.End
}

// begins takes a message that answers nothing. Its legality is judged in the state that the answers so far have made.
func (t *talk) begins(s *spec.Step, msg *dynamic.Message) bool {
	state := t.track.State()
	switch {
	case s.From == spec.FromClient && s.Send.Frame.Correlation() != nil && s.ID == 0:
		t.c.bad(s, "id", "the id of a request is not 0")
		return false
	case !s.Send.LegalIn(state) && s.From == spec.FromClient:
		t.c.bad(s, "send", "%s is not legal in %s", s.Send.Name, state.Name)
		return false
	case !s.Send.LegalIn(state):
		t.c.bad(s, "send", "%s is not pushed in %s", s.Send.Name, state.Name)
		return false
	}
	t.pending = append(t.pending, asked{s, dynamic.ReplyTo(msg)})
	return true
}

// silent takes requests off the queue whose success is silent, up to the one that answer belongs to.
func (t *talk) silent(answer *spec.Step) {
	for len(t.pending) > 0 && t.pending[0].reply == nil {
		if answer.Send.IsError && answer.ID == t.pending[0].ID {
			return
		}
		t.pending = t.pending[1:]
	}
}

// refusal takes an error. It must be one that the request can earn.
func (t *talk) refusal(s, req *spec.Step) bool {
	var code any
	if f := errorCode(s.Send); f != nil {
		code, _ = t.c.codec.With(s.Send, s.ID, s.With).Get(f.Name)
	}
	for _, e := range t.c.p.Errors {
		earned := e.Via == s.Send && (e.Anywhere || slices.Contains(req.Send.Errors, e))
		if earned && (code == nil || !e.Uncoded && code == e.Code) {
			t.over = e.React != spec.ReactReply
			return true
		}
	}
	t.c.bad(s, "", "%s does not earn this error", req.Send.Name)
	return false
}
