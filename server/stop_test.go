package server

import (
	"context"
	"testing"
	"time"

	"github.com/wirelaw/wirelaw/codec/chat"
	"github.com/wirelaw/wirelaw/server/store"
)

func TestMaxConns(t *testing.T) {
	s := start(t, Options{MaxConns: 2}, store.Options{})
	a, b := hello(t, s), hello(t, s)
	c := dial(t, s)
	if e := want[*chat.Error](c, 0); e.Code != chat.CodeBusy {
		t.Errorf("got %v", e)
	}
	c.ended()
	a.goodbye(a.post(&chat.Bye{}), chat.ReasonBye)
	a.nc.Close()
	b.fence()
	for { // until the server has noticed
		d := dial(t, s)
		d.post(&chat.Ping{})
		if _, m, err := d.read(); err == nil && m.Opcode() == chat.OpPong {
			break
		}
	}
}

// Shutdown says GOODBYE after the replies to what was read, and takes no more.
func TestShutdown(t *testing.T) {
	s := start(t, Options{}, store.Options{})
	p, _ := member(t, s, "alice")
	idle := dial(t, s)
	idle.post(&chat.Ping{})
	idle.reply(idle.id)
	const n = 100
	accepted := make(chan int, 1)
	go func() {
		count := 0
		for {
			_, m, err := p.read()
			if err != nil {
				accepted <- -1
				return
			}
			switch m := m.(type) {
			case *chat.Accepted:
				count++
			case *chat.Goodbye:
				if m.Reason != chat.ReasonShutdown {
					count = -2
				}
				p.nc.Close()
				accepted <- count
				return
			}
		}
	}()
	for i := range n {
		p.post(&chat.Send{Key: chat.Key{byte(i), 1}, To: "alice", Text: "x"})
	}
	ctx, cancel := context.WithTimeout(t.Context(), backstop)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		t.Fatal(err)
	}
	idle.goodbye(0, chat.ReasonShutdown)
	got := <-accepted
	_, err := s.store.Account(ctx, "alice")
	if err != nil {
		t.Fatal(err)
	}
	a, _ := s.store.Account(ctx, "alice")
	session, err := s.store.Claim(ctx, a, store.TokenHash{}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if stored, _ := session.Waiting(ctx); stored != got {
		t.Errorf("%d accepted, %d stored", got, stored)
	}
	session.Release()
}
