package gen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// wire says how a value of t lies on the wire.
func (d *document) wire(t *spec.Type) string {
	out := ""
	switch t.Kind {
	case spec.KindUint:
		switch {
		case t.Bits > 0:
			out = fmt.Sprintf("`b%d`", t.Bits)
		case t.Varint > 0:
			out = fmt.Sprintf("`varint` of at most %s", plural(uint64(t.Varint), "byte"))
		default:
			out = fmt.Sprintf("`u%d`", 8*t.Width)
		}
	case spec.KindInt:
		out = fmt.Sprintf("`i%d`", 8*t.Width)
	case spec.KindBool:
		if out = "`bool`"; t.Bits > 0 {
			out = "`b1`"
		}
	case spec.KindString, spec.KindBytes:
		out = fmt.Sprintf("`%s`%s", t.Kind, end(t))
	case spec.KindStruct:
		out = "a `struct`: " + plural(uint64(len(t.Fields)), "field") + ", one directly after the other"
	case spec.KindArray:
		elem := linkType(t.Elem.Name)
		if t.Elem.Name == "" {
			elem = d.wire(t.Elem)
			if t.Elem.Enum != nil {
				elem = linkType(t.Elem.Enum.Name)
			}
		}
		out = fmt.Sprintf("`array` of %s%s", elem, end(t))
	default:
		out = "`rest`"
	}
	if t.Ignore {
		out += ", ignored"
	}
	return out
}

// end says where a string, bytes or an array end.
func end(t *spec.Type) string {
	switch {
	case t.LenWidth > 0 && t.Kind == spec.KindArray:
		return fmt.Sprintf(" after a `u%d` count", 8*t.LenWidth)
	case t.Nullable:
		return fmt.Sprintf(" after a `u%d` length, *null* if all its bits are set", 8*t.LenWidth)
	case t.LenWidth > 0:
		return fmt.Sprintf(" after a `u%d` length", 8*t.LenWidth)
	case t.Until != nil:
		return fmt.Sprintf(" up to a byte `0x%02x`", *t.Until)
	case t.ToEnd:
		return " up to the end"
	case t.Size > 0:
		return fmt.Sprintf(", exactly %d", t.Size)
	}
	return ""
}

// literal shows the constant of a type.
func (d *document) literal(t *spec.Type) string {
	s := d.shown(t, dynamic.Value(t, t.Const))
	if t.Kind == spec.KindUint && t.Enum == nil && t.Bits == 0 && t.Const.Uint > 9 {
		s += fmt.Sprintf(" (`%#x`)", t.Const.Uint)
	}
	return s
}

// signedLimits are the limits of a signed number.
func (d *document) signedLimits(t *spec.Type) string {
	unit := ""
	if t.Unit != "" {
		unit = " " + t.Unit
	}
	switch {
	case t.Const != nil:
		return "always " + d.literal(t)
	case t.Min != nil && t.Max != nil:
		return fmt.Sprintf("%d to %d%s", int64(*t.Min), int64(*t.Max), unit)
	case t.Min != nil:
		return fmt.Sprintf("at least %d%s", int64(*t.Min), unit)
	case t.Max != nil:
		return fmt.Sprintf("at most %d%s", int64(*t.Max), unit)
	}
	return ""
}

// aged adds since when something is there, and why it should not be used any more.
func (d *document) aged(doc, since, deprecated string) string {
	if since != "" {
		doc = strings.TrimSpace(doc + " (since " + d.cell(since) + ")")
	}
	if deprecated != "" {
		doc = strings.TrimSpace(doc + " **Deprecated:** " + d.cell(deprecated))
	}
	return doc
}

// moreNumbers explains signed numbers, bits and numbers of variable size.
func (d *document) moreNumbers() (out [][2]string) {
	for w := 1; w <= 8; w++ {
		if d.any(func(t *spec.Type) bool { return t.Kind == spec.KindInt && t.Width == w }) {
			out = append(out, [2]string{fmt.Sprintf("`i%d`", 8*w), fmt.Sprintf("a signed number of %s, two's complement", plural(uint64(w), "byte"))})
		}
	}
	if d.any(func(t *spec.Type) bool { return t.Bits > 0 }) {
		out = append(out, [2]string{"`b1` to `b63`", "so many bits of the bytes that neighbouring bit fields share, the highest bit of the first byte first; `b1` is false or true"})
	}
	inHeader := slices.ContainsFunc(d.p.Frames, func(f *spec.Frame) bool {
		return slices.ContainsFunc(f.Fields, func(x *spec.Field) bool { return x.Type.Varint > 0 })
	})
	if inHeader || d.any(func(t *spec.Type) bool { return t.Varint > 0 }) {
		out = append(out, [2]string{"`varint`", "an unsigned number in bytes of seven bits each, the lowest first; the highest bit of a byte says that another one follows. Only the shortest form is legal, and a longer one is no layout"})
	}
	return out
}

// moreKinds explains what ends otherwise than by a length before it, and structs.
func (d *document) moreKinds() (out [][2]string) {
	add := func(such func(*spec.Type) bool, word, text string) {
		if d.any(such) {
			out = append(out, [2]string{word, text})
		}
	}
	text := func(t *spec.Type) bool { return t.Kind == spec.KindString || t.Kind == spec.KindBytes }
	add(func(t *spec.Type) bool { return t.Nullable }, "*null*", "instead of bytes, a length with all bits set: there is no value, which is not the same as no bytes")
	add(func(t *spec.Type) bool { return text(t) && t.Until != nil }, "`string`, `bytes` up to a byte", "all bytes before the first such byte, which ends them, is consumed and belongs to no value")
	add(func(t *spec.Type) bool { return text(t) && t.Endless() }, "`string`, `bytes` that are counted", "as many bytes as the field says that counts them")
	add(func(t *spec.Type) bool { return t.Kind == spec.KindArray && t.Until != nil }, "`array` up to a byte", "elements, until this byte stands where the next one would begin; it is consumed")
	add(func(t *spec.Type) bool { return t.Kind == spec.KindArray && t.ToEnd }, "`array` up to the end", "elements, until the body, or the part of it that is counted, ends")
	add(func(t *spec.Type) bool { return t.Kind == spec.KindStruct }, "`struct`", "its fields, one directly after the other; `a.b` is the field `b` of `a`")
	return out
}
