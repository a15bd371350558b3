package check

import (
	"slices"

	"github.com/wirelaw/wirelaw/spec"
)

// fieldsOf judges the fields of a message: their names, their order, and how large they may become.
func (c *checker) fieldsOf(m *spec.Message) {
	if len(m.Fields) > 0 && m.Frame.Body() == nil {
		c.bad(m, "fields", "frames of the layout %q have no body", m.Frame.Name)
		return
	}
	var least uint64
	for i, f := range m.Fields {
		for _, h := range append(m.Head, m.Frame.Body()) {
			switch {
			case h == nil || h.Name != f.Name:
			case h.Role == spec.RoleCorrelation:
				c.bad(f, "name", "vectors and transcripts mean the header field by %q", f.Name)
			default:
				c.bad(f, "name", "the header has a %q already", f.Name)
			}
		}
		c.early(m, i)
		if f.SameAs != nil {
			c.sameAs(f)
		}
		if n := smallest(f.Type); n > maxSize {
			c.bad(f, "min", "a value takes at least %d bytes; more than %d are not supported", n, maxSize)
		} else if f.If == nil {
			least += bits(f.Type)
		}
		if most := c.maxBody(m); atLeast(f.Type) > most {
			c.bad(f, "max", "a value of that size never fits: a body has at most %d bytes", most)
		}
	}
	for _, h := range m.Head {
		for _, g := range m.Head {
			if h != g && h.Name == g.Name && g.Name != "_" && h.IsValue() && !slices.Contains(m.Frame.Fields, h) {
				c.bad(h, "name", "the header has a %q already", h.Name)
			}
		}
	}
	c.sequence(m.Fields, true)
	for _, g := range m.Head {
		c.countedByHeader(m, g)
	}
	if m.Frame != c.p.Main() {
		return
	}
	for _, s := range m.In {
		if most := c.p.MaxBody(s); m.SentBy(spec.FromClient) && least/8 > most {
			c.bad(m, "in", "its body has at least %d bytes, and %s allows %d", least/8, s.Name, most)
		}
	}
}

// maxBody returns how many bytes the body of m may have.
func (c *checker) maxBody(m *spec.Message) uint64 {
	body, length := m.Frame.Body(), m.Frame.Length()
	switch {
	case body == nil || length == nil:
		return 0
	case body.Type.Max != nil:
		return *body.Type.Max
	}
	return length.Type.Widest()
}

// sequence judges fields that follow each other in a message or a struct. last says that what follows them is the end of a body.
func (c *checker) sequence(fields []*spec.Field, last bool) {
	c.bitRuns(fields)
	var rest *spec.Field
	for i, f := range fields {
		end := last && i == len(fields)-1
		if rest != nil && f.CountedBy == nil && !fixed(f.Type) {
			c.bad(f, "type", "%q before it takes what the fields after it leave: their sizes must be known by then", rest.Name)
			return
		}
		switch {
		case rest != nil && f.CountedBy != nil && slices.Index(fields, f.CountedBy) > slices.Index(fields, rest):
			c.bad(f, "", "%q says its size, and stands after %q, which takes what is left", f.CountedBy.Name, rest.Name)
		case f.Type.Kind == spec.KindRest && !last:
			c.bad(f, "type", "rest goes on to the end of the body: only a counted struct, or one at the end of a body, may have it")
		case f.Type.Kind == spec.KindRest && rest != nil:
			c.bad(f, "type", "%q takes all that is left already", rest.Name)
		case f.Type.Kind == spec.KindRest && f.If != nil:
			c.bad(f, "if", "rest cannot depend on a condition")
		case f.Type.Kind == spec.KindRest:
			rest = f
		case f.Type.Kind == spec.KindArray && f.Type.ToEnd && !end:
			c.bad(f, "rest", "elements up to the end must be the last field")
		}
		c.inner(f.Type, f.CountedBy != nil || end)
		c.counts(f, fields)
	}
}

// inner judges the structs that stand in a type itself. Those of named types are judged with the type.
func (c *checker) inner(t *spec.Type, last bool) {
	if t.Name == "" && t.Kind == spec.KindStruct {
		c.sequence(t.Fields, last)
	}
	if t.Name != "" && !last && open(t) {
		c.bad(t, "fields", "it goes on to the end of the body, and stands where it does not end")
	}
	if t.Elem != nil {
		c.element(t)
	}
}

// open reports whether a struct, or the last struct in it, goes on to the end of the body.
func open(t *spec.Type) bool {
	if t.Kind != spec.KindStruct || len(t.Fields) == 0 {
		return t.Kind == spec.KindRest || t.ToEnd
	}
	last := t.Fields[len(t.Fields)-1]
	return slices.ContainsFunc(t.Fields, func(f *spec.Field) bool { return f.Type.Kind == spec.KindRest }) ||
		last.CountedBy == nil && open(last.Type)
}

