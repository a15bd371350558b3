package check

import (
	"slices"

	"github.com/wirelaw/wirelaw/spec"
)

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
		case ch.Ignore && (ch.Name == spec.CheckMessage || ch.Name == spec.CheckLength):
			c.bad(ch, "ignore", "what fails %q cannot be dropped", ch.Name)
		case ch.Name != spec.CheckMessage && ch.Error == nil && !ch.Ignore:
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
		if why := needed[name]; why != "" && !seen[name] && (name != spec.CheckCorrelation || c.zeroFails()) {
			c.lacks("checks", "check %q is missing: %s", name, why)
		}
	}
	for _, l := range c.p.Frames {
		for name, f := range map[spec.CheckName]*spec.Field{spec.CheckLength: l.Length(), spec.CheckCorrelation: l.Correlation()} {
			if ch := c.p.Check(name); ch != nil && f != nil && f.Type.Error != nil && ch.Error != f.Type.Error {
				c.bad(f, "error", "check %q says %s", name, errorName(ch.Error))
			}
		}
	}
}

// zeroFails reports whether a correlation names the error of a request that has 0. Where none does, and the check is not there
// either, 0 is as good as any number.
func (c *checker) zeroFails() bool {
	for _, l := range c.p.Frames {
		if f := l.Correlation(); f != nil && f.Type.Error != nil {
			return true
		}
	}
	return false
}

// needed says which checks the table needs, and why.
func (c *checker) needed() map[spec.CheckName]string {
	n := map[spec.CheckName]string{
		spec.CheckOpcode: "an opcode may be unknown",
		spec.CheckLayout: "a body may not be as laid out",
	}
	for _, l := range c.p.Frames {
		if l.Length() != nil {
			n[spec.CheckLength] = "a length may be over the limit"
		}
		if l.Correlation() != nil {
			n[spec.CheckCorrelation] = "a correlation may be zero"
		}
	}
	for _, m := range c.p.Messages {
		if m.SentBy(spec.FromClient) {
			for _, s := range c.p.States {
				if !s.End && !m.LegalIn(s) && !slices.Contains(s.Unspecified, m) && n[spec.CheckState] == "" {
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
		for _, f := range slices.Concat(m.Head, m.Fields) {
			if f.Early {
				n[spec.CheckEarly] = m.Name + "." + f.Name + " is early"
			}
			if f.Role == spec.RoleNone && limited(f.Type) {
				n[spec.CheckLimits] = m.Name + "." + f.Name + " has limits"
			}
			if of := ofFeature(f.Type); of != nil {
				n[spec.CheckFeature] = "a value of " + of.Name + " belongs to a feature"
			}
		}
	}
	return n
}

// ofFeature returns an enum within t that has a value that belongs to a feature, or nil.
func ofFeature(t *spec.Type) *spec.Enum {
	if t.Enum != nil && slices.ContainsFunc(t.Enum.Values, func(v *spec.EnumValue) bool { return v.Feature != nil }) {
		return t.Enum
	}
	for _, f := range t.Fields {
		if e := ofFeature(f.Type); e != nil {
			return e
		}
	}
	return nil
}

// limited reports whether a value of t can be laid out and still be wrong.
func limited(t *spec.Type) bool {
	if t.Ignore {
		return false
	}
	return t.Min != nil || t.Max != nil || t.Chars != nil || t.ASCII != nil || t.Profile != nil || t.Const != nil ||
		t.Enum != nil && !t.Enum.Open || t.Kind == spec.KindBool && t.Bits == 0 ||
		t.Kind == spec.KindArray && limited(t.Elem) ||
		slices.ContainsFunc(t.Fields, func(f *spec.Field) bool { return limited(f.Type) })
}

func errorName(e *spec.Error) string {
	if e == nil {
		return "none"
	}
	return e.Name
}
