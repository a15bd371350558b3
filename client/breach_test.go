package client

import (
	"errors"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/codec/chat"
)

func TestServerThatBreaksTheProtocol(t *testing.T) {
	frame := func(id uint32, m chat.ServerMessage) []byte {
		b, err := chat.AppendFrame(nil, id, m)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	deliver := func(s chat.Sequence) []byte {
		return frame(0, &chat.Deliver{Sequence: s, From: "bob", Text: "x"})
	}
	join := func(parts ...[]byte) (b []byte) {
		for _, p := range parts {
			b = append(b, p...)
		}
		return b
	}
	// The client has sent HELLO as 1, LOGIN as 2 and PING as 3, which waits.
	tests := []struct {
		name, want string
		bytes      []byte
	}{
		{"unknown opcode", "cannot be understood", []byte{0x77, 0, 0, 0, 0, 0, 0, 3}},
		{"a client's opcode", "cannot be understood", []byte{0x0b, 0, 0, 0, 0, 0, 0, 3}},
		{"too long", "a frame over 65536 bytes", []byte{0x8b, 1, 0, 1, 0, 0, 0, 3}},
		{"trailing", "cannot be understood", []byte{0x8b, 0, 0, 1, 0, 0, 0, 3, 9}},
		{"text", "a frame over", []byte("HTTP/1.1 400 Bad Request\r\n")},
		{"cut", "ended within a frame", []byte{0x8b, 0, 0}},
		{"wrong id", "request 3 (PING) is to be answered", frame(4, &chat.Pong{})},
		{"wrong reply", "CREATED answers PING", frame(3, &chat.Created{})},
		{"goodbye to a ping", "GOODBYE answers PING", frame(3, &chat.Goodbye{})},
		{"reply twice", "answers no request", join(frame(3, &chat.Pong{}), frame(3, &chat.Pong{}))},
		{"reply with id 0", "PONG with id 0", frame(0, &chat.Pong{})},
		{"delivery with an id", "DELIVER answers PING", frame(3, &chat.Deliver{From: "bob", Text: "x"})},
		{"sequence again", "DELIVER of sequence 7 after 7", join(deliver(7), deliver(7))},
		{"sequence falls", "DELIVER of sequence 6 after 7", join(deliver(7), deliver(6))},
		{"over the window", "window of 2", join(deliver(1), deliver(2), deliver(3))},
		{"after goodbye", "said goodbye", join(frame(0, &chat.Goodbye{}), deliver(1))},
		{"refused ack", "refused an ACK", frame(ackID, &chat.Error{Code: chat.CodeBadAck, Text: "no"})},
		{"refused connection", "INTERNAL", frame(0, &chat.Error{Code: chat.CodeInternal, Text: "broken"})},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			asMember(t, Options{Window: 2}, func(t *testing.T, c *Client, f *fake) {
				ping := call1(func() error { return c.Ping(t.Context()) })
				want[*chat.Ping](f)
				f.conn.Write(test.bytes)
				f.conn.Close()
				<-c.Done()
				<-ping.done
				e, ok := errors.AsType[*LostError](c.Err())
				if !ok || !strings.Contains(e.Error(), test.want) {
					t.Errorf("error is %v, want %q", c.Err(), test.want)
				}
			})
		})
	}
	t.Run("delivery to a guest", func(t *testing.T) {
		asGuest(t, Options{}, func(t *testing.T, c *Client, f *fake) {
			f.deliver(1, "x")
			<-c.Done()
			if !strings.Contains(c.Err().Error(), "nobody is logged in") {
				t.Errorf("error is %v", c.Err())
			}
		})
	})
}

func TestUnknownErrorCodeIsARefusal(t *testing.T) {
	asMember(t, Options{}, func(t *testing.T, c *Client, f *fake) {
		ping := call1(func() error { return c.Ping(t.Context()) })
		id, _ := want[*chat.Ping](f)
		f.say(id, &chat.Error{Code: 999, Text: "of a later version"})
		if e := fails[*chat.Error](t, ping); e.Code != 999 || c.Err() != nil {
			t.Errorf("error is %v, connection %v", e, c.Err())
		}
	})
}

func TestLastWordsAreHeardOverABrokenWrite(t *testing.T) {
	// The server refuses a frame and stops reading; what it said must not be lost to the failing write.
	asMember(t, Options{}, func(t *testing.T, c *Client, f *fake) {
		gone := errors.New("broken pipe")
		c.writeFailed(gone)
		f.say(0, &chat.Goodbye{Reason: chat.ReasonShutdown})
		f.conn.Close()
		<-c.Done()
		if _, ok := errors.AsType[*GoodbyeError](c.Err()); !ok {
			t.Errorf("error is %v", c.Err())
		}
	})
	asMember(t, Options{}, func(t *testing.T, c *Client, f *fake) {
		gone := errors.New("broken pipe")
		c.writeFailed(gone)
		<-c.Done()
		if !errors.Is(c.Err(), gone) {
			t.Errorf("error is %v", c.Err())
		}
	})
}

func TestSuccessAfterARefusedLogin(t *testing.T) {
	asGuest(t, Options{}, func(t *testing.T, c *Client, f *fake) {
		login := call2(func() (*chat.LoggedIn, error) { return c.Login(t.Context(), "alice", "sesame") })
		loginID, _ := want[*chat.Login](f)
		logout := call1(func() error { return c.Logout(t.Context()) })
		logoutID, _ := want[*chat.Logout](f)
		f.say(loginID, &chat.Error{Code: chat.CodeBadCredentials, Text: "no"})
		f.say(logoutID, &chat.LoggedOut{})
		fails[*chat.Error](t, login)
		if e := fails[*ProtocolError](t, logout); !strings.Contains(e.Error(), "LOGOUT succeeded in the state guest") {
			t.Errorf("error is %v", e)
		}
	})
}

// FuzzServer sends a client whatever bytes there are: it must neither panic nor hang.
func FuzzServer(f *testing.F) {
	for id, m := range map[uint32]chat.ServerMessage{
		0: &chat.Deliver{Sequence: 1, From: "bob", Text: "hi"}, 3: &chat.Accepted{Time: 1}, 4: &chat.LoggedOut{}, 5: loggedIn(), 6: &chat.Pong{},
	} {
		b, err := chat.AppendFrame(nil, id, m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		asMember(t, Options{Window: 2}, func(t *testing.T, c *Client, f *fake) {
			for _, m := range []chat.ClientMessage{
				&chat.Send{To: "bob", Text: "x"}, &chat.Logout{}, &chat.Resume{Token: chat.Token("t"), Window: 2}, &chat.Ping{}, &chat.List{}, &chat.Bye{},
			} {
				if _, err := c.start(t.Context(), m); err != nil {
					t.Fatal(err)
				}
				f.take()
			}
			f.conn.Write(b)
			f.conn.Close()
			<-c.Done()
			if c.TryNext() != nil {
				t.Error("a delivery of a dead connection")
			}
		})
	})
}
