package dynamic

import (
	"slices"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/spec"
)

// CheckRequest judges a frame of a client as a right server does in a state, by the checks of the table in their order, up
// to the limits of the fields. Features and the errors of the message itself are judged by whoever knows more than bytes.
//
// A right frame gives a message. A wrong one gives the error that the answer has to carry, and why; if its header is at fault, its
// body need not be there. If the frame is not complete, no answer is due yet: the spec error is nil, and Because is
// "incomplete". What follows the frame in the slice is not looked at.
func (c *Codec) CheckRequest(state *spec.State, frame []byte, p codec.Profiles) (*Message, *spec.Error, *codec.Error) {
	if len(frame) < c.size {
		return nil, nil, &codec.Error{Because: "incomplete", Offset: len(frame)}
	}
	h := c.ParseHeader(frame)
	m := c.client[h.Opcode]
	name := ""
	if m != nil {
		name = m.Name
	}
	for _, ch := range c.p.Checks {
		if e := c.checkHeader(ch.Name, state, h, m); e != nil {
			e.Message = name
			return nil, ch.Error, c.breach(nil, ch.Name, *e)
		}
		if ch.Name == spec.CheckEarly || ch.Name == spec.CheckLayout {
			break
		}
	}
	if m == nil {
		return nil, c.checks[spec.CheckOpcode], c.unknown()
	}
	n, _ := c.BodyLen(h)
	if c.length == nil {
		n = uint64(len(frame) - c.size)
	}
	if n > uint64(len(frame)-c.size) {
		return nil, nil, &codec.Error{Message: name, Because: "incomplete", Offset: len(frame)}
	}
	msg, err := c.decodeBody(m, h.ID, frame[:c.size+int(n)], p)
	if err != nil {
		return nil, c.p.Error(err.Name), err
	}
	return msg, nil, nil
}

// checkHeader does one of the checks that need the header alone.
func (c *Codec) checkHeader(check spec.CheckName, state *spec.State, h Header, m *spec.Message) *codec.Error {
	switch check {
	case spec.CheckLength:
		return c.checkLength(state, h)
	case spec.CheckCorrelation:
		if c.id != nil && h.ID == 0 {
			return &codec.Error{Field: c.id.field.Name, Offset: c.id.off, Because: "zero"}
		}
	case spec.CheckOpcode:
		if m == nil {
			return c.unknown()
		}
	case spec.CheckState:
		if m != nil && !slices.Contains(m.In, state) {
			return &codec.Error{Field: c.op.field.Name, Offset: c.op.off, Because: "state"}
		}
	}
	return nil
}

// checkLength returns the breach of the limit on the body, or nil.
func (c *Codec) checkLength(state *spec.State, h Header) *codec.Error {
	if c.length == nil {
		return nil
	}
	e := codec.Error{Field: "body", Offset: c.length.off}
	if c.body != nil {
		e.Field = c.body.Name
	}
	n, ok := c.BodyLen(h)
	if !ok {
		e.Field, e.Because, e.Limit = c.length.field.Name, codec.BecauseMin, uint64(c.counted)
		return &e
	}
	limit, which := c.maxBody(state)
	if n > limit {
		e.Because, e.Limit, e.Unit = which, limit, codec.UnitBytes
		return &e
	}
	return nil
}

// Needs returns the features that m needs to be understood: that of the message, and those of the enum values in it.
func (c *Codec) Needs(m *Message) []*spec.Feature {
	var need []*spec.Feature
	add := func(f *spec.Feature) {
		if f != nil && !slices.Contains(need, f) {
			need = append(need, f)
		}
	}
	add(m.Spec.Feature)
	for _, f := range m.Spec.Fields {
		if f.Type.Enum == nil {
			continue
		}
		v, ok := m.Get(f.Name)
		if n, isNumber := v.(uint64); ok && isNumber {
			if ev := enumValue(f.Type.Enum, n); ev != nil {
				add(ev.Feature)
			}
		}
	}
	return need
}
