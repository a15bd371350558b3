package check

import (
	"slices"

	"github.com/wirelaw/wirelaw/spec"
)

// frames judges every layout of frames.
func (c *checker) frames() {
	for i, l := range c.p.Frames {
		c.layout(l, i == 0)
	}
	said := map[spec.Direction]bool{}
	for _, p := range c.p.Preface {
		if said[p.From] {
			c.bad(p, "from", "the %s has a preface already", p.From)
		}
		said[p.From] = true
	}
}

// ofLayout notes what a layout lacks.
func (c *checker) ofLayout(l *spec.Frame, format string, args ...any) {
	if l.Name == "" {
		c.lacks("frame", format, args...)
	} else {
		c.bad(l, "", format, args...)
	}
}

// layout judges the header and the body of frames. In the main layout there are both, and an opcode.
func (c *checker) layout(l *spec.Frame, main bool) {
	var opcode, correlation, length, body *spec.Field
	// one keeps the first field of a kind and refuses a second.
	one := func(have **spec.Field, f *spec.Field, key, what string) {
		if *have != nil {
			c.bad(f, key, "a frame has one %s, and that is %q", what, (*have).Name)
			return
		}
		*have = f
	}
	for i, f := range l.Fields {
		if f.Type.Kind == spec.KindRest {
			one(&body, f, "type", "body")
			if i != len(l.Fields)-1 {
				c.bad(f, "", "the body must be the last field of the frame")
			}
			c.body(f)
			continue
		}
		if !c.headerField(l, f) {
			continue
		}
		switch {
		case f.Role != spec.RoleNone && len(f.Counts) > 0:
			c.bad(f, "counts", "the %s cannot be the length as well", f.Role)
		case f.Role == spec.RoleOpcode:
			one(&opcode, f, "is", "opcode")
		case f.Role == spec.RoleCorrelation:
			one(&correlation, f, "is", "correlation")
		case l.Body() != nil && slices.Contains(f.Counts, l.Body().Name):
			one(&length, f, "counts", "length of the body")
		case l.Body() != nil && (len(f.Counts) > 1 || len(f.Counts) == 1 && inHeader(l, f.Counts[0])):
			// It would be a length of the header, or of several fields of the message.
			c.bad(f, "counts", "the length must count the body, %q", l.Body().Name)
			length = f
		}
	}
	if opcode == nil && main {
		c.ofLayout(l, "no header field is the opcode")
	}
	if body == nil && main {
		c.ofLayout(l, "the frame has no body: a last field of type rest")
	}
	if body != nil && length == nil && len(c.problems) == 0 {
		c.ofLayout(l, "no header field counts the body: nothing says where a frame ends")
	}
	if length != nil && body != nil && slices.Contains(length.Counts, body.Name) {
		c.length(l, length, body)
	}
	for _, side := range []spec.Direction{spec.FromClient, spec.FromServer} {
		if c.bitRuns(l.Of(side)) {
			return
		}
	}
}

func inHeader(l *spec.Frame, name string) bool {
	return slices.ContainsFunc(l.Fields, func(f *spec.Field) bool { return f.Name == name })
}

// body judges what is said of the last field of a frame.
func (c *checker) body(f *spec.Field) {
	switch {
	case f.Role != spec.RoleNone:
		c.bad(f, "is", "the body cannot be the %s", f.Role)
	case f.Type.Ignore:
		c.bad(f, "ignore", "the body cannot be ignored")
	case f.From != "":
		c.bad(f, "from", "frames of both sides have the body")
	}
}

// headerField judges what is said of a field before the body. It reports whether it may have a role.
func (c *checker) headerField(l *spec.Frame, f *spec.Field) bool {
	t := f.Type
	if t.Kind != spec.KindUint && t.Kind != spec.KindInt && t.Kind != spec.KindBool || t.Flags {
		c.bad(f, "type", "a header field must be a number or a bool")
		return false
	}
	if f.MaxIn != nil {
		c.bad(f, "max_in", "only the body has this limit")
	}
	what := ""
	switch {
	case f.Role != spec.RoleNone:
		what = "the " + string(f.Role)
	case len(f.Counts) > 0:
		what = "a length"
	case f.Per:
		what = "a field that each message lays out"
	default:
		if !t.Ignore && t.Const == nil {
			c.limits(f, t)
		}
		return true
	}
	switch {
	case t.Kind != spec.KindUint || t.Enum != nil || t.ErrorSet:
		c.bad(f, "type", "%s must be a plain number", what)
		return false
	case t.Min != nil || t.Max != nil:
		c.bad(f, limitKey(t), "%s has no limits of its own", what)
	case t.Const != nil:
		c.bad(f, "const", "%s cannot be a constant", what)
	case t.Ignore:
		c.bad(f, "ignore", "%s cannot be ignored", what)
	case f.From != "":
		c.bad(f, "from", "%s must be in the frames of both sides", what)
	case f.Per && (f.Role != spec.RoleNone || len(f.Counts) > 0):
		c.bad(f, "per", "%s means the same in every message", what)
	case f.Per && l.Opcode() == nil:
		c.bad(f, "per", "frames of this layout have no opcode")
	}
	return true
}

// length judges what the length counts, and the limits of the body.
func (c *checker) length(l *spec.Frame, length, body *spec.Field) {
	seen := map[string]bool{}
	var counted uint64
	for _, name := range length.Counts {
		if seen[name] {
			c.bad(length, "counts", "%q is counted twice", name)
		}
		seen[name] = true
		for _, f := range l.Fields {
			switch {
			case f.Name != name || f == body:
			case f.Type.Varint > 0 || f.Type.Bits > 0:
				c.bad(length, "counts", "%q is no whole number of bytes of its own", name)
			case f.From != "":
				c.bad(length, "counts", "%q is not in every frame", name)
			default:
				counted += uint64(size(f.Type))
			}
		}
		if !inHeader(l, name) {
			c.bad(length, "counts", "%q is in the body, which is counted", name)
		}
	}
	if counted > length.Type.Widest() {
		c.bad(length, "counts", "%q can say at most %d bytes, and counts %d of the header alone", length.Name, length.Type.Widest(), counted)
		return
	}
	most := length.Type.Widest() - counted
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

// size returns the bytes of a number, a bool, or bytes of a fixed size.
func size(t *spec.Type) int {
	if t.Kind == spec.KindBool && t.Bits == 0 {
		return 1
	}
	return t.Width + t.Size
}

// bitRuns judges that neighbouring bit fields fill whole bytes. It reports whether it found a fault.
func (c *checker) bitRuns(fields []*spec.Field) bool {
	for i := 0; i < len(fields); i++ {
		first, sum := fields[i], 0
		from := i
		for i < len(fields) && fields[i].Type.Bits > 0 && sameCondition(fields[i].If, first.If) {
			sum += fields[i].Type.Bits
			i++
		}
		if i > from {
			i--
		}
		switch {
		case sum%8 != 0:
			c.bad(first, "", "the bit fields from %q to %q are %d bits, which is no whole number of bytes", first.Name, fields[i].Name, sum)
			return true
		case sum > 64:
			c.bad(first, "", "the bit fields from %q to %q are %d bits; at most 64 may follow each other", first.Name, fields[i].Name, sum)
			return true
		}
	}
	return false
}

// sameCondition reports whether two fields are always there together.
func sameCondition(a, b *spec.Condition) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Field == b.Field && slices.Equal(a.Values, b.Values)
}

// limitKey returns the key of the first limit of a type.
func limitKey(t *spec.Type) string {
	if t.Min != nil {
		return "min"
	}
	return "max"
}
