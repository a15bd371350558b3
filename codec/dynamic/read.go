package dynamic

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/spec"
)

// An item is a value that was read, kept until its limits are judged. Its path is made only when it is needed.
type item struct {
	field  *spec.Field
	t      *spec.Type
	value  any
	off    int
	parent int // index of the array or struct that holds it; -1: none
	index  int // its place in the array; -1: it is a member of a struct, or of nothing
}

// A reader walks one frame.
type reader struct {
	c        *Codec
	m        *spec.Message
	frame    []byte
	pos, bit int // bit: how many bits of the byte at pos have been read
	end      int // of the frame, or of the part of it that is counted
	inside   int // index of the item that counts this part; -1: it is the whole frame
	items    []item
	profiles codec.Profiles
}

func (r *reader) path(i int) string {
	it := &r.items[i]
	switch {
	case it.parent < 0:
		return it.field.Name
	case it.index < 0:
		return r.path(it.parent) + "." + it.field.Name
	}
	return fmt.Sprintf("%s[%d]", r.path(it.parent), it.index)
}

func (r *reader) layoutError(i int, because string) *codec.Error {
	return r.c.breach(nil, spec.CheckLayout, codec.Error{
		Message: r.m.Name, Field: r.path(i), Offset: r.items[i].off, Because: because,
	})
}

// truncated says that an item does not fit. In a counted part it is the length that is wrong.
func (r *reader) truncated(i int) *codec.Error {
	if r.inside >= 0 {
		return r.layoutError(r.inside, codec.BecauseLength)
	}
	return r.layoutError(i, codec.BecauseTruncated)
}

// align goes on to the next whole byte.
func (r *reader) align() {
	if r.bit > 0 {
		r.bit = 0
		r.pos++
	}
}

// fields reads the fields of the header, of the body, or of the struct that is the item parent, and appends those that are
// values to out.
func (r *reader) fields(list []cell, parent int, out *[]Field) *codec.Error {
	for k := range list {
		x := &list[k]
		if x.If != nil && !present(x.Field, *out) {
			if n, by := r.counted(x, parent); n > 0 {
				return r.layoutError(by, codec.BecauseLength)
			}
			continue
		}
		i := len(r.items)
		r.items = append(r.items, item{field: x.Field, t: x.Type, off: r.pos, parent: parent, index: -1})
		var err *codec.Error
		switch {
		case x.counter != nil:
			err = r.part(i, x, parent)
		case x.last > 0 && x.Type.Kind == spec.KindRest:
			err = r.middle(i, list[k+1:], parent, *out)
		default:
			err = r.read(i)
		}
		if err != nil {
			return err
		}
		if x.void && r.items[i].value != uint64(0) && r.items[i].value != int64(0) {
			return r.layoutError(i, codec.BecauseLength)
		}
		if x.Early && r.c.early {
			if err := r.limits(i, len(r.items), spec.CheckEarly); err != nil {
				return err
			}
		}
		switch {
		case x.value:
			*out = append(*out, Field{x.Name, r.items[i].value})
		case x.Type.Const == nil && len(x.Counts) == 0:
			r.items = r.items[:i] // ignored, or known from the header
		}
	}
	return nil
}

// counted returns the number that says how long a field is, and the item in which it was read. A number that is not there
// is 0.
func (r *reader) counted(x *cell, parent int) (n uint64, by int) {
	if x.counter == nil {
		return 0, -1
	}
	for i := len(r.items) - 1; i >= 0; i-- {
		if it := &r.items[i]; it.parent == parent && it.index < 0 && it.field.Name == x.counter.Name {
			switch v := it.value.(type) {
			case uint64:
				return v, i
			case int64:
				return uint64(v), i
			}
		}
	}
	return 0, -1
}

// part reads a field that another one counts.
func (r *reader) part(i int, x *cell, parent int) *codec.Error {
	n, by := r.counted(x, parent)
	r.align()
	if size, ok := fixedSize(x.Type); ok && n != uint64(size) && by >= 0 {
		return r.layoutError(by, codec.BecauseLength)
	}
	if n > uint64(r.end-r.pos) {
		return r.truncated(i)
	}
	end, inside := r.end, r.inside
	r.end, r.inside = r.pos+int(n), by
	if err := r.read(i); err != nil {
		return err
	}
	if r.align(); r.pos < r.end {
		return r.layoutError(by, codec.BecauseLength)
	}
	r.end, r.inside = end, inside
	return nil
}

// middle reads a rest that other fields follow, whose sizes are known by now.
func (r *reader) middle(i int, after []cell, parent int, values []Field) *codec.Error {
	r.align()
	left := uint64(r.end - r.pos)
	bits := 0
	for k := range after {
		x := &after[k]
		if x.If != nil && !present(x.Field, values) {
			continue
		}
		if x.counter == nil {
			bits += leastBits(x.Type)
			continue
		}
		n, _ := r.counted(x, parent)
		if n > left {
			return r.truncated(i)
		}
		left -= n
	}
	if uint64(bits/8) > left {
		return r.truncated(i)
	}
	r.items[i].value = r.copied(int(left) - bits/8)
	return nil
}

