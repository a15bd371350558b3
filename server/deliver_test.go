package server

import (
	"fmt"
	"sync"
	"testing"

	"github.com/wirelaw/wirelaw/codec/chat"
	"github.com/wirelaw/wirelaw/server/store"
)

// sendAll sends n numbered messages and waits until all are accepted.
func (p *peer) sendAll(to string, n int) {
	p.t.Helper()
	for i := range n {
		call[*chat.Accepted](p, p.message(to, fmt.Sprint(i)))
	}
}

func TestWindow(t *testing.T) {
	s := start(t, Options{}, store.Options{})
	alice, _ := member(t, s, "alice")
	bob := hello(t, s)
	bob.create("bob")
	alice.sendAll("bob", 10)
	in := call[*chat.LoggedIn](bob, &chat.Login{Name: "bob", Password: password, Window: 3})
	if in.Waiting != 10 {
		t.Errorf("waiting = %d", in.Waiting)
	}
	list := bob.fence()
	if len(list) != 3 {
		t.Fatalf("%d deliveries in a window of 3", len(list))
	}
	if got := bob.fence(); len(got) != 0 {
		t.Fatalf("%d deliveries beyond the window", len(got))
	}
	bob.post(&chat.Ack{Sequence: list[1].Sequence}) // two of them
	if got := bob.texts(); got != "[3 4]" {
		t.Errorf("after two acknowledgements: %s", got)
	}
	bob.post(&chat.Ack{Sequence: list[0].Sequence}) // nothing
	if got := bob.texts(); got != "[]" {
		t.Errorf("after an old acknowledgement: %s", got)
	}
	bob.refused(&chat.Ack{Sequence: list[2].Sequence + 100}, chat.CodeBadAck)
	if got := bob.texts(); got != "[]" {
		t.Errorf("after a bad acknowledgement: %s", got)
	}
	call[*chat.LoggedOut](bob, &chat.Logout{})
	if in := bob.login("bob"); in.Waiting != 8 {
		t.Errorf("waiting = %d, want 8", in.Waiting)
	}
	bob.post(&chat.Ack{Sequence: list[1].Sequence}) // the earlier session's: nothing
	if got := bob.texts(); got != "[2 3 4 5 6 7 8 9]" {
		t.Errorf("after the next login: %s", got)
	}
}

// The server's own window holds however large the client's is.
func TestWindowOfTheServer(t *testing.T) {
	const window = chat.WelcomeWindowMin
	s := start(t, Options{Window: window}, store.Options{})
	p := dial(t, s)
	if w := p.greet(); w.Window != window {
		t.Errorf("WELCOME tells a window of %d", w.Window)
	}
	p.create("alice")
	p.login("alice")
	p.sendAll("alice", window+5)
	if got := p.texts(); got != "[0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15]" {
		t.Errorf("got %s", got)
	}
}

// What is due comes before PONG, every time.
func TestFence(t *testing.T) {
	s := start(t, Options{}, store.Options{})
	alice, _ := member(t, s, "alice")
	bob, _ := member(t, s, "bob")
	for i := range 200 {
		call[*chat.Accepted](alice, alice.message("bob", fmt.Sprint(i)))
		list := bob.fence()
		if len(list) != 1 || string(list[0].Text) != fmt.Sprint(i) {
			t.Fatalf("round %d: %d deliveries before PONG", i, len(list))
		}
		bob.post(&chat.Ack{Sequence: list[0].Sequence})
	}
}

// After the reply that ends a session comes no delivery of it.
func TestNoDeliveryAfterTheEnd(t *testing.T) {
	s := start(t, Options{}, store.Options{})
	alice, _ := member(t, s, "alice")
	bob, _ := member(t, s, "bob")
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				alice.reply(alice.post(alice.message("bob", "x"))) // the inbox may be full
			}
		}
	})
	defer wg.Wait()
	defer close(stop)
	for range 6 {
		call[*chat.LoggedOut](bob, &chat.Logout{})
		bob.pushed = nil
		if got := bob.fence(); len(got) != 0 {
			t.Fatalf("%d deliveries after LOGGED_OUT", len(got))
		}
		for bob.login("bob"); len(bob.pushed) == 0; {
			bob.pushed = bob.fence()
		}
		bob.post(&chat.Ack{Sequence: bob.pushed[len(bob.pushed)-1].Sequence})
		bob.pushed = nil
	}
	call[*chat.Deleted](bob, &chat.Delete{Name: "bob"})
	bob.pushed = nil
	if got := bob.fence(); len(got) != 0 {
		t.Fatalf("%d deliveries after DELETED", len(got))
	}
	bob.create("bob")
	alice2 := hello(t, s)
	alice2.refused(&chat.Login{Name: "alice", Password: password, Window: 1}, chat.CodeAlreadyLoggedIn)
}

