package fuzz

import (
	"bytes"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// lying makes a typed frame in which one length, count or header field does not tell the truth. It is false if the frames
// that follow may be read out of step.
func (g *generator) lying() (frame []byte, sync bool) {
	m := g.message()
	frame = g.c.AppendIllegal(nil, m)
	n := len(frame) - g.head(frame)
	u := func(v uint64) *uint64 { return &v }
	switch g.src.pick(8) {
	case 0:
		m.Opcode = u(uint64(g.src.byte()))
		return g.c.AppendIllegal(nil, m), true
	case 1:
		m.ID = 0
		return g.c.AppendIllegal(nil, m), true
	case 2:
		m.Trailing = append(m.Trailing, g.v.f.blob()...)
		return g.c.AppendIllegal(nil, m), true
	case 3:
		limit := g.c.MaxBody(g.at)
		lies := []uint64{g.c.Length(n) + 1, g.c.Length(n) - 1, 0, limit, limit + 1, 0xffffffff, g.c.Length(n) << 8, g.c.Length(n) << 16, 0x7fffff}
		m.Length = u(lies[g.src.pick(len(lies))])
		return g.c.AppendIllegal(nil, m), false
	}
	// A length or a count within the body.
	var inner []*spec.Field
	for _, f := range m.Spec.Fields {
		if _, ok := m.Get(f.Name); ok && f.Type.LenWidth > 0 {
			inner = append(inner, f)
		}
	}
	if len(inner) == 0 {
		m.Trailing = append(m.Trailing, 0)
		return g.c.AppendIllegal(nil, m), true
	}
	f := inner[g.src.pick(len(inner))]
	v, _ := m.Get(f.Name)
	size := uint64(sizeOf(v))
	top := ^uint64(0) >> (64 - 8*f.Type.LenWidth)
	lies := []uint64{size + 1, size - 1, 0, 1, top, top - 1, top / 2, top/2 + 1, size + uint64(g.src.byte())}
	m.Set(f.Name, dynamic.Lie{Value: v, Length: lies[g.src.pick(len(lies))]})
	return g.c.AppendIllegal(nil, m), true
}

func sizeOf(v any) int {
	switch v := v.(type) {
	case string:
		return len(v)
	case []byte:
		return len(v)
	case []any:
		return len(v)
	}
	return 0
}

// damage hurts a frame that was right. It is false if the frames that follow may be read out of step.
func (g *generator) damage(frame []byte) (damaged []byte, sync bool) {
	b := bytes.Clone(frame)
	switch g.src.pick(5) {
	case 0: // bits of the body flip
		h := g.head(b)
		if len(b) == h {
			return b, true
		}
		for range 1 + g.src.pick(4) {
			b[h+g.src.pick(min(len(b)-h, 1<<15))] ^= 1 << g.src.pick(8)
		}
		return b, true
	case 1: // bits flip anywhere
		for range 1 + g.src.pick(3) {
			b[g.src.pick(min(len(b), 1<<15))] ^= 1 << g.src.pick(8)
		}
		return b, false
	case 2: // the end is cut off
		return b[:len(b)-1-g.src.pick(min(len(b)-1, 1<<15))], false
	case 3: // something is pushed in
		i := g.src.pick(min(len(b), 1<<15))
		return append(b[:i:i], append(g.v.f.blob(), frame[i:]...)...), false
	}
	// The end is cut off the body, and the header says so.
	h := g.head(b)
	b = b[:len(b)-g.src.pick(min(len(b)-h+1, 1<<15))]
	hd := g.c.ParseHeader(b)
	hd.Length = g.c.Length(len(b) - h)
	return g.c.SetHeader(spec.FromClient, b, hd), true
}

// head is the size of the header of a frame that is right.
func (g *generator) head(frame []byte) int {
	_, size, _ := g.c.HeaderOf(nil, spec.FromClient, frame)
	return size
}

// replay sends earlier frames again, or two of them in the other order.
func (g *generator) replay() {
	if len(g.frames) == 0 {
		return
	}
	i := g.src.pick(len(g.frames))
	if j := g.src.pick(len(g.frames)); i != j {
		g.send(bytes.Clone(g.frames[j]))
	}
	g.send(bytes.Clone(g.frames[i]))
}
