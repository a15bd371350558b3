package codectest

import (
	"bytes"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// Memory decodes damaged frames, whose lengths and counts promise anything: what is allocated for a frame is bounded by its
// bytes. An element of a byte, an empty string that ends at once, takes 16 bytes in Go, and slices grow by doubling.
func (k *Frames) Memory(t *testing.T) {
	const perByte, perFrame = 100, 8 << 10
	type sample struct {
		from  spec.Direction
		state int
		frame []byte
	}
	var all []sample
	k.seeds(t, dynamic.New(k.Spec), func(from spec.Direction, state int, frame []byte) {
		if len(frame) <= 1<<10 {
			all = append(all, sample{from, state, frame})
		}
	})
	r := rand.New(rand.NewPCG(2, uint64(len(all))))
	var before, after runtime.MemStats
	for range 3000 {
		s := all[r.IntN(len(all))]
		frame := bytes.Clone(s.frame)
		for i := range frame {
			if r.IntN(8) == 0 {
				frame[i] = 0xff
			}
		}
		frame = k.trueLength(s.state, s.from, frame)
		runtime.ReadMemStats(&before)
		_, _, err := k.Decode(s.state, s.from, frame, nil)
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > uint64(perByte*len(frame)+perFrame) {
			t.Errorf("%d bytes were allocated for %s: %v", n, k.where(s.state, s.from, frame), err)
		}
	}
}
