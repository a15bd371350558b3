package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wirelaw/wirelaw/codec/chat"
)

func TestManySendsInFlight(t *testing.T) {
	asMember(t, Options{}, func(t *testing.T, c *Client, f *fake) {
		const n = 50
		var sendings []*Sending
		for i := range n {
			s, err := c.StartSend(t.Context(), &chat.Send{Key: NewKey(), To: "bob", Text: chat.Text(fmt.Sprint(i))})
			if err != nil {
				t.Fatal(err)
			}
			sendings = append(sendings, s)
		}
		ping := call1(func() error { return c.Ping(t.Context()) })
		ids := map[uint32]bool{}
		var order []uint32
		for i := range n {
			id, m := want[*chat.Send](f)
			if string(m.Text) != fmt.Sprint(i) {
				t.Fatalf("request %d is %q", i, m.Text)
			}
			if id == 0 || ids[id] {
				t.Fatalf("id %d is 0 or used twice", id)
			}
			ids[id] = true
			order = append(order, id)
		}
		pingID, _ := want[*chat.Ping](f)
		for i, id := range order {
			if i%7 == 3 {
				f.say(id, &chat.Error{Code: chat.CodeNoSuchUser, Text: "nobody"})
			} else {
				f.say(id, &chat.Accepted{Time: chat.Timestamp(i)})
			}
		}
		f.say(pingID, &chat.Pong{})
		ping.get(t)
		for i, s := range sendings {
			m, err := s.Wait(t.Context())
			switch {
			case i%7 == 3 && !errors.Is(err, &chat.Error{Code: chat.CodeNoSuchUser}):
				t.Errorf("send %d: %v", i, err)
			case i%7 != 3 && (err != nil || m.Time != chat.Timestamp(i)):
				t.Errorf("send %d: %v, %v", i, m, err)
			}
		}
	})
}

func TestCancelledCallLeavesConnectionUsable(t *testing.T) {
	asMember(t, Options{InFlight: 1}, func(t *testing.T, c *Client, f *fake) {
		ctx, cancel := context.WithCancel(t.Context())
		send := call2(func() (*chat.Accepted, error) { return c.Send(ctx, "bob", "hi") })
		id, _ := want[*chat.Send](f)
		cancel()
		<-send.done
		if !errors.Is(send.err, context.Canceled) {
			t.Fatalf("error is %v", send.err)
		}
		// The reply still has its place, so the only slot is taken until it comes.
		if err := c.Ping(within(t, time.Second)); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("a second request was let through: %v", err)
		}
		f.say(id, &chat.Accepted{})
		ping := call1(func() error { return c.Ping(t.Context()) })
		id, _ = want[*chat.Ping](f)
		f.say(id, &chat.Pong{})
		ping.get(t)
	})
}

func TestLostConnectionFailsAllCalls(t *testing.T) {
	asMember(t, Options{}, func(t *testing.T, c *Client, f *fake) {
		send := call2(func() (*chat.Accepted, error) { return c.Send(t.Context(), "bob", "hi") })
		want[*chat.Send](f)
		ping := call1(func() error { return c.Ping(t.Context()) })
		want[*chat.Ping](f)
		next := call2(func() (*Delivery, error) { return c.Next(t.Context()) })
		f.conn.Close()
		for _, err := range []error{
			fails[*LostError](t, send), fails[*LostError](t, ping), fails[*LostError](t, next), c.Ping(t.Context()), c.Ack(1), c.Err(),
		} {
			if !errors.Is(err, io.EOF) || !strings.Contains(err.Error(), "the server closed it") {
				t.Errorf("error is %v", err)
			}
		}
		if c.State() != chat.StateClosed {
			t.Errorf("state is %v", c.State())
		}
		<-c.Done()
	})
}

func TestCloseFailsAllCalls(t *testing.T) {
	asMember(t, Options{}, func(t *testing.T, c *Client, f *fake) {
		ping := call1(func() error { return c.Ping(t.Context()) })
		want[*chat.Ping](f)
		c.Close()
		if e := fails[*LostError](t, ping); !errors.Is(e, ErrClosed) {
			t.Errorf("error is %v", e)
		}
	})
}

