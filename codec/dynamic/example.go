package dynamic

import (
	"bytes"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

// Example returns a legal message: each field has the example value of the table, else the smallest legal one. A field
// that must be the same as another of the message is. Its ID is 0.
func (c *Codec) Example(m *spec.Message) *Message { return c.With(m, 0, nil) }

// With is Example with other values for some fields, from literals of the table, and with a correlation. A literal named as the
// header's correlation sets that. Conditional fields follow the new values.
func (c *Codec) With(m *spec.Message, id uint64, values []spec.NamedValue) *Message {
	msg := &Message{Spec: m, ID: id}
	given := map[string]*spec.Value{}
	pl := c.planOf(m, m.From)
	for _, v := range values {
		given[v.Name] = v.Value
		if pl.layout.id != nil && v.Name == pl.layout.id.field.Name {
			msg.ID = v.Value.Uint
		}
	}
	for _, list := range [2][]cell{pl.head, pl.fields} {
		for i := range list {
			x := &list[i]
			v := given[x.Name]
			switch {
			case !x.value && (v == nil || x.Role != spec.RoleNone):
			case v != nil:
				msg.Fields = append(msg.Fields, Field{x.Name, Value(x.Type, v)})
			case present(x.Field, msg.Fields):
				msg.Fields = append(msg.Fields, Field{x.Name, exampleField(msg, x.Field)})
			}
		}
	}
	return msg
}

// Complete makes the conditional fields of m follow its other values: those that have to be there get example values, those that
// must not be there are taken away. Fields that are given stay as they are.
func (c *Codec) Complete(m *Message, given func(name string) bool) {
	pl := c.planOf(m.Spec, m.Spec.From)
	for _, list := range [2][]cell{pl.head, pl.fields} {
		for i := range list {
			x := &list[i]
			if x.If == nil || !x.value || given(x.Name) {
				continue
			}
			switch _, there := m.Get(x.Name); {
			case !present(x.Field, m.Fields):
				m.Fields = slices.DeleteFunc(m.Fields, func(f Field) bool { return f.Name == x.Name })
			case !there:
				m.Fields = append(m.Fields, Field{x.Name, exampleField(m, x.Field)})
			}
		}
	}
}

func exampleField(msg *Message, f *spec.Field) any {
	if f.Type.Eg == nil && f.SameAs != nil && f.SameAs.Message == msg.Spec {
		if v, ok := msg.Get(f.SameAs.Field.Name); ok {
			return v
		}
	}
	return ExampleValue(f.Type)
}

// ExampleValue returns the example value of t, else the smallest legal one; of a signed number the one nearest to zero.
func ExampleValue(t *spec.Type) any {
	switch {
	case t.Const != nil:
		return Value(t, t.Const)
	case t.Eg != nil:
		return Value(t, t.Eg)
	}
	least := uint64(0)
	switch {
	case t.Min != nil:
		least = *t.Min
	case t.LenWidth == 0 && t.Size > 0:
		least = uint64(t.Size)
	}
	switch t.Kind {
	case spec.KindUint:
		if t.Enum != nil {
			return smallestEnum(t.Enum)
		}
		return least
	case spec.KindInt:
		switch {
		case t.Min != nil && int64(*t.Min) > 0:
			return int64(*t.Min)
		case t.Max != nil && int64(*t.Max) < 0:
			return int64(*t.Max)
		}
		return int64(0)
	case spec.KindBool:
		return false
	case spec.KindString:
		if t.Chars != nil {
			least = max(least, t.Chars.Min)
		}
		return strings.Repeat(string(plainByte(t)), int(least))
	case spec.KindArray:
		list := make([]any, least)
		for i := range list {
			list[i] = ExampleValue(t.Elem)
		}
		return list
	case spec.KindStruct:
		members := []Field{}
		for _, f := range t.Fields {
			if f.IsValue() && present(f, members) {
				members = append(members, Field{f.Name, ExampleValue(f.Type)})
			}
		}
		return members
	}
	fill := byte(0)
	if t.Until != nil && *t.Until == 0 {
		fill = 1
	}
	return bytes.Repeat([]byte{fill}, int(least))
}

func smallestEnum(e *spec.Enum) uint64 {
	if len(e.Values) == 0 {
		return 0
	}
	n := e.Values[0].Value
	for _, v := range e.Values {
		n = min(n, v.Value)
	}
	return n
}

// plainByte is an ASCII character that t allows, a letter if it can be, and that does not end it.
func plainByte(t *spec.Type) byte {
	fits := func(b byte) bool {
		return (t.ASCII == nil || t.ASCII.Contains(b)) && (t.Until == nil || *t.Until != b)
	}
	for _, b := range []byte("xX0") {
		if fits(b) {
			return b
		}
	}
	for b := byte(0); b < 128; b++ {
		if fits(b) {
			return b
		}
	}
	return 'x'
}
