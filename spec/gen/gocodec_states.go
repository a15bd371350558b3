package gen

import (
	"fmt"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

// stateMethods generates what a state says about whole messages, for tables that are not plain: which ones may come, and
// which state follows.
func (g *goCodec) stateMethods(f *goFile) {
	for _, side := range goSides {
		var list []*spec.Message
		for _, m := range g.p.Messages {
			if m.SentBy(side.from) {
				list = append(list, m)
			}
		}
		if len(list) == 0 {
			continue
		}
		f.doc(fmt.Sprintf("Legal%s reports whether m may come from a %s in this state.", side.name, lower("", side.name)))
		f.p("func (s State) Legal%s(m %sMessage) bool {\nswitch m.(type) {", side.name, side.name)
		for _, m := range list {
			var in []string
			for _, s := range g.p.States {
				if m.LegalIn(s) {
					in = append(in, "s == "+stateName(s))
				}
			}
			f.p("case *%s:", messageName(m))
			switch {
			case len(in) == len(g.p.States):
				f.p("return true")
			case len(in) > 0:
				f.p("return %s", strings.Join(in, " || "))
			}
		}
		f.p("}\nreturn false\n}\n")
	}

	f.doc("After returns the state that follows when m has taken effect in this state: a request that is answered when its answer has come, any other message when it was sent.")
	f.p("func (s State) After(m Message) State {\nswitch s {")
	for _, st := range g.p.States {
		if len(st.Transitions) == 0 {
			continue
		}
		var messages []*spec.Message
		to := map[*spec.Message][]*spec.Transition{}
		bind := ""
		for _, t := range st.Transitions {
			if to[t.Message] == nil {
				messages = append(messages, t.Message)
			}
			to[t.Message] = append(to[t.Message], t)
			if c := g.transitionIf(t); c != "true" && c != "false" {
				bind = "m := "
			}
		}
		f.p("case %s:\nswitch %sm.(type) {", stateName(st), bind)
		for _, m := range messages {
			f.p("case *%s:", messageName(m))
			for _, t := range to[m] {
				switch c := g.transitionIf(t); c {
				case "false":
				case "true":
					f.p("return %s", stateName(t.To))
				default:
					f.p("if %s {\nreturn %s\n}", c, stateName(t.To))
				}
				if t.If == nil {
					break
				}
			}
		}
		f.p("}")
	}
	f.p("}\nreturn s\n}")
}

// transitionIf is the Go condition of a transition.
func (g *goCodec) transitionIf(t *spec.Transition) string {
	if t.If == nil {
		return "true"
	}
	s := &scope{g: g, x: "m", head: g.headOf(t.Message), fields: t.Message.Fields}
	return s.condition(&spec.Field{If: t.If})
}

// opcodeConstants generates the opcodes of a table that is not plain.
func (g *goCodec) opcodeConstants(f *goFile) {
	for _, side := range []struct {
		title string
		from  spec.Direction
	}{{"Messages of the client.", spec.FromClient}, {"Messages of the server.", spec.FromServer}, {"Messages of both sides.", spec.FromBoth}} {
		first := true
		for _, m := range g.p.Messages {
			if m.From != side.from || g.opcodeField(m) == nil {
				continue
			}
			if first {
				f.doc(side.title)
				f.p("const (")
				first = false
			}
			f.p("%s Opcode = %s // %s", opName(m), hex(m.Code), m.Name)
		}
		if !first {
			f.p(")\n")
		}
	}
	names := map[uint64][]string{}
	var codes []uint64
	wide := 0
	for _, m := range g.p.Messages {
		if op := g.opcodeField(m); op != nil {
			wide = max(wide, (bitsIn(op.Type)+7)/8)
			if names[m.Code] == nil {
				codes = append(codes, m.Code)
			}
			names[m.Code] = append(names[m.Code], m.Name)
		}
	}
	f.doc("String returns the name of the message, the names of several with slashes between them, or the number of an opcode that no message has.")
	f.p("func (op Opcode) String() string {\nswitch op {")
	for _, code := range codes {
		f.p("case %s:\nreturn %q", hex(code), strings.Join(names[code], "/"))
	}
	f.p("}\nreturn fmt.Sprintf(\"0x%%0%dx\", uint64(op))\n}", 2*max(1, wide))
}

// lower joins a word and a Go name for a file's name, or for a text.
func lower(word, name string) string {
	name = strings.ToLower(name)
	if word != "" && name != "" {
		return word + "_" + name
	}
	return word + name
}
