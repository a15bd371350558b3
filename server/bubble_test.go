package server

import (
	"context"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wirelaw/wirelaw/codec/chat"
	"github.com/wirelaw/wirelaw/server/store"
	"github.com/wirelaw/wirelaw/server/store/memory"
)

// A pipes is a listener whose connections are pipes in memory: time in a bubble
// of synctest stands still while real sockets are waited for.
type pipes struct {
	made   chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (l *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-l.made:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipes) Close() error   { l.once.Do(func() { close(l.closed) }); return nil }
func (l *pipes) Addr() net.Addr { return &net.UnixAddr{} }

// bubble runs f with a server in a bubble of fake time.
func bubble(t *testing.T, o Options, f func(t *testing.T, s *Server, dial func() *peer)) {
	synctest.Test(t, func(t *testing.T) {
		st := memory.Open(store.Options{})
		s := New(st, o)
		l := &pipes{made: make(chan net.Conn), closed: make(chan struct{})}
		served := make(chan error, 1)
		go func() { served <- s.Serve(context.Background(), l) }()
		f(t, s, func() *peer {
			ours, theirs := net.Pipe()
			l.made <- theirs
			t.Cleanup(func() { ours.Close() })
			return &peer{t: t, nc: ours, in: chat.NewReader(ours)}
		})
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		s.Shutdown(ctx)
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
		st.Close()
	})
}

// after is how long ago start was, to the second.
func after(start time.Time) time.Duration { return time.Since(start).Truncate(time.Second) }

func TestNoHello(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, s *Server, dial func() *peer) {
		p, began := dial(), time.Now()
		for range 4 { // a PING does not put it off
			time.Sleep(time.Second)
			call[*chat.Pong](p, &chat.Ping{})
		}
		if g := want[*chat.Goodbye](p, 0); g.Reason != chat.ReasonNoHello || after(began) != chat.HelloTimeout {
			t.Errorf("GOODBYE with %v after %v", g.Reason, after(began))
		}
		p.ended()
	})
}

func TestIdle(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, s *Server, dial func() *peer) {
		p := dial()
		call[*chat.Welcome](p, &chat.Hello{Lowest: 1, Highest: 1, Keepalive: 10})
		for range 3 { // every PING puts it off
			time.Sleep(14 * time.Second)
			call[*chat.Pong](p, &chat.Ping{})
		}
		began := time.Now()
		if g := want[*chat.Goodbye](p, 0); g.Reason != chat.ReasonIdle || after(began) != 15*time.Second {
			t.Errorf("GOODBYE with %v after %v", g.Reason, after(began))
		}
		p.ended()
	})
}

// A frame that comes byte by byte must still come to its end.
func TestUnfinishedFrame(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, s *Server, dial func() *peer) {
		p := dial()
		call[*chat.Welcome](p, &chat.Hello{Lowest: 1, Highest: 1, Keepalive: 10})
		time.Sleep(5 * time.Second)
		began := time.Now()
		frame, _ := chat.AppendFrame(nil, 7, &chat.List{Pattern: "0123456789", By: chat.ListingWildcard})
		done := make(chan struct{})
		go func() {
			defer close(done)
			for _, b := range frame {
				if _, err := p.nc.Write([]byte{b}); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		}()
		if g := want[*chat.Goodbye](p, 0); g.Reason != chat.ReasonIdle || after(began) != 15*time.Second {
			t.Errorf("GOODBYE with %v after %v", g.Reason, after(began))
		}
		p.ended()
		<-done
	})
}

// A client that does not read is closed, but not while it takes a little.
func TestStuckWrite(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, s *Server, dial func() *peer) {
		p, began := dial(), time.Now()
		if _, err := p.nc.Write(frame(t, 1, &chat.Ping{})); err != nil {
			t.Fatal(err)
		}
		for { // the pipe takes requests until the server gives up
			if _, err := p.nc.Write(frame(t, 1, &chat.Ping{})); err != nil {
				break
			}
		}
		if got := after(began); got != chat.WriteTimeout {
			t.Errorf("closed after %v, want %v", got, chat.WriteTimeout)
		}
	})
}

func frame(t *testing.T, id uint32, m chat.ClientMessage) []byte {
	t.Helper()
	b, err := chat.AppendFrame(nil, id, m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A slow reader keeps its connection as long as it takes something in time.
func TestSlowReader(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, s *Server, dial func() *peer) {
		p := dial()
		p.greet()
		p.create("alice")
		p.login("alice")
		big := &chat.Send{To: "alice", Text: chat.Text(make([]byte, 16384))}
		for i := range 8 {
			big.Key[0] = byte(i)
			call[*chat.Accepted](p, big)
		}
		for len(p.pushed) < 8 {
			time.Sleep(9 * time.Second)
			_, m, err := p.read()
			if err != nil {
				t.Fatal(err)
			}
			p.pushed = append(p.pushed, m.(*chat.Deliver))
		}
		call[*chat.Pong](p, &chat.Ping{})
	})
}

// The last frame is not lost: the server reads on for a while, then closes.
func TestDrain(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, s *Server, dial func() *peer) {
		p := dial()
		p.post(&chat.Bye{})
		want[*chat.Goodbye](p, p.id)
		began := time.Now()
		for {
			if _, err := p.nc.Write(make([]byte, 100)); err != nil {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		if got := after(began); got != chat.DrainTimeout {
			t.Errorf("closed after %v, want %v", got, chat.DrainTimeout)
		}
	})
}

func TestTokenExpires(t *testing.T) {
	bubble(t, Options{TokenLife: time.Hour}, func(t *testing.T, s *Server, dial func() *peer) {
		p := dial()
		call[*chat.Welcome](p, &chat.Hello{Lowest: 1, Highest: 1, Keepalive: 300})
		p.create("alice")
		in := p.login("alice")
		p.post(&chat.Bye{})
		p.goodbye(p.id, chat.ReasonBye)
		time.Sleep(59 * time.Minute)
		p = dial()
		p.greet()
		call[*chat.LoggedIn](p, &chat.Resume{Token: in.Token, Window: 1})
		p.post(&chat.Bye{})
		p.goodbye(p.id, chat.ReasonBye)
		time.Sleep(61 * time.Minute)
		p = dial()
		p.greet()
		p.refused(&chat.Resume{Token: in.Token, Window: 1}, chat.CodeBadToken)
	})
}
