package gen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

// ksyGenerator makes the description for Kaitai Struct.
var ksyGenerator = Generator{
	Kind: "ksy",
	Doc:  "a description for Kaitai Struct",
	Out:  func(p *spec.Protocol) string { return "spec/" + p.ID },
	Owns: "*.ksy",
	Generate: func(p *spec.Protocol) ([]File, error) {
		return []File{{Path: p.ID + ".ksy", Data: []byte(Ksy(p))}}, nil
	},
}

// Ksy returns the description of one frame for Kaitai Struct. Who parses says which side has sent it, and its layout.
func Ksy(p *spec.Protocol) string {
	g := &ksy{p: p}
	endian := "be"
	if !p.BigEndian {
		endian = "le"
	}
	g.f("# %s\n# One frame. side: 0 client, 1 server; layout: %s.\n", generatedBy(p), strings.Join(g.layoutNames(), ", "))
	g.f("meta:\n  id: %s\n  title: %s\n  endian: %s\n  bit-endian: be\n  ks-version: '0.10'\n", p.ID, quoteJSON(p.Title), endian)
	g.f("doc: %s\n", g.text(p.Doc))
	g.f("params:\n  - {id: side, type: u1}\n  - {id: layout, type: u1}\n")
	g.f("seq:\n  - id: frame\n    type:\n      switch-on: layout * 2 + side\n      cases:\n")
	for i, f := range p.Frames {
		for k, side := range ksySides {
			g.f("        %d: %s\n", 2*i+k, ksyFrame(f, side))
		}
	}
	g.f("types:\n")
	for _, f := range p.Frames {
		for _, side := range ksySides {
			g.frame(f, side)
		}
	}
	for _, m := range p.Messages {
		g.message(m)
	}
	for len(g.late) > 0 {
		next := g.late
		g.late = nil
		for _, write := range next {
			write()
		}
	}
	if g.varint {
		g.f("%s", ksyVarint)
	}
	if len(p.Enums)+len(p.Errors) > 0 {
		g.f("enums:\n")
		for _, e := range p.Enums {
			g.f("  %s:\n", e.Name)
			for _, v := range e.Values {
				g.f("    %d: {id: %s, doc: %s}\n", v.Value, strings.ToLower(v.Name), g.text(v.Doc))
			}
		}
		if coded := slices.ContainsFunc(p.Errors, func(e *spec.Error) bool { return !e.Uncoded }); coded {
			g.f("  error_code:\n")
			for _, e := range p.Errors {
				if !e.Uncoded {
					g.f("    %d: {id: %s, doc: %s}\n", e.Code, strings.ToLower(e.Name), g.text(e.Doc))
				}
			}
		}
	}
	return g.b.String()
}

var ksySides = []spec.Direction{spec.FromClient, spec.FromServer}

// ksyVarint is a number of variable size, the lowest seven bits first.
const ksyVarint = `  varint:
    seq:
      - {id: groups, type: u1, repeat: until, repeat-until: "_ < 128"}
    instances:
      value:
        value: >-
          (groups[0] & 127)
          + (groups.size > 1 ? (groups[1] & 127) << 7 : 0)
          + (groups.size > 2 ? (groups[2] & 127) << 14 : 0)
          + (groups.size > 3 ? (groups[3] & 127) << 21 : 0)
          + (groups.size > 4 ? (groups[4] & 127) << 28 : 0)
`

// A ksy is a description that is being written.
type ksy struct {
	p      *spec.Protocol
	b      strings.Builder
	late   []func() // types that are still to be written
	varint bool     // the type of numbers of variable size is in use
}

func (g *ksy) f(format string, args ...any) { fmt.Fprintf(&g.b, format, args...) }

// text is a text of the table as a YAML scalar.
func (g *ksy) text(s string) string {
	return quoteJSON(strings.Join(strings.Fields(g.p.Expand(s)), " "))
}

func (g *ksy) layoutNames() []string {
	var out []string
	for i, f := range g.p.Frames {
		name := f.Name
		if name == "" {
			name = "the only one"
		}
		out = append(out, fmt.Sprintf("%d %s", i, name))
	}
	return out
}

func ksyFrame(f *spec.Frame, side spec.Direction) string {
	name := "frame_" + string(side)
	if f.Name != "" {
		name = "frame_" + f.Name + "_" + string(side)
	}
	return name
}

func ksyMessage(m *spec.Message) string { return "message_" + strings.ToLower(m.Name) }

// frame writes the type of the frames of a layout that a side sends.
func (g *ksy) frame(f *spec.Frame, side spec.Direction) {
	g.f("  %s:\n", ksyFrame(f, side))
	if f.Doc != "" {
		g.f("    doc: %s\n", g.text(f.Doc))
	}
	g.f("    seq:\n")
	s := &ksyScope{g: g, fields: f.Of(side), header: true}
	body, length := f.Body(), f.Length()
	for _, x := range f.Of(side) {
		if x != body {
			s.field(x, nil)
		}
	}
	if body == nil {
		return
	}
	g.f("      - id: %s\n", body.Name)
	if length == nil {
		g.f("        size-eos: true\n")
	} else {
		own := 0
		for _, x := range f.Of(side) {
			if slices.Contains(length.Counts, x.Name) {
				own += fixedBits(x.Type)
			}
		}
		g.f("        size: %s - %d\n", s.value(length), own/8)
	}
	g.chooser(f, side, s)
}

