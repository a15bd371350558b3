package storetest

import (
	"fmt"
	"strings"
	"time"

	"github.com/wirelaw/wirelaw/server/store"
)

var messageTests = []test{
	{"arrives whole", store.Options{}, func(e *env) {
		a, err := e.s.Create(background, "alice", "Alice", "h")
		e.ok(err)
		n := e.claim(e.create("bob"), "t")
		text := "hällo\x00\n" + strings.Repeat("x", 16384)
		r := e.send(a, "bob", text)
		want := store.Delivery{Seq: r.Seq, Time: e.clock.now().UnixMilli(), From: sender(a), Text: text}
		list := e.read(n, 0)
		if len(list) != 1 || list[0] != want {
			e.Fatalf("read %d messages, not the one that was sent", len(list))
		}
		if r.Seq == 0 || r.Time != want.Time || r.Duplicate {
			e.Fatalf("the receipt is %+v", r)
		}
	}},
	{"to oneself", store.Options{}, func(e *env) {
		a := e.create("alice")
		e.send(a, "alice", "me")
		e.texts(e.claim(a, "t"), "me")
	}},
	{"to nobody", store.Options{}, func(e *env) {
		_, err := e.append(e.message(e.create("alice"), "bob", "x"))
		e.is(err, store.ErrNoSuchUser)
	}},
	{"in order, with a rising number", store.Options{}, func(e *env) {
		a, b := e.create("alice"), e.create("bob")
		var want []string
		var pending []*store.Pending
		for i := range 500 {
			want = append(want, fmt.Sprint(i))
			pending = append(pending, e.s.Append(background, e.message(a, "bob", want[i])))
		}
		var last store.Seq
		for _, p := range pending {
			r, err := p.Result()
			e.ok(err)
			if r.Seq <= last {
				e.Fatalf("%d follows %d", r.Seq, last)
			}
			last = r.Seq
		}
		n := e.claim(b, "t")
		e.waiting(n, 500)
		last = 0
		for _, d := range e.texts(n, want...) {
			if d.Seq <= last {
				e.Fatalf("%d follows %d", d.Seq, last)
			}
			last = d.Seq
		}
	}},
	{"what is done can be read", store.Options{}, func(e *env) {
		a := e.create("alice")
		n := e.claim(a, "t")
		for i := range 100 {
			r := e.send(a, "alice", "x")
			e.waiting(n, i+1)
			if list := e.read(n, r.Seq-1); len(list) != 1 || list[0].Seq != r.Seq {
				e.Fatalf("message %d is not there", r.Seq)
			}
		}
	}},
	{"read by windows", store.Options{}, func(e *env) {
		a := e.create("alice")
		n := e.claim(a, "t")
		for i := range 10 {
			e.send(a, "alice", strings.Repeat("x", 10*(i+1)))
		}
		all := e.read(n, 0)
		for _, c := range []struct {
			after        int // index of the message read before
			limit, bytes int
			want         int
		}{
			{0, 3, 1000, 3},
			{0, 100, 1000, 10},
			{0, 1, 1000, 1},
			{0, 100, 60, 3},
			{0, 100, 59, 2},
			{0, 100, 0, 1},
			{0, 100, 9, 1},
			{9, 100, 0, 1},
			{9, 5, 1000, 1},
			{10, 5, 1000, 0},
			{4, 3, 1000, 3},
			{4, 3, 109, 1},
			{4, 3, 110, 2},
		} {
			var after store.Seq
			if c.after > 0 {
				after = all[c.after-1].Seq
			}
			list, err := n.Read(background, after, c.limit, c.bytes)
			e.ok(err)
			if len(list) != c.want {
				e.Errorf("after %d, limit %d, %d bytes: read %d, want %d", c.after, c.limit, c.bytes, len(list), c.want)
			}
			for i, d := range list {
				if d != all[c.after+i] {
					e.Errorf("after %d: message %d is another", c.after, i)
				}
			}
		}
		if list := e.read(n, 1<<60); len(list) != 0 {
			e.Errorf("read %d messages after the last", len(list))
		}
	}},
	{"acknowledged ones are gone", store.Options{}, func(e *env) {
		a := e.create("alice")
		n := e.claim(a, "t")
		e.acked(n, 0)
		for i := range 6 {
			e.send(a, "alice", fmt.Sprint(i))
		}
		all := e.texts(n, "0", "1", "2", "3", "4", "5")
		e.ok(n.Ack(background, all[1].Seq))
		e.texts(n, "2", "3", "4", "5")
		e.ok(n.Ack(background, all[0].Seq))
		e.ok(n.Ack(background, all[1].Seq))
		e.ok(n.Ack(background, 0))
		e.waiting(n, 4)
		n.Release()
		n = e.claim(a, "t")
		e.acked(n, all[1].Seq)
		e.texts(n, "2", "3", "4", "5")
		// A number that was never given acknowledges no later message.
		e.ok(n.Ack(background, all[5].Seq+10))
		e.waiting(n, 0)
		for i := range 20 {
			if r := e.send(a, "alice", fmt.Sprint(i)); r.Seq <= all[5].Seq {
				e.Fatalf("number %d was given again", r.Seq)
			}
		}
		e.waiting(n, 20)
	}},
	{"a full inbox", store.Options{InboxLimit: 3}, func(e *env) {
		a, b := e.create("alice"), e.create("bob")
		n := e.claim(b, "t")
		for i := range 3 {
			e.send(a, "bob", fmt.Sprint(i))
		}
		m := e.message(a, "bob", "3")
		_, err := e.append(m)
		e.is(err, store.ErrInboxFull)
		e.send(a, "alice", "another inbox has room")
		all := e.texts(n, "0", "1", "2")
		e.ok(n.Ack(background, all[0].Seq))
		r, err := e.append(m) // the refusal did not use the key up
		e.ok(err)
		if r.Duplicate {
			e.Fatal("a refused message was taken for a repeat's first")
		}
		_, err = e.append(e.message(a, "bob", "4"))
		e.is(err, store.ErrInboxFull)
		r, err = e.append(m) // a repeat needs no room
		e.ok(err)
		if !r.Duplicate {
			e.Fatal("a repeat was not found out")
		}
		e.texts(n, "1", "2", "3")
	}},
	{"a full inbox, many at once", store.Options{InboxLimit: 10}, func(e *env) {
		a, b := e.create("alice"), e.create("bob")
		var pending []*store.Pending
		for range 40 {
			pending = append(pending, e.s.Append(background, e.message(a, "bob", "x")))
		}
		for i, p := range pending {
			_, err := p.Result()
			if i < 10 {
				e.ok(err)
			} else {
				e.is(err, store.ErrInboxFull)
			}
		}
		e.waiting(e.claim(b, "t"), 10)
	}},
	{"the clock says when", store.Options{}, func(e *env) {
		a := e.create("alice")
		first := e.send(a, "alice", "1")
		e.clock.move(90 * time.Second)
		if second := e.send(a, "alice", "2"); second.Time-first.Time != 90_000 {
			e.Fatalf("times are %d and %d", first.Time, second.Time)
		}
	}},
}
