package check

import (
	"bytes"

	"github.com/wirelaw/wirelaw/spec"
)

// maxSize is the largest lower limit: nobody asks for more in one value, and examples must fit into memory.
const maxSize = 1 << 20

// types judges the limits of named types, of enums and of fields.
func (c *checker) types() {
	for _, t := range c.p.Types {
		c.limits(t, t)
		if t.Kind == spec.KindStruct {
			c.sequence(t.Fields, true)
		}
		if t.Elem != nil {
			c.element(t)
		}
	}
	for _, f := range c.fields {
		if !c.judged(f) && f.Name != "_" {
			c.limits(f, f.Type)
		}
	}
	for _, t := range c.elements {
		c.limits(t, t)
	}
	for _, e := range c.p.Enums {
		values := newDistinct[uint64](c)
		if len(e.Values) == 0 {
			c.bad(e, "values", "an enum has at least one value")
		}
		for _, v := range e.Values {
			values.add(v.Value, v.Name, v, "value", "value %d", v.Value)
		}
	}
	bits := newDistinct[int](c)
	for _, f := range c.p.Features {
		bits.add(f.Bit, f.Name, f, "bit", "bit %d", f.Bit)
	}
}

// judged reports whether the limits of a field are those of its named type.
func (c *checker) judged(f *spec.Field) bool {
	t := c.p.Type(f.Named)
	return t != nil && f.Type.Min == t.Min && f.Type.Max == t.Max && f.Type.Chars == t.Chars && f.Type.ASCII == t.ASCII &&
		f.Type.Profile == t.Profile && f.Type.Error == t.Error && f.Type.Const == t.Const
}

// limits judges one type. owner is the entity whose keys say it.
func (c *checker) limits(owner any, t *spec.Type) {
	if t.Flags {
		for _, f := range c.p.Features {
			if t.Widest()>>f.Bit == 0 {
				c.bad(f, "bit", "bit %d does not fit into a u%d", f.Bit, 8*t.Width)
			}
		}
	}
	if t.Error != nil && !limited(t) {
		c.bad(owner, "error", "nothing can earn this error: there are no limits")
	}
	if t.Ignore {
		c.ignored(owner, t)
		return
	}
	if t.Const != nil {
		c.constant(owner, t)
		return
	}
	if t.Size > 0 && (t.Min != nil || t.Max != nil) {
		c.bad(owner, limitKey(t), "a fixed size needs no limits")
		return
	}
	if (t.Enum != nil || t.Flags || t.ErrorSet) && (t.Min != nil || t.Max != nil) {
		c.bad(owner, limitKey(t), "a set of names needs no limits")
	}
	if t.Kind == spec.KindInt {
		c.signed(owner, t)
		return
	}
	most, what := most(t)
	if t.Max != nil && *t.Max > most {
		c.bad(owner, "max", "%s cannot say more than %d", what, most)
	}
	if t.Min != nil && *t.Min > most {
		c.bad(owner, "min", "%s cannot say more than %d", what, most)
	}
	switch {
	case t.Min == nil:
	case *t.Min == 0:
		c.bad(owner, "min", "a lower limit of 0 says nothing")
	case t.Max != nil && *t.Min > *t.Max:
		c.bad(owner, "min", "%d is above the upper limit of %d", *t.Min, *t.Max)
	case t.Kind != spec.KindUint && *t.Min > maxSize:
		c.bad(owner, "min", "a lower limit above %d is not supported", maxSize)
	}
	if t.Chars != nil {
		c.chars(owner, t, most)
	}
	if t.Profile != nil && t.ASCII == nil {
		c.bad(owner, "profile", `a profile judges what is beyond ASCII: "ascii" must say what is allowed within`)
	}
}

// most returns the largest value, size or count that the layout of t can say, and what it is that says it.
func most(t *spec.Type) (uint64, string) {
	switch {
	case t.Kind == spec.KindUint:
		return t.Widest(), "the number"
	case t.LenWidth == 0:
		return ^uint64(0), ""
	case t.Nullable:
		return t.Widest() - 1, "the length"
	}
	return t.Widest(), "the length"
}

// signed judges limits of numbers with a sign.
func (c *checker) signed(owner any, t *spec.Type) {
	least, most := -int64(t.Widest())-1, int64(t.Widest())
	for key, v := range map[string]*uint64{"min": t.Min, "max": t.Max} {
		switch {
		case v == nil:
		case int64(*v) > most:
			c.bad(owner, key, "the number cannot say more than %d", most)
		case int64(*v) < least:
			c.bad(owner, key, "the number cannot say less than %d", least)
		}
	}
	if t.Min != nil && t.Max != nil && int64(*t.Min) > int64(*t.Max) {
		c.bad(owner, "min", "%d is above the upper limit of %d", int64(*t.Min), int64(*t.Max))
	}
}

