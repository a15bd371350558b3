package gen

import (
	"fmt"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

var goSides = []struct {
	name string
	from spec.Direction
}{{"Client", spec.FromClient}, {"Server", spec.FromServer}}

// A decoding is a layout as one side uses it.
type decoding struct {
	h       *goHeader
	side    string
	from    spec.Direction
	choices []choiceOf
	byState bool
}

type choiceOf struct {
	code uint64
	*choice
}

// name is that of the function that decodes it.
func (d *decoding) name(all []*decoding) string {
	base := goName(d.h.frame.Name)
	if d.h.prefix == "" || d.h.prefix == d.side {
		return "Decode" + d.side
	}
	for _, o := range all {
		if o != d && o.h.frame == d.h.frame {
			return "Decode" + base + d.side
		}
	}
	return "Decode" + base
}

// suffix is that of the names of what is not exported.
func (d *decoding) suffix() string { return strings.TrimSuffix(d.h.prefix, d.side) + d.side }

// decodings finds them all, by the way in which messages are told apart.
func (g *goCodec) decodings() (out []*decoding, err error) {
	for _, h := range g.headers {
		for i, side := range goSides {
			if !h.uses[i] {
				continue
			}
			d := &decoding{h: h, side: side.name, from: side.from}
			var codes []uint64
			byCode := map[uint64][]*spec.Message{}
			for _, m := range g.p.Messages {
				if m.Frame == h.frame && m.SentBy(side.from) {
					if byCode[m.Code] == nil {
						codes = append(codes, m.Code)
					}
					byCode[m.Code] = append(byCode[m.Code], m)
				}
			}
			for _, code := range codes {
				c, err := g.choose(byCode[code], true)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", g.p.ID, err)
				}
				d.choices = append(d.choices, choiceOf{code, c})
				d.byState = d.byState || c.needsState()
			}
			out = append(out, d)
		}
	}
	return out, nil
}

// decodes generates the functions that decode bodies and frames.
func (g *goCodec) decodes() error {
	all, err := g.decodings()
	if err != nil {
		return err
	}
	f := g.file("dispatch")
	f.use(runtimePath)
	g.messageInterfaces(f)
	for _, d := range all {
		g.decodeBody(f, d, d.name(all))
	}
	for _, side := range goSides {
		g.decodeFrame(f, all, side.name, side.from)
	}
	f.doc("noMessage is the error of an opcode, or of another constant that tells messages apart, that no message has.")
	f.p("func noMessage(field string, offset int) *codec.Error {")
	f.p("return &codec.Error{Field: field, Offset: offset, Because: codec.BecauseOpcode%s}\n}", g.demandFields(spec.CheckOpcode))
	return nil
}

func (g *goCodec) messageInterfaces(f *goFile) {
	id := g.idParam()
	f.doc("A Message is what a frame holds. Its methods have pointers as receivers.")
	f.p("type Message interface {\nOpcode() Opcode\nValidate(p codec.Profiles) error\nname() string\nappendFrame(dst []byte%s) ([]byte, error)\n}\n", id)
	f.doc("A ClientMessage may come from a client.")
	f.p("type ClientMessage interface {\nMessage")
	if len(g.p.Features) > 0 {
		f.p("Needs() Features")
	}
	f.p("client()\n}\n")
	f.doc("A ServerMessage may come from a server.")
	f.p("type ServerMessage interface {\nMessage\nserver()\n}\n")
	f.doc("NewMessage returns an empty message by its name in the table, or nil if there is none of that name.")
	f.p("func NewMessage(name string) Message {\nswitch name {")
	for _, m := range g.p.Messages {
		f.p("case %q:\nreturn new(%s)", m.Name, messageName(m))
	}
	f.p("}\nreturn nil\n}\n")
	param, arg, doc := "", "", ""
	if id != "" {
		param, arg, doc = "id "+g.idType()+", ", ", id", " with id in its header"
	}
	f.doc("AppendFrame appends the whole frame of m" + doc + " to dst and returns the extended buffer. Lengths follow from what they count. A value outside its limits, " +
		"or a body that is too long, is a *codec.Error; dst is then returned as it was. Characters beyond ASCII are not judged.")
	f.p("func AppendFrame(dst []byte, %sm Message) ([]byte, error) {\nreturn m.appendFrame(dst%s)\n}\n", param, arg)
}

// idType is the Go type of correlations; "" if the table has none.
func (g *goCodec) idType() string {
	wide := 0
	for _, h := range g.headers {
		if h.id != nil {
			wide = max(wide, bitsIn(h.id.Type))
		}
	}
	if wide == 0 {
		return ""
	}
	return uintType((wide + 7) / 8)
}

func (g *goCodec) idParam() string {
	if t := g.idType(); t != "" {
		return ", id " + t
	}
	return ""
}