func TestRefusalIsTheError(t *testing.T) {
	asGuest(t, Options{}, func(t *testing.T, c *Client, f *fake) {
		create := call1(func() error { return c.Create(t.Context(), "alice", "sesame", "sesame") })
		id, _ := want[*chat.Create](f)
		f.say(id, &chat.Error{Code: chat.CodeNameTaken, Text: "taken"})
		if e := fails[*chat.Error](t, create); e.Code != chat.CodeNameTaken || e.Text != "taken" {
			t.Errorf("error is %v", e)
		}
		if code, ok := Code(create.err); !ok || code != chat.CodeNameTaken {
			t.Errorf("code is %v, %v", code, ok)
		}
		if c.State() != chat.StateGuest || c.Err() != nil {
			t.Errorf("state is %v, error %v", c.State(), c.Err())
		}
	})
}

func TestBreachesAreNotSent(t *testing.T) {
	asGuest(t, Options{}, func(t *testing.T, c *Client, f *fake) {
		err := c.Create(t.Context(), "alice", "short", "short")
		if code, ok := Code(err); !ok || code != chat.CodeBadPassword {
			t.Errorf("error is %v", err)
		}
		if strings.Contains(err.Error(), "short\"") {
			t.Errorf("the error tells the password: %v", err)
		}
		if _, err := c.Send(t.Context(), "bob", "hi"); !isState(err, chat.OpSend, chat.StateGuest) {
			t.Errorf("error is %v", err)
		}
		if err := c.Ack(1); !errors.Is(err, ErrNotLoggedIn) {
			t.Errorf("error is %v", err)
		}
		if _, err := c.Next(t.Context()); !errors.Is(err, ErrNotLoggedIn) {
			t.Errorf("error is %v", err)
		}
		ping := call1(func() error { return c.Ping(t.Context()) })
		id, _ := want[*chat.Ping](f) // nothing came before it
		f.say(id, &chat.Pong{})
		ping.get(t)
	})
}

func isState(err error, op chat.Opcode, s chat.State) bool {
	e, ok := errors.AsType[*StateError](err)
	return ok && e.Request == op && e.State == s
}

func TestLargeSendBehindLoginWaitsForItsReply(t *testing.T) {
	asGuest(t, Options{}, func(t *testing.T, c *Client, f *fake) {
		login := call2(func() (*chat.LoggedIn, error) { return c.Login(t.Context(), "alice", "sesame") })
		id, _ := want[*chat.Login](f)
		large := chat.Text(strings.Repeat("x", 2000))
		if _, err := c.Send(t.Context(), "bob", large); !isState(err, chat.OpSend, chat.StateGuest) {
			t.Errorf("a refused login would make the server close: %v", err)
		}
		small, err := c.StartSend(t.Context(), &chat.Send{Key: NewKey(), To: "bob", Text: "hi"})
		if err != nil {
			t.Fatal(err)
		}
		sendID, _ := want[*chat.Send](f)
		f.say(id, loggedIn())
		f.say(sendID, &chat.Accepted{})
		login.get(t)
		if _, err := small.Wait(t.Context()); err != nil {
			t.Error(err)
		}
		send := call2(func() (*chat.Accepted, error) { return c.Send(t.Context(), "bob", large) })
		id, _ = want[*chat.Send](f)
		f.say(id, &chat.Accepted{})
		send.get(t)
	})
}

func TestBadVersionIsTold(t *testing.T) {
	play(t, Options{}, func(t *testing.T, c *Client, f *fake) {
		hello := call2(func() (*chat.Welcome, error) { return c.Hello(t.Context()) })
		id, m := want[*chat.Hello](f)
		if m.Lowest != chat.Version || m.Highest != chat.Version || m.Keepalive != 60 || m.Agent == "" {
			t.Errorf("HELLO is %+v", m)
		}
		f.say(id, &chat.Error{Code: chat.CodeBadVersion, Text: "too old", Lowest: 2, Highest: 3})
		f.conn.Close()
		if e := fails[*chat.Error](t, hello); e.Code != chat.CodeBadVersion || e.Lowest != 2 || e.Highest != 3 {
			t.Errorf("error is %+v", e)
		}
		<-c.Done()
		if !errors.Is(c.Err(), &chat.Error{Code: chat.CodeBadVersion}) {
			t.Errorf("the connection ended because of %v", c.Err())
		}
	})
}

