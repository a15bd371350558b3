package dynamic

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/spec"
)

// Append appends the frame of m to dst. It is strict: every value has the type of its field and keeps to its limits, and
// no field is unknown. A field that m does not have is zero. A limit that is broken gives a *codec.Error, with offsets from the
// start of the frame; then dst comes back as it was. Characters beyond ASCII are not judged.
func (c *Codec) Append(dst []byte, m *Message) ([]byte, error) {
	for _, f := range m.Fields {
		if fieldOf(m.Spec, f.Name) == nil {
			return dst, fmt.Errorf("%s has no field %q", m.Spec.Name, f.Name)
		}
	}
	start := len(dst)
	w := &writer{c: c, m: m, b: c.appendHeader(dst), start: start}
	for _, f := range m.Spec.Fields {
		if !present(f, m.Get) {
			continue
		}
		v, ok := m.Get(f.Name)
		if !ok {
			v = zero(f.Type)
		}
		if err := w.value(f, f.Name, f.Type, v); err != nil {
			return dst[:start], err
		}
	}
	n := len(w.b) - start - c.size
	if limit, _ := c.maxBody(nil); uint64(n) > limit {
		return dst[:start], c.breach(nil, spec.CheckLength, codec.Error{
			Message: m.Spec.Name, Offset: c.size, Because: codec.BecauseMax, Limit: limit,
			Unit: codec.UnitBytes,
		})
	}
	if c.id != nil && m.ID > widest(c.id.width()) {
		return dst[:start], c.breach(nil, spec.CheckCorrelation, codec.Error{
			Message: m.Spec.Name,
			Field:   c.id.field.Name, Offset: c.id.off, Because: codec.BecauseMax, Limit: widest(c.id.width()),
		})
	}
	c.PutHeader(w.b[start:], Header{Opcode: m.Spec.Code, Length: c.Length(n), ID: m.ID})
	return w.b, nil
}

// AppendIllegal appends the frame of m to dst, whatever limits it breaks: only the layout holds. Numbers lose the bytes
// that do not fit, strings, bytes and arrays are cut to what their length can say, or cut or filled with zeros to their fixed size, and a length is true unless a Lie
// or the lies of m say otherwise. A conditional field that m has is written even if its condition does not hold. Values of
// a wrong type are written as zero, and unknown fields are left out.
func (c *Codec) AppendIllegal(dst []byte, m *Message) []byte {
	start := len(dst)
	dst = c.appendHeader(dst)
	for _, f := range m.Spec.Fields {
		v, ok := m.Get(f.Name)
		if !ok {
			if !present(f, m.Get) {
				continue
			}
			v = zero(f.Type)
		}
		dst = c.appendIllegal(dst, f.Type, v)
	}
	dst = append(dst, m.Trailing...)
	h := Header{Opcode: m.Spec.Code, Length: c.Length(len(dst) - start - c.size), ID: m.ID}
	if m.Length != nil {
		h.Length = *m.Length
	}
	if m.Opcode != nil {
		h.Opcode = *m.Opcode
	}
	c.PutHeader(dst[start:], h)
	return dst
}

func (c *Codec) appendHeader(dst []byte) []byte {
	for range c.size {
		dst = append(dst, 0)
	}
	return dst
}

