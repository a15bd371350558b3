package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wirelaw/wirelaw/codec/chat"
)

const (
	senders   = 8
	receivers = 2
	inFlight  = 64 // SENDs that a sender has in flight
)

// A sender sends numbered messages to the receivers in turn, many in flight, and
// sends again with the same key what was not answered before the server died.
type sender struct {
	name     string
	number   uint32
	token    chat.Token
	accepted uint32 // the first so many are accepted
}

func (s *sender) message(n uint32) *chat.Send {
	m := &chat.Send{
		To:   chat.Username(fmt.Sprintf("receiver%d", n%receivers)),
		Text: chat.Text(fmt.Sprintf("%s %d %s", s.name, n, strings.Repeat("x", int(n%200)))),
	}
	binary.BigEndian.PutUint32(m.Key[:], s.number)
	binary.BigEndian.PutUint32(m.Key[4:], n)
	return m
}

// run sends until the connection ends, or until it has sent limit messages in
// all. It calls joined when it is logged in, and returns how the connection
// ended: GOODBYE is nil.
func (s *sender) run(addr string, limit uint32, joined func()) error {
	c, err := dial(addr)
	if err != nil {
		return err
	}
	defer c.nc.Close()
	if _, err := c.call(&chat.Resume{Token: s.token, Window: 1}); err != nil {
		return err
	}
	joined()
	next := s.accepted
	for s.accepted < limit {
		for ; next < min(limit, s.accepted+inFlight); next++ {
			if c.post(next+1, s.message(next)) != nil {
				break // what has come is still to be read
			}
		}
		id, m, err := c.read()
		switch m := m.(type) {
		case *chat.Accepted:
			if id != s.accepted+1 {
				return fmt.Errorf("%s: a reply to %d, want one to %d", s.name, id, s.accepted+1)
			}
			s.accepted++
		case *chat.Goodbye:
			return nil
		case *chat.Error:
			return fmt.Errorf("%s: %w", s.name, m)
		default:
			if err == nil {
				err = fmt.Errorf("%s: got %T", s.name, m)
			}
			return err
		}
	}
	return nil
}

// A receiver takes messages over, and drops what it has by (epoch, sequence).
type receiver struct {
	name  string
	token chat.Token
	seen  map[seen]string
	got   map[string][]uint32 // by sender
}

type seen struct {
	epoch    chat.Epoch
	sequence chat.Sequence
}

// run receives until the connection ends, or, when last is set, until nothing
// more comes. It returns what is wrong with what came.
func (r *receiver) run(addr string, last bool, joined func()) error {
	c, err := dial(addr)
	if err != nil {
		return nil // the server is dead already
	}
	defer c.nc.Close()
	reply, err := c.call(&chat.Resume{Token: r.token, Window: 256})
	if refusal, ok := errors.AsType[*chat.Error](err); ok {
		return fmt.Errorf("%s: %w", r.name, refusal)
	}
	if err != nil {
		return nil
	}
	joined()
	epoch := reply.(*chat.LoggedIn).Epoch
	if last {
		c.post(8, &chat.Ping{})
	}
	for unacked, more := 0, false; ; {
		_, m, err := c.read()
		if err != nil {
			return nil
		}
		switch m := m.(type) {
		case *chat.Deliver:
			if err := r.take(seen{epoch, m.Sequence}, string(m.Text)); err != nil {
				return err
			}
			if unacked++; last || unacked == 50 {
				unacked = 0
				c.post(7, &chat.Ack{Sequence: m.Sequence})
			}
			more = true
		case *chat.Pong:
			if !more {
				return nil
			}
			more = false
			c.post(8, &chat.Ping{})
		case *chat.Goodbye:
			return nil
		default:
			return fmt.Errorf("%s: got %v", r.name, m)
		}
	}
}

