package peer

import (
	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// plain is the app of any table: every request succeeds, and is answered with the example of its reply.
type plain struct{ s *Server }

func (a plain) handle(_ *Conn, m *dynamic.Message) (*dynamic.Message, *spec.Error) {
	if m.Spec.Reply == nil {
		return nil, nil
	}
	return a.s.c.Example(a.s.p.Message(m.Spec.Reply.Name)), nil
}

func (plain) push(*Conn) {}

func (plain) left(*Conn) {}
