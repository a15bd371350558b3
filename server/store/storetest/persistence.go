package storetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/wirelaw/wirelaw/server/store"
)

var persistenceTests = []test{
	{"everything but sessions is there again", store.Options{}, func(e *env) {
		a, b := e.create("alice"), e.create("bob")
		e.ok(e.s.Rehash(background, b, "new"))
		old := e.claim(b, "t")
		m := e.message(a, "bob", "0")
		first, err := e.append(m)
		e.ok(err)
		for i := range 5 {
			e.send(a, "bob", fmt.Sprint(i+1))
		}
		all := e.texts(old, "0", "1", "2", "3", "4", "5")
		e.ok(old.Ack(background, all[2].Seq))
		e.reopen(false)
		e.lost(old, store.ErrClosed)

		got, err := e.s.Account(background, "bob")
		e.ok(err)
		want := b
		want.Hash = "new"
		if got != want {
			e.Fatalf("got %+v, want %+v", got, want)
		}
		if names := e.walk("", 10); !slices.Equal(names, []string{"alice", "bob"}) {
			e.Fatalf("got %q", names)
		}
		n, err := e.resume("t")
		e.ok(err)
		if !woken(n) {
			e.Fatal("not woken for what waited")
		}
		e.waiting(n, 3)
		e.acked(n, all[2].Seq)
		if list := e.texts(n, "3", "4", "5"); !slices.Equal(list, all[3:]) {
			e.Fatal("the messages changed")
		}
		e.repeat(m, first)
		m.Text = "other"
		_, err = e.append(m)
		e.is(err, store.ErrKeyConflict)
	}},
	{"no number is given twice", store.Options{}, func(e *env) {
		a := e.create("alice")
		seqs, incarnations := map[store.Seq]bool{}, map[store.Incarnation]bool{}
		for i := range 4 {
			for range 3 {
				r := e.send(a, "alice", "x")
				if seqs[r.Seq] {
					e.Fatalf("number %d was given again", r.Seq)
				}
				seqs[r.Seq] = true
			}
			b := e.create("bob")
			if incarnations[b.Incarnation] || b.Incarnation == a.Incarnation {
				e.Fatalf("incarnation %d was given again", b.Incarnation)
			}
			incarnations[b.Incarnation] = true
			e.delete(b)
			n := e.claim(a, "t")
			if i%2 == 0 {
				e.ok(n.Ack(background, 1<<40))
			}
			e.reopen(false)
		}
	}},
	{"dead tokens stay dead", store.Options{}, func(e *env) {
		a, b := e.create("alice"), e.create("bob")
		e.claim(a, "1").Release()
		e.claim(a, "2").Release()
		e.ok(e.claim(b, "3").Logout(background))
		e.reopen(false)
		for _, token := range []string{"1", "3"} {
			_, err := e.resume(token)
			e.is(err, store.ErrBadToken)
		}
		e.clock.move(time.Hour)
		_, err := e.resume("2")
		e.is(err, store.ErrBadToken)
		e.claim(a, "4")
		e.reopen(false)
		_, err = e.resume("2")
		e.is(err, store.ErrBadToken)
		_, err = e.resume("4")
		e.ok(err)
	}},
	{"a longer life of a token", store.Options{}, func(e *env) {
		e.claim(e.create("alice"), "t")
		_, err := e.s.Resume(background, store.HashToken([]byte("t")), e.clock.now().Add(3*time.Hour))
		e.ok(err)
		e.reopen(false)
		e.clock.move(2 * time.Hour)
		_, err = e.resume("t")
		e.ok(err)
	}},
	{"deleted mail stays away", store.Options{}, func(e *env) {
		a, b := e.create("alice"), e.create("bob")
		e.send(a, "bob", "old")
		e.delete(b)
		e.reopen(false)
		_, err := e.s.Account(background, "bob")
		e.is(err, store.ErrNoSuchUser)
		b = e.create("bob")
		e.reopen(false)
		e.texts(e.claim(b, "t"))
	}},
	{"old keys are forgotten after a start", store.Options{KeyRetention: time.Hour}, func(e *env) {
		a := e.create("alice")
		m := e.message(a, "alice", "x")
		first, err := e.append(m)
		e.ok(err)
		e.reopen(false)
		e.clock.move(time.Hour - time.Millisecond)
		e.repeat(m, first)
		e.reopen(false)
		e.clock.move(time.Millisecond)
		r, err := e.append(m)
		e.ok(err)
		if r.Duplicate {
			e.Fatal("the key lived too long")
		}
		e.reopen(false)
		e.repeat(m, r)
	}},
	{"the inbox limit counts what waited", store.Options{InboxLimit: 3}, func(e *env) {
		a := e.create("alice")
		for range 3 {
			e.send(a, "alice", "x")
		}
		e.reopen(false)
		_, err := e.append(e.message(a, "alice", "x"))
		e.is(err, store.ErrInboxFull)
	}},
	{"a restored backup", store.Options{}, func(e *env) {
		a := e.create("alice")
		b := e.create("bob")
		e.send(a, "alice", "x")
		e.claim(a, "t")
		e.reopen(false)
		again, err := e.s.Account(background, "alice")
		e.ok(err)
		if again != a {
			e.Fatalf("a plain start changed %+v to %+v", a, again)
		}
		epochs := map[store.Epoch]bool{a.Epoch: true, b.Epoch: true}
		for range 2 {
			e.reopen(true)
			for _, old := range []store.Account{a, b} {
				got, err := e.s.Account(background, old.Identity)
				e.ok(err)
				if epochs[got.Epoch] {
					e.Fatalf("epoch %d was used before", got.Epoch)
				}
				epochs[got.Epoch] = true
				old.Epoch = got.Epoch
				if got != old {
					e.Fatalf("got %+v, want %+v", got, old)
				}
			}
			_, err = e.resume("t")
			e.is(err, store.ErrBadToken)
		}
		// An account made since the backup had the next number.
		c := e.create("carol")
		if c.Incarnation == b.Incarnation+1 {
			e.Fatalf("incarnation %d may have been given before", c.Incarnation)
		}
		got, err := e.s.Account(background, "alice")
		e.ok(err)
		e.texts(e.claim(got, "u"), "x")
		e.reopen(false)
		if again, err = e.s.Account(background, "alice"); err != nil || again != got {
			e.Fatalf("a plain start changed %+v to %+v, error %v", got, again, err)
		}
	}},
}
