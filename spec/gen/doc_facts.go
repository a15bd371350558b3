package gen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

// opcode shows the opcode of a message; as a character, too, where all of its layout are characters.
func (d *document) opcode(m *spec.Message) string {
	if m.Frame.Opcode() == nil {
		return "–"
	}
	for _, o := range d.p.Messages {
		if o.Frame == m.Frame && (o.Code <= ' ' || o.Code > '~' || o.Code == '|' || o.Code == '`') {
			return fmt.Sprintf("`0x%02x`", m.Code)
		}
	}
	return fmt.Sprintf("`0x%02x` (`%c`)", m.Code, rune(m.Code))
}

// askers returns the requests whose answer may hold a message.
func (d *document) askers(m *spec.Message) (out []*spec.Message) {
	for _, c := range d.p.Messages {
		for _, r := range c.Replies {
			if (r.End == m || slices.Contains(r.Before, m)) && !slices.Contains(out, c) {
				out = append(out, c)
			}
		}
	}
	return out
}

// replies says what answers a request that succeeds.
func (d *document) replies(m *spec.Message) string {
	var out []string
	for _, r := range m.Replies {
		s := ""
		if len(r.Before) > 0 {
			var before []string
			for _, b := range r.Before {
				before = append(before, linkMessage(b))
			}
			s = "any number of " + strings.Join(before, " and ") + ", then "
		}
		if r.End != nil {
			s += linkMessage(r.End)
		}
		if r.Maybe {
			s += " or nothing"
		}
		if r.If != nil {
			s += " if " + condition(r.If)
		}
		out = append(out, s)
	}
	return strings.Join(out, "; ")
}

// facts writes opcode, direction, states, reply and transitions in one paragraph.
func (d *document) facts(m *spec.Message) {
	if m.Frame.Opcode() == nil {
		d.f("**Without an opcode**")
	} else {
		d.f("**Opcode %s**", d.opcode(m))
	}
	from := "the " + string(m.From)
	if m.From == spec.FromBoth {
		from = "both sides"
	}
	d.f(", from %s", from)
	if len(d.p.Frames) > 1 {
		d.f("; layout %s", linkLayout(m.Frame))
	}
	if m.SentBy(spec.FromClient) {
		d.f("; legal in %s", d.statesOf(m))
	}
	if m.Feature != nil {
		d.f("; belongs to the feature %s", linkFeature(m.Feature))
	}
	switch {
	case !m.SentBy(spec.FromClient):
		d.serverFacts(m)
	case len(m.Replies) > 0:
		d.f("; answered with %s", d.replies(m))
	default:
		d.f("; success is silent")
	}
	var to []string
	for _, s := range d.p.States {
		for _, t := range s.Transitions {
			if t.Message == m && t.To != s {
				way := fmt.Sprintf("%s → %s", s.Name, t.To.Name)
				if t.If != nil {
					way += " if " + condition(t.If)
				}
				to = append(to, way)
			}
		}
	}
	if len(to) > 0 {
		d.f("; changes the state: %s", strings.Join(to, ", "))
	}
	d.f(".\n\n")
}

// serverFacts says what brings about a message of a server.
func (d *document) serverFacts(m *spec.Message) {
	var to, part []string
	for _, c := range d.askers(m) {
		if slices.ContainsFunc(c.Replies, func(r *spec.Reply) bool { return r.End == m }) {
			to = append(to, linkMessage(c))
		} else {
			part = append(part, linkMessage(c))
		}
	}
	if len(to) > 0 {
		d.f("; the reply to %s", strings.Join(to, " and "))
	}
	if len(part) > 0 {
		d.f("; part of the reply to %s", strings.Join(part, " and "))
	}
	switch {
	case m.IsError:
		d.f("; answers any request that is refused, in every state")
	case m.Push:
		d.f("; may come unasked in %s", d.statesOf(m))
	case len(m.In) > 0:
		d.f("; may come in %s", d.statesOf(m))
	}
}

// head tells what a message makes of the header: constants, limits, bits of its own.
func (d *document) head(m *spec.Message) {
	var own []*spec.Field
	for _, f := range m.Head {
		if !f.Type.Ignore && !slices.Contains(m.Frame.Fields, f) {
			own = append(own, f)
		}
	}
	if len(own) == 0 {
		return
	}
	d.f("In its header:\n\n| Field | Where | Limits | Breach earns | Meaning |\n|---|---|---|---|---|\n")
	for _, f := range own {
		limits := d.limits(f.Type)
		if limits == "" {
			limits = "none"
		}
		d.f("| `%s` | %s | %s | %s | %s |\n", f.Name, whereInHeader(m, f), limits, d.breach(f), d.meaning(m, f))
	}
	d.f("\n")
}

// whereInHeader says in which bits of the header a field of a message lies.
func whereInHeader(m *spec.Message, f *spec.Field) string {
	head := m.Head
	for _, x := range m.Frame.Of(m.From) {
		if x.Type.Kind == spec.KindRest {
			continue
		}
		whole := fixedBits(x.Type)
		for left := whole; len(head) > 0; {
			h := head[0]
			head = head[1:]
			if left -= fixedBits(h.Type); h == f {
				if left == 0 && fixedBits(h.Type) == whole {
					return "all of `" + x.Name + "`"
				}
				return fmt.Sprintf("`%s`, mask `%#x`", x.Name, (uint64(1)<<fixedBits(h.Type)-1)<<left)
			}
			if left <= 0 || !x.Per {
				break
			}
		}
	}
	return "–"
}

