package gen

import (
	"fmt"
	"slices"

	"github.com/wirelaw/wirelaw/spec"
)

// headerFile generates the header of a layout, its framing, and the encoding of frames.
func (g *goCodec) headerFile(h *goHeader) {
	f := g.file(lower("frame", h.prefix))
	f.use(runtimePath)
	section := g.section("Layout of a frame") + "."
	f.p("const (")
	if h.varint == nil {
		f.doc(fmt.Sprintf("%sSize is the number of bytes of the header of %s. %s", h.name(), h.what(), section))
		f.p("%sSize = %d\n", h.name(), h.size)
	} else {
		f.doc(fmt.Sprintf("Min%s and Max%s are the least and the largest number of bytes of the header of %s. %s", h.name(), h.name(), h.what(), section))
		f.p("Min%s = %d\nMax%s = %d\n", h.name(), h.size, h.name(), h.size-1+h.varint.Type.Varint)
	}
	if h.body != nil {
		f.doc(fmt.Sprintf("Max%sBody is the largest body of %s, in bytes.", h.prefix, h.what()))
		f.p("Max%sBody = %d", h.prefix, h.maxBody)
	}
	f.p(")\n")
	little := ""
	if !g.p.BigEndian {
		little = ", Little: true"
	}
	f.doc(fmt.Sprintf("%s is what the messages of %s have in common.", h.wire(), h.what()))
	f.p("var %s = codec.Format{Header: %d, Layout: %s%s}\n", h.wire(), h.size, g.demandOf(spec.CheckLayout), little)

	f.doc(fmt.Sprintf("%s is what stands before the body of %s. %s", article(h.name()), h.what(), section), h.frame.Doc)
	f.p("type %s struct {", h.name())
	for _, fl := range h.fields {
		if fl.Type.Ignore {
			continue
		}
		f.field(goName(fl.Name), g.headFieldType(h, fl), g.fieldDoc(fl), fl.Deprecated)
	}
	f.p("}\n")
	g.parseHeader(f, h)
	g.bodySize(f, h)
	if h.streams() {
		g.framing(f, h)
	}
}

// article puts "A" or "An" before a name.
func article(name string) string {
	switch name[0] {
	case 'A', 'E', 'I', 'O', 'U', 'a', 'e', 'i', 'o', 'u':
		return "An " + name
	}
	return "A " + name
}

func (g *goCodec) parseHeader(f *goFile, h *goHeader) {
	name := h.name()
	if h.varint == nil {
		f.doc(fmt.Sprintf("Parse%s reads the header at the start of b, which must hold at least %sSize bytes.", name, name))
		f.p("func Parse%s(b []byte) (h %s) {\nb = b[:%sSize]", name, name, name)
	} else {
		f.doc(fmt.Sprintf("Parse%s reads the header at the start of b. The error, a *codec.Error, says that b ends within it, or that %s is not in its shortest form.", name, h.varint.Name))
		f.p("func Parse%s(b []byte) (h %s, err error) {", name, name)
		f.p("if len(b) < Min%s {\nreturn h, short%s()\n}", name, name)
	}
	off := 0
	for _, st := range steps(h.fields) {
		fl := st.fields[0]
		switch {
		case st.size > 0:
			r := fmt.Sprintf("r%d", off)
			used := false
			for _, fl := range st.fields {
				used = used || !fl.Type.Ignore
			}
			if used {
				f.p("%s := codec.Uint(b[%d:%d])", r, off, off+st.size)
			}
			first := 0
			for _, fl := range st.fields {
				if !fl.Type.Ignore {
					is := "uint64"
					if fl.Type.Kind == spec.KindBool {
						is = "bool"
					}
					f.p("h.%s = %s", goName(fl.Name), g.convert(bitsOf(r, 8*st.size, first, fl.Type), is, g.headFieldType(h, fl)))
				}
				first += fl.Type.Bits
			}
			off += st.size
		case fl == h.varint:
			f.p("left, n, ok := codec.Varint(b[%d:], %d)", off, fl.Type.Varint)
			f.p("switch {\ncase !ok:")
			f.p("return h, &codec.Error{Field: %q, Offset: %d, Because: codec.BecauseVarint%s}", fl.Name, off, g.demandFields(spec.CheckLayout))
			f.p("case n == 0:\nreturn h, short%s()\n}", name)
			f.p("h.%s = %s", goName(fl.Name), g.convert("left", "uint64", g.headFieldType(h, fl)))
		default:
			if !fl.Type.Ignore {
				f.p("h.%s = %s(%s(b[%d:%d]))", goName(fl.Name), g.headFieldType(h, fl), g.order("codec.Uint"), off, off+fl.Type.Width)
			}
			off += fl.Type.Width
		}
	}
	if h.varint == nil {
		f.p("return h\n}\n")
	} else {
		f.p("return h, nil\n}\n")
	}
	f.doc(fmt.Sprintf("short%s is the error of bytes that end within the header.", name))
	f.p("func short%s() *codec.Error {\nreturn &codec.Error{Because: codec.BecauseTruncated%s}\n}\n", name, g.demandFields(spec.CheckLayout))
}

