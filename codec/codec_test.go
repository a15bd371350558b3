package codec

import (
	"bytes"
	"errors"
	"testing"
	"unicode/utf8"
)

func TestNumbers(t *testing.T) {
	for _, c := range []struct {
		v           uint64
		width       int
		big, little string
	}{
		{0x12, 1, "\x12", "\x12"},
		{0x1234, 2, "\x12\x34", "\x34\x12"},
		{0x123456, 3, "\x12\x34\x56", "\x56\x34\x12"},
		{0x123456789abcdef0, 8, "\x12\x34\x56\x78\x9a\xbc\xde\xf0", "\xf0\xde\xbc\x9a\x78\x56\x34\x12"},
	} {
		b := make([]byte, c.width)
		if PutUint(b, c.v); string(b) != c.big || Uint(b) != c.v {
			t.Errorf("big endian %x: %x, %x", c.v, b, Uint(b))
		}
		if PutUintLE(b, c.v); string(b) != c.little || UintLE(b) != c.v {
			t.Errorf("little endian %x: %x, %x", c.v, b, UintLE(b))
		}
	}
	if b := AppendU24(AppendU24LE(nil, 0x010203), 0x040506); !bytes.Equal(b, []byte{3, 2, 1, 4, 5, 6}) {
		t.Errorf("%x", b)
	}
	if b := AppendBool(AppendBool(nil, true), false); !bytes.Equal(b, []byte{1, 0}) {
		t.Errorf("%x", b)
	}
}

// hearts refuses hearts, and counts an é as two characters.
type hearts struct{}

func (hearts) Check(_, s string) (int, bool) {
	n := utf8.RuneCountInString(s)
	for _, c := range s {
		switch c {
		case '♥':
			return 0, false
		case 'é':
			n++
		}
	}
	return n, true
}

func TestStringLimits(t *testing.T) {
	letters := &ASCIISet{0, 0x07fffffe07fffffe}
	name := Limits{Min: 1, Max: 12, CharsMin: 2, CharsMax: 5, ASCII: letters, Profile: "P"}
	plain := Limits{Max: 12, CharsMin: 2, CharsMax: 5, ASCII: letters}
	for _, c := range []struct {
		s       string
		l       *Limits
		p       Profiles
		because string
		limit   uint64
	}{
		{"abc", &name, nil, "", 0},
		{"", &name, nil, BecauseMin, 1},
		{"abcdefghijklm", &name, nil, BecauseMax, 12},
		{"*************", &name, nil, BecauseMax, 12},
		{"a", &name, nil, BecauseCharsMin, 2},
		{"abcdef", &name, nil, BecauseCharsMax, 5},
		{"abcde*", &name, nil, BecauseASCII, 0},
		{"a1", &name, hearts{}, BecauseASCII, 0},
		{"aé", &name, nil, "", 0},
		{"é", &name, nil, "", 0}, // not judged: neither refused nor counted
		{"aé*", &name, nil, BecauseASCII, 0},
		{"♥*", &name, hearts{}, BecauseASCII, 0},
		{"a♥", &name, hearts{}, BecauseProfile, 0},
		{"é", &name, hearts{}, "", 0}, // two characters by the profile
		{"ééé", &name, hearts{}, BecauseCharsMax, 5},
		{"ä", &name, hearts{}, BecauseCharsMin, 2},
		{"ä", &plain, hearts{}, BecauseCharsMin, 2}, // without a profile code points count
		{"äöü", &plain, nil, "", 0},
		{"äöüäöü", &plain, nil, BecauseCharsMax, 5},
	} {
		if because, limit := c.l.judgeString(c.s, c.p); because != c.because || limit != c.limit {
			t.Errorf("%q: %q %d, want %q %d", c.s, because, limit, c.because, c.limit)
		}
	}
}

