package gen

import (
	"fmt"

	"github.com/wirelaw/wirelaw/spec"
)

// frame generates the header, framing, and the checks that the header alone decides.
func (g *goCodec) frame() {
	f := g.file("frame")
	f.use("io", runtimePath)
	if g.errMsg == nil || g.errText != nil { // for the texts of refusals
		f.use("fmt")
	}
	size := g.p.HeaderSize()
	f.p("const (")
	f.doc("HeaderSize is the number of bytes before the body of a frame. " + g.section("Layout of a frame") + ".")
	f.p("HeaderSize = %d\n", size)
	f.doc("MaxBody is the largest body of a frame, in bytes.")
	f.p("MaxBody = %d\n)\n", g.maxBody)
	little := ""
	if !g.p.BigEndian {
		little = ", Little: true"
	}
	f.doc("wire is what the messages of the protocol have in common.")
	f.p("var wire = codec.Format{Header: HeaderSize, Layout: %s%s}\n", demand(g.p.Check(spec.CheckLayout).Error), little)

	f.doc("A Header is what stands before the body of a frame. " + g.section("Layout of a frame") + ".")
	f.p("type Header struct {")
	for _, fl := range g.header() {
		f.p("%s %s // %s", goName(fl.Name), g.headerType(fl), fl.Doc)
	}
	f.p("}\n")
	f.doc("ParseHeader reads the header at the start of b, which must hold at least HeaderSize bytes.")
	f.p("func ParseHeader(b []byte) Header {\nb = b[:HeaderSize]\nreturn Header{")
	off := 0
	for _, fl := range g.header() {
		w := fl.Type.Width
		f.p("%s: %s(%s(b[%d:%d])),", goName(fl.Name), g.headerType(fl), g.order("codec.Uint"), off, off+w)
		off += w
	}
	f.p("}\n}\n")
	f.doc("put writes the header over the first bytes of b.")
	f.p("func (h Header) put(b []byte) {")
	off = 0
	for _, fl := range g.header() {
		w := fl.Type.Width
		f.p("%s(b[%d:%d], uint64(h.%s))", g.order("codec.PutUint"), off, off+w, goName(fl.Name))
		off += w
	}
	f.p("}\n")

	length := goName(g.length.Name)
	f.doc("BodySize returns the size in bytes of the body that follows the header. It is negative if the header cannot be true.")
	f.p("func (h Header) BodySize() int64 {")
	if g.length.Type.Width == 8 {
		f.p("if h.%s > 1<<62 {\nreturn 1 << 62\n}", length)
	}
	if c := g.counted(); c > 0 {
		f.p("return int64(h.%s) - %d\n}\n", length, c)
	} else {
		f.p("return int64(h.%s)\n}\n", length)
	}
	g.appendFrame(f)
	g.checkHeader(f)
	g.reader(f)
}

// header is the frame without its body.
func (g *goCodec) header() []*spec.Field { return g.p.Main().Fields[:len(g.p.Main().Fields)-1] }

func (g *goCodec) headerType(fl *spec.Field) string {
	if fl == g.op {
		return "Opcode"
	}
	return uintType(fl.Type.Width)
}

// order is the name of a function of the runtime for the byte order of the table.
func (g *goCodec) order(name string) string {
	if g.p.BigEndian {
		return name
	}
	return name + "LE"
}

func (g *goCodec) appendFrame(f *goFile) {
	param, doc := "", ""
	if g.id != nil {
		param, doc = fmt.Sprintf("id %s, ", g.headerType(g.id)), " with "+g.id.Name+" in its header"
	}
	f.doc("AppendFrame appends the whole frame of m" + doc + " to dst and returns the extended buffer. A value outside its limits, " +
		"or a body that is too long, is a *codec.Error; dst is then returned as it was.")
	f.p("func AppendFrame(dst []byte, %sm Message) ([]byte, error) {", param)
	f.p("var room [HeaderSize]byte\nstart := len(dst)")
	f.p("out, err := m.AppendBinary(append(dst, room[:]...))\nif err != nil {\nreturn dst, err\n}")
	f.p("n := len(out) - start - HeaderSize\nif n > MaxBody {\nreturn dst, tooLong(m.Opcode().String())\n}")
	f.p("Header{")
	for _, fl := range g.header() {
		name := goName(fl.Name)
		switch fl {
		case g.op:
			f.p("%s: m.Opcode(),", name)
		case g.id:
			f.p("%s: id,", name)
		case g.length:
			if c := g.counted(); c > 0 {
				f.p("%s: %s(n + %d),", name, g.headerType(fl), c)
			} else {
				f.p("%s: %s(n),", name, g.headerType(fl))
			}
		}
	}
	f.p("}.put(out[start:])\nreturn out, nil\n}\n")

	e := g.p.Check(spec.CheckLength).Error
	f.doc("tooLong is the error of a body that no frame can hold.")
	f.p("func tooLong(message string) *codec.Error {")
	f.p("return &codec.Error{\nMessage: message, Offset: HeaderSize, Because: codec.BecauseMax,")
	f.p("Limit: MaxBody, Unit: codec.UnitBytes, Code: %d, Name: %q,\n}\n}\n", e.Code, e.Name)
}

// headerChecks splits the checks that need no body in two: those made before the body is read, and the rest. What
// comes before the last check that must be made then is made then too.
func (g *goCodec) headerChecks() (before, after []*spec.Check) {
	var all []*spec.Check
	last := 0
	for _, c := range g.p.Checks {
		switch c.Name {
		case spec.CheckLength, spec.CheckCorrelation:
			all = append(all, c)
			last = len(all)
		case spec.CheckOpcode, spec.CheckState:
			all = append(all, c)
		}
	}
	return all[:last], all[last:]
}

