package gen_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// A frameIn is a frame, who sends it, and in which state.
type frameIn struct {
	from  spec.Direction
	state *spec.State // nil: in any
	frame []byte
}

// fuzzed returns n frames, from the vectors of a table: some as they are, most damaged. The same seed gives the same frames.
func fuzzed(t testing.TB, p *spec.Protocol, seed uint64, n int) []frameIn {
	t.Helper()
	rnd := rand.New(rand.NewPCG(seed, 1))
	var seeds, right []frameIn
	for _, v := range vectors(t, p) {
		f := frameIn{spec.Direction(v.From), p.State(v.State), v.bytes(t)}
		if len(f.frame) > 400 {
			continue
		}
		seeds = append(seeds, f)
		if v.Accept != nil {
			right = append(right, f)
		}
	}
	c := dynamic.New(p)
	var out []frameIn
	for len(out) < n {
		f := seeds[rnd.IntN(len(seeds))]
		if rnd.IntN(2) == 0 {
			f = right[rnd.IntN(len(right))]
		}
		f.frame = bytes.Clone(f.frame)
		if f.from == spec.FromClient && rnd.IntN(10) == 0 {
			f.state = p.States[rnd.IntN(len(p.States))]
		}
		for range rnd.IntN(3) {
			f.frame = damage(rnd, f.frame, seeds[rnd.IntN(len(seeds))].frame)
		}
		if c.Plain() && len(f.frame) >= c.HeaderSize() && rnd.IntN(2) == 0 {
			h := c.ParseHeader(f.frame)
			h.Length = c.Length(len(f.frame) - c.HeaderSize())
			c.PutHeader(f.frame, h)
		}
		if !c.Plain() && f.from != "" && rnd.IntN(2) == 0 {
			f.frame = rebuilt(c, rnd, f)
		}
		out = append(out, f)
	}
	return out
}

// rebuilt makes a frame with a header that is true and with the body of f, damaged.
func rebuilt(c *dynamic.Codec, rnd *rand.Rand, f frameIn) []byte {
	_, size, err := c.HeaderOf(f.state, f.from, f.frame)
	if err != nil || size == 0 {
		return f.frame
	}
	var like []*spec.Message
	layout := c.Protocol().FrameIn(f.state, f.from)
	for _, m := range c.Protocol().Messages {
		if m.SentBy(f.from) && m.Frame == layout {
			like = append(like, m)
		}
	}
	if len(like) == 0 {
		return f.frame
	}
	msg := c.Example(like[rnd.IntN(len(like))])
	for _, field := range msg.Spec.Fields {
		msg.Set(field.Name, dynamic.Raw{})
	}
	msg.Trailing = damage(rnd, bytes.Clone(f.frame[size:]), f.frame)
	return c.AppendIllegalFrom(nil, f.from, msg)
}

// damage changes a frame in one place.
func damage(rnd *rand.Rand, b, other []byte) []byte {
	if len(b) == 0 {
		return b
	}
	i := rnd.IntN(len(b))
	switch rnd.IntN(8) {
	case 0:
		b[i] ^= 1 << rnd.IntN(8)
	case 1, 2:
		b[i] = []byte{0, 1, 2, 0x7f, 0x80, 0xfe, 0xff, byte(rnd.Uint32())}[rnd.IntN(8)]
	case 3:
		return b[:i]
	case 4:
		return append(b[:i:i], append([]byte{byte(rnd.Uint32())}, b[i:]...)...)
	case 5:
		return append(b[:i:i], b[i+1:]...)
	case 6:
		return append(b, make([]byte, rnd.IntN(5))...)
	case 7: // the head of one frame and the tail of another
		return append(b[:i:i], other[min(i, len(other)):]...)
	}
	return b
}
