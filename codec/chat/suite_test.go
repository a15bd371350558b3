package chat_test

import (
	"testing"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/codec/chat"
	"github.com/wirelaw/wirelaw/codec/internal/codectest"
	"github.com/wirelaw/wirelaw/spec"
)

func TestVectors(t *testing.T)    { suite(t).Vectors(t) }
func TestTruncation(t *testing.T) { suite(t).Truncation(t) }
func FuzzAgreement(f *testing.F)  { suite(f).Agreement(f) }
func TestValues(t *testing.T)     { suite(t).Values(t) }
func TestDamaged(t *testing.T)    { suite(t).Damaged(t) }

func suite(t testing.TB) *codectest.Package {
	t.Helper()
	return &codectest.Package{
		Spec: table(t),
		Decode: func(from spec.Direction, frame []byte, p codec.Profiles) (any, error) {
			if from == spec.FromClient {
				return chat.DecodeClient(chat.ParseHeader(frame), frame[chat.HeaderSize:], p)
			}
			return chat.DecodeServer(chat.ParseHeader(frame), frame[chat.HeaderSize:])
		},
		New: func(from spec.Direction, opcode uint64) codectest.Message {
			if from == spec.FromClient {
				return chat.NewClientMessage(chat.Opcode(opcode))
			}
			return chat.NewServerMessage(chat.Opcode(opcode))
		},
		Append: func(dst []byte, id uint64, m any) ([]byte, error) {
			return chat.AppendFrame(dst, uint32(id), m.(chat.Message))
		},
		Request: func(state int, frame []byte, p codec.Profiles) (any, uint64, error) {
			h := &handler{}
			s, hd := chat.State(state), chat.ParseHeader(frame)
			err := chat.CheckHeader(s, hd)
			if err == nil {
				if e := chat.Dispatch(h, s, hd, frame[chat.HeaderSize:], p); e != nil {
					err = e.(*chat.Error)
				}
			}
			if err != nil {
				return h.any(), uint64(err.Code), err
			}
			return h.any(), 0, nil
		},
	}
}

// table returns the table from which the package is generated.
func table(t testing.TB) *spec.Protocol {
	t.Helper()
	p, err := spec.Chat()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// handler takes every request and notes it.
type handler struct {
	id  uint32
	got chat.ClientMessage
	err error
}

func (h *handler) take(id uint32, m chat.ClientMessage) error {
	h.id, h.got = id, m
	return h.err
}

// any returns what the handler got, or a nil that compares with nil.
func (h *handler) any() any {
	if h.got == nil {
		return nil
	}
	return h.got
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
