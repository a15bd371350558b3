package gen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

// namedTypes writes the types of the table, structs as classes.
func (g *python) namedTypes() {
	g.f("\n\n# The types of the table.\n")
	for _, t := range g.p.Types {
		g.structs(t, t.Name)
		text := g.literal(t)
		if g.types[text] == "" && t.Kind != spec.KindStruct {
			name := "_" + t.Name
			g.types[text] = name
			g.comment(t.Doc)
			g.f("%s = %s\n", name, text)
		}
	}
}

// structs writes the classes of the structs in a type, the innermost first. name is for those that have none.
func (g *python) structs(t *spec.Type, name string) {
	if t.Name != "" {
		name = t.Name
	}
	switch t.Kind {
	case spec.KindArray:
		g.structs(t.Elem, name)
	case spec.KindStruct:
		if g.classes[g.structKey(t)] != "" {
			return
		}
		for _, f := range t.Fields {
			g.structs(f.Type, name+"_"+f.Name)
		}
		g.f("\n\n@dataclasses.dataclass\nclass %s:\n%s\n", g.class(g.structKey(t), name), g.doc("    ", sentence(t.Doc), ""))
		g.attributes(t.Fields)
		g.f("    FIELDS: ClassVar[Tuple[Field, ...]] = (\n")
		g.fieldList("        ", t.Fields)
		g.f("    )\n\n\n")
	}
}

// structKey is what stands for a struct: the fields of a named type are the same wherever it is used.
func (g *python) structKey(t *spec.Type) any {
	if len(t.Fields) > 0 {
		return t.Fields[0]
	}
	return t
}

// message writes the class of a message.
func (g *python) message(m *spec.Message) {
	for _, f := range m.Fields {
		g.structs(f.Type, m.Name+"_"+f.Name)
	}
	from := map[spec.Direction]string{spec.FromClient: "a client", spec.FromServer: "a server", spec.FromBoth: "both sides"}[m.From]
	about := m.Doc
	for _, s := range []struct{ word, text string }{{"Since ", m.Since}, {"Deprecated: ", m.Deprecated}} {
		if s.text != "" {
			about = strings.TrimSpace(about) + "\n\n" + s.word + strings.TrimSuffix(s.text, ".") + "."
		}
	}
	g.f("\n\n@dataclasses.dataclass\nclass %s(Message):\n%s\n", g.class(m, m.Name), g.doc("    ", fmt.Sprintf("%s, of %s.", m.Name, from), about))
	g.attributes(slices.Concat(m.Head, m.Fields))
	g.f("    SPEC: ClassVar[Spec] = Spec(\n        %s, %#x, %s, LAYOUTS[%s],\n", pyString(m.Name), m.Code, pyString(string(m.From)), pyString(m.Frame.Name))
	if slices.Equal(m.Head, headerOf(m.Frame)) {
		g.f("        head=LAYOUTS[%s].fields,\n", pyString(m.Frame.Name))
	} else {
		g.f("        head=(\n")
		g.fieldList("            ", m.Head)
		g.f("        ),\n")
	}
	if len(m.Fields) > 0 {
		g.f("        fields=(\n")
		g.fieldList("            ", m.Fields)
		g.f("        ),\n")
	}
	if len(m.In) > 0 {
		var in []string
		for _, s := range m.In {
			in = append(in, pyString(s.Name)+",")
		}
		g.f("        states=(%s),\n", strings.Join(in, " "))
	}
	if places := placesOf(g.p, m); len(places) > 0 {
		g.f("        places=(\n")
		for _, x := range places {
			g.f("            Place(%s, %s, %d, %d, 0x%x),\n", pyString(x.field), pyBool(x.body), x.bit, x.bits, x.want)
		}
		g.f("        ),\n")
	}
	g.f("    )\n")
}

// headerOf returns the fields of a layout without its body.
func headerOf(f *spec.Frame) []*spec.Field {
	body := f.Body()
	return slices.DeleteFunc(slices.Clone(f.Fields), func(x *spec.Field) bool { return x == body })
}

// isAttr reports whether a field is an attribute: a value, or the correlation.
func isAttr(f *spec.Field) bool { return f.IsValue() || f.Role == spec.RoleCorrelation }

func (g *python) attributes(fields []*spec.Field) {
	for _, f := range fields {
		if !isAttr(f) {
			continue
		}
		typ, zero := g.hint(f.Type), g.zero(f.Type)
		if f.If != nil || f.Type.Nullable {
			typ, zero = "Optional["+typ+"]", "None"
		}
		if f.Type.Secret {
			zero = fmt.Sprintf("dataclasses.field(default=%s, repr=False)", zero)
		}
		g.f("    %s: %s = %s%s\n", attr(f.Name), typ, zero, g.remark(f.Doc, f.Since, f.Deprecated))
	}
}

func (g *python) fieldList(indent string, fields []*spec.Field) {
	for _, f := range fields {
		g.f("%s%s,\n", indent, g.field(f))
	}
}