// chooser writes what type a body has. A body that only the state tells stays bytes.
func (g *ksy) chooser(f *spec.Frame, side spec.Direction, s *ksyScope) {
	byCode := map[uint64][]*spec.Message{}
	var codes []uint64
	for _, m := range g.p.Messages {
		if m.Frame == f && m.SentBy(side) {
			if byCode[m.Code] == nil {
				codes = append(codes, m.Code)
			}
			byCode[m.Code] = append(byCode[m.Code], m)
		}
	}
	op := f.Opcode()
	on := "0"
	if op != nil {
		on = s.value(op)
	}
	if len(codes) == 0 {
		return
	}
	g.f("        type:\n          switch-on: %s\n          cases:\n", on)
	for _, code := range codes {
		group := byCode[code]
		if len(group) == 1 {
			g.f("            %d: %s\n", code, ksyMessage(group[0])+ksyArgs(g.needs(group[0]), s.value))
			continue
		}
		name := fmt.Sprintf("%s_%d", ksyFrame(f, side), code)
		g.f("            %d: %s\n", code, name+ksyArgs(g.groupNeeds(group), s.value))
		g.late = append(g.late, func() { g.group(name, group) })
	}
}

// group writes a type that is one of several messages, by the constant with which their bodies begin.
func (g *ksy) group(name string, group []*spec.Message) {
	g.f("  %s:\n", name)
	g.params(g.groupNeeds(group))
	at := g.common(group)
	if at == nil {
		g.f("    doc: which message it is follows from the state, so it stays bytes; there are types for each\n    seq:\n      - {id: undecided, size-eos: true}\n")
		for _, m := range group {
			g.f("      - {id: as_%s, type: %q, if: false}\n", strings.ToLower(m.Name), ksyMessage(m)+ksyArgs(g.needs(m), ksyParam))
		}
		return
	}
	tell := fmt.Sprintf("{value: %q}", ksyBits(group[0].Frame, at))
	if at.body {
		tell = fmt.Sprintf("{pos: %d, type: %s}", at.bit/8, map[int]string{8: "u1", 16: "u2be", 32: "u4be"}[at.bits])
	}
	g.f("    instances:\n      tell: %s\n    seq:\n      - id: message\n        type:\n          switch-on: tell\n          cases:\n", tell)
	for _, m := range group {
		for _, x := range placesOf(g.p, m) {
			if x.body == at.body && x.bit == at.bit {
				g.f("            0x%x: %s\n", x.want, ksyMessage(m)+ksyArgs(g.needs(m), ksyParam))
				break
			}
		}
	}
}

// needs returns the fields of the header that the bodies of messages cannot be read without, and those that hold bits of theirs.
func (g *ksy) needs(group ...*spec.Message) []*spec.Field {
	var out []*spec.Field
	for _, m := range group {
		names := map[string]bool{}
		for _, f := range m.Fields {
			if f.If != nil {
				names[f.If.Field.Name] = true
			}
			if f.CountedBy != nil {
				names[f.CountedBy.Name] = true
			}
		}
		for _, f := range m.Frame.Of(m.From) {
			laidOut := f.Per && slices.ContainsFunc(m.Head, func(h *spec.Field) bool { return h.Type.Bits > 0 && !h.Type.Ignore && m.Frame.Opcode() != h })
			if (laidOut || names[f.Name] && m.Field(f.Name) == nil) && !slices.Contains(out, f) {
				out = append(out, f)
			}
		}
	}
	return out
}

// ksyParam is the name under which a body knows a field of the header.
func ksyParam(f *spec.Field) string { return "head_" + f.Name }

// ksyArgs hands fields of the header to the type of a body.
func ksyArgs(fields []*spec.Field, value func(*spec.Field) string) string {
	var out []string
	for _, f := range fields {
		out = append(out, value(f))
	}
	if out == nil {
		return ""
	}
	return "(" + strings.Join(out, ", ") + ")"
}

// params writes the fields of the header that a body is given.
func (g *ksy) params(fields []*spec.Field) {
	if len(fields) == 0 {
		return
	}
	g.f("    params:\n")
	for _, f := range fields {
		g.f("      - {id: %s, type: u8}\n", ksyParam(f))
	}
}

// groupNeeds is needs, and the field of the header that tells the messages apart.
func (g *ksy) groupNeeds(group []*spec.Message) []*spec.Field {
	out := g.needs(group...)
	if at := g.common(group); at != nil && !at.body {
		if f, _ := headerAt(group[0].Frame, at.bit); f != nil && !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	return out
}

// headerAt returns the field of a header in which a bit lies, and the bit after that field.
func headerAt(f *spec.Frame, bit int) (*spec.Field, int) {
	end := 0
	for _, x := range f.Fields {
		if end += fixedBits(x.Type); bit < end {
			return x, end
		}
	}
	return nil, 0
}

// ksyBits is an expression for the bits of the header at a place.
func ksyBits(f *spec.Frame, at *constPlace) string {
	x, end := headerAt(f, at.bit)
	return fmt.Sprintf("(%s >> %d) & %d", ksyParam(x), end-at.bit-at.bits, uint64(1)<<at.bits-1)
}

// common returns a place at which all messages of a group have constants that differ; nil if there is none.
func (g *ksy) common(group []*spec.Message) *constPlace {
	for _, x := range placesOf(g.p, group[0]) {
		if x.body && (x.bit%8 != 0 || x.bits != 8 && x.bits != 16 && x.bits != 32) {
			continue
		}
		seen := map[string]bool{}
		for _, m := range group {
			for _, y := range placesOf(g.p, m) {
				if y.body == x.body && y.bit == x.bit && y.bits == x.bits {
					seen[string(y.want)] = true
				}
			}
		}
		if len(seen) == len(group) {
			return &x
		}
	}
	return nil
}
