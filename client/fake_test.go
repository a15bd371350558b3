package client

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wirelaw/wirelaw/codec/chat"
)

// fake is the server's end of a connection. The test says what it does, frame by frame.
type fake struct {
	t    *testing.T
	conn net.Conn
	r    *chat.Reader
}

func newFake(t *testing.T, conn net.Conn) *fake {
	conn.SetReadDeadline(time.Now().Add(24 * time.Hour)) // of synthetic time
	return &fake{t, conn, chat.NewReader(conn)}
}

// take reads the next request.
func (f *fake) take() (uint32, chat.ClientMessage) {
	f.t.Helper()
	hd, body, err := f.r.Next(chat.MaxBody)
	if err != nil {
		f.t.Fatalf("the client sent no frame: %v", err)
	}
	m, err := chat.DecodeClient(hd, body, nil)
	if err != nil {
		f.t.Fatalf("the client sent a bad frame: %v", err)
	}
	return hd.ID, m
}

// want reads the next request, which must be an M.
func want[M chat.ClientMessage](f *fake) (uint32, M) {
	f.t.Helper()
	id, m := f.take()
	got, ok := m.(M)
	if !ok {
		f.t.Fatalf("the client sent %v, want %v", m.Opcode(), got.Opcode())
	}
	return id, got
}

// say sends a frame.
func (f *fake) say(id uint32, m chat.ServerMessage) {
	f.t.Helper()
	b, err := chat.AppendFrame(nil, id, m)
	if err != nil {
		f.t.Fatal(err)
	}
	f.raw(b)
}

func (f *fake) raw(b []byte) {
	f.t.Helper()
	if _, err := f.conn.Write(b); err != nil {
		f.t.Fatalf("the client does not read: %v", err)
	}
}

func (f *fake) greet() {
	f.t.Helper()
	id, _ := want[*chat.Hello](f)
	f.say(id, welcome())
}

func welcome() *chat.Welcome {
	return &chat.Welcome{
		Version: 1, Agent: "fake", Features: chat.FeatureResume, Keepalive: 60,
		Inbox: 1000, Page: 10, Window: 100, KeyRetention: 3600, TokenLife: 3600,
	}
}

func loggedIn() *chat.LoggedIn {
	return &chat.LoggedIn{Name: "Alice", Incarnation: 17, Epoch: 5, Token: chat.Token("token")}
}

func (f *fake) login() {
	f.t.Helper()
	id, _ := want[*chat.Login](f)
	f.say(id, loggedIn())
}

func (f *fake) deliver(sequence chat.Sequence, text chat.Text) {
	f.t.Helper()
	f.say(0, &chat.Deliver{Sequence: sequence, From: "bob", Incarnation: 9, Time: 1000, Text: text})
}

// later is a call that runs while the test plays the server.
type later[T any] struct {
	done  chan struct{}
	value T
	err   error
}

func call2[T any](f func() (T, error)) *later[T] {
	l := &later[T]{done: make(chan struct{})}
	go func() {
		defer close(l.done)
		l.value, l.err = f()
	}()
	return l
}

func call1(f func() error) *later[struct{}] {
	return call2(func() (struct{}, error) { return struct{}{}, f() })
}

// get waits for the call and expects success.
func (l *later[T]) get(t *testing.T) T {
	t.Helper()
	<-l.done
	if l.err != nil {
		t.Fatalf("unexpected error: %v", l.err)
	}
	return l.value
}

// fails waits for the call and expects an error of type E.
func fails[E error, T any](t *testing.T, l *later[T]) E {
	t.Helper()
	<-l.done
	e, ok := errors.AsType[E](l.err)
	if !ok {
		t.Fatalf("error is %v (%T), want a %T", l.err, l.err, e)
	}
	return e
}

// play runs a test with a client and a fake server in a bubble of synthetic time.
func play(t *testing.T, o Options, test func(t *testing.T, c *Client, f *fake)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		c, f := New(near, o), newFake(t, far)
		defer far.Close()
		defer c.Close()
		test(t, c, f)
	})
}

// asGuest is play after HELLO.
func asGuest(t *testing.T, o Options, test func(t *testing.T, c *Client, f *fake)) {
	t.Helper()
	play(t, o, func(t *testing.T, c *Client, f *fake) {
		hello := call2(func() (*chat.Welcome, error) { return c.Hello(t.Context()) })
		f.greet()
		hello.get(t)
		test(t, c, f)
	})
}

// asMember is play after HELLO and LOGIN.
func asMember(t *testing.T, o Options, test func(t *testing.T, c *Client, f *fake)) {
	t.Helper()
	asGuest(t, o, func(t *testing.T, c *Client, f *fake) {
		login := call2(func() (*chat.LoggedIn, error) { return c.Login(t.Context(), "alice", "sesame") })
		f.login()
		login.get(t)
		test(t, c, f)
	})
}

// within gives up after a while of synthetic time.
func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}
