package gen

import (
	"fmt"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

// nameStructs gives every struct of the table a Go name: its own, or that of where it stands.
func (g *goCodec) nameStructs() {
	g.structs, g.secrets, g.sized = map[*spec.Type]string{}, map[*spec.Type]string{}, map[string]bool{}
	for _, t := range g.p.Types {
		g.nameStruct(goName(t.Name), t)
	}
	for _, m := range g.p.Messages {
		g.nameFields(messageName(m), m.Fields)
	}
}

// nameFields names the structs and the secrets in fields, and notes whose size a length wants to know.
func (g *goCodec) nameFields(owner string, fields []*spec.Field) {
	for _, fl := range fields {
		g.nameStruct(owner+fieldName(fl), fl.Type)
		named := g.p.Type(fl.Type.Name)
		if k := fl.Type.Kind; fl.Type.Secret && (named == nil || !named.Secret) && k != spec.KindArray && k != spec.KindStruct && fl.IsValue() {
			g.secrets[fl.Type] = owner + fieldName(fl)
		}
		if _, ok := fixedSize(fl.Type); !ok && fl.Type.Kind == spec.KindStruct && fl.CountedBy != nil {
			g.sized[g.structs[fl.Type]] = true
		}
	}
}

func (g *goCodec) nameStruct(name string, t *spec.Type) {
	if t.Name != "" {
		name = goName(t.Name)
	}
	switch t.Kind {
	case spec.KindArray:
		one := strings.TrimSuffix(name, "s")
		if one == name {
			one = name + "Element"
		}
		g.nameStruct(one, t.Elem)
	case spec.KindStruct:
		if g.structs[t] != "" {
			return
		}
		g.structs[t] = name
		g.nameFields(name, t.Fields)
	}
}

// structsIn generates the types of fields of a message or a struct that have no name in the table: structs, and what is
// secret.
func (g *goCodec) structsIn(f *goFile, fields []*spec.Field) {
	for _, fl := range fields {
		t := fl.Type
		if name := g.secrets[t]; name != "" {
			f.doc(fmt.Sprintf("%s is secret: printing, logging or marshalling it shows \"[secret]\".", name))
			f.p("type %s %s\n", name, g.underlying(t))
			g.secret(f, name)
		}
		for t.Kind == spec.KindArray && t.Name == "" {
			t = t.Elem
		}
		if t.Kind == spec.KindStruct && t.Name == "" {
			g.structType(f, g.structs[t], t)
		}
	}
}

// structType generates a struct: its fields, and the methods that read, judge and write it.
func (g *goCodec) structType(f *goFile, name string, t *spec.Type) {
	f.use(runtimePath)
	if t.Name != "" {
		f.doc(defines(name, "type", t.Name, t.Doc), g.section("Type "+t.Name)+".")
	} else {
		f.doc(fmt.Sprintf("%s is a part of a message.", name))
	}
	s := &scope{g: g, f: f, name: name, x: "v", fields: t.Fields}
	g.structFields(f, name, t.Fields)
	s.decodeMethod()
	s.checkMethod()
	f.p("func (v *%s) append(dst []byte) []byte {", name)
	s.writes()
	f.p("return dst\n}\n")
	if g.sized[name] {
		f.doc("size returns the number of bytes of a value that keeps to its limits.")
		f.p("func (v *%s) size() int {\nvar c codec.Checker\nv.check(&c)\nreturn c.Offset()\n}\n", name)
	}
	g.structsIn(f, t.Fields)
}

// decodeMethod prints the method that reads the fields.
func (s *scope) decodeMethod() {
	header := ""
	if s.header != "" {
		header = ", h " + s.header
	}
	s.f.p("func (%s *%s) decode(d *codec.Decoder%s) {", s.x, s.name, header)
	s.reads()
	s.f.p("}\n")
}

// checkMethod prints the method that holds the fields to their limits. That of a message which is not plain, or of a
// struct, counts all bytes; that of a plain one stops behind the last limit.
func (s *scope) checkMethod() {
	plain := s.g.plain && s.x == "m"
	if len(s.fields) == 0 && len(s.head) == 0 {
		s.f.p("func (*%s) check(*codec.Checker) {}", s.name)
		return
	}
	s.f.p("func (%s *%s) check(c *codec.Checker) {", s.x, s.name)
	if len(s.head) > 0 {
		s.judgeHead()
	}
	s.judges(!plain)
	s.f.p("}\n")
}
