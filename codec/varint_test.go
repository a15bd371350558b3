package codec

import (
	"bytes"
	"testing"
)

func TestVarint(t *testing.T) {
	for _, tt := range []struct {
		hex  string
		size int
		v    uint64
		n    int
		ok   bool
	}{
		{"", 4, 0, 0, true},
		{"\x00", 4, 0, 1, true},
		{"\x7f\xff", 4, 127, 1, true},
		{"\x80\x01", 4, 128, 2, true},
		{"\xff\x7f", 4, 16383, 2, true},
		{"\xff\xff\xff\x7f", 4, 268435455, 4, true},
		{"\xff\xff\xff\xff\x7f", 5, 1<<35 - 1, 5, true},
		{"\x80", 4, 0, 0, true},         // goes on
		{"\x80\x80\x80", 4, 0, 0, true}, // goes on
		{"\x80\x00", 4, 0, 0, false},    // not the shortest form
		{"\xff\xff\xff\xff", 4, 0, 0, false},
		{"\xff\xff\xff\xff\x7f", 4, 0, 0, false},
		{"\x80", 1, 0, 0, false},
	} {
		v, n, ok := Varint([]byte(tt.hex), tt.size)
		if v != tt.v || n != tt.n || ok != tt.ok {
			t.Errorf("%x in %d bytes is %d of %d bytes, %v", tt.hex, tt.size, v, n, ok)
		}
		if ok && n > 0 {
			if b := AppendVarint(nil, v); string(b) != tt.hex[:n] || VarintSize(v) != n {
				t.Errorf("%d is %x of %d bytes", v, b, VarintSize(v))
			}
		}
	}
	if n := VarintSize(1<<64 - 1); n != 10 || len(AppendVarint(nil, 1<<64-1)) != n {
		t.Errorf("the largest number takes %d bytes", n)
	}
}

func TestAppendRun(t *testing.T) {
	for size, want := range map[int][]byte{1: {0xef}, 2: {0xbe, 0xef}, 5: {0, 0xde, 0xad, 0xbe, 0xef}} {
		if got := AppendRun(nil, size, 0xdeadbeef); !bytes.Equal(got, want) {
			t.Errorf("%d bytes: %x", size, got)
		}
	}
	if Bit(true) != 1 || Bit(false) != 0 {
		t.Error("a bit is 0 or 1")
	}
}
