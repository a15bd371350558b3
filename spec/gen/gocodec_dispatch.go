package gen

import (
	"fmt"
	"slices"

	"github.com/wirelaw/wirelaw/spec"
)

// dispatch generates the interfaces of messages, their decoding by opcode, and the handler.
func (g *goCodec) dispatch() {
	f := g.file("dispatch")
	f.use("errors", runtimePath)
	f.doc("A Message is the body of a frame. Its methods have pointers as receivers.")
	f.p("type Message interface {")
	f.p("Opcode() Opcode")
	f.p("AppendBinary(dst []byte) ([]byte, error)")
	f.p("UnmarshalBinary(body []byte) error")
	f.p("UnmarshalView(body []byte) error")
	f.p("Validate(p codec.Profiles) error")
	f.p("}\n")
	f.doc("A ClientMessage is a request.")
	f.p("type ClientMessage interface {\nMessage")
	if len(g.p.Features) > 0 {
		f.p("Needs() Features")
	}
	f.p("unmarshal(body []byte, memory codec.Memory, p codec.Profiles) error\nclient()\n}\n")
	f.doc("A ServerMessage is a reply or a push.")
	f.p("type ServerMessage interface {\nMessage\nserver()\n}\n")
	g.newMessage(f, "Client", g.clients)
	g.newMessage(f, "Server", g.servers)

	f.doc("DecodeClient decodes the body of a client's frame and judges its layout and its limits; a nil p lets characters beyond ASCII through. " +
		"The message owns its memory. The error is a *codec.Error.")
	f.p("func DecodeClient(h Header, body []byte, p codec.Profiles) (ClientMessage, error) {")
	f.p("m := NewClientMessage(h.%s)\nif m == nil {\nreturn nil, unknown()\n}", goName(g.op.Name))
	f.p("if err := m.unmarshal(body, codec.Copied, p); err != nil {\nreturn nil, err\n}\nreturn m, nil\n}\n")
	f.doc("DecodeServer decodes the body of a server's frame and judges its layout and its limits, but no characters beyond ASCII. " +
		"The message owns its memory. The error is a *codec.Error.")
	f.p("func DecodeServer(h Header, body []byte) (ServerMessage, error) {")
	f.p("m := NewServerMessage(h.%s)\nif m == nil {\nreturn nil, unknown()\n}", goName(g.op.Name))
	f.p("if err := m.UnmarshalBinary(body); err != nil {\nreturn nil, err\n}\nreturn m, nil\n}\n")
	e := g.p.Check(spec.CheckOpcode).Error
	off := 0
	for _, fl := range g.header() {
		if fl == g.op {
			break
		}
		off += fl.Type.Width
	}
	f.doc("unknown is the error of an opcode that no message of the direction has.")
	f.p("func unknown() *codec.Error {")
	f.p("return &codec.Error{Field: %q, Offset: %d, Because: codec.BecauseOpcode, Code: %d, Name: %q}\n}\n", g.op.Name, off, e.Code, e.Name)
	g.handler(f)
	g.checkFeatures(f)
}

func (g *goCodec) newMessage(f *goFile, side string, messages []*spec.Message) {
	f.doc(fmt.Sprintf("New%sMessage returns an empty message with that opcode, or nil if there is none.", side))
	f.p("func New%sMessage(op Opcode) %sMessage {\nswitch op {", side, side)
	for _, m := range messages {
		f.p("case %s:\nreturn new(%s)", opName(m), messageName(m))
	}
	f.p("}\nreturn nil\n}\n")
}

func (g *goCodec) handler(f *goFile) {
	id, arg, what := "", "", ""
	if g.id != nil {
		id, arg, what = "id "+g.headerType(g.id)+", ", "h."+goName(g.id.Name)+", ", g.id.Name+" is that of the request. "
	}
	f.doc("A Handler takes the requests of a client. "+what+"The message belongs to the handler.",
		"A handler judges what the table's checks on frames leave to it: features, and the errors of the message itself.")
	f.p("type Handler interface {")
	for _, m := range g.clients {
		doc := m.Name + ": " + m.Wish + "."
		if m.Wish == "" {
			doc = m.Name + "."
		}
		f.doc(doc)
		f.p("%s(%sm *%s) error", messageName(m), id, messageName(m))
	}
	f.p("}\n")
	f.doc("Dispatch judges a request that has passed CheckHeader, by the table's checks in their order ("+g.dispatched()+
		"), and hands it to its method of handler. body is the whole body, and is not kept; a nil p lets characters beyond ASCII through.",
		"A breach is returned as the refusal that the table demands, a *"+g.errName()+
			" whose conditional fields are not set. An error of the handler is returned as it is. "+g.section("Order of checks")+".")
	f.p("func Dispatch(handler Handler, s State, h Header, body []byte, p codec.Profiles) error {")
	f.p("if err := checkRequest(s, h); err != nil {\nreturn err\n}")
	f.p("switch h.%s {", goName(g.op.Name))
	for _, m := range g.clients {
		f.p("case %s:\nm := new(%s)", opName(m), messageName(m))
		f.p("if err := decode(m, body, p); err != nil {\nreturn err\n}\nreturn handler.%s(%sm)", messageName(m), arg)
	}
	f.p("}\nreturn refuse(unknown())\n}\n")
	f.doc("decode decodes a request; a breach is a refusal.")
	f.p("func decode(m ClientMessage, body []byte, p codec.Profiles) error {")
	f.p("err := m.unmarshal(body, codec.Copied, p)\nif e, ok := errors.AsType[*codec.Error](err); ok {\nreturn refuse(e)\n}\nreturn err\n}\n")
}

// dispatched names the checks that Dispatch makes.
func (g *goCodec) dispatched() string {
	before, _ := g.headerChecks()
	var made []*spec.Check
	for _, c := range g.p.Checks {
		if c.Name != spec.CheckFeature && c.Name != spec.CheckMessage && !slices.Contains(before, c) {
			made = append(made, c)
		}
	}
	return checkNames(made)
}

func (g *goCodec) checkFeatures(f *goFile) {
	c := g.p.Check(spec.CheckFeature)
	if len(g.p.Features) == 0 || c == nil || c.Error == nil {
		return
	}
	f.doc("CheckFeatures returns the refusal that the table demands of a request that needs features beyond those that were announced, or nil.")
	f.p("func CheckFeatures(m ClientMessage, announced Features) *%s {", g.errName())
	f.p("missing := m.Needs() &^ announced\nif missing == 0 {\nreturn nil\n}")
	f.p("return %s\n}\n", g.refusal(codeName(c.Error), `"this server does not announce " + missing.String()`))
}