// ignored judges that nothing is said of what nobody looks at.
func (c *checker) ignored(owner any, t *spec.Type) {
	switch {
	case t.Min != nil || t.Max != nil:
		c.bad(owner, limitKey(t), "bytes that are ignored need no limit")
	case t.Eg != nil:
		c.bad(owner, "eg", "what is ignored has no value, and needs no example")
	case t.Kind == spec.KindBytes && (t.LenWidth > 0 || t.Until != nil):
		c.bad(owner, "ignore", "bytes that are ignored have a fixed size, or another field counts them")
	}
}

// constant judges the only value of a type.
func (c *checker) constant(owner any, t *spec.Type) {
	v := t.Const.Bytes
	if t.Kind == spec.KindString {
		v = []byte(t.Const.Str)
	}
	switch {
	case t.Min != nil && *t.Min > size64(t, v) || t.Max != nil && *t.Max < size64(t, v):
		c.bad(owner, "const", "the constant is outside the limits of the type")
	case t.Kind != spec.KindString && t.Kind != spec.KindBytes:
	case t.Size > 0 && len(v) != t.Size:
		c.bad(owner, "const", "the constant has %d bytes, the type %d", len(v), t.Size)
	case t.LenWidth > 0 && uint64(len(v)) > t.Widest():
		c.bad(owner, "const", "the length cannot say more than %d", t.Widest())
	case t.Until != nil && bytes.IndexByte(v, *t.Until) >= 0:
		c.bad(owner, "const", "the byte %#02x in it would end it", *t.Until)
	}
}

// size64 returns what the limits of t limit: the value of a number, the bytes of others.
func size64(t *spec.Type, v []byte) uint64 {
	if t.Kind == spec.KindString || t.Kind == spec.KindBytes {
		return uint64(len(v))
	}
	return t.Const.Uint
}

// chars judges limits in characters against those in bytes. A character takes 1 to 4 bytes.
func (c *checker) chars(owner any, t *spec.Type, most uint64) {
	r := t.Chars
	if t.Max != nil {
		most = *t.Max
	}
	switch {
	case r.Min > r.Max:
		c.bad(r, "min", "%d is above the upper limit of %d", r.Min, r.Max)
	case r.Max > most:
		c.bad(r, "max", "%d characters do not fit into %d bytes", r.Max, most)
	case t.Min != nil && *t.Min > 4*r.Max:
		c.bad(owner, "min", "%d characters have at most %d bytes", r.Max, 4*r.Max)
	}
}

// smallest returns how many bytes a legal value of t takes at least.
func smallest(t *spec.Type) uint64 { return bits(t) / 8 }

// bits is smallest in bits, for the sum of bit fields.
func bits(t *spec.Type) uint64 {
	var n uint64
	if t.Min != nil {
		n = *t.Min
	}
	switch t.Kind {
	case spec.KindUint, spec.KindInt:
		return uint64(t.Bits + 8*t.Width + min(8*t.Varint, 8))
	case spec.KindBool:
		return uint64(max(t.Bits, 8*size(t)))
	case spec.KindRest:
		return 0
	case spec.KindArray:
		return 8 * (uint64(t.LenWidth) + times(n, smallest(t.Elem)) + ended(t))
	case spec.KindStruct:
		for _, f := range t.Fields {
			if f.If == nil {
				n += bits(f.Type)
			}
		}
		return n
	}
	switch {
	case t.Const != nil:
		n = uint64(len(t.Const.Str) + len(t.Const.Bytes))
	case t.Nullable:
		n = 0
	}
	return 8 * (uint64(t.LenWidth+t.Size) + ended(t) + n)
}

// ended returns the bytes of a terminator.
func ended(t *spec.Type) uint64 {
	if t.Until != nil {
		return 1
	}
	return 0
}

// times multiplies sizes without running over.
func times(a, b uint64) uint64 { return min(a, 1<<31) * min(b, 1<<31) }

// atLeast returns how many bytes the largest legal value of t takes at least, as far as its own limits say.
func atLeast(t *spec.Type) uint64 {
	switch {
	case t.Max == nil || t.Kind == spec.KindUint || t.Kind == spec.KindInt || t.Ignore:
		return smallest(t)
	case t.Kind == spec.KindArray:
		return uint64(t.LenWidth) + times(*t.Max, smallest(t.Elem))
	}
	return uint64(t.LenWidth) + *t.Max
}
