package gen

import (
	"fmt"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

// writes prints the statements that append the fields of the scope to dst. All lengths are known to fit.
func (s *scope) writes() {
	for _, st := range steps(s.fields) {
		s.present(st.fields[0], func() {
			if st.size > 0 {
				s.writeRun(st)
			} else {
				s.writeField(st.fields[0])
			}
		})
	}
}

// writeField prints the statements that append a field, value or not.
func (s *scope) writeField(fl *spec.Field) {
	t := fl.Type
	switch {
	case len(fl.Counts) > 0:
		s.writeNumber(s.sum(fl), "int", t)
	case t.Const != nil:
		s.writeConst(t)
	case t.Ignore:
		if n, ok := fixedSize(t); ok && n > 0 {
			s.f.p("dst = append(dst, %s)", strings.TrimSuffix(strings.Repeat("0, ", n), ", "))
		}
	default:
		s.write(s.field(fl), t, 0)
	}
}

func (s *scope) writeConst(t *spec.Type) {
	switch t.Kind {
	case spec.KindUint, spec.KindInt, spec.KindBool:
		s.writeNumber(s.number(t), "", t)
	default:
		text := t.Const.Str
		if t.Kind != spec.KindString {
			text = string(t.Const.Bytes)
		}
		if t.LenWidth > 0 {
			s.writeUint(fmt.Sprint(len(text)), "", t.LenWidth)
		}
		if text != "" {
			s.f.p("dst = append(dst, %q...)", text)
		}
		if t.Until != nil {
			s.f.p("dst = append(dst, %d)", *t.Until)
		}
	}
}

// number is a constant as Go code.
func (s *scope) number(t *spec.Type) string {
	if t.Kind == spec.KindInt {
		return fmt.Sprint(int64(t.Const.Uint))
	}
	return fmt.Sprint(constBits(t))
}

// writeNumber prints the statement that appends x, of a Go type ("" for a constant), as a number of type t.
func (s *scope) writeNumber(x, is string, t *spec.Type) {
	switch {
	case t.Varint > 0:
		s.f.p("dst = codec.AppendVarint(dst, %s)", s.as(x, is, "uint64"))
	case t.Kind == spec.KindBool:
		s.f.p("dst = append(dst, %s)", x)
	default:
		s.writeUint(x, is, t.Width)
	}
}

// as converts what is no constant.
func (s *scope) as(x, is, want string) string {
	if is == "" {
		return x
	}
	return s.g.convert(x, is, want)
}

// writeUint prints the statement that appends x, a number of the given Go type, "" for a constant.
func (s *scope) writeUint(x, is string, width int) {
	order, suffix := "BigEndian", ""
	if !s.g.p.BigEndian {
		order, suffix = "LittleEndian", "LE"
	}
	wide := uintType(width)
	if is == "" && strings.HasPrefix(x, "-") {
		x = fmt.Sprintf("1<<%d%s", 8*width, x) // two's complement
	}
	switch width {
	case 1:
		s.f.p("dst = append(dst, %s)", s.as(x, is, wide))
	case 3:
		s.f.p("dst = codec.AppendU24%s(dst, %s)", suffix, s.as(x, is, wide))
	default:
		s.f.use("encoding/binary")
		s.f.p("dst = binary.%s.AppendUint%d(dst, %s)", order, 8*width, s.as(x, is, wide))
	}
}

// writeRun prints the statement that appends bit fields that share bytes.
func (s *scope) writeRun(st step) {
	var parts []string
	shift := 8 * st.size
	for _, fl := range st.fields {
		shift -= fl.Type.Bits
		if x := s.bits(fl, s.field(fl)); x != "" {
			parts = append(parts, shifted(x, shift))
		}
	}
	s.writeBits(parts, st.size)
}

// bits is the Go expression, a uint64, for a bit field whose value is x; "" for zero.
func (s *scope) bits(fl *spec.Field, x string) string {
	t := fl.Type
	switch {
	case len(fl.Counts) > 0:
		return "uint64(" + s.sum(fl) + ")"
	case t.Const != nil:
		if v := constBits(t); v > 0 {
			return fmt.Sprint(v)
		}
		return ""
	case t.Ignore:
		return ""
	case t.Kind == spec.KindBool:
		return "codec.Bit(" + s.g.convert(x, s.g.goType(t), "bool") + ")"
	}
	return s.g.convert(x, s.g.goType(t), "uint64")
}

func shifted(x string, shift int) string {
	if shift == 0 {
		return x
	}
	return fmt.Sprintf("%s<<%d", x, shift)
}

// writeBits prints the statement that appends a run of bits, given in parts.
func (s *scope) writeBits(parts []string, size int) {
	x := strings.Join(parts, " | ")
	if x == "" {
		x = "0"
	}
	if size == 1 {
		s.f.p("dst = append(dst, byte(%s))", x)
		return
	}
	s.f.p("dst = codec.AppendRun(dst, %d, %s)", size, x)
}

// counts are the fields of the body that by counts.
func (s *scope) counts(by *spec.Field) (out []*spec.Field) {
	for _, fl := range s.fields {
		if contains(by.Counts, fl.Name) {
			out = append(out, fl)
		}
	}
	return out
}

// sum is the Go expression, an int, for the bytes that a length counts in the body. If one of them may be absent, it
// prints the statements that find out.
func (s *scope) sum(by *spec.Field) string {
	var parts []string
	conditional := false
	for _, fl := range s.counts(by) {
		parts = append(parts, s.sizeOf(fl))
		conditional = conditional || fl.If != nil && !(by.If != nil && sameIf(by, fl))
	}
	if len(parts) == 0 {
		return "0"
	}
	if !conditional {
		return strings.Join(parts, " + ")
	}
	n := lengthVar(by)
	s.f.p("%s := 0", n)
	for i, fl := range s.counts(by) {
		s.present(fl, func() { s.f.p("%s += %s", n, parts[i]) })
	}
	return n
}

// sizeOf is the Go expression, an int, for the bytes of a field that is there.
func (s *scope) sizeOf(fl *spec.Field) string {
	n, ok := fixedSize(fl.Type)
	switch {
	case ok:
		return fmt.Sprint(n)
	case fl.Type.Ignore:
		return "0"
	case fl.Type.Kind == spec.KindStruct:
		return s.field(fl) + ".size()"
	}
	return "len(" + s.field(fl) + ")"
}

// write prints the statements that append a value. Its length is known to fit.
func (s *scope) write(x string, t *spec.Type, depth int) {
	f, g := s.f, s.g
	switch t.Kind {
	case spec.KindUint:
		s.writeNumber(x, g.goType(t), t)
	case spec.KindInt:
		s.writeUint(x, g.goType(t), t.Width)
	case spec.KindBool:
		f.p("dst = codec.AppendBool(dst, %s)", g.convert(x, g.goType(t), "bool"))
	case spec.KindRest:
		f.p("dst = append(dst, %s...)", x)
	case spec.KindStruct:
		f.p("dst = %s.append(dst)", x)
	case spec.KindString, spec.KindBytes:
		switch {
		case t.Nullable:
			f.p("if %s == nil {\ndst = append(dst, %s)\n} else {", x, strings.TrimSuffix(strings.Repeat("0xff, ", t.LenWidth), ", "))
			s.writeUint("len("+x+")", "int", t.LenWidth)
			f.p("dst = append(dst, %s...)\n}", x)
		case t.LenWidth > 0:
			s.writeUint("len("+x+")", "int", t.LenWidth)
			f.p("dst = append(dst, %s...)", x)
		case t.Size > 0:
			f.p("dst = append(dst, %s[:]...)", x)
		default:
			f.p("dst = append(dst, %s...)", x)
			if t.Until != nil {
				f.p("dst = append(dst, %d)", *t.Until)
			}
		}
	case spec.KindArray:
		if t.LenWidth > 0 {
			s.writeUint("len("+x+")", "int", t.LenWidth)
		}
		v := fmt.Sprintf("v%d", depth)
		if t.Elem.Kind == spec.KindStruct { // its methods want a pointer
			i := fmt.Sprintf("i%d", depth)
			f.p("for %s := range %s {\n%s := &%s[%s]", i, x, v, x, i)
		} else {
			f.p("for _, %s := range %s {", v, x)
		}
		s.write(v, t.Elem, depth+1)
		f.p("}")
		if t.Until != nil {
			f.p("dst = append(dst, %d)", *t.Until)
		}
	}
}
