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
	next := 0 // values mostly come in the order of the fields
	for i := range m.Fields {
		name := m.Fields[i].Name
		for next < len(pl.values) && pl.values[next] != name {
			next++
		}
		if next == len(pl.values) && !pl.has(name) {
			return dst, fmt.Errorf("%s has no field %q", m.Spec.Name, name)
		}
	}
	start := len(dst)
	w := &writer{c: c, m: m, plan: pl, b: dst, start: start, strict: true}
	if err := w.header(); err != nil {
		return dst[:start], w.named(err)
	}
	body := len(w.b)
	if err := w.fields(pl.fields, m.Fields, 0); err != nil {
		return dst[:start], w.named(err)
	}
	w.align()
	l := pl.layout
	n := len(w.b) - body
	if uint64(n) > l.most && l.body != nil {
		return dst[:start], c.breach(nil, spec.CheckLength, codec.Error{
			Message: m.Spec.Name, Offset: body - start + w.late, Because: codec.BecauseMax, Limit: l.most, Unit: codec.UnitBytes,
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
	w.header()
	body := len(w.b)
	w.fields(pl.fields, m.Fields, 0)
	w.align()
	w.b = append(w.b, m.Trailing...)
	w.finish(len(w.b) - body)
	return w.b
}
