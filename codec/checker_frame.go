package codec

import (
	"strings"
	"unicode/utf8"
)

// This file judges what frames of other shapes are made of, as decoder_frame.go reads it.

// NewFrameChecker returns a checker of a whole frame that is about to be encoded, from its header on.
func NewFrameChecker(f *Format, message string, p Profiles) Checker {
	return Checker{message: message, base: f.Header, layout: f.Layout, profiles: p}
}

// Body goes on where the body begins.
func (c *Checker) Body() {
	if c.err == nil {
		c.off = c.base
	}
}

// Size returns how many bytes of the body have been passed.
func (c *Checker) Size() int { return c.off - c.base }

// Int judges a signed number that takes size bytes. The limits hold the bits of an int64.
func (c *Checker) Int(field string, size int, v int64, l *Limits) {
	switch {
	case c.err != nil:
	case v < int64(l.Min):
		c.fail(field, BecauseMin, l.Min, UnitSigned, l.Demand)
	case v > int64(l.Max):
		c.fail(field, BecauseMax, l.Max, UnitSigned, l.Demand)
	default:
		c.off += size
	}
}

// Bits judges a bit field of so many bits that begins at the given bit of a run, and passes over nothing.
func (c *Checker) Bits(field string, first, bits int, v uint64, defined bool, l *Limits) {
	if c.err != nil {
		return
	}
	off := c.off
	c.off += first / 8
	switch {
	case v < l.Min:
		c.fail(field, BecauseMin, l.Min, "", l.Demand)
	case v > l.Max:
		c.fail(field, BecauseMax, l.Max, "", l.Demand)
	case !defined:
		c.fail(field, BecauseEnum, 0, "", l.Demand)
	case bits < 64 && v>>bits != 0:
		c.fail(field, BecauseMax, 1<<bits-1, "", l.Demand)
	}
	if c.err != nil {
		c.bit = first % 8
		return
	}
	c.off = off
}

// Varint judges a number that is encoded as a varint of at most size bytes.
func (c *Checker) Varint(field string, size int, v uint64, defined bool, l *Limits) {
	switch {
	case c.err != nil:
	case v < l.Min:
		c.fail(field, BecauseMin, l.Min, "", l.Demand)
	case v > l.Max:
		c.fail(field, BecauseMax, l.Max, "", l.Demand)
	case !defined:
		c.fail(field, BecauseEnum, 0, "", l.Demand)
	case v>>(7*size) != 0:
		c.fail(field, BecauseMax, 1<<(7*size)-1, "", l.Demand)
	default:
		c.off += VarintSize(v)
	}
}

// StringUntil judges a string that ends before the byte end. A string that holds it cannot be encoded.
func (c *Checker) StringUntil(field, s string, end byte, l *Limits) {
	if c.err == nil && !c.valid && utf8.ValidString(s) && strings.IndexByte(s, end) >= 0 {
		c.fail(field, BecauseUntil, 0, "", c.layout)
		return
	}
	c.String(field, 0, s, l)
	c.Skip(1)
}

// BytesUntil judges bytes that end before the byte end. Bytes that hold it cannot be encoded.
func (c *Checker) BytesUntil(field string, b []byte, end byte, l *Limits) {
	if c.err == nil && !c.valid {
		for _, x := range b {
			if x == end {
				c.fail(field, BecauseUntil, 0, "", c.layout)
				return
			}
		}
	}
	c.Bytes(field, 0, len(b), l)
	c.Skip(1)
}

// Nullable judges bytes after a length of width bytes; nil is no value, which keeps to every limit.
func (c *Checker) Nullable(field string, width int, b []byte, l *Limits) {
	if c.err != nil {
		return
	}
	n := uint64(len(b))
	switch {
	case b == nil:
		c.off += width
	case n < l.Min:
		c.fail(field, BecauseMin, l.Min, UnitBytes, l.Demand)
	case n > l.Max:
		c.fail(field, BecauseMax, l.Max, UnitBytes, l.Demand)
	case n > 1<<(8*width)-2:
		c.fail(field, BecauseMax, 1<<(8*width)-2, UnitBytes, l.Demand)
	default:
		c.off += width + len(b)
	}
}

// Offset returns where in the frame the next field begins.
func (c *Checker) Offset() int { return c.off }

// Begins is a breach of the layout if first, the byte with which an element of an array begins at offset in the frame, is the
// byte that ends the array.
func (c *Checker) Begins(field string, offset int, first, end byte) {
	if c.err == nil && !c.valid && first == end {
		c.off = offset
		c.fail(field, BecauseUntil, 0, "", c.layout)
	}
}

// FirstOf is the first byte on the wire of a string that ends before the byte end.
func FirstOf[T ~string | ~[]byte](s T, end byte) byte {
	if len(s) == 0 {
		return end
	}
	return s[0]
}

// Derived judges a length that follows from what it counts, and that begins at offset in the frame.
func (c *Checker) Derived(field string, offset int, v, most uint64) {
	if c.err == nil && v > most {
		c.off = offset
		c.fail(field, BecauseMax, most, "", c.layout)
	}
}

// Within names the struct in an error that arose in it: what is said of x is now said of field.x.
func (c *Checker) Within(field string) { c.err.within(field) }
