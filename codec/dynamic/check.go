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
// Incomplete. If it is nil and Because is something else, the table has the frame dropped without an answer. What follows
// the frame in the slice is not looked at.
func (c *Codec) CheckRequest(state *spec.State, frame []byte, p codec.Profiles) (*Message, *spec.Error, *codec.Error) {
	l := c.layoutIn(state, spec.FromClient)
	var h header
	whole, err := c.parse(l, frame, &h)
	switch {
	case err != nil:
		return nil, c.checks[spec.CheckLayout], err
	case !whole:
		return nil, nil, &codec.Error{Because: Incomplete, Offset: len(frame)}
	}
	n, _ := h.body()
	switch {
	case l.body == nil:
		n = 0
	case l.length == nil:
		n = uint64(len(frame) - h.size)
	}
	incomplete := n > uint64(len(frame)-h.size)
	found := l.candidates(h.Opcode)
	// Which of several messages it is may stand in the body.
	wait := incomplete && len(found) > 1
	var pl *plan
	var none *codec.Error
	if !wait {
		pl, none = c.pick(l, state, &h, frame)
	}
	name := ""
	if pl != nil {
		name = pl.message.Name
	}
	for _, ch := range c.p.Checks {
		if e := l.checkHeader(ch.Name, state, &h, pl, none); e != nil {
			e.Message = name
			return nil, ch.Error, c.breach(nil, ch.Name, *e)
		}
		if ch.Name == spec.CheckEarly || ch.Name == spec.CheckLayout {
			break
		}
	}
	if incomplete && (wait || pl != nil) {
		return nil, nil, &codec.Error{Message: name, Because: Incomplete, Offset: len(frame)}
	}
	if pl == nil {
		return nil, c.checks[spec.CheckOpcode], none
	}
	msg, err := c.decodeFrame(pl, &h, frame[:h.size+int(n)], p)
	if err != nil {
		return nil, c.p.Error(err.Name), err
	}
	return msg, nil, nil
}

// Incomplete is the Because of a frame whose end has not arrived.
const Incomplete = "incomplete"

// checkHeader does one of the checks that need the header alone, and to know which message it is; none says that it is no
// message.
func (l *layout) checkHeader(check spec.CheckName, state *spec.State, h *header, pl *plan, none *codec.Error) *codec.Error {
	switch check {
	case spec.CheckLength:
		return l.checkLength(state, h)
	case spec.CheckCorrelation:
		if l.id != nil && h.ID == 0 {
			return &codec.Error{Field: l.id.field.Name, Offset: l.id.off(), Because: "zero"}
		}
	case spec.CheckOpcode:
		return none
	case spec.CheckState:
		if pl != nil && state != nil && !pl.message.LegalIn(state) {
			e := codec.Error{Because: "state"}
			if l.op != nil {
				e.Field, e.Offset = l.op.field.Name, l.op.off()
			}
			return &e
		}
	}
	return nil
}

// checkLength returns the breach of the limit on the body, or nil.
func (l *layout) checkLength(state *spec.State, h *header) *codec.Error {
	if l.length == nil {
		return nil
	}
	e := codec.Error{Field: l.body.Name, Offset: l.length.off()}
	n, ok := h.body()
	if !ok {
		e.Field, e.Because, e.Limit = l.length.field.Name, codec.BecauseMin, h.own
		return &e
	}
	limit, which := l.maxBody(state)
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
	for _, f := range m.Spec.Values() {
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
