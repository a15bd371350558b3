package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wirelaw/wirelaw/client"
	"github.com/wirelaw/wirelaw/codec/chat"
	"github.com/wirelaw/wirelaw/server"
	"github.com/wirelaw/wirelaw/server/store"
	"github.com/wirelaw/wirelaw/server/store/memory"
)

// startServer runs a server for a test and returns its address.
func startServer(t testing.TB, o server.Options) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	st := memory.Open(store.Options{})
	s := server.New(st, o)
	served := make(chan error, 1)
	go func() { served <- s.Serve(context.Background(), l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		s.Shutdown(ctx)
		<-served
		st.Close()
	})
	return l.Addr().String()
}

func dial(t testing.TB, addr string, o client.Options) *client.Client {
	t.Helper()
	c, err := client.Dial(t.Context(), addr, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func join(t testing.TB, c *client.Client, name chat.Username) {
	t.Helper()
	if err := c.Create(t.Context(), name, "sesame", "sesame"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Login(t.Context(), name, "sesame"); err != nil {
		t.Fatal(err)
	}
}

func TestConversationWithTheServer(t *testing.T) {
	addr := startServer(t, server.Options{Page: 2})
	alice, bob := dial(t, addr, client.Options{}), dial(t, addr, client.Options{Window: 2})
	join(t, alice, "Alice")
	join(t, bob, "bob")

	const n = 20
	var sendings []*client.Sending
	for i := range n {
		s, err := alice.StartSend(t.Context(), &chat.Send{Key: client.NewKey(), To: "BOB", Text: chat.Text(fmt.Sprint(i))})
		if err != nil {
			t.Fatal(err)
		}
		sendings = append(sendings, s)
	}
	for _, s := range sendings {
		if _, err := s.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for i := range n {
		d, err := bob.Next(t.Context())
		if err != nil || string(d.Text) != fmt.Sprint(i) || d.From != "Alice" {
			t.Fatalf("delivery %d is %+v, %v", i, d, err)
		}
		if err := bob.Ack(d.Sequence); err != nil {
			t.Fatal(err)
		}
	}
	carl := dial(t, addr, client.Options{})
	join(t, carl, "carl")
	var names []string
	for name, err := range alice.List(t.Context(), chat.ListingAll, "") {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, string(name))
	}
	if got := strings.Join(names, " "); got != "Alice bob carl" {
		t.Errorf("names are %s", got)
	}
	for _, err := range alice.List(t.Context(), chat.ListingRegex, "(") {
		if !errors.Is(err, &chat.Error{Code: chat.CodeBadPattern}) {
			t.Errorf("error is %v", err)
		}
	}
	if _, err := alice.Send(t.Context(), "nobody", "hi"); !errors.Is(err, &chat.Error{Code: chat.CodeNoSuchUser}) {
		t.Errorf("error is %v", err)
	}
	if err := alice.Delete(t.Context(), "alice"); err != nil {
		t.Error(err)
	}
	if err := bob.Logout(t.Context()); err != nil {
		t.Error(err)
	}
	if m, err := bob.Login(t.Context(), "bob", "sesame"); err != nil || m.Waiting != 0 {
		t.Errorf("%+v, %v", m, err)
	}
	for _, c := range []*client.Client{alice, bob, carl} {
		if err := c.Bye(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// cutter stands between clients and a server and cuts connections after some bytes.
type cutter struct {
	net.Listener
	to    string
	mu    sync.Mutex
	rnd   *rand.Rand
	peace bool // no more cuts
	cuts  int
}

func startCutter(t *testing.T, to string, seed uint64) *cutter {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &cutter{Listener: l, to: to, rnd: rand.New(rand.NewPCG(seed, 0))}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(near)
		}
	}()
	return p
}

func (p *cutter) serve(near net.Conn) {
	defer near.Close()
	far, err := net.Dial("tcp", p.to)
	if err != nil {
		return
	}
	defer far.Close()
	p.mu.Lock()
	up, down := int64(1<<40), int64(1<<40)
	if !p.peace {
		up, down = 60+p.rnd.Int64N(4000), 60+p.rnd.Int64N(4000)
		p.cuts++
	}
	p.mu.Unlock()
	done := make(chan struct{}, 2)
	pump := func(to, from net.Conn, n int64) {
		io.CopyN(to, from, n)
		done <- struct{}{}
	}
	go pump(far, near, up)
	go pump(near, far, down)
	<-done // either way: both ends are closed, also within a frame
}

func TestSessionsOverABadNetwork(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	addr := startServer(t, server.Options{})
	proxy := startCutter(t, addr, seed)
	o := client.SessionOptions{Backoff: client.Backoff{Min: time.Millisecond, Max: 20 * time.Millisecond}}
	o.Options.Window = 7
	names := []chat.Username{"alice", "bob"}
	creator := dial(t, addr, client.Options{})
	for _, name := range names {
		if err := creator.Create(t.Context(), name, "sesame", "sesame"); err != nil {
			t.Fatal(err)
		}
	}
	var sessions []*client.Session
	for _, name := range names {
		s := openThrough(t, proxy, o)
		for {
			_, err := s.Login(t.Context(), name, "sesame")
			if err == nil {
				break
			}
			if _, ok := errors.AsType[*client.LostError](err); !ok && !errors.Is(err, &chat.Error{Code: chat.CodeAlreadyLoggedIn}) {
				t.Fatal(err)
			}
		}
		sessions = append(sessions, s)
	}

	// Each writes to the other, and each message must arrive once and in order.
	const n = 300
	var g sync.WaitGroup
	for i, s := range sessions {
		other := names[1-i]
		g.Go(func() {
			for k := range n {
				if _, err := s.Post(t.Context(), other, chat.Text(fmt.Sprintf("%d %s", k, strings.Repeat("x", k%40)))); err != nil {
					t.Errorf("post %d: %v", k, err)
					return
				}
			}
		})
		g.Go(func() {
			for k := range n {
				d, err := s.Next(t.Context())
				if err != nil {
					t.Errorf("next %d: %v", k, err)
					return
				}
				if !strings.HasPrefix(string(d.Text), fmt.Sprintf("%d ", k)) {
					t.Errorf("%s: delivery is %q, want %d", other, d.Text, k)
					return
				}
				if k%3 == 0 {
					s.Ack(d)
				}
			}
		})
	}
	g.Wait()
	proxy.mu.Lock()
	proxy.peace = true
	cuts := proxy.cuts
	proxy.mu.Unlock()
	if cuts < 10 {
		t.Errorf("only %d connections were cut", cuts)
	}
	for _, s := range sessions {
		if err := s.Ping(t.Context()); err != nil {
			t.Error(err)
		}
		if d := s.TryNext(); d != nil {
			t.Errorf("one too many: %q", d.Text)
		}
		s.Close(t.Context())
	}
}

func openThrough(t *testing.T, p *cutter, o client.SessionOptions) *client.Session {
	t.Helper()
	for {
		s, err := client.Open(t.Context(), p.Addr().String(), o)
		if err == nil {
			t.Cleanup(func() { s.Close(t.Context()) })
			return s
		}
		if t.Context().Err() != nil {
			t.Fatal(err)
		}
	}
}

func TestPythonExample(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3")
	}
	addr := startServer(t, server.Options{})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, python, "../testdata/peers/example.py", addr).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"speaks version 1", "accepted, duplicate: False", ": hello from Python", "refused with error 18"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
}
