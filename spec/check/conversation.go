package check

import (
	"slices"

	"github.com/wirelaw/wirelaw/spec"
)

// A talk follows the conversation of a table.
type talk struct {
	c       *checker
	state   *spec.State
	pending []*spec.Step // requests not yet answered, in their order
	over    bool
}

// conversation judges the example conversation: each step must be legal where it stands, and every value within its limits.
func (c *checker) conversation() {
	t := &talk{c: c, state: c.p.Start()}
	for _, s := range c.p.Conversation {
		if s.Send.From != s.From {
			c.bad(s, "from", "%s is sent by the %s", s.Send.Name, s.Send.From)
			return
		}
		for _, v := range s.With {
			if s.Send.Field(v.Name) == nil {
				c.bad(s, "with", "%s has no field %q", s.Send.Name, v.Name)
				return
			}
		}
		if _, err := c.codec.Append(nil, c.codec.With(s.Send, s.ID, s.With)); err != nil {
			c.bad(s, "", "it cannot be encoded: %v", err)
			return
		}
		if t.over {
			c.bad(s, "send", "nothing follows: the connection is %s", t.state.Name)
			return
		}
		ok := false
		if s.From == spec.FromClient {
			ok = t.request(s)
		} else {
			ok = t.answer(s)
		}
		if !ok {
			return
		}
	}
	t.silent(nil)
	for _, s := range t.pending {
		c.bad(s, "send", "%s is not answered", s.Send.Name)
	}
}

// request takes a step of the client. Its legality is judged in the state that the answers so far have made.
func (t *talk) request(s *spec.Step) bool {
	if t.c.p.Correlation() != nil && s.ID == 0 {
		t.c.bad(s, "id", "the id of a request is not 0")
		return false
	}
	t.silent(nil)
	if !s.Send.LegalIn(t.state) {
		t.c.bad(s, "send", "%s is not legal in %s", s.Send.Name, t.state.Name)
		return false
	}
	t.pending = append(t.pending, s)
	return true
}

// silent takes requests off the queue whose success is silent, up to the one that answer belongs to.
func (t *talk) silent(answer *spec.Step) {
	for len(t.pending) > 0 && t.pending[0].Send.Reply == nil {
		if answer != nil && answer.Send.IsError && answer.ID == t.pending[0].ID {
			return
		}
		t.succeed()
	}
}

func (t *talk) succeed() {
	t.state = t.state.After(t.pending[0].Send)
	t.pending = t.pending[1:]
	t.over = t.state.End
}

// answer takes a step of the server: a push, or the reply to the oldest request.
func (t *talk) answer(s *spec.Step) bool {
	m := s.Send
	if m.Push && !m.IsError && t.c.p.Correlation() != nil && s.ID == 0 {
		if !m.LegalIn(t.state) {
			t.c.bad(s, "send", "%s is not pushed in %s", m.Name, t.state.Name)
			return false
		}
		return true
	}
	t.silent(s)
	if len(t.pending) == 0 {
		t.c.bad(s, "send", "%s answers nothing", m.Name)
		return false
	}
	req := t.pending[0]
	switch {
	case t.c.p.Correlation() != nil && s.ID != req.ID:
		t.c.bad(s, "id", "the oldest request that waits is %s with id %d", req.Send.Name, req.ID)
		return false
	case m.IsError:
		return t.refusal(s, req)
	case m != req.Send.Reply:
		t.c.bad(s, "send", "the reply to %s is %s", req.Send.Name, messageName(req.Send.Reply))
		return false
	}
	t.succeed()
	return true
}

// refusal takes an error. It must be one that the request can earn.
func (t *talk) refusal(s, req *spec.Step) bool {
	msg := t.c.codec.With(s.Send, s.ID, s.With)
	for _, f := range s.Send.Fields {
		if !f.Type.ErrorSet {
			continue
		}
		v, _ := msg.Get(f.Name)
		code, _ := v.(uint64)
		e := t.c.p.ErrorByCode(code)
		if e == nil || !e.Anywhere && !slices.Contains(req.Send.Errors, e) {
			t.c.bad(s, "", "%s does not earn this error", req.Send.Name)
			return false
		}
		t.over = e.React != spec.ReactReply
	}
	t.pending = t.pending[1:]
	return true
}