// element judges the elements of an array.
func (c *checker) element(t *spec.Type) {
	e := t.Elem
	owner := c.owner[t]
	switch {
	case e.Bits > 0:
		c.bad(owner, "of", "an element must be whole bytes")
	case e.Ignore || e.Const != nil:
		c.bad(owner, "of", "an element must be a value")
	case open(e):
		c.bad(owner, "of", "an element that goes on to the end leaves nothing to the next")
		return
	case t.Until != nil && begins(e, *t.Until, c.p.BigEndian):
		c.bad(owner, "until", "an element may begin with %#02x itself", *t.Until)
	}
	c.inner(e, false)
}

// begins reports whether a value of t may begin with a byte.
func begins(t *spec.Type, b byte, big bool) bool {
	n := uint64(b)
	switch {
	case t.Const != nil && (t.Width == 1 || t.Kind == spec.KindString || t.Kind == spec.KindBytes):
		first := byte(t.Const.Uint)
		if text := t.Const.Str + string(t.Const.Bytes); text != "" {
			first = text[0]
		}
		return first == b
	case t.Kind == spec.KindUint && t.Width == 1:
		if t.Min != nil && n < *t.Min || t.Max != nil && n > *t.Max {
			return false
		}
		return t.Enum == nil || t.Enum.Open || slices.ContainsFunc(t.Enum.Values, func(v *spec.EnumValue) bool { return v.Value == n })
	case t.Kind == spec.KindUint && t.Width > 1 && big && t.Max != nil:
		return n <= *t.Max>>(8*(t.Width-1))
	case t.Kind == spec.KindBool && t.Bits == 0:
		return n <= 1
	case t.Kind == spec.KindString || t.Kind == spec.KindBytes:
		if t.Until != nil && t.Min != nil && *t.Min > 0 {
			return *t.Until != b && (t.ASCII == nil || b >= 0x80 || t.ASCII.Contains(b))
		}
	case t.Kind == spec.KindStruct && len(t.Fields) > 0 && t.Fields[0].If == nil && t.Fields[0].Type.Bits == 0:
		return begins(t.Fields[0].Type, b, big)
	}
	return true
}

// fixed reports whether all values of t have one size.
func fixed(t *spec.Type) bool {
	switch t.Kind {
	case spec.KindUint:
		return t.Varint == 0
	case spec.KindInt, spec.KindBool:
		return true
	case spec.KindBytes:
		return t.Size > 0
	case spec.KindStruct:
		return !slices.ContainsFunc(t.Fields, func(f *spec.Field) bool { return f.If != nil || !fixed(f.Type) })
	}
	return false
}

// counts judges a field that counts others of the same message or struct.
func (c *checker) counts(g *spec.Field, fields []*spec.Field) {
	switch {
	case len(g.Counts) == 0:
		return
	case len(g.Counts) > 1 || g.Counts[0] == g.Name:
		c.bad(g, "counts", "a field of a message counts one later field")
		return
	case g.Type.Const != nil || g.Type.Ignore || g.Type.Enum != nil || g.Type.Flags || g.Type.ErrorSet:
		c.bad(g, "type", "a length must be a plain number")
	case g.Type.Min != nil || g.Type.Max != nil:
		c.bad(g, limitKey(g.Type), "a length has no limits of its own")
	}
	for _, f := range fields {
		switch {
		case f.Name != g.Counts[0]:
		case !countable(f.Type):
			c.bad(g, "counts", "%q says itself where it ends", f.Name)
		case g.If != nil && !sameCondition(g.If, f.If):
			c.bad(g, "if", "%q needs its length under the same condition", f.Name)
		}
	}
}

// countedByHeader judges what a field of the header counts in a message.
func (c *checker) countedByHeader(m *spec.Message, g *spec.Field) {
	for _, name := range g.Counts {
		if f := m.Field(name); f != nil && !countable(f.Type) {
			c.bad(f, "type", "%q of the header counts it, and it says itself where it ends", g.Name)
		}
	}
}

// countable reports whether another field may say where a value ends.
func countable(t *spec.Type) bool { return t.Endless() || t.Kind == spec.KindStruct }

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
	if a.Kind != b.Kind || a.Width != b.Width || a.Bits != b.Bits || a.Varint != b.Varint || a.LenWidth != b.LenWidth ||
		a.Size != b.Size || a.Enum != b.Enum || a.Flags != b.Flags || a.Nullable != b.Nullable || (a.Until == nil) != (b.Until == nil) {
		c.bad(f, "same_as", "%s.%s is laid out in another way", f.SameAs.Message.Name, f.SameAs.Field.Name)
	}
}
