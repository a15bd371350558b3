package peer

import (
	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// plain is the app of any table: every request succeeds, and is answered with the example of its reply, which repeats what it has to of
// the request.
type plain struct{ s *Server }

func (a plain) handle(_ *Conn, m *dynamic.Message) (*dynamic.Message, *spec.Error) {
	r := dynamic.ReplyTo(m)
	if r == nil {
		return nil, nil
	}
	reply := a.s.c.Example(a.s.p.Message(r.End.Name))
	for _, f := range reply.Spec.Fields {
		if same := f.SameAs; same != nil && same.Message.Name == m.Spec.Name {
			if v, there := m.Get(same.Field.Name); there {
				reply.Set(f.Name, v)
			}
		}
		if f.Type.Flags {
			bits := uint64(0)
			for name := range a.s.features {
				bits |= 1 << a.s.p.Feature(name).Bit
			}
			reply.Set(f.Name, bits)
		}
	}
	return reply, nil
}

func (plain) push(*Conn) {}

func (plain) left(*Conn) {}
