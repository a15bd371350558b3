package gen

import (
	"fmt"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

// dotGenerator makes the state machine as a graph.
var dotGenerator = Generator{
	Kind: "dot",
	Doc:  "the state machine, as a graph for Graphviz",
	Out:  func(p *spec.Protocol) string { return "spec/" + p.ID },
	Owns: "*.dot",
	Generate: func(p *spec.Protocol) ([]File, error) {
		return []File{{Path: p.ID + ".dot", Data: []byte(Dot(p))}}, nil
	},
}

// An edge is a way from one state to another: what may lead there.
type edge struct {
	from, to *spec.State
	by       []string
}

// edges returns the ways between states, in the order of the table.
func edges(p *spec.Protocol) []*edge {
	var out []*edge
	for _, s := range p.States {
		for _, t := range s.Transitions {
			var e *edge
			for _, x := range out {
				if x.from == s && x.to == t.To {
					e = x
				}
			}
			if e == nil {
				e = &edge{from: s, to: t.To}
				out = append(out, e)
			}
			e.by = append(e.by, taken(t))
		}
	}
	return out
}

// taken says what takes a transition: the message, which side sends it if it is not the client, and the condition.
func taken(t *spec.Transition) string {
	s := t.Message.Name
	if t.Message.From == spec.FromServer {
		s += " (server)"
	}
	if t.If != nil {
		s += fmt.Sprintf(" if %s is %s", t.If.Field.Name, strings.Join(t.If.Names, " or "))
	}
	return s
}

// Dot returns the state machine in the language of Graphviz.
func Dot(p *spec.Protocol) string {
	var b strings.Builder
	fmt.Fprintf(&b, "// %s\ndigraph %s {\n\trankdir=LR\n\tnode [shape=box, style=rounded]\n\tstart [shape=point, label=\"\"]\n", generatedBy(p), dotString(p.ID))
	for _, s := range p.States {
		more := ""
		if s.End {
			more = ", peripheries=2"
		}
		fmt.Fprintf(&b, "\t%s [label=%s%s]\n", dotString("state "+s.Name), dotString(s.Name), more)
	}
	if s := p.Start(); s != nil {
		fmt.Fprintf(&b, "\tstart -> %s\n", dotString("state "+s.Name))
	}
	for _, e := range edges(p) {
		fmt.Fprintf(&b, "\t%s -> %s [label=%s]\n", dotString("state "+e.from.Name), dotString("state "+e.to.Name), dotString(strings.Join(e.by, "\n")))
	}
	b.WriteString("}\n")
	return b.String()
}

func dotString(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}

// mermaid returns the state machine in the language of Mermaid, which draws within Markdown.
func mermaid(p *spec.Protocol) string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n")
	if s := p.Start(); s != nil {
		fmt.Fprintf(&b, "    [*] --> %s\n", s.Name)
	}
	for _, e := range edges(p) {
		fmt.Fprintf(&b, "    %s --> %s: %s\n", e.from.Name, e.to.Name, strings.Join(e.by, ", "))
	}
	for _, s := range p.States {
		if s.End {
			fmt.Fprintf(&b, "    %s --> [*]\n", s.Name)
		}
	}
	return b.String()
}
