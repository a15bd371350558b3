package chat_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/codec/chat"
	"github.com/wirelaw/wirelaw/spec"
)

// table returns the table from which the package is generated.
func table(t testing.TB) *spec.Protocol {
	t.Helper()
	p, err := spec.Chat()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// field finds the Go field of a field of the table: the names differ only in case and underscores.
func field(m any, name string) (reflect.Value, bool) {
	v := reflect.ValueOf(m).Elem()
	f := v.FieldByNameFunc(func(n string) bool { return strings.EqualFold(n, strings.ReplaceAll(name, "_", "")) })
	return f, f.IsValid()
}

// plain turns a Go value into the forms that tables and codec/dynamic use: uint64, bool, string, []byte, []any.
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

// literal is the plain form of a value of the table.
func literal(t *spec.Type, v *spec.Value) any {
	switch t.Kind {
	case spec.KindUint:
		return v.Uint
	case spec.KindBool:
		return v.Bool
	case spec.KindString:
		return v.Str
	case spec.KindArray:
		list := []any{}
		for _, e := range v.List {
			list = append(list, literal(t.Elem, e))
		}
		return list
	}
	return append([]byte{}, v.Bytes...)
}

// decode decodes a whole frame of one side, whose header is true.
func decode(from spec.Direction, frame []byte) (chat.Message, error) {
	h, body := chat.ParseHeader(frame), frame[chat.HeaderSize:]
	if from == spec.FromClient {
		m, err := chat.DecodeClient(h, body, nil)
		if err != nil {
			return nil, err
		}
		return m, nil
	}
	m, err := chat.DecodeServer(h, body)
	if err != nil {
		return nil, err
	}
	return m, nil
}

// handler takes every request and notes its id.
type handler struct {
	id  uint32
	got chat.ClientMessage
	err error
}

func (h *handler) take(id uint32, m chat.ClientMessage) error {
	h.id, h.got = id, m
	return h.err
}

func (h *handler) Hello(id uint32, m *chat.Hello) error   { return h.take(id, m) }
func (h *handler) Create(id uint32, m *chat.Create) error { return h.take(id, m) }
func (h *handler) Login(id uint32, m *chat.Login) error   { return h.take(id, m) }
func (h *handler) Resume(id uint32, m *chat.Resume) error { return h.take(id, m) }
func (h *handler) List(id uint32, m *chat.List) error     { return h.take(id, m) }
func (h *handler) Send(id uint32, m *chat.Send) error     { return h.take(id, m) }
func (h *handler) Ack(id uint32, m *chat.Ack) error       { return h.take(id, m) }
func (h *handler) Delete(id uint32, m *chat.Delete) error { return h.take(id, m) }
func (h *handler) Logout(id uint32, m *chat.Logout) error { return h.take(id, m) }
func (h *handler) Bye(id uint32, m *chat.Bye) error       { return h.take(id, m) }
func (h *handler) Ping(id uint32, m *chat.Ping) error     { return h.take(id, m) }

var _ chat.Handler = (*handler)(nil)

// states are those of the table, by name.
var states = map[string]chat.State{
	"connected": chat.StateConnected, "guest": chat.StateGuest, "member": chat.StateMember, "closed": chat.StateClosed,
}
