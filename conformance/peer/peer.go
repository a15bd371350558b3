// Package peer is an honest model of a server, interpreted from the table, that can be given one fault. It keeps everything in memory
// and hashes nothing. It exists to judge the judges: they must pass it as it is, and catch every fault.
//
// Of the chat protocol it knows everything; a [Host] also what survives a restart. For any other table it finds wrong what the table
// finds wrong, and answers all else with examples.
package peer

import (
	"io"
	"net"
	"sync"
	"time"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// A Server serves a protocol. Its mutex guards all of its state and that of its connections, but for what waits to be written, and is
// held while a request is handled, answered and delivered: a model has to be plain, not fast.
type Server struct {
	p        *spec.Protocol // the honest table
	c        *dynamic.Codec // of the honest table: what is said
	in       *dynamic.Codec // of the table that is kept to: what is understood
	fault    *Fault
	style    Style
	profiles codec.Profiles
	app      app
	features map[string]bool // announced

	mu       sync.Mutex
	conns    map[*Conn]bool
	listener net.Listener
	sick     bool      // a fault has set in
	cutAt    time.Time // when a connection last ended badly
	requests int       // since the start
	dialled  int       // connections since the start
	closed   bool
	wg       sync.WaitGroup
}

// An app carries out requests that keep to all checks of a table. Its methods are called with the server's lock held.
type app interface {
	// handle returns the reply, nil for silence, or the error of the message that refuses it.
	handle(c *Conn, m *dynamic.Message) (*dynamic.Message, *spec.Error)
	// push sends what is due to a connection.
	push(c *Conn)
	// left is told that a connection has ended.
	left(c *Conn)
}

// New returns a server of a protocol. A nil fault makes it honest. The table must not change afterwards; a fault in it is made in a copy.
func New(p *spec.Protocol, fault *Fault) *Server {
	if fault == nil {
		fault = &Fault{}
	}
	s := &Server{p: p, c: dynamic.New(p), fault: fault, style: fault.Style.filled(), conns: map[*Conn]bool{}, features: map[string]bool{}}
	s.in = s.c
	if fault.Table != nil {
		other, err := spec.Load(p.File, p.Source)
		if err != nil {
			panic(err) // p was loaded from that
		}
		fault.Table(other)
		s.in = dynamic.New(other)
	}
	for _, f := range p.Features {
		s.features[f.Name] = true
	}
	if p.ID == "chat" {
		delete(s.features, "DURABLE") // that is for a Host
		if s.style.Strings == nil {
			delete(s.features, "UNICODE_NAMES")
		}
	}
	for _, name := range fault.Without {
		delete(s.features, name)
	}
	s.app = plain{s}
	if p.ID == "chat" {
		s.chat(newChat(s))
	}
	return s
}

// chat lets the server be that of a.
func (s *Server) chat(a *chat) {
	s.app, s.profiles = a, noProfile{}
	if s.features["UNICODE_NAMES"] {
		s.profiles = profiles{a, s.style.Strings}
	}
}

// Serve accepts connections until the listener is closed. Close ends it.
func (s *Server) Serve(ln net.Listener) {
	s.mu.Lock()
	s.listener = ln
	if s.closed {
		ln.Close()
	}
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
	s.closed = true
	if s.listener != nil {
		s.listener.Close()
	}
	for c := range s.conns {
		c.cut()
	}
}

// ServeConn serves one connection and returns when it has ended.
func (s *Server) ServeConn(nc net.Conn) {
	c := newConn(s, nc)
	s.mu.Lock()
	s.conns[c] = true
	s.dialled++
	if s.closed || s.dialled > 300 && s.is(NoMoreAfter300) {
		c.cut()
	}
	s.mu.Unlock()
	s.wg.Go(c.out.run)
	polite := c.serve()
	s.mu.Lock()
	s.app.left(c)
	delete(s.conns, c)
	s.pushAll()
	s.mu.Unlock()
	c.out.end()
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

// pushAll sends every connection what is due.
func (s *Server) pushAll() {
	for c := range s.conns {
		s.app.push(c)
	}
}

// is reports whether the server has a bug.
func (s *Server) is(b Bug) bool { return s.fault.Bug == b }

// later calls f in a while, with the lock held, unless the server is closed by then.
func (s *Server) later(d time.Duration, f func()) {
	time.AfterFunc(d, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if !s.closed {
			f()
			s.pushAll()
		}
	})
}

// error finds an error in the table that is kept to.
func (s *Server) error(name string) *spec.Error { return s.in.Protocol().Error(name) }
