package gen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

// table generates what belongs to the protocol as a whole: its version, the hash of the table, constants.
func (g *goCodec) table() {
	f := g.file("table")
	f.doc("TableHash is the SHA-256 of the table from which this package was generated, in hex.")
	f.p("const TableHash = %q\n", g.p.Hash)
	version := g.free("Version")
	f.doc(version + " is the version of the protocol that this package speaks.")
	f.p("const %s = %d\n", version, g.p.Version)
	if g.p.Port != 0 {
		port := g.free("Port")
		f.doc(port + " is the usual port.")
		f.p("const %s = %d\n", port, g.p.Port)
	}
	for _, pre := range g.p.Preface {
		name := goName(string(pre.From)) + "Preface"
		f.doc(name + " is what the " + string(pre.From) + " sends before its first frame.")
		f.p("const %s = %q\n", name, pre.Bytes)
	}
	if len(g.p.Constants) == 0 {
		return
	}
	f.doc("The constants of the protocol.")
	f.p("const (")
	for _, c := range g.p.Constants {
		f.doc(goName(c.Name) + ": " + g.p.Expand(c.Doc))
		switch c.Unit {
		case "s":
			f.use("time")
			f.p("%s = %d * time.Second", goName(c.Name), c.Value)
		case "ms":
			f.use("time")
			f.p("%s = %d * time.Millisecond", goName(c.Name), c.Value)
		default:
			f.p("%s = %d", goName(c.Name), c.Value)
		}
	}
	f.p(")")
}

// free is a name, longer if a message, a type or an enum has it.
func (g *goCodec) free(name string) string {
	taken := false
	for _, m := range g.p.Messages {
		taken = taken || messageName(m) == name
	}
	for _, t := range g.p.Types {
		taken = taken || goName(t.Name) == name
	}
	for _, e := range g.p.Enums {
		taken = taken || goName(e.Name) == name
	}
	if taken {
		return "Protocol" + name
	}
	return name
}

// opcodes generates the type Opcode.
func (g *goCodec) opcodes() {
	f := g.file("opcodes")
	f.use("fmt")
	f.doc("An Opcode says which message a frame holds.")
	wide := 1
	for _, fr := range g.p.Frames {
		if op := fr.Opcode(); op != nil {
			wide = max(wide, (bitsIn(op.Type)+7)/8)
		}
	}
	f.p("type Opcode %s\n", uintType(wide))
	if !g.plain {
		g.opcodeConstants(f)
		return
	}
	for _, side := range []struct {
		title    string
		messages []*spec.Message
	}{{"Requests of the client.", g.clients}, {"Messages of the server.", g.servers}} {
		if len(side.messages) == 0 {
			continue
		}
		f.doc(side.title)
		f.p("const (")
		for _, m := range side.messages {
			f.p("%s Opcode = %s // %s", opName(m), hex(m.Code), m.Name)
		}
		f.p(")\n")
	}
	f.doc("String returns the name of the message, \"" + g.p.Messages[0].Name + "\", or the number of an opcode that no message has.")
	f.p("func (op Opcode) String() string {\nswitch op {")
	var done []uint64
	for _, m := range g.p.Messages {
		if slices.Contains(done, m.Code) {
			continue
		}
		done = append(done, m.Code)
		name := m.Name
		if m.From == spec.FromClient {
			if other := g.p.ByCode(spec.FromServer, m.Code); other != nil {
				name += "/" + other.Name
			}
		} else if other := g.p.ByCode(spec.FromClient, m.Code); other != nil {
			name = other.Name + "/" + name
		}
		f.p("case %s:\nreturn %q", hex(m.Code), name)
	}
	f.p("}\nreturn fmt.Sprintf(\"0x%%0%dx\", uint64(op))\n}\n", 2*g.op.Type.Width)

	f.doc("Reply returns the opcode of the message that answers a request when it succeeds. It is not ok if success is silent.")
	f.p("func (op Opcode) Reply() (reply Opcode, ok bool) {\nswitch op {")
	for _, m := range g.clients {
		if m.Reply != nil {
			f.p("case %s:\nreturn %s, true", opName(m), opName(m.Reply))
		}
	}
	f.p("}\nreturn 0, false\n}")
}