func TestGoodbye(t *testing.T) {
	asMember(t, Options{}, func(t *testing.T, c *Client, f *fake) {
		ping := call1(func() error { return c.Ping(t.Context()) })
		want[*chat.Ping](f)
		f.say(0, &chat.Goodbye{Reason: chat.ReasonShutdown, Text: "maintenance"})
		f.conn.Close()
		fails[*LostError](t, ping)
		if e := fails[*GoodbyeError](t, ping); e.Reason != chat.ReasonShutdown || e.Text != "maintenance" {
			t.Errorf("error is %v", e)
		}
	})
}

func TestByeWaitsForEverything(t *testing.T) {
	asMember(t, Options{}, func(t *testing.T, c *Client, f *fake) {
		s, err := c.StartSend(t.Context(), &chat.Send{To: "bob", Text: "hi"})
		if err != nil {
			t.Fatal(err)
		}
		bye := call1(func() error { return c.Bye(t.Context()) })
		sendID, _ := want[*chat.Send](f)
		byeID, _ := want[*chat.Bye](f)
		f.say(sendID, &chat.Accepted{})
		f.say(byeID, &chat.Goodbye{Reason: chat.ReasonBye})
		f.conn.Close()
		bye.get(t)
		if _, err := s.Wait(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestListAsksForPages(t *testing.T) {
	asMember(t, Options{}, func(t *testing.T, c *Client, f *fake) {
		list := call2(func() (names []string, err error) {
			for n, e := range c.List(t.Context(), chat.ListingWildcard, "a*") {
				if names = append(names, string(n)); e != nil {
					err = e
				}
			}
			return names, err
		})
		id, m := want[*chat.List](f)
		if m.By != chat.ListingWildcard || m.Pattern != "a*" || len(m.Cursor) != 0 {
			t.Errorf("LIST is %+v", m)
		}
		f.say(id, &chat.Accounts{Names: []chat.Username{"a", "ab"}, Next: []byte("1")})
		id, m = want[*chat.List](f)
		if string(m.Cursor) != "1" || m.Pattern != "a*" {
			t.Errorf("LIST is %+v", m)
		}
		f.say(id, &chat.Accounts{Next: []byte("2")})
		id, _ = want[*chat.List](f)
		f.say(id, &chat.Accounts{Names: []chat.Username{"ac"}})
		if got := strings.Join(list.get(t), " "); got != "a ab ac" {
			t.Errorf("names are %s", got)
		}

		again := call2(func() (n int, err error) {
			for _, e := range c.List(t.Context(), chat.ListingAll, "") {
				n, err = n+1, e
			}
			return n, err
		})
		for range 2 {
			id, _ = want[*chat.List](f)
			f.say(id, &chat.Accounts{Next: []byte("1")})
		}
		fails[*ProtocolError](t, again)
	})
}

func TestKeepalive(t *testing.T) {
	asGuest(t, Options{}, func(t *testing.T, c *Client, f *fake) {
		start := time.Now()
		for range 3 {
			id, _ := want[*chat.Ping](f)
			f.say(id, &chat.Pong{})
		}
		if d := time.Since(start); d < 60*time.Second || d > 3*60*time.Second {
			t.Errorf("three pings took %v with a keepalive of 60 s", d)
		}
		ping := call1(func() error { return c.Ping(t.Context()) })
		want[*chat.Ping](f)
		start = time.Now()
		e := fails[*SilenceError](t, ping)
		if d := time.Since(start); d < 90*time.Second || d > 110*time.Second || e.For != 90*time.Second {
			t.Errorf("a mute server was given up after %v: %v", d, e)
		}
	})
}

func TestBusyConnectionIsNotPinged(t *testing.T) {
	asMember(t, Options{}, func(t *testing.T, c *Client, f *fake) {
		for range 20 {
			send := call2(func() (*chat.Accepted, error) { return c.Send(t.Context(), "bob", "hi") })
			id, _ := want[*chat.Send](f)
			f.say(id, &chat.Accepted{})
			send.get(t)
			<-time.After(20 * time.Second)
			synctest.Wait()
		}
	})
}
