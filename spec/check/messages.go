package check

import (
	"slices"

	"github.com/wirelaw/wirelaw/spec"
)

// messages judges each message, and that each has an opcode of its own.
func (c *checker) messages() {
	type opcode struct {
		from spec.Direction
		code uint64
	}
	codes := newDistinct[opcode](c)
	answers := map[*spec.Message]bool{}
	for _, m := range c.p.Messages {
		codes.add(opcode{m.From, m.Code}, m.Name, m, "code", "opcode %#02x from the %s", m.Code, m.From)
		if f := c.p.Opcode(); f != nil && m.Code > widest(f.Type.Width) {
			c.bad(m, "code", "%#x does not fit into %q", m.Code, f.Name)
		}
		if m.Reply != nil {
			answers[m.Reply] = true
		}
		c.repeated(m)
		if m.From == spec.FromClient {
			c.clientMessage(m)
		} else {
			c.serverMessage(m)
		}
		c.fields(m)
	}
	for _, m := range c.p.Messages {
		if m.From == spec.FromServer && !m.Push && !m.IsError && !answers[m] {
			c.bad(m, "", "nothing brings it about: it is no reply, no push and no error")
		}
	}
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
	if m.Push {
		c.bad(m, "push", "only a server pushes")
	}
	if m.IsError {
		c.bad(m, "is", "only a server sends errors")
	}
	switch r := m.Reply; {
	case r == nil:
	case r.From != spec.FromServer:
		c.bad(m, "reply", "%s is not sent by the server", r.Name)
	case r.IsError:
		c.bad(m, "reply", "%s answers what is refused; success needs another reply, or none", r.Name)
	case r.Feature != nil && r.Feature != m.Feature:
		c.bad(m, "reply", "%s belongs to the feature %s, and %s does not", r.Name, r.Feature.Name, m.Name)
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

func (c *checker) serverMessage(m *spec.Message) {
	if m.Reply != nil {
		c.bad(m, "reply", "a message of the server has no reply")
	}
	if len(m.Errors) > 0 {
		c.bad(m, "errors", "a message of the server earns no errors")
	}
	if len(m.In) > 0 && !m.Push {
		c.bad(m, "in", "states are said of a push only: a reply comes where its request is legal")
	}
}

// fields judges the fields of a message: their order, their conditions and how large they may become.
func (c *checker) fields(m *spec.Message) {
	var least uint64
	for i, f := range m.Fields {
		if f.Type.Kind == spec.KindRest && i != len(m.Fields)-1 {
			c.bad(f, "type", "rest must be the last field")
		}
		if f.Type.Kind == spec.KindRest && f.If != nil {
			c.bad(f, "if", "rest cannot depend on a condition")
		}
		if id := c.p.Correlation(); id != nil && f.Name == id.Name {
			c.bad(f, "name", "vectors and transcripts mean the header field by %q", f.Name)
		}
		c.early(m, i)
		if f.SameAs != nil {
			c.sameAs(f)
		}
		if n := smallest(f.Type); n > maxSize {
			c.bad(f, "min", "a value takes at least %d bytes; more than %d are not supported", n, maxSize)
		} else if f.If == nil {
			least += n
		}
		if most := c.p.MaxBody(nil); atLeast(f.Type) > most {
			c.bad(f, "max", "a value of that size never fits: a body has at most %d bytes", most)
		}
	}
	for _, s := range m.In {
		if most := c.p.MaxBody(s); m.From == spec.FromClient && least > most {
			c.bad(m, "in", "its body has at least %d bytes, and %s allows %d", least, s.Name, most)
		}
	}
}

// early judges that what is judged early comes first and has limits.
func (c *checker) early(m *spec.Message, i int) {
	f := m.Fields[i]
	if !f.Early {
		return
	}
	if !limited(f.Type) {
		c.bad(f, "early", "the field has no limits to judge")
	}
	if f.If != nil {
		c.bad(f, "early", "a field with a condition cannot be early")
	}
	if i > 0 && !m.Fields[i-1].Early {
		c.bad(f, "early", "early fields come first: %q is not early", m.Fields[i-1].Name)
	}
}

// sameAs judges that values of one field can be values of the other.
func (c *checker) sameAs(f *spec.Field) {
	a, b := f.Type, f.SameAs.Field.Type
	if a.Kind != b.Kind || a.Width != b.Width || a.LenWidth != b.LenWidth || a.Size != b.Size || a.Enum != b.Enum || a.Flags != b.Flags {
		c.bad(f, "same_as", "%s.%s is laid out in another way", f.SameAs.Message.Name, f.SameAs.Field.Name)
	}
}

// errorMessage judges the message that carries errors.
func (c *checker) errorMessage() {
	var carrier *spec.Message
	for _, m := range c.p.Messages {
		if m.IsError && carrier != nil {
			c.bad(m, "is", "the message that carries errors is %s", carrier.Name)
		}
		if m.IsError {
			carrier = m
		}
	}
	codes := newDistinct[uint64](c)
	speaks := false
	for _, e := range c.p.Errors {
		codes.add(e.Code, e.Name, e, "code", "code %d", e.Code)
		speaks = speaks || e.React != spec.ReactClose
	}
	if carrier == nil {
		if speaks {
			c.lacks("messages", `no message carries errors: one with "is: error"`)
		}
		return
	}
	var code *spec.Field
	for _, f := range carrier.Fields {
		if f.Type.ErrorSet {
			code = f
		}
	}
	if code == nil {
		c.bad(carrier, "", `it has no field with "enum: errors"`)
		return
	}
	for _, e := range c.p.Errors {
		if e.Code > widest(code.Type.Width) {
			c.bad(e, "code", "%d does not fit into %s.%s", e.Code, carrier.Name, code.Name)
		}
	}
}
