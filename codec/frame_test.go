package codec

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/iotest"
)

func TestLength(t *testing.T) {
	for _, tt := range []struct {
		n       int64
		have    int
		because string
		offset  int
	}{
		{3, 3, "", 0},
		{0, 0, "", 0},
		{4, 3, BecauseTruncated, 5},
		{2, 3, BecauseTrailing, 4},
		{-1, 3, BecauseTrailing, 2},
		{-1, 0, BecauseTrailing, 2},
	} {
		e := Length("M", 2, tt.n, tt.have, Demand{Code: 5, Name: "BAD"})
		switch {
		case e == nil && tt.because == "":
		case e == nil || *e != Error{Message: "M", Because: tt.because, Offset: tt.offset, Code: 5, Name: "BAD"}:
			t.Errorf("%d of %d: %v", tt.have, tt.n, e)
		}
	}
	if b := []byte("abc"); string(Fits(b, 2)) != "ab" || string(Fits(b, 4)) != "abc" || string(Fits(b, -1)) != "abc" {
		t.Error("a body is cut to what its header says")
	}
	if b := []byte("abc"); !Has(b, 1, "bc") || Has(b, 2, "bc") || Has(b, 4, "") {
		t.Error("Has")
	}
}

// numbered is a framing with a header of a byte and a varint.
var numbered = Framing{
	Header: 2,
	Need: func(b []byte) int {
		_, n, ok := Varint(b[1:], 3)
		switch {
		case !ok:
			return min(len(b), 4)
		case n == 0:
			return len(b) + 1
		}
		return 1 + n
	},
	Body: func(h []byte) int64 {
		v, n, ok := Varint(h[1:], 3)
		if !ok || n == 0 {
			return -1
		}
		return int64(v)
	},
}

func TestReaderOfVariableHeaders(t *testing.T) {
	var stream []byte
	sizes := []int{0, 1, 127, 128, 16383, 16384, 3, 70000, 0}
	for i, n := range sizes {
		stream = AppendVarint(append(stream, byte(i)), uint64(n))
		stream = append(stream, bytes.Repeat([]byte{byte(i)}, n)...)
	}
	for name, cut := range map[string]func(io.Reader) io.Reader{
		"whole": func(r io.Reader) io.Reader { return r },
		"bytes": iotest.OneByteReader,
		"half":  iotest.HalfReader,
	} {
		for _, skip := range []bool{false, true} {
			t.Run(fmt.Sprint(name, skip), func(t *testing.T) {
				r := NewReader(cut(bytes.NewReader(stream)), numbered)
				for i, n := range sizes {
					h, size, err := r.Header()
					if err != nil || int(size) != n || h[0] != byte(i) || len(h) != 1+VarintSize(uint64(n)) {
						t.Fatalf("header %d is %x, %d, %v", i, h, size, err)
					}
					if skip && i%2 == 0 {
						continue
					}
					if ready := r.Buffered() >= len(h)+n; ready && !r.open {
						t.Error("the frame is open")
					}
					h, body, err := r.Body()
					if err != nil || len(body) != n || h[0] != byte(i) || bytes.Count(body, h[:1]) != n {
						t.Fatalf("body %d is %d bytes long, %v", i, len(body), err)
					}
				}
				if _, _, err := r.Header(); err != io.EOF {
					t.Errorf("at the end: %v", err)
				}
			})
		}
	}
	for cut := 1; cut < 3; cut++ {
		r := NewReader(bytes.NewReader([]byte{1, 0x80, 0x80}[:cut]), numbered)
		if _, _, err := r.Header(); err != io.ErrUnexpectedEOF {
			t.Errorf("cut after %d bytes: %v", cut, err)
		}
	}
	r := NewReader(bytes.NewReader([]byte{1, 0x80, 0x80, 0x80, 1}), numbered)
	if _, size, err := r.Header(); err != nil || size >= 0 {
		t.Errorf("an impossible header has %d bytes of body, %v", size, err)
	}
}

func TestReaderReadyOfVariableHeaders(t *testing.T) {
	frame := append(AppendVarint([]byte{7}, 200), make([]byte, 200)...)
	r := NewReader(iotest.OneByteReader(bytes.NewReader(append(frame, frame...))), numbered)
	r.fill(1) // what has arrived is less than a header
	for r.Buffered() < len(frame) {
		if r.Ready() {
			t.Fatalf("ready after %d bytes", r.Buffered())
		}
		r.fill(r.Buffered() + 1)
	}
	if !r.Ready() {
		t.Error("a whole frame is not ready")
	}
}

// The frames of a stream may be laid out in more than one way.
func TestReaderUse(t *testing.T) {
	stream := frame("first") + string(AppendVarint([]byte{9}, 2)) + "xy" + frame("third")
	r := NewReader(iotest.HalfReader(bytes.NewReader([]byte(stream))), pairs)
	if s, err := next(r); s != "first" || err != nil {
		t.Fatal(s, err)
	}
	r.Use(numbered)
	if s, err := next(r); s != "xy" || err != nil {
		t.Fatal(s, err)
	}
	r.Use(pairs)
	if s, err := next(r); s != "third" || err != nil {
		t.Fatal(s, err)
	}
	if _, err := next(r); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}
