// Package codectest is the suite that every generated codec passes: the vectors of its table, truncation at every byte,
// and agreement with the interpreter of the table on whatever bytes.
package codectest

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// A Package is one generated codec and its table.
type Package struct {
	Spec *spec.Protocol
	// Decode decodes a whole frame of one side, whose length is true.
	Decode func(from spec.Direction, frame []byte, p codec.Profiles) (any, error)
	// New returns an empty message.
	New func(from spec.Direction, opcode uint64) Message
	// Append encodes a frame.
	Append func(dst []byte, id uint64, m any) ([]byte, error)
	// Request judges a client's frame as a server in that state does. It returns what the handler got, or the refusal and
	// its code.
	Request func(state int, frame []byte, p codec.Profiles) (got any, code uint64, err error)
}

// A Message is what generated messages can do.
type Message interface {
	UnmarshalBinary(body []byte) error
	UnmarshalView(body []byte) error
	Validate(p codec.Profiles) error
}

// Vectors runs every vector of the table.
func (k *Package) Vectors(t *testing.T) {
	for _, m := range k.Spec.Messages {
		for i, v := range m.Vectors {
			t.Run(fmt.Sprintf("%s/%d", m.Name, i), func(t *testing.T) {
				if v.Reject != nil {
					k.reject(t, m, v)
				} else {
					k.accept(t, m, v)
				}
			})
		}
	}
}

func (k *Package) accept(t *testing.T, m *spec.Message, v *spec.Vector) {
	got, err := k.Decode(m.From, v.Frame, nil)
	if err != nil {
		t.Fatal(err)
	}
	h := dynamic.New(k.Spec).ParseHeader(v.Frame)
	correlation := k.Spec.Correlation()
	for _, want := range v.Accept {
		if correlation != nil && want.Name == correlation.Name && m.Field(want.Name) == nil {
			if h.ID != want.Value.Uint {
				t.Errorf("%s is %d, not %d", want.Name, h.ID, want.Value.Uint)
			}
			continue
		}
		f, ok := field(got, want.Name)
		if !ok {
			t.Errorf("there is no field %q", want.Name)
			continue
		}
		fl := m.Field(want.Name)
		if why := same(f, fl.Type, dynamic.Value(fl.Type, want.Value)); why != "" {
			t.Errorf("%s%s", want.Name, why)
		}
	}
	frame, err := k.Append([]byte("before"), h.ID, got)
	if err != nil {
		t.Fatal(err)
	}
	frame, ok := bytes.CutPrefix(frame, []byte("before"))
	if same := bytes.Equal(frame, v.Frame); same == v.Loose || !ok {
		t.Errorf("encoded again it is\n%x, not\n%x", frame, v.Frame)
	}
	again, err := k.Decode(m.From, frame, nil)
	if err != nil || !reflect.DeepEqual(again, got) {
		t.Errorf("decoded again it is %+v, %v", again, err)
	}
	if m.From == spec.FromServer {
		return
	}
	for i, s := range k.Spec.States {
		handled, _, err := k.Request(i, v.Frame, nil)
		if legal := m.LegalIn(s); legal != (err == nil) || legal && !reflect.DeepEqual(handled, got) {
			t.Errorf("in state %s: %v, %v", s.Name, handled, err)
		}
	}
}

func (k *Package) reject(t *testing.T, m *spec.Message, v *spec.Vector) {
	d := dynamic.New(k.Spec)
	h := d.ParseHeader(v.Frame)
	n, ok := d.BodyLen(h)
	if ok && int(n) == len(v.Frame)-d.HeaderSize() && (h.ID != 0 || m.From == spec.FromServer || k.Spec.Correlation() == nil) {
		got, err := k.Decode(m.From, v.Frame, nil)
		e, ok := errors.AsType[*codec.Error](err)
		if !ok {
			t.Fatalf("no error, but %v", got)
		}
		path := e.Field
		if path == "" {
			path = "body"
		}
		if e.Message != m.Name || e.Name != v.Reject.Name || e.Code != v.Reject.Code || e.Offset != v.At || path+"."+e.Because != v.Because {
			t.Errorf("got %s at %d because %s.%s of %s, want %s at %d because %s",
				e.Name, e.Offset, path, e.Because, e.Message, v.Reject.Name, v.At, v.Because)
		}
	}
	if m.From == spec.FromServer {
		return
	}
	for i, s := range k.Spec.States {
		if !m.LegalIn(s) {
			continue
		}
		got, code, err := k.Request(i, v.Frame, nil)
		if err == nil || code != v.Reject.Code || got != nil {
			t.Errorf("in state %s: %v, %v, want %s", s.Name, got, err, v.Reject.Name)
		}
	}
}

// Truncation cuts every accepted vector everywhere within its body, and adds a byte to it.
func (k *Package) Truncation(t *testing.T) {
	header := k.Spec.HeaderSize()
	malformed := k.Spec.Check(spec.CheckLayout).Error.Name
	for _, m := range k.Spec.Messages {
		open := false // ends with a field that takes all that is left
		for _, f := range m.Fields {
			open = open || f.Type.Kind == spec.KindRest
		}
		for i, v := range m.Vectors {
			if v.Accept == nil || open {
				continue
			}
			for cut := header; cut < len(v.Frame); cut++ {
				_, err := k.Decode(m.From, v.Frame[:cut], nil)
				e, ok := errors.AsType[*codec.Error](err)
				if !ok || e.Because != codec.BecauseTruncated || e.Name != malformed || e.Offset > cut || e.Field == "" {
					t.Errorf("%s vector %d cut to %d bytes: %v", m.Name, i, cut, err)
				}
			}
			_, err := k.Decode(m.From, append(bytes.Clone(v.Frame), 0), nil)
			if e, ok := errors.AsType[*codec.Error](err); !ok || e.Because != codec.BecauseTrailing || e.Offset != len(v.Frame) {
				t.Errorf("%s vector %d with a byte more: %v", m.Name, i, err)
			}
		}
	}
}

// field finds the Go field of a field of the table: the names differ only in case, underscores, and "Value" where a name
// was taken.
func field(m any, name string) (reflect.Value, bool) {
	return structField(reflect.ValueOf(m).Elem(), name)
}

// structField is field for a struct.
func structField(v reflect.Value, name string) (reflect.Value, bool) {
	name = strings.ReplaceAll(name, "_", "")
	f := v.FieldByNameFunc(func(n string) bool {
		return strings.EqualFold(n, name) || strings.EqualFold(n, name+"Value")
	})
	return f, f.IsValid()
}

// plain turns a Go value into the forms that codec/dynamic uses: uint64, bool, string, []byte, []any.
func plain(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return v.Uint()
	case reflect.Bool:
		return v.Bool()
	case reflect.String:
		return v.String()
	case reflect.Array:
		b := make([]byte, v.Len())
		for i := range b {
			b[i] = byte(v.Index(i).Uint())
		}
		return b
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return append([]byte{}, v.Bytes()...)
		}
		list := []any{}
		for i := range v.Len() {
			list = append(list, plain(v.Index(i)))
		}
		return list
	}
	panic(fmt.Sprintf("no plain form of %s", v.Type()))
}
