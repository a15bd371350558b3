package gen

import (
	"encoding/binary"
	"slices"

	"github.com/wirelaw/wirelaw/spec"
)

// A constPlace is a constant at a known constPlace of a frame: so many bits, from a bit of the header or of the body on.
type constPlace struct {
	field     string
	body      bool
	bit, bits int
	want      []byte // the bits, in whole bytes; the first ones are zero if they are no multiple of 8
}

// placesOf returns the constants of a message that may tell it from others with its layout, side and opcode: those of its header,
// and those with which its body begins. It is empty if no other has them.
func placesOf(p *spec.Protocol, m *spec.Message) []constPlace {
	if len(sharers(p, m)) < 2 {
		return nil
	}
	var out []constPlace
	walk := func(list []*spec.Field, body bool) {
		bit := 0
		for _, f := range list {
			t := f.Type
			if f.If != nil || t.Varint > 0 || body && t.Const == nil {
				return
			}
			n := fixedBits(t)
			if t.Const != nil {
				want := constBytes(p, t)
				if t.Bits == 0 {
					n = 8 * len(want)
				}
				out = append(out, constPlace{f.Name, body, bit, n, want})
			}
			bit += n
		}
	}
	walk(m.Head, false)
	walk(m.Fields, true)
	return out
}

// fixedBits is the size of a number, a bool or bytes of a size, in bits.
func fixedBits(t *spec.Type) int {
	switch {
	case t.Bits > 0:
		return t.Bits
	case t.Kind == spec.KindBool:
		return 8
	}
	return 8 * (t.Width + t.Size)
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

// constNumber is a constant of a number or a bool.
func constNumber(t *spec.Type) uint64 {
	if t.Kind == spec.KindBool && t.Const.Bool {
		return 1
	}
	return t.Const.Uint
}

// constBytes is a constant as it stands on the wire, the length before it and the byte after it included; of bits, the least
// number of bytes that hold them.
func constBytes(p *spec.Protocol, t *spec.Type) []byte {
	number := func(n uint64, width int) []byte {
		b := binary.BigEndian.AppendUint64(nil, n)[8-width:]
		if !p.BigEndian && t.Bits == 0 {
			slices.Reverse(b)
		}
		return b
	}
	var b []byte
	switch {
	case t.Bits > 0:
		return number(constNumber(t), (t.Bits+7)/8)
	case t.Kind == spec.KindString:
		b = []byte(t.Const.Str)
	case t.Kind == spec.KindBytes:
		b = t.Const.Bytes
	default:
		return number(constNumber(t), max(1, t.Width))
	}
	if t.LenWidth > 0 {
		b = append(number(uint64(len(b)), t.LenWidth), b...)
	}
	if t.Until != nil {
		b = append(slices.Clip(b), *t.Until)
	}
	return b
}
