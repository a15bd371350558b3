package diff

import (
	"slices"

	"github.com/wirelaw/wirelaw/spec"
)

func (c *comparison) states() {
	for _, p := range c.statePairs {
		switch {
		case p.old == nil:
			c.add("state-added", "state "+p.new.Name, "", nil, p.new, "")
		case p.new == nil:
			c.add("state-removed", "state "+p.old.Name, "", p.old, nil, "")
		default:
			c.state("state "+p.old.Name, p.old, p.new)
		}
	}
}

func (c *comparison) state(path string, a, b *spec.State) {
	changed(c, "state-start", path, "start", a.Start, b.Start, a, b, "start")
	changed(c, "state-end", path, "end", a.End, b.End, a, b, "end")
	c.doc(path, a.Doc, b.Doc, a, b)
	left := slices.Clone(b.Transitions)
	for _, x := range a.Transitions {
		i := slices.IndexFunc(left, func(y *spec.Transition) bool {
			return same(c, x.Message, y.Message) && c.sameCondition(x.If, y.If)
		})
		if i < 0 {
			if c.twin[x.Message] != nil {
				c.add("transition-removed", path, step(x), x, nil, "")
			}
			continue
		}
		if y := left[i]; !same(c, x.To, y.To) {
			c.add("transition-changed", path, x.Message.Name+" "+arrow(x.To.Name, y.To.Name), x, y, "to")
		}
		left = slices.Delete(left, i, i+1)
	}
	for _, y := range left {
		if c.known(y.Message) {
			c.add("transition-added", path, step(y), nil, y, "")
		}
	}
	gone, come, _ := lists(c, a.Unspecified, b.Unspecified)
	for _, m := range gone {
		if c.twin[m] != nil {
			c.add("cell-decided", path, m.Name, a, b, "unspecified")
		}
	}
	for _, m := range come {
		if c.known(m) {
			c.add("cell-left-open", path, m.Name, a, b, "unspecified")
		}
	}
}

// known reports whether a message of the new table was in the old one.
func (c *comparison) known(m *spec.Message) bool {
	return slices.ContainsFunc(c.messagePairs, func(p pair[spec.Message]) bool { return p.new == m && p.old != nil })
}

func step(t *spec.Transition) string {
	s := t.Message.Name + " → " + t.To.Name
	if t.If != nil {
		s += " " + condition(t.If)
	}
	return s
}
