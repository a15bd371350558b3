package diff

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

// layout says in one line how a value lies on the wire. Limits and what structs hold are not part of it.
func layout(t *spec.Type) string {
	var s string
	switch {
	case t.Bits > 0:
		s = fmt.Sprintf("b%d", t.Bits)
	case t.Varint > 0:
		s = fmt.Sprintf("varint of at most %d bytes", t.Varint)
	case t.Kind == spec.KindUint:
		s = fmt.Sprintf("u%d", 8*t.Width)
	case t.Kind == spec.KindInt:
		s = fmt.Sprintf("i%d", 8*t.Width)
	default:
		s = string(t.Kind)
	}
	if t.LenWidth > 0 {
		s += fmt.Sprintf(" after u%d", 8*t.LenWidth)
	}
	if t.Size > 0 {
		s += fmt.Sprintf(" of %d", t.Size)
	}
	if t.Until != nil {
		s += fmt.Sprintf(" until 0x%02x", *t.Until)
	}
	if t.ToEnd {
		s += " to the end"
	}
	if t.Nullable {
		s += " or null"
	}
	if t.Ignore {
		s += ", ignored"
	}
	if t.Flags {
		s += ", features"
	}
	if t.ErrorSet {
		s += ", errors"
	}
	if t.Elem != nil && t.Elem.Kind != spec.KindStruct {
		s += " of " + layout(t.Elem)
	}
	return s
}

// literal shows a constant; "" if there is none.
func literal(v *spec.Value) string {
	switch {
	case v == nil:
		return ""
	case v.Str != "":
		return strconv.Quote(v.Str)
	case v.Bytes != nil:
		return fmt.Sprintf("0x%x", v.Bytes)
	}
	return fmt.Sprint(int64(v.Uint))
}

// An interval is what Min and Max of a type allow, with what its width allows where they say nothing.
type interval struct {
	min, max uint64
	signed   bool
}

func bounds(t *spec.Type) interval {
	i := interval{max: math.MaxUint64, signed: t.Kind == spec.KindInt}
	width := t.Width
	if t.Kind != spec.KindUint && t.Kind != spec.KindInt {
		width = t.LenWidth
	}
	bits := 8 * width
	if t.Bits > 0 {
		bits = t.Bits
	}
	if t.Varint > 0 {
		bits = 7 * t.Varint
	}
	if i.signed {
		bits--
		i.min, i.max = ^uint64(0)<<bits, 1<<bits-1
	} else if bits > 0 && bits < 64 {
		i.max = 1<<bits - 1
	}
	if t.Min != nil {
		i.min = *t.Min
	}
	if t.Max != nil {
		i.max = *t.Max
	}
	return i
}

// cmp compares two bounds.
func (i interval) cmp(a, b uint64) int {
	if i.signed {
		return cmp.Compare(int64(a), int64(b))
	}
	return cmp.Compare(a, b)
}

func (i interval) bound(n uint64) string {
	if i.signed {
		return strconv.FormatInt(int64(n), 10)
	}
	return strconv.FormatUint(n, 10)
}

func (i interval) String() string { return i.bound(i.min) + "…" + i.bound(i.max) }

// A place is where a type is used: what is said of a change depends on who sends the value.
type place struct {
	path     string // of the field
	old, new any    // the field, in either table
	from     spec.Direction
}

// typ compares two types of one layout.
func (c *comparison) typ(at place, a, b *spec.Type) {
	if a.Name != "" && a.Name == b.Name && !c.refined(a, b) {
		at = place{path: "type " + a.Name, old: a, new: b, from: at.from}
	}
	c.limits(at, a, b)
	if x, y := literal(a.Const), literal(b.Const); x != y {
		c.say(at, "field-const", "const "+arrow(x, y), "const")
	}
	if !same(c, a.Error, b.Error) {
		c.say(at, "field-error", "error "+arrow(errorName(a.Error), errorName(b.Error)), "error")
	}
	if a.Unit != b.Unit {
		c.say(at, "field-unit", "unit "+arrow(a.Unit, b.Unit), "unit")
	}
	if a.Secret != b.Secret {
		c.say(at, "field-secret", fmt.Sprintf("secret %v → %v", a.Secret, b.Secret), "secret")
	}
	if x, y := profile(a), profile(b); x != y {
		c.say(at, "field-profile", "profile "+arrow(x, y), "profile")
	}
	if a.Enum != nil && b.Enum != nil {
		c.enumUse(at.from, a.Enum, b.Enum)
	} else if (a.Enum == nil) != (b.Enum == nil) {
		c.say(at, "field-type-renamed", "enum "+arrow(enumName(a.Enum), enumName(b.Enum)), "type")
	}
	if a.Elem != nil && b.Elem != nil {
		c.typ(place{path: at.path + "[]", old: at.old, new: at.new, from: at.from}, a.Elem, b.Elem)
	}
	if a.Kind == spec.KindStruct && b.Kind == spec.KindStruct {
		c.fields(at.path, at.from, a.Fields, b.Fields)
	}
}

