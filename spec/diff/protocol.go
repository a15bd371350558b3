package diff

import (
	"bytes"
	"fmt"

	"github.com/wirelaw/wirelaw/spec"
)

func (c *comparison) protocol() {
	a, b := c.old, c.new
	changed(c, "protocol-renamed", "protocol", "id", a.ID, b.ID, a, b, "id")
	switch what := "version " + arrow(a.Version, b.Version); {
	case a.Version < b.Version:
		c.add("version-raised", "protocol", what, a, b, "version")
	case a.Version > b.Version:
		c.add("version-lowered", "protocol", what, a, b, "version")
	}
	order := map[bool]string{true: "big", false: "little"}
	changed(c, "byte-order", "protocol", "endian", order[a.BigEndian], order[b.BigEndian], a, b, "endian")
	changed(c, "transport", "protocol", "transport", a.Transport, b.Transport, a, b, "transport")
	changed(c, "port", "protocol", "port", a.Port, b.Port, a, b, "port")
	changed(c, "text-changed", "protocol", "title", a.Title, b.Title, a, b, "title")
	c.doc("protocol", a.Doc, b.Doc, a, b)

	for _, p := range match(a.Preface, b.Preface, func(p *spec.Preface) string { return string(p.From) }, nil) {
		switch {
		case p.old == nil:
			c.add("preface-added", "preface of the "+string(p.new.From), "", nil, p.new, "")
		case p.new == nil:
			c.add("preface-removed", "preface of the "+string(p.old.From), "", p.old, nil, "")
		case !bytes.Equal(p.old.Bytes, p.new.Bytes):
			c.add("preface-changed", "preface of the "+string(p.old.From), fmt.Sprintf("%q → %q", p.old.Bytes, p.new.Bytes), p.old, p.new, "bytes")
		}
	}
	for _, p := range match(a.Constants, b.Constants, func(k *spec.Constant) string { return k.Name }, nil) {
		switch {
		case p.old == nil:
			c.add("constant-added", "constant "+p.new.Name, p.new.String(), nil, p.new, "")
		case p.new == nil:
			c.add("constant-removed", "constant "+p.old.Name, p.old.String(), p.old, nil, "")
		default:
			path := "constant " + p.old.Name
			changed(c, "constant-changed", path, "", p.old.String(), p.new.String(), p.old, p.new, "value")
			c.doc(path, p.old.Doc, p.new.Doc, p.old, p.new)
		}
	}
}

// doc records that a description changed.
func (c *comparison) doc(path, a, b string, old, new any) {
	if a != b {
		c.add("text-changed", path, "doc", old, new, "doc")
	}
}

// age records that something came to be, or ceased to be, deprecated.
func (c *comparison) age(path, a, b string, old, new any) {
	switch {
	case a == "" && b != "":
		c.add("deprecated", path, b, old, new, "deprecated")
	case a != "" && b == "":
		c.add("undeprecated", path, "", old, new, "")
	case a != b:
		c.add("text-changed", path, "deprecated", old, new, "deprecated")
	}
}

func (c *comparison) features() {
	for _, p := range c.featurePairs {
		switch {
		case p.old == nil:
			c.add("feature-added", "feature "+p.new.Name, "", nil, p.new, "")
		case p.new == nil:
			c.add("feature-removed", "feature "+p.old.Name, "", p.old, nil, "")
		default:
			path := "feature " + p.old.Name
			changed(c, "feature-renamed", path, "name", p.old.Name, p.new.Name, p.old, p.new, "name")
			changed(c, "feature-bit", path, "bit", p.old.Bit, p.new.Bit, p.old, p.new, "bit")
			c.doc(path, p.old.Doc, p.new.Doc, p.old, p.new)
		}
	}
}

func (c *comparison) errors() {
	for _, p := range c.errorPairs {
		switch {
		case p.old == nil:
			c.add("error-added", "error "+p.new.Name, "", nil, p.new, "")
		case p.new == nil:
			c.add("error-removed", "error "+p.old.Name, "", p.old, nil, "")
		default:
			c.error("error "+p.old.Name, p.old, p.new)
		}
	}
}

func (c *comparison) error(path string, a, b *spec.Error) {
	changed(c, "error-renamed", path, "name", a.Name, b.Name, a, b, "name")
	changed(c, "error-code", path, "code", code(a), code(b), a, b, "code")
	changed(c, "error-reaction", path, "react", a.React, b.React, a, b, "react")
	said := a.React != spec.ReactClose && b.React != spec.ReactClose
	if said && !same(c, a.Via, b.Via) {
		c.add("error-carrier", path, "via "+arrow(messageName(a.Via), messageName(b.Via)), a, b, "via")
	}
	switch {
	case !a.Anywhere && b.Anywhere:
		c.add("error-anywhere-added", path, "", a, b, "anywhere")
	case a.Anywhere && !b.Anywhere:
		c.add("error-anywhere-removed", path, "", a, b, "anywhere")
	}
	changed(c, "error-fault", path, "fault", a.Fault, b.Fault, a, b, "fault")
	c.doc(path, a.Doc, b.Doc, a, b)
}

func code(e *spec.Error) string {
	if e.Uncoded {
		return ""
	}
	return fmt.Sprint(e.Code)
}

func messageName(m *spec.Message) string {
	if m == nil {
		return ""
	}
	return m.Name
}

func errorName(e *spec.Error) string {
	if e == nil {
		return ""
	}
	return e.Name
}

func featureName(f *spec.Feature) string {
	if f == nil {
		return ""
	}
	return f.Name
}
