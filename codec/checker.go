package codec

import (
	"strconv"
	"unicode/utf8"
)

// A Checker holds the fields of one message to their limits, in the order of the fields. It counts the bytes that they
// take on the wire, so that it knows where a field begins in the frame. The first error sticks. It is for generated code.
type Checker struct {
	message  string
	off      int
	base     int // where the body begins in the frame
	bit      int // of the error: the first bit of the field in its first byte
	layout   Demand
	profiles Profiles
	valid    bool // strings are known to be UTF-8
	err      *Error
}

// NewChecker returns a checker of a whole message that is about to be encoded after a header of the given size. A nil p
// lets characters beyond ASCII through.
func NewChecker(f *Format, message string, p Profiles) Checker {
	return Checker{message: message, off: f.Header, layout: f.Layout, profiles: p}
}

// OK reports whether no limit has been broken so far.
func (c *Checker) OK() bool { return c.err == nil }

// Err returns the first breach, a *Error, or nil.
func (c *Checker) Err() error {
	if c.err == nil {
		return nil
	}
	return c.err
}

func (c *Checker) fail(field, because string, limit uint64, unit string, d Demand) {
	c.err = &Error{
		Message: c.message, Field: field, Offset: c.off, Because: because, Limit: limit, Unit: unit,
		Code: d.Code, Name: d.Name,
	}
}

// Skip passes over n bytes that have no limits.
func (c *Checker) Skip(n int) {
	if c.err == nil {
		c.off += n
	}
}

// Uint judges a number that takes width bytes.
func (c *Checker) Uint(field string, width int, v uint64, l *Limits) {
	switch {
	case c.err != nil:
	case v < l.Min:
		c.fail(field, BecauseMin, l.Min, "", l.Demand)
	case v > l.Max:
		c.fail(field, BecauseMax, l.Max, "", l.Demand)
	default:
		c.pass(field, "", width, v, width, l)
	}
}

// pass goes on behind a field of size bytes, if its value, or its length, fits into width bytes. What was decoded does.
func (c *Checker) pass(field, unit string, width int, v uint64, size int, l *Limits) {
	if width > 0 && width < 8 && v>>(8*width) != 0 {
		c.fail(field, BecauseMax, 1<<(8*width)-1, unit, l.Demand)
		return
	}
	c.off += size
}

// Enum judges a number that takes width bytes, and that is one of the defined ones or not.
func (c *Checker) Enum(field string, width int, v uint64, defined bool, l *Limits) {
	if c.err == nil && !defined && v >= l.Min && v <= l.Max {
		c.fail(field, BecauseEnum, 0, "", l.Demand)
		return
	}
	c.Uint(field, width, v, l)
}

// String judges a string that stands after a length of width bytes. A string that is not UTF-8 cannot be encoded.
func (c *Checker) String(field string, width int, s string, l *Limits) {
	if c.err != nil {
		return
	}
	if !c.valid && !utf8.ValidString(s) {
		c.fail(field, BecauseUTF8, 0, "", c.layout)
		return
	}
	if because, limit := l.judgeString(s, c.profiles); because != "" {
		unit := ""
		if because == BecauseMin || because == BecauseMax {
			unit = UnitBytes
		}
		c.fail(field, because, limit, unit, l.Demand)
		return
	}
	c.pass(field, UnitBytes, width, uint64(len(s)), width+len(s), l)
}

// Bytes judges n bytes that stand after a length of width bytes, or after nothing if width is 0.
func (c *Checker) Bytes(field string, width, n int, l *Limits) {
	c.size(field, UnitBytes, width, n, width+n, l)
}

// Count judges the number of elements of an array that stand after a count of width bytes. It reports whether the
// elements are to be judged.
func (c *Checker) Count(field string, width, n int, l *Limits) bool {
	c.size(field, UnitElements, width, n, width, l)
	return c.err == nil
}

func (c *Checker) size(field, unit string, width, n, size int, l *Limits) {
	switch {
	case c.err != nil:
	case uint64(n) < l.Min:
		c.fail(field, BecauseMin, l.Min, unit, l.Demand)
	case uint64(n) > l.Max:
		c.fail(field, BecauseMax, l.Max, unit, l.Demand)
	default:
		c.pass(field, unit, width, uint64(n), size, l)
	}
}

// Index names the element of an array in an error that arose in it: what is said of field is now said of field[i].
func (c *Checker) Index(field string, i int) {
	c.err.index(field, i)
}

// index puts an index after the name of the array at the front of the field's path.
func (e *Error) index(field string, i int) {
	if e != nil {
		e.Field = field + "[" + strconv.Itoa(i) + "]" + e.Field[len(field):]
	}
}
