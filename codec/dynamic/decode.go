package dynamic

import (
	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/spec"
)

// Decode is DecodeIn without a state.
func (c *Codec) Decode(from spec.Direction, frame []byte, p codec.Profiles) (*Message, error) {
	return c.DecodeIn(nil, from, frame, p)
}

// DecodeIn reads a whole frame that comes from one side in a state, which tells the layout of the frame and messages of one
// opcode apart. Without a state it is the first layout of the table, and the first message whose constants the frame has. A
// nil p judges no character beyond ASCII. Layout is judged over the whole frame before any limit, but for early fields.
// The message owns its memory. The error is a *codec.Error: the one that generated code gives for the same frame.
func (c *Codec) DecodeIn(state *spec.State, from spec.Direction, frame []byte, p codec.Profiles) (*Message, error) {
	l := c.layoutIn(state, from)
	var h header
	if err := c.whole(l, frame, &h); err != nil {
		return nil, err
	}
	pl, err := c.pick(l, state, &h, frame)
	if err != nil {
		return nil, err
	}
	return c.decode(pl, &h, frame, p)
}

// DecodeAs reads a whole frame that is known to be the message m: its opcode is not looked at, and its constants are limits.
// All else is as for DecodeIn.
func (c *Codec) DecodeAs(m *spec.Message, from spec.Direction, frame []byte, p codec.Profiles) (*Message, error) {
	pl := c.planOf(m, from)
	var h header
	if err := c.whole(pl.layout, frame, &h); err != nil {
		return nil, err
	}
	return c.decode(pl, &h, frame, p)
}

// whole reads a header that has to be there.
func (c *Codec) whole(l *layout, frame []byte, h *header) *codec.Error {
	whole, err := c.parse(l, frame, h)
	if err == nil && !whole {
		err = c.breach(nil, spec.CheckLayout, codec.Error{Because: codec.BecauseTruncated})
	}
	return err
}

func (c *Codec) decode(pl *plan, h *header, frame []byte, p codec.Profiles) (*Message, error) {
	n, ok := h.body()
	have := uint64(len(frame) - h.size)
	switch {
	case pl.layout.body == nil:
		n, ok = 0, true
	case pl.layout.length == nil:
		n, ok = have, true
	}
	switch {
	case !ok || n < have:
		return nil, c.breach(nil, spec.CheckLayout, codec.Error{
			Message: pl.message.Name, Offset: h.size + int(n), Because: codec.BecauseTrailing,
		})
	case n > have:
		return nil, c.breach(nil, spec.CheckLayout, codec.Error{
			Message: pl.message.Name, Offset: len(frame), Because: codec.BecauseTruncated,
		})
	}
	msg, err := c.decodeFrame(pl, h, frame, p)
	if err != nil {
		return nil, err
	}
	return msg, nil
}

// decodeFrame decodes a frame whose header is whole and whose length is true.
func (c *Codec) decodeFrame(pl *plan, h *header, frame []byte, p codec.Profiles) (*Message, *codec.Error) {
	r := &reader{c: c, m: pl.message, frame: frame, end: len(frame), inside: -1, profiles: p}
	if n := len(pl.fields); n > 0 {
		r.items = make([]item, 0, n)
	}
	msg := &Message{Spec: pl.message, ID: h.ID, Fields: make([]Field, 0, len(pl.message.Fields))}
	if !pl.plain {
		if err := r.fields(pl.head, -1, &msg.Fields); err != nil {
			return nil, err
		}
	}
	r.pos, r.bit = h.size, 0
	if err := r.fields(pl.fields, -1, &msg.Fields); err != nil {
		return nil, err
	}
	if r.align(); r.pos < len(frame) {
		return nil, c.breach(nil, spec.CheckLayout, codec.Error{
			Message: pl.message.Name, Offset: r.pos, Because: codec.BecauseTrailing,
		})
	}
	if !c.early {
		for i := range r.items {
			if r.items[i].field.Early {
				if err := r.limits(i, i+1, spec.CheckEarly); err != nil {
					return nil, err
				}
			}
		}
	}
	if err := r.limits(0, len(r.items), spec.CheckLimits); err != nil {
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
	case []Field:
		for i := range v {
			v[i].Value = settle(v[i].Value)
		}
	}
	return v
}

// limits judges the items from up to to. It skips early fields, unless it is them that it is asked for.
func (r *reader) limits(from, to int, check spec.CheckName) *codec.Error {
	for i := from; i < to; i++ {
		it := &r.items[i]
		if it.field.Early && check != spec.CheckEarly {
			continue
		}
		if because, limit := judge(it.t, it.value, r.profiles); because != "" {
			return r.c.breach(it.t.Error, check, codec.Error{
				Message: r.m.Name, Field: r.path(i), Offset: it.off, Because: because, Limit: limit,
				Unit: unitOf(it.t, because),
			})
		}
	}
	return nil
}
