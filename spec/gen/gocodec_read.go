package gen

import (
	"fmt"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

// reads prints the statements that read the fields of the scope.
func (s *scope) reads() {
	for _, fl := range s.fields {
		if len(fl.Counts) > 0 {
			s.f.p("var %s uint64", lengthVar(fl))
			if s.countsPart(fl) {
				s.f.p("var at%s int", goName(fl.Name))
			}
		}
	}
	for i, st := range steps(s.fields) {
		fl := st.fields[0]
		early := fl.Early && s.g.p.Check(spec.CheckEarly) != nil
		s.present(fl, func() {
			aside := early && (fl.Type.Const != nil || fl.Type.Kind == spec.KindBool)
			if early {
				s.f.p("off%d := d.Offset()", i)
			}
			if aside {
				s.f.p("aside%d := d.SetAside()", i)
			}
			if st.size > 0 {
				s.readRun(st, i)
			} else {
				s.readField(fl, i)
			}
			if early {
				s.f.p("if d.OK() {\nc := d.Checker(off%d)", i)
				s.judgeStep(st)
				s.n = 0
				s.f.p("d.Judge(&c, off%d)\n}", i)
			}
			if aside {
				s.f.p("d.TakeBack(aside%d)", i)
			}
		})
		if by := s.countedBy(fl); by != nil && fl.If != nil && !sameIf(fl, by) {
			s.f.p("if !(%s) {\nd.Length(%q, %s, %s, 0)\n}", s.condition(fl), by.Name, s.lengthAt(fl), s.lengthOf(fl))
		}
	}
}

// countsPart reports whether a length counts what may find it wrong.
func (s *scope) countsPart(by *spec.Field) bool {
	for _, fl := range s.fields {
		if s.countedBy(fl) != by {
			continue
		}
		if k := fl.Type.Kind; k == spec.KindStruct || k == spec.KindArray || fl.If != nil && !sameIf(fl, by) {
			return true
		}
	}
	return false
}

// readField prints the statements that read a field, value or not.
func (s *scope) readField(fl *spec.Field, i int) {
	t := fl.Type
	switch {
	case len(fl.Counts) > 0:
		if s.countsPart(fl) {
			s.f.p("at%s = d.FrameOffset()", goName(fl.Name))
		}
		s.f.p("%s = uint64(%s)", lengthVar(fl), s.call(fl, t, ""))
	case t.Const != nil:
		is := isConst(s.call(fl, t, ""), t)
		if t.Kind == spec.KindBool { // another byte is no bool, and not the constant
			is = fmt.Sprintf("d.U8(%q) == %d", fl.Name, constBits(t))
		}
		s.f.p("at%d := d.Offset()", i)
		s.f.p("d.Const(%q, at%d, 0, %s, &%s)", fl.Name, i, is, s.limits(fl, t, ""))
	case t.Ignore:
		s.ignore(fl, t)
	case s.countedBy(fl) != nil && (t.Kind == spec.KindStruct || t.Kind == spec.KindArray):
		s.readPart(fl, i)
	case t.Kind == spec.KindRest && s.middle(fl):
		s.readMiddle(fl, i)
	default:
		s.read(s.field(fl), false, fl, t, 0, "")
	}
}

func (s *scope) ignore(fl *spec.Field, t *spec.Type) {
	switch n, ok := fixedSize(t); {
	case ok:
		s.f.p("d.Pass(%q, %d)", fl.Name, n)
	case s.countedBy(fl) != nil:
		s.f.p("d.Pass(%q, %s)", fl.Name, s.lengthOf(fl))
	case t.Varint > 0:
		s.f.p("d.Varint(%q, %d)", fl.Name, t.Varint)
	default:
		s.f.p("d.Skip()")
	}
}

// countedBy returns the field that counts fl, of the header or of the body, or nil.
func (s *scope) countedBy(fl *spec.Field) *spec.Field {
	all := s.fields
	for _, c := range s.head {
		all = append(all[:len(all):len(all)], c.f)
	}
	return countedBy(fl, all)
}

// lengthOf is the Go expression for the length of a field that another one counts, while the body is read.
func (s *scope) lengthOf(fl *spec.Field) string {
	by := s.countedBy(fl)
	for _, c := range s.head {
		if c.f.Name == by.Name {
			return "uint64(h." + goName(c.of.Name) + ")"
		}
	}
	return lengthVar(by)
}

// lengthAt is the Go expression for the offset in the frame of the length of a field, while the body is read.
func (s *scope) lengthAt(fl *spec.Field) string {
	by := s.countedBy(fl)
	for _, c := range s.head {
		if c.f.Name == by.Name {
			return fmt.Sprint(c.off)
		}
	}
	return "at" + goName(by.Name)
}

// readPart prints the statements that read a struct or an array of a counted size.
func (s *scope) readPart(fl *spec.Field, i int) {
	by, at := s.countedBy(fl).Name, s.lengthAt(fl)
	if n, ok := fixedSize(fl.Type); ok {
		s.f.p("d.Length(%q, %s, %s, %d)", by, at, s.lengthOf(fl), n)
	}
	s.f.p("outer%d := d.Enter(%q, %s)", i, fl.Name, s.lengthOf(fl))
	s.read(s.field(fl), false, fl, fl.Type, 0, "")
	s.f.p("d.Leave(outer%d, %q, %s)", i, by, at)
}

// middle reports whether other fields follow a rest that nothing counts.
func (s *scope) middle(fl *spec.Field) bool {
	return s.countedBy(fl) == nil && fl != s.fields[len(s.fields)-1]
}

// readMiddle prints the statements that read a rest that other fields follow.
func (s *scope) readMiddle(fl *spec.Field, i int) {
	s.f.p("tail%d := uint64(0)", i)
	after := false
	for _, st := range steps(s.fields) {
		x := st.fields[0]
		if !after {
			after = x == fl
			continue
		}
		n, _ := fixedSize(x.Type)
		size := fmt.Sprint(max(n, st.size))
		if s.countedBy(x) != nil {
			size = s.lengthOf(x)
		}
		s.present(x, func() { s.f.p("tail%d += %s", i, size) })
	}
	s.f.p("%s = d.RestBut(%q, tail%d)", s.field(fl), fl.Name, i)
}

// readRun prints the statements that read bit fields that share bytes.
func (s *scope) readRun(st step, i int) {
	var table []string
	first := 0
	for _, fl := range st.fields {
		table = append(table, fmt.Sprintf("{Name: %q, First: %d, Bits: %d}", fl.Name, first, fl.Type.Bits))
		first += fl.Type.Bits
	}
	name := fmt.Sprintf("run%s%d", s.name, i)
	s.g.runs[name] = fmt.Sprintf("var %s = []codec.BitField{%s}", name, strings.Join(table, ", "))
	consts, uses := false, false
	for _, fl := range st.fields {
		consts = consts || fl.Type.Const != nil
		uses = uses || fl.Type.Const != nil || !fl.Type.Ignore
	}
	if consts {
		s.f.p("at%d := d.Offset()", i)
	}
	if !uses {
		s.f.p("d.Run(%d, %s)", st.size, name)
		return
	}
	r := fmt.Sprintf("r%d", i)
	s.f.p("%s := d.Run(%d, %s)", r, st.size, name)
	first = 0
	for _, fl := range st.fields {
		bits := bitsOf(r, 8*st.size, first, fl.Type)
		switch {
		case len(fl.Counts) > 0:
			s.f.p("%s = %s", lengthVar(fl), bits)
		case fl.Type.Const != nil:
			at := fmt.Sprintf("at%d", i)
			if first >= 8 {
				at += fmt.Sprintf("+%d", first/8)
			}
			s.f.p("d.Const(%q, %s, %d, %s, &%s)", fl.Name, at, first%8, fmt.Sprintf("%s == %d", strings.TrimSuffix(bits, " != 0"), constBits(fl.Type)), s.limits(fl, fl.Type, ""))
		case fl.Type.Ignore:
		default:
			is := "uint64"
			if fl.Type.Kind == spec.KindBool {
				is = "bool"
			}
			s.f.p("%s = %s", s.field(fl), s.g.convert(bits, is, s.g.goType(fl.Type)))
		}
		first += fl.Type.Bits
	}
}

// bitsOf is the expression for the bits of a field that begins at bit first of r, which has size bits: a uint64, or a
// bool.
func bitsOf(r string, size, first int, t *spec.Type) string {
	x := r
	if shift := size - first - t.Bits; shift > 0 {
		x = fmt.Sprintf("%s>>%d", r, shift)
	}
	if first > 0 {
		x += fmt.Sprintf("&%#x", uint64(1)<<t.Bits-1)
	}
	if t.Kind == spec.KindBool {
		x += " != 0"
	}
	return x
}

// call is the expression that reads a value, without a conversion. It is "" for what one expression cannot read.
func (s *scope) call(fl *spec.Field, t *spec.Type, suffix string) string {
	counted := fl.Type == t && s.countedBy(fl) != nil
	switch t.Kind {
	case spec.KindUint:
		if t.Varint > 0 {
			return fmt.Sprintf("d.Varint(%q, %d)", fl.Name, t.Varint)
		}
		return fmt.Sprintf("d.U%d(%q)", 8*t.Width, fl.Name)
	case spec.KindInt:
		return fmt.Sprintf("int%d(d.U%d(%q))", 8*t.Width, 8*t.Width, fl.Name)
	case spec.KindBool:
		return fmt.Sprintf("d.Bool(%q, &%s)", fl.Name, s.limits(fl, t, suffix))
	case spec.KindString, spec.KindBytes:
		what := map[spec.Kind]string{spec.KindString: "String", spec.KindBytes: "Bytes"}[t.Kind]
		switch {
		case t.Nullable:
			return fmt.Sprintf("d.Nullable(%q, %d)", fl.Name, t.LenWidth)
		case t.LenWidth > 0:
			return fmt.Sprintf("d.%s(%q, %d)", what, fl.Name, t.LenWidth)
		case t.Until != nil:
			return fmt.Sprintf("d.%sUntil(%q, %d)", what, fl.Name, *t.Until)
		case counted:
			return fmt.Sprintf("d.%sOf(%q, %s)", what, fl.Name, s.lengthOf(fl))
		case t.Const != nil:
			return fmt.Sprintf("d.%sOf(%q, %d)", what, fl.Name, constSize(t))
		}
	case spec.KindRest:
		if counted {
			return fmt.Sprintf("d.BytesOf(%q, %s)", fl.Name, s.lengthOf(fl))
		}
		return "d.Rest()"
	}
	return ""
}

// gives is the Go type of what call reads.
func gives(t *spec.Type) string {
	switch t.Kind {
	case spec.KindUint:
		if t.Varint > 0 {
			return "uint64"
		}
		return uintType(t.Width)
	case spec.KindInt:
		return fmt.Sprintf("int%d", 8*t.Width)
	case spec.KindBool:
		return "bool"
	case spec.KindString:
		return "string"
	}
	return "[]byte"
}

// read prints the statements that read a value of type t, the type of fl or of elements in it, into x. If declare is set,
// x is a variable that they declare.
func (s *scope) read(x string, declare bool, fl *spec.Field, t *spec.Type, depth int, suffix string) {
	assign := "="
	if declare {
		assign = ":="
	}
	if call := s.call(fl, t, suffix); call != "" {
		s.f.p("%s %s %s", x, assign, s.g.convert(call, gives(t), s.g.goType(t)))
		return
	}
	if declare {
		s.f.p("var %s %s", x, s.g.goType(t))
	}
	switch t.Kind {
	case spec.KindArray:
		s.readArray(x, fl, t, depth, suffix)
	case spec.KindStruct:
		s.f.p("if d.OK() {\nat := d.Offset()\n%s.decode(d)\nd.Within(%q, at)\n}", x, fl.Name)
	default:
		s.f.p("d.Fixed(%q, %s[:])", fl.Name, x)
	}
}

// readArray prints the loop over the elements. Of an array that is too long no more are kept than the check needs to see
// that; all of them are read, because the layout is judged first.
func (s *scope) readArray(x string, fl *spec.Field, t *spec.Type, depth int, suffix string) {
	f := s.f
	i, n, off, v := fmt.Sprintf("i%d", depth), fmt.Sprintf("n%d", depth), fmt.Sprintf("at%d", depth), fmt.Sprintf("v%d", depth)
	bounded := t.Max != nil && *t.Max < widest(t.LenWidth)
	switch {
	case t.LenWidth > 0:
		keep := n
		if bounded {
			keep = fmt.Sprintf("min(%s, %d)", n, *t.Max+1)
		}
		f.p("if %s := d.Count(%q, %d, %d); %s > 0 {", n, fl.Name, t.LenWidth, smallest(t.Elem), n)
		s.room(x, keep, t)
		f.p("for %s := range %s {", i, n)
	case t.Until != nil:
		f.p("for %s, start := 0, d.Offset(); d.More(%q, start, %d); %s++ {", i, fl.Name, *t.Until, i)
	default:
		if size, ok := fixedSize(t.Elem); ok {
			keep := n
			if bounded {
				keep = fmt.Sprintf("min(%s, %d)", n, *t.Max+1)
			}
			f.p("if %s := d.Remaining() / %d; %s > 0 {", n, size, n)
			s.room(x, keep, t)
			f.p("}")
		}
		f.p("for %s := 0; d.Left(); %s++ {", i, i)
	}
	if notes(t.Elem) {
		f.p("%s := d.Offset()", off)
		s.read(v, true, fl, t.Elem, depth+1, suffix+"Element")
		f.p("d.Index(%q, %s, %s)\nif !d.OK() {\nbreak\n}", fl.Name, off, i)
	} else {
		s.read(v, true, fl, t.Elem, depth+1, suffix+"Element")
		f.p("if !d.OK() {\nd.IndexError(%q, %s)\nbreak\n}", fl.Name, i)
	}
	if bounded {
		f.p("if %s <= %d {\n%s = append(%s, %s)\n}", i, *t.Max, x, x, v)
	} else {
		f.p("%s = append(%s, %s)", x, x, v)
	}
	f.p("}")
	if t.LenWidth > 0 {
		f.p("}")
	}
}

// room prints the statement that makes a slice of t at x for so many elements. A message that is not plain may have one
// that is used again.
func (s *scope) room(x, keep string, t *spec.Type) {
	mk := fmt.Sprintf("%s = make(%s, 0, %s)", x, s.g.goType(t), keep)
	if s.header != "" && strings.HasPrefix(x, "m.") {
		mk = fmt.Sprintf("if cap(%s) < %s {\n%s\n}", x, keep, mk)
	}
	s.f.p("%s", mk)
}

// notes reports whether reading a value may note a breach that is judged later, so that its path must be told even if
// nothing is wrong so far.
func notes(t *spec.Type) bool {
	switch t.Kind {
	case spec.KindBool:
		return t.Bits == 0 || t.Const != nil
	case spec.KindArray:
		return notes(t.Elem)
	case spec.KindStruct:
		for _, fl := range t.Fields {
			if notes(fl.Type) {
				return true
			}
		}
	}
	return t.Const != nil
}
