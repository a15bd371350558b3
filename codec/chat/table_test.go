package chat_test

import (
	"testing"

	"github.com/wirelaw/wirelaw/codec/chat"
	"github.com/wirelaw/wirelaw/spec"
)

// The states, codes and names of the package are those of the table.
func TestTable(t *testing.T) {
	p := table(t)
	if chat.TableHash != p.Hash {
		t.Errorf("generated from another table: %s, now it is %s", chat.TableHash, p.Hash)
	}
	for i, s := range p.States {
		state := chat.State(i)
		if state.String() != s.Name {
			t.Errorf("state %s is called %s", s.Name, state)
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
			if m != nil && state.After(op).String() != s.After(m).Name {
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