// field is the literal of a field.
func (g *python) field(f *spec.Field) string {
	args := []string{pyString(f.Name), g.typeRef(f.Type)}
	add := func(key, value string) { args = append(args, key+"="+value) }
	if isAttr(f) {
		add("attr", pyString(attr(f.Name)))
	}
	if f.Role != spec.RoleNone {
		add("role", pyString(string(f.Role)))
	}
	if len(f.Counts) > 0 {
		var names []string
		for _, n := range f.Counts {
			names = append(names, pyString(n)+",")
		}
		add("counts", "("+strings.Join(names, " ")+")")
	}
	if f.CountedBy != nil {
		add("counted_by", pyString(f.CountedBy.Name))
	}
	if f.Early {
		add("early", "True")
	}
	if f.If != nil {
		var values []string
		for _, v := range f.If.Values {
			values = append(values, fmt.Sprint(v))
		}
		add("when", fmt.Sprintf("(%s, frozenset([%s]))", pyString(f.If.Field.Name), strings.Join(values, ", ")))
	}
	if f.From == spec.FromClient || f.From == spec.FromServer {
		add("side", pyString(string(f.From)))
	}
	return "Field(" + strings.Join(args, ", ") + ")"
}

// typeRef is a named type, or the literal of a type.
func (g *python) typeRef(t *spec.Type) string {
	text := g.literal(t)
	if name := g.types[text]; name != "" {
		return name
	}
	return text
}

// literal is the literal of a type.
func (g *python) literal(t *spec.Type) string {
	args := []string{pyString(string(t.Kind))}
	add := func(key string, value any) { args = append(args, fmt.Sprintf("%s=%v", key, value)) }
	num := func(key string, n int) {
		if n != 0 {
			add(key, n)
		}
	}
	if t.Kind == spec.KindBool && t.Bits == 0 {
		add("width", 1)
	} else {
		num("width", t.Width)
	}
	num("bits", t.Bits)
	num("varint", t.Varint)
	num("length", t.LenWidth)
	num("size", t.Size)
	if t.Until != nil {
		add("until", *t.Until)
	}
	if t.ToEnd {
		add("to_end", "True")
	}
	if t.Nullable {
		add("nullable", "True")
	}
	if t.Elem != nil {
		add("of", g.typeRef(t.Elem))
	}
	switch c := g.classes[g.structKey(t)]; {
	case t.Kind == spec.KindStruct:
		args = append(args, "fields="+c+".FIELDS", "make="+c)
	case t.Enum != nil:
		c = g.classes[t.Enum]
		add("make", c)
		if !t.Enum.Open {
			add("values", "frozenset("+c+")")
		}
	case t.Flags && len(g.p.Features) > 0:
		add("make", g.classes["features"])
	case t.ErrorSet && g.classes["errors"] != "":
		add("make", g.classes["errors"])
	}
	if t.Ignore {
		add("ignore", "True")
	}
	if t.Const != nil {
		add("const", g.constant(t))
	}
	for _, l := range []struct {
		key string
		n   *uint64
	}{{"min", t.Min}, {"max", t.Max}} {
		if l.n != nil && t.Kind == spec.KindInt {
			add(l.key, int64(*l.n))
		} else if l.n != nil {
			add(l.key, *l.n)
		}
	}
	if t.Chars != nil {
		add("chars", fmt.Sprintf("(%d, %d)", t.Chars.Min, t.Chars.Max))
	}
	if t.ASCII != nil {
		var set []byte
		for b := byte(0); b < 128; b++ {
			if t.ASCII.Contains(b) {
				set = append(set, b)
			}
		}
		add("ascii", pyString(string(set)))
	}
	if t.Profile != nil {
		add("profile", "True")
	}
	if t.Error != nil {
		add("error", pyString(t.Error.Name))
	}
	return "Type(" + strings.Join(args, ", ") + ")"
}

func (g *python) constant(t *spec.Type) string {
	switch t.Kind {
	case spec.KindInt:
		return fmt.Sprint(int64(t.Const.Uint))
	case spec.KindBool:
		return pyBool(t.Const.Bool)
	case spec.KindString:
		return pyString(t.Const.Str)
	case spec.KindBytes:
		return pyBytes(t.Const.Bytes)
	}
	return fmt.Sprint(t.Const.Uint)
}

// hint is the type of an attribute.
func (g *python) hint(t *spec.Type) string {
	switch t.Kind {
	case spec.KindUint, spec.KindInt:
		if t.Enum != nil && !t.Enum.Open {
			return g.classes[t.Enum]
		}
		if t.Flags {
			return g.classes["features"]
		}
		return "int"
	case spec.KindBool:
		return "bool"
	case spec.KindString:
		return "str"
	case spec.KindArray:
		return "List[" + g.hint(t.Elem) + "]"
	case spec.KindStruct:
		return g.classes[g.structKey(t)]
	}
	return "bytes"
}

// zero is the default of an attribute.
func (g *python) zero(t *spec.Type) string {
	switch t.Kind {
	case spec.KindUint, spec.KindInt:
		if t.Enum != nil && !t.Enum.Open {
			return g.classes[t.Enum] + "(" + fmt.Sprint(smallestValue(t.Enum)) + ")"
		}
		if t.Flags {
			return g.classes["features"] + "(0)"
		}
		return "0"
	case spec.KindBool:
		return "False"
	case spec.KindString:
		return `""`
	case spec.KindArray:
		return "dataclasses.field(default_factory=list)"
	case spec.KindStruct:
		return fmt.Sprintf("dataclasses.field(default_factory=%s)", g.classes[g.structKey(t)])
	}
	return pyBytes(make([]byte, t.Size))
}

func smallestValue(e *spec.Enum) uint64 {
	n := e.Values[0].Value
	for _, v := range e.Values {
		n = min(n, v.Value)
	}
	return n
}
