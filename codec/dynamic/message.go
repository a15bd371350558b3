package dynamic

import (
	"slices"

	"github.com/wirelaw/wirelaw/spec"
)

// A Message is a frame as named values.
type Message struct {
	Spec   *spec.Message
	ID     uint64 // correlation
	Fields []Field

	// Lies, told by AppendIllegal only.
	Length   *uint64 // what the header says instead of the true length
	Opcode   *uint64 // what the header says instead of the opcode of Spec
	Trailing []byte  // bytes after the last field
}

// A Field is the value of one field. The type of Value follows from the kind of the field:
//
//	numbers, enums, flags, error codes   uint64
//	bool                                 bool
//	strings                              string
//	bytes, rest                          []byte
//	arrays                               []any, of elements by this list
//
// AppendIllegal takes a uint64 for a bool, a Lie and a Raw as well.
type Field struct {
	Name  string
	Value any
}

// A Lie is a value whose length or count on the wire is Length, whatever it really is. For AppendIllegal only.
type Lie struct {
	Value  any
	Length uint64
}

// A Raw stands for the bytes of a whole field, its length prefix included. Raw{} leaves the field out. For AppendIllegal
// only.
type Raw []byte

// Get returns the value of a field, and whether the message has it.
func (m *Message) Get(name string) (any, bool) {
	for i := range m.Fields {
		if m.Fields[i].Name == name {
			return m.Fields[i].Value, true
		}
	}
	return nil, false
}

// Set sets or adds the value of a field.
func (m *Message) Set(name string, value any) {
	for i := range m.Fields {
		if m.Fields[i].Name == name {
			m.Fields[i].Value = value
			return
		}
	}
	m.Fields = append(m.Fields, Field{name, value})
}

// Clone returns a copy whose fields can be set without touching m. The values themselves are shared.
func (m *Message) Clone() *Message {
	c := *m
	c.Fields = slices.Clone(m.Fields)
	return &c
}

// present reports whether the condition of f holds, judged by the fields that get finds. A field that is absent counts
// as zero.
func present(f *spec.Field, get func(string) (any, bool)) bool {
	if f.If == nil {
		return true
	}
	var n uint64
	if v, ok := get(f.If.Field.Name); ok {
		switch v := v.(type) {
		case uint64:
			n = v
		case bool:
			if v {
				n = 1
			}
		case rawBool: // what is neither 0 nor 1 is refused in the end, and counts as false until then
			if v == 1 {
				n = 1
			}
		}
	}
	return slices.Contains(f.If.Values, n)
}

// zero is the value of a field that nobody set.
func zero(t *spec.Type) any {
	switch t.Kind {
	case spec.KindUint:
		return uint64(0)
	case spec.KindBool:
		return false
	case spec.KindString:
		return string(make([]byte, t.Size))
	case spec.KindArray:
		list := make([]any, t.Size)
		for i := range list {
			list[i] = zero(t.Elem)
		}
		return list
	}
	return make([]byte, t.Size)
}

// Value turns a literal of the table into a value of a field of type t.
func Value(t *spec.Type, v *spec.Value) any {
	switch t.Kind {
	case spec.KindUint:
		return v.Uint
	case spec.KindBool:
		return v.Bool
	case spec.KindString:
		return v.Str
	case spec.KindArray:
		list := make([]any, len(v.List))
		for i, e := range v.List {
			list[i] = Value(t.Elem, e)
		}
		return list
	}
	return slices.Clone(v.Bytes)
}
