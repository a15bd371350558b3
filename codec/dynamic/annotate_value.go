package dynamic

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/spec"
)

// number adds the span of a number or bool that has whole bytes.
func (a *annotator) number(x *cell, path string, t *spec.Type, next []byte) (any, bool) {
	if t.Varint > 0 {
		v, n, ok := codec.Varint(next, t.Varint)
		if !ok || n == 0 {
			a.rest(path + " is longer than it may be, or not in its shortest form")
			return nil, false
		}
		a.add(n, path, a.text(x, t, v))
		return v, true
	}
	if t.Kind == spec.KindInt {
		v := signed(a.c.number(next[:t.Width]), t.Width)
		a.add(t.Width, path, a.c.FormatValue(t, v))
		return v, true
	}
	n := leastBits(t) / 8
	v := a.c.number(next[:n])
	a.add(n, path, a.text(x, t, v))
	if t.Kind == spec.KindBool {
		return rawBool(v), true
	}
	return v, true
}

// text is the text form of a number; the opcode is a message.
func (a *annotator) text(x *cell, t *spec.Type, v uint64) string {
	switch {
	case x.Role != spec.RoleOpcode:
		return a.c.FormatValue(t, v)
	case a.message == nil:
		return fmt.Sprintf("%#02x, unknown", v)
	}
	return a.message.Name
}

func (a *annotator) array(x *cell, path string, t *spec.Type) bool {
	n := uint64(t.Size)
	if t.LenWidth > 0 {
		n = a.c.number(a.frame[a.pos : a.pos+t.LenWidth])
		a.add(t.LenWidth, path+".count", fmt.Sprint(n))
	}
	open := t.ToEnd || t.Until != nil
	element := cell{Field: x.Field}
	for i := uint64(0); open || i < n; i++ {
		if open && a.pos == a.end {
			return t.ToEnd || a.short(path, "")
		}
		if t.Until != nil && a.frame[a.pos] == *t.Until {
			a.add(1, path+".end", fmt.Sprintf("%#02x", *t.Until))
			return true
		}
		from := a.pos
		if _, ok := a.value(&element, fmt.Sprintf("%s[%d]", path, i), t.Elem); !ok {
			return false
		}
		if a.flush(); a.pos == from {
			return false
		}
	}
	return true
}

func (a *annotator) bytes(path string, t *spec.Type, counted bool) bool {
	n := uint64(t.Size)
	next := a.frame[a.pos:a.end]
	switch {
	case t.LenWidth > 0:
		n = a.c.number(next[:t.LenWidth])
		if t.Nullable && n == widest(t.LenWidth) {
			a.add(t.LenWidth, path+".length", "null")
			return true
		}
		a.add(t.LenWidth, path+".length", fmt.Sprint(n))
	case t.Until != nil:
		i := bytes.IndexByte(next, *t.Until)
		if i < 0 {
			a.rest(path + " has no end")
			return false
		}
		n = uint64(i)
	case counted && t.Size == 0:
		n = uint64(len(next))
	}
	if n > uint64(a.end-a.pos) {
		return a.short(path, fmt.Sprint(n))
	}
	a.add(int(n), path, a.bytesText(t, a.frame[a.pos:a.pos+int(n)]))
	if t.Until != nil {
		a.add(1, path+".end", fmt.Sprintf("%#02x", *t.Until))
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
