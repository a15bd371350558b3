package gen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

// frames explains how frames travel.
func (d *document) frames() {
	p := d.p
	d.section("Connection and frames")
	d.sub("Transport", "transport")
	if p.Transport != "" {
		d.f("The connection is a reliable stream of bytes: %s.", d.text(p.Transport))
		if p.Port != 0 {
			d.f(" The usual port is %d.", p.Port)
		}
		d.f("\n\n")
	}
	for _, x := range p.Preface {
		d.f("Before its first frame the %s sends, once, these %s: `%x`", x.From, plural(uint64(len(x.Bytes)), "byte"), x.Bytes)
		if isASCII(string(x.Bytes)) {
			d.f(", which is %q in ASCII", x.Bytes)
		}
		d.f(".\n\n")
	}
	d.f("Both sides send frames, one directly after the other. Where the stream is cut into segments means nothing: one read may give half a frame or several. A stream that ends between two frames has ended properly; one that ends within a frame has lost that frame, and nothing is done for it.\n\n")
	if len(p.Frames) == 1 {
		d.sub("Layout of a frame", "frame")
		d.layout(p.Main())
	} else {
		d.sub("Layouts of frames", "frame")
		d.f("Frames have one of %d layouts. Which one follows from the state of the connection and from the side that sends:\n\n| State | From the client | From the server |\n|---|---|---|\n", len(p.Frames))
		for _, s := range p.States {
			if !s.End {
				d.f("| %s | %s | %s |\n", linkState(s), linkLayout(p.FrameIn(s, spec.FromClient)), linkLayout(p.FrameIn(s, spec.FromServer)))
			}
		}
		d.f("\n")
		for _, f := range p.Frames {
			d.sub(fmt.Sprintf("Layout `%s`", f.Name), "layout-"+anchor(f.Name))
			d.para(sentence(f.Doc))
			d.layout(f)
		}
	}
	d.sizes()
	d.exchange()
	d.reading()
	d.fence()
}

func linkLayout(f *spec.Frame) string { return fmt.Sprintf("[%s](#layout-%s)", f.Name, anchor(f.Name)) }

// layout draws a layout and explains its fields.
func (d *document) layout(f *spec.Frame) {
	bytes, fixed := headerSize(f, spec.FromClient)
	size := plural(uint64(bytes), "byte")
	if !fixed {
		size = "at least " + size
	}
	what := fmt.Sprintf("A frame is a header of %s and a body.", size)
	if f.Body() == nil {
		what = fmt.Sprintf("A frame is a header of %s; it has no body.", size)
	}
	sides := sided(f)
	if !sides {
		d.f("%s\n\n```\n%s```\n\n", what, frameDiagram(f, spec.FromClient))
	} else {
		d.f("%s From the client:\n\n```\n%s```\n\nFrom the server:\n\n```\n%s```\n\n", what, frameDiagram(f, spec.FromClient), frameDiagram(f, spec.FromServer))
	}
	unit := "Bytes"
	if slices.ContainsFunc(f.Fields, func(x *spec.Field) bool { return x.Type.Bits > 0 }) {
		unit = "Size"
	}
	d.f("| Field | Offset | %s | Meaning |\n|---|---|---|---|\n", unit)
	for _, x := range f.Fields {
		off := d.offset(f, x)
		if x == f.Body() {
			end := "as the length says"
			if f.Length() == nil {
				end = "up to the end"
			}
			d.f("| `%s` | %s | %s | %s |\n", x.Name, off, end, d.cell(x.Doc))
			continue
		}
		d.f("| `%s` | %s | %s | %s |\n", x.Name, off, headerWidth(x.Type, unit), d.headerMeaning(f, x, sides))
	}
	d.f("\n")
	if slices.ContainsFunc(f.Fields, func(x *spec.Field) bool { return x.Per }) {
		d.f("The section of a message says how it lays out the bits that are its own. Where it says nothing, they are ignored by who reads, and 0 from who writes.\n\n")
	}
}

