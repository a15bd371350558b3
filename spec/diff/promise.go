package diff

import (
	"bytes"
	"fmt"

	"github.com/wirelaw/wirelaw/spec"
)

// rules compares what the protocol demands in words. The rules of a message that came or went come and go with it.
func (c *comparison) rules() {
	for _, p := range match(c.rulesOf(c.old), c.rulesOf(c.new), func(r *spec.Rule) string { return r.ID }, sameText) {
		switch {
		case p.old == nil:
			c.add(choose(p.new.Level == spec.Must, "demand-added", "advice-added"), p.new.ID, p.new.Text, nil, p.new, "")
		case p.new == nil:
			c.add(choose(p.old.Level == spec.Must, "demand-removed", "advice-removed"), p.old.ID, p.old.Text, p.old, nil, "")
		default:
			c.rule(p.old, p.new)
		}
	}
}

func sameText(a, b *spec.Rule) bool { return a.Text == b.Text }

// rulesOf returns the rules of a table that may be compared.
func (c *comparison) rulesOf(p *spec.Protocol) (out []*spec.Rule) {
	for _, t := range p.Topics {
		out = append(out, t.Rules...)
	}
	for _, pair := range c.messagePairs {
		switch {
		case pair.old == nil || pair.new == nil:
		case p == c.old:
			out = append(out, pair.old.Rules...)
		default:
			out = append(out, pair.new.Rules...)
		}
	}
	return out
}

var strength = map[spec.Level]int{spec.May: 0, spec.Should: 1, spec.Must: 2}

func (c *comparison) rule(a, b *spec.Rule) {
	changed(c, "demand-renumbered", a.ID, "id", a.ID, b.ID, a, b, "id")
	text := "level " + arrow(a.Level, b.Level)
	switch {
	case strength[a.Level] < strength[b.Level]:
		c.add("demand-strengthened", a.ID, text, a, b, "level")
	case strength[a.Level] > strength[b.Level]:
		c.add("demand-weakened", a.ID, text, a, b, "level")
	}
	if !same(c, a.Feature, b.Feature) {
		c.add("demand-feature", a.ID, "feature "+arrow(featureName(a.Feature), featureName(b.Feature)), a, b, "feature")
	}
	changed(c, "demand-judged", a.ID, "judge", a.Judge, b.Judge, a, b, "judge")
	changed(c, "demand-reworded", a.ID, "", a.Text, b.Text, a, b, "text")
}

// rest compares vectors and what is there for people only.
func (c *comparison) rest() {
	for _, p := range c.messagePairs {
		if p.old != nil && p.new != nil {
			c.vectors(p.old, p.new)
		}
	}
	for _, p := range match(c.old.Topics, c.new.Topics, func(t *spec.Topic) string { return t.ID }, nil) {
		if p.old != nil && p.new != nil {
			path := "topic " + p.old.ID
			changed(c, "demand-binds", path, "binds", p.old.Binds, p.new.Binds, p.old, p.new, "binds")
			changed(c, "text-changed", path, "title", p.old.Title, p.new.Title, p.old, p.new, "title")
			c.doc(path, p.old.Doc, p.new.Doc, p.old, p.new)
		}
	}
}

func (c *comparison) vectors(a, b *spec.Message) {
	type key struct {
		p pair[spec.Vector]
		n int
	}
	byFrame := map[string]*key{}
	var order []*key
	at := func(v *spec.Vector) *key {
		k := byFrame[string(v.Frame)]
		if k == nil {
			k = &key{n: len(order)}
			byFrame[string(v.Frame)] = k
			order = append(order, k)
		}
		return k
	}
	for _, v := range a.Vectors {
		at(v).p.old = v
	}
	for _, v := range b.Vectors {
		at(v).p.new = v
	}
	for _, k := range order {
		old, new := k.p.old, k.p.new
		switch {
		case old == nil:
			c.add("vector-added", b.Name, hex(new.Frame), nil, new, "")
		case new == nil:
			c.add("vector-removed", a.Name, hex(old.Frame), old, nil, "")
		case !c.sameOutcome(old, new):
			c.add("vector-turned", a.Name, hex(old.Frame), old, new, "")
		}
	}
}

func hex(frame []byte) string {
	if len(frame) > 16 {
		return fmt.Sprintf("%x… (%d bytes)", frame[:16], len(frame))
	}
	return fmt.Sprintf("%x", frame)
}

func (c *comparison) sameOutcome(a, b *spec.Vector) bool {
	if (a.Reject == nil) != (b.Reject == nil) || len(a.Accept) != len(b.Accept) {
		return false
	}
	if a.Reject != nil {
		return same(c, a.Reject, b.Reject) && a.At == b.At
	}
	for i := range a.Accept {
		if !sameValue(a.Accept[i].Value, b.Accept[i].Value) {
			return false
		}
	}
	return true
}

func sameValue(a, b *spec.Value) bool {
	if a.Uint != b.Uint || a.Bool != b.Bool || a.Str != b.Str || a.Null != b.Null || !bytes.Equal(a.Bytes, b.Bytes) ||
		len(a.List) != len(b.List) || len(a.Sub) != len(b.Sub) {
		return false
	}
	for i := range a.List {
		if !sameValue(a.List[i], b.List[i]) {
			return false
		}
	}
	for i := range a.Sub {
		if !sameValue(a.Sub[i].Value, b.Sub[i].Value) {
			return false
		}
	}
	return true
}
