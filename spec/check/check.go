// Package check judges whether a protocol table makes sense: what package spec cannot know from syntax and names alone.
package check

import (
	"fmt"
	"strings"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// Check judges a table. It first looks at the frame, on which all else stands; then at the rest of the model; and only if
// that is sound, it lets the interpreter run over values, vectors and the conversation. The error is a *spec.ErrorList.
func Check(p *spec.Protocol) error {
	c := &checker{p: p, lines: strings.Split(string(p.Source), "\n"), owner: map[*spec.Type]any{}}
	c.collect()
	c.frames()
	if len(c.problems) == 0 {
		c.checks()
		c.states()
		c.fence()
		c.messages()
		c.errors()
		c.types()
		c.rules()
		c.unused()
	}
	if len(c.problems) == 0 {
		c.codec = dynamic.New(p)
		c.values()
	}
	if len(c.problems) == 0 {
		c.vectors()
		c.conversation()
	}
	if errs := spec.NewErrorList(c.problems); errs != nil {
		return errs
	}
	return nil
}

// A checker collects what is wrong with one table.
type checker struct {
	p        *spec.Protocol
	lines    []string
	codec    *dynamic.Codec
	problems []*spec.Problem
	fields   []*spec.Field      // all fields of messages, of their headers as far as they differ from the layout, and of structs
	elements []*spec.Type       // the types of elements that are written at their array
	owner    map[*spec.Type]any // the field or type at which a type without an entry of its own is written
}

// collect finds all fields and types of the table.
func (c *checker) collect() {
	seen := map[*spec.Field]bool{}
	var within func(t *spec.Type, owner any)
	add := func(f *spec.Field) {
		if seen[f] {
			return
		}
		seen[f] = true
		c.fields = append(c.fields, f)
		within(f.Type, f)
	}
	within = func(t *spec.Type, owner any) {
		if c.owner[t] != nil {
			return
		}
		if pos, _ := c.p.Where(t, ""); pos != (spec.Pos{}) {
			owner = t
		}
		c.owner[t] = owner
		for _, f := range t.Fields {
			add(f)
		}
		if t.Elem != nil {
			if pos, _ := c.p.Where(t.Elem, ""); pos != (spec.Pos{}) && t.Elem.Name == "" {
				c.elements = append(c.elements, t.Elem)
			}
			within(t.Elem, owner)
		}
	}
	for _, l := range c.p.Frames {
		for _, f := range l.Fields {
			seen[f] = true // judged with its layout
			within(f.Type, f)
		}
	}
	for _, t := range c.p.Types {
		within(t, t)
	}
	for _, m := range c.p.Messages {
		for _, f := range m.Head {
			add(f)
		}
		for _, f := range m.Fields {
			add(f)
		}
	}
}

// bad notes a problem at the value of a key of an entity of the model; with an empty key, at the entity itself.
func (c *checker) bad(entity any, key, format string, args ...any) {
	pos, path := c.p.Where(entity, key)
	c.badAt(pos, path, format, args...)
}

// lacks notes that something is missing in a section of the table.
func (c *checker) lacks(section, format string, args ...any) {
	c.badAt(c.p.Section(section), section, format, args...)
}

func (c *checker) badAt(pos spec.Pos, path, format string, args ...any) {
	line := ""
	if pos.Line > 0 && pos.Line <= len(c.lines) {
		line = c.lines[pos.Line-1]
	}
	c.problems = append(c.problems, &spec.Problem{
		File: c.p.File, Pos: pos, Key: path, Msg: fmt.Sprintf(format, args...), SourceLine: line,
	})
}

// distinct notes things that share a number or a name.
type distinct[K comparable] struct {
	c     *checker
	first map[K]string
}

func newDistinct[K comparable](c *checker) distinct[K] { return distinct[K]{c, map[K]string{}} }

// add notes one thing; what is said of a repeat is "format: it is that of FIRST".
func (d distinct[K]) add(k K, name string, entity any, key, format string, args ...any) {
	if first, twice := d.first[k]; twice {
		d.c.bad(entity, key, "%s is that of %s already", fmt.Sprintf(format, args...), first)
		return
	}
	d.first[k] = name
}
