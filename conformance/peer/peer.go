// Package peer is an honest model of a chat server, interpreted from the table, that can be given one fault. It keeps
// everything in memory and hashes nothing. It exists to judge the judges: they must pass it as it is, and catch every fault.
package peer

import (
	"io"
	"net"
	"sync"
	"time"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// Features are what a Server announces, by bit. The feature of expressions is not among them.
const features = "RESUME"

// A Server serves the chat protocol. Its mutex guards all of its state and that of its connections, and is held while a
// request is handled, answered and delivered: a model has to be plain, not fast.
type Server struct {
	c       *dynamic.Codec
	p       *spec.Protocol
	fault   *Fault
	refuse  refuseAll
	handler map[string]func(*Conn, *dynamic.Message) (*dynamic.Message, *spec.Error)

	mu       sync.Mutex
	users    map[string]*user
	tokens   map[string]*user
	keys     map[string]*sent
	conns    map[*Conn]bool
	listener net.Listener
	last     uint64 // the last number given out, for whatever purpose
	sick     bool   // a fault has set in
	wg       sync.WaitGroup
}

// New returns a server of the chat protocol. A nil fault makes it honest.
func New(p *spec.Protocol, fault *Fault) *Server {
	s := &Server{
		c: dynamic.New(p), p: p, fault: fault, users: map[string]*user{}, tokens: map[string]*user{},
		keys: map[string]*sent{}, conns: map[*Conn]bool{},
	}
	if s.fault == nil {
		s.fault = &Fault{}
	}
	s.handler = handlers(s)
	return s
}

// Serve accepts connections until the listener is closed. Close ends it.
func (s *Server) Serve(ln net.Listener) {
	s.mu.Lock()
	s.listener = ln
	s.mu.Unlock()
	for {
		nc, err := ln.Accept()
		if err != nil {
			return
		}
		s.wg.Go(func() { s.ServeConn(nc) })
	}
}

// Close closes the listener and all connections, and waits until nothing of the server is left.
func (s *Server) Close() {
	s.mu.Lock()
	s.crash()
	s.mu.Unlock()
	s.wg.Wait()
}

// crash ends everything at once.
func (s *Server) crash() {
	if s.listener != nil {
		s.listener.Close()
	}
	for c := range s.conns {
		c.nc.Close()
	}
}

// A Conn is one connection.
type Conn struct {
	s     *Server
	nc    net.Conn
	state *spec.State
	user  *user
	held  [][]byte // frames that a fault keeps back

	window, unacked int
	shown, acked    uint64 // sequences
	gone            bool   // its session was taken over, and it is closed
	deaf            bool   // a fault: requests are not answered any more
}

// ServeConn serves one connection and returns when it has ended.
func (s *Server) ServeConn(nc net.Conn) {
	c := &Conn{s: s, nc: nc, state: s.p.Start()}
	s.mu.Lock()
	s.conns[c] = true
	s.mu.Unlock()
	polite := c.serve()
	s.mu.Lock()
	c.leave()
	delete(s.conns, c)
	s.mu.Unlock()
	if polite {
		c.drain()
	}
	nc.Close()
}

// drain ends our side of the stream and discards what still comes, so that nothing sent is lost to a reset.
func (c *Conn) drain() {
	h, ok := c.nc.(interface{ CloseWrite() error })
	if !ok || h.CloseWrite() != nil {
		return
	}
	c.nc.SetReadDeadline(time.Now().Add(time.Second))
	io.Copy(io.Discard, c.nc)
}

// serve answers requests until the connection ends. It is true if the stream should be ended politely.
func (c *Conn) serve() bool {
	header := make([]byte, c.s.c.HeaderSize())
	for {
		if _, err := io.ReadFull(c.nc, header); err != nil {
			return true
		}
		frame := append([]byte{}, header...)
		c.s.mu.Lock()
		_, se, _ := c.s.c.CheckRequest(c.state, frame, c.s.refuse)
		c.s.mu.Unlock()
		if se == nil || se.React == spec.ReactReply {
			n, _ := c.s.c.BodyLen(c.s.c.ParseHeader(header))
			if n > c.s.c.MaxBody(nil) {
				n = 0 // a fault lets a length pass that is no length
			}
			frame = append(frame, make([]byte, n)...)
			if _, err := io.ReadFull(c.nc, frame[len(header):]); err != nil {
				return true
			}
		}
		c.s.mu.Lock()
		goOn := c.handle(frame)
		c.s.mu.Unlock()
		if !goOn {
			return !c.s.fault.Reset
		}
	}
}

// handle answers one request. It is false if the connection ends with it.
func (c *Conn) handle(frame []byte) bool {
	if c.gone {
		return false
	}
	s := c.s
	h := s.c.ParseHeader(frame)
	req := Request{Message: s.c.Lookup(spec.FromClient, h.Opcode), ID: h.ID, Frame: frame, State: c.state}
	m, se, _ := s.c.CheckRequest(c.state, frame, s.refuse)
	var reply *dynamic.Message
	if se == nil {
		se = c.needs(m)
	}
	if s.fault.Check != nil {
		se = s.fault.Check(c, req, se)
	}
	next := c.state
	if se == nil {
		if m == nil { // a fault lets it pass
			m = s.c.Example(req.Message)
			m.ID = h.ID
		}
		reply, se = s.handler[m.Spec.Name](c, m)
	}
	if se == nil {
		next = c.state.After(req.Message)
	}
	req.Error = se
	if se != nil {
		reply = s.refusal(se)
	}
	goOn := !next.End && (se == nil || se.React == spec.ReactReply)
	if reply != nil {
		reply.ID = h.ID
		c.answer(req, reply)
	}
	c.state = next
	if s.fault.After != nil {
		goOn = s.fault.After(c, req, goOn)
	}
	for other := range s.conns {
		other.deliver()
	}
	return goOn
}

// needs returns the error for features that are not announced.
func (c *Conn) needs(m *dynamic.Message) *spec.Error {
	for _, f := range c.s.c.Needs(m) {
		if f.Name != features {
			return c.s.p.Check(spec.CheckFeature).Error
		}
	}
	return nil
}

func (c *Conn) answer(req Request, reply *dynamic.Message) {
	frames := [][]byte{c.s.c.AppendIllegal(nil, reply)}
	if c.s.fault.Answer != nil {
		frames = c.s.fault.Answer(c, req, frames[0])
	}
	if c.deaf {
		return
	}
	for _, f := range frames {
		c.write(f)
	}
}

func (c *Conn) write(b []byte) {
	c.nc.SetWriteDeadline(time.Now().Add(10 * time.Second))
	c.nc.Write(b)
}

func (s *Server) refusal(e *spec.Error) *dynamic.Message {
	m := s.c.Example(s.p.ErrorMessage())
	m.Fields = nil
	m.Set("code", e.Code)
	m.Set("text", "this is "+e.Name)
	m.Set("more", dynamic.Raw{})
	if f := m.Spec.Field("lowest"); f.If != nil && f.If.Values[0] == e.Code {
		m.Set("lowest", uint64(1))
		m.Set("highest", uint64(1))
	}
	return m
}

// refuseAll lets no character beyond ASCII pass, as is right without the feature.
type refuseAll struct{}

func (refuseAll) Check(string, string) (int, bool) { return 0, false }
