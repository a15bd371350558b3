package check

import (
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

// rules judges the numbered demands and all texts.
func (c *checker) rules() {
	ids := newDistinct[string](c)
	owners := newDistinct[string](c)
	text := map[string]string{}
	watched := map[spec.Watch]string{}
	judge := func(owner string, side spec.Direction, rules []*spec.Rule) {
		for _, r := range rules {
			ids.add(r.ID, "another rule", r, "id", "id %q", r.ID)
			if prefix, _, _ := strings.Cut(r.ID, "-"); prefix != owner {
				c.bad(r, "id", "the id of a rule of %s begins with %q", owner, owner+"-")
			}
			if first := text[r.Text]; first != "" && r.Text != "" {
				c.bad(r, "text", "%s says the same", first)
			}
			text[r.Text] = r.ID
			switch {
			case r.Of != nil && r.Derive == "":
				c.bad(r, "of", "it says of which values cases are derived, but none are: derive is missing")
			case r.Derive != "" && r.Judge != spec.JudgeWire:
				c.bad(r, "derive", "derived cases judge on the wire, not by %s", r.Judge)
			}
			switch first := watched[r.Watch]; {
			case r.Watch == "":
			case r.Judge != spec.JudgeWire:
				c.bad(r, "watch", "traffic is judged on the wire, not by %s", r.Judge)
			case r.Watch.Binds() != side:
				c.bad(r, "watch", "%q is demanded of the %s, and %s binds the %s", r.Watch, r.Watch.Binds(), r.ID, side)
			case first != "":
				c.bad(r, "watch", "%s demands %q already", first, r.Watch)
			default:
				watched[r.Watch] = r.ID
			}
			c.text(r, "text", r.Text)
		}
	}
	for _, t := range c.p.Topics {
		owners.add(t.ID, "another topic", t, "id", "id %q", t.ID)
		if c.p.Message(t.ID) != nil {
			c.bad(t, "id", "%q is a message: a topic needs a name of its own", t.ID)
		}
		if len(t.Rules) == 0 {
			c.bad(t, "", "a topic has at least one rule")
		}
		c.text(t, "doc", t.Doc)
		judge(t.ID, t.Binds, t.Rules)
	}
	for _, m := range c.p.Messages {
		if len(m.Rules) == 0 {
			c.bad(m, "", "it has no rule: nothing says what it must do")
		}
		c.text(m, "doc", m.Doc)
		judge(m.Name, spec.FromServer, m.Rules)
	}
	c.otherTexts()
}

func (c *checker) otherTexts() {
	p := c.p
	c.text(p, "doc", p.Doc)
	for _, x := range p.Constants {
		c.text(x, "doc", x.Doc)
	}
	for _, l := range p.Frames {
		c.text(l, "doc", l.Doc)
		for _, x := range l.Fields {
			c.text(x, "doc", x.Doc)
		}
	}
	for _, x := range c.fields {
		if pos, _ := p.Where(x, "doc"); pos != (spec.Pos{}) {
			c.text(x, "doc", x.Doc)
		}
	}
	for _, x := range c.elements {
		c.text(x, "doc", x.Doc)
	}
	for _, x := range p.Checks {
		c.text(x, "doc", x.Doc)
	}
	for _, x := range p.States {
		c.text(x, "doc", x.Doc)
	}
	for _, x := range p.Features {
		c.text(x, "doc", x.Doc)
	}
	for _, x := range p.Errors {
		c.text(x, "doc", x.Doc)
	}
	for _, x := range p.Types {
		c.text(x, "doc", x.Doc)
	}
	for _, x := range p.Enums {
		c.text(x, "doc", x.Doc)
		for _, v := range x.Values {
			c.text(v, "doc", v.Doc)
		}
	}
}

// text judges the constants that a text names in braces.
func (c *checker) text(entity any, key, text string) {
	for _, name := range spec.Placeholders(text) {
		if c.p.Constant(name) != nil {
			continue
		}
		var all []string
		for _, k := range c.p.Constants {
			all = append(all, k.Name)
		}
		c.bad(entity, key, "there is no constant %q", name)
		c.problems[len(c.problems)-1].Suggest = spec.Nearest(name, all)
	}
}

// unused refuses what is declared and never used.
func (c *checker) unused() {
	u := usage{errors: map[*spec.Error]bool{}, features: map[*spec.Feature]bool{}, types: map[string]bool{}, constants: map[string]bool{}}
	u.collect(c)
	for _, e := range c.p.Errors {
		if !u.errors[e] && !e.Anywhere {
			c.bad(e, "", "nothing earns this error")
		}
	}
	for _, f := range c.p.Features {
		if !u.features[f] {
			c.bad(f, "", "nothing belongs to this feature")
		}
	}
	for _, t := range c.p.Types {
		if !u.types[t.Name] {
			c.bad(t, "", "nothing is of this type")
		}
	}
	for _, e := range c.p.Enums {
		if !u.types[e.Name] {
			c.bad(e, "", "nothing is of this enum")
		}
	}
	for _, l := range c.p.Frames {
		if len(c.p.Messages) > 0 && !slices.ContainsFunc(c.p.Messages, func(m *spec.Message) bool { return m.Frame == l }) {
			c.bad(l, "", "no message has this layout")
		}
	}
	for _, k := range c.p.Constants {
		if !u.constants[k.Name] {
			c.bad(k, "", "no text refers to {%s}", k.Name)
		}
	}
}

// usage is what a table refers to.
type usage struct {
	errors    map[*spec.Error]bool
	features  map[*spec.Feature]bool
	types     map[string]bool
	constants map[string]bool
}

func (u *usage) collect(c *checker) {
	p := c.p
	texts := []string{p.Doc}
	for _, ch := range p.Checks {
		u.errors[ch.Error] = true
		texts = append(texts, ch.Doc)
	}
	for _, e := range p.Errors {
		texts = append(texts, e.Doc)
	}
	for _, s := range p.States {
		texts = append(texts, s.Doc)
	}
	for _, f := range p.Features {
		texts = append(texts, f.Doc)
	}
	for _, e := range p.Enums {
		texts = append(texts, e.Doc)
		for _, v := range e.Values {
			u.features[v.Feature] = true
			texts = append(texts, v.Doc)
		}
	}
	for _, t := range p.Types {
		u.of(t, t.Name)
		texts = append(texts, t.Doc)
	}
	for _, l := range p.Frames {
		texts = append(texts, l.Doc)
		for _, f := range l.Fields {
			u.field(f)
			texts = append(texts, f.Doc)
		}
	}
	for _, f := range c.fields {
		u.field(f)
		texts = append(texts, f.Doc)
	}
	for _, t := range c.elements {
		u.of(t, "")
		texts = append(texts, t.Doc)
	}
	for _, m := range p.Messages {
		u.features[m.Feature] = true
		texts = append(texts, m.Doc)
		for _, e := range m.Errors {
			u.errors[e] = true
		}
	}
	for _, t := range p.Topics {
		texts = append(texts, t.Doc)
	}
	for _, r := range p.Rules() {
		u.features[r.Feature] = true
		texts = append(texts, r.Text)
	}
	for _, t := range texts {
		for _, name := range spec.Placeholders(t) {
			u.constants[name] = true
		}
	}
}

func (u *usage) field(f *spec.Field) {
	u.types[f.Named] = true
	u.of(f.Type, f.Named)
}

// of notes what a type refers to.
func (u *usage) of(t *spec.Type, name string) {
	u.errors[t.Error] = true
	if t.Profile != nil {
		u.features[t.Profile.Feature] = true
	}
	if t.Elem != nil {
		if t.Elem.Name != name {
			u.types[t.Elem.Name] = true
		}
		if t.Elem.Enum != nil {
			u.types[t.Elem.Enum.Name] = true
		}
	}
}
