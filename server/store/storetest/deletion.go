package storetest

import (
	"errors"
	"sync"

	"github.com/wirelaw/wirelaw/server/store"
)

var deletionTests = []test{
	{"drops what waits for the account", store.Options{}, func(e *env) {
		a, b := e.create("alice"), e.create("bob")
		e.send(a, "bob", "old")
		n := e.claim(b, "t")
		e.ok(n.Delete(background))
		e.lost(n, store.ErrDeleted)
		_, err := e.s.Account(background, "bob")
		e.is(err, store.ErrNoSuchUser)
		_, err = e.append(e.message(a, "bob", "x"))
		e.is(err, store.ErrNoSuchUser)
		b2 := e.create("bob")
		n = e.claim(b2, "t")
		e.texts(n)
		e.waiting(n, 0)
		if woken(n) {
			e.Fatal("woken for the old account's mail")
		}
		e.send(a, "bob", "new")
		e.texts(n, "new")
	}},
	{"keeps what the account sent", store.Options{}, func(e *env) {
		a, err := e.s.Create(background, "alice", "Alice", "h")
		e.ok(err)
		n := e.claim(e.create("bob"), "t")
		e.send(a, "bob", "from the old one")
		e.delete(a)
		a2, err := e.s.Create(background, "alice", "ALICE", "h")
		e.ok(err)
		e.send(a2, "bob", "from the new one")
		list := e.texts(n, "from the old one", "from the new one")
		if list[0].From != sender(a) || list[1].From != sender(a2) {
			e.Fatalf("the senders are %+v and %+v", list[0].From, list[1].From)
		}
	}},
	{"of a full inbox stalls nobody", store.Options{}, func(e *env) {
		a, b := e.create("alice"), e.create("bob")
		var pending []*store.Pending
		for range 5000 {
			pending = append(pending, e.s.Append(background, e.message(a, "bob", "x")))
		}
		for _, p := range pending {
			_, err := p.Result()
			e.ok(err)
		}
		e.delete(b)
		n := e.claim(e.create("bob"), "t")
		e.waiting(n, 0)
		e.texts(n)
	}},
	{"while messages come", store.Options{}, func(e *env) {
		a := e.create("alice")
		for range 20 {
			old := e.create("bob")
			n := e.claim(old, "t")
			var wg sync.WaitGroup
			start := make(chan struct{})
			for range 4 {
				wg.Go(func() {
					<-start
					for range 25 {
						_, err := e.append(e.message(a, "bob", "old"))
						if err != nil && !errors.Is(err, store.ErrNoSuchUser) {
							e.Errorf("got error %v", err)
						}
					}
				})
			}
			var again store.Session
			wg.Go(func() {
				<-start
				if err := n.Delete(background); err != nil {
					e.Errorf("got error %v", err)
				}
			})
			close(start)
			wg.Wait()
			again = e.claim(e.create("bob"), "t")
			e.texts(again)
			e.ok(again.Delete(background))
		}
	}},
	{"by two at once", store.Options{}, func(e *env) {
		n := e.claim(e.create("alice"), "t")
		var wg sync.WaitGroup
		errs := make([]error, 2)
		for i := range errs {
			wg.Go(func() { errs[i] = n.Delete(background) })
		}
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			e.Fatalf("got errors %v", errs)
		}
		e.is(errors.Join(errs...), store.ErrFenced)
	}},
}
