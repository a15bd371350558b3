package storetest

import (
	"time"

	"github.com/wirelaw/wirelaw/server/store"
)

// repeat appends m again and checks that it has the receipt of the first.
func (e *env) repeat(m store.Message, first store.Receipt) {
	e.Helper()
	r, err := e.append(m)
	e.ok(err)
	first.Duplicate = true
	if r != first {
		e.Fatalf("the repeat's receipt is %+v, want %+v", r, first)
	}
}

var keyTests = []test{
	{"a repeat is answered like the first", store.Options{}, func(e *env) {
		a, b := e.create("alice"), e.create("bob")
		m := e.message(a, "bob", "x")
		first, err := e.append(m)
		e.ok(err)
		e.clock.move(time.Minute)
		e.send(a, "bob", "y")
		e.repeat(m, first)
		n := e.claim(b, "t")
		all := e.texts(n, "x", "y")
		e.ok(n.Ack(background, all[1].Seq))
		e.repeat(m, first)
		e.texts(n)
		e.ok(n.Delete(background))
		e.repeat(m, first)
		n = e.claim(e.create("bob"), "t")
		e.repeat(m, first)
		e.texts(n)
	}},
	{"other content conflicts", store.Options{}, func(e *env) {
		a := e.create("alice")
		e.create("bob")
		n := e.claim(a, "t")
		m := e.message(a, "alice", "x")
		first, err := e.append(m)
		e.ok(err)
		for _, c := range []struct{ to, text string }{
			{"alice", "y"}, {"alice", ""}, {"bob", "x"}, {"nobody", "x"}, {"alic", "ex"}, {"alicex", ""},
		} {
			other := m
			other.To, other.Text = c.to, c.text
			_, err := e.append(other)
			e.is(err, store.ErrKeyConflict)
		}
		e.repeat(m, first)
		e.texts(n, "x")
	}},
	{"a key is its sender's", store.Options{}, func(e *env) {
		a, b := e.create("alice"), e.create("bob")
		n := e.claim(b, "t")
		m := e.message(a, "bob", "x")
		_, err := e.append(m)
		e.ok(err)
		m.From, m.Text = sender(b), "y"
		r, err := e.append(m)
		e.ok(err)
		e.delete(a)
		m.From, m.Text = sender(e.create("alice")), "z"
		r2, err := e.append(m)
		e.ok(err)
		if r.Duplicate || r2.Duplicate {
			e.Fatal("another sender's key was taken for a repeat")
		}
		e.texts(n, "x", "y", "z")
	}},
	{"a refusal does not use it up", store.Options{}, func(e *env) {
		a := e.create("alice")
		m := e.message(a, "bob", "x")
		_, err := e.append(m)
		e.is(err, store.ErrNoSuchUser)
		e.create("bob")
		r, err := e.append(m)
		e.ok(err)
		if r.Duplicate {
			e.Fatal("a refused message was taken for a repeat's first")
		}
	}},
	{"repeats while the first is pending", store.Options{}, func(e *env) {
		a := e.create("alice")
		n := e.claim(a, "t")
		for range 50 {
			m := e.message(a, "alice", "x")
			other := m
			other.Text = "y"
			first := e.s.Append(background, m)
			second := e.s.Append(background, m)
			conflict := e.s.Append(background, other)
			r2, err := second.Result()
			e.ok(err)
			select {
			case <-first.Done():
			default:
				e.Fatal("the repeat was done before the first")
			}
			r1, err := first.Result()
			e.ok(err)
			if r1.Duplicate || !r2.Duplicate || r1.Seq != r2.Seq || r1.Time != r2.Time {
				e.Fatalf("receipts are %+v and %+v", r1, r2)
			}
			_, err = conflict.Result()
			e.is(err, store.ErrKeyConflict)
		}
		e.waiting(n, 50)
	}},
	{"is known as long as promised and then forgotten", store.Options{KeyRetention: time.Hour}, func(e *env) {
		a := e.create("alice")
		n := e.claim(a, "t")
		for range 10 { // older ones, so that a store may not yet have come to m
			e.send(a, "alice", "y")
		}
		m := e.message(a, "alice", "x")
		first, err := e.append(m)
		e.ok(err)
		e.clock.move(time.Hour - time.Millisecond)
		for range 20 {
			e.send(a, "alice", "y")
		}
		e.repeat(m, first)
		e.clock.move(time.Millisecond)
		m.Text = "z"
		second, err := e.append(m)
		e.ok(err)
		if second.Duplicate || second.Seq == first.Seq {
			e.Fatalf("the key lived too long: %+v", second)
		}
		// The first use, now forgotten, takes the second with it at no time.
		for range 20 {
			e.send(a, "alice", "y")
		}
		e.repeat(m, second)
		e.waiting(n, 52)
	}},
}