// read reads the value of the item i, by its type. The elements of an array and the members of a struct follow it.
func (r *reader) read(i int) *codec.Error {
	t := r.items[i].t
	if t.Bits > 0 {
		return r.readBits(i, t)
	}
	r.align()
	r.items[i].off = r.pos
	left := r.end - r.pos
	switch t.Kind {
	case spec.KindUint:
		if t.Varint > 0 {
			return r.readVarint(i, t)
		}
		if left < t.Width {
			return r.truncated(i)
		}
		r.items[i].value = r.c.number(r.take(t.Width))
		return nil
	case spec.KindInt:
		if left < t.Width {
			return r.truncated(i)
		}
		r.items[i].value = signed(r.c.number(r.take(t.Width)), t.Width)
		return nil
	case spec.KindBool:
		if left < 1 {
			return r.truncated(i)
		}
		r.items[i].value = rawBool(r.take(1)[0])
		return nil
	case spec.KindRest:
		r.items[i].value = r.copied(left)
		return nil
	case spec.KindArray:
		return r.readArray(i, t)
	case spec.KindStruct:
		members := make([]Field, 0, len(t.Fields))
		if err := r.fields(r.c.structCells(t), i, &members); err != nil {
			return err
		}
		r.align()
		r.items[i].value = members
		return nil
	}
	return r.readBytes(i, t)
}

func (r *reader) readBits(i int, t *spec.Type) *codec.Error {
	r.items[i].off = r.pos
	at := 8*r.pos + r.bit
	if at+t.Bits > 8*r.end {
		return r.truncated(i)
	}
	v := bitsAt(r.frame, at, t.Bits)
	at += t.Bits
	r.pos, r.bit = at/8, at%8
	if t.Kind == spec.KindBool {
		r.items[i].value = rawBool(v)
	} else {
		r.items[i].value = v
	}
	return nil
}

func (r *reader) readVarint(i int, t *spec.Type) *codec.Error {
	v, n, ok := codec.Varint(r.frame[r.pos:r.end], t.Varint)
	switch {
	case !ok:
		return r.layoutError(i, codec.BecauseVarint)
	case n == 0:
		return r.truncated(i)
	}
	r.pos += n
	r.items[i].value = v
	return nil
}

// readBytes reads a string or bytes: what is counted, up to a byte, after a length, or of a size.
func (r *reader) readBytes(i int, t *spec.Type) *codec.Error {
	n, skip := uint64(t.Size), 0
	switch left := r.end - r.pos; {
	case t.LenWidth > 0:
		if left < t.LenWidth {
			return r.truncated(i)
		}
		n = r.c.number(r.take(t.LenWidth))
		if t.Nullable && n == widest(t.LenWidth) {
			return nil // the value is nil
		}
	case t.Until != nil:
		at := bytes.IndexByte(r.frame[r.pos:r.end], *t.Until)
		if at < 0 {
			return r.truncated(i)
		}
		n, skip = uint64(at), 1
	case t.Size == 0:
		n = uint64(left)
	}
	if n > uint64(r.end-r.pos) {
		return r.truncated(i)
	}
	if t.Kind == spec.KindBytes {
		r.items[i].value = r.copied(int(n))
		r.pos += skip
		return nil
	}
	b := r.take(int(n))
	r.pos += skip
	if !utf8.Valid(b) {
		return r.layoutError(i, codec.BecauseUTF8)
	}
	r.items[i].value = string(b)
	return nil
}

func (r *reader) readArray(i int, t *spec.Type) *codec.Error {
	size := max(1, smallest(t.Elem))
	switch {
	case t.Until != nil, t.ToEnd:
		return r.readOpen(i, t, size)
	case t.LenWidth == 0 && t.Size*smallest(t.Elem) > r.end-r.pos, t.LenWidth > r.end-r.pos:
		return r.truncated(i)
	}
	n := uint64(t.Size)
	if t.LenWidth > 0 {
		n = r.c.number(r.take(t.LenWidth))
	}
	if n > uint64(r.end-r.pos)/uint64(size) {
		return r.truncated(i)
	}
	list := make([]any, n)
	r.items[i].value = list
	for k := range list {
		v, err := r.element(i, k)
		if err != nil {
			return err
		}
		list[k] = v
	}
	return nil
}

// readOpen reads elements up to a byte, or up to the end.
func (r *reader) readOpen(i int, t *spec.Type, size int) *codec.Error {
	list := []any{}
	for {
		if r.pos == r.end {
			if t.Until != nil {
				return r.truncated(i)
			}
			break
		}
		if t.Until != nil && r.frame[r.pos] == *t.Until {
			r.pos++
			break
		}
		from := r.pos
		v, err := r.element(i, len(list))
		if err != nil {
			return err
		}
		if r.pos == from {
			return r.truncated(i) // an element without a size: the checker of tables refuses it
		}
		list = append(list, v)
	}
	r.items[i].value = list
	return nil
}

func (r *reader) element(array, k int) (any, *codec.Error) {
	e := len(r.items)
	it := &r.items[array]
	r.items = append(r.items, item{field: it.field, t: it.t.Elem, off: r.pos, parent: array, index: k})
	if err := r.read(e); err != nil {
		return nil, err
	}
	r.align()
	return r.items[e].value, nil
}

// take returns the next n bytes, which must be there.
func (r *reader) take(n int) []byte {
	b := r.frame[r.pos : r.pos+n]
	r.pos += n
	return b
}

// copied is take with memory of its own.
func (r *reader) copied(n int) []byte { return append([]byte{}, r.take(n)...) }
