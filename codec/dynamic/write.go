package dynamic

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/spec"
)

// A writer appends one frame. If it is not strict it has no errors: then it writes whatever the layout can say.
type writer struct {
	c       *Codec
	m       *Message
	plan    *plan
	b       []byte
	start   int
	bit     int // how many bits of the last byte are in use; 0: all
	late    int // lengths of variable size that are not written yet
	strict  bool
	blank   bool // the header is still to be filled
	pending []pending
	scopes  int // structs begun so far

	fault   string // path to the value that an error is about, as far as it is known yet
	sibling bool   // the path already names a field of this message or struct
}

func (w *writer) align() { w.bit = 0 }

// offset is where the next field begins in the frame.
func (w *writer) offset() int {
	n := len(w.b) - w.start + w.late
	if w.bit > 0 {
		n--
	}
	return n
}

// fields writes the header, the body, or a struct, whose values are given. Lengths within it have that scope.
func (w *writer) fields(list []cell, values []Field, scope int) error {
	next := 0 // values mostly come in the order of the fields
	for k := range list {
		x := &list[k]
		var v any
		given := next < len(values) && values[next].Name == x.Name
		if given {
			v = values[next].Value
			next++
		} else {
			v, given = get(values, x.Name)
		}
		if x.If != nil && !present(x.Field, values) && (w.strict || !given) || x.empty && !given {
			continue
		}
		var err error
		if given && x.simple {
			err = w.value(x.Field, x.Type, v)
		} else {
			err = w.field(x, v, given, scope)
		}
		if err != nil {
			if !w.sibling {
				w.fault = under(x.Name, w.fault)
			}
			w.sibling = false
			return err
		}
	}
	return nil
}

func (w *writer) field(x *cell, v any, given bool, scope int) error {
	switch {
	case w.role(x):
		return nil
	case len(x.Counts) > 0 && !given:
		w.reserve(x, scope)
		return nil
	case !given && x.Type.Const != nil:
		v = Value(x.Type, x.Type.Const)
	case !given:
		v = zero(x.Type)
	}
	if x.counter == nil {
		return w.value(x.Field, x.Type, v)
	}
	return w.part(x, v, scope)
}

// role writes what the message itself says of the header.
func (w *writer) role(x *cell) bool {
	var v uint64
	switch x.Role {
	case spec.RoleOpcode:
		v = w.opcode()
	case spec.RoleCorrelation:
		v = w.m.ID
	default:
		return false
	}
	w.number(x.Type, v)
	return true
}

// cut leaves at most n bytes of a string or bytes.
func cut(v any, n uint64) any {
	switch v := v.(type) {
	case string:
		return v[:min(uint64(len(v)), n)]
	case []byte:
		return v[:min(uint64(len(v)), n)]
	}
	return v
}

// number appends a number that fits.
func (w *writer) number(t *spec.Type, v uint64) {
	switch {
	case t.Bits > 0:
		if w.bit == 0 {
			w.b = append(w.b, 0)
		}
		at := 8*len(w.b) - 8 + w.bit
		for range (at+t.Bits+7)/8 - len(w.b) {
			w.b = append(w.b, 0)
		}
		putBits(w.b, at, t.Bits, v)
		w.bit = (at + t.Bits) % 8
	case t.Varint > 0:
		w.b = codec.AppendVarint(w.b, v&top(t))
	default:
		w.b = w.c.appendNumber(w.b, v, t.Width)
	}
}

// value appends v, a value of field f, or of an element of it.
func (w *writer) value(f *spec.Field, t *spec.Type, v any) error {
	var lie *uint64
	if !w.strict {
		switch x := v.(type) {
		case Raw:
			w.align()
			w.b = append(w.b, x...)
			return nil
		case Lie:
			v, lie = x.Value, &x.Length
		}
		v = coerce(t, v)
	}
	if t.Bits == 0 {
		w.align()
	}
	switch t.Kind {
	case spec.KindUint, spec.KindInt, spec.KindBool:
		return w.scalar(f, t, v)
	case spec.KindArray:
		return w.array(f, t, v, lie)
	case spec.KindStruct:
		return w.structure(t, v)
	case spec.KindString:
		s, ok := v.(string)
		if !ok {
			return w.wrong(t, v)
		}
		if w.strict && !utf8.ValidString(s) {
			return w.layout(codec.BecauseUTF8)
		}
		if w.strict && t.Until != nil && strings.IndexByte(s, *t.Until) >= 0 {
			return w.layout(codec.BecauseUntil)
		}
		if err := w.length(f, t, v, len(s), lie); err != nil {
			return err
		}
		w.b = append(w.b, s...)
	default:
		if v == nil && t.LenWidth > 0 && (t.Nullable || w.strict) {
			return w.null(f, t, lie)
		}
		b, ok := v.([]byte)
		if !ok {
			return w.wrong(t, v)
		}
		if w.strict && t.Until != nil && bytes.IndexByte(b, *t.Until) >= 0 {
			return w.layout(codec.BecauseUntil)
		}
		if err := w.length(f, t, v, len(b), lie); err != nil {
			return err
		}
		w.b = append(w.b, b...)
	}
	if t.Until != nil {
		w.b = append(w.b, *t.Until)
	}
	return nil
}

func (w *writer) null(f *spec.Field, t *spec.Type, lie *uint64) error {
	if !t.Nullable {
		return w.broken(f, t, codec.BecauseNull, 0)
	}
	n := widest(t.LenWidth)
	if lie != nil {
		n = *lie
	}
	w.b = w.c.appendNumber(w.b, n, t.LenWidth)
	return nil
}

