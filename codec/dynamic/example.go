package dynamic

import (
	"bytes"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

// Example returns a legal message: each field has the example value of the table, else the smallest legal one. A field
// that must be the same as another of the message is. Its ID is 0.
func (c *Codec) Example(m *spec.Message) *Message {
	msg := &Message{Spec: m}
	for _, f := range m.Fields {
		if present(f, msg.Get) && !f.Type.Ignore {
			msg.Fields = append(msg.Fields, Field{f.Name, c.exampleField(msg, f)})
		}
	}
	return msg
}

func (c *Codec) exampleField(msg *Message, f *spec.Field) any {
	if f.Type.Eg == nil && f.SameAs != nil && f.SameAs.Message == msg.Spec {
		if v, ok := msg.Get(f.SameAs.Field.Name); ok {
			return v
		}
	}
	return ExampleValue(f.Type)
}

// With is Example with other values for some fields, from literals of the table, and with a correlation. A literal named as the
// header's correlation sets that. Conditional fields follow the new values.
func (c *Codec) With(m *spec.Message, id uint64, values []spec.NamedValue) *Message {
	msg := &Message{Spec: m, ID: id}
	given := map[string]*spec.Value{}
	for _, v := range values {
		given[v.Name] = v.Value
		if c.id != nil && v.Name == c.id.field.Name {
			msg.ID = v.Value.Uint
		}
	}
	for _, f := range m.Fields {
		v := given[f.Name]
		switch {
		case v != nil:
			msg.Fields = append(msg.Fields, Field{f.Name, Value(f.Type, v)})
		case present(f, msg.Get) && !f.Type.Ignore:
			msg.Fields = append(msg.Fields, Field{f.Name, c.exampleField(msg, f)})
		}
	}
	return msg
}

// ExampleValue returns the example value of t, else the smallest legal one.
func ExampleValue(t *spec.Type) any {
	if t.Eg != nil {
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
	}
	return bytes.Repeat([]byte{0}, int(least))
}

func smallestEnum(e *spec.Enum) uint64 {
	n := e.Values[0].Value
	for _, v := range e.Values {
		n = min(n, v.Value)
	}
	return n
}

// plainByte is an ASCII character that t allows, a letter if it can be.
func plainByte(t *spec.Type) byte {
	if t.ASCII == nil {
		return 'x'
	}
	for _, b := range []byte("xX0") {
		if t.ASCII.Contains(b) {
			return b
		}
	}
	for b := byte(0); b < 128; b++ {
		if t.ASCII.Contains(b) {
			return b
		}
	}
	return 'x'
}
