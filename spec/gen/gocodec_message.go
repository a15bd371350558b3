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
	s := &scope{g: g, f: f, name: name, x: "m", fields: m.Fields}
	if !g.plain {
		s.head, s.header = g.headOf(m), g.headerOf(m).name()
	}
	g.structFields(f, name, m.Values())

	g.opcodeOf(f, m)
	if m.SentBy(spec.FromClient) {
		f.p("func (*%s) client() {}\n", name)
		if len(g.p.Features) > 0 {
			g.needs(f, m)
		}
	}
	if m.SentBy(spec.FromServer) {
		f.p("func (*%s) server() {}\n", name)
	}
	if g.plain {
		g.encode(f, m, s)
		g.unmarshal(f, m)
	} else {
		g.encodeFrame(f, m, s)
		g.unmarshalFrame(f, m, s)
	}
	if g.plain || len(m.Fields) > 0 {
		s.decodeMethod()
	}
	s.checkMethod()
	g.structsIn(f, m.Fields)
}

// structFields prints a Go struct with fields of the table, which are values.
func (g *goCodec) structFields(f *goFile, name string, fields []*spec.Field) {
	f.p("type %s struct {", name)
	taken := map[string]bool{}
	for _, fl := range fields {
		if !fl.IsValue() {
			continue
		}
		if n := fieldName(fl); taken[n] {
			g.refuse("%s has two fields named %s in Go", name, n)
		} else {
			taken[n] = true
		}
		f.field(fieldName(fl), g.goType(fl.Type), g.fieldDoc(fl), fl.Deprecated)
	}
	f.p("}\n")
}

// field prints a field of a Go struct.
func (f *goFile) field(name, goType, doc, deprecated string) {
	if deprecated != "" {
		f.p("\n// Deprecated: %s", full(deprecated))
	}
	if doc != "" {
		doc = " // " + doc
	}
	f.p("%s %s%s", name, goType, doc)
}

// full is a text that begins with a capital and ends with a full stop.
func full(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	return strings.ToUpper(text[:1]) + strings.TrimSuffix(text[1:], ".") + "."
}

// fieldDoc is the comment behind a field.
func (g *goCodec) fieldDoc(fl *spec.Field) string {
	doc := fl.Doc
	if fl.If != nil {
		doc += " (only if " + fl.If.Field.Name + " is " + strings.Join(fl.If.Names, " or ") + ")"
	}
	if u := fl.Type.Unit; u != "" {
		doc += ", in " + u
	}
	if fl.Type.Nullable {
		doc += "; nil is no value"
	}
	if fl.Since != "" {
		doc += "; since " + fl.Since
	}
	return strings.Join(strings.Fields(doc), " ")
}

// opcodeOf generates the method that tells the opcode.
func (g *goCodec) opcodeOf(f *goFile, m *spec.Message) {
	name := messageName(m)
	if g.opcodeField(m) == nil {
		f.doc("Opcode returns 0: a " + m.Frame.Name + " frame has no opcode.")
		f.p("func (*%s) Opcode() Opcode { return 0 }\n", name)
		return
	}
	f.doc("Opcode returns " + opName(m) + ".")
	f.p("func (*%s) Opcode() Opcode { return %s }\n", name, opName(m))
}

// opcodeField is the field of the header of m that holds the opcode, or nil.
func (g *goCodec) opcodeField(m *spec.Message) *spec.Field {
	if g.plain {
		return g.op
	}
	return g.headerOf(m).op
}

func (g *goCodec) messageDoc(f *goFile, m *spec.Message) {
	head := fmt.Sprintf("%s is the message %s of %s.", messageName(m), m.Name,
		map[spec.Direction]string{spec.FromClient: "the client", spec.FromServer: "the server", spec.FromBoth: "either side"}[m.From])
	var facts []string
	if m.From != spec.FromServer {
		facts = append(facts, "Legal when "+join(m.In, func(s *spec.State) string { return s.Name })+".", replies(m))
		if len(m.Errors) > 0 {
			facts = append(facts, "Errors: "+join(m.Errors, func(e *spec.Error) string { return e.Name })+".")
		}
	}
	if m.Feature != nil {
		facts = append(facts, "Only with the feature "+m.Feature.Name+".")
	}
	if m.Since != "" {
		facts = append(facts, "Since "+m.Since+".")
	}
	facts = append(facts, g.section(m.Name)+".")
	deprecated := ""
	if m.Deprecated != "" {
		deprecated = "Deprecated: " + full(m.Deprecated)
	}
	f.doc(head+" "+m.Doc, strings.Join(facts, " "), deprecated)
}

// replies says what answers a request.
func replies(m *spec.Message) string {
	switch {
	case m.Reply != nil:
		return "The reply is " + m.Reply.Name + "."
	case len(m.Replies) == 0:
		return "Success is silent."
	}
	var all []string
	for _, r := range m.Replies {
		one := r.End.Name
		if r.Maybe {
			one += ", if at all"
		}
		if len(r.Before) > 0 {
			one = "any of " + join(r.Before, func(m *spec.Message) string { return m.Name }) + " and then " + one
		}
		if r.If != nil {
			one += " if " + r.If.Field.Name + " is " + strings.Join(r.If.Names, " or ")
		}
		all = append(all, one)
	}
	return "The reply is " + strings.Join(all, "; ") + "."
}

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

func (g *goCodec) encode(f *goFile, m *spec.Message, s *scope) {
	name := messageName(m)
	f.doc("AppendBinary appends the body of the message to dst and returns the extended buffer. A value outside its limits is " +
		"a *codec.Error; dst is then returned as it was. Characters beyond ASCII are not judged.")
	f.p("func (m *%s) AppendBinary(dst []byte) ([]byte, error) {", name)
	f.p("if err := m.Validate(nil); err != nil {\nreturn dst, err\n}")
	s.writes()
	f.p("return dst, nil\n}\n")

	f.doc("Validate returns the first limit that a value of the message breaks, as a *codec.Error with the offset that the " +
		"field would have in the frame. A nil p lets characters beyond ASCII through.")
	f.p("func (m *%s) Validate(p codec.Profiles) error {", name)
	f.p("c := codec.NewChecker(&wire, %q, p)\nm.check(&c)\nreturn c.Err()\n}\n", m.Name)
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
