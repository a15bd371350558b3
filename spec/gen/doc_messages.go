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
		where, reply, what := d.statesOf(m), "", m.Wish
		if m.From == spec.FromClient {
			reply = "nothing"
			if m.Reply != nil {
				reply = linkMessage(m.Reply)
			}
		} else {
			reply = d.sentAs(m)
		}
		if what == "" {
			what = firstSentence(m.Doc)
		}
		d.f("| `0x%02x` | %s | %s | %s | %s | %s |\n", m.Code, linkMessage(m), m.From, where, reply, d.cell(what))
	}
	d.f("\n")
	for _, m := range d.p.Messages {
		d.message(m)
	}
}

// statesOf says where a message is legal.
func (d *document) statesOf(m *spec.Message) string {
	if m.From == spec.FromServer && len(m.In) == 0 {
		if m.Push {
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
	for _, c := range d.p.Messages {
		if c.Reply == m {
			out = append(out, "to "+linkMessage(c))
		}
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
	if len(m.Fields) == 0 {
		d.f("The body is empty.\n\n")
	} else {
		d.f("```\n%s```\n\n", d.bodyDiagram(m))
		d.fields(m)
	}
	d.ownErrors(m)
	if len(m.Rules) > 0 {
		d.f("Rules:\n\n")
		d.rules(m.Rules)
	}
	d.vectors(m)
}

// facts writes opcode, direction, states, reply and transitions in one paragraph.
func (d *document) facts(m *spec.Message) {
	if m.From == spec.FromServer {
		d.f("**Opcode `0x%02x`**, from the server", m.Code)
		var to []string
		for _, c := range d.p.Messages {
			if c.Reply == m {
				to = append(to, linkMessage(c))
			}
		}
		if len(to) > 0 {
			d.f("; the reply to %s", strings.Join(to, " and "))
		}
		if m.IsError {
			d.f("; answers any request that is refused, in every state")
		} else if m.Push {
			d.f("; may come unasked in %s", d.statesOf(m))
		}
		d.f(".\n\n")
		return
	}
	d.f("**Opcode `0x%02x`**, from the client; legal in %s", m.Code, d.statesOf(m))
	if m.Feature != nil {
		d.f("; belongs to the feature %s", linkFeature(m.Feature))
	}
	if m.Reply != nil {
		d.f("; answered with %s", linkMessage(m.Reply))
	} else {
		d.f("; success is silent")
	}
	var to []string
	for _, s := range d.p.States {
		if next := s.After(m); next != s {
			to = append(to, fmt.Sprintf("%s → %s", s.Name, next.Name))
		}
	}
	if len(to) > 0 {
		d.f("; changes the state: %s", strings.Join(to, ", "))
	}
	d.f(".\n\n")
}

// bodyDiagram draws the fields of a message.
func (d *document) bodyDiagram(m *spec.Message) string {
	g := newDiagram(false)
	for _, f := range m.Fields {
		t := f.Type
		label := f.Name
		if f.If != nil {
			label += "?"
		}
		switch {
		case t.Kind == spec.KindUint:
			g.fixed(label, 8*t.Width)
		case t.Kind == spec.KindBool:
			g.fixed(label, 8)
		case t.Kind == spec.KindRest:
			g.variable("", 0, label+", up to the end")
		case t.LenWidth == 0:
			g.fixed(label, 8*t.Size)
		case t.Kind == spec.KindArray:
			g.variable(label+" count", 8*t.LenWidth, label+", elements")
		default:
			g.variable(label+" length", 8*t.LenWidth, label)
		}
	}
	return g.String()
}

// fields writes the table of fields.
func (d *document) fields(m *spec.Message) {
	d.f("| Field | On the wire | Limits | Breach earns | Meaning |\n|---|---|---|---|---|\n")
	for _, f := range m.Fields {
		t := f.Type
		wire := d.wire(t)
		switch {
		case f.Named != "":
			wire = fmt.Sprintf("%s: %s", linkType(f.Named), wire)
		case t.Flags:
			wire += fmt.Sprintf(", flags of [features](#section-%d)", secFeatures)
		case t.ErrorSet:
			wire += fmt.Sprintf(", an [error](#section-%d) code", secErrors)
		}
		limits := d.limits(t)
		if t.ASCII != nil || t.Profile != nil {
			limits += "; characters as the type says"
		}
		if t.Kind == spec.KindArray {
			limits = strings.TrimPrefix(limits+"; each element as its type says", "; ")
		}
		if limits == "" {
			limits = "none"
		}
		d.f("| `%s` | %s | %s | %s | %s |\n", f.Name, wire, limits, d.breach(f), d.meaning(m, f))
	}
	d.f("\n")
}

// breach names the error of a field.
func (d *document) breach(f *spec.Field) string {
	check := spec.CheckLimits
	if f.Early {
		check = spec.CheckEarly
	}
	e := f.Type.Error
	if ch := d.p.Check(check); e == nil && ch != nil && d.limits(f.Type) != "" {
		e = ch.Error
	}
	switch {
	case f.Type.Min == nil && f.Type.Max == nil && f.Type.Chars == nil && f.Type.Enum == nil && f.Type.Kind != spec.KindBool && f.Type.ASCII == nil:
		return "–"
	case e == nil:
		return "–"
	case f.Early:
		return linkError(e) + ", *early*"
	}
	return linkError(e)
}

// meaning is the text of a field with what else the table says of it.
func (d *document) meaning(m *spec.Message, f *spec.Field) string {
	out := d.cell(f.Doc)
	if f.If != nil {
		var values []string
		for i, v := range f.If.Values {
			values = append(values, fmt.Sprintf("%s (%d)", f.If.Names[i], v))
		}
		out = fmt.Sprintf("Only if `%s` is %s: ", f.If.Field.Name, strings.Join(values, " or ")) + out
	}
	if s := f.SameAs; s != nil {
		name := "`" + s.Field.Name + "`"
		if s.Message != m {
			name += " of " + linkMessage(s.Message)
		}
		out += fmt.Sprintf(" (normally the value of %s; another one breaks no limit)", name)
	}
	return out
}

// ownErrors lists what a request can be refused with, beyond the checks that hold for all.
func (d *document) ownErrors(m *spec.Message) {
	if m.From != spec.FromClient {
		return
	}
	if len(m.Errors) == 0 {
		d.f("It has no errors of its own; see %s.\n\n", d.ref(secChecks))
		return
	}
	d.f("Errors of its own, judged in this order after the checks of %s:\n\n", d.ref(secChecks))
	for i, e := range m.Errors {
		d.f("%d. %s (%d): %s\n", i+1, linkError(e), e.Code, d.text(e.Doc))
	}
	d.f("\n")
}
