package client

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/wirelaw/wirelaw/codec/chat"
)

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