func (r *receiver) take(s seen, text string) error {
	if before, ok := r.seen[s]; ok {
		if before != text {
			return fmt.Errorf("%s: sequence %d was %.20q, now it is %.20q", r.name, s.sequence, before, text)
		}
		return nil
	}
	r.seen[s] = text
	var from string
	var n uint32
	if _, err := fmt.Sscanf(text, "%s %d", &from, &n); err != nil {
		return fmt.Errorf("%s: got %.20q", r.name, text)
	}
	list := r.got[from]
	if len(list) > 0 && list[len(list)-1] >= n {
		return fmt.Errorf("%s: %d of %s came after %d", r.name, n, from, list[len(list)-1])
	}
	r.got[from] = append(list, n)
	return nil
}

// A crowd is all who are there.
type crowd struct {
	senders   []*sender
	receivers []*receiver
}

func newCrowd(t *testing.T, addr string) *crowd {
	t.Helper()
	c := &crowd{}
	token := func(name string) chat.Token {
		k, err := register(addr, name)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	for i := range senders {
		name := fmt.Sprintf("sender%d", i)
		c.senders = append(c.senders, &sender{name: name, number: uint32(i), token: token(name)})
	}
	for i := range receivers {
		name := fmt.Sprintf("receiver%d", i)
		c.receivers = append(c.receivers, &receiver{name: name, token: token(name), seen: map[seen]string{}, got: map[string][]uint32{}})
	}
	return c
}

// load lets all send and receive until the server ends, and calls end at a random
// moment after all have logged in.
func (c *crowd) load(t *testing.T, addr string, graceful bool, end func()) {
	t.Helper()
	var wg, in sync.WaitGroup
	in.Add(len(c.senders) + len(c.receivers))
	for _, s := range c.senders {
		wg.Go(func() {
			err := s.run(addr, 1<<31, in.Done)
			if _, refused := errors.AsType[*chat.Error](err); refused || graceful && err != nil {
				t.Errorf("%s: %v", s.name, err)
			}
		})
	}
	for _, r := range c.receivers {
		wg.Go(func() {
			if err := r.run(addr, false, in.Done); err != nil {
				t.Error(err)
			}
		})
	}
	in.Wait()
	<-time.After(time.Duration(20+rand.IntN(200)) * time.Millisecond)
	end()
	wg.Wait()
}

// settle sends what is left and wants everything delivered once, in order.
func (c *crowd) settle(t *testing.T, addr string) {
	t.Helper()
	for _, s := range c.senders {
		if err := s.run(addr, s.accepted+inFlight, func() {}); err != nil {
			t.Error(err)
		}
	}
	total := 0
	for i, r := range c.receivers {
		if err := r.run(addr, true, func() {}); err != nil {
			t.Error(err)
		}
		for _, s := range c.senders {
			got := r.got[s.name]
			total += len(got)
			for k, n := range got {
				if want := uint32(k*receivers + i); n != want {
					t.Fatalf("%s got %d of %s, want %d", r.name, n, s.name, want)
				}
			}
			if want := (int(s.accepted) + receivers - 1 - i) / receivers; len(got) != want {
				t.Errorf("%s got %d messages of %s, want %d", r.name, len(got), s.name, want)
			}
		}
	}
	t.Logf("%d messages accepted and delivered", total)
}

// A server that is killed loses nothing that it has accepted, and shows nothing
// twice to who drops repeats by (epoch, sequence).
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("kills chatd twenty times")
	}
	args := []string{"--data", t.TempDir() + "/data", "--inbox", "1000000"}
	d := launch(t, args...)
	c := newCrowd(t, d.addr)
	for range 20 {
		c.load(t, d.addr, false, func() { d.cmd.Process.Kill() })
		d.end()
		d = launch(t, args...)
	}
	c.settle(t, d.addr)
	d.stop()
}

// A server that is told to stop answers what it has begun, says GOODBYE to
// everybody, and loses nothing either.
func TestStop(t *testing.T) {
	if testing.Short() {
		t.Skip("stops chatd under load")
	}
	args := []string{"--data", t.TempDir() + "/data", "--inbox", "1000000"}
	d := launch(t, args...)
	c := newCrowd(t, d.addr)
	for range 3 {
		c.load(t, d.addr, true, d.stop)
		d = launch(t, args...)
	}
	c.settle(t, d.addr)
	d.stop()
}
