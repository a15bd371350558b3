package client

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/wirelaw/wirelaw/codec/chat"
)

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

func TestCancelledLogoutDropsTheConnection(t *testing.T) {
	converse(t, SessionOptions{}, func(t *testing.T, s *Session, n *network, f *fake, e events) {
		logout := call1(func() error { return s.Logout(within(t, time.Second)) })
		want[*chat.Logout](f)
		f = n.next()
		if <-logout.done; !errors.Is(logout.err, context.DeadlineExceeded) {
			t.Errorf("error is %v", logout.err)
		}
		f.resume()
		e.want(t, Disconnected)
		e.want(t, Reconnected)
		o := post(t, s, "still here")
		id, _ := want[*chat.Send](f)
		f.say(id, &chat.Accepted{})
		accepted(t, o)
	})
}

func TestSessionWaitsForABusyServer(t *testing.T) {
	converse(t, SessionOptions{}, func(t *testing.T, s *Session, n *network, f *fake, e events) {
		f.conn.Close()
		f = n.next()
		id, _ := want[*chat.Resume](f)
		f.say(id, &chat.Error{Code: chat.CodeBusy, Text: "busy"})
		f = n.next()
		f.resume()
		e.want(t, Disconnected)
		e.want(t, Reconnected)
	})
}
