package codec

import (
	"math"
	"testing"
)

func TestFrameChecker(t *testing.T) {
	lim := func(lo, hi uint64) *Limits { return &Limits{Min: lo, Max: hi, Demand: field.Demand} }
	minus := func(n int64) uint64 { return uint64(-n) }
	for name, tt := range map[string]struct {
		check func(c *Checker)
		size  int // of the body, if all is right
		want  *Error
	}{
		"nothing":              {func(c *Checker) {}, 0, nil},
		"signed":               {func(c *Checker) { c.Int("i", 2, -5, lim(minus(5), 5)) }, 2, nil},
		"signed, below":        {func(c *Checker) { c.Int("i", 2, -6, lim(minus(5), 5)) }, 0, limit("i", 14, "min", minus(5), UnitSigned)},
		"signed, above":        {func(c *Checker) { c.Int("i", 2, 6, lim(minus(5), 5)) }, 0, limit("i", 14, "max", 5, UnitSigned)},
		"signed, unlimited":    {func(c *Checker) { c.Int("i", 8, math.MinInt64, lim(1<<63, 1<<63-1)) }, 8, nil},
		"bits":                 {func(c *Checker) { c.Bits("b", 9, 3, 7, true, lim(0, NoMax)); c.Skip(2) }, 2, nil},
		"bits that do not fit": {func(c *Checker) { c.Bits("b", 9, 3, 8, true, lim(0, NoMax)) }, 0, limit("b", 15, "max", 7, "")},
		"bits, below":          {func(c *Checker) { c.Bits("b", 0, 3, 1, true, lim(2, 3)) }, 0, limit("b", 14, "min", 2, "")},
		"bits, above":          {func(c *Checker) { c.Bits("b", 0, 3, 4, false, lim(2, 3)) }, 0, limit("b", 14, "max", 3, "")},
		"bits, undefined":      {func(c *Checker) { c.Bits("b", 0, 3, 3, false, lim(2, 3)) }, 0, limit("b", 14, "enum", 0, "")},
		"varint":               {func(c *Checker) { c.Varint("v", 2, 16383, true, lim(0, NoMax)) }, 2, nil},
		"varint, too wide":     {func(c *Checker) { c.Varint("v", 2, 16384, true, lim(0, NoMax)) }, 0, limit("v", 14, "max", 16383, "")},
		"varint, below":        {func(c *Checker) { c.Varint("v", 2, 1, true, lim(2, 9)) }, 0, limit("v", 14, "min", 2, "")},
		"varint, above":        {func(c *Checker) { c.Varint("v", 2, 10, true, lim(2, 9)) }, 0, limit("v", 14, "max", 9, "")},
		"varint, undefined":    {func(c *Checker) { c.Varint("v", 2, 3, false, lim(2, 9)) }, 0, limit("v", 14, "enum", 0, "")},
		"string until":         {func(c *Checker) { c.StringUntil("s", "ab", 0, lim(0, 2)) }, 3, nil},
		"string with its end":  {func(c *Checker) { c.StringUntil("s", "a\x00bc", 0, lim(0, 2)) }, 0, layout("s", 14, "until")},
		"string, not UTF-8":    {func(c *Checker) { c.StringUntil("s", "a\x00\xff", 0, lim(0, 2)) }, 0, layout("s", 14, "utf8")},
		"bytes until":          {func(c *Checker) { c.BytesUntil("b", []byte("ab"), 0, lim(0, 2)) }, 3, nil},
		"bytes with their end": {func(c *Checker) { c.BytesUntil("b", []byte{0}, 0, lim(0, 2)) }, 0, layout("b", 14, "until")},
		"bytes too long":       {func(c *Checker) { c.BytesUntil("b", []byte("abc"), 0, lim(0, 2)) }, 0, limit("b", 14, "max", 2, UnitBytes)},
		"null":                 {func(c *Checker) { c.Nullable("n", 2, nil, lim(1, 2)) }, 2, nil},
		"not null":             {func(c *Checker) { c.Nullable("n", 2, []byte("a"), lim(1, 2)) }, 3, nil},
		"empty":                {func(c *Checker) { c.Nullable("n", 2, []byte{}, lim(1, 2)) }, 0, limit("n", 14, "min", 1, UnitBytes)},
		"as long as null":      {func(c *Checker) { c.Nullable("n", 1, make([]byte, 255), lim(0, NoMax)) }, 0, limit("n", 14, "max", 254, UnitBytes)},
		"begins":               {func(c *Checker) { at := c.Offset(); c.Skip(3); c.Begins("l", at, 1, 0) }, 3, nil},
		"begins with the end":  {func(c *Checker) { at := c.Offset(); c.Skip(3); c.Begins("l", at, 0, 0) }, 0, layout("l", 14, "until")},
		"derived":              {func(c *Checker) { c.Skip(5); c.Derived("n", 3, 255, 255) }, 5, nil},
		"derived, too large":   {func(c *Checker) { c.Skip(5); c.Derived("n", 3, 256, 255) }, 0, &Error{Message: "M", Field: "n", Offset: 3, Because: "max", Limit: 255, Code: 4, Name: "MALFORMED"}},
		"within":               {func(c *Checker) { c.Uint("x", 1, 3, lim(0, 2)); c.Within("s"); c.Index("s", 1) }, 0, limit("s[1].x", 14, "max", 2, "")},
		"the first sticks":     {func(c *Checker) { c.Int("i", 2, 6, lim(0, 5)); c.Derived("n", 3, 256, 255); c.Begins("l", 0, 0, 0) }, 0, limit("i", 14, "max", 5, UnitSigned)},
	} {
		t.Run(name, func(t *testing.T) {
			c := NewFrameChecker(&fourteen, "M", nil)
			c.Skip(99) // the header
			c.Body()
			tt.check(&c)
			if !sameError(c.Err(), tt.want) {
				t.Fatalf("%v", c.Err())
			}
			if tt.want == nil && c.Size() != tt.size {
				t.Errorf("%d bytes, not %d", c.Size(), tt.size)
			}
		})
	}
	type word string
	if FirstOf("", 7) != 7 || FirstOf(word("ab"), 7) != 'a' || FirstOf([]byte{3}, 7) != 3 {
		t.Error("the first byte on the wire")
	}
}

// What was decoded keeps to the layout: it is not judged again.
func TestDecodedLayoutIsNotJudged(t *testing.T) {
	d := NewFrameDecoder(&fourteen, "M", 20, nil, Copied, nil)
	c := d.FrameChecker()
	c.Body()
	c.StringUntil("s", "a\x00", 0, &field)
	c.BytesUntil("b", []byte{0}, 0, &field)
	c.Begins("l", 0, 0, 0)
	if c.Err() != nil || c.Size() != 5 {
		t.Errorf("%v, %d", c.Err(), c.Size())
	}
}
