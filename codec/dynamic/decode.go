package dynamic

import (
	"fmt"
	"unicode/utf8"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/spec"
)

// Decode reads a whole frame that comes from one side. A nil p judges no character beyond ASCII. Layout is judged over the
// whole body before any limit, but for early fields. The message owns its memory. The error is a *codec.Error: the one
// that generated code gives for the same frame.
func (c *Codec) Decode(from spec.Direction, frame []byte, p codec.Profiles) (*Message, error) {
	if len(frame) < c.size {
		return nil, c.breach(nil, spec.CheckLayout, codec.Error{Field: "", Because: codec.BecauseTruncated})
	}
	h := c.ParseHeader(frame)
	m := c.Lookup(from, h.Opcode)
	if m == nil {
		return nil, c.unknown()
	}
	n, ok := c.BodyLen(h)
	have := uint64(len(frame) - c.size)
	if c.length == nil {
		n, ok = have, true
	}
	switch {
	case !ok || n < have:
		return nil, c.breach(nil, spec.CheckLayout, codec.Error{
			Message: m.Name, Offset: c.size + int(n), Because: codec.BecauseTrailing,
		})
	case n > have:
		return nil, c.breach(nil, spec.CheckLayout, codec.Error{
			Message: m.Name, Offset: len(frame), Because: codec.BecauseTruncated,
		})
	}
	msg, err := c.decodeBody(m, h.ID, frame, p)
	if err != nil {
		return nil, err
	}
	return msg, nil
}

func (c *Codec) unknown() *codec.Error {
	return c.breach(nil, spec.CheckOpcode, codec.Error{
		Field: c.op.field.Name, Offset: c.op.off, Because: codec.BecauseOpcode,
	})
}

// An item is a value that was read, kept until its limits are judged. Its path is made only when it is needed.
type item struct {
	field  *spec.Field
	t      *spec.Type
	value  any
	off    int
	parent int // index of the array that holds it; -1: none
	index  int // its place in that array
}

// A reader walks the body of one frame.
type reader struct {
	c     *Codec
	m     *spec.Message
	frame []byte
	pos   int
	items []item
}

func (r *reader) path(i int) string {
	it := &r.items[i]
	if it.parent < 0 {
		return it.field.Name
	}
	return fmt.Sprintf("%s[%d]", r.path(it.parent), it.index)
}

func (r *reader) layoutError(i int, because string) *codec.Error {
	return r.c.breach(nil, spec.CheckLayout, codec.Error{
		Message: r.m.Name, Field: r.path(i), Offset: r.items[i].off, Because: because,
	})
}

// decodeBody decodes a frame whose header has been found to be true.
func (c *Codec) decodeBody(m *spec.Message, id uint64, frame []byte, p codec.Profiles) (*Message, *codec.Error) {
	r := &reader{c: c, m: m, frame: frame, pos: c.size}
	msg := &Message{Spec: m, ID: id, Fields: make([]Field, 0, len(m.Fields))}
	early := c.order[spec.CheckEarly] < c.order[spec.CheckLayout]
	for _, f := range m.Fields {
		if !present(f, msg.Get) {
			continue
		}
		i := len(r.items)
		if err := r.read(item{field: f, t: f.Type, parent: -1}); err != nil {
			return nil, err
		}
		if f.Early && early {
			if err := r.limits(i, len(r.items), spec.CheckEarly, p); err != nil {
				return nil, err
			}
		}
		if f.Type.Kind != spec.KindRest || !f.Type.Ignore {
			msg.Fields = append(msg.Fields, Field{f.Name, r.items[i].value})
		}
	}
	if r.pos < len(frame) {
		return nil, c.breach(nil, spec.CheckLayout, codec.Error{
			Message: m.Name, Offset: r.pos, Because: codec.BecauseTrailing,
		})
	}
	if !early {
		for i := range r.items {
			if r.items[i].field.Early {
				if err := r.limits(i, i+1, spec.CheckEarly, p); err != nil {
					return nil, err
				}
			}
		}
	}
	if err := r.limits(0, len(r.items), spec.CheckLimits, p); err != nil {
		return nil, err
	}
	for i := range msg.Fields {
		msg.Fields[i].Value = settle(msg.Fields[i].Value)
	}
	return msg, nil
}

// A rawBool is a bool as it stands on the wire, before it is known to be 0 or 1.
type rawBool byte

// settle turns what passed its limits into the value that users see.
func settle(v any) any {
	switch v := v.(type) {
	case rawBool:
		return v == 1
	case []any:
		for i := range v {
			v[i] = settle(v[i])
		}
	}
	return v
}

// limits judges the items from up to to. It skips early fields, unless it is them that it is asked for.
func (r *reader) limits(from, to int, check spec.CheckName, p codec.Profiles) *codec.Error {
	for i := from; i < to; i++ {
		it := &r.items[i]
		if it.field.Early && check != spec.CheckEarly {
			continue
		}
		if because, limit := judge(it.t, it.value, p); because != "" {
			return r.c.breach(it.t.Error, check, codec.Error{
				Message: r.m.Name, Field: r.path(i), Offset: it.off, Because: because, Limit: limit,
				Unit: unitOf(it.t, because),
			})
		}
	}
	return nil
}

// read reads the value of it, by its type, and appends it to the items; an array comes before its elements.
func (r *reader) read(it item) *codec.Error {
	i := len(r.items)
	it.off = r.pos
	r.items = append(r.items, it)
	t := it.t
	left := len(r.frame) - r.pos
	if left < smallest(t) {
		return r.layoutError(i, codec.BecauseTruncated)
	}
	switch t.Kind {
	case spec.KindUint:
		r.items[i].value = r.c.number(r.take(t.Width))
		return nil
	case spec.KindBool:
		r.items[i].value = rawBool(r.take(1)[0])
		return nil
	case spec.KindRest:
		r.items[i].value = append([]byte{}, r.take(left)...)
		return nil
	}
	n := uint64(t.Size)
	if t.LenWidth > 0 {
		n = r.c.number(r.take(t.LenWidth))
	}
	left = len(r.frame) - r.pos
	if t.Kind == spec.KindArray {
		if n > uint64(left)/uint64(max(1, smallest(t.Elem))) {
			return r.layoutError(i, codec.BecauseTruncated)
		}
		return r.readArray(i, int(n))
	}
	if n > uint64(left) {
		return r.layoutError(i, codec.BecauseTruncated)
	}
	b := r.take(int(n))
	if t.Kind == spec.KindBytes {
		r.items[i].value = append([]byte{}, b...)
		return nil
	}
	if !utf8.Valid(b) {
		return r.layoutError(i, codec.BecauseUTF8)
	}
	r.items[i].value = string(b)
	return nil
}

func (r *reader) readArray(i, n int) *codec.Error {
	list := make([]any, n)
	r.items[i].value = list
	for k := range list {
		e := len(r.items)
		if err := r.read(item{field: r.items[i].field, t: r.items[i].t.Elem, parent: i, index: k}); err != nil {
			return err
		}
		list[k] = r.items[e].value
	}
	return nil
}

// take returns the next n bytes, which must be there.
func (r *reader) take(n int) []byte {
	b := r.frame[r.pos : r.pos+n]
	r.pos += n
	return b
}