// sided reports whether the frames of client and server have different headers.
func sided(f *spec.Frame) bool {
	return slices.ContainsFunc(f.Fields, func(x *spec.Field) bool { return x.From == spec.FromClient || x.From == spec.FromServer })
}

// headerSize is the least number of bytes in a header, and whether it is the only one.
func headerSize(f *spec.Frame, side spec.Direction) (n int, fixed bool) {
	bits := 0
	fixed = true
	for _, x := range f.Of(side) {
		if x.Type.Kind == spec.KindRest {
			continue
		}
		fixed = fixed && x.Type.Varint == 0
		bits += leastBits(x.Type)
	}
	return bits / 8, fixed
}

// offset is where a field of the header begins: bytes, and the bit if it is one of several.
func (d *document) offset(f *spec.Frame, x *spec.Field) string {
	side := spec.FromClient
	if x.From == spec.FromServer {
		side = spec.FromServer
	}
	bits, after := 0, ""
	for _, y := range f.Of(side) {
		if y == x {
			break
		}
		bits += leastBits(y.Type)
		if y.Type.Varint > 0 {
			bits, after = 0, "after `"+y.Name+"`"
		}
	}
	switch {
	case after != "" && bits == 0:
		return after
	case after != "":
		return fmt.Sprintf("%d %s", bits/8, after)
	case x.Type.Bits > 0 && (bits%8 != 0 || x.Type.Bits%8 != 0):
		return fmt.Sprintf("%d, bit %d", bits/8, bits%8)
	}
	return fmt.Sprint(bits / 8)
}

// headerWidth is the size of a field of the header; in bytes, if that is the unit.
func headerWidth(t *spec.Type, unit string) string {
	switch {
	case t.Varint > 0:
		return fmt.Sprintf("1 to %d", t.Varint)
	case unit == "Bytes":
		return fmt.Sprint(fixedBits(t) / 8)
	case t.Bits > 0:
		return plural(uint64(t.Bits), "bit")
	}
	return plural(uint64(fixedBits(t)/8), "byte")
}

// headerMeaning says what a field of the header is for.
func (d *document) headerMeaning(f *spec.Frame, x *spec.Field, sides bool) string {
	var out []string
	if sides && (x.From == spec.FromClient || x.From == spec.FromServer) {
		out = append(out, "from the "+string(x.From)+" only")
	}
	if x.Doc != "" {
		out = append(out, d.cell(x.Doc))
	}
	t := x.Type
	switch {
	case t.Const != nil:
		out = append(out, "always "+d.literal(t))
	case t.Ignore:
		out = append(out, "reserved: ignored by who reads, 0 from who writes")
	case x.Per:
		out = append(out, "laid out by each message")
	case t.Varint > 0:
		out = append(out, "a `varint`")
	case t.Enum != nil:
		out = append(out, "one of "+linkType(t.Enum.Name))
	case t.ErrorSet:
		out = append(out, fmt.Sprintf("an [error](#section-%d) code", secErrors))
	}
	if l := d.limits(t); l != "" && t.Const == nil && !t.Ignore && t.Enum == nil {
		out = append(out, l)
	}
	if n := len(x.Counts); n > 0 && !slices.Contains(x.Counts, bodyName(f)) {
		out = append(out, "the size of `"+strings.Join(x.Counts, "` and `")+"` in bytes, 0 for a message that has none")
	}
	return strings.Join(out, "; ")
}

func bodyName(f *spec.Frame) string {
	if b := f.Body(); b != nil {
		return b.Name
	}
	return ""
}

func frameDiagram(f *spec.Frame, side spec.Direction) string {
	g := newDiagram(true)
	for _, x := range f.Of(side) {
		switch {
		case x.Type.Kind == spec.KindRest:
			g.variable("", 0, x.Name)
		case x.Type.Varint > 0:
			g.variable("", 0, fmt.Sprintf("%s, 1 to %d bytes", x.Name, x.Type.Varint))
		default:
			g.fixed(x.Name, fixedBits(x.Type))
		}
	}
	return g.String()
}