// sizeOf is the Go expression for the size of the header h.
func (h *goHeader) sizeOf() string {
	if h.varint != nil {
		return "h.Size()"
	}
	return h.name() + "Size"
}

func (g *goCodec) bodySize(f *goFile, h *goHeader) {
	name := h.name()
	if h.varint != nil {
		f.doc("Size returns the number of bytes of the header.")
		f.p("func (h %s) Size() int { return %d + codec.VarintSize(uint64(h.%s)) }\n", name, h.size-1, goName(h.varint.Name))
	}
	if h.length == nil {
		return
	}
	f.doc("BodySize returns the size in bytes of the body that follows the header. It is negative if the header cannot be true.")
	f.p("func (h %s) BodySize() int64 {", name)
	length := goName(h.length.Name)
	if h.length.Type.Width == 8 && h.length.Type.Kind == spec.KindUint {
		f.p("if h.%s > 1<<62 {\nreturn 1 << 62\n}", length)
	}
	n := fmt.Sprintf("int64(h.%s)", length)
	if h.length.Type.Kind == spec.KindInt { // what is negative is far too large
		n = fmt.Sprintf("int64(%s(h.%s))", uintType(h.length.Type.Width), length)
	}
	if h.own > 0 {
		n += fmt.Sprintf(" - %d", h.own)
	}
	f.p("return %s\n}\n", n)
}

