package codectest

import (
	"testing"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// Allocations encodes every accepted vector into a buffer that is large enough: that allocates nothing.
func (k *Frames) Allocations(t *testing.T) {
	d := dynamic.New(k.Spec)
	buf := make([]byte, 0, 1<<21)
	k.vectors(func(from spec.Direction, state int, frame []byte) {
		id, m, err := k.Decode(state, from, frame, nil)
		if err != nil {
			return
		}
		if n := testing.AllocsPerRun(10, func() { k.Append(buf, id, m) }); n != 0 {
			t.Errorf("%s: %v allocations to encode", d.Protocol().ID+" "+messageName(m), n)
		}
	})
}