// bodyDiagram draws the fields of a message.
func bodyDiagram(fields []*spec.Field) string {
	g := newDiagram(false)
	draw(g, fields, "")
	return g.String()
}

func draw(g *diagram, fields []*spec.Field, prefix string) {
	for i, f := range fields {
		t := f.Type
		label := prefix + f.Name
		if f.If != nil {
			label += "?"
		}
		switch {
		case t.Bits > 0:
			g.fixed(label, t.Bits)
		case t.Varint > 0:
			g.variable("", 0, fmt.Sprintf("%s, 1 to %d bytes", label, t.Varint))
		case t.Kind == spec.KindUint || t.Kind == spec.KindInt:
			g.fixed(label, 8*t.Width)
		case t.Kind == spec.KindBool:
			g.fixed(label, 8)
		case t.Kind == spec.KindStruct && len(t.Fields) > 0:
			draw(g, t.Fields, label+".")
		case t.Kind == spec.KindRest && i == len(fields)-1 && prefix == "":
			g.variable("", 0, label+", up to the end")
		case t.Kind == spec.KindRest:
			g.variable("", 0, label+", all but what follows")
		case t.Until != nil && t.Kind == spec.KindArray:
			g.variable("", 0, fmt.Sprintf("%s, elements, then 0x%02x", label, *t.Until))
		case t.Until != nil:
			g.variable("", 0, fmt.Sprintf("%s, then 0x%02x", label, *t.Until))
		case t.ToEnd:
			g.variable("", 0, label+", elements up to the end")
		case t.Size > 0 && t.LenWidth == 0:
			g.fixed(label, 8*t.Size)
		case t.LenWidth == 0 && f.CountedBy != nil:
			g.variable("", 0, fmt.Sprintf("%s, %s bytes", label, f.CountedBy.Name))
		case t.Kind == spec.KindArray:
			g.variable(label+" count", 8*t.LenWidth, label+", elements")
		default:
			g.variable(label+" length", 8*t.LenWidth, label)
		}
	}
}

// rows writes the table of fields of a message, or of a struct if m is nil.
func (d *document) rows(m *spec.Message, fields []*spec.Field) {
	d.f("| Field | On the wire | Limits | Breach earns | Meaning |\n|---|---|---|---|---|\n")
	d.fieldRows(m, fields, "")
	d.f("\n")
}

func (d *document) fieldRows(m *spec.Message, fields []*spec.Field, prefix string) {
	for _, f := range fields {
		t := f.Type
		wire := d.wire(t)
		if f.CountedBy != nil {
			wire += ", as long as `" + f.CountedBy.Name + "` says"
		}
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
			limits = strings.TrimPrefix(limits+"; characters as the type says", "; ")
			if f.Named == "" && t.ASCII != nil {
				limits = strings.Replace(limits, "characters as the type says", "ASCII characters allowed: "+strings.ReplaceAll(d.charset(t.ASCII), "|", `\|`), 1)
			}
		}
		if t.Kind == spec.KindArray {
			limits = strings.TrimPrefix(limits+"; each element as its type says", "; ")
		}
		if len(f.Counts) > 0 {
			limits = "the size of `" + strings.Join(f.Counts, "` and `") + "`, 0 if it is not there"
		}
		if limits == "" {
			limits = "none"
		}
		d.f("| `%s` | %s | %s | %s | %s |\n", prefix+f.Name, wire, limits, d.breach(f), d.meaning(m, f))
		inner, path := t, prefix+f.Name
		for inner.Kind == spec.KindArray {
			inner, path = inner.Elem, path+"[]"
		}
		if inner.Kind == spec.KindStruct && inner.Name == "" {
			d.fieldRows(m, inner.Fields, path+".")
		}
	}
}

// breach names the error of a field.
func (d *document) breach(f *spec.Field) string {
	check := spec.CheckLimits
	if f.Early {
		check = spec.CheckEarly
	}
	t := f.Type
	e := t.Error
	if ch := d.p.Check(check); e == nil && ch != nil && d.limits(t) != "" {
		e = ch.Error
	}
	closed := t.Enum != nil && !t.Enum.Open || t.Kind == spec.KindBool && t.Bits == 0
	switch {
	case t.Min == nil && t.Max == nil && t.Chars == nil && !closed && t.ASCII == nil && t.Const == nil, e == nil, len(f.Counts) > 0, t.Ignore:
		return "–"
	case f.Early:
		return linkError(e) + ", *early*"
	}
	return linkError(e)
}

// meaning is the text of a field with what else the table says of it.
func (d *document) meaning(m *spec.Message, f *spec.Field) string {
	out := d.aged(d.cell(f.Doc), f.Since, f.Deprecated)
	if f.If != nil {
		out = strings.TrimSuffix(fmt.Sprintf("Only if %s: ", condition(f.If))+out, ": ")
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
