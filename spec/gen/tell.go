package gen

import (
	"encoding/binary"
	"slices"

	"github.com/wirelaw/wirelaw/spec"
)

// A tell is the constant that tells a message from others with the same layout, side and opcode.
type tell struct {
	head   string // the field of the header
	value  uint64 // its value
	field  string // else the field of the body
	offset int    // where in the body
	bytes  []byte // what it looks like there
}

// tellOf returns the constant that tells m from the messages that share its layout, sides and opcode; nil if there are none, or
// if only the state tells.
func tellOf(p *spec.Protocol, m *spec.Message) *tell {
	group := sharers(p, m)
	if len(group) < 2 {
		return nil
	}
	for _, f := range m.Head {
		if f.Type.Const == nil {
			continue
		}
		if apart(group, func(o *spec.Message) *spec.Value {
			i := slices.IndexFunc(o.Head, func(x *spec.Field) bool { return x.Name == f.Name })
			if i < 0 {
				return nil
			}
			return o.Head[i].Type.Const
		}) {
			return &tell{head: f.Name, value: constNumber(f.Type)}
		}
	}
	off := 0
	for i, f := range m.Fields {
		t := f.Type
		if t.Const == nil || f.If != nil || t.Width == 0 && t.Size == 0 {
			return nil
		}
		if apart(group, func(o *spec.Message) *spec.Value {
			if i >= len(o.Fields) || o.Fields[i].Type.Width != t.Width || o.Fields[i].Type.Size != t.Size {
				return nil
			}
			return o.Fields[i].Type.Const
		}) {
			return &tell{field: f.Name, offset: off, bytes: constBytes(p, t)}
		}
		off += t.Width + t.Size
	}
	return nil
}

// sharers returns the messages with the layout, a side and the opcode of m, m among them.
func sharers(p *spec.Protocol, m *spec.Message) (out []*spec.Message) {
	for _, o := range p.Messages {
		side := o.From == m.From || o.From == spec.FromBoth || m.From == spec.FromBoth
		if o.Frame == m.Frame && o.Code == m.Code && side {
			out = append(out, o)
		}
	}
	return out
}

// apart reports whether every message of a group has a constant, and not all the same.
func apart(group []*spec.Message, of func(*spec.Message) *spec.Value) bool {
	seen := map[string]bool{}
	for _, m := range group {
		v := of(m)
		if v == nil {
			return false
		}
		seen[string(binary.BigEndian.AppendUint64(nil, v.Uint))+v.Str+string(v.Bytes)] = true
	}
	return len(seen) > 1
}

func constNumber(t *spec.Type) uint64 {
	if t.Kind == spec.KindBool && t.Const.Bool {
		return 1
	}
	return t.Const.Uint
}

// constBytes is a constant as it stands on the wire.
func constBytes(p *spec.Protocol, t *spec.Type) []byte {
	switch t.Kind {
	case spec.KindString:
		return []byte(t.Const.Str)
	case spec.KindBytes:
		return t.Const.Bytes
	}
	b := binary.BigEndian.AppendUint64(nil, constNumber(t))[8-t.Width:]
	if !p.BigEndian {
		slices.Reverse(b)
	}
	return b
}
