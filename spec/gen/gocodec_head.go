package gen

import (
	"fmt"

	"github.com/wirelaw/wirelaw/spec"
)

// headFields are the fields of the header as the message has them.
func (s *scope) headFields() (out []*spec.Field) {
	for _, c := range s.head {
		out = append(out, c.f)
	}
	return out
}

// encodeFrame generates the encoding of a whole frame, and its judgement.
func (g *goCodec) encodeFrame(f *goFile, m *spec.Message, s *scope) {
	h := g.headerOf(m)
	f.p("func (*%s) name() string { return %q }\n", s.name, m.Name)
	f.doc("Validate returns the first limit that a value of the message breaks, as a *codec.Error with the offset that the " +
		"field would have in the frame. A nil p lets characters beyond ASCII through.")
	f.p("func (m *%s) Validate(p codec.Profiles) error {", s.name)
	f.p("c := codec.NewFrameChecker(&%s, %q, p)\nm.check(&c)\nreturn c.Err()\n}\n", h.wire(), m.Name)

	f.p("func (m *%s) appendFrame(dst []byte%s) ([]byte, error) {", s.name, g.idParam())
	f.p("c := codec.NewFrameChecker(&%s, %q, nil)\nm.check(&c)\nif err := c.Err(); err != nil {\nreturn dst, err\n}", h.wire(), m.Name)
	if h.body != nil {
		f.p("n := c.Size()\nif n > Max%sBody {", h.prefix)
		f.p("return dst, &codec.Error{\nMessage: %q, Offset: %d, Because: codec.BecauseMax,\nLimit: Max%sBody, Unit: codec.UnitBytes%s,\n}\n}",
			m.Name, h.size, h.prefix, g.demandFields(spec.CheckLength))
	}
	if h.id != nil {
		if bits := bitsIn(h.id.Type); bits < 64 && g.idType() != uintType((bits+7)/8) || bits%8 != 0 || bits == 24 {
			f.p("if id>>%d != 0 {", bits)
			f.p("return dst, &codec.Error{\nMessage: %q, Field: %q, Offset: %d, Because: codec.BecauseMax,\nLimit: %d%s,\n}\n}",
				m.Name, h.id.Name, h.offset(h.id), uint64(1)<<bits-1, g.demandFields(spec.CheckCorrelation))
		}
	}
	s.writeHead(h, m)
	s.writes()
	f.p("return dst, nil\n}\n")
}

// writeHead prints the statements that append the header. Of the body, n is the size.
func (s *scope) writeHead(h *goHeader, m *spec.Message) {
	i := 0
	for _, st := range steps(s.headFields()) {
		var parts []string
		shift := 8 * st.size
		for _, fl := range st.fields {
			c := s.head[i]
			i++
			if st.size > 0 {
				shift -= fl.Type.Bits
				if x := s.headBits(h, m, c); x != "" {
					parts = append(parts, shifted(x, shift))
				}
				continue
			}
			if x, is := s.headValue(h, m, c); fl.Type.Varint > 0 || fl.Type.Kind != spec.KindBool {
				s.writeNumber(x, is, fl.Type)
			}
		}
		if st.size > 0 {
			s.writeBits(parts, st.size)
		}
	}
}

// headValue is the Go expression for what a message writes into a field of its header, and its type; "" for a constant.
func (s *scope) headValue(h *goHeader, m *spec.Message, c *headCell) (x, is string) {
	fl := c.f
	switch {
	case fl.Type.Const != nil:
		return s.number(fl.Type), ""
	case c.of == h.op:
		return opName(m), "Opcode"
	case c.of == h.id:
		return "id", s.g.idType()
	case c.of == h.length:
		if h.own > 0 {
			return fmt.Sprintf("n+%d", h.own), "int"
		}
		return "n", "int"
	case len(fl.Counts) > 0:
		if len(s.counts(fl)) == 0 {
			return "0", ""
		}
		return s.sum(fl), "int"
	case fl.Type.Ignore:
		return "0", ""
	}
	return s.field(fl), s.g.goType(fl.Type)
}

// headBits is headValue as a uint64; "" for zero.
func (s *scope) headBits(h *goHeader, m *spec.Message, c *headCell) string {
	if c.of == h.op || c.of == h.id || c.of == h.length {
		x, is := s.headValue(h, m, c)
		return s.g.convert(x, is, "uint64")
	}
	return s.bits(c.f, s.field(c.f))
}