// refined reports whether one of two types says more than the named type that its name stands for.
func (c *comparison) refined(a, b *spec.Type) bool {
	return c.old.Type(a.Name) != a || c.new.Type(b.Name) != b
}

func profile(t *spec.Type) string {
	if t.Profile == nil {
		return ""
	}
	return strings.TrimSpace(t.Profile.Name + " " + featureName(t.Profile.Feature))
}

func enumName(e *spec.Enum) string {
	if e == nil {
		return ""
	}
	return e.Name
}

// say records a change at a place; one of a named type only once, however often the type is used.
func (c *comparison) say(at place, id, text, key string) {
	k := id + "\x00" + at.path + "\x00" + text
	if c.shared[k] != nil {
		return
	}
	c.shared[k] = c.add(id, at.path, text, at.old, at.new, key)
}

// sided records a change of what is allowed: by who sends the value. For both sides it is the worse of the two.
func (c *comparison) sided(at place, narrower bool, rule, text, key string) {
	side := "reply-"
	if at.from == spec.FromClient || at.from == spec.FromBoth && narrower {
		side = "request-"
	}
	c.say(at, side+rule, text, key)
}

func (c *comparison) limits(at place, a, b *spec.Type) {
	if a.Kind == spec.KindBool || a.Kind == spec.KindStruct || a.Enum != nil || b.Enum != nil || a.Const != nil || b.Const != nil {
		return
	}
	x, y := bounds(a), bounds(b)
	if n := x.cmp(x.min, y.min); n != 0 {
		c.sided(at, n < 0, choose(n < 0, "min-raised", "min-lowered"), "min "+arrow(x.bound(x.min), y.bound(y.min)), "min")
	}
	if n := x.cmp(x.max, y.max); n != 0 {
		c.sided(at, n > 0, choose(n > 0, "max-lowered", "max-raised"), "max "+arrow(x.bound(x.max), y.bound(y.max)), "max")
	}
	if a.Kind != spec.KindString {
		return
	}
	p, q := chars(a), chars(b)
	text := fmt.Sprintf("characters %s → %s", p, q)
	if p.min < q.min || p.max > q.max {
		c.sided(at, true, "chars-narrowed", text, "chars")
	}
	if p.min > q.min || p.max < q.max {
		c.sided(at, false, "chars-widened", text, "chars")
	}
	var lost, won []string
	for ch := range byte(128) {
		switch old, new := allowed(a, ch), allowed(b, ch); {
		case old && !new:
			lost = append(lost, strconv.QuoteRune(rune(ch)))
		case !old && new:
			won = append(won, strconv.QuoteRune(rune(ch)))
		}
	}
	if len(lost) > 0 {
		c.sided(at, true, "ascii-narrowed", "no longer "+few(lost), "ascii")
	}
	if len(won) > 0 {
		c.sided(at, false, "ascii-widened", "now also "+few(won), "ascii")
	}
}

func choose(first bool, a, b string) string {
	if first {
		return a
	}
	return b
}

// few shows at most eight of a list.
func few(list []string) string {
	if len(list) > 8 {
		return strings.Join(list[:8], " ") + fmt.Sprintf(" and %d more", len(list)-8)
	}
	return strings.Join(list, " ")
}

func chars(t *spec.Type) interval {
	if t.Chars == nil {
		return interval{max: math.MaxUint64}
	}
	return interval{min: t.Chars.Min, max: t.Chars.Max}
}

func allowed(t *spec.Type, ch byte) bool { return t.ASCII == nil || t.ASCII.Contains(ch) }
