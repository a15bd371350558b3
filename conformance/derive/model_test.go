package derive_test

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// A model is a server of any table. It finds wrong what the table finds wrong, lets everything else succeed, and answers with
// examples. change, if not nil, makes it faulty: it gets what a frame earns, nil for success, and says what it earns instead.
type model struct {
	c      *dynamic.Codec
	p      *spec.Protocol
	change func(s *spec.State, h dynamic.Header, frame []byte, e *spec.Error) *spec.Error
	mute   func(s *spec.State, h dynamic.Header, e *spec.Error) bool // no answer is sent
	slow   bool                                                      // one byte per write

	mu    sync.Mutex
	conns map[net.Conn]bool
	wg    sync.WaitGroup
}

// serve runs m for the length of the test and returns its address.
func (m *model) serve(t testing.TB, p *spec.Protocol) string {
	t.Helper()
	m.p, m.c, m.conns = p, dynamic.New(p), map[net.Conn]bool{}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m.wg.Go(func() {
		for {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			m.mu.Lock()
			m.conns[nc] = true
			m.mu.Unlock()
			m.wg.Go(func() { m.converse(nc) })
		}
	})
	t.Cleanup(func() {
		ln.Close()
		m.mu.Lock()
		for nc := range m.conns {
			nc.Close()
		}
		m.mu.Unlock()
		m.wg.Wait()
	})
	return ln.Addr().String()
}

// converse serves one connection, and drains it at the end.
func (m *model) converse(nc net.Conn) {
	defer func() {
		m.mu.Lock()
		delete(m.conns, nc)
		m.mu.Unlock()
		nc.Close()
	}()
	state := m.p.Start()
	for !state.End {
		frame := make([]byte, m.c.HeaderSize())
		if _, err := io.ReadFull(nc, frame); err != nil {
			break
		}
		h := m.c.ParseHeader(frame)
		_, e, _ := m.c.CheckRequest(state, frame, nil)
		if e = m.changed(state, h, frame, e); e == nil || e.React == spec.ReactReply {
			n, _ := m.c.BodyLen(h)
			if n > 1<<20 {
				break
			}
			frame = append(frame, make([]byte, n)...)
			if _, err := io.ReadFull(nc, frame[m.c.HeaderSize():]); err != nil {
				break
			}
			_, e, _ = m.c.CheckRequest(state, frame, nil)
			e = m.changed(state, h, frame, e)
		}
		request := m.c.Lookup(spec.FromClient, h.Opcode)
		if request == nil && e == nil {
			continue // a fault lets it pass
		}
		m.answer(nc, state, h, request, e)
		if e == nil {
			state = state.After(request)
		} else if e.React != spec.ReactReply {
			break
		}
	}
	if nc.(*net.TCPConn).CloseWrite() == nil {
		nc.SetReadDeadline(time.Now().Add(time.Second))
		io.Copy(io.Discard, nc)
	}
}

func (m *model) changed(s *spec.State, h dynamic.Header, frame []byte, e *spec.Error) *spec.Error {
	if m.change != nil {
		return m.change(s, h, frame, e)
	}
	return e
}

func (m *model) answer(nc net.Conn, s *spec.State, h dynamic.Header, request *spec.Message, e *spec.Error) {
	var reply *dynamic.Message
	switch {
	case m.mute != nil && m.mute(s, h, e), e == nil && request.Reply == nil, e != nil && e.React == spec.ReactClose:
		return
	case e == nil:
		reply = m.c.Example(request.Reply)
	case m.p.ErrorMessage() == nil:
		return
	default:
		for _, f := range m.p.ErrorMessage().Fields {
			if f.Type.ErrorSet {
				code := &spec.Value{Uint: e.Code}
				reply = m.c.With(m.p.ErrorMessage(), 0, []spec.NamedValue{{Name: f.Name, Value: code}})
			}
		}
	}
	reply.ID = h.ID
	b := m.c.AppendIllegal(nil, reply)
	if !m.slow {
		nc.Write(b)
		return
	}
	for i := range b {
		nc.Write(b[i : i+1])
	}
}