// judgeHead prints the statements that hold the values of the header to their limits.
func (s *scope) judgeHead() {
	judged := false
	for _, fl := range s.headFields() {
		judged = judged || fl.IsValue() && fl.Type.Kind != spec.KindBool && s.g.limited(fl.Type)
	}
	if judged {
		for _, st := range steps(s.headFields()) {
			fl := st.fields[0]
			switch {
			case st.size > 0:
				s.judgeRun(st)
			case fl.IsValue():
				s.judge(s.field(fl), fl, fl.Type, 0, "")
			default:
				s.n += bitsIn(fl.Type) / 8
			}
		}
	}
	s.n = 0
	s.f.p("c.Body()")
}

// unmarshalFrame generates the decoding of a body whose header was read.
func (g *goCodec) unmarshalFrame(f *goFile, m *spec.Message, s *scope) {
	h := g.headerOf(m)
	f.doc("Unmarshal takes over the header of a frame, whose opcode and length are not looked at, and decodes its body; it judges the layout and then the limits, " +
		"constants of the header among them; characters beyond ASCII are not judged. The message is overwritten as a whole and owns its memory. The error is a *codec.Error; the message is then empty.")
	f.p("func (m *%s) Unmarshal(h %s, body []byte) error {\nreturn m.unmarshal(h, body, codec.Copied, nil)\n}\n", s.name, h.name())
	reused, keep := "", ""
	for _, fl := range m.Fields {
		if fl.IsValue() && fl.Type.Kind == spec.KindArray {
			reused = " Slices that the message has are used again."
			keep += fmt.Sprintf("%s: m.%s[:0],\n", fieldName(fl), fieldName(fl))
		}
	}
	f.doc("UnmarshalView is Unmarshal without copying: strings and bytes of the message alias body, and are valid only as long as it does not change." + reused)
	f.p("func (m *%s) UnmarshalView(h %s, body []byte) error {\nreturn m.unmarshal(h, body, codec.Viewed, nil)\n}\n", s.name, h.name())
	f.p("func (m *%s) unmarshal(h %s, body []byte, memory codec.Memory, p codec.Profiles) error {", s.name, h.name())
	if keep == "" {
		f.p("*m = %s{}", s.name)
	} else {
		f.p("if memory == codec.Viewed {\n*m = %s{\n%s}\n} else {\n*m = %s{}\n}", s.name, keep, s.name)
	}
	f.p("d := codec.NewFrameDecoder(&%s, %q, %s, body, memory, p)", h.wire(), m.Name, h.sizeOf())
	s.readHead(h)
	if len(m.Fields) > 0 {
		f.p("m.decode(&d, h)")
	}
	f.p("if d.End() {\nc := d.FrameChecker()\nm.check(&c)\nd.JudgeFrame(&c)\n}")
	f.p("if err := d.Err(); err != nil {\n*m = %s{}\nreturn err\n}\nreturn nil\n}\n", s.name)
}

// readHead prints the statements that take the values of the header over, and judge its constants and lengths.
func (s *scope) readHead(h *goHeader) {
	for _, c := range s.head {
		fl := c.f
		t := fl.Type
		whole := "h." + goName(c.of.Name)
		x, is := whole, s.g.headFieldType(h, c.of)
		if bits := bitsIn(c.of.Type); bits != bitsIn(t) {
			if c.shift > 0 {
				x = fmt.Sprintf("%s>>%d", whole, c.shift)
			}
			if c.shift+bitsIn(t) < bits {
				x = fmt.Sprintf("%s&%#x", x, uint64(1)<<bitsIn(t)-1)
			}
		}
		part := bitsIn(c.of.Type) != bitsIn(t)
		switch {
		case t.Const != nil && part:
			s.f.p("d.HeadConst(%q, %d, %d, %s == %d, &%s)", fl.Name, c.off, c.bit, x, constBits(t), s.limits(fl, t, ""))
		case t.Const != nil:
			s.f.p("d.HeadConst(%q, %d, %d, %s, &%s)", fl.Name, c.off, c.bit, isConst(x, t), s.limits(fl, t, ""))
		case len(fl.Counts) == 1 && c.of != h.length && !s.has(fl.Counts[0]):
			s.f.p("d.Length(%q, %d, uint64(%s), 0)", fl.Name, c.off, x)
		case fl.IsValue() && part && t.Kind == spec.KindBool:
			s.f.p("%s = %s", s.field(fl), s.g.convert(x+" != 0", "bool", s.g.goType(t)))
		case fl.IsValue():
			s.f.p("%s = %s", s.field(fl), s.g.convert(x, is, s.g.goType(t)))
		}
	}
}

// has reports whether the body has a field of that name.
func (s *scope) has(name string) bool {
	for _, fl := range s.fields {
		if fl.Name == name {
			return true
		}
	}
	return false
}
