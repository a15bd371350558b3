package diff

import (
	"slices"

	"github.com/wirelaw/wirelaw/spec"
)

// A pair is an entity of both tables, or of one of them.
type pair[T any] struct{ old, new *T }

// match pairs the entities of two lists: those of one name, then those that are the same under another name.
func match[T any](old, new []*T, name func(*T) string, same func(a, b *T) bool) []pair[T] {
	var out []pair[T]
	taken := map[*T]bool{}
	var lost []*T
	for _, a := range old {
		i := slices.IndexFunc(new, func(b *T) bool { return !taken[b] && name(a) == name(b) })
		if i < 0 {
			lost = append(lost, a)
			continue
		}
		taken[new[i]] = true
		out = append(out, pair[T]{a, new[i]})
	}
	for _, a := range lost {
		p := pair[T]{old: a}
		if same != nil {
			if i := slices.IndexFunc(new, func(b *T) bool { return !taken[b] && same(a, b) }); i >= 0 {
				p.new = new[i]
				taken[p.new] = true
			}
		}
		out = append(out, p)
	}
	for _, b := range new {
		if !taken[b] {
			out = append(out, pair[T]{new: b})
		}
	}
	return out
}

// pair finds out what of the old table is what in the new one, so that references can be compared where names changed.
func (c *comparison) pair() {
	a, b := c.old, c.new
	c.featurePairs = match(a.Features, b.Features, func(f *spec.Feature) string { return f.Name },
		func(a, b *spec.Feature) bool { return a.Bit == b.Bit })
	c.errorPairs = match(a.Errors, b.Errors, func(e *spec.Error) string { return e.Name },
		func(a, b *spec.Error) bool { return a.Code == b.Code && !a.Uncoded && !b.Uncoded })
	c.enumPairs = match(a.Enums, b.Enums, func(e *spec.Enum) string { return e.Name }, nil)
	c.statePairs = match(a.States, b.States, func(s *spec.State) string { return s.Name }, nil)
	c.framePairs = match(a.Frames, b.Frames, func(f *spec.Frame) string { return f.Name },
		func(x, y *spec.Frame) bool { return slices.Index(a.Frames, x) == slices.Index(b.Frames, y) })
	twins(c, c.featurePairs)
	twins(c, c.errorPairs)
	twins(c, c.enumPairs)
	twins(c, c.statePairs)
	twins(c, c.framePairs)
	c.messagePairs = match(a.Messages, b.Messages, func(m *spec.Message) string { return m.Name },
		func(a, b *spec.Message) bool {
			return a.Code == b.Code && a.From == b.From && same(c, a.Frame, b.Frame)
		})
	twins(c, c.messagePairs)
}

func twins[T any](c *comparison, pairs []pair[T]) {
	for _, p := range pairs {
		if p.old != nil && p.new != nil {
			c.twin[p.old] = p.new
		}
	}
}

// same reports whether a reference of the old table and one of the new table mean the same, or both nothing.
func same[T any](c *comparison, a, b *T) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	t, ok := c.twin[a]
	return ok && t == any(b)
}

// lists compares two lists of references: what is only in one of them, and whether what is in both stands in another order.
func lists[T any](c *comparison, a, b []*T) (removed, added []*T, moved bool) {
	var left, right []*T
	for _, x := range a {
		if i := slices.IndexFunc(b, func(y *T) bool { return same(c, x, y) }); i >= 0 {
			left = append(left, b[i])
		} else {
			removed = append(removed, x)
		}
	}
	for _, y := range b {
		if slices.ContainsFunc(a, func(x *T) bool { return same(c, x, y) }) {
			right = append(right, y)
		} else {
			added = append(added, y)
		}
	}
	return removed, added, !slices.Equal(left, right)
}
