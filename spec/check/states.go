package check

import (
	"github.com/wirelaw/wirelaw/spec"
)

// states judges the state machine.
func (c *checker) states() {
	var start *spec.State
	for _, s := range c.p.States {
		switch {
		case s.Start && start != nil:
			c.bad(s, "start", "the start is %q", start.Name)
		case s.Start:
			start = s
		}
		if s.Start && s.End {
			c.bad(s, "end", "a connection cannot begin in an end")
		}
		if s.End {
			c.end(s)
			continue
		}
		busy := false
		for _, m := range c.p.Messages {
			busy = busy || m.From == spec.FromClient && m.LegalIn(s)
		}
		if !busy {
			c.bad(s, "", "no client message is legal here, and this is no end")
		}
		for _, t := range s.Transitions {
			switch {
			case t.Message.From != spec.FromClient:
				c.bad(t, "", "%s is not a request", t.Message.Name)
			case !t.Message.LegalIn(s):
				c.bad(t, "", "%s is not legal in %s", t.Message.Name, s.Name)
			case t.To == s:
				c.bad(t, "to", "a transition from a state to itself says nothing")
			}
		}
	}
	if start == nil {
		c.lacks("states", "no state is the start")
		return
	}
	reached := c.reach(start)
	for _, s := range c.p.States {
		if !reached[s] {
			c.bad(s, "", "nothing leads here from %s", start.Name)
		}
		c.enter(start, s)
	}
}

// end judges a state in which nothing is answered any more.
func (c *checker) end(s *spec.State) {
	if len(s.Transitions) > 0 {
		c.bad(s, "transitions", "nothing leads out of an end")
	}
	for _, m := range c.p.Messages {
		for _, in := range m.In {
			if in == s {
				c.bad(m, "in", "%s is an end: nothing is legal there", s.Name)
			}
		}
	}
}

// reach returns the states to which transitions lead from start.
func (c *checker) reach(start *spec.State) map[*spec.State]bool {
	reached := map[*spec.State]bool{start: true}
	for todo := []*spec.State{start}; len(todo) > 0; todo = todo[1:] {
		for _, t := range todo[0].Transitions {
			if !reached[t.To] {
				reached[t.To] = true
				todo = append(todo, t.To)
			}
		}
	}
	return reached
}

// enter judges the way into a state: it must lead there from the start, by requests that every server knows.
func (c *checker) enter(start, s *spec.State) {
	switch {
	case (s == start || s.End) && len(s.Enter) > 0:
		c.bad(s, "enter", "nobody needs a way into the start or an end")
		return
	case s == start || s.End:
		return
	case len(s.Enter) == 0:
		c.bad(s, "", `key "enter" is missing: nothing says how to get here`)
		return
	}
	at := start
	for _, m := range s.Enter {
		switch {
		case m.From != spec.FromClient:
			c.bad(s, "enter", "%s is not a request", m.Name)
			return
		case m.Feature != nil:
			c.bad(s, "enter", "%s belongs to the feature %s, which a server may not have", m.Name, m.Feature.Name)
			return
		case !m.LegalIn(at):
			c.bad(s, "enter", "%s is not legal in %s, where the steps before it lead", m.Name, at.Name)
			return
		}
		at = at.After(m)
	}
	if at != s {
		c.bad(s, "enter", "these steps lead to %s, not to %s", at.Name, s.Name)
	}
}

// fence judges the request that ends silence.
func (c *checker) fence() {
	f := &c.p.Fence
	m := f.Send
	if m == nil || f.Expect == nil {
		return
	}
	switch {
	case m.From != spec.FromClient:
		c.bad(f, "send", "%s is not a request", m.Name)
		return
	case m.Reply != f.Expect:
		c.bad(f, "expect", "the reply to %s is %s", m.Name, messageName(m.Reply))
	case m.Feature != nil:
		c.bad(f, "send", "%s belongs to a feature, which a server may not have", m.Name)
	case len(m.Errors) > 0:
		c.bad(f, "send", "%s has errors of its own: its reply is not sure", m.Name)
	case f.Expect.Push:
		c.bad(f, "expect", "%s may come unasked: it proves nothing", f.Expect.Name)
	}
	for _, s := range c.p.States {
		if !s.End && !m.LegalIn(s) {
			c.bad(f, "send", "%s is not legal in %s: a fence must be legal in every state", m.Name, s.Name)
		}
		if s.After(m) != s {
			c.bad(f, "send", "%s changes the state %s", m.Name, s.Name)
		}
	}
}

func messageName(m *spec.Message) string {
	if m == nil {
		return "nothing"
	}
	return m.Name
}
