package storetest

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wirelaw/wirelaw/server/store"
)

var sessionTests = []test{
	{"one holder at a time", store.Options{}, func(e *env) {
		a, b := e.create("alice"), e.create("bob")
		n := e.claim(a, "1")
		_, err := e.s.Claim(background, a, store.HashToken([]byte("2")), e.clock.now())
		e.is(err, store.ErrClaimed)
		e.claim(b, "3")
		if n.Account() != a {
			e.Fatalf("the session is for %+v", n.Account())
		}
		if n.Cause() != nil {
			e.Fatalf("the session has ended: %v", n.Cause())
		}
		n.Release()
		e.lost(n, store.ErrReleased)
		next := e.claim(a, "4")
		n.Release()
		e.waiting(next, 0)
	}},
	{"one winner of many claims", store.Options{}, func(e *env) {
		a := e.create("alice")
		var wg sync.WaitGroup
		var won atomic.Int32
		for i := range 30 {
			wg.Go(func() {
				_, err := e.s.Claim(background, a, store.TokenHash{byte(i)}, e.clock.now())
				switch {
				case err == nil:
					won.Add(1)
				case !errors.Is(err, store.ErrClaimed):
					e.Errorf("got error %v", err)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 {
			e.Fatalf("%d claims succeeded", won.Load())
		}
	}},
	{"a claim of what is gone", store.Options{}, func(e *env) {
		old := e.create("alice")
		e.delete(old)
		_, err := e.s.Claim(background, old, store.TokenHash{1}, e.clock.now())
		e.is(err, store.ErrNoSuchUser)
		e.create("alice")
		_, err = e.s.Claim(background, old, store.TokenHash{1}, e.clock.now())
		e.is(err, store.ErrNoSuchUser)
	}},
	{"a takeover fences the old holder", store.Options{}, func(e *env) {
		a := e.create("alice")
		old := e.claim(a, "t")
		e.send(a, "alice", "1")
		next, err := e.resume("t")
		e.ok(err)
		e.lost(old, store.ErrReplaced)
		e.texts(next, "1")
		if next.Account() != a {
			e.Fatalf("the session is for %+v", next.Account())
		}
		last, err := e.resume("t")
		e.ok(err)
		e.lost(next, store.ErrReplaced)
		e.lost(old, store.ErrReplaced)
		e.waiting(last, 1)
	}},
	{"takeovers race", store.Options{}, func(e *env) {
		a := e.create("alice")
		e.claim(a, "t")
		var wg sync.WaitGroup
		sessions := make([]store.Session, 20)
		for i := range sessions {
			wg.Go(func() {
				n, err := e.resume("t")
				if err != nil {
					e.Errorf("got error %v", err)
				}
				sessions[i] = n
			})
		}
		wg.Wait()
		standing := 0
		for _, n := range sessions {
			if n.Cause() == nil {
				standing++
			}
		}
		if standing != 1 {
			e.Fatalf("%d sessions stand", standing)
		}
	}},
	{"wakes when a message comes", store.Options{}, func(e *env) {
		a, b := e.create("alice"), e.create("bob")
		n, other := e.claim(a, "1"), e.claim(b, "2")
		if woken(n) {
			e.Fatal("woken with nothing to read")
		}
		e.send(b, "alice", "1")
		if !woken(n) || woken(other) {
			e.Fatal("the wrong session was woken")
		}
		e.send(b, "alice", "2")
		e.send(b, "alice", "3")
		if !woken(n) || woken(n) {
			e.Fatal("want one signal for many messages")
		}
		n.Release()
		if n = e.claim(a, "3"); !woken(n) {
			e.Fatal("not woken for what waited")
		}
		e.ok(n.Ack(background, 1<<40))
		n, err := e.resume("3")
		e.ok(err)
		if woken(n) {
			e.Fatal("woken with nothing to read")
		}
	}},
	{"a release frees before it returns", store.Options{}, func(e *env) {
		a := e.create("alice")
		for range 100 {
			e.claim(a, "t").Release()
			e.ok(e.claim(a, "t").Logout(background))
		}
	}},
	{"waits on lost", store.Options{}, func(e *env) {
		n := e.claim(e.create("alice"), "t")
		done := make(chan error)
		go func() {
			<-n.Lost()
			done <- n.Cause()
		}()
		_, err := e.resume("t")
		e.ok(err)
		select {
		case err := <-done:
			e.is(err, store.ErrReplaced)
		case <-time.After(10 * time.Second):
			e.Fatal("lost was not closed")
		}
	}},
}
