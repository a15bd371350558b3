package codec

import (
	"bytes"
	"testing"
)

var (
	fourteen = Format{Header: 14, Layout: Demand{Code: 4, Name: "MALFORMED"}}
	field    = Limits{Max: NoMax, Demand: Demand{Code: 6, Name: "BAD_FIELD"}}
)

// layout is an error of the layout.
func layout(field string, offset int, because string) *Error {
	return &Error{Message: "M", Field: field, Offset: offset, Because: because, Code: 4, Name: "MALFORMED"}
}

// limit is an error of a limit.
func limit(field string, offset int, because string, n uint64, unit string) *Error {
	return &Error{Message: "M", Field: field, Offset: offset, Because: because, Limit: n, Unit: unit, Code: 6, Name: "BAD_FIELD"}
}

func sameError(a error, b *Error) bool {
	e, _ := a.(*Error)
	return e == b || e != nil && b != nil && *e == *b
}

func TestFrameDecoder(t *testing.T) {
	bits := []BitField{{"a", 0, 1}, {"b", 1, 7}, {"c", 8, 12}, {"d", 20, 4}}
	for name, tt := range map[string]struct {
		body string
		read func(d *Decoder) any
		want any
		err  *Error
	}{
		"run":                   {"\x81\xab\xcd", func(d *Decoder) any { return d.Run(3, bits) }, uint64(0x81abcd), nil},
		"run of one byte":       {"\x81", func(d *Decoder) any { return d.Run(3, bits) }, uint64(0), layout("c", 21, "truncated")},
		"run of two bytes":      {"\x81\xab", func(d *Decoder) any { return d.Run(3, bits) }, uint64(0), layout("c", 21, "truncated")},
		"run of none":           {"", func(d *Decoder) any { return d.Run(3, bits) }, uint64(0), layout("a", 20, "truncated")},
		"varint":                {"\x80\x01", func(d *Decoder) any { return d.Varint("n", 3) }, uint64(128), nil},
		"varint goes on":        {"\x80", func(d *Decoder) any { return d.Varint("n", 3) }, uint64(0), layout("n", 20, "truncated")},
		"varint too long":       {"\x80\x80\x80\x01", func(d *Decoder) any { return d.Varint("n", 3) }, uint64(0), layout("n", 20, "varint")},
		"string of":             {"abc", func(d *Decoder) any { return d.StringOf("s", 3) }, "abc", nil},
		"string of more":        {"abc", func(d *Decoder) any { return d.StringOf("s", 1<<63) }, "", layout("s", 20, "truncated")},
		"string of other bytes": {"ab\xff", func(d *Decoder) any { return d.StringOf("s", 3) }, "", layout("s", 20, "utf8")},
		"string until":          {"ab\x00", func(d *Decoder) any { return d.StringUntil("s", 0) }, "ab", nil},
		"string without end":    {"ab", func(d *Decoder) any { return d.StringUntil("s", 0) }, "", layout("s", 20, "truncated")},
		"string until, invalid": {"\xff\x00", func(d *Decoder) any { return d.StringUntil("s", 0) }, "", layout("s", 20, "utf8")},
		"bytes until":           {"\n", func(d *Decoder) any { return d.BytesUntil("b", '\n') == nil }, true, nil},
		"null":                  {"\xff\xff", func(d *Decoder) any { return d.Nullable("b", 2) == nil }, true, nil},
		"not null":              {"\x00\x00", func(d *Decoder) any { return d.Nullable("b", 2) != nil }, true, nil},
		"null, cut":             {"\xff", func(d *Decoder) any { return d.Nullable("b", 2) == nil }, true, layout("b", 20, "truncated")},
		"rest but two":          {"abcd", func(d *Decoder) any { return string(d.RestBut("r", 2)) + string(d.BytesOf("x", 2)) }, "abcd", nil},
		"rest but more":         {"abcd", func(d *Decoder) any { return d.RestBut("r", 5) == nil }, true, layout("r", 20, "truncated")},
		"passed":                {"abcd", func(d *Decoder) any { d.Pass("p", 4); return d.Left() }, false, nil},
		"not passed":            {"abcd", func(d *Decoder) any { d.Pass("p", 5); return d.Left() }, false, layout("p", 20, "truncated")},
		"length":                {"", func(d *Decoder) any { d.Length("n", 3, 4, 4); return d.OK() }, true, nil},
		"wrong length":          {"", func(d *Decoder) any { d.Length("n", 3, 4, 5); return d.OK() }, false, layout("n", 3, "length")},
		"array until": {"ab\x00", func(d *Decoder) any {
			n := 0
			for d.More("l", 0, 0) {
				d.U8("l")
				n++
			}
			return n
		}, 2, nil},
		"array without end": {"ab", func(d *Decoder) any {
			for d.More("l", 0, 0) {
				d.U8("l")
			}
			return nil
		}, nil, layout("l", 20, "truncated")},
		"part":           {"ab", func(d *Decoder) any { o := d.Enter("p", 1); d.U8("x"); d.Leave(o, "n", 7); return d.U8("y") }, uint8('b'), nil},
		"part too small": {"ab", func(d *Decoder) any { o := d.Enter("p", 1); d.U16("x"); d.Leave(o, "n", 7); return d.OK() }, false, layout("n", 7, "length")},
		"part too large": {"ab", func(d *Decoder) any { o := d.Enter("p", 2); d.U8("x"); d.Leave(o, "n", 7); return d.OK() }, false, layout("n", 7, "length")},
		"part not there": {"ab", func(d *Decoder) any { o := d.Enter("p", 3); d.U8("x"); d.Leave(o, "n", 7); return d.OK() }, false, layout("p", 20, "truncated")},
		"part with another fault": {"\x80\x00", func(d *Decoder) any {
			o := d.Enter("p", 2)
			d.Varint("x", 2)
			d.Within("p", 0)
			d.Leave(o, "n", 7)
			return d.OK()
		}, false, layout("p.x", 20, "varint")},
		"within":            {"", func(d *Decoder) any { d.U8("x"); d.Within("s", 0); d.Index("s", 0, 3); return nil }, nil, layout("s[3].x", 20, "truncated")},
		"after a fault":     {"", func(d *Decoder) any { d.U8("x"); o := d.Enter("p", 0); d.Leave(o, "n", 7); return d.Left() }, false, layout("x", 20, "truncated")},
		"offset in a frame": {"ab", func(d *Decoder) any { d.U8("x"); return d.FrameOffset() }, 21, nil},
	} {
		t.Run(name, func(t *testing.T) {
			for _, memory := range []Memory{Copied, Viewed} {
				d := NewFrameDecoder(&fourteen, "M", 20, []byte(tt.body), memory, nil)
				if got := tt.read(&d); got != tt.want || !sameError(d.Err(), tt.err) {
					t.Errorf("%v, %v", got, d.Err())
				}
			}
		})
	}
}