func (g *goCodec) decodeBody(f *goFile, d *decoding, name string) {
	h := d.h
	state, s, profiles, p, judged := "", "", "", "nil", "but no characters beyond ASCII"
	if d.byState {
		state, s = "s State, ", "s, "
	}
	if d.from == spec.FromClient {
		profiles, p, judged = ", p codec.Profiles", "p", "and, with a p that is not nil, its characters beyond ASCII"
	}
	chooser, iface := "choose"+d.suffix(), "frame"+d.suffix()
	f.doc(fmt.Sprintf("%s decodes the body of %s and judges its layout and its limits, %s. The message owns its memory. The error is a *codec.Error.",
		name, whose(h, d), judged))
	param, body := ", body []byte", "body"
	if h.body == nil {
		param, body = "", "nil"
	}
	f.p("func %s(%sh %s%s%s) (%sMessage, error) {", name, state, h.name(), param, profiles, d.side)
	f.p("m, fault := %s(%sh, %s)\nif fault != nil {\nreturn nil, fault\n}", chooser, s, body)
	f.p("if err := m.unmarshal(h, %s, codec.Copied, %s); err != nil {\nreturn nil, err\n}\nreturn m, nil\n}\n", body, p)
	f.p("type %s interface {\n%sMessage\nunmarshal(h %s, body []byte, memory codec.Memory, p codec.Profiles) error\n}\n", iface, d.side, h.name())
	f.doc(fmt.Sprintf("%s returns an empty message, the one that the opcode, constants and the state name.", chooser))
	f.p("func %s(%sh %s, body []byte) (%s, *codec.Error) {", chooser, state, h.name(), iface)
	if h.op == nil {
		d.choices[0].print(g, f, h)
		f.p("}\n")
		return
	}
	f.p("switch h.%s {", goName(h.op.Name))
	for _, c := range d.choices {
		f.p("case %s:", hex(c.code))
		c.print(g, f, h)
	}
	f.p("}\nreturn nil, noMessage(%q, %d)\n}\n", h.op.Name, h.offset(h.op))
}

// whose says whose frame it is, of which layout.
func whose(h *goHeader, d *decoding) string {
	what := "frame"
	if h.frame.Name != "" {
		what = h.frame.Name + " frame"
	}
	return strings.ToLower(article(what)[:1]) + article(what)[1:] + " of the " + lower("", d.side)
}

// decodeFrame generates the function that decodes whole frames of one side.
func (g *goCodec) decodeFrame(f *goFile, all []*decoding, side string, from spec.Direction) {
	var main *decoding
	other := map[*decoding][]*spec.State{}
	byState := false
	var order []*decoding
	for _, d := range all {
		if d.from != from {
			continue
		}
		byState = byState || d.byState
		if d.h.frame == g.p.Main() {
			main = d
			continue
		}
		order = append(order, d)
		for _, s := range g.p.States {
			if g.p.FrameIn(s, from) == d.h.frame {
				other[d] = append(other[d], s)
				byState = true
			}
		}
	}
	if main == nil && len(order) == 0 {
		return
	}
	state, profiles, p := "", "", "nil"
	if byState {
		state = "s State, "
	}
	if from == spec.FromClient {
		profiles, p = ", p codec.Profiles", "p"
	}
	f.doc(fmt.Sprintf("Decode%sFrame decodes a whole frame, and nothing but a frame, of the %s, as it is laid out there: a length that is not true is an error, too. "+
		"Else it is as if header and body were decoded.%s", side, lower("", side), g.ids(" It returns the id of the frame, too.")))
	f.p("func Decode%sFrame(%sframe []byte%s) (%s%sMessage, error) {", side, state, profiles, g.ids(g.idType()+", "), side)
	if len(other) > 0 {
		f.p("switch s {")
		for _, d := range order {
			if len(other[d]) > 0 {
				f.p("case %s:", join(other[d], stateName))
				g.decodeWhole(f, d, p)
			}
		}
		f.p("}")
	}
	if main != nil {
		g.decodeWhole(f, main, p)
	} else {
		f.p("return %snil, noMessage(\"\", 0)", g.ids("0, "))
	}
	f.p("}\n")
}

// ids is text if the table has correlations.
func (g *goCodec) ids(text string) string {
	if g.idType() == "" {
		return ""
	}
	return text
}

func (g *goCodec) decodeWhole(f *goFile, d *decoding, p string) {
	h := d.h
	none, id := g.ids("0, "), g.ids("0, ")
	if h.id != nil {
		id = g.convert("h."+goName(h.id.Name), g.headFieldType(h, h.id), g.idType()) + ", "
	}
	if h.varint != nil {
		f.p("h, err := Parse%s(frame)\nif err != nil {\nreturn %snil, err\n}", h.name(), none)
	} else {
		f.p("if len(frame) < %sSize {\nreturn %snil, short%s()\n}\nh := Parse%s(frame)", h.name(), none, h.name(), h.name())
	}
	f.p("body := frame[%s:]", h.sizeOf())
	s := ""
	if d.byState {
		s = "s, "
	}
	cut, n := "body", ""
	switch {
	case h.length != nil:
		cut, n = "codec.Fits(body, h.BodySize())", "h.BodySize()"
	case h.body == nil:
		n = "0"
	}
	f.p("m, fault := choose%s(%sh, %s)\nif fault != nil {\nreturn %snil, fault\n}", d.suffix(), s, cut, none)
	if n != "" {
		f.p("if fault := codec.Length(m.name(), %s, %s, len(body), %s.Layout); fault != nil {\nreturn %snil, fault\n}", h.sizeOf(), n, h.wire(), none)
	}
	f.p("if err := m.unmarshal(h, body, codec.Copied, %s); err != nil {\nreturn %snil, err\n}\nreturn %sm, nil", p, none, id)
}
