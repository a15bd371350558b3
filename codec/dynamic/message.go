package dynamic

import (
	"slices"

	"github.com/wirelaw/wirelaw/spec"
)

// A Message is a frame as named values.
type Message struct {
	Spec   *spec.Message
	ID     uint64  // correlation
	Fields []Field // the values of the header first

	// Lies, told by AppendIllegal only.
	Length   *uint64 // what the header says instead of the true length
	Opcode   *uint64 // what the header says instead of the opcode of Spec
	Trailing []byte  // bytes after the last field
}

// A Field is the value of one field. The type of Value follows from the kind of the field:
//
//	numbers, enums, flags, error codes   uint64
//	signed numbers                       int64
//	bool                                 bool
//	strings                              string
//	bytes, rest                          []byte; nil for no value, where there need not be one
//	arrays                               []any, of elements by this list
//	structs                              []Field, in the order of the wire
//
// AppendIllegal takes a uint64 for a bool, a Lie and a Raw as well, and values of fields that are none otherwise: of
// constants, lengths, and what is ignored.
type Field struct {
	Name  string
	Value any
}

// A Lie is a value whose length or count on the wire is Length, whatever it really is, and wherever it stands. For
// AppendIllegal only.
type Lie struct {
	Value  any
	Length uint64
}

// A Raw stands for the bytes of a whole field, its length prefix included. Raw{} leaves the field out. For AppendIllegal
// only.
type Raw []byte

// Get returns the value of a field, and whether the message has it.
func (m *Message) Get(name string) (any, bool) { return get(m.Fields, name) }

func get(fields []Field, name string) (any, bool) {
	for i := range fields {
		if fields[i].Name == name {
			return fields[i].Value, true
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

// present reports whether the condition of f holds, judged by the values of the message or struct. A field that is absent
// counts as zero.
func present(f *spec.Field, values []Field) bool {
	return f.If == nil || holds(f.If, values)
}

func holds(cond *spec.Condition, values []Field) bool {
	var n uint64
	if v, ok := get(values, cond.Field.Name); ok && present(cond.Field, values) {
		switch v := v.(type) {
		case uint64:
			n = v
		case int64:
			n = uint64(v)
		case bool:
			if v {
				n = 1
			}
		case rawBool:
			n = uint64(v)
		}
	}
	if cond.Field.Type.Kind == spec.KindBool && n > 1 {
		n = 0 // what is neither 0 nor 1 is refused in the end, and counts as false until then
	}
	return slices.Contains(cond.Values, n)
}

// Holds reports whether a condition of the table holds for m; nil always does.
func (m *Message) Holds(cond *spec.Condition) bool { return cond == nil || holds(cond, m.Fields) }

// zero is the value of a field that nobody set.
func zero(t *spec.Type) any {
	switch t.Kind {
	case spec.KindUint:
		return uint64(0)
	case spec.KindInt:
		return int64(0)
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
	case spec.KindStruct:
		return []Field{}
	}
	if t.Nullable {
		return nil
	}
	return make([]byte, t.Size)
}

// Value turns a literal of the table into a value of a field of type t.
func Value(t *spec.Type, v *spec.Value) any {
	switch t.Kind {
	case spec.KindUint:
		return v.Uint
	case spec.KindInt:
		return int64(v.Uint)
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
	case spec.KindStruct:
		fields := []Field{}
		for _, f := range t.Fields {
			for i := range v.Sub {
				if v.Sub[i].Name == f.Name {
					fields = append(fields, Field{f.Name, Value(f.Type, v.Sub[i].Value)})
				}
			}
		}
		return fields
	}
	if v.Null {
		return nil
	}
	return append([]byte{}, v.Bytes...)
}
