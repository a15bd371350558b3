package dynamic

import (
	"fmt"

	"github.com/wirelaw/wirelaw/spec"
)

// A Span says what some bytes of a frame are.
type Span struct {
	Offset, Len int
	Path        string // "opcode", "text.length", "text", "names[1]", "will.topic", "name.end"; "type+flags" for bits; "?" for bytes that make no sense
	Text        string // the value in text form, or what is wrong
	Parts       []Part // the bit fields, if several share the bytes
}

// A Part is a bit field.
type Part struct {
	Bit, Bits  int // its first bit, counted from the highest bit of the span, and how many there are
	Path, Text string
}

// Annotate is AnnotateIn without a state.
func (c *Codec) Annotate(from spec.Direction, frame []byte) []Span {
	return c.AnnotateIn(nil, from, frame)
}

// AnnotateIn explains a frame for a dump, field by field. State and side choose layout and message as DecodeIn does. The spans are
// in order, do not overlap and cover all of the frame. It takes any bytes: what does not fit the layout is the last span, with
// the path "?". Limits are not judged, and secrets not shown.
func (c *Codec) AnnotateIn(state *spec.State, from spec.Direction, frame []byte) []Span {
	a := &annotator{c: c, frame: frame, end: len(frame)}
	l := c.layoutIn(state, from)
	var h header
	whole, err := c.parse(l, frame, &h)
	switch {
	case err != nil:
		head := l.cells()
		if found := l.candidates(h.Opcode); len(found) == 1 {
			a.message, head = found[0].message, found[0].head
		}
		a.fields(head, "", &scope{})
		a.flush()
		a.rest(err.Sentence())
		return a.spans
	case !whole:
		a.rest("shorter than a header")
		return a.spans
	}
	pl, _ := c.pick(l, state, &h, frame)
	var values scope
	if pl == nil {
		a.fields(l.cells(), "", &values)
		a.flush()
		a.rest("the body of an unknown message")
		return a.spans
	}
	a.message = pl.message
	a.fields(pl.head, "", &values)
	a.flush()
	n, ok := h.body()
	have := uint64(len(frame) - h.size)
	switch {
	case l.body == nil:
		n, ok = 0, true
	case l.length == nil:
		n, ok = have, true
	}
	if !ok || n < have {
		a.end = h.size + int(n) // n is 0 if it is not ok
	}
	end := a.end
	if !a.fields(pl.fields, "", &values) {
		a.end = end
		a.rest("not looked at")
	}
	a.flush()
	if a.end < len(frame) {
		a.rest("beyond what the fields say")
		a.end = len(frame)
		a.rest("after the end of the frame")
		return a.spans
	}
	if ok && n > have {
		a.rest(fmt.Sprintf("the body ends after %d of %d bytes", have, n))
	}
	a.rest("bytes after the last field")
	return a.spans
}

// cells are the fields of a header of no message in particular.
func (l *layout) cells() []cell {
	head := make([]cell, 0, len(l.slots))
	for i := range l.slots {
		head = append(head, cell{Field: l.slots[i].field})
	}
	return head
}

// A scope is what is known of a message or struct so far.
type scope struct {
	values []Field
	counts []Field
}

// An annotator walks a frame and never fails: a value that is cut short is left to rest.
type annotator struct {
	c       *Codec
	message *spec.Message
	frame   []byte
	end     int // of the frame, or of a part of it that is counted
	pos     int
	bits    int // of the parts
	parts   []Part
	spans   []Span
}

func (a *annotator) add(n int, path, text string) {
	if n > 0 {
		a.spans = append(a.spans, Span{Offset: a.pos, Len: n, Path: path, Text: text})
		a.pos += n
	}
}

// rest adds what is left as one span, if anything is.
func (a *annotator) rest(why string) { a.add(a.end-a.pos, "?", why) }

// short adds what is left of a value that does not fit.
func (a *annotator) short(path, of string) bool {
	if of != "" {
		of = fmt.Sprintf(": %d of %s bytes", a.end-a.pos, of)
	}
	a.rest(path + " is cut short" + of)
	return false
}

