package proxy

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/spec"
)

// A Finding is something that one side has done and the table forbids.
type Finding struct {
	Conn     string         // "c1", "c2" …
	Side     spec.Direction // who is at fault
	Rule     string         // that is broken, "" if none says so in particular
	Expected string
	Got      string
	Event    conformance.Event // the frame at fault
	Index    int               // of the event in the transcript of the connection, -1 if that was full
}

// Options of a Proxy. Codec and Dial are needed.
type Options struct {
	Codec *dynamic.Codec
	Dial  func(context.Context) (net.Conn, error) // to the server
	// Tell is called for each finding as it is found, by one goroutine at a time. May be nil.
	Tell func(Finding)
	// Done is called when a connection has ended, by one goroutine at a time. May be nil.
	Done func(*Conn)
	// Most is how many connections there may be at a time; 0: 256. Others wait.
	Most int
}

// A Proxy passes connections on and judges them. Its methods may be called from many goroutines.
type Proxy struct {
	o     Options
	slots chan struct{}

	mu       sync.Mutex // also serialises Tell and Done
	links    map[*Conn]bool
	count    int
	findings int
	frames   int
	closed   bool
}

// New returns a proxy.
func New(o Options) *Proxy {
	if o.Most < 1 {
		o.Most = 256
	}
	return &Proxy{o: o, slots: make(chan struct{}, o.Most), links: map[*Conn]bool{}}
}

// Counts returns how many connections there were, how many frames passed and how many findings there are.
func (p *Proxy) Counts() (connections, frames, findings int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.count, p.frames, p.findings
}

// Serve accepts connections until ctx ends, which closes them all; it returns when nothing of them is left.
func (p *Proxy) Serve(ctx context.Context, ln net.Listener) error {
	stop := context.AfterFunc(ctx, func() {
		ln.Close()
		p.mu.Lock()
		p.closed = true
		for c := range p.links {
			c.close()
		}
		p.mu.Unlock()
	})
	defer stop()
	var all sync.WaitGroup
	defer all.Wait()
	for {
		nc, err := ln.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		select {
		case p.slots <- struct{}{}:
		case <-ctx.Done():
			nc.Close()
			return nil
		}
		all.Go(func() {
			defer func() { <-p.slots }()
			p.serve(ctx, nc)
		})
	}
}

// serve passes one connection on until both its directions have ended.
func (p *Proxy) serve(ctx context.Context, client net.Conn) {
	defer client.Close()
	p.mu.Lock()
	p.count++
	c := newConn(p, p.count)
	p.mu.Unlock()
	server, err := p.o.Dial(ctx)
	if err != nil {
		c.note(spec.FromServer, "cannot be reached: "+err.Error())
		reset(client)
		p.end(c)
		return
	}
	defer server.Close()
	c.client, c.server = client, server
	p.mu.Lock()
	p.links[c] = true
	closed := p.closed
	p.mu.Unlock()
	if closed {
		c.close()
	}
	c.note(spec.FromClient, "connects")
	var both sync.WaitGroup
	both.Go(func() { c.pump(spec.FromClient, client, server) })
	both.Go(func() { c.pump(spec.FromServer, server, client) })
	both.Wait()
	p.mu.Lock()
	delete(p.links, c)
	p.mu.Unlock()
	c.over()
	p.end(c)
}

func (p *Proxy) end(c *Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.o.Done != nil {
		p.o.Done(c)
	}
}

// tell passes a finding on.
func (p *Proxy) tell(f Finding) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.findings++
	if p.o.Tell != nil {
		p.o.Tell(f)
	}
}

func (c *Conn) close() {
	c.client.Close()
	c.server.Close()
}

// pump passes one direction on. What came is judged before the other side can answer it.
func (c *Conn) pump(from spec.Direction, in, out net.Conn) {
	buf := make([]byte, 32<<10)
	for {
		n, err := in.Read(buf)
		if n > 0 {
			c.saw(from, buf[:n])
			if _, err := out.Write(buf[:n]); err != nil {
				// The other side is gone; what it has said last still passes in the other direction.
				c.note(from, "is not heard any more")
				io.Copy(io.Discard, in)
				return
			}
		}
		switch {
		case err == nil:
		case err == io.EOF:
			c.ended(from, "ends the stream", true)
			half(out)
			return
		case errors.Is(err, net.ErrClosed):
			return
		default:
			c.ended(from, "resets the connection", false)
			reset(out)
			return
		}
	}
}

// half ends one side of a stream.
func half(nc net.Conn) {
	if h, ok := nc.(interface{ CloseWrite() error }); ok {
		h.CloseWrite()
		return
	}
	nc.Close()
}

// reset ends a connection at once, as the other one was.
func reset(nc net.Conn) {
	if tcp, ok := nc.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	nc.Close()
}
