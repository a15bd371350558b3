package gen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

// A ksyScope is the type whose fields are being written.
type ksyScope struct {
	g      *ksy
	name   string // of the type
	fields []*spec.Field
	head   []*spec.Field // of a message: its header
	header bool          // it is the header
}

// message writes the type of the body of a message. What it divides the header's bits into are instances.
func (g *ksy) message(m *spec.Message) {
	g.f("  %s:\n", ksyMessage(m))
	if m.Doc != "" {
		g.f("    doc: %s\n", g.text(m.Doc))
	}
	s := &ksyScope{g: g, name: ksyMessage(m), fields: m.Fields, head: m.Head}
	g.params(g.needs(m))
	if len(m.Fields) == 0 {
		g.f("    seq: []\n")
	} else {
		g.f("    seq:\n")
	}
	for i, f := range m.Fields {
		s.field(f, m.Fields[i+1:])
	}
	s.bits(m)
}

// bits writes instances for the bits of the header that the message lays out by itself.
func (s *ksyScope) bits(m *spec.Message) {
	begun := false
	head := m.Head
	for _, f := range m.Frame.Of(m.From) {
		if f.Type.Kind == spec.KindRest {
			continue
		}
		whole := fixedBits(f.Type)
		left := whole
		for len(head) > 0 && left > 0 && f.Per {
			h := head[0]
			head = head[1:]
			left -= h.Type.Bits
			if h.Type.Ignore || h.Type.Bits == 0 || h.Name == f.Name {
				continue
			}
			if !begun {
				s.g.f("    instances:\n")
				begun = true
			}
			s.g.f("      %s: {value: %q}\n", h.Name, fmt.Sprintf("(%s >> %d) & %d", ksyParam(f), left, 1<<h.Type.Bits-1))
		}
		if !f.Per && len(head) > 0 {
			head = head[1:]
		}
	}
}

// value is an expression for the value of an earlier field, as a number.
func (s *ksyScope) value(f *spec.Field) string {
	if !s.header && !slices.Contains(s.fields, f) && s.head != nil {
		if s.inFrame(f.Name) {
			return ksyParam(f)
		}
		return f.Name // bits of the header, which are an instance
	}
	switch {
	case f.Type.Varint > 0:
		return f.Name + ".value"
	case f.Type.Bits == 1:
		return "(" + f.Name + " ? 1 : 0)"
	case ksyEnum(f.Type) != "":
		return f.Name + ".to_i"
	}
	return f.Name
}

// inFrame reports whether the header has a field of that name as it stands in the layout.
func (s *ksyScope) inFrame(name string) bool {
	for _, fr := range s.g.p.Frames {
		for _, f := range fr.Fields {
			if f.Name == name && !f.Per {
				return true
			}
		}
	}
	return false
}

// condition is an expression for whether a field is there; "" if it always is. A field that is absent counts as zero.
func (s *ksyScope) condition(f *spec.Field) string {
	if f.If == nil {
		return ""
	}
	var all []string
	for _, v := range f.If.Values {
		all = append(all, fmt.Sprintf("%s == %d", s.value(f.If.Field), v))
	}
	holds := strings.Join(all, " or ")
	by := s.condition(f.If.Field)
	switch {
	case by == "":
		return holds
	case slices.Contains(f.If.Values, 0):
		return fmt.Sprintf("not (%s) or %s", by, holds)
	}
	return fmt.Sprintf("(%s) and (%s)", by, holds)
}

// field writes the entries of a field. later are the fields after it.
func (s *ksyScope) field(f *spec.Field, later []*spec.Field) {
	cond := s.condition(f)
	keys := s.typ(f.Name, f.Type, f.CountedBy, later)
	if pre := s.lengthBefore(f.Name, f.Type); pre != "" {
		s.entry(pre, cond, "")
		if f.Type.Nullable {
			null := fmt.Sprintf("len_%s != %d", f.Name, f.Type.Widest())
			if cond != "" {
				null = "(" + cond + ") and " + null
			}
			cond = null
		}
	}
	s.entry("id: "+f.Name+keys, cond, f.Doc)
}

func (s *ksyScope) entry(keys, cond, doc string) {
	if cond != "" {
		keys += ", if: " + quoteJSON(cond)
	}
	if doc != "" {
		keys += ", doc: " + s.g.text(doc)
	}
	s.g.f("      - {%s}\n", keys)
}

// lengthBefore is the entry of the length or count before a value; "" if there is none.
func (s *ksyScope) lengthBefore(name string, t *spec.Type) string {
	if t.LenWidth == 0 {
		return ""
	}
	word := "len_"
	if t.Kind == spec.KindArray {
		word = "num_"
	}
	return "id: " + word + name + ", type: " + s.number(t.LenWidth)
}

// number is an unsigned number of so many bytes.
func (s *ksyScope) number(width int) string {
	switch width {
	case 1, 2, 4, 8:
		return fmt.Sprintf("u%d", width)
	}
	if !s.g.p.BigEndian {
		return fmt.Sprintf("b%dle", 8*width)
	}
	return fmt.Sprintf("b%d", 8*width)
}

// ksyEnum is the name of the enum of a type; "" if it has none that Kaitai can apply.
func ksyEnum(t *spec.Type) string {
	switch {
	case t.Varint > 0 || t.Kind != spec.KindUint:
		return ""
	case t.Enum != nil:
		return t.Enum.Name
	case t.ErrorSet:
		return "error_code"
	}
	return ""
}

