package diff

import (
	"fmt"

	"github.com/wirelaw/wirelaw/spec"
)

// enums compares what does not depend on who sends the values; enumUse compares the rest where the enum is used.
func (c *comparison) enums() {
	for _, p := range c.enumPairs {
		switch {
		case p.old == nil:
			c.add("enum-added", "enum "+p.new.Name, "", nil, p.new, "")
		case p.new == nil:
			c.add("enum-removed", "enum "+p.old.Name, "", p.old, nil, "")
		default:
			c.enum("enum "+p.old.Name, p.old, p.new)
		}
	}
}

func width(e *spec.Enum) string {
	if e.Bits > 0 {
		return fmt.Sprintf("b%d", e.Bits)
	}
	return fmt.Sprintf("u%d", 8*e.Width)
}

// values pairs the values of two enums: by name, else by number.
func values(a, b *spec.Enum) []pair[spec.EnumValue] {
	return match(a.Values, b.Values, func(v *spec.EnumValue) string { return v.Name },
		func(x, y *spec.EnumValue) bool { return x.Value == y.Value })
}

func (c *comparison) enum(path string, a, b *spec.Enum) {
	changed(c, "enum-layout", path, "type", width(a), width(b), a, b, "type")
	c.doc(path, a.Doc, b.Doc, a, b)
	for _, p := range values(a, b) {
		if p.old == nil || p.new == nil {
			continue
		}
		path := path + "." + p.old.Name
		changed(c, "enum-value-number", path, "value", p.old.Value, p.new.Value, p.old, p.new, "value")
		changed(c, "enum-value-renamed", path, "name", p.old.Name, p.new.Name, p.old, p.new, "name")
		if !same(c, p.old.Feature, p.new.Feature) {
			c.add("enum-value-feature", path, "feature "+arrow(featureName(p.old.Feature), featureName(p.new.Feature)), p.old, p.new, "feature")
		}
		c.age(path, p.old.Deprecated, p.new.Deprecated, p.old, p.new)
		c.doc(path, p.old.Doc, p.new.Doc, p.old, p.new)
	}
}

// enumUse compares the values that a side may send.
func (c *comparison) enumUse(from spec.Direction, a, b *spec.Enum) {
	path := "enum " + a.Name
	for _, p := range values(a, b) {
		switch {
		case p.old == nil && (a.Open || p.new.Feature != nil):
			c.say(place{path: path + "." + p.new.Name, new: p.new}, "feature-enum-value-added", "", "")
		case p.old == nil:
			c.sided(place{path: path + "." + p.new.Name, new: p.new, from: from}, false, "enum-value-added", "", "")
		case p.new == nil:
			c.sided(place{path: path + "." + p.old.Name, old: p.old, from: from}, true, "enum-value-removed", "", "")
		}
	}
	at := place{path: path, old: a, new: b, from: from}
	switch {
	case !a.Open && b.Open:
		c.sided(at, false, "enum-opened", "", "open")
	case a.Open && !b.Open:
		c.sided(at, true, "enum-closed", "", "open")
	}
}
