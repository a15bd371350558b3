package server

import (
	"context"
	"errors"
	"net"
	"os"
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

// A lab is a server in a bubble of fake time.
type lab struct {
	*Server
	pipes *pipes
	wrap  func(net.Conn) net.Conn // what the server gets instead of a connection; may be nil
}

func (l *lab) dial(t *testing.T) *peer {
	ours, theirs := net.Pipe()
	if l.wrap != nil {
		theirs = l.wrap(theirs)
	}
	l.pipes.made <- theirs
	t.Cleanup(func() { ours.Close() })
	return &peer{t: t, nc: ours, in: chat.NewReader(ours)}
}

// bubble runs f with a server in a bubble of fake time.
func bubble(t *testing.T, o Options, f func(t *testing.T, l *lab)) {
	synctest.Test(t, func(t *testing.T) {
		st := memory.Open(store.Options{})
		s := New(st, o)
		l := &pipes{made: make(chan net.Conn), closed: make(chan struct{})}
		served := make(chan error, 1)
		go func() { served <- s.Serve(context.Background(), l) }()
		f(t, &lab{Server: s, pipes: l})
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
	bubble(t, Options{}, func(t *testing.T, l *lab) {
		p, began := l.dial(t), time.Now()
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
	bubble(t, Options{}, func(t *testing.T, l *lab) {
		p := l.dial(t)
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
	bubble(t, Options{}, func(t *testing.T, l *lab) {
		p := l.dial(t)
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
	bubble(t, Options{}, func(t *testing.T, l *lab) {
		p, began := l.dial(t), time.Now()
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
	bubble(t, Options{}, func(t *testing.T, l *lab) {
		p := l.dial(t)
		p.greet()
		p.create("alice")
		p.login("alice")
		big := &chat.Send{To: "alice", Text: chat.Text(make([]byte, 16384))}
		for i := range 8 {
			big.Key[0] = byte(i)
			call[*chat.Accepted](p, big)
		}
		for len(p.pushed) < 8 {
			time.Sleep(4 * time.Second) // what goes out at once may be a part of two frames
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
	bubble(t, Options{}, func(t *testing.T, l *lab) {
		p := l.dial(t)
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
	bubble(t, Options{TokenLife: time.Hour}, func(t *testing.T, l *lab) {
		p := l.dial(t)
		call[*chat.Welcome](p, &chat.Hello{Lowest: 1, Highest: 1, Keepalive: 300})
		p.create("alice")
		in := p.login("alice")
		p.post(&chat.Bye{})
		p.goodbye(p.id, chat.ReasonBye)
		time.Sleep(59 * time.Minute)
		p = l.dial(t)
		p.greet()
		call[*chat.LoggedIn](p, &chat.Resume{Token: in.Token, Window: 1})
		p.post(&chat.Bye{})
		p.goodbye(p.id, chat.ReasonBye)
		time.Sleep(61 * time.Minute)
		p = l.dial(t)
		p.greet()
		p.refused(&chat.Resume{Token: in.Token, Window: 1}, chat.CodeBadToken)
	})
}

// A half is a connection whose sending side can be ended.
type half struct {
	net.Conn
	ended, closed *time.Time
}

func (h half) CloseWrite() error { *h.ended = time.Now(); return nil }
func (h half) Close() error      { *h.closed = time.Now(); return h.Conn.Close() }

// Before a server closes it ends its side of the stream, and goes on reading.
func TestCloseWrite(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, l *lab) {
		var ended, closed time.Time
		l.wrap = func(c net.Conn) net.Conn { return half{c, &ended, &closed} }
		p, began := l.dial(t), time.Now()
		p.post(&chat.Bye{})
		p.goodbye(p.id, chat.ReasonBye)
		if ended != began || closed != began.Add(chat.DrainTimeout) {
			t.Errorf("ended after %v, closed after %v", ended.Sub(began), closed.Sub(began))
		}
	})
}

// A far connection comes from another machine.
type far struct{ net.Conn }

func (far) RemoteAddr() net.Addr { return address("192.0.2.1:1234") }

// Guesses from afar are slowed down, whether the name exists or not.
func TestGuessing(t *testing.T) {
	for _, name := range []chat.Username{"alice", "nobody"} {
		bubble(t, Options{}, func(t *testing.T, l *lab) {
			l.wrap = func(c net.Conn) net.Conn { return far{c} }
			p := l.dial(t)
			p.greet()
			p.create("alice")
			guess := &chat.Login{Name: name, Password: "wrong password", Window: 1}
			for range throttleBurst - 1 { // a hash each would take long
				l.failures.add(far{}.RemoteAddr())
			}
			p.refused(guess, chat.CodeBadCredentials)
			p.refused(guess, chat.CodeBusy)
			time.Sleep(throttleEvery)
			p.refused(guess, chat.CodeBadCredentials)
			p.refused(guess, chat.CodeBusy)
			time.Sleep(throttleEvery)
			p.login("alice")
		})
	}
}

// A strange store gives out sessions that do not wake, and that can be held back
// when they are released.
type strange struct {
	store.Store
	release chan struct{} // receives before a session is released; nil: at once
}

type strangeSession struct {
	store.Session
	release <-chan struct{}
}

func (s strange) Claim(ctx context.Context, a store.Account, token store.TokenHash, expires time.Time) (store.Session, error) {
	session, err := s.Store.Claim(ctx, a, token, expires)
	return strangeSession{session, s.release}, err
}

func (s strangeSession) Woken() <-chan struct{} { return nil }

func (s strangeSession) Release() {
	if s.release != nil {
		<-s.release
	}
	s.Session.Release()
}

// The fence looks for itself, and does not rely on being woken.
func TestFenceUnwoken(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, l *lab) {
		l.store = strange{Store: l.store}
		p := l.dial(t)
		p.greet()
		p.create("alice")
		p.login("alice")
		synctest.Wait() // the deliverer has looked for the first time
		p.sendAll("alice", 3)
		if got := p.texts(); got != "[0 1 2]" {
			t.Errorf("got %s", got)
		}
	})
}

// The session is free before GOODBYE is sent.
func TestFreeBeforeGoodbye(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, l *lab) {
		release := make(chan struct{})
		l.store = strange{l.store, release}
		p := l.dial(t)
		p.greet()
		p.create("alice")
		p.login("alice")
		id := p.post(&chat.Bye{})
		synctest.Wait()
		p.nc.SetReadDeadline(time.Now().Add(time.Second))
		if _, m, err := p.read(); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("got %T, %v before the session was free", m, err)
		}
		p.nc.SetReadDeadline(time.Time{})
		release <- struct{}{}
		p.goodbye(id, chat.ReasonBye)
	})
}
