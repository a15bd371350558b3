package storetest

import (
	"time"

	"github.com/wirelaw/wirelaw/server/store"
)

var tokenTests = []test{
	{"works again and again, also with no holder", store.Options{}, func(e *env) {
		a := e.create("alice")
		e.claim(a, "t").Release()
		for range 3 {
			n, err := e.resume("t")
			e.ok(err)
			if n.Account() != a {
				e.Fatalf("the session is for %+v", n.Account())
			}
			n.Release()
		}
		_, err := e.resume("T")
		e.is(err, store.ErrBadToken)
	}},
	{"expires", store.Options{}, func(e *env) {
		n := e.claim(e.create("alice"), "t")
		e.clock.move(time.Hour - time.Millisecond)
		n2, err := e.resume("t")
		e.ok(err)
		e.clock.move(time.Millisecond)
		_, err = e.resume("t")
		e.is(err, store.ErrBadToken)
		e.lost(n, store.ErrReplaced)
		e.waiting(n2, 0)
	}},
	{"lives longer when resumed so, never shorter", store.Options{}, func(e *env) {
		e.claim(e.create("alice"), "t")
		hash, start := store.HashToken([]byte("t")), e.clock.now()
		_, err := e.s.Resume(background, hash, start.Add(2*time.Hour))
		e.ok(err)
		_, err = e.s.Resume(background, hash, start.Add(time.Minute))
		e.ok(err)
		e.clock.move(2*time.Hour - time.Millisecond)
		_, err = e.resume("t")
		e.ok(err)
		e.clock.move(time.Millisecond)
		_, err = e.resume("t")
		e.is(err, store.ErrBadToken)
	}},
	{"dies with the next login", store.Options{}, func(e *env) {
		a := e.create("alice")
		e.claim(a, "1").Release()
		n := e.claim(a, "2")
		_, err := e.resume("1")
		e.is(err, store.ErrBadToken)
		e.waiting(n, 0)
		// A refused login leaves the token alone.
		_, err = e.s.Claim(background, a, store.HashToken([]byte("3")), e.clock.now().Add(time.Hour))
		e.is(err, store.ErrClaimed)
		_, err = e.resume("3")
		e.is(err, store.ErrBadToken)
		_, err = e.resume("2")
		e.ok(err)
	}},
	{"dies with logout", store.Options{}, func(e *env) {
		a, b := e.create("alice"), e.create("bob")
		e.claim(b, "b")
		n := e.claim(a, "t")
		e.ok(n.Logout(background))
		e.lost(n, store.ErrReleased)
		_, err := e.resume("t")
		e.is(err, store.ErrBadToken)
		_, err = e.resume("b")
		e.ok(err)
	}},
	{"dies with the account", store.Options{}, func(e *env) {
		n := e.claim(e.create("alice"), "t")
		e.ok(n.Delete(background))
		_, err := e.resume("t")
		e.is(err, store.ErrBadToken)
		e.create("alice")
		_, err = e.resume("t")
		e.is(err, store.ErrBadToken)
	}},
}