func (g *goCodec) checkHeader(f *goFile) {
	before, after := g.headerChecks()
	f.doc("CheckHeader judges the header of a client's frame before its body is read: " + checkNames(before) +
		", in this order. It returns the refusal that the table demands, or nil. " + g.section("Order of checks") + ".")
	f.p("func CheckHeader(s State, h Header) *%s {", g.errName())
	g.printChecks(f, before)
	f.p("return nil\n}\n")
	f.doc("checkRequest judges what is left to judge of a header: " + checkNames(after) + ".")
	f.p("func checkRequest(s State, h Header) *%s {", g.errName())
	g.printChecks(f, after)
	f.p("return nil\n}\n")
	f.doc("known reports whether a request has this opcode.")
	f.p("func (op Opcode) known() bool {\nswitch op {")
	if len(g.clients) > 0 {
		f.p("case %s:\nreturn true", join(g.clients, opName))
	}
	f.p("}\nreturn false\n}\n")
}

func checkNames(checks []*spec.Check) string {
	if len(checks) == 0 {
		return "nothing"
	}
	return join(checks, func(c *spec.Check) string { return string(c.Name) })
}

func (g *goCodec) printChecks(f *goFile, checks []*spec.Check) {
	for _, c := range checks {
		switch c.Name {
		case spec.CheckLength:
			f.p("if n := h.BodySize(); n < 0 || n > int64(s.MaxBody()) {\nreturn oversize(s.MaxBody())\n}")
		case spec.CheckCorrelation:
			if g.id != nil {
				f.p("if h.%s == 0 {\nreturn %s\n}", goName(g.id.Name),
					g.refusal(codeName(c.Error), fmt.Sprintf("%q", "the "+g.id.Name+" of a request must not be 0")))
			}
		case spec.CheckOpcode:
			f.p("if !h.%s.known() {\nreturn %s\n}", goName(g.op.Name),
				g.refusal(codeName(c.Error), fmt.Sprintf("fmt.Sprintf(\"no request has the %s 0x%%0%dx\", uint64(h.%s))", g.op.Name, 2*g.op.Type.Width, goName(g.op.Name))))
		case spec.CheckState:
			op := goName(g.op.Name)
			f.p("if h.%s.known() && !s.Legal(h.%s) {\nreturn %s\n}", op, op,
				g.refusal(codeName(c.Error), fmt.Sprintf("fmt.Sprintf(\"%%s is not legal in state %%s\", h.%s, s)", op)))
		}
	}
}

func (g *goCodec) reader(f *goFile) {
	wrong := "over the limit of %d bytes"
	if g.counted() > 0 {
		wrong = "too small or over the limit of %d bytes for the body"
	}
	f.doc("oversize is the refusal of a body over limit bytes.")
	f.p("func oversize(limit uint32) *%s {\nreturn %s\n}\n", g.errName(), g.refusal(codeName(g.p.Check(spec.CheckLength).Error),
		fmt.Sprintf("fmt.Sprintf(\"the %s in the header is %s\", limit)", g.length.Name, wrong)))
	f.doc("A Reader cuts a stream into frames. It allocates no more than the bytes that have arrived justify, and uses its buffer again. It is for one goroutine.")
	f.p("type Reader struct{ r *codec.Reader }\n")
	f.doc("NewReader returns a reader of the frames of r.")
	f.p("func NewReader(r io.Reader) *Reader {\nreturn &Reader{codec.NewReader(r, codec.Framing{Header: HeaderSize, Body: bodySize})}\n}\n")
	f.p("func bodySize(header []byte) int64 { return ParseHeader(header).BodySize() }\n")
	f.doc("Next returns the next frame. The body is valid until the next call of Next, Header or Body.",
		"If the header says more than limit, the error is the refusal that the table demands, a *"+g.errName()+", and the body is not read; "+
			"a following call skips it. The error is io.EOF if the stream ends where a frame may begin, and io.ErrUnexpectedEOF if it ends within one. "+
			"After a timeout of the stream the call may be made again.")
	f.p("func (r *Reader) Next(limit uint32) (Header, []byte, error) {")
	f.p("h, err := r.Header()\nif err != nil {\nreturn Header{}, nil, err\n}")
	f.p("if n := h.BodySize(); n < 0 || n > int64(limit) {\nreturn h, nil, oversize(limit)\n}")
	f.p("body, err := r.Body()\nreturn h, body, err\n}\n")
	f.doc("Header returns the next header and reads no body, so that the header can be judged first. If Body is not called, the next call of Header skips the body.")
	f.p("func (r *Reader) Header() (Header, error) {\nb, _, err := r.r.Header()\nif err != nil {\nreturn Header{}, err\n}\nreturn ParseHeader(b), nil\n}\n")
	f.doc("Body returns the body of the frame whose header was returned last. The caller has compared its size with a limit. It is valid until the next call of Next, Header or Body.")
	f.p("func (r *Reader) Body() ([]byte, error) {\n_, body, err := r.r.Body()\nreturn body, err\n}\n")
	f.doc("Ready reports whether a whole frame has arrived, so that Next returns without waiting.")
	f.p("func (r *Reader) Ready() bool { return r.r.Ready() }\n")
	f.doc("Buffered returns the number of bytes that have arrived and were not returned.")
	f.p("func (r *Reader) Buffered() int { return r.r.Buffered() }\n")
}