// framing generates the methods of the reader for the frames of a layout.
func (g *goCodec) framing(f *goFile, h *goHeader) {
	name := h.name()
	need, size := "", name+"Size"
	if h.varint != nil {
		need, size = ", Need: need"+h.prefix, "Min"+name
		at := h.size - 1
		f.p("func need%s(b []byte) int {\n_, n, ok := codec.Varint(b[%d:], %d)", h.prefix, at, h.varint.Type.Varint)
		f.p("switch {\ncase !ok: // Parse%s says so\nreturn min(len(b), Max%s)\ncase n == 0:\nreturn len(b) + 1\n}\nreturn %d + n\n}\n", name, name, at)
	}
	f.p("func bodySize%s(header []byte) int64 {", h.prefix)
	switch {
	case h.body == nil:
		f.p("return 0\n}\n")
	case h.varint != nil:
		f.p("h, err := Parse%s(header)\nif err != nil {\nreturn -1\n}\nreturn h.BodySize()\n}\n", name)
	default:
		f.p("return Parse%s(header).BodySize()\n}\n", name)
	}
	f.p("var framing%s = codec.Framing{Header: %s%s, Body: bodySize%s}\n", h.prefix, size, need, h.prefix)

	read := "h := Parse" + name + "(b)"
	if h.varint != nil {
		read = "h, err := Parse" + name + "(b)\nif err != nil {\nreturn h, %snil, err\n}"
	}
	if h.body == nil {
		f.doc(fmt.Sprintf("Next%s returns the next frame as %s, which is all of it. The errors are those of the stream; io.EOF if it ends where a frame may begin.", h.prefix, h.what()))
		f.p("func (r *Reader) Next%s() (%s, error) {\nr.r.Use(framing%s)", h.prefix, name, h.prefix)
		f.p("if _, _, err := r.r.Header(); err != nil {\nreturn %s{}, err\n}", name)
		f.p("b, _, err := r.r.Body()\nif err != nil {\nreturn %s{}, err\n}\nreturn Parse%s(b), nil\n}\n", name, name)
		return
	}
	f.doc(fmt.Sprintf("Next%s returns the next frame as %s. The body is valid until the next frame is asked for.", h.prefix, h.what()),
		"If the header says more than limit, or less than it has to, the error is a *codec.Error, and the body is not read; a following call skips it. "+
			"So is that of a header that is wrong in itself, after which nothing more can be read. The error is io.EOF if the stream ends where a frame may begin, and "+
			"io.ErrUnexpectedEOF if it ends within one. After a timeout of the stream the call may be made again.")
	f.p("func (r *Reader) Next%s(limit uint32) (%s, []byte, error) {\nr.r.Use(framing%s)", h.prefix, name, h.prefix)
	f.p("b, _, err := r.r.Header()\nif err != nil {\nreturn %s{}, nil, err\n}", name)
	if h.varint != nil {
		f.p(read, "")
	} else {
		f.p("%s", read)
	}
	f.p("if n := h.BodySize(); n < 0 || n > int64(limit) {\nreturn h, nil, h.wrong(n, uint64(limit))\n}")
	f.p("_, body, err := r.r.Body()\nreturn h, body, err\n}\n")

	f.doc("wrong is the error of a length that says n bytes of body where at most limit are allowed.")
	f.p("func (h %s) wrong(n int64, limit uint64) *codec.Error {", name)
	off := h.offset(h.length)
	if h.own > 0 {
		f.p("if n < 0 {\nreturn &codec.Error{Field: %q, Offset: %d, Because: codec.BecauseMin, Limit: %d%s}\n}", h.length.Name, off, h.own, g.demandFields(spec.CheckLength))
	}
	f.p("return &codec.Error{Field: %q, Offset: %d, Because: codec.BecauseMax, Limit: limit, Unit: codec.UnitBytes%s}\n}\n",
		h.body.Name, off, g.demandFields(spec.CheckLength))
}

// offset is the byte in which a field of the header begins.
func (h *goHeader) offset(of *spec.Field) int {
	bits := 0
	for _, fl := range h.fields {
		if fl == of {
			break
		}
		bits += bitsIn(fl.Type)
	}
	return bits / 8
}

// streams reports whether frames tell where they end, so that a stream can be cut into them.
func (h *goHeader) streams() bool { return h.length != nil || h.body == nil }

// readers generates the reader of all layouts.
func (g *goCodec) readers() {
	i := slices.IndexFunc(g.headers, (*goHeader).streams)
	if i < 0 {
		return // no frame tells where it ends
	}
	f := g.file("reader")
	f.use("io", runtimePath)
	f.doc("A Reader cuts a stream into frames. It allocates no more than the bytes that have arrived justify, and uses its buffer again. It is for one goroutine.")
	f.p("type Reader struct{ r *codec.Reader }\n")
	f.doc("NewReader returns a reader of the frames of r, which begin where r is.")
	f.p("func NewReader(r io.Reader) *Reader {\nreturn &Reader{codec.NewReader(r, framing%s)}\n}\n", g.headers[i].prefix)
	f.doc("Buffered returns the number of bytes that have arrived and were not returned.")
	f.p("func (r *Reader) Buffered() int { return r.r.Buffered() }")
}

// demandOf is the error that a breach of a check earns, as Go code.
func (g *goCodec) demandOf(name spec.CheckName) string {
	if c := g.p.Check(name); c != nil && c.Error != nil {
		return demand(c.Error)
	}
	return "codec.Demand{}"
}

// demandFields are the members of a codec.Error for the error that a breach of a check earns.
func (g *goCodec) demandFields(name spec.CheckName) string {
	if c := g.p.Check(name); c != nil && c.Error != nil {
		return fmt.Sprintf(", Code: %d, Name: %q", c.Error.Code, c.Error.Name)
	}
	return ""
}
