// Package storetest is the suite that every store passes.
package storetest

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wirelaw/wirelaw/server/store"
)

// An Opener opens the same data each time it is called, once the store that it
// returned before is closed. A store that does not persist starts empty.
type Opener func(o store.Options) (store.Store, error)

// Run runs the suite. It calls fresh for an Opener of empty data for each test.
func Run(t *testing.T, fresh func(t *testing.T) Opener) {
	groups := []struct {
		name  string
		tests []test
	}{
		{"accounts", accountTests},
		{"names", nameTests},
		{"sessions", sessionTests},
		{"tokens", tokenTests},
		{"messages", messageTests},
		{"keys", keyTests},
		{"deletion", deletionTests},
		{"concurrency", concurrencyTests},
		{"persistence", persistenceTests},
	}
	for _, g := range groups {
		t.Run(g.name, func(t *testing.T) {
			for _, c := range g.tests {
				t.Run(c.name, func(t *testing.T) {
					e := &env{T: t, open: fresh(t), clock: newClock(), opts: c.opts}
					e.start(false)
					if g.name == "persistence" && !e.s.Durable() {
						e.s.Close()
						t.Skip("the store does not persist")
					}
					defer func() { e.s.Close() }()
					c.run(e)
				})
			}
		})
	}
}

// A test is one row of a group's table.
type test struct {
	name string
	opts store.Options
	run  func(e *env)
}

// An env is a store under test, with short forms of what most tests do.
type env struct {
	*testing.T
	open  Opener
	opts  store.Options
	clock *clock
	s     store.Store
	keys  atomic.Uint64
}

var background = context.Background()

func (e *env) start(restored bool) {
	e.Helper()
	o := e.opts
	o.Now, o.Restored = e.clock.now, restored
	s, err := e.open(o)
	if err != nil {
		e.Fatal(err)
	}
	e.s = s
}

// reopen closes the store and opens it again.
func (e *env) reopen(restored bool) {
	e.Helper()
	e.ok(e.s.Close())
	e.start(restored)
}

func (e *env) ok(err error) {
	e.Helper()
	if err != nil {
		e.Fatalf("got error %v", err)
	}
}

func (e *env) is(err, want error) {
	e.Helper()
	if !errors.Is(err, want) {
		e.Fatalf("got error %v, want %v", err, want)
	}
}

// create makes an account whose name is its identity.
func (e *env) create(identity string) store.Account {
	e.Helper()
	a, err := e.s.Create(background, identity, identity, "hash of "+identity)
	e.ok(err)
	return a
}

// claim logs in, with a token that lasts an hour.
func (e *env) claim(a store.Account, token string) store.Session {
	e.Helper()
	n, err := e.s.Claim(background, a, store.HashToken([]byte(token)), e.clock.now().Add(time.Hour))
	e.ok(err)
	return n
}

func (e *env) resume(token string) (store.Session, error) {
	return e.s.Resume(background, store.HashToken([]byte(token)), time.Time{})
}

func (e *env) delete(a store.Account) {
	e.Helper()
	e.ok(e.claim(a, "delete "+a.Identity).Delete(background))
}

// nextKey is a key that was not used before in this test.
func (e *env) nextKey() store.Key { return keyOf(e.keys.Add(1)) }

func keyOf(n uint64) (k store.Key) {
	binary.BigEndian.PutUint64(k[8:], n)
	return k
}

func sender(a store.Account) store.Sender {
	return store.Sender{Identity: a.Identity, Name: a.Name, Incarnation: a.Incarnation}
}

func (e *env) message(from store.Account, to, text string) store.Message {
	return store.Message{Key: e.nextKey(), From: sender(from), To: to, Text: text}
}

func (e *env) append(m store.Message) (store.Receipt, error) {
	return e.s.Append(background, m).Result()
}

// send appends a message and waits for its receipt.
func (e *env) send(from store.Account, to, text string) store.Receipt {
	e.Helper()
	r, err := e.append(e.message(from, to, text))
	e.ok(err)
	return r
}

func (e *env) waiting(n store.Session, want int) {
	e.Helper()
	got, err := n.Waiting(background)
	e.ok(err)
	if got != want {
		e.Fatalf("%d messages wait, want %d", got, want)
	}
}

func (e *env) acked(n store.Session, want store.Seq) {
	e.Helper()
	got, err := n.Acked(background)
	e.ok(err)
	if got != want {
		e.Fatalf("acknowledged up to %d, want %d", got, want)
	}
}

// read returns all messages after a number.
func (e *env) read(n store.Session, after store.Seq) []store.Delivery {
	e.Helper()
	list, err := n.Read(background, after, 1<<20, 1<<30)
	e.ok(err)
	return list
}

// texts checks what a session can read from its start.
func (e *env) texts(n store.Session, want ...string) []store.Delivery {
	e.Helper()
	list := e.read(n, 0)
	var got []string
	for _, d := range list {
		got = append(got, d.Text)
	}
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		e.Fatalf("read %q, want %q", got, want)
	}
	return list
}

// woken reports whether a signal is there, and takes it.
func woken(n store.Session) bool {
	select {
	case <-n.Woken():
		return true
	default:
		return false
	}
}

// lost checks that n has ended with this cause and that no call acts any more.
func (e *env) lost(n store.Session, cause error) {
	e.Helper()
	select {
	case <-n.Lost():
	default:
		e.Fatal("lost is not closed")
	}
	e.is(n.Cause(), cause)
	_, err := n.Read(background, 0, 1, 1)
	e.is(err, store.ErrFenced)
	_, err = n.Waiting(background)
	e.is(err, store.ErrFenced)
	_, err = n.Acked(background)
	e.is(err, store.ErrFenced)
	e.is(n.Ack(background, 1<<40), store.ErrFenced)
	e.is(n.Logout(background), store.ErrFenced)
	e.is(n.Delete(background), store.ErrFenced)
	n.Release()
}

// A clock stands still until it is moved.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.UnixMilli(1_700_000_000_123)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}