// bit adds a bit field to those that share its bytes.
func (a *annotator) bit(path, text string, bits int) {
	a.parts = append(a.parts, Part{Bit: a.bits, Bits: bits, Path: path, Text: text})
	if a.bits += bits; a.bits%8 == 0 {
		a.flush()
	}
}

// flush makes a span of the bit fields that share bytes.
func (a *annotator) flush() {
	if len(a.parts) == 0 {
		return
	}
	n := (a.bits + 7) / 8
	if len(a.parts) == 1 {
		a.add(n, a.parts[0].Path, a.parts[0].Text)
	} else {
		path, text := "", ""
		for i, p := range a.parts {
			if i > 0 {
				path, text = path+"+", text+" "
			}
			path, text = path+p.Path, text+p.Path+"="+p.Text
		}
		a.add(n, path, text)
		a.spans[len(a.spans)-1].Parts = a.parts
	}
	a.parts, a.bits = nil, 0
}

// fields adds the spans of a header, a body or a struct. It is false if the bytes are not enough.
func (a *annotator) fields(list []cell, prefix string, s *scope) bool {
	for k := range list {
		x := &list[k]
		if !present(x.Field, s.values) {
			continue
		}
		path, end := prefix+x.Name, a.end
		var n uint64
		switch {
		case x.counter != nil:
			a.flush()
			n, _ = numberOf(s.counts, x.counter.Name)
			if n > uint64(a.end-a.pos) {
				return a.short(path, fmt.Sprint(n))
			}
			a.end = a.pos + int(n)
		case x.Type.Kind == spec.KindRest && x.last > 0:
			a.flush()
			if a.end -= a.after(list[k+1:], s); a.end < a.pos {
				a.end = end
				return a.short(path, "")
			}
		}
		v, ok := a.value(x, path, x.Type)
		if !ok {
			return false
		}
		if x.counter != nil {
			a.flush()
			a.rest("beyond what " + path + " is")
		}
		a.end = end
		switch {
		case len(x.Counts) > 0:
			s.counts = append(s.counts, Field{x.Name, v})
		case x.value:
			s.values = append(s.values, Field{x.Name, v})
		}
	}
	return true
}

// after is the size of the fields that follow a rest.
func (a *annotator) after(list []cell, s *scope) int {
	n := 0
	for k := range list {
		x := &list[k]
		if !present(x.Field, s.values) {
			continue
		}
		if x.counter == nil {
			n += leastBits(x.Type)
		} else if m, _ := numberOf(s.counts, x.counter.Name); m < uint64(len(a.frame)) {
			n += 8 * int(m)
		} else {
			return len(a.frame) + 1
		}
	}
	return n / 8
}

func numberOf(fields []Field, name string) (uint64, bool) {
	v, ok := get(fields, name)
	switch v := v.(type) {
	case uint64:
		return v, ok
	case int64:
		return uint64(v), ok
	}
	return 0, false
}

// value adds the spans of one value. It returns numbers and bools. It is false if the bytes are not enough.
func (a *annotator) value(x *cell, path string, t *spec.Type) (any, bool) {
	left := a.end - a.pos
	if t.Bits > 0 {
		if a.bits+t.Bits > 8*left {
			a.flush()
			return nil, a.short(path, "")
		}
		n := bitsAt(a.frame, 8*a.pos+a.bits, t.Bits)
		a.bit(path, a.text(x, t, n), t.Bits)
		return n, true
	}
	a.flush()
	left = a.end - a.pos
	if least := smallest(t); left < least && t.Kind != spec.KindStruct {
		return nil, a.short(path, fmt.Sprintf("at least %d", least))
	}
	next := a.frame[a.pos:a.end]
	switch t.Kind {
	case spec.KindUint, spec.KindInt, spec.KindBool:
		return a.number(x, path, t, next)
	case spec.KindRest:
		a.add(left, path, a.bytesText(t, next))
		return nil, true
	case spec.KindStruct:
		var s scope
		ok := a.fields(a.c.structCells(t), path+".", &s)
		a.flush()
		return nil, ok
	case spec.KindArray:
		return nil, a.array(x, path, t)
	}
	return nil, a.bytes(path, t, x.counter != nil)
}
