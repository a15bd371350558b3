package gen

import (
	"fmt"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

// topics writes the rules that belong to no single message.
func (d *document) topics() {
	d.section("General rules")
	for _, t := range d.p.Topics {
		d.sub(t.Title, "topic-"+anchor(t.ID))
		d.para(t.Doc)
		if t.Binds == spec.FromClient {
			d.f("These rules bind the client. They are judged by playing the server to it.\n\n")
		}
		d.rules(t.Rules)
	}
}

func (d *document) rules(rules []*spec.Rule) {
	for _, r := range rules {
		tags := []string{string(r.Level), "judged by *" + string(r.Judge) + "*"}
		if r.Feature != nil {
			tags = append(tags, "with "+linkFeature(r.Feature))
		}
		d.f("- <a id=\"%s\"></a>**%s** (%s): %s\n", r.ID, r.ID, strings.Join(tags, ", "), d.text(r.Text))
	}
	if len(rules) > 0 {
		d.f("\n")
	}
}

// messages writes the overview and the section of each message.
func (d *document) messages() {
	d.section("Messages")
	d.f("| Opcode | Message | From | Legal in | Answered with | What for |\n|---|---|---|---|---|---|\n")
	for _, m := range d.p.Messages {
		where, reply, what := d.statesOf(m), d.sentAs(m), m.Wish
		if m.SentBy(spec.FromClient) {
			if reply = "nothing"; len(m.Replies) > 0 {
				reply = d.replies(m)
			}
		}
		if what == "" {
			what = firstSentence(m.Doc)
		}
		d.f("| %s | %s | %s | %s | %s | %s |\n", d.opcode(m), linkMessage(m), m.From, where, reply, d.cell(d.aged(what, "", m.Deprecated)))
	}
	d.f("\n")
	for _, m := range d.p.Messages {
		d.message(m)
	}
}

// statesOf says where a message is legal.
func (d *document) statesOf(m *spec.Message) string {
	if m.From != spec.FromClient && len(m.In) == 0 {
		if m.Push || m.From == spec.FromBoth {
			return "every state"
		}
		return "as a reply"
	}
	var out []string
	for _, s := range m.In {
		out = append(out, s.Name)
	}
	return strings.Join(out, ", ")
}

// sentAs says of a message of the server what brings it about.
func (d *document) sentAs(m *spec.Message) string {
	var out []string
	if m.IsError {
		return "(error)"
	}
	if m.Push {
		out = append(out, "push")
	}
	for _, c := range d.askers(m) {
		out = append(out, "to "+linkMessage(c))
	}
	if out == nil {
		return "–"
	}
	return "(" + strings.Join(out, ", ") + ")"
}

func firstSentence(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if i := strings.Index(s, ". "); i >= 0 {
		return s[:i+1]
	}
	return s
}

// message writes the section of one message.
func (d *document) message(m *spec.Message) {
	d.sub(m.Name, "msg-"+anchor(m.Name))
	d.facts(m)
	d.para(m.Doc)
	if age := d.aged("", m.Since, m.Deprecated); age != "" {
		d.f("%s\n\n", age)
	}
	d.head(m)
	switch {
	case m.Frame.Body() == nil:
	case len(m.Fields) == 0:
		d.f("The body is empty.\n\n")
	default:
		d.f("```\n%s```\n\n", bodyDiagram(m.Fields))
		d.rows(m, m.Fields)
	}
	d.ownErrors(m)
	if len(m.Rules) > 0 {
		d.f("Rules:\n\n")
		d.rules(m.Rules)
	}
	d.vectors(m)
}

// ownErrors lists what a request can be refused with, beyond the checks that hold for all.
func (d *document) ownErrors(m *spec.Message) {
	if !m.SentBy(spec.FromClient) {
		return
	}
	if len(m.Errors) == 0 {
		d.f("It has no errors of its own; see %s.\n\n", d.ref(secChecks))
		return
	}
	d.f("Errors of its own, judged in this order after the checks of %s:\n\n", d.ref(secChecks))
	for i, e := range m.Errors {
		code := ""
		if !e.Uncoded {
			code = fmt.Sprintf(" (%d)", e.Code)
		}
		d.f("%d. %s%s: %s\n", i+1, linkError(e), code, d.text(e.Doc))
	}
	d.f("\n")
}
