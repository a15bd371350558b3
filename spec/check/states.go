package check

import (
	"slices"

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
		if !c.busy(s) {
			c.bad(s, "", "no client message is legal here, and this is no end")
		}
		c.transitions(s)
		c.unspecified(s)
		c.oneLayout(s)
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

// busy reports whether something can happen in a state: a message of a client is legal, or one of the server leads on.
func (c *checker) busy(s *spec.State) bool {
	for _, m := range c.p.Messages {
		if m.SentBy(spec.FromClient) && (m.LegalIn(s) || slices.Contains(s.Unspecified, m)) {
			return true
		}
	}
	return slices.ContainsFunc(s.Transitions, func(t *spec.Transition) bool { return t.Message.From == spec.FromServer })
}

// transitions judges where messages lead to.
func (c *checker) transitions(s *spec.State) {
	for i, t := range s.Transitions {
		first := slices.IndexFunc(s.Transitions, func(o *spec.Transition) bool { return o.Message == t.Message })
		switch {
		case !t.Message.LegalIn(s):
			c.bad(t, "", "%s is not legal in %s", t.Message.Name, s.Name)
		case t.To == s && t.If == nil && first == i:
			c.bad(t, "to", "a transition from a state to itself says nothing")
		case first < i && s.Transitions[i-1].If == nil:
			c.bad(t, "to", "the one before it has no condition: this one is never taken")
		}
	}
}

// unspecified judges the messages about which a state says nothing.
func (c *checker) unspecified(s *spec.State) {
	for i, m := range s.Unspecified {
		switch {
		case !m.SentBy(spec.FromClient):
			c.bad(s, "unspecified", "%s is not sent by the client", m.Name)
		case m.LegalIn(s):
			c.bad(s, "unspecified", "%s is legal in %s", m.Name, s.Name)
		case slices.Contains(s.Unspecified[:i], m):
			c.bad(s, "unspecified", "%s is here twice", m.Name)
		}
	}
}

// oneLayout judges that the frames of a side have one layout in a state: nothing else says which one it is.
func (c *checker) oneLayout(s *spec.State) {
	for _, side := range []spec.Direction{spec.FromClient, spec.FromServer} {
		var first *spec.Message
		for _, m := range c.p.Messages {
			switch {
			case !m.SentBy(side) || !m.LegalIn(s) || side == spec.FromServer && len(m.In) == 0:
			case first == nil:
				first = m
			case m.Frame != first.Frame:
				c.bad(m, "in", "in %s the %s sends frames of the layout %q, as %s is; this one is of %q", s.Name, side, first.Frame.Name, first.Name, m.Frame.Name)
				return
			}
		}
	}
}

// end judges a state in which nothing is answered any more.
func (c *checker) end(s *spec.State) {
	if len(s.Transitions) > 0 {
		c.bad(s, "transitions", "nothing leads out of an end")
	}
	if len(s.Unspecified) > 0 {
		c.bad(s, "unspecified", "nothing is answered in an end anyway")
	}
	for _, m := range c.p.Messages {
		if slices.Contains(m.In, s) {
			c.bad(m, "in", "%s is an end: nothing is legal there", s.Name)
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

// enter judges the way into a state: it must lead there from the start, by messages that everybody knows.
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
	at := []*spec.State{start}
	for _, m := range s.Enter {
		legal := slices.DeleteFunc(slices.Clone(at), func(s *spec.State) bool { return !m.LegalIn(s) })
		switch {
		case m.Feature != nil:
			c.bad(s, "enter", "%s belongs to the feature %s, which a server may not have", m.Name, m.Feature.Name)
			return
		case len(legal) == 0:
			c.bad(s, "enter", "%s is not legal in %s, where the steps before it lead", m.Name, at[0].Name)
			return
		}
		at = nil
		for _, from := range legal {
			at = append(at, next(from, m)...)
		}
	}
	if !slices.Contains(at, s) {
		c.bad(s, "enter", "these steps lead to %s, not to %s", at[0].Name, s.Name)
	}
}

// next returns the states to which m may lead.
func next(s *spec.State, m *spec.Message) (to []*spec.State) {
	for _, t := range s.Transitions {
		if t.Message == m {
			to = append(to, t.To)
			if t.If == nil {
				return to
			}
		}
	}
	return append(to, s)
}

// fence judges the request that ends silence.
func (c *checker) fence() {
	f := &c.p.Fence
	m := f.Send
	if m == nil || f.Expect == nil {
		return
	}
	switch {
	case !m.SentBy(spec.FromClient):
		c.bad(f, "send", "%s is not a request", m.Name)
		return
	case len(m.Replies) == 0:
		c.bad(f, "expect", "the reply to %s is nothing", m.Name)
	case m.Replies[0].If != nil || m.Replies[0].Maybe:
		c.bad(f, "send", "the reply to %s is not sure", m.Name)
	case m.Replies[0].End != f.Expect:
		c.bad(f, "expect", "the reply to %s is %s", m.Name, m.Replies[0].End.Name)
	case m.Feature != nil:
		c.bad(f, "send", "%s belongs to a feature, which a server may not have", m.Name)
	case len(m.Errors) > 0:
		c.bad(f, "send", "%s has errors of its own: its reply is not sure", m.Name)
	case f.Expect.Push:
		c.bad(f, "expect", "%s may come unasked: it proves nothing", f.Expect.Name)
	}
	for i, s := range f.In {
		switch {
		case slices.Contains(f.In[:i], s):
			c.bad(f, "in", "%s is here twice", s.Name)
		case !m.LegalIn(s):
			c.bad(f, "in", "%s is not legal in %s", m.Name, s.Name)
		}
	}
	for _, s := range c.p.States {
		if len(f.In) == 0 && !s.End && !m.LegalIn(s) {
			c.bad(f, "send", "%s is not legal in %s: a fence must be legal in every state, or in those that it names", m.Name, s.Name)
		}
		if to := next(s, m); len(to) > 1 || to[0] != s {
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
