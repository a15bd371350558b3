package check

import (
	"slices"

	"github.com/wirelaw/wirelaw/spec"
)

// frame judges the header and the body.
func (c *checker) frame() {
	var opcode, correlation, length, body *spec.Field
	// one keeps the first field of a kind and refuses a second.
	one := func(have **spec.Field, f *spec.Field, key, what string) {
		if *have != nil {
			c.bad(f, key, "a frame has one %s, and that is %q", what, (*have).Name)
			return
		}
		*have = f
	}
	for i, f := range c.p.Main().Fields {
		if f.Type.Kind == spec.KindRest {
			one(&body, f, "type", "body")
			if i != len(c.p.Main().Fields)-1 {
				c.bad(f, "", "the body must be the last field of the frame")
			}
			if f.Role != spec.RoleNone {
				c.bad(f, "is", "the body cannot be the %s", f.Role)
			}
			if f.Type.Ignore {
				c.bad(f, "ignore", "the body cannot be ignored")
			}
			continue
		}
		if f.Type.Kind != spec.KindUint || f.Type.Enum != nil || f.Type.Flags || f.Type.ErrorSet {
			c.bad(f, "type", "a header field must be a plain number")
			continue
		}
		if f.Type.Min != nil || f.Type.Max != nil {
			c.bad(f, limitKey(f.Type), "a header field has no limits of its own")
		}
		if f.MaxIn != nil {
			c.bad(f, "max_in", "only the body has this limit")
		}
		switch {
		case f.Role != spec.RoleNone && len(f.Counts) > 0:
			c.bad(f, "counts", "the %s cannot be the length as well", f.Role)
		case f.Role == spec.RoleOpcode:
			one(&opcode, f, "is", "opcode")
		case f.Role == spec.RoleCorrelation:
			one(&correlation, f, "is", "correlation")
		case len(f.Counts) > 0:
			one(&length, f, "counts", "length")
		default:
			c.bad(f, "", "the field means nothing: it is neither opcode nor correlation, and counts nothing")
		}
	}
	if opcode == nil {
		c.lacks("frame", "no header field is the opcode")
	}
	if body == nil {
		c.lacks("frame", "the frame has no body: a last field of type rest")
	}
	if length == nil {
		c.lacks("frame", "no header field counts the body: nothing says where a frame ends")
	}
	if length != nil && body != nil {
		c.length(length, body)
	}
}

// length judges what the length counts, and the limits of the body.
func (c *checker) length(length, body *spec.Field) {
	if !slices.Contains(length.Counts, body.Name) {
		c.bad(length, "counts", "the length must count the body, %q", body.Name)
	}
	seen := map[string]bool{}
	var counted uint64
	for _, name := range length.Counts {
		if seen[name] {
			c.bad(length, "counts", "%q is counted twice", name)
		}
		seen[name] = true
		for _, f := range c.p.Main().Fields {
			if f.Name == name {
				counted += uint64(f.Type.Width)
			}
		}
	}
	most := widest(length.Type.Width) - counted
	if m := body.Type.Max; m != nil {
		if *m > most {
			c.bad(body, "max", "%q can say at most %d bytes", length.Name, most)
		}
		most = min(most, *m)
	}
	if body.Type.Min != nil {
		c.bad(body, "min", "the body has no lower limit of its own")
	}
	for _, s := range c.p.States {
		if m, ok := body.MaxIn[s.Name]; ok && m > most {
			c.bad(body, "max_in", "in %s: %d is over the maximum of %d", s.Name, m, most)
		}
	}
}

// limitKey returns the key of the first limit of a type.
func limitKey(t *spec.Type) string {
	if t.Min != nil {
		return "min"
	}
	return "max"
}

// stage tells how far the stages of judging a frame are apart: one of a lower number comes first.
var stage = map[spec.CheckName]int{
	spec.CheckLength: 1, spec.CheckCorrelation: 1, spec.CheckOpcode: 1, spec.CheckState: 1,
	spec.CheckEarly: 2, spec.CheckLayout: 3, spec.CheckLimits: 4, spec.CheckFeature: 5, spec.CheckMessage: 6,
}

