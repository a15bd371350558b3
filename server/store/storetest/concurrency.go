package storetest

import (
	"fmt"
	"sync"

	"github.com/wirelaw/wirelaw/server/store"
)

var concurrencyTests = []test{
	{"many senders, one reader who is taken over", store.Options{}, func(e *env) {
		const senders, each = 8, 60
		reader := e.create("reader")
		var wg sync.WaitGroup
		for i := range senders {
			from := e.create(fmt.Sprintf("s%d", i))
			wg.Go(func() {
				var pending []*store.Pending
				for j := range each {
					pending = append(pending, e.s.Append(background, e.message(from, "reader", fmt.Sprint(j))))
				}
				for _, p := range pending {
					if _, err := p.Result(); err != nil {
						e.Errorf("got error %v", err)
					}
				}
			})
		}
		n := e.claim(reader, "t")
		var last store.Seq
		next := map[string]int{}
		for got, rounds := 0, 0; got < senders*each; rounds++ {
			list, err := n.Read(background, last, 7, 1000)
			e.ok(err)
			for _, d := range list {
				if d.Seq <= last {
					e.Fatalf("%d follows %d", d.Seq, last)
				}
				if d.Text != fmt.Sprint(next[d.From.Name]) {
					e.Fatalf("%q from %q is out of order", d.Text, d.From.Name)
				}
				next[d.From.Name]++
				last = d.Seq
				got++
			}
			if len(list) == 0 {
				<-n.Woken() // a lost signal hangs here
				continue
			}
			e.ok(n.Ack(background, last))
			if rounds%5 == 4 {
				old := n
				n, err = e.resume("t")
				e.ok(err)
				e.is(old.Ack(background, last), store.ErrFenced)
			}
		}
		wg.Wait()
		e.waiting(n, 0)
	}},
	{"one key from many", store.Options{}, func(e *env) {
		a := e.create("alice")
		n := e.claim(a, "t")
		m := e.message(a, "alice", "x")
		var wg sync.WaitGroup
		receipts := make([]store.Receipt, 30)
		for i := range receipts {
			wg.Go(func() {
				r, err := e.append(m)
				if err != nil {
					e.Errorf("got error %v", err)
				}
				receipts[i] = r
			})
		}
		wg.Wait()
		firsts := 0
		for _, r := range receipts {
			if !r.Duplicate {
				firsts++
			}
			if r.Seq != receipts[0].Seq {
				e.Fatalf("numbers %d and %d for one message", r.Seq, receipts[0].Seq)
			}
		}
		if firsts != 1 {
			e.Fatalf("%d were the first", firsts)
		}
		e.texts(n, "x")
	}},
	{"close in the middle of it", store.Options{}, func(e *env) {
		a := e.create("alice")
		var pending []*store.Pending
		var wg sync.WaitGroup
		for range 100 {
			pending = append(pending, e.s.Append(background, e.message(a, "alice", "x")))
		}
		for range 4 {
			wg.Go(func() {
				for {
					if _, err := e.append(e.message(a, "alice", "y")); err != nil {
						if err != store.ErrClosed {
							e.Errorf("got error %v", err)
						}
						return
					}
				}
			})
		}
		e.ok(e.s.Close())
		for _, p := range pending {
			_, err := p.Result()
			e.ok(err) // what was handed over before is finished
		}
		wg.Wait()
	}},
}