// What is copied does not change with the frame; what is viewed does.
func TestFrameDecoderMemory(t *testing.T) {
	for _, memory := range []Memory{Copied, Viewed} {
		frame := []byte("abc\x00abc\x00\x02abxyz")
		d := NewFrameDecoder(&fourteen, "M", 20, frame, memory, nil)
		got := []byte(d.StringUntil("s", 0))
		s := [][]byte{d.BytesUntil("b", 0), d.Nullable("n", 1), d.RestBut("r", 2), d.BytesOf("o", 2)}
		if !d.End() || string(got) != "abc" {
			t.Fatal(d.Err())
		}
		for i := range frame {
			frame[i] = '!'
		}
		if all, want := bytes.Join(s, nil), map[Memory]string{Copied: "abcabxyz", Viewed: "!!!!!!!!"}[memory]; string(all) != want {
			t.Errorf("%v: %s", memory, all)
		}
	}
}

// Constants are judged with the limits, in the order of the frame, bit by bit.
func TestConstantsInOrder(t *testing.T) {
	ten := Limits{Max: 10, Demand: field.Demand}
	for name, tt := range map[string]struct {
		read  func(d *Decoder)
		check func(c *Checker)
		want  *Error
	}{
		"all right":        {func(d *Decoder) { d.HeadConst("h", 3, 0, true, &field) }, func(c *Checker) {}, nil},
		"head before body": {func(d *Decoder) { d.HeadConst("h", 3, 0, false, &field); d.Const("b", 0, 0, false, &field) }, func(c *Checker) {}, limit("h", 3, "const", 0, "")},
		"body":             {func(d *Decoder) { d.Const("b", 1, 0, false, &field) }, func(c *Checker) {}, limit("b", 21, "const", 0, "")},
		"limit before": {func(d *Decoder) { d.Const("b", 1, 4, false, &field) }, func(c *Checker) {
			c.Body()
			c.Skip(1)
			c.Bits("x", 1, 3, 11, true, &ten)
		}, limit("x", 21, "max", 10, "")},
		"limit after": {func(d *Decoder) { d.Const("b", 1, 0, false, &field) }, func(c *Checker) {
			c.Body()
			c.Skip(1)
			c.Bits("x", 1, 3, 11, true, &ten)
		}, limit("b", 21, "const", 0, "")},
		"limit of nothing": {func(d *Decoder) { d.Const("b", 1, 0, false, &field) }, func(c *Checker) {
			c.Body()
			c.Skip(1)
			c.Bytes("x", 0, 0, &Limits{Min: 1, Max: 2, Demand: field.Demand})
		}, limit("x", 21, "min", 1, UnitBytes)},
		"early": {func(d *Decoder) {
			d.HeadConst("h", 3, 0, false, &field)
			aside := d.SetAside()
			d.Const("b", 0, 0, true, &field)
			c := d.Checker(0)
			d.Judge(&c, 0)
			d.TakeBack(aside)
		}, func(c *Checker) {}, limit("h", 3, "const", 0, "")},
	} {
		t.Run(name, func(t *testing.T) {
			d := NewFrameDecoder(&fourteen, "M", 20, make([]byte, 4), Copied, nil)
			tt.read(&d)
			d.Skip()
			c := d.FrameChecker()
			tt.check(&c)
			d.JudgeFrame(&c)
			if !sameError(d.Err(), tt.want) {
				t.Errorf("%v", d.Err())
			}
		})
	}
}
