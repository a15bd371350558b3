package chat_test

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/codec/chat"
	"github.com/wirelaw/wirelaw/spec"
)

func TestVectors(t *testing.T) {
	accepted, rejected := 0, 0
	for _, m := range table(t).Messages {
		for i, v := range m.Vectors {
			t.Run(fmt.Sprintf("%s/%d", m.Name, i), func(t *testing.T) {
				if v.Reject != nil {
					rejected++
					reject(t, m, v)
					return
				}
				accepted++
				accept(t, m, v)
			})
		}
	}
	if accepted < 23 || rejected < 30 {
		t.Errorf("only %d vectors to accept and %d to reject", accepted, rejected)
	}
}

func accept(t *testing.T, m *spec.Message, v *spec.Vector) {
	got, err := decode(m.From, v.Frame)
	if err != nil {
		t.Fatal(err)
	}
	h := chat.ParseHeader(v.Frame)
	for _, want := range v.Accept {
		if want.Name == "id" {
			if uint64(h.ID) != want.Value.Uint {
				t.Errorf("id is %d, not %d", h.ID, want.Value.Uint)
			}
			continue
		}
		f, ok := field(got, want.Name)
		if !ok {
			t.Errorf("there is no field %q", want.Name)
			continue
		}
		if g, w := plain(f), literal(m.Field(want.Name).Type, want.Value); !reflect.DeepEqual(g, w) {
			t.Errorf("%s is %v, not %v", want.Name, g, w)
		}
	}
	frame, err := chat.AppendFrame([]byte("before"), h.ID, got)
	if err != nil {
		t.Fatal(err)
	}
	frame = bytes.TrimPrefix(frame, []byte("before"))
	if same := bytes.Equal(frame, v.Frame); same == v.Loose {
		t.Errorf("encoded again it is\n%x, not\n%x", frame, v.Frame)
	}
	again, err := decode(m.From, frame)
	if err != nil || !reflect.DeepEqual(again, got) {
		t.Errorf("decoded again it is %+v, %v", again, err)
	}
	if m.From == spec.FromClient {
		for _, s := range m.In {
			h := &handler{}
			if err := request(h, states[s.Name], v.Frame); err != nil || !reflect.DeepEqual(h.got, got) {
				t.Errorf("in state %s: %v, %v", s.Name, h.got, err)
			}
		}
	}
}

// request judges a frame as a server does, up to the handler.
func request(h chat.Handler, s chat.State, frame []byte) error {
	hd := chat.ParseHeader(frame)
	if err := chat.CheckHeader(s, hd); err != nil {
		return err
	}
	return chat.Dispatch(h, s, hd, frame[chat.HeaderSize:], nil)
}

func reject(t *testing.T, m *spec.Message, v *spec.Vector) {
	h := chat.ParseHeader(v.Frame)
	whole := h.BodySize() == int64(len(v.Frame)-chat.HeaderSize) && h.ID != 0 || m.From == spec.FromServer
	if whole {
		_, err := decode(m.From, v.Frame)
		e, ok := errors.AsType[*codec.Error](err)
		if !ok {
			t.Fatalf("no error: %v", err)
		}
		field := e.Field
		if field == "" {
			field = "body"
		}
		if e.Message != m.Name || e.Name != v.Reject.Name || e.Code != v.Reject.Code || e.Offset != v.At || field+"."+e.Because != v.Because {
			t.Errorf("got %s at %d because %s.%s of %s, want %s at %d because %s",
				e.Name, e.Offset, field, e.Because, e.Message, v.Reject.Name, v.At, v.Because)
		}
	}
	if m.From == spec.FromServer {
		return
	}
	for _, s := range m.In {
		h := &handler{}
		err := request(h, states[s.Name], v.Frame)
		e, ok := errors.AsType[*chat.Error](err)
		if !ok || uint64(e.Code) != v.Reject.Code || e.Text == "" || h.got != nil {
			t.Errorf("in state %s: %v, %v, want %s", s.Name, h.got, err, v.Reject.Name)
		}
	}
}

// A frame that is cut anywhere within its fields is malformed, and nothing of it is kept.
func TestTruncation(t *testing.T) {
	for _, m := range table(t).Messages {
		for i, v := range m.Vectors {
			if v.Accept == nil || v.Loose {
				continue
			}
			for cut := chat.HeaderSize; cut < len(v.Frame); cut++ {
				_, err := decode(m.From, v.Frame[:cut])
				e, ok := errors.AsType[*codec.Error](err)
				if !ok || e.Because != codec.BecauseTruncated || e.Name != "MALFORMED" || e.Offset > cut || e.Field == "" {
					t.Errorf("%s vector %d cut to %d bytes: %v", m.Name, i, cut, err)
				}
			}
			more := append(bytes.Clone(v.Frame), 0)
			_, err := decode(m.From, more)
			if m.Field("more") != nil {
				if err != nil {
					t.Errorf("%s vector %d with a byte more: %v", m.Name, i, err)
				}
				continue
			}
			if e, ok := errors.AsType[*codec.Error](err); !ok || e.Because != codec.BecauseTrailing || e.Offset != len(v.Frame) {
				t.Errorf("%s vector %d with a byte more: %v", m.Name, i, err)
			}
		}
	}
}

// The states, codes and names of the package are those of the table.
func TestTable(t *testing.T) {
	p := table(t)
	if chat.TableHash != p.Hash {
		t.Errorf("generated from another table: %s, now it is %s", chat.TableHash, p.Hash)
	}
	for _, s := range p.States {
		state, ok := states[s.Name]
		if !ok || state.String() != s.Name {
			t.Fatalf("state %s is %s", s.Name, state)
		}
		if uint64(state.MaxBody()) != p.MaxBody(s) {
			t.Errorf("%s.MaxBody() = %d", s.Name, state.MaxBody())
		}
		for code := range 256 {
			op := chat.Opcode(code)
			m := p.ByCode(spec.FromClient, uint64(code))
			if legal := m != nil && m.LegalIn(s); state.Legal(op) != legal {
				t.Errorf("%s.Legal(%s) = %v", s.Name, op, !legal)
			}
			if m != nil && state.After(op) != states[s.After(m).Name] {
				t.Errorf("%s.After(%s) = %s", s.Name, op, state.After(op))
			}
		}
	}
	for _, e := range p.Errors {
		c := chat.ErrorCode(e.Code)
		if c.String() != e.Name || c.Reaction().String() != string(e.React) || c.Doc() == "" {
			t.Errorf("%s: %s, %s, %q", e.Name, c, c.Reaction(), c.Doc())
		}
	}
	for _, m := range p.Messages {
		op := chat.Opcode(m.Code)
		if op.String() != m.Name {
			t.Errorf("%s is called %s", m.Name, op)
		}
		reply, ok := op.Reply()
		if ok != (m.Reply != nil) || ok && uint64(reply) != m.Reply.Code {
			t.Errorf("%s is answered with %s, %v", m.Name, reply, ok)
		}
		if got := chat.NewClientMessage(op); (got != nil) != (m.From == spec.FromClient) {
			t.Errorf("NewClientMessage(%s) = %v", m.Name, got)
		}
		if got := chat.NewServerMessage(op); (got != nil) != (m.From == spec.FromServer) {
			t.Errorf("NewServerMessage(%s) = %v", m.Name, got)
		}
	}
}
