package dynamic

import (
	"fmt"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/spec"
)

// Append appends the frame of m to dst, as its sender sends it; of a message of both sides, as a client does. It is strict:
// every value has the type of its field and keeps to its limits, and no field is unknown. A field that m does not have is zero. A
// limit that is broken gives a *codec.Error, with offsets from the start of the frame; then dst comes back as it was. In these
// offsets a length of variable size counts as one byte. Characters beyond ASCII are not judged.
func (c *Codec) Append(dst []byte, m *Message) ([]byte, error) {
	return c.AppendFrom(dst, m.Spec.From, m)
}

// AppendFrom is Append for a message that a side sends.
func (c *Codec) AppendFrom(dst []byte, from spec.Direction, m *Message) ([]byte, error) {
	pl := c.planOf(m.Spec, from)
	for i := range m.Fields {
		if !pl.has(m.Fields[i].Name) {
			return dst, fmt.Errorf("%s has no field %q", m.Spec.Name, m.Fields[i].Name)
		}
	}
	start := len(dst)
	w := &writer{c: c, m: m, plan: pl, b: dst, start: start, strict: true}
	if err := w.fields(pl.head, m.Fields, 0); err != nil {
		return dst[:start], err
	}
	w.align()
	body := len(w.b)
	if err := w.fields(pl.fields, m.Fields, 0); err != nil {
		return dst[:start], err
	}
	w.align()
	l := pl.layout
	n := len(w.b) - body
	if limit, _ := l.maxBody(nil); uint64(n) > limit && l.body != nil {
		return dst[:start], c.breach(nil, spec.CheckLength, codec.Error{
			Message: m.Spec.Name, Offset: body - start + w.late, Because: codec.BecauseMax, Limit: limit, Unit: codec.UnitBytes,
		})
	}
	if l.id != nil && m.ID > top(l.id.field.Type) {
		return dst[:start], c.breach(nil, spec.CheckCorrelation, codec.Error{
			Message: m.Spec.Name,
			Field:   l.id.field.Name, Offset: l.id.off(), Because: codec.BecauseMax, Limit: top(l.id.field.Type),
		})
	}
	w.finish(n)
	return w.b, nil
}

// has reports whether a message may be given a value of that name: what is ignored may be, too.
func (pl *plan) has(name string) bool {
	for _, list := range [2][]cell{pl.fields, pl.head} {
		for i := range list {
			if x := &list[i]; x.Name == name {
				return x.value || x.Type.Ignore
			}
		}
	}
	return false
}

// AppendIllegal appends the frame of m to dst, whatever limits it breaks: only the layout holds. Numbers lose the bits
// that do not fit, strings, bytes and arrays are cut to what their length can say, or cut or filled with zeros to their fixed size, and a length is true unless a Lie
// or the lies of m say otherwise. A conditional field that m has is written even if its condition does not hold. So are
// values for constants, lengths and what is ignored. Values of a wrong type are written as zero, and unknown fields are left out.
func (c *Codec) AppendIllegal(dst []byte, m *Message) []byte {
	return c.AppendIllegalFrom(dst, m.Spec.From, m)
}

// AppendIllegalFrom is AppendIllegal for a message that a side sends.
func (c *Codec) AppendIllegalFrom(dst []byte, from spec.Direction, m *Message) []byte {
	pl := c.planOf(m.Spec, from)
	w := &writer{c: c, m: m, plan: pl, b: dst, start: len(dst)}
	w.fields(pl.head, m.Fields, 0)
	w.align()
	body := len(w.b)
	w.fields(pl.fields, m.Fields, 0)
	w.align()
	w.b = append(w.b, m.Trailing...)
	w.finish(len(w.b) - body)
	return w.b
}

// A pending is a length whose place is kept until what it counts has been written.
type pending struct {
	cell *cell
	base int // index of the first pending of the same message or struct
	at   int // offset in the buffer
	bit  int
	n    uint64
}

// finish writes the lengths, now that all that they count has been written; n is the size of the body.
func (w *writer) finish(n int) {
	// From the last to the first: a length of variable size moves what follows it.
	for i := len(w.pending) - 1; i >= 0; i-- {
		q := &w.pending[i]
		t := q.cell.Type
		v := q.n
		if q.cell.body {
			v = w.bodyLength(uint64(n))
		}
		switch {
		case t.Varint > 0:
			var buf [10]byte
			number := codec.AppendVarint(buf[:0], v&top(t))
			w.b = append(w.b, number...)
			copy(w.b[q.at+len(number):], w.b[q.at:])
			copy(w.b[q.at:], number)
		case t.Bits > 0:
			putBits(w.b, 8*q.at+q.bit, t.Bits, v)
		default:
			w.c.put(w.b[q.at:q.at+t.Width], v)
		}
	}
}

// bodyLength is what the length says of a body of n bytes.
func (w *writer) bodyLength(n uint64) uint64 {
	if w.m.Length != nil {
		return *w.m.Length
	}
	l := w.plan.layout
	n += uint64(l.own)
	if l.fixed {
		return n
	}
	for i := range l.slots {
		s := &l.slots[i]
		if !s.counted || s.field.Type.Varint == 0 {
			continue
		}
		if s != l.length {
			n++
			continue
		}
		size := 1
		for codec.VarintSize(n+uint64(size)) > size {
			size++
		}
		n += uint64(size)
	}
	return n
}
