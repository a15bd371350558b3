package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/wirelaw/wirelaw/codec/chat"
	"github.com/wirelaw/wirelaw/server/store"
	"github.com/wirelaw/wirelaw/server/store/memory"
)

// backstop ends a test that hangs; it judges nothing.
const backstop = 30 * time.Second

// start runs a server on loopback for the length of a test.
func start(t *testing.T, o Options, so store.Options) *host {
	t.Helper()
	st := memory.Open(so)
	s := New(st, o)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(context.Background(), ln) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		s.Shutdown(ctx)
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
		if err := st.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return &host{s, ln.Addr().String()}
}

// A host is a server and where it listens.
type host struct {
	*Server
	addr string
}

// A peer is a client that does what it is told.
type peer struct {
	t      *testing.T
	nc     net.Conn
	in     *chat.Reader
	id     uint32
	pushed []*chat.Deliver // not yet asked for
}

func dial(t *testing.T, s *host) *peer {
	t.Helper()
	nc, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	return newPeer(t, nc)
}

func newPeer(t *testing.T, nc net.Conn) *peer {
	t.Cleanup(func() { nc.Close() })
	nc.SetDeadline(time.Now().Add(backstop))
	return &peer{t: t, nc: nc, in: chat.NewReader(nc)}
}

// hello dials and agrees on a version.
func hello(t *testing.T, s *host) *peer {
	t.Helper()
	p := dial(t, s)
	p.greet()
	return p
}

func (p *peer) greet() *chat.Welcome {
	p.t.Helper()
	return call[*chat.Welcome](p, &chat.Hello{Lowest: 1, Highest: 1, Agent: "test/1", Keepalive: 60})
}

// member creates an account and logs in.
func member(t *testing.T, s *host, name string) (*peer, *chat.LoggedIn) {
	t.Helper()
	p := hello(t, s)
	p.create(name)
	return p, p.login(name)
}

const password = "correct horse"

func (p *peer) create(name string) {
	p.t.Helper()
	call[*chat.Created](p, &chat.Create{Name: chat.Username(name), Password: password, Again: password})
}

func (p *peer) login(name string) *chat.LoggedIn {
	p.t.Helper()
	return call[*chat.LoggedIn](p, &chat.Login{Name: chat.Username(name), Password: password, Window: 64})
}

// post sends frames and waits for nothing. It returns the id of the last one.
func (p *peer) post(messages ...chat.ClientMessage) uint32 {
	p.t.Helper()
	var b []byte
	for _, m := range messages {
		p.id++
		var err error
		if b, err = chat.AppendFrame(b, p.id, m); err != nil {
			p.t.Fatal(err)
		}
	}
	p.write(b)
	return p.id
}

func (p *peer) write(b []byte) {
	p.t.Helper()
	if _, err := p.nc.Write(b); err != nil {
		p.t.Fatal(err)
	}
}

// read returns the next frame.
func (p *peer) read() (uint32, chat.ServerMessage, error) {
	hd, body, err := p.in.Next(chat.MaxBody)
	if err != nil {
		return 0, nil, err
	}
	m, err := chat.DecodeServer(hd, body)
	return hd.ID, m, err
}

// reply returns the next reply, which must bear id; deliveries queue apart.
func (p *peer) reply(id uint32) chat.ServerMessage {
	p.t.Helper()
	for {
		got, m, err := p.read()
		if err != nil {
			p.t.Fatalf("no reply to request %d: %v", id, err)
		}
		if d, ok := m.(*chat.Deliver); ok {
			p.pushed = append(p.pushed, d)
			continue
		}
		if got != id {
			p.t.Fatalf("a reply to request %d (%v), want one to %d", got, m, id)
		}
		return m
	}
}

// call sends a request and returns its reply, which must be an M.
func call[M chat.ServerMessage](p *peer, m chat.ClientMessage) M {
	p.t.Helper()
	return want[M](p, p.post(m))
}

// want returns the next reply, which must bear id and be an M.
func want[M chat.ServerMessage](p *peer, id uint32) M {
	p.t.Helper()
	got := p.reply(id)
	m, ok := got.(M)
	if !ok {
		p.t.Fatalf("request %d: got %T %v, want %T", id, got, got, m)
	}
	return m
}

// refused sends a request that must be refused with code.
func (p *peer) refused(m chat.ClientMessage, code chat.ErrorCode) {
	p.t.Helper()
	if e := call[*chat.Error](p, m); e.Code != code || e.Text == "" {
		p.t.Fatalf("%T: got %v %q, want %v", m, e.Code, e.Text, code)
	}
}

// fence returns the deliveries that have come before PONG.
func (p *peer) fence() []*chat.Deliver {
	p.t.Helper()
	call[*chat.Pong](p, &chat.Ping{})
	list := p.pushed
	p.pushed = nil
	return list
}

// texts are the texts of the deliveries that have come before PONG.
func (p *peer) texts() string {
	p.t.Helper()
	var list []string
	for _, d := range p.fence() {
		list = append(list, string(d.Text))
	}
	return fmt.Sprint(list)
}

// ended waits for the end of the connection, before which nothing may come.
func (p *peer) ended() {
	p.t.Helper()
	if id, m, err := p.read(); err != io.EOF {
		p.t.Fatalf("got %d %v, %v; want the end of the connection", id, m, err)
	}
}

// goodbye waits for GOODBYE and the end.
func (p *peer) goodbye(id uint32, r chat.Reason) {
	p.t.Helper()
	if g := want[*chat.Goodbye](p, id); g.Reason != r {
		p.t.Fatalf("GOODBYE with %v, want %v", g.Reason, r)
	}
	p.ended()
}

// halfClose ends the sending side.
func (p *peer) halfClose() {
	p.t.Helper()
	half, ok := p.nc.(interface{ CloseWrite() error })
	if !ok {
		p.t.Fatal(errors.New("this connection cannot be half closed"))
	}
	if err := half.CloseWrite(); err != nil {
		p.t.Fatal(err)
	}
}

// message is a SEND with a fresh key.
func (p *peer) message(to, text string) *chat.Send {
	p.id += 1000 // so that keys of one peer differ
	return &chat.Send{Key: chat.Key{byte(p.id >> 24), byte(p.id >> 16), byte(p.id >> 8), byte(p.id)}, To: chat.Username(to), Text: chat.Text(text)}
}
