package gen

import (
	"fmt"

	"github.com/wirelaw/wirelaw/spec"
)

// judges prints the statements that hold the fields of the scope to their limits, and that count the bytes of all of
// them. If open is set, what follows goes on counting.
func (s *scope) judges(open bool) {
	for _, fl := range s.fields {
		if len(fl.Counts) > 0 && s.mayNotFit(fl) {
			s.f.p("var at%s int", goName(fl.Name))
		}
	}
	for _, st := range steps(s.fields) {
		if st.fields[0].If != nil {
			s.pass()
		}
		s.present(st.fields[0], func() {
			s.judgeStep(st)
			if st.fields[0].If != nil {
				s.pass()
			}
		})
	}
	if open {
		s.pass()
	}
	s.n = 0
}

func (s *scope) judgeStep(st step) {
	if st.size > 0 {
		s.judgeRun(st)
		return
	}
	fl := st.fields[0]
	t := fl.Type
	switch {
	case len(fl.Counts) > 0:
		s.judgeLength(fl)
	case t.Const != nil:
		n, _ := fixedSize(t)
		s.n += n
	case t.Ignore:
		n, _ := fixedSize(t) // what has no fixed size is empty when it is sent, and nothing follows it
		s.n += n
	default:
		s.judge(s.field(fl), fl, t, 0, "")
		s.judgeCounted(fl)
	}
}

// judgeLength passes over a length, which follows from what it counts and is judged there.
func (s *scope) judgeLength(fl *spec.Field) {
	if s.mayNotFit(fl) {
		s.pass()
		s.f.p("at%s = c.Offset()", goName(fl.Name))
	}
	s.n += width(fl.Type)
}

// mayNotFit reports whether what a length counts alone may be longer than it can say.
func (s *scope) mayNotFit(by *spec.Field) bool {
	for _, fl := range s.fields {
		if s.countedBy(fl) == by && fl.IsValue() {
			if _, ok := fixedSize(fl.Type); !ok {
				return fl.Type.Max == nil || *fl.Type.Max > by.Type.Widest()
			}
		}
	}
	return false
}

// judgeCounted judges the length of a field that another one counts.
func (s *scope) judgeCounted(fl *spec.Field) {
	by := s.countedBy(fl)
	if _, fixed := fixedSize(fl.Type); by == nil || fixed || !fl.IsValue() || !s.mayNotFit(by) {
		return
	}
	at := "at" + goName(by.Name)
	for _, c := range s.head {
		if c.f.Name == by.Name {
			at = fmt.Sprint(c.off)
		}
	}
	s.f.p("c.Derived(%q, %s, uint64(%s), %d)", by.Name, at, s.sizeOf(fl), by.Type.Widest())
}

// pass prints the step over bytes without limits.
func (s *scope) pass() {
	if s.n > 0 {
		s.f.p("c.Skip(%d)", s.n)
		s.n = 0
	}
}

func (s *scope) limits(fl *spec.Field, t *spec.Type, suffix string) string {
	return s.g.limitsOf(s.name, fl, t, suffix)
}

// judgeRun judges bit fields that share bytes.
func (s *scope) judgeRun(st step) {
	first := 0
	for _, fl := range st.fields {
		t := fl.Type
		if fl.IsValue() && t.Kind != spec.KindBool && s.g.limited(t) {
			s.pass()
			x := s.field(fl)
			s.f.p("c.Bits(%q, %d, %d, %s, %s, &%s)", fl.Name, first, t.Bits, s.g.convert(x, s.g.goType(t), "uint64"),
				s.defined(x, t), s.limits(fl, t, ""))
		}
		first += t.Bits
	}
	s.n += st.size
}

// defined is the Go expression for x being a value of its enum.
func (s *scope) defined(x string, t *spec.Type) string {
	if t.Enum == nil || t.Enum.Open {
		return "true"
	}
	return s.g.convert(x, s.g.goType(t), goName(t.Enum.Name)) + ".Defined()"
}