func TestSentences(t *testing.T) {
	for want, e := range map[string]Error{
		"name is empty":                                         {Because: BecauseMin, Limit: 1, Unit: UnitBytes},
		"name is shorter than 6 bytes":                          {Because: BecauseMin, Limit: 6, Unit: UnitBytes},
		"name is longer than 50 bytes":                          {Because: BecauseMax, Limit: 50, Unit: UnitBytes},
		"name has fewer than 2 elements":                        {Because: BecauseMin, Limit: 2, Unit: UnitElements},
		"name has more than 9 elements":                         {Because: BecauseMax, Limit: 9, Unit: UnitElements},
		"name is below 1":                                       {Because: BecauseMin, Limit: 1},
		"name is above 300":                                     {Because: BecauseMax, Limit: 300},
		"name has fewer than 6 characters":                      {Because: BecauseCharsMin, Limit: 6},
		"name has more than 24 characters":                      {Because: BecauseCharsMax, Limit: 24},
		"name has a character that is not allowed":              {Because: BecauseASCII},
		"name has a value that is not defined":                  {Because: BecauseEnum},
		"name is neither 0 nor 1":                               {Because: BecauseBool},
		"the body ends within name":                             {Because: BecauseTruncated},
		"name is not valid UTF-8":                               {Because: BecauseUTF8},
		"no message has this name":                              {Because: BecauseOpcode},
		"name: odd":                                             {Because: "odd"},
		"bytes are left over after the last field":              {Because: BecauseTrailing},
		"name has a character beyond ASCII that is not allowed": {Because: BecauseProfile},
	} {
		e.Field = "name"
		if got := e.Sentence(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	e := &Error{Message: "SEND", Because: BecauseMax, Limit: 9, Unit: UnitBytes, Offset: 8, Name: "TOO_LARGE"}
	if got, want := e.Error(), "SEND: the body is longer than 9 bytes (TOO_LARGE, offset 8)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// A count that the bytes at hand cannot hold is refused before anything is made of it.
func TestCounts(t *testing.T) {
	f := &Format{Header: 8, Layout: Demand{5, "MALFORMED"}}
	for _, c := range []struct {
		body  string
		width int
		size  int
		n     int
		ok    bool
	}{
		{"\x00\x02abcd", 2, 2, 2, true},
		{"\x00\x03abcd", 2, 2, 0, false},
		{"\xff\xff\xff\xff\xff\xff\xff\xff", 8, 1, 0, false},
		{"\xff\xff\xff\xff\xff\xff\xff\xffabc", 8, 1, 0, false},
		{"\x00", 2, 1, 0, false},
		{"\x00\x00", 2, 1, 0, true},
	} {
		d := NewDecoder(f, "M", []byte(c.body), Copied, nil)
		n := d.Count("f", c.width, c.size)
		if n != c.n || d.OK() != c.ok {
			t.Errorf("%q: %d, %v", c.body, n, d.Err())
		}
		if e, is := errors.AsType[*Error](d.Err()); is && (e.Offset != 8 || e.Because != BecauseTruncated || e.Field != "f") {
			t.Errorf("%q: %+v", c.body, e)
		}
	}
}

// The first error sticks, and everything read after it is zero.
func TestDecoderSticks(t *testing.T) {
	f := &Format{Header: 4, Layout: Demand{5, "MALFORMED"}}
	d := NewDecoder(f, "M", []byte("\x05ab\x01\x02\x03\x04\x05\x06\x07\x08"), Copied, nil)
	d.U8("one")
	d.String("two", 2)
	first := d.Err()
	var b [3]byte
	d.Fixed("f", b[:])
	if v := d.U8("a") | uint8(d.U16("b")) | uint8(d.U24("c")) | uint8(d.U32("d")) | uint8(d.U64("e")) | b[0]; v != 0 {
		t.Errorf("read %d after an error", v)
	}
	if d.Bool("g", &Limits{}) || d.String("h", 1) != "" || d.Bytes("i", 1) != nil || d.Rest() != nil || d.Count("j", 1, 1) != 0 {
		t.Error("read something after an error")
	}
	if d.End() || d.Err() != first || first.(*Error).Field != "two" {
		t.Errorf("%v, then %v", first, d.Err())
	}
}

func TestMemory(t *testing.T) {
	f := &Format{}
	body := []byte("\x02ab\x02cdef")
	for _, m := range []Memory{Copied, Viewed} {
		b := bytes.Clone(body)
		d := NewDecoder(f, "M", b, m, nil)
		s, p, rest := d.String("s", 1), d.Bytes("p", 1), d.Rest()
		if s != "ab" || string(p) != "cd" || string(rest) != "ef" || !d.End() {
			t.Fatal(s, p, rest, d.Err())
		}
		if cap(p) != 2 {
			t.Errorf("bytes have room for %d: appending would overwrite what follows", cap(p))
		}
		copy(b, "\x02AB\x02CDEF")
		if want := map[Memory]string{Copied: "abcdef", Viewed: "ABCDEF"}[m]; s+string(p)+string(rest) != want {
			t.Errorf("after the body has changed: %s%s%s, want %s", s, p, rest, want)
		}
	}
}

func TestReactions(t *testing.T) {
	for r, want := range map[Reaction]string{ReactReply: "reply", ReactReplyClose: "reply-close", ReactClose: "close", 9: "Reaction(9)"} {
		if r.String() != want {
			t.Errorf("%d is %q, want %q", r, r, want)
		}
	}
}