// typ returns the keys that say what a value is, each after a comma.
func (s *ksyScope) typ(name string, t *spec.Type, counter *spec.Field, later []*spec.Field) string {
	enum := ""
	if e := ksyEnum(t); e != "" {
		enum = ", enum: " + e
	}
	size := ", size: " + fmt.Sprint(t.Size)
	switch {
	case t.LenWidth > 0:
		size = ", size: len_" + name
	case counter != nil:
		size = ", size: " + quoteJSON(s.value(counter))
	case t.Until != nil:
		size = fmt.Sprintf(", terminator: %d", *t.Until)
	case t.Size == 0:
		size = ", size-eos: true"
	}
	switch t.Kind {
	case spec.KindUint:
		switch {
		case t.Varint > 0:
			s.g.varint = true
			return ", type: varint"
		case t.Bits > 0:
			return fmt.Sprintf(", type: b%d%s%s", t.Bits, enum, s.valid(t))
		}
		return ", type: " + s.number(t.Width) + enum + s.valid(t)
	case spec.KindInt:
		return fmt.Sprintf(", type: s%d%s", t.Width, s.valid(t))
	case spec.KindBool:
		if t.Bits > 0 {
			return ", type: b1" + s.valid(t)
		}
		return ", type: u1, valid: {max: 1}"
	case spec.KindString:
		return ", type: str, encoding: UTF-8" + size
	case spec.KindStruct:
		inner := s.inner(name, t)
		if counter != nil {
			return ", type: " + inner + size
		}
		return ", type: " + inner
	case spec.KindArray:
		return s.array(name, t, counter)
	case spec.KindRest:
		if len(later) > 0 {
			return ", size: " + quoteJSON("_io.size - _io.pos - ("+s.sizeOf(later)+")")
		}
		return ", size-eos: true"
	}
	return size
}

// sizeOf is an expression for the bytes of the fields after a rest.
func (s *ksyScope) sizeOf(later []*spec.Field) string {
	var out []string
	for _, f := range later {
		n := fmt.Sprint(fixedBits(f.Type) / 8)
		if f.CountedBy != nil {
			n = s.value(f.CountedBy)
		}
		conds := []*spec.Field{f}
		if f.CountedBy != nil {
			conds = append(conds, f.CountedBy)
		}
		for _, c := range conds {
			if c.If != nil {
				n = fmt.Sprintf("(%s ? %s : 0)", s.condition(c), n)
			}
		}
		out = append(out, n)
	}
	return strings.Join(out, " + ")
}

// valid are the limits of a number.
func (s *ksyScope) valid(t *spec.Type) string {
	show := func(n uint64) string {
		if t.Kind == spec.KindInt {
			return fmt.Sprint(int64(n))
		}
		return fmt.Sprint(n)
	}
	switch {
	case t.Const != nil && t.Kind == spec.KindBool:
		return fmt.Sprintf(", valid: %v", constNumber(t) == 1)
	case t.Const != nil:
		return ", valid: " + show(constNumber(t))
	case t.Ignore || t.Enum != nil || t.ErrorSet:
		return ""
	}
	var parts []string
	if t.Min != nil {
		parts = append(parts, "min: "+show(*t.Min))
	}
	if t.Max != nil {
		parts = append(parts, "max: "+show(*t.Max))
	}
	if parts == nil {
		return ""
	}
	return ", valid: {" + strings.Join(parts, ", ") + "}"
}

// inner has a type written for a struct, and returns its name.
func (s *ksyScope) inner(name string, t *spec.Type) string {
	inner := s.name + "_" + name
	s.g.late = append(s.g.late, func() {
		s.g.f("  %s:\n    seq:\n", inner)
		in := &ksyScope{g: s.g, name: inner, fields: t.Fields}
		for i, f := range t.Fields {
			in.field(f, t.Fields[i+1:])
		}
	})
	return inner
}

// array has a type written for the elements of an array, and returns the keys of the array.
func (s *ksyScope) array(name string, t *spec.Type, counter *spec.Field) string {
	elem := s.name + "_" + name + "_element"
	end := ""
	if t.Until != nil {
		end = fmt.Sprintf("mark != %d", *t.Until)
	}
	s.g.late = append(s.g.late, func() {
		s.g.f("  %s:\n    seq:\n", elem)
		in := &ksyScope{g: s.g, name: elem, fields: []*spec.Field{{Name: "value", Type: t.Elem}}}
		if pre := in.lengthBefore("value", t.Elem); pre != "" {
			in.entry(pre, end, "")
		}
		cond := end
		if t.Elem.Nullable {
			cond = strings.TrimPrefix(end+fmt.Sprintf(" and len_value != %d", t.Elem.Widest()), " and ")
		}
		in.entry("id: value"+in.typ("value", t.Elem, nil, nil), cond, "")
		if end != "" {
			in.entry("id: end, size: 1", fmt.Sprintf("mark == %d", *t.Until), "")
			s.g.f("    instances:\n      mark: {pos: _io.pos, type: u1, doc: \"the byte with which it begins; %d ends the list\"}\n", *t.Until)
		}
	})
	switch {
	case t.LenWidth > 0:
		return fmt.Sprintf(", type: %s, repeat: expr, repeat-expr: num_%s", elem, name)
	case end != "":
		return fmt.Sprintf(", type: %s, repeat: until, repeat-until: \"_.mark == %d\"", elem, *t.Until)
	}
	return fmt.Sprintf(", type: %s, repeat: eos", elem)
}