// judge prints the statements that hold x, a value of type t, to its limits.
func (s *scope) judge(x string, fl *spec.Field, t *spec.Type, depth int, suffix string) {
	if t.Kind == spec.KindBool {
		s.n++
		return
	}
	if n, ok := fixedSize(t); ok && !s.g.limited(t) {
		s.n += n
		return
	}
	s.pass()
	f := s.f
	if t.Kind == spec.KindRest && !s.g.limited(t) {
		f.p("c.Skip(len(%s))", x)
		return
	}
	if t.Kind == spec.KindStruct {
		f.p("if c.OK() {\n%s.check(c)\nc.Within(%q)\n}", x, fl.Name)
		return
	}
	lim := "&" + s.limits(fl, t, suffix)
	switch t.Kind {
	case spec.KindUint:
		v := s.g.convert(x, s.g.goType(t), "uint64")
		defined := s.defined(x, t)
		switch {
		case t.Varint > 0:
			f.p("c.Varint(%q, %d, %s, %s, %s)", fl.Name, t.Varint, v, defined, lim)
		case defined != "true":
			f.p("c.Enum(%q, %d, %s, %s, %s)", fl.Name, t.Width, v, defined, lim)
		default:
			f.p("c.Uint(%q, %d, %s, %s)", fl.Name, t.Width, v, lim)
		}
	case spec.KindInt:
		f.p("c.Int(%q, %d, %s, %s)", fl.Name, t.Width, s.g.convert(x, s.g.goType(t), "int64"), lim)
	case spec.KindString:
		v := s.g.convert(x, s.g.goType(t), "string")
		if t.Until != nil {
			f.p("c.StringUntil(%q, %s, %d, %s)", fl.Name, v, *t.Until, lim)
		} else {
			f.p("c.String(%q, %d, %s, %s)", fl.Name, t.LenWidth, v, lim)
		}
	case spec.KindBytes, spec.KindRest:
		switch {
		case t.Nullable:
			f.p("c.Nullable(%q, %d, %s, %s)", fl.Name, t.LenWidth, x, lim)
		case t.Until != nil:
			f.p("c.BytesUntil(%q, %s, %d, %s)", fl.Name, x, *t.Until, lim)
		default:
			f.p("c.Bytes(%q, %d, len(%s), %s)", fl.Name, t.LenWidth, x, lim)
		}
	case spec.KindArray:
		s.judgeArray(x, fl, t, depth, suffix, lim)
	}
}

func (s *scope) judgeArray(x string, fl *spec.Field, t *spec.Type, depth int, suffix, lim string) {
	f := s.f
	begins := ""
	if t.Until != nil {
		begins = s.begins(fmt.Sprintf("v%d", depth), t.Elem)
	}
	s.n = terminator(t)
	if n, ok := fixedSize(t.Elem); ok && begins == "" && (!s.g.limited(t.Elem) || t.Elem.Kind == spec.KindBool) {
		f.p("c.Count(%q, %d, len(%s), %s)", fl.Name, t.LenWidth, x, lim)
		f.p("c.Skip(%d * len(%s))", n, x)
		return
	}
	after := s.n
	s.n = 0
	f.p("if c.Count(%q, %d, len(%s), %s) {", fl.Name, t.LenWidth, x, lim)
	i, v := fmt.Sprintf("i%d", depth), fmt.Sprintf("v%d", depth)
	if t.Elem.Kind == spec.KindStruct { // its methods want a pointer
		f.p("for %s := range %s {\n%s := &%s[%s]", i, x, v, x, i)
	} else {
		f.p("for %s, %s := range %s {", i, v, x)
	}
	if begins != "" {
		f.p("at%d := c.Offset()", depth)
	}
	s.judge(v, fl, t.Elem, depth+1, suffix+"Element")
	s.pass()
	if begins != "" {
		f.p("c.Begins(%q, at%d, %s, %d)", fl.Name, depth, begins, *t.Until)
	}
	f.p("if !c.OK() {\nc.Index(%q, %s)\nbreak\n}\n}\n}", fl.Name, i)
	s.n = after
}

// begins is the Go expression for the first byte on the wire of x, a value of type t.
func (s *scope) begins(x string, t *spec.Type) string {
	top := func(n string, width int) string {
		if width == 1 || !s.g.p.BigEndian {
			return "byte(" + n + ")"
		}
		return fmt.Sprintf("byte(%s>>%d)", n, 8*width-8)
	}
	switch t.Kind {
	case spec.KindUint, spec.KindInt:
		return top(x, t.Width)
	case spec.KindBool:
		return "byte(codec.Bit(bool(" + x + ")))"
	case spec.KindString, spec.KindBytes:
		switch {
		case t.LenWidth > 0:
			return top("len("+x+")", t.LenWidth)
		case t.Until != nil:
			return fmt.Sprintf("codec.FirstOf(%s, %d)", x, *t.Until)
		}
		return x + "[0]"
	case spec.KindStruct:
		first := t.Fields[0]
		if c := first.Type.Const; c != nil {
			return fmt.Sprint(byte(c.Uint))
		}
		return s.begins(x+"."+fieldName(first), first.Type)
	}
	return top("len("+x+")", t.LenWidth)
}
