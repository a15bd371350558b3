package dynamic

import (
	"fmt"
	"unicode/utf8"

	"github.com/wirelaw/wirelaw/spec"
)

// A Span says what some bytes of a frame are.
type Span struct {
	Offset, Len int
	Path        string // "opcode", "text.length", "text", "names[1]"; "?" for bytes that make no sense
	Text        string // the value in text form, or what is wrong
}

// Annotate explains a frame for a dump, field by field. The spans are in order, do not overlap and cover all of the frame. It takes
// any bytes: what does not fit the layout is the last span, with the path "?". Limits are not judged, and secrets not shown.
func (c *Codec) Annotate(from spec.Direction, frame []byte) []Span {
	a := &annotator{c: c, frame: frame}
	if len(frame) < c.size {
		a.rest("shorter than a header")
		return a.spans
	}
	h := c.ParseHeader(frame)
	m := c.Lookup(from, h.Opcode)
	for i := range c.header {
		s := &c.header[i]
		a.header(s, m)
	}
	if m == nil {
		a.rest("the body of an unknown message")
		return a.spans
	}
	n, ok := c.BodyLen(h)
	have := len(frame) - c.size
	if c.length != nil && (!ok || n < uint64(have)) {
		a.frame = frame[:c.size+int(n)] // n is 0 if it is not ok
	}
	a.body(m)
	if len(a.frame) < len(frame) {
		a.rest("beyond what the fields say")
		a.frame = frame
		a.rest("after the end of the frame")
		return a.spans
	}
	if c.length != nil && ok && n > uint64(have) {
		a.rest(fmt.Sprintf("the body ends after %d of %d bytes", have, n))
	}
	a.rest("bytes after the last field")
	return a.spans
}

// An annotator walks a frame and never fails: a value that is cut short is left to rest.
type annotator struct {
	c     *Codec
	frame []byte
	pos   int
	spans []Span
	got   Message
}

func (a *annotator) add(n int, path, text string) {
	a.spans = append(a.spans, Span{Offset: a.pos, Len: n, Path: path, Text: text})
	a.pos += n
}

// rest adds what is left as one span, if anything is.
func (a *annotator) rest(why string) {
	if n := len(a.frame) - a.pos; n > 0 {
		a.add(n, "?", why)
	}
}

func (a *annotator) header(s *slot, m *spec.Message) {
	v := a.c.slotValue(s, a.frame)
	text := fmt.Sprint(v)
	if s == a.c.op {
		text = fmt.Sprintf("%#02x, unknown", v)
		if m != nil {
			text = m.Name
		}
	}
	a.add(s.width(), s.field.Name, text)
}

func (a *annotator) body(m *spec.Message) {
	for _, f := range m.Fields {
		if !present(f, a.got.Get) {
			continue
		}
		if !a.value(f, f.Name, f.Type) {
			return
		}
	}
}

// value adds the spans of one value. It is false if the bytes are not enough.
func (a *annotator) value(f *spec.Field, path string, t *spec.Type) bool {
	left := len(a.frame) - a.pos
	if left < smallest(t) {
		a.rest(fmt.Sprintf("%s is cut short: %d of at least %d bytes", path, left, smallest(t)))
		return false
	}
	next := a.frame[a.pos:]
	switch t.Kind {
	case spec.KindUint:
		v := a.c.number(next[:t.Width])
		if path == f.Name {
			a.got.Set(f.Name, v)
		}
		a.add(t.Width, path, a.c.FormatValue(t, v))
		return true
	case spec.KindBool:
		a.got.Set(f.Name, uint64(next[0]))
		a.add(1, path, a.c.FormatValue(t, uint64(next[0])))
		return true
	case spec.KindRest:
		if left > 0 {
			a.add(left, path, a.bytesText(t, next))
		}
		return true
	}
	n := uint64(t.Size)
	if t.LenWidth > 0 {
		n = a.c.number(next[:t.LenWidth])
		word := ".length"
		if t.Kind == spec.KindArray {
			word = ".count"
		}
		a.add(t.LenWidth, path+word, fmt.Sprint(n))
	}
	left = len(a.frame) - a.pos
	if t.Kind == spec.KindArray {
		for i := uint64(0); i < n; i++ {
			if !a.value(f, fmt.Sprintf("%s[%d]", path, i), t.Elem) {
				return false
			}
		}
		return true
	}
	if n > uint64(left) {
		a.rest(fmt.Sprintf("%s is cut short: %d of %d bytes", path, left, n))
		return false
	}
	if n > 0 {
		a.add(int(n), path, a.bytesText(t, a.frame[a.pos:a.pos+int(n)]))
	}
	return true
}

func (a *annotator) bytesText(t *spec.Type, b []byte) string {
	switch {
	case t.Secret:
		return "[secret]"
	case t.Kind != spec.KindString:
		return fmt.Sprintf("%#x", b)
	case !utf8.Valid(b):
		return fmt.Sprintf("%q, not UTF-8", b)
	}
	return fmt.Sprintf("%q", b)
}
