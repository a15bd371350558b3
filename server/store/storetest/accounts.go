package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/wirelaw/wirelaw/server/store"
)

var accountTests = []test{
	{"create and look up", store.Options{}, func(e *env) {
		a, err := e.s.Create(background, "alice", "Alice", "h1")
		e.ok(err)
		want := store.Account{Identity: "alice", Name: "Alice", Hash: "h1", Incarnation: a.Incarnation, Epoch: a.Epoch}
		if a != want || a.Incarnation == 0 {
			e.Fatalf("created %+v", a)
		}
		got, err := e.s.Account(background, "alice")
		e.ok(err)
		if got != a {
			e.Fatalf("looked up %+v, created %+v", got, a)
		}
		_, err = e.s.Account(background, "alic")
		e.is(err, store.ErrNoSuchUser)
		_, err = e.s.Create(background, "alice", "ALICE", "h2")
		e.is(err, store.ErrTaken)
		got, err = e.s.Account(background, "alice")
		e.ok(err)
		if got != a {
			e.Fatalf("a refused creation changed %+v to %+v", a, got)
		}
	}},
	{"incarnations and epochs differ", store.Options{}, func(e *env) {
		seen := map[store.Incarnation]bool{}
		epochs := map[store.Epoch]bool{}
		for range 3 {
			for _, name := range []string{"alice", "bob"} {
				a := e.create(name)
				if seen[a.Incarnation] || epochs[a.Epoch] {
					e.Fatalf("%+v has a number that was used before", a)
				}
				seen[a.Incarnation], epochs[a.Epoch] = true, true
				e.delete(a)
			}
		}
	}},
	{"rehash", store.Options{}, func(e *env) {
		a := e.create("alice")
		e.ok(e.s.Rehash(background, a, "new"))
		got, err := e.s.Account(background, "alice")
		e.ok(err)
		want := a
		want.Hash = "new"
		if got != want {
			e.Fatalf("got %+v, want %+v", got, want)
		}
		e.is(e.s.Rehash(background, a, "newer"), store.ErrChanged)
		e.delete(got)
		e.is(e.s.Rehash(background, got, "newer"), store.ErrChanged)
		e.create("alice")
		got.Hash = "hash of alice"
		e.is(e.s.Rehash(background, got, "newer"), store.ErrChanged)
	}},
	{"a name has one creator", store.Options{}, func(e *env) {
		var wg sync.WaitGroup
		var won atomic.Int32
		for i := range 50 {
			wg.Go(func() {
				_, err := e.s.Create(background, "alice", fmt.Sprint(i), "h")
				switch {
				case err == nil:
					won.Add(1)
				case !errors.Is(err, store.ErrTaken):
					e.Errorf("got error %v", err)
				}
				// Whoever was told that the name is taken finds its account.
				if _, err := e.s.Account(background, "alice"); err != nil {
					e.Errorf("got error %v", err)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 {
			e.Fatalf("%d creations succeeded", won.Load())
		}
	}},
	{"a context that is done", store.Options{}, func(e *env) {
		a := e.create("alice")
		n := e.claim(a, "t")
		ctx, cancel := context.WithCancel(background)
		cancel()
		_, err := e.s.Create(ctx, "bob", "bob", "h")
		e.is(err, context.Canceled)
		_, err = e.s.Append(ctx, e.message(a, "alice", "x")).Result()
		e.is(err, context.Canceled)
		e.is(n.Delete(ctx), context.Canceled)
		e.is(n.Logout(ctx), context.Canceled)
		_, err = e.s.Account(background, "bob")
		e.is(err, store.ErrNoSuchUser)
		e.texts(n)
	}},
	{"closed", store.Options{}, func(e *env) {
		a := e.create("alice")
		n := e.claim(a, "t")
		e.ok(e.s.Close())
		e.lost(n, store.ErrClosed)
		_, err := e.s.Create(background, "bob", "bob", "h")
		e.is(err, store.ErrClosed)
		_, err = e.s.Account(background, "alice")
		e.is(err, store.ErrClosed)
		_, err = e.s.Names(background, "", "", 10)
		e.is(err, store.ErrClosed)
		_, err = e.append(e.message(a, "alice", "x"))
		e.is(err, store.ErrClosed)
		_, err = e.resume("t")
		e.is(err, store.ErrClosed)
		e.is(e.s.Close(), store.ErrClosed)
	}},
}
