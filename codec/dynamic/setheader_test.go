package dynamic

import (
	"bytes"
	"testing"

	"github.com/wirelaw/wirelaw/spec"
)

// A length of variable size makes room for itself, in a frame that may be a part of something longer.
func TestSetHeader(t *testing.T) {
	c := wide(t)
	tests := []struct {
		name, frame string
		h           Header
		want        string
	}{
		{"same size", "38 02 aabb", Header{Opcode: 6, Length: 3}, "68 03 aabb"},
		{"longer", "38 02 aabb", Header{Opcode: 3, Length: 130}, "38 8201 aabb"},
		{"shorter", "38 8201 aabb", Header{Opcode: 3, Length: 2}, "38 02 aabb"},
		{"not whole", "38 82", Header{Opcode: 6, Length: 2}, "38 82"},
		{"no number", "38 8000 aabb", Header{Opcode: 6, Length: 2}, "38 8000 aabb"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			frame := unhex(t, tt.frame)
			whole := append(frame, 0xee, 0xee, 0xee)
			got := c.SetHeader(spec.FromClient, whole[:len(frame)], tt.h)
			if !bytes.Equal(got, unhex(t, tt.want)) {
				t.Errorf("% x, want %s", got, tt.want)
			}
			if rest := whole[len(frame):]; !bytes.Equal(rest, []byte{0xee, 0xee, 0xee}) {
				t.Errorf("what follows the frame is % x now", rest)
			}
		})
	}
}

// Conditional fields come and go with what they depend on, but for those that are given.
func TestComplete(t *testing.T) {
	c := New(toyProtocol())
	m := c.Example(c.Protocol().Message("PUT"))
	blue := func(want bool, when string) {
		t.Helper()
		if _, there := m.Get("blue"); there != want {
			t.Errorf("%s: %v", when, m.Fields)
		}
	}
	blue(false, "an example")
	m.Set("kind", uint64(7))
	c.Complete(m, func(string) bool { return false })
	blue(true, "its condition holds")
	m.Set("kind", uint64(1))
	c.Complete(m, func(name string) bool { return name == "blue" })
	blue(true, "it is given")
	c.Complete(m, func(string) bool { return false })
	blue(false, "its condition does not hold")
}
