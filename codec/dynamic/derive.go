package dynamic

import (
	"slices"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/spec"
)

// A pending is a length whose place is kept until what it counts has been written.
type pending struct {
	cell  *cell
	scope int // which header and body, or struct, it belongs to
	at    int // offset in the buffer
	bit   int // of the byte there
	off   int // offset in the frame, for errors
	n     uint64
}

// header writes the header. One without values gets its bytes, and finish fills them.
func (w *writer) header() error {
	pl := w.plan
	if pl.blank != nil && !pl.given(w.m.Fields) {
		w.blank = true
		w.b = append(w.b, pl.blank...)
		return nil
	}
	err := w.fields(pl.head, w.m.Fields, 0)
	w.align()
	return err
}

// given reports whether one of the values is for a field of the header.
func (pl *plan) given(values []Field) bool {
	for i := range values {
		if i < len(pl.values) && values[i].Name == pl.values[i] {
			continue // a plain header has no values
		}
		for k := range pl.head {
			if pl.head[k].Name == values[i].Name {
				return true
			}
		}
	}
	return false
}

// reserve keeps the place of a length. One of variable size gets none yet.
func (w *writer) reserve(x *cell, scope int) {
	q := pending{cell: x, scope: scope, at: len(w.b), off: w.offset()}
	switch {
	case x.Type.Varint > 0:
		w.late++
	case x.Type.Bits > 0:
		if q.bit = w.bit; w.bit > 0 {
			q.at--
		}
		w.number(x.Type, 0)
	default:
		w.number(x.Type, 0)
	}
	w.pending = append(w.pending, q)
}

// part writes a field that another one counts.
func (w *writer) part(x *cell, v any, scope int) error {
	by := slices.IndexFunc(w.pending, func(q pending) bool { return q.scope == scope && q.cell.Name == x.counter.Name })
	lie, isLie := v.(Lie)
	if isLie {
		v = lie.Value
	}
	most := top(x.counter.Type)
	if !w.strict {
		v = cut(v, most)
	}
	w.align()
	from := len(w.b)
	if err := w.value(x.Field, x.Type, v); err != nil {
		return err
	}
	w.align()
	if by < 0 {
		return nil
	}
	q := &w.pending[by]
	q.n = uint64(len(w.b) - from)
	if w.strict && q.n > most {
		w.fault, w.sibling = x.counter.Name, true
		return w.c.breach(nil, spec.CheckLayout, codec.Error{
			Message: w.m.Spec.Name, Offset: q.off, Because: codec.BecauseMax, Limit: most,
		})
	}
	if isLie {
		q.n = lie.Length
	}
	return nil
}

// finish writes the lengths, now that all that they count has been written; n is the size of the body.
func (w *writer) finish(n int) {
	if w.blank {
		l, b := w.plan.layout, w.b[w.start:]
		if w.m.Opcode != nil {
			w.c.putSlot(l.op, b, *w.m.Opcode)
		}
		w.c.putSlot(l.length, b, w.bodyLength(uint64(n)))
		w.c.putSlot(l.id, b, w.m.ID)
	}
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

// opcode is what the header says that the message is.
func (w *writer) opcode() uint64 {
	if w.m.Opcode != nil {
		return *w.m.Opcode
	}
	return w.m.Spec.Code
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
			v, _ := numberOf(w.m.Fields, s.field.Name)
			n += uint64(codec.VarintSize(v))
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