func (w *writer) scalar(f *spec.Field, t *spec.Type, v any) error {
	var n uint64
	fits := false
	switch x := v.(type) {
	case uint64:
		n, fits = x, t.Kind == spec.KindUint || !w.strict
	case int64:
		n, fits = uint64(x), t.Kind == spec.KindInt
	case bool:
		if fits = t.Kind == spec.KindBool; x {
			n = 1
		}
	}
	if !fits {
		return w.wrong(t, v)
	}
	if w.strict {
		if because, limit := judge(t, v, nil); because != "" {
			return w.broken(f, t, because, limit)
		}
		if most := top(t); t.Kind == spec.KindInt {
			switch x := int64(n); {
			case x < bottom(t):
				return w.broken(f, t, codec.BecauseMin, uint64(bottom(t)))
			case x > int64(most):
				return w.broken(f, t, codec.BecauseMax, most)
			}
		} else if n > most {
			return w.broken(f, t, codec.BecauseMax, most)
		}
	}
	if t.Kind == spec.KindBool && t.Bits == 0 {
		w.b = append(w.b, byte(n))
	} else {
		w.number(t, n)
	}
	return nil
}

func (w *writer) array(f *spec.Field, t *spec.Type, v any, lie *uint64) error {
	list, ok := v.([]any)
	if !ok {
		return w.wrong(t, v)
	}
	if err := w.length(f, t, v, len(list), lie); err != nil {
		return err
	}
	for i, e := range list {
		from := len(w.b)
		if err := w.value(f, t.Elem, e); err != nil {
			w.fault = under("["+strconv.Itoa(i)+"]", w.fault)
			return err
		}
		w.align()
		if w.strict && t.Until != nil && len(w.b) > from && w.b[from] == *t.Until {
			w.b = w.b[:from]
			w.fault = "[" + strconv.Itoa(i) + "]"
			return w.layout(codec.BecauseUntil)
		}
	}
	if t.Until != nil {
		w.b = append(w.b, *t.Until)
	}
	return nil
}

func (w *writer) structure(t *spec.Type, v any) error {
	members, ok := v.([]Field)
	if !ok {
		return w.wrong(t, v)
	}
	list := w.c.structCells(t)
	if w.strict {
		for _, m := range members {
			if !slices.ContainsFunc(list, func(x cell) bool { return x.Name == m.Name && (x.value || x.Type.Ignore) }) {
				return &misfit{text: fmt.Sprintf("there is no %q in it", m.Name)}
			}
		}
	}
	w.scopes++
	if err := w.fields(list, members, w.scopes); err != nil {
		return err
	}
	w.align()
	return nil
}

// length judges v and appends its length or count, if it has one before it.
func (w *writer) length(f *spec.Field, t *spec.Type, v any, n int, lie *uint64) error {
	if !w.strict {
		if t.LenWidth > 0 {
			length := uint64(n)
			if lie != nil {
				length = *lie
			}
			w.b = w.c.appendNumber(w.b, length, t.LenWidth)
		}
		return nil
	}
	if err := w.judge(f, t, v); err != nil {
		return err
	}
	switch most := widest(t.LenWidth); {
	case t.LenWidth > 0:
		if t.Nullable {
			most--
		}
		if uint64(n) > most {
			return w.broken(f, t, codec.BecauseMax, most)
		}
		w.b = w.c.appendNumber(w.b, uint64(n), t.LenWidth)
	case t.Size > 0 && n < t.Size:
		return w.broken(f, t, codec.BecauseMin, uint64(t.Size))
	case t.Size > 0 && n > t.Size:
		return w.broken(f, t, codec.BecauseMax, uint64(t.Size))
	}
	return nil
}

func (w *writer) judge(f *spec.Field, t *spec.Type, v any) error {
	if because, limit := judge(t, v, nil); because != "" {
		return w.broken(f, t, because, limit)
	}
	return nil
}

func (w *writer) broken(f *spec.Field, t *spec.Type, because string, limit uint64) error {
	check := spec.CheckLimits
	if f.Early {
		check = spec.CheckEarly
	}
	return w.c.breach(t.Error, check, codec.Error{
		Message: w.m.Spec.Name, Offset: w.offset(), Because: because, Limit: limit, Unit: unitOf(t, because),
	})
}

func (w *writer) layout(because string) error {
	return w.c.breach(nil, spec.CheckLayout, codec.Error{
		Message: w.m.Spec.Name, Offset: w.offset(), Because: because,
	})
}

// A misfit is a value that is no value of its field at all.
type misfit struct{ message, path, text string }

func (e *misfit) Error() string {
	return e.message + ": field " + strconv.Quote(e.path) + ": " + e.text
}

func (w *writer) wrong(t *spec.Type, v any) error {
	return &misfit{text: fmt.Sprintf("a value of kind %s cannot be a %T", t.Kind, v)}
}

// under puts what holds a value before the path to it.
func under(name, path string) string {
	if path == "" || path[0] == '[' {
		return name + path
	}
	return name + "." + path
}

// named says in an error where the value is that it is about.
func (w *writer) named(err error) error {
	switch e := err.(type) {
	case *codec.Error:
		e.Field = w.fault
	case *misfit:
		e.message, e.path = w.m.Spec.Name, w.fault
	}
	return err
}
