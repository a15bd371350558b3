package check

import (
	"strings"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// values judges example values and example lists.
func (c *checker) values() {
	for _, t := range c.p.Types {
		c.example(t, t)
		c.examples(t, t)
	}
	for _, f := range c.fields {
		if f.Named == "" || c.p.Type(f.Named) != f.Type {
			c.example(f, f.Type)
			c.examples(f, f.Type)
		}
	}
	for _, l := range c.p.Frames {
		for _, f := range l.Fields {
			c.example(f, f.Type)
		}
	}
	for _, t := range c.elements {
		c.example(t, t)
		c.examples(t, t)
	}
}

// example judges the example value of a type.
func (c *checker) example(owner any, t *spec.Type) {
	if t.Eg == nil || t.Const != nil {
		return
	}
	if because, limit := c.codec.Judge(t, dynamic.Value(t, t.Eg), nil); because != "" {
		c.bad(owner, "eg", "the example is outside the limits: %s", breach(t, because, limit))
	}
	if n := len(t.Eg.Bytes); t.Size > 0 && t.Kind == spec.KindBytes && n != t.Size {
		c.bad(owner, "eg", "the example has %d bytes, the type %d", n, t.Size)
	}
	if t.Until != nil && t.Kind != spec.KindArray && strings.IndexByte(t.Eg.Str+string(t.Eg.Bytes), *t.Until) >= 0 {
		c.bad(owner, "eg", "the byte %#02x in the example would end it", *t.Until)
	}
}

// examples judges the example list of a string type, as far as that can be done without the profile.
func (c *checker) examples(owner any, t *spec.Type) {
	if t != owner && c.p.Type(t.Name) != nil && len(t.Examples) == len(c.p.Type(t.Name).Examples) {
		return // judged with the named type
	}
	for _, e := range t.Examples {
		switch {
		case e.Accept != nil:
			if because, limit := c.codec.Judge(t, *e.Accept, nil); because != "" {
				c.bad(e, "accept", "the example is outside the limits: %s", breach(t, because, limit))
			}
		case e.Reject != nil:
			if because, _ := c.codec.Judge(t, *e.Reject, nil); because == "" && (ascii(*e.Reject) || t.Profile == nil) {
				c.bad(e, "reject", "the example is within the limits")
			}
		default:
			c.equal(t, e)
		}
	}
}

// equal judges spellings that are said to be the same.
func (c *checker) equal(t *spec.Type, e *spec.Example) {
	if t.Profile == nil {
		c.bad(e, "equal", "without a profile, different spellings are different values")
		return
	}
	seen := map[string]bool{}
	for _, s := range e.Equal {
		if because, limit := c.codec.Judge(t, s, nil); because != "" {
			c.bad(e, "equal", "%q is outside the limits: %s", s, breach(t, because, limit))
		}
		if seen[s] {
			c.bad(e, "equal", "%q is here twice", s)
		}
		seen[s] = true
		first := e.Equal[0]
		if !ascii(s) || !ascii(first) {
			continue
		}
		if t.Profile.Name == "UsernameCaseMapped" {
			s, first = strings.ToLower(s), strings.ToLower(first)
		}
		if s != first {
			c.bad(e, "equal", "%q and %q are different", e.Equal[0], s)
		}
	}
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