// errors generates the type ErrorCode, and Error, which is the wire's error and Go's.
func (g *goCodec) errors() {
	coded := g.coded()
	if len(coded) == 0 {
		return
	}
	f := g.file("errors")
	f.use("fmt", runtimePath)
	width := g.codeWidth()
	name, text := "Error", "Text"
	if g.errMsg != nil {
		name, text = messageName(g.errMsg), ""
		if g.errText != nil {
			text = fieldName(g.errText)
		}
	}
	f.doc("An ErrorCode says why a request was refused. " + g.section("Errors") + ".")
	f.p("type ErrorCode %s\n", uintType(width))
	f.doc("The errors.")
	f.p("const (")
	for _, e := range coded {
		f.doc(e.Doc)
		f.p("%s ErrorCode = %d", codeName(e), e.Code)
	}
	f.p(")\n")
	f.doc("String returns the name of the error, \"" + coded[0].Name + "\", or the number of a code that the table does not have.")
	f.p("func (c ErrorCode) String() string {\nswitch c {")
	for _, e := range coded {
		f.p("case %s:\nreturn %q", codeName(e), e.Name)
	}
	f.p("}\nreturn fmt.Sprintf(\"error %%d\", uint64(c))\n}\n")
	f.doc("Doc returns the table's sentence about the error, or \"\".")
	f.p("func (c ErrorCode) Doc() string {\nswitch c {")
	for _, e := range coded {
		f.p("case %s:\nreturn %q", codeName(e), strings.Join(strings.Fields(e.Doc), " "))
	}
	f.p("}\nreturn \"\"\n}\n")
	f.doc("Reaction returns what a server does when it refuses a request with this error.")
	f.p("func (c ErrorCode) Reaction() codec.Reaction {\nswitch c {")
	for _, r := range []struct {
		react spec.Reaction
		name  string
	}{{spec.ReactReplyClose, "codec.ReactReplyClose"}, {spec.ReactClose, "codec.ReactClose"}} {
		var names []string
		for _, e := range coded {
			if e.React == r.react {
				names = append(names, codeName(e))
			}
		}
		if len(names) > 0 {
			f.p("case %s:\nreturn %s", strings.Join(names, ", "), r.name)
		}
	}
	f.p("}\nreturn codec.ReactReply\n}\n")
	if !g.plain {
		return
	}

	if g.errMsg == nil {
		f.doc("An Error is a refusal.")
		f.p("type Error struct {\nCode ErrorCode\nText string // a sentence for people\n}\n")
	}
	code := "Code"
	if g.errMsg != nil {
		code = fieldName(g.errCode)
	}
	if text == "" {
		f.doc("Error returns the name of the code.")
		f.p("func (m *%s) Error() string {\nreturn ErrorCode(m.%s).String()\n}\n", name, code)
	} else {
		f.doc("Error returns the sentence and the name of the code.")
		f.p("func (m *%s) Error() string {", name)
		f.p("if m.%s == \"\" {\nreturn ErrorCode(m.%s).String()\n}", text, code)
		f.p("return string(m.%s) + \" (\" + ErrorCode(m.%s).String() + \")\"\n}\n", text, code)
	}
	f.doc("Is reports whether target is an error of the same code, so that errors.Is(err, &" + name + "{" + code + ": …}) works.")
	f.p("func (m *%s) Is(target error) bool {", name)
	f.p("t, ok := target.(*%s)\nreturn ok && t.%s == m.%s\n}\n", name, code, code)
	f.doc("refuse turns a breach that the codec has found into the refusal that the table demands.")
	f.p("func refuse(e *codec.Error) *%s {\nreturn %s\n}", name, g.refusal("ErrorCode(e.Code)", "e.Sentence()"))
}

// coded are the errors that have a code on the wire.
func (g *goCodec) coded() (out []*spec.Error) {
	for _, e := range g.p.Errors {
		if !e.Uncoded {
			out = append(out, e)
		}
	}
	return out
}