func fieldOf(m *spec.Message, name string) *spec.Field {
	for _, f := range m.Fields {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// A writer appends one frame, strictly.
type writer struct {
	c     *Codec
	m     *Message
	b     []byte
	start int
}

// value appends v, the value at path within field f.
func (w *writer) value(f *spec.Field, path string, t *spec.Type, v any) error {
	switch t.Kind {
	case spec.KindRest:
		v, ok := v.([]byte)
		if !ok {
			return w.wrong(path, t, v)
		}
		if err := w.judge(f, path, t, v); err != nil {
			return err
		}
		w.b = append(w.b, v...)
		return nil
	case spec.KindUint:
		n, ok := v.(uint64)
		if !ok {
			return w.wrong(path, t, v)
		}
		if err := w.judge(f, path, t, v); err != nil {
			return err
		}
		if n > widest(t.Width) {
			return w.broken(f, path, t, codec.BecauseMax, widest(t.Width))
		}
		w.b = w.c.appendNumber(w.b, n, t.Width)
		return nil
	case spec.KindBool:
		b, ok := v.(bool)
		if !ok {
			return w.wrong(path, t, v)
		}
		w.b = append(w.b, boolByte(b))
		return nil
	case spec.KindString:
		s, ok := v.(string)
		if !ok {
			return w.wrong(path, t, v)
		}
		if !utf8.ValidString(s) {
			return w.c.breach(nil, spec.CheckLayout, codec.Error{
				Message: w.m.Spec.Name, Field: path,
				Offset: len(w.b) - w.start, Because: codec.BecauseUTF8,
			})
		}
		if err := w.head(f, path, t, v, len(s)); err != nil {
			return err
		}
		w.b = append(w.b, s...)
		return nil
	case spec.KindBytes:
		s, ok := v.([]byte)
		if !ok {
			return w.wrong(path, t, v)
		}
		if err := w.head(f, path, t, v, len(s)); err != nil {
			return err
		}
		w.b = append(w.b, s...)
		return nil
	case spec.KindArray:
		list, ok := v.([]any)
		if !ok {
			return w.wrong(path, t, v)
		}
		if err := w.head(f, path, t, v, len(list)); err != nil {
			return err
		}
		for i, e := range list {
			if err := w.value(f, fmt.Sprintf("%s[%d]", path, i), t.Elem, e); err != nil {
				return err
			}
		}
		return nil
	}
	return w.wrong(path, t, v)
}

// head judges v and appends its length or count.
func (w *writer) head(f *spec.Field, path string, t *spec.Type, v any, n int) error {
	if err := w.judge(f, path, t, v); err != nil {
		return err
	}
	if t.LenWidth == 0 {
		switch {
		case n < t.Size:
			return w.broken(f, path, t, codec.BecauseMin, uint64(t.Size))
		case n > t.Size:
			return w.broken(f, path, t, codec.BecauseMax, uint64(t.Size))
		}
		return nil
	}
	if uint64(n) > widest(t.LenWidth) {
		return w.broken(f, path, t, codec.BecauseMax, widest(t.LenWidth))
	}
	w.b = w.c.appendNumber(w.b, uint64(n), t.LenWidth)
	return nil
}

func (w *writer) judge(f *spec.Field, path string, t *spec.Type, v any) error {
	if because, limit := judge(t, v, nil); because != "" {
		return w.broken(f, path, t, because, limit)
	}
	return nil
}

func (w *writer) broken(f *spec.Field, path string, t *spec.Type, because string, limit uint64) error {
	check := spec.CheckLimits
	if f.Early {
		check = spec.CheckEarly
	}
	return w.c.breach(t.Error, check, codec.Error{
		Message: w.m.Spec.Name, Field: path,
		Offset: len(w.b) - w.start, Because: because, Limit: limit, Unit: unitOf(t, because),
	})
}

func (w *writer) wrong(path string, t *spec.Type, v any) error {
	return fmt.Errorf("%s: field %q: a value of kind %s cannot be a %T", w.m.Spec.Name, path, t.Kind, v)
}

func boolByte(b bool) byte {
	if b {
		return 1
	}
	return 0
}

func (c *Codec) appendIllegal(dst []byte, t *spec.Type, v any) []byte {
	var lie *uint64
	switch x := v.(type) {
	case Raw:
		return append(dst, x...)
	case Lie:
		v, lie = x.Value, &x.Length
	}
	switch t.Kind {
	case spec.KindUint:
		n, _ := v.(uint64)
		return c.appendNumber(dst, n, t.Width)
	case spec.KindBool:
		if n, ok := v.(uint64); ok {
			return append(dst, byte(n))
		}
		b, _ := v.(bool)
		return append(dst, boolByte(b))
	case spec.KindArray:
		list, _ := v.([]any)
		if t.LenWidth == 0 {
			list = append(slices.Clip(list[:min(len(list), t.Size)]), make([]any, t.Size)...)[:t.Size]
		} else {
			list = list[:min(uint64(len(list)), widest(t.LenWidth))]
			dst = c.appendLength(dst, t, len(list), lie)
		}
		for _, e := range list {
			dst = c.appendIllegal(dst, t.Elem, e)
		}
		return dst
	}
	var b []byte
	switch v := v.(type) {
	case string:
		b = []byte(v)
	case []byte:
		b = v
	}
	if t.Kind == spec.KindRest {
		return append(dst, b...)
	}
	if t.LenWidth == 0 {
		fixed := make([]byte, t.Size)
		copy(fixed, b)
		return append(dst, fixed...)
	}
	b = b[:min(uint64(len(b)), widest(t.LenWidth))]
	return append(c.appendLength(dst, t, len(b), lie), b...)
}

func (c *Codec) appendLength(dst []byte, t *spec.Type, n int, lie *uint64) []byte {
	length := uint64(n)
	if lie != nil {
		length = *lie
	}
	return c.appendNumber(dst, length, t.LenWidth)
}
