package fuzz

import (
	"math/bits"
	"reflect"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// A mood says what kind of value is wanted.
type mood byte

const (
	moodRight mood = iota // one that a right request would have
	moodLegal             // within the limits, at their edges or anywhere
	moodWild              // anything that can be laid out
)

// nasty are strings that have upset parsers before. Limits and patterns of any protocol may trip over them.
var nasty = []string{
	"*", "?", "*?*?*?*", `\`, `\\`, `a\`, "[", "[^", "(", ")", "(a*)*b", "(a|a)*$", "((((((((((", "x{100}{100}", "a{,", "+", "^$", `\pL`, "(?i)x", `\b`,
	"%s%n", "'; --", "../../etc", "\x00", "a\x00b", "\r\n", "\x1b[2J", "\u202e", "\ufeff", "e\u0301", "ﬁ", "İ", "ß", "Ａ", "\U0001F600", "zoë",
	"null", "NaN", "-1", "0", "true", " ", "\t", "~", "\x7f", ".", "..", "-", "_",
}

// values makes values for the fields of one protocol.
type values struct {
	c          *dynamic.Codec
	f          *filler
	boundaries map[*spec.Type][]dynamic.Boundary
	origin     map[*spec.Field]*spec.Field // where right values of a field come from, followed to its end

	names []string // of the accounts there are; the first is the actor's
	fresh func() string
}

func newValues(c *dynamic.Codec) *values {
	v := &values{c: c, boundaries: map[*spec.Type][]dynamic.Boundary{}, origin: map[*spec.Field]*spec.Field{}}
	makers := map[*spec.Type]func(*slot){}
	for _, m := range c.Protocol().Messages {
		if !m.SentBy(spec.FromClient) {
			continue
		}
		for _, f := range slices.Concat(m.Head, m.Fields) {
			o := f
			for range 8 { // chains are short; a circle is no chain
				if o.SameAs == nil {
					break
				}
				o = o.SameAs.Field
			}
			v.origin[f] = o
			v.prepare(f.Type, makers)
		}
	}
	v.f = newFiller(makers)
	return v
}

// prepare makes the function for t and what is in it, with the values at its limits.
func (v *values) prepare(t *spec.Type, makers map[*spec.Type]func(*slot)) {
	if makers[t] != nil {
		return
	}
	edges := v.c.Boundaries(t)
	var legal []dynamic.Boundary
	for _, b := range edges {
		if b.Legal {
			legal = append(legal, b)
		}
	}
	v.boundaries[t] = edges
	makers[t] = func(s *slot) {
		switch {
		case s.mood == moodRight:
			s.value = v.right(s.field, t)
		case s.mood == moodLegal && len(legal) > 0 && v.f.src.chance(128):
			s.value = legal[v.f.src.pick(len(legal))].Value
		case s.mood == moodLegal:
			s.value = v.anywhere(s, t, true)
		case len(edges) > 0 && v.f.src.chance(160):
			s.value = edges[v.f.src.pick(len(edges))].Value
		default:
			s.value = v.anywhere(s, t, false)
		}
	}
	if t.Elem != nil {
		v.prepare(t.Elem, makers)
	}
	for _, f := range t.Fields {
		v.prepare(f.Type, makers)
	}
}

// right is a value that a right request might have: a name of an account, the password of all of them, else the
// example. What only the server knows (a token, a cursor, a sequence) is small junk: bytes must not depend on the server.
func (v *values) right(f *spec.Field, t *spec.Type) any {
	o := v.origin[f]
	src := v.f.src
	switch {
	case o != nil && o.Type.Fresh && t.Kind == spec.KindString:
		if i := src.pick(8); i < 6 && len(v.names) > 0 {
			return v.names[i%len(v.names)]
		}
		return v.fresh()
	case t.Fresh && t.Kind == spec.KindBytes:
		key := make([]byte, t.Size)
		for i := range key {
			key[i] = src.byte()
		}
		return key
	case f.SameAs != nil && t.Kind == spec.KindUint:
		return uint64(src.pick(40))
	case f.SameAs != nil && o.Type.Secret && t.Kind == spec.KindString && src.chance(16):
		return "another " + dynamic.ExampleValue(t).(string)
	case t.Enum != nil:
		return t.Enum.Values[src.pick(len(t.Enum.Values))].Value
	}
	return dynamic.ExampleValue(t)
}

// anywhere is a value of the right form; in the limits if it has to be.
func (v *values) anywhere(s *slot, t *spec.Type, legal bool) any {
	var out any
	switch t.Kind {
	case spec.KindUint:
		out = v.number(t)
	case spec.KindBool:
		out = v.f.src.chance(128)
	case spec.KindString:
		out = v.text(t)
	case spec.KindArray:
		list := make([]any, v.f.src.pick(4))
		for i := range list {
			e := slot{field: s.field, typ: t.Elem, mood: s.mood}
			v.f.slot(&e)
			list[i] = e.value
		}
		out = list
	case spec.KindStruct:
		var list []dynamic.Field
		for _, f := range t.Fields {
			if f.IsValue() {
				e := slot{field: f, typ: f.Type, mood: s.mood}
				v.f.slot(&e)
				list = append(list, dynamic.Field{Name: f.Name, Value: e.value})
			}
		}
		out = list
	default:
		out = v.f.blob()
		if t.LenWidth == 0 && t.Kind == spec.KindBytes {
			out = append(v.f.blob(), make([]byte, t.Size)...)[:t.Size]
		}
	}
	if legal {
		if because, _ := v.c.Judge(t, out, nil); because != "" {
			return v.right(s.field, t)
		}
	}
	return out
}

// number prefers small numbers and those near a power of two.
func (v *values) number(t *spec.Type) uint64 {
	src := v.f.src
	top := t.Widest()
	switch src.pick(4) {
	case 0:
		return uint64(src.pick(16))
	case 1:
		return (uint64(1)<<src.pick(bits.Len64(top)) + uint64(src.pick(3)) - 1) & top
	case 2:
		return top - uint64(src.pick(3))
	}
	return src.Uint64() & top
}

func (v *values) text(t *spec.Type) string {
	src := v.f.src
	var s string
	switch src.pick(6) {
	case 0, 1:
		s = nasty[src.pick(len(nasty))]
	case 2:
		s = v.f.words()
	case 3:
		s = string(v.f.blob())
	case 4:
		s = strings.Repeat(nasty[src.pick(len(nasty))], src.pick(300))
	case 5:
		if len(v.names) > 0 {
			s = strings.ToUpper(v.names[0])
		}
	}
	if t.Max != nil && uint64(len(s)) > *t.Max+8 {
		s = s[:*t.Max]
	}
	return s
}

// dear reports whether answering m may cost the server the hash of a password: it holds a secret that people choose,
// repeated where it has to be, and no limit is broken.
func (v *values) dear(m *dynamic.Message) bool {
	secret := false
	for _, f := range m.Spec.Fields {
		value, ok := m.Get(f.Name)
		if !ok {
			continue
		}
		if because, _ := v.c.Judge(f.Type, value, nil); because != "" {
			return false
		}
		if same := f.SameAs; same != nil && same.Message == m.Spec {
			if other, _ := m.Get(same.Field.Name); !reflect.DeepEqual(value, other) {
				return false // it is found out before
			}
		}
		secret = secret || f.Type.Secret && f.Type.Kind == spec.KindString
	}
	return secret && len(m.Trailing) == 0
}