// codeWidth is the number of bytes of an error code.
func (g *goCodec) codeWidth() int {
	if g.plain && g.errMsg != nil {
		return g.errCode.Type.Width
	}
	wide := 0
	for _, m := range g.p.Messages {
		for _, fl := range m.Values() {
			if fl.Type.ErrorSet {
				wide = max(wide, (bitsIn(fl.Type)+7)/8)
			}
		}
	}
	if wide == 0 {
		wide = 2
	}
	return wide
}

// errName is the Go type of a refusal.
func (g *goCodec) errName() string {
	if g.errMsg == nil {
		return "Error"
	}
	return messageName(g.errMsg)
}

// refusal is an expression for a refusal. Its code, an ErrorCode, and its text, a string, are expressions too.
func (g *goCodec) refusal(code, text string) string {
	codeField, textField := "Code", "Text"
	if g.errMsg != nil {
		codeField = fieldName(g.errCode)
		if t := g.goType(g.errCode.Type); t != "ErrorCode" {
			code = t + "(" + code + ")"
		}
		if g.errText == nil {
			return fmt.Sprintf("&%s{%s: %s}", g.errName(), codeField, code)
		}
		textField = fieldName(g.errText)
		if t := g.goType(g.errText.Type); t != "string" {
			text = t + "(" + text + ")"
		}
	}
	return fmt.Sprintf("&%s{%s: %s, %s: %s}", g.errName(), codeField, code, textField, text)
}

// states generates the type State.
func (g *goCodec) states() {
	f := g.file("states")
	f.use("fmt")
	f.doc("A State is the state of a connection. " + g.section("States") + ".")
	f.p("type State uint8\n")
	f.doc("The states.")
	f.p("const (")
	for i, s := range g.p.States {
		doc := s.Doc
		if s.Start {
			doc += " A connection begins here."
		}
		f.doc(doc)
		if i == 0 {
			f.p("%s State = iota", stateName(s))
		} else {
			f.p("%s", stateName(s))
		}
	}
	f.p(")\n")
	f.doc("String returns the name of the state, \"" + g.p.States[0].Name + "\".")
	f.p("func (s State) String() string {\nswitch s {")
	for _, s := range g.p.States {
		f.p("case %s:\nreturn %q", stateName(s), s.Name)
	}
	f.p("}\nreturn fmt.Sprintf(\"state %%d\", uint8(s))\n}\n")

	if !g.plain {
		g.stateMethods(f)
		return
	}
	f.doc("Legal reports whether a client may send a request with that opcode in this state. Messages of the server are not requests.")
	f.p("func (s State) Legal(op Opcode) bool {\nswitch s {")
	for _, s := range g.p.States {
		var ops []string
		for _, m := range g.clients {
			if m.LegalIn(s) {
				ops = append(ops, opName(m))
			}
		}
		if len(ops) > 0 {
			f.p("case %s:\nswitch op {\ncase %s:\nreturn true\n}", stateName(s), strings.Join(ops, ", "))
		}
	}
	f.p("}\nreturn false\n}\n")

	f.doc("After returns the state that follows when a request with that opcode has succeeded in this state.")
	f.p("func (s State) After(op Opcode) State {\nswitch s {")
	for _, s := range g.p.States {
		if len(s.Transitions) == 0 {
			continue
		}
		f.p("case %s:\nswitch op {", stateName(s))
		for _, t := range s.Transitions {
			if t.Message.From == spec.FromClient {
				f.p("case %s:\nreturn %s", opName(t.Message), stateName(t.To))
			}
		}
		f.p("}")
	}
	f.p("}\nreturn s\n}\n")

	f.doc("MaxBody returns the largest body, in bytes, that a client may send in this state.")
	f.p("func (s State) MaxBody() uint32 {\nswitch s {")
	for _, s := range g.p.States {
		if n, ok := g.body.MaxIn[s.Name]; ok && n < g.maxBody {
			f.p("case %s:\nreturn %d", stateName(s), n)
		}
	}
	f.p("}\nreturn MaxBody\n}")
}
