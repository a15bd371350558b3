package gen

import (
	"fmt"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

// message generates one message: its struct, and the methods that encode, decode and judge it.
func (g *goCodec) message(m *spec.Message) {
	f := g.file(strings.ToLower(m.Name))
	f.use(runtimePath)
	name := messageName(m)
	g.messageDoc(f, m)
	f.p("type %s struct {", name)
	for _, fl := range m.Fields {
		if skipped(fl) {
			continue
		}
		doc := fl.Doc
		if fl.If != nil {
			doc += " (only if " + fl.If.Field.Name + " is " + strings.Join(fl.If.Names, " or ") + ")"
		}
		if u := fl.Type.Unit; u != "" {
			doc += ", in " + u
		}
		f.p("%s %s // %s", fieldName(fl), g.goType(fl.Type), strings.Join(strings.Fields(doc), " "))
	}
	f.p("}\n")

	f.doc("Opcode returns " + opName(m) + ".")
	f.p("func (*%s) Opcode() Opcode { return %s }\n", name, opName(m))
	if m.From == spec.FromClient {
		f.p("func (*%s) client() {}\n", name)
		if len(g.p.Features) > 0 {
			g.needs(f, m)
		}
	} else {
		f.p("func (*%s) server() {}\n", name)
	}
	g.encode(f, m)
	g.unmarshal(f, m)
	w := &bodyWriter{g: g, f: f, m: m}
	w.decode()
	w.check()
}

func (g *goCodec) messageDoc(f *goFile, m *spec.Message) {
	side := "server"
	if m.From == spec.FromClient {
		side = "client"
	}
	head := fmt.Sprintf("%s is the message %s of the %s.", messageName(m), m.Name, side)
	var facts []string
	if m.From == spec.FromClient {
		facts = append(facts, "Legal when "+join(m.In, func(s *spec.State) string { return s.Name })+".")
		if m.Reply != nil {
			facts = append(facts, "The reply is "+m.Reply.Name+".")
		} else {
			facts = append(facts, "Success is silent.")
		}
		if len(m.Errors) > 0 {
			facts = append(facts, "Errors: "+join(m.Errors, func(e *spec.Error) string { return e.Name })+".")
		}
	}
	if m.Feature != nil {
		facts = append(facts, "Only with the feature "+m.Feature.Name+".")
	}
	facts = append(facts, g.section(m.Name)+".")
	f.doc(head+" "+m.Doc, strings.Join(facts, " "))
}

// skipped reports whether a field has no place in the struct.
func skipped(fl *spec.Field) bool { return fl.Type.Kind == spec.KindRest && fl.Type.Ignore }

// needs generates the method that tells which features a request needs.
func (g *goCodec) needs(f *goFile, m *spec.Message) {
	f.doc("Needs returns the features that the request, and the values in it, belong to.")
	f.p("func (m *%s) Needs() Features {", messageName(m))
	base := "0"
	if m.Feature != nil {
		base = featureName(m.Feature)
	}
	var cases []string
	for _, fl := range m.Fields {
		if fl.Type.Enum == nil {
			continue
		}
		var arms []string
		for _, v := range fl.Type.Enum.Values {
			if v.Feature != nil {
				arms = append(arms, fmt.Sprintf("case %d:\nneeds |= %s", v.Value, featureName(v.Feature)))
			}
		}
		if len(arms) > 0 {
			cases = append(cases, fmt.Sprintf("switch m.%s {\n%s\n}", fieldName(fl), strings.Join(arms, "\n")))
		}
	}
	if len(cases) == 0 {
		f.p("return %s\n}\n", base)
		return
	}
	f.p("needs := Features(%s)\n%s\nreturn needs\n}\n", base, strings.Join(cases, "\n"))
}

// condition is the Go expression for the presence of a conditional field.
func (g *goCodec) condition(fl *spec.Field) string {
	by := fl.If.Field
	var alternatives []string
	for i, v := range fl.If.Values {
		if by.Type.Kind == spec.KindBool {
			not := "!"
			if v != 0 {
				not = ""
			}
			alternatives = append(alternatives, not+"m."+fieldName(by))
			continue
		}
		x := fmt.Sprint(v)
		switch {
		case by.Type.ErrorSet && by.Type.Name == "" && g.p.ErrorByCode(v) != nil:
			x = codeName(g.p.ErrorByCode(v))
		case by.Type.Enum != nil && by.Type.Name == "":
			for _, ev := range by.Type.Enum.Values {
				if ev.Value == v && ev.Name == fl.If.Names[i] {
					x = enumName(by.Type.Enum, ev)
				}
			}
		}
		alternatives = append(alternatives, fmt.Sprintf("m.%s == %s", fieldName(by), x))
	}
	return strings.Join(alternatives, " || ")
}

func (g *goCodec) encode(f *goFile, m *spec.Message) {
	name := messageName(m)
	f.doc("AppendBinary appends the body of the message to dst and returns the extended buffer. A value outside its limits is " +
		"a *codec.Error; dst is then returned as it was. Characters beyond ASCII are not judged.")
	f.p("func (m *%s) AppendBinary(dst []byte) ([]byte, error) {", name)
	f.p("if err := m.Validate(nil); err != nil {\nreturn dst, err\n}")
	for _, fl := range m.Fields {
		if skipped(fl) {
			continue
		}
		if fl.If != nil {
			f.p("if %s {", g.condition(fl))
		}
		g.write(f, "m."+fieldName(fl), fl.Type, 0)
		if fl.If != nil {
			f.p("}")
		}
	}
	f.p("return dst, nil\n}\n")

	f.doc("Validate returns the first limit that a value of the message breaks, as a *codec.Error with the offset that the " +
		"field would have in the frame. A nil p lets characters beyond ASCII through.")
	f.p("func (m *%s) Validate(p codec.Profiles) error {", name)
	f.p("c := codec.NewChecker(&wire, %q, p)\nm.check(&c)\nreturn c.Err()\n}\n", m.Name)
}

// write prints the statements that append a value. Its length is known to fit.
func (g *goCodec) write(f *goFile, x string, t *spec.Type, depth int) {
	switch t.Kind {
	case spec.KindUint:
		g.writeUint(f, x, g.goType(t), t.Width)
	case spec.KindBool:
		f.p("dst = codec.AppendBool(dst, %s)", g.convert(x, g.goType(t), "bool"))
	case spec.KindRest:
		f.p("dst = append(dst, %s...)", x)
	case spec.KindString, spec.KindBytes:
		if t.LenWidth > 0 {
			g.writeUint(f, "len("+x+")", "int", t.LenWidth)
			f.p("dst = append(dst, %s...)", x)
			return
		}
		f.p("dst = append(dst, %s[:]...)", x)
	case spec.KindArray:
		g.writeUint(f, "len("+x+")", "int", t.LenWidth)
		v := fmt.Sprintf("v%d", depth)
		f.p("for _, %s := range %s {", v, x)
		g.write(f, v, t.Elem, depth+1)
		f.p("}")
	}
}

// writeUint prints the statement that appends x, a number of the given Go type.
func (g *goCodec) writeUint(f *goFile, x, is string, width int) {
	order, suffix := "BigEndian", ""
	if !g.p.BigEndian {
		order, suffix = "LittleEndian", "LE"
	}
	switch width {
	case 1:
		f.p("dst = append(dst, %s)", g.convert(x, is, "uint8"))
	case 3:
		f.p("dst = codec.AppendU24%s(dst, %s)", suffix, g.convert(x, is, "uint32"))
	default:
		f.use("encoding/binary")
		f.p("dst = binary.%s.AppendUint%d(dst, %s)", order, 8*width, g.convert(x, is, uintType(width)))
	}
}

func (g *goCodec) unmarshal(f *goFile, m *spec.Message) {
	name := messageName(m)
	f.doc("UnmarshalBinary decodes the body of a frame, and judges its layout and then its limits; characters beyond ASCII are " +
		"not judged. The message is overwritten as a whole and owns its memory. The error is a *codec.Error; the message is then empty.")
	f.p("func (m *%s) UnmarshalBinary(body []byte) error {\nreturn m.unmarshal(body, codec.Copied, nil)\n}\n", name)
	f.doc("UnmarshalView is UnmarshalBinary without copying: strings and bytes of the message alias body, and are valid only as long as it does not change.")
	f.p("func (m *%s) UnmarshalView(body []byte) error {\nreturn m.unmarshal(body, codec.Viewed, nil)\n}\n", name)
	f.p("func (m *%s) unmarshal(body []byte, memory codec.Memory, p codec.Profiles) error {", name)
	f.p("*m = %s{}\nd := codec.NewDecoder(&wire, %q, body, memory, p)\nm.decode(&d)", name, m.Name)
	f.p("if d.End() {\nc := d.Checker(0)\nm.check(&c)\nd.Judge(&c, 0)\n}")
	f.p("if err := d.Err(); err != nil {\n*m = %s{}\nreturn err\n}\nreturn nil\n}\n", name)
}
