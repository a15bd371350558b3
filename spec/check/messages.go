package check

import (
	"slices"

	"github.com/wirelaw/wirelaw/spec"
)

// messages judges each message.
func (c *checker) messages() {
	answers := map[*spec.Message]bool{}
	for _, m := range c.p.Messages {
		if f := m.Frame.Opcode(); f != nil && m.Code > f.Type.Widest() {
			c.bad(m, "code", "%#x does not fit into %q", m.Code, f.Name)
		}
		for _, r := range m.Replies {
			answers[r.End] = true
			for _, b := range r.Before {
				answers[b] = true
			}
		}
		c.repeated(m)
		if m.SentBy(spec.FromClient) {
			c.clientMessage(m)
		} else {
			c.serverMessage(m)
		}
		for _, f := range m.Frame.Fields {
			if m.From == spec.FromBoth && f.From != "" {
				c.bad(m, "from", "frames of the two sides differ in %q: a message of both sides needs frames that are the same", f.Name)
				break
			}
		}
		c.fieldsOf(m)
	}
	for _, m := range c.p.Messages {
		if m.From == spec.FromServer && !m.Push && !m.IsError && !answers[m] {
			c.bad(m, "", "nothing brings it about: it is no reply, no push and no error")
		}
	}
	c.apart()
}

// repeated refuses a state or an error that a message lists twice.
func (c *checker) repeated(m *spec.Message) {
	for i, s := range m.In {
		if slices.Contains(m.In[:i], s) {
			c.bad(m, "in", "%s is here twice", s.Name)
		}
	}
	for i, e := range m.Errors {
		if slices.Contains(m.Errors[:i], e) {
			c.bad(m, "errors", "%s is here twice", e.Name)
		}
	}
}

func (c *checker) clientMessage(m *spec.Message) {
	if len(m.In) == 0 {
		c.bad(m, "", "it is legal in no state")
	}
	if m.Push && !m.SentBy(spec.FromServer) {
		c.bad(m, "push", "only a server pushes")
	}
	if m.IsError && !m.SentBy(spec.FromServer) {
		c.bad(m, "is", "only a server sends errors")
	}
	for _, r := range m.Replies {
		c.reply(m, r)
	}
	for _, e := range m.Errors {
		for _, ch := range c.p.Checks {
			if ch.Error == e && ch.Name != spec.CheckEarly && ch.Name != spec.CheckLimits {
				c.bad(m, "errors", "%s is judged by the check %q already", e.Name, ch.Name)
			}
		}
		if e.Anywhere {
			c.bad(m, "errors", "%s may answer any request anyway", e.Name)
		}
	}
}

// reply judges one answer to m: it comes from the other side, or from both, and whoever knows m knows it.
func (c *checker) reply(m *spec.Message, r *spec.Reply) {
	for _, x := range append(slices.Clone(r.Before), r.End) {
		key := "end"
		if x != r.End {
			key = "before"
		}
		switch {
		case !x.SentBy(spec.FromServer):
			c.bad(r, key, "%s is not sent by the server", x.Name)
		case m.From == spec.FromBoth && x.From != spec.FromBoth:
			c.bad(r, key, "%s is not sent by the client, and %s may be the server's", x.Name, m.Name)
		case x.IsError:
			c.bad(r, key, "%s answers what is refused; success needs another reply, or none", x.Name)
		case x.Feature != nil && x.Feature != m.Feature:
			c.bad(r, key, "%s belongs to the feature %s, and %s does not", x.Name, x.Feature.Name, m.Name)
		}
	}
	for i, b := range r.Before {
		if slices.Contains(r.Before[:i], b) { // the end may come before itself: then its values tell which is the last
			c.bad(r, "before", "%s is here twice", b.Name)
		}
	}
}

func (c *checker) serverMessage(m *spec.Message) {
	if len(m.Replies) > 0 {
		c.bad(m, "reply", "a message of the server has no reply")
	}
	if len(m.Errors) > 0 {
		c.bad(m, "errors", "a message of the server earns no errors")
	}
	if len(m.In) > 0 && !m.Push && m.Frame == c.p.Main() && !c.ambiguous(m) {
		c.bad(m, "in", "states are said of a push only: a reply comes where its request is legal")
	}
	if len(m.In) == 0 && m.Frame != c.p.Main() {
		c.bad(m, "frame", "only states say where this layout holds: %q is missing", "in")
	}
}

// ambiguous reports whether another message of the server has the layout and the opcode of m.
func (c *checker) ambiguous(m *spec.Message) bool {
	return slices.ContainsFunc(c.p.Messages, func(o *spec.Message) bool {
		return o != m && o.SentBy(spec.FromServer) && o.Frame == m.Frame && o.Code == m.Code
	})
}