// checks judges the order of checks: everything that can be wrong has its place and its error, and nothing else has.
func (c *checker) checks() {
	needed := c.needed()
	seen := map[spec.CheckName]bool{}
	var last *spec.Check
	for _, ch := range c.p.Checks {
		if seen[ch.Name] {
			c.bad(ch, "check", "%q is here twice", ch.Name)
		}
		seen[ch.Name] = true
		switch {
		case ch.Name == spec.CheckMessage && ch.Error != nil:
			c.bad(ch, "error", "the errors of this check are those of each message")
		case ch.Name != spec.CheckMessage && ch.Error == nil:
			c.bad(ch, "", "a breach of %q earns no error", ch.Name)
		}
		if needed[ch.Name] == "" {
			c.bad(ch, "check", "nothing in the table can fail this check")
		}
		if last != nil && stage[ch.Name] < stage[last.Name] {
			c.bad(ch, "check", "%q cannot come after %q", ch.Name, last.Name)
		}
		if ch.Name == spec.CheckState && !seen[spec.CheckOpcode] {
			c.bad(ch, "check", "%q must come after %q", ch.Name, spec.CheckOpcode)
		}
		last = ch
	}
	for _, name := range []spec.CheckName{
		spec.CheckLength, spec.CheckCorrelation, spec.CheckOpcode, spec.CheckState, spec.CheckEarly,
		spec.CheckLayout, spec.CheckLimits, spec.CheckFeature, spec.CheckMessage,
	} {
		if why := needed[name]; why != "" && !seen[name] {
			c.lacks("checks", "check %q is missing: %s", name, why)
		}
	}
	for name, f := range map[spec.CheckName]*spec.Field{spec.CheckLength: c.p.Length(), spec.CheckCorrelation: c.p.Correlation()} {
		if ch := c.p.Check(name); ch != nil && f != nil && f.Type.Error != nil && ch.Error != f.Type.Error {
			c.bad(f, "error", "check %q says %s", name, errorName(ch.Error))
		}
	}
}

// needed says which checks the table needs, and why.
func (c *checker) needed() map[spec.CheckName]string {
	n := map[spec.CheckName]string{
		spec.CheckOpcode: "an opcode may be unknown",
		spec.CheckLayout: "a body may not be as laid out",
	}
	if c.p.Length() != nil {
		n[spec.CheckLength] = "a length may be over the limit"
	}
	if c.p.Correlation() != nil {
		n[spec.CheckCorrelation] = "a correlation may be zero"
	}
	for _, m := range c.p.Messages {
		if m.From == spec.FromClient {
			for _, s := range c.p.States {
				if !s.End && !m.LegalIn(s) && n[spec.CheckState] == "" {
					n[spec.CheckState] = m.Name + " is not legal in " + s.Name + ", and nothing else decides that cell"
				}
			}
		}
		if len(m.Errors) > 0 {
			n[spec.CheckMessage] = "messages have errors of their own"
		}
		if m.Feature != nil {
			n[spec.CheckFeature] = m.Name + " belongs to a feature"
		}
		for _, f := range m.Fields {
			if f.Early {
				n[spec.CheckEarly] = m.Name + "." + f.Name + " is early"
			}
			if limited(f.Type) {
				n[spec.CheckLimits] = m.Name + "." + f.Name + " has limits"
			}
			if f.Type.Enum != nil && slices.ContainsFunc(f.Type.Enum.Values, func(v *spec.EnumValue) bool { return v.Feature != nil }) {
				n[spec.CheckFeature] = "a value of " + f.Type.Enum.Name + " belongs to a feature"
			}
		}
	}
	return n
}

// limited reports whether a value of t can be laid out and still be wrong.
func limited(t *spec.Type) bool {
	return t.Min != nil || t.Max != nil || t.Chars != nil || t.ASCII != nil || t.Profile != nil || t.Enum != nil ||
		t.Kind == spec.KindBool || t.Kind == spec.KindArray && limited(t.Elem)
}

func errorName(e *spec.Error) string {
	if e == nil {
		return "none"
	}
	return e.Name
}
