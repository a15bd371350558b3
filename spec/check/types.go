package check

import (
	"github.com/wirelaw/wirelaw/spec"
)

// maxSize is the largest lower limit: nobody asks for more in one value, and examples must fit into memory.
const maxSize = 1 << 20

// types judges the limits of named types, of enums and of fields.
func (c *checker) types() {
	for _, t := range c.p.Types {
		c.limits(t, t)
	}
	for _, m := range c.p.Messages {
		for _, f := range m.Fields {
			if !c.judged(f) {
				c.limits(f, f.Type)
			}
		}
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
		f.Type.Profile == t.Profile && f.Type.Error == t.Error
}

// limits judges one type. owner is the entity whose keys say it.
func (c *checker) limits(owner any, t *spec.Type) {
	most, what := uint64(0), ""
	switch t.Kind {
	case spec.KindUint:
		most, what = widest(t.Width), "the number"
	case spec.KindString, spec.KindBytes, spec.KindArray:
		most, what = widest(t.LenWidth), "the length"
		if t.LenWidth == 0 {
			most, what = uint64(t.Size), "the size"
			if t.Min != nil || t.Max != nil {
				c.bad(owner, limitKey(t), "a fixed size needs no limits")
				return
			}
		}
	}
	if (t.Enum != nil || t.Flags || t.ErrorSet) && (t.Min != nil || t.Max != nil) {
		c.bad(owner, limitKey(t), "a set of names needs no limits")
	}
	if t.Kind != spec.KindRest {
		if t.Max != nil && *t.Max > most {
			c.bad(owner, "max", "%s cannot say more than %d", what, most)
		}
		if t.Min != nil && *t.Min > most {
			c.bad(owner, "min", "%s cannot say more than %d", what, most)
		}
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
	if t.Ignore && t.Max != nil {
		c.bad(owner, "max", "bytes that are ignored need no limit")
	}
	if t.Chars != nil {
		c.chars(owner, t, most)
	}
	if t.Profile != nil && t.ASCII == nil {
		c.bad(owner, "profile", `a profile judges what is beyond ASCII: "ascii" must say what is allowed within`)
	}
	if t.Error != nil && !limited(t) {
		c.bad(owner, "error", "nothing can earn this error: there are no limits")
	}
	if t.Flags {
		for _, f := range c.p.Features {
			if f.Bit >= 8*t.Width {
				c.bad(f, "bit", "bit %d does not fit into a u%d", f.Bit, 8*t.Width)
			}
		}
	}
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
func smallest(t *spec.Type) uint64 {
	var n uint64
	if t.Min != nil {
		n = *t.Min
	}
	switch t.Kind {
	case spec.KindUint:
		return uint64(t.Width)
	case spec.KindBool:
		return 1
	case spec.KindRest:
		return 0
	case spec.KindArray:
		return uint64(t.LenWidth) + times(n, smallest(t.Elem))
	}
	if t.LenWidth == 0 {
		return uint64(t.Size)
	}
	return uint64(t.LenWidth) + n
}

// times multiplies sizes without running over.
func times(a, b uint64) uint64 { return min(a, 1<<31) * min(b, 1<<31) }

// atLeast returns how many bytes the largest legal value of t takes at least, as far as its own limits say.
func atLeast(t *spec.Type) uint64 {
	if t.Max == nil || t.Kind == spec.KindUint || t.Ignore {
		return smallest(t)
	}
	if t.Kind == spec.KindArray {
		return uint64(t.LenWidth) + times(*t.Max, smallest(t.Elem))
	}
	return uint64(t.LenWidth) + *t.Max
}
