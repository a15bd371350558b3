package client

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wirelaw/wirelaw/codec/chat"
)

// network gives the session connections whose other ends the test plays.
type network struct {
	t     *testing.T
	fakes chan *fake
	down  atomic.Bool // the network refuses
	dials atomic.Int32
}

func (n *network) dial(ctx context.Context) (*Client, error) {
	n.dials.Add(1)
	if n.down.Load() {
		return nil, errors.New("connection refused")
	}
	near, far := net.Pipe()
	c := New(near, Options{})
	n.fakes <- newFake(n.t, far)
	if _, err := c.Hello(ctx); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// next waits for the next connection and greets.
func (n *network) next() *fake {
	n.t.Helper()
	f := <-n.fakes
	f.greet()
	return f
}

// events keeps what the session told.
type events chan Event

func (e events) want(t *testing.T, k EventKind) Event {
	t.Helper()
	got := <-e
	if got.Kind != k {
		t.Fatalf("event is %v (%v), want %v", got.Kind, got.Err, k)
	}
	return got
}

// converse runs a test with a session whose member is logged in on f, in a bubble of synthetic time.
func converse(t *testing.T, o SessionOptions, test func(t *testing.T, s *Session, n *network, f *fake, e events)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		n := &network{t: t, fakes: make(chan *fake, 1)}
		e := make(events, 1000)
		o.Dial, o.Notify = n.dial, func(ev Event) { e <- ev }
		open := call2(func() (*Session, error) { return Open(t.Context(), "", o) })
		f := n.next()
		s := open.get(t)
		defer func() {
			s.cancel()
			<-s.Done()
		}()
		login := call2(func() (*Member, error) { return s.Login(t.Context(), "alice", "sesame") })
		f.login()
		if m := login.get(t); m.Name != "Alice" || m.Incarnation != 17 {
			t.Fatalf("member is %+v", m)
		}
		test(t, s, n, f, e)
	})
}

func (f *fake) resume() {
	f.t.Helper()
	id, m := want[*chat.Resume](f)
	if string(m.Token) != "token" {
		f.t.Fatalf("token is %q", string(m.Token))
	}
	f.say(id, loggedIn())
}

func TestSessionDropsRepeats(t *testing.T) {
	converse(t, SessionOptions{}, func(t *testing.T, s *Session, n *network, f *fake, e events) {
		next := func(want chat.Sequence) *Delivery {
			t.Helper()
			d, err := s.Next(t.Context())
			if err != nil || d.Sequence != want {
				t.Fatalf("delivery is %+v, %v; want %d", d, err, want)
			}
			return d
		}
		for i := chat.Sequence(1); i <= 4; i++ {
			f.deliver(i, "x")
		}
		one := next(1)
		two := next(2)
		s.Ack(one)
		if _, m := want[*chat.Ack](f); m.Sequence != 1 {
			t.Errorf("ACK is %d", m.Sequence)
		}
		f.conn.Close() // the ACK was lost; 3 and 4 were not taken
		e.want(t, Disconnected)
		f = n.next()
		s.Ack(two) // before the session is there again
		f.resume()
		e.want(t, Reconnected)
		for i := chat.Sequence(1); i <= 3; i++ {
			f.deliver(i, "x")
		}
		three := next(3)
		for _, sequence := range []chat.Sequence{1, 2} {
			if _, m := want[*chat.Ack](f); m.Sequence != sequence {
				t.Errorf("ACK is %d, want %d", m.Sequence, sequence)
			}
		}
		s.Ack(three)
		if _, m := want[*chat.Ack](f); m.Sequence != 3 {
			t.Errorf("ACK is %d", m.Sequence)
		}
		f.deliver(4, "x")
		f.deliver(5, "x")
		synctest.Wait()
		next(4)
		if d := s.TryNext(); d == nil || d.Sequence != 5 {
			t.Errorf("delivery is %+v", d)
		}
	})
}

func TestSessionNextWaitsForALogin(t *testing.T) {
	converse(t, SessionOptions{}, func(t *testing.T, s *Session, n *network, f *fake, e events) {
		next := call2(func() (*Delivery, error) { return s.Next(t.Context()) })
		synctest.Wait()
		logout := call1(func() error { return s.Logout(t.Context()) })
		id, _ := want[*chat.Logout](f)
		f.say(id, &chat.LoggedOut{})
		logout.get(t)
		if _, err := s.Post(t.Context(), "bob", "hi"); !errors.Is(err, ErrNotLoggedIn) {
			t.Errorf("error is %v", err)
		}
		login := call2(func() (*Member, error) { return s.Login(t.Context(), "bob", "sesame") })
		id, _ = want[*chat.Login](f)
		f.say(id, &chat.LoggedIn{Name: "bob", Incarnation: 3, Epoch: 5})
		login.get(t)
		f.deliver(1, "for bob")
		if d := next.get(t); d.Text != "for bob" {
			t.Errorf("delivery is %+v", d)
		}
	})
}

func TestSessionGivesUp(t *testing.T) {
	converse(t, SessionOptions{GiveUp: time.Minute}, func(t *testing.T, s *Session, n *network, f *fake, e events) {
		o := post(t, s, "hi")
		want[*chat.Send](f)
		n.down.Store(true)
		start := time.Now()
		f.conn.Close()
		<-s.Done()
		if d := time.Since(start); d != time.Minute {
			t.Errorf("gave up after %v", d)
		}
		if _, err := o.Wait(t.Context()); !errors.Is(err, ErrUnknownFate) {
			t.Errorf("error is %v", err)
		}
		for _, err := range []error{s.Err(), s.Ping(t.Context())} {
			if !errors.Is(err, ErrGaveUp) {
				t.Errorf("error is %v", err)
			}
		}
		e.want(t, Disconnected)
		e.want(t, Ended)
		if d := n.dials.Load(); d < 5 || d > 30 {
			t.Errorf("%d attempts in a minute", d)
		}
	})
}

func TestSessionEndsWhenVersionsNoLongerMeet(t *testing.T) {
	converse(t, SessionOptions{}, func(t *testing.T, s *Session, n *network, f *fake, e events) {
		f.conn.Close()
		f = <-n.fakes
		id, _ := want[*chat.Hello](f)
		f.say(id, &chat.Error{Code: chat.CodeBadVersion, Text: "new", Lowest: 2, Highest: 2})
		<-s.Done()
		if code, _ := Code(s.Err()); code != chat.CodeBadVersion {
			t.Errorf("error is %v", s.Err())
		}
	})
}

func TestSessionPingsOnTheNextConnection(t *testing.T) {
	converse(t, SessionOptions{}, func(t *testing.T, s *Session, n *network, f *fake, e events) {
		ping := call1(func() error { return s.Ping(t.Context()) })
		want[*chat.Ping](f)
		f.conn.Close()
		f = n.next()
		f.resume()
		id, _ := want[*chat.Ping](f)
		f.say(id, &chat.Pong{})
		ping.get(t)
	})
}

func TestBackoff(t *testing.T) {
	b := Backoff{}.filled()
	if b.wait(0) != 0 {
		t.Error("the first attempt waits")
	}
	for attempt := 1; attempt < 100; attempt++ {
		most := b.Max
		if attempt < 10 {
			most = min(b.Max, b.Min<<(attempt-1))
		}
		if d := b.wait(attempt); d < most/2-1 || d > most {
			t.Errorf("attempt %d waits %v, want %v to %v", attempt, d, most/2, most)
		}
	}
}
