package client

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wirelaw/wirelaw/codec/chat"
)

func TestDeliveriesAndAcks(t *testing.T) {
	asMember(t, Options{Window: 3}, func(t *testing.T, c *Client, f *fake) {
		f.deliver(4, "a")
		f.deliver(7, "b")
		f.deliver(9, "c")
		synctest.Wait()
		for _, want := range []Delivery{{Sequence: 4, Text: "a"}, {Sequence: 7, Text: "b"}} {
			d, err := c.Next(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			want.Epoch, want.From, want.Incarnation, want.Time = 5, "bob", 9, time.UnixMilli(1000)
			if *d != want {
				t.Errorf("delivery is %+v, want %+v", *d, want)
			}
		}
		if err := c.Ack(10); err == nil {
			t.Error("what was not delivered was acknowledged")
		}
		if err := c.Ack(3); err != nil { // before the first: nothing to say
			t.Error(err)
		}
		for range 2 { // the second says nothing
			if err := c.Ack(7); err != nil {
				t.Error(err)
			}
		}
		if id, m := want[*chat.Ack](f); id != ackID || m.Sequence != 7 {
			t.Errorf("ACK is %d, %v", id, m.Sequence)
		}
		f.deliver(10, "d") // there is room for two again
		f.deliver(11, "e")
		synctest.Wait()
		if err := c.Ack(11); err != nil {
			t.Error(err)
		}
		if _, m := want[*chat.Ack](f); m.Sequence != 11 {
			t.Errorf("ACK is %v", m.Sequence)
		}
	})
}

func TestSlowReaderDoesNotHoldReplies(t *testing.T) {
	asMember(t, Options{Window: 3}, func(t *testing.T, c *Client, f *fake) {
		for i := range 3 {
			f.deliver(chat.Sequence(i), "x")
		}
		ping := call1(func() error { return c.Ping(t.Context()) })
		id, _ := want[*chat.Ping](f)
		f.say(id, &chat.Pong{})
		ping.get(t)
		for i := range 3 {
			if d := c.TryNext(); d == nil || d.Sequence != chat.Sequence(i) {
				t.Fatalf("delivery is %+v", d)
			}
		}
		if d := c.TryNext(); d != nil {
			t.Errorf("delivery is %+v", d)
		}
	})
}

func TestNextEndsWithItsSession(t *testing.T) {
	asMember(t, Options{}, func(t *testing.T, c *Client, f *fake) {
		next := call2(func() (*Delivery, error) { return c.Next(t.Context()) })
		synctest.Wait()
		logout := call1(func() error { return c.Logout(t.Context()) })
		id, _ := want[*chat.Logout](f)
		if err := c.Ack(0); !errors.Is(err, ErrNotLoggedIn) {
			t.Errorf("an ACK was sent behind LOGOUT: %v", err)
		}
		f.say(id, &chat.LoggedOut{})
		logout.get(t)
		<-next.done
		if !errors.Is(next.err, ErrNotLoggedIn) {
			t.Errorf("error is %v", next.err)
		}
		if c.State() != chat.StateGuest {
			t.Errorf("state is %v", c.State())
		}
		login := call2(func() (*chat.LoggedIn, error) { return c.Resume(t.Context(), chat.Token("token")) })
		id, _ = want[*chat.Resume](f)
		f.say(id, loggedIn())
		f.deliver(1, "again")
		login.get(t)
		if d, err := c.Next(t.Context()); err != nil || d.Text != "again" {
			t.Errorf("delivery is %+v, %v", d, err)
		}
	})
}

func TestNextMindsItsContext(t *testing.T) {
	asMember(t, Options{}, func(t *testing.T, c *Client, f *fake) {
		if _, err := c.Next(within(t, time.Second)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error is %v", err)
		}
	})
}

func TestDedup(t *testing.T) {
	tests := []struct {
		epoch    chat.Epoch
		sequence chat.Sequence
		first    bool
	}{
		{1, 0, true}, {1, 0, false}, {1, 5, true}, {1, 3, false}, {1, 6, true}, {2, 1, true}, {2, 1, false}, {2, 2, true},
	}
	var s Dedup
	for i, test := range tests {
		if got := s.First(test.epoch, test.sequence); got != test.first {
			t.Errorf("%d: First(%d, %d) = %v", i, test.epoch, test.sequence, got)
		}
	}
}
