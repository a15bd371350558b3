package run

import (
	"slices"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/codec/dynamic"
)

// TestLengthWithMoreBehind shows that a length which counts the header is told also if more frames follow the first one, so that the first
// looks whole: such a server takes the rest of a request for another one.
func TestLengthWithMoreBehind(t *testing.T) {
	p := suite(t).Protocol
	c := dynamic.New(p)
	refusal := c.Example(p.ErrorMessage())
	refusal.ID = 1
	right, err := c.Append(nil, refusal)
	if err != nil {
		t.Fatal(err)
	}
	h, size, err := c.HeaderOf(nil, p.ErrorMessage().From, right)
	if err != nil {
		t.Fatal(err)
	}
	h.Length += uint64(size)
	wrong := c.SetHeader(p.ErrorMessage().From, slices.Clone(right), h)
	for _, x := range []struct {
		name string
		got  []byte
		want bool
	}{
		{"alone", wrong, true},
		{"with another behind it", slices.Concat(wrong, wrong), true},
		{"a right one with another behind it", slices.Concat(right, right), false},
	} {
		sent, err := c.Append(nil, c.Example(greeting(p)))
		if err != nil {
			t.Fatal(err)
		}
		k := &Contact{codec: c, Sent: sent, Got: x.got}
		k.read(greeting(p))
		hints := strings.Join(k.Hints, "; ")
		if strings.Contains(hints, "counted the header too") != x.want || len(k.Hints) != 1 {
			t.Errorf("%s: %s", x.name, hints)
		}
	}
}