func TestTakeover(t *testing.T) {
	s := start(t, Options{}, store.Options{})
	a, in := member(t, s, "alice")
	a.sendAll("alice", 3)
	if got := a.texts(); got != "[0 1 2]" {
		t.Fatalf("got %s", got)
	}
	b := hello(t, s)
	b.refused(&chat.Resume{Token: chat.Token("never given out"), Window: 9}, chat.CodeBadToken)
	again := call[*chat.LoggedIn](b, &chat.Resume{Token: in.Token, Window: 9})
	if again.Waiting != 3 || again.Epoch != in.Epoch || again.Incarnation != in.Incarnation || string(again.Token) != string(in.Token) {
		t.Errorf("LOGGED_IN = %+v", again)
	}
	a.goodbye(0, chat.ReasonReplaced)
	if got := b.texts(); got != "[0 1 2]" {
		t.Errorf("got %s after the takeover", got)
	}
	b.nc.Close()
	c := hello(t, s) // whether or not the server has noticed the end of b
	call[*chat.LoggedIn](c, &chat.Resume{Token: in.Token, Window: 9})
	c.fence()
	call[*chat.LoggedOut](c, &chat.Logout{})
	c.refused(&chat.Resume{Token: in.Token, Window: 9}, chat.CodeBadToken)
}

// Many connections resume one session in turn: all but one end with GOODBYE.
func TestTakeoverRace(t *testing.T) {
	s := start(t, Options{}, store.Options{})
	first, in := member(t, s, "alice")
	const n = 10
	peers := []*peer{first}
	for range n {
		peers = append(peers, hello(t, s))
	}
	for _, p := range peers[1:] {
		p.post(&chat.Resume{Token: in.Token, Window: 1})
	}
	for _, p := range peers[1:] {
		p.reply(p.id)
	}
	ended := make(chan bool, n+1)
	for _, p := range peers {
		go func() {
			_, m, err := p.read()
			g, ok := m.(*chat.Goodbye)
			ended <- err == nil && ok && g.Reason == chat.ReasonReplaced
		}()
	}
	for range n {
		if !<-ended {
			t.Error("a connection ended otherwise")
		}
	}
	for _, p := range peers { // the one that is left
		p.nc.Close()
	}
	<-ended
}

func TestDelete(t *testing.T) {
	s := start(t, Options{}, store.Options{})
	alice, was := member(t, s, "Alice")
	bob, _ := member(t, s, "bob")
	call[*chat.Accepted](alice, alice.message("bob", "kept"))
	last := alice.message("bob", "also kept")
	call[*chat.Accepted](alice, last)
	call[*chat.LoggedOut](bob, &chat.Logout{})
	bob.pushed = nil
	call[*chat.Accepted](alice, alice.message("alice", "dropped"))
	alice.refused(&chat.Delete{Name: "bob"}, chat.CodeBadConfirmation)
	alice.fence() // still delivers
	call[*chat.Accepted](alice, alice.message("alice", "more"))
	if got := alice.texts(); got != "[more]" {
		t.Errorf("after a refused DELETE: %s", got)
	}
	call[*chat.Deleted](alice, &chat.Delete{Name: "aLICE"})
	alice.refused(&chat.Login{Name: "alice", Password: password, Window: 1}, chat.CodeBadCredentials)
	alice.create("alice")
	is := alice.login("alice")
	if is.Incarnation == was.Incarnation || is.Epoch == was.Epoch || is.Waiting != 0 {
		t.Errorf("the new account is %+v, the old one was %+v", is, was)
	}
	bob.login("bob")
	list := bob.fence()
	if len(list) != 2 || list[0].From != "Alice" || list[0].Incarnation != was.Incarnation {
		t.Errorf("bob got %+v", list)
	}
}

// A reader that does not read costs others nothing.
func TestStalledReader(t *testing.T) {
	s := start(t, Options{}, store.Options{})
	alice, _ := member(t, s, "alice")
	bob, _ := member(t, s, "bob")
	text := chat.Text(make([]byte, 16384))
	for i := range 400 { // more than the buffers between take
		call[*chat.Accepted](alice, &chat.Send{Key: chat.Key{byte(i), byte(i >> 8)}, To: "bob", Text: text})
	}
	call[*chat.Accepted](alice, alice.message("alice", "x"))
	if got := alice.texts(); got != "[x]" {
		t.Errorf("alice got %s", got)
	}
	got := 0
	for got < 400 {
		list := bob.fence()
		got += len(list)
		if len(list) == 0 {
			t.Fatalf("%d deliveries, then nothing", got)
		}
		bob.post(&chat.Ack{Sequence: list[len(list)-1].Sequence})
	}
}
