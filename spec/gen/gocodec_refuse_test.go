package gen

import (
	"slices"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/spec"
)

// What cannot be expressed of a table that is not plain is refused with a sentence that says why.
func TestGoCodecRefusesOtherShapes(t *testing.T) {
	field := func(m *spec.Message, name string) *spec.Field {
		f := m.Field(name)
		own := *f.Type // named types are shared
		f.Type = &own
		return f
	}
	zero, one := byte(0), uint64(1)
	for want, spoil := range map[string]func(p *spec.Protocol){
		"PUT comes from both sides, whose headers differ": func(p *spec.Protocol) { p.Message("PUT").Frame = p.Frame("record") },
		"header field left stands after the body":         func(p *spec.Protocol) { slices.Reverse(p.Frame("packet").Fields) },
		"header field kind stands after left, whose size varies": func(p *spec.Protocol) {
			f := p.Frame("packet").Fields
			f[0], f[1], f[2] = f[2], f[0], f[1]
		},
		"header field byte is no number":                                        func(p *spec.Protocol) { p.Frame("answer").Fields[0].Type.Kind = spec.KindString },
		`the bits of the header "packet" fill no whole byte`:                    func(p *spec.Protocol) { p.Frame("packet").Fields[1].Type.Bits = 5 },
		"header field left has a variable size and does not count the body":     func(p *spec.Protocol) { p.Frame("packet").Length().Counts = nil },
		"header field length counts length, which has no fixed number of bytes": func(p *spec.Protocol) { p.Frame("hello").Fields[0].Type = &spec.Type{Kind: spec.KindUint, Varint: 2} },
		"PUT.text: ignored bytes of no fixed size must be the last":             func(p *spec.Protocol) { field(p.Message("PUT"), "text").Type.Ignore = true },
		"PUT.padding_size: a length in the body counts one field":               func(p *spec.Protocol) { field(p.Message("PUT"), "padding_size").Counts = []string{"padding", "text"} },
		"PUT.padding_size: a length in the body has a fixed size":               func(p *spec.Protocol) { field(p.Message("PUT"), "padding_size").Type.Varint = 2 },
		"PUT.text: what is left before other fields is no constant":             func(p *spec.Protocol) { field(p.Message("PUT"), "text").Type.Const = &spec.Value{} },
		"PART.parts: elements of an array must take at least one byte each":     func(p *spec.Protocol) { field(p.Message("PART"), "parts").Type.Elem = &spec.Type{Kind: spec.KindRest} },
		"PART.parts: elements of an array are values of whole bytes": func(p *spec.Protocol) {
			field(p.Message("PART"), "parts").Type.Elem = &spec.Type{Kind: spec.KindUint, Bits: 8}
		},
		"GET.key: a counted array must stand in a struct": func(p *spec.Protocol) {
			t := field(p.Message("GET"), "key").Type
			t.Kind, t.Elem = spec.KindArray, &spec.Type{Kind: spec.KindUint, Width: 1}
		},
		"Put has two fields named Text in Go": func(p *spec.Protocol) { p.Message("PUT").Field("note").Name = "text" },
		"two things named State in Go":        func(p *spec.Protocol) { p.Type("option").Name = "state" },
		"the table has no messages":           func(p *spec.Protocol) { p.Messages = nil },
		"an array that ends at a byte has elements that begin with a number of whole bytes or a s": func(p *spec.Protocol) {
			elem := field(p.Message("PART"), "parts").Type
			elem.Until, elem.Elem.Fields[0].Type = &zero, &spec.Type{Kind: spec.KindBool, Bits: 1}
		},
		"SECURE.version tells messages apart and is less than a byte": func(p *spec.Protocol) {
			for i, m := range []*spec.Message{p.Message("SECURE"), p.Message("START")} {
				rest := &spec.Field{Name: "rest", Type: &spec.Type{Kind: spec.KindUint, Bits: 7}}
				v := *m.Fields[0]
				v.Type = &spec.Type{Kind: spec.KindUint, Bits: 1, Const: &spec.Value{Uint: uint64(i) * one}}
				m.Fields = slices.Concat([]*spec.Field{&v, rest}, m.Fields[1:])
			}
			slices.Reverse(p.Messages)
		},
	} {
		p := load(t, "spec/testdata/wide.yaml")
		spoil(p)
		if _, err := GoCodec(p, "x/wide"); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "wide: ") {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// What is there for tests goes to a folder of its own.
func TestGoFolder(t *testing.T) {
	for file, want := range map[string]string{
		"spec/chat.yaml": "codec/x", "x.yaml": "codec/x", "testdata/specs/x.yaml": "codec/internal/x", `spec\testdata\x.yaml`: "codec/internal/x",
		"codec/internal/toy/toy.yaml": "codec/internal/x",
	} {
		if got := goFolder(&spec.Protocol{ID: "x", File: file}); got != want {
			t.Errorf("%s goes to %s, want %s", file, got, want)
		}
	}
}
