package client

import (
	"context"
	"errors"
	"fmt"
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

func post(t *testing.T, s *Session, text string) *Outgoing {
	t.Helper()
	o, err := s.Post(t.Context(), "bob", chat.Text(text))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func accepted(t *testing.T, o *Outgoing) {
	t.Helper()
	if _, err := o.Wait(t.Context()); err != nil {
		t.Errorf("%q: %v", o.Text, err)
	}
}

func (f *fake) resume() {
	f.t.Helper()
	id, m := want[*chat.Resume](f)
	if string(m.Token) != "token" {
		f.t.Fatalf("token is %q", string(m.Token))
	}
	f.say(id, loggedIn())
}

func TestSessionSendsAgainWhatWasNotAccepted(t *testing.T) {
	converse(t, SessionOptions{}, func(t *testing.T, s *Session, n *network, f *fake, e events) {
		var out []*Outgoing
		for i := range 5 {
			out = append(out, post(t, s, fmt.Sprint(i)))
		}
		keys := map[chat.Text]chat.Key{}
		for i := range 5 {
			id, m := want[*chat.Send](f)
			keys[m.Text] = m.Key
			if i < 2 {
				f.say(id, &chat.Accepted{})
			}
		}
		f.conn.Close()
		if ev := e.want(t, Disconnected); ev.Unsent != 3 {
			t.Errorf("%d messages are unsent", ev.Unsent)
		}
		out = append(out, post(t, s, "5"))
		f = n.next()
		f.resume()
		for i := 2; i < 6; i++ {
			id, m := want[*chat.Send](f)
			if string(m.Text) != fmt.Sprint(i) {
				t.Fatalf("message is %q, want %d", m.Text, i)
			}
			if k, ok := keys[m.Text]; ok && k != m.Key {
				t.Errorf("message %d has another key now", i)
			}
			f.say(id, &chat.Accepted{Duplicate: i == 2})
		}
		for _, o := range out {
			accepted(t, o)
		}
		e.want(t, Reconnected)
	})
}

func TestSessionTellsRefusals(t *testing.T) {
	converse(t, SessionOptions{}, func(t *testing.T, s *Session, n *network, f *fake, e events) {
		a, b := post(t, s, "a"), post(t, s, "b")
		id, _ := want[*chat.Send](f)
		f.say(id, &chat.Error{Code: chat.CodeNoSuchUser, Text: "nobody"})
		id, _ = want[*chat.Send](f)
		f.say(id, &chat.Accepted{})
		accepted(t, b)
		if _, err := a.Wait(t.Context()); !errors.Is(err, &chat.Error{Code: chat.CodeNoSuchUser}) {
			t.Errorf("error is %v", err)
		}
		if _, err := s.Post(t.Context(), "bob", ""); err == nil {
			t.Error("a message without text was posted")
		}
	})
}

func TestSessionFallsBackToThePassword(t *testing.T) {
	converse(t, SessionOptions{}, func(t *testing.T, s *Session, n *network, f *fake, e events) {
		o := post(t, s, "hi")
		want[*chat.Send](f)
		f.conn.Close()
		f = n.next()
		id, _ := want[*chat.Resume](f)
		f.say(id, &chat.Error{Code: chat.CodeBadToken, Text: "expired"})
		id, m := want[*chat.Login](f)
		if m.Name != "Alice" || string(m.Password) != "sesame" {
			t.Errorf("LOGIN is for %q", m.Name)
		}
		f.say(id, loggedIn())
		id, _ = want[*chat.Send](f)
		f.say(id, &chat.Accepted{})
		accepted(t, o)
	})
}

func TestSessionWaitsForTheOldConnectionToDie(t *testing.T) {
	converse(t, SessionOptions{}, func(t *testing.T, s *Session, n *network, f *fake, e events) {
		f.conn.Close()
		e.want(t, Disconnected)
		for range 3 {
			f = n.next()
			id, _ := want[*chat.Resume](f)
			f.say(id, &chat.Error{Code: chat.CodeUnsupported, Text: "no"})
			id, _ = want[*chat.Login](f)
			f.say(id, &chat.Error{Code: chat.CodeAlreadyLoggedIn, Text: "already"})
		}
		f = n.next()
		f.resume()
		e.want(t, Reconnected)
	})
}

func TestSessionLogsOutWhenItCannotComeBack(t *testing.T) {
	refuse := func(code chat.ErrorCode) func(*fake) {
		return func(f *fake) {
			id, _ := want[*chat.Resume](f)
			f.say(id, &chat.Error{Code: chat.CodeBadToken, Text: "no"})
			id, _ = want[*chat.Login](f)
			f.say(id, &chat.Error{Code: code, Text: "no"})
		}
	}
	tests := []struct {
		name string
		do   func(*fake)
	}{
		{"account deleted", refuse(chat.CodeBadCredentials)},
		{"another account of the name", func(f *fake) {
			id, _ := want[*chat.Resume](f)
			f.say(id, &chat.Error{Code: chat.CodeBadToken, Text: "no"})
			id, _ = want[*chat.Login](f)
			m := loggedIn()
			m.Incarnation++
			f.say(id, m)
			id, _ = want[*chat.Logout](f)
			f.say(id, &chat.LoggedOut{})
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			converse(t, SessionOptions{}, func(t *testing.T, s *Session, n *network, f *fake, e events) {
				sent := post(t, s, "sent")
				want[*chat.Send](f)
				f.conn.Close()
				e.want(t, Disconnected)
				unsent := post(t, s, "unsent")
				f = n.next()
				test.do(f)
				ev := e.want(t, LoggedOut)
				if ev.Err == nil || ev.Member.Name != "Alice" || ev.Unsent != 2 {
					t.Errorf("event is %+v", ev)
				}
				e.want(t, Reconnected)
				if s.Member() != nil {
					t.Error("somebody is logged in")
				}
				if _, err := sent.Wait(t.Context()); !errors.Is(err, ErrUnknownFate) {
					t.Errorf("the message that was sent: %v", err)
				}
				if _, err := unsent.Wait(t.Context()); !errors.Is(err, ErrNotSent) {
					t.Errorf("the message that was not sent: %v", err)
				}
			})
		})
	}
}

func TestSessionDoesNotFightOverASession(t *testing.T) {
	converse(t, SessionOptions{}, func(t *testing.T, s *Session, n *network, f *fake, e events) {
		f.say(0, &chat.Goodbye{Reason: chat.ReasonReplaced})
		f.conn.Close()
		e.want(t, LoggedOut)
		e.want(t, Disconnected)
		n.next()
		e.want(t, Reconnected)
		if s.Member() != nil {
			t.Error("the session was taken back")
		}
	})
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

func TestSessionLogoutSendsEverythingFirst(t *testing.T) {
	converse(t, SessionOptions{}, func(t *testing.T, s *Session, n *network, f *fake, e events) {
		o := post(t, s, "hi")
		logout := call1(func() error { return s.Logout(t.Context()) })
		id, _ := want[*chat.Send](f)
		f.say(id, &chat.Accepted{})
		id, _ = want[*chat.Logout](f)
		f.say(id, &chat.LoggedOut{})
		logout.get(t)
		accepted(t, o)
		if s.Member() != nil {
			t.Error("still logged in")
		}
	})
}

func TestSessionLogoutWithoutConnection(t *testing.T) {
	converse(t, SessionOptions{Backoff: Backoff{Min: time.Hour, Max: time.Hour}}, func(t *testing.T, s *Session, n *network, f *fake, e events) {
		n.down.Store(true)
		f.conn.Close()
		e.want(t, Disconnected)
		o := post(t, s, "hi")
		if err := s.Logout(t.Context()); err != nil {
			t.Error(err)
		}
		if _, err := o.Wait(t.Context()); !errors.Is(err, ErrNotSent) {
			t.Errorf("error is %v", err)
		}
		if err := s.Logout(t.Context()); !errors.Is(err, ErrNotLoggedIn) {
			t.Errorf("error is %v", err)
		}
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if err := s.Close(t.Context()); err != nil {
			t.Error("closed twice:", err)
		}
		if err := s.Ping(t.Context()); !errors.Is(err, ErrClosed) {
			t.Errorf("error is %v", err)
		}
	})
}

func TestSessionLosesLogout(t *testing.T) {
	converse(t, SessionOptions{}, func(t *testing.T, s *Session, n *network, f *fake, e events) {
		logout := call1(func() error { return s.Logout(t.Context()) })
		want[*chat.Logout](f)
		f.conn.Close()
		logout.get(t)
		n.next()
		e.want(t, Disconnected)
		e.want(t, Reconnected)
		if s.Member() != nil {
			t.Error("logged in again")
		}
	})
}

func TestSessionDelete(t *testing.T) {
	converse(t, SessionOptions{}, func(t *testing.T, s *Session, n *network, f *fake, e events) {
		wrong := call1(func() error { return s.Delete(t.Context(), "bob") })
		id, _ := want[*chat.Delete](f)
		f.say(id, &chat.Error{Code: chat.CodeBadConfirmation, Text: "no"})
		fails[*chat.Error](t, wrong)
		o := post(t, s, "still here")
		id, _ = want[*chat.Send](f)
		f.say(id, &chat.Accepted{})
		accepted(t, o)
		right := call1(func() error { return s.Delete(t.Context(), "alice") })
		id, _ = want[*chat.Delete](f)
		f.say(id, &chat.Deleted{})
		right.get(t)
		if s.Member() != nil {
			t.Error("still logged in")
		}
	})
}

func TestSessionDoesNotRepeatAForgottenKey(t *testing.T) {
	converse(t, SessionOptions{}, func(t *testing.T, s *Session, n *network, f *fake, e events) {
		o := post(t, s, "hi")
		want[*chat.Send](f)
		n.down.Store(true)
		f.conn.Close()
		e.want(t, Disconnected)
		fresh := post(t, s, "later")
		<-time.After(2 * time.Hour)
		n.down.Store(false)
		f = n.next()
		f.resume()
		if _, err := o.Wait(t.Context()); !errors.Is(err, ErrUnknownFate) {
			t.Errorf("error is %v", err)
		}
		id, m := want[*chat.Send](f)
		if m.Text != "later" {
			t.Errorf("message is %q", m.Text)
		}
		f.say(id, &chat.Accepted{})
		accepted(t, fresh)
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

func TestCancelledLoginDropsTheConnection(t *testing.T) {
	converse(t, SessionOptions{}, func(t *testing.T, s *Session, n *network, f *fake, e events) {
		logout := call1(func() error { return s.Logout(t.Context()) })
		id, _ := want[*chat.Logout](f)
		f.say(id, &chat.LoggedOut{})
		logout.get(t)
		login := call2(func() (*Member, error) { return s.Login(within(t, time.Second), "alice", "sesame") })
		want[*chat.Login](f)
		n.next()
		if <-login.done; !errors.Is(login.err, context.DeadlineExceeded) {
			t.Errorf("error is %v", login.err)
		}
		e.want(t, Disconnected)
		e.want(t, Reconnected)
		if s.Member() != nil {
			t.Error("somebody is logged in")
		}
	})
}

func TestOutboxIsBounded(t *testing.T) {
	converse(t, SessionOptions{Outbox: 2}, func(t *testing.T, s *Session, n *network, f *fake, e events) {
		n.down.Store(true)
		f.conn.Close()
		e.want(t, Disconnected)
		post(t, s, "a")
		post(t, s, "b")
		if _, err := s.Post(within(t, time.Second), "bob", "c"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error is %v", err)
		}
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
