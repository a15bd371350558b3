package storetest

import (
	"fmt"
	"slices"
	"sync"

	"github.com/wirelaw/wirelaw/server/store"
)

// walk lists by pages, as a client does.
func (e *env) walk(prefix string, page int) (all []string) {
	after := ""
	for {
		list, err := e.s.Names(background, prefix, after, page)
		if err != nil {
			e.Errorf("got error %v", err)
			return all
		}
		for _, l := range list {
			all = append(all, l.Identity)
			after = l.Identity
		}
		if len(list) < page {
			return all
		}
	}
}

var nameTests = []test{
	{"prefix, cursor and limit", store.Options{}, func(e *env) {
		for _, name := range []string{"bob", "a", "ab", "abc", "ac", "é", "b", "a\xff", "z-1"} {
			e.create(name)
		}
		for _, c := range []struct {
			prefix, after string
			limit         int
			want          []string
		}{
			{"", "", 100, []string{"a", "ab", "abc", "ac", "a\xff", "b", "bob", "z-1", "é"}},
			{"", "", 2, []string{"a", "ab"}},
			{"", "ab", 2, []string{"abc", "ac"}},
			{"", "abb", 2, []string{"abc", "ac"}},
			{"", "é", 2, nil},
			{"ab", "", 100, []string{"ab", "abc"}},
			{"ab", "a", 100, []string{"ab", "abc"}},
			{"ab", "ab", 100, []string{"abc"}},
			{"ab", "abc", 100, nil},
			{"ab", "z", 100, nil},
			{"a\xff", "", 100, []string{"a\xff"}},
			{"\xff", "", 100, nil},
			{"b", "", 1, []string{"b"}},
			{"é", "", 1, []string{"é"}},
		} {
			list, err := e.s.Names(background, c.prefix, c.after, c.limit)
			e.ok(err)
			var got []string
			for _, l := range list {
				got = append(got, l.Identity)
			}
			if !slices.Equal(got, c.want) {
				e.Errorf("names(%q, %q, %d) are %q, want %q", c.prefix, c.after, c.limit, got, c.want)
			}
		}
	}},
	{"the spelling is listed", store.Options{}, func(e *env) {
		_, err := e.s.Create(background, "alice", "ALICE", "h")
		e.ok(err)
		list, err := e.s.Names(background, "", "", 10)
		e.ok(err)
		if !slices.Equal(list, []store.Entry{{Identity: "alice", Name: "ALICE"}}) {
			e.Fatalf("got %q", list)
		}
	}},
	{"deleted ones are gone", store.Options{}, func(e *env) {
		a := e.create("alice")
		e.create("bob")
		e.delete(a)
		if got := e.walk("", 10); !slices.Equal(got, []string{"bob"}) {
			e.Fatalf("got %q", got)
		}
	}},
	{"one that stays is met once while others come and go", store.Options{}, func(e *env) {
		var stay []string
		for i := range 20 {
			stay = append(stay, fmt.Sprintf("n%02d", i))
			e.create(stay[i])
		}
		var wg sync.WaitGroup
		stop := make(chan struct{})
		for w := range 3 {
			wg.Go(func() {
				for i := 0; ; i++ {
					select {
					case <-stop:
						return
					default:
					}
					name := fmt.Sprintf("n%02d.%d", (i*7)%20, w)
					a, err := e.s.Create(background, name, name, "h")
					if err != nil {
						e.Errorf("got error %v", err)
						return
					}
					n, err := e.s.Claim(background, a, store.HashToken([]byte(name)), e.clock.now())
					if err != nil {
						e.Errorf("got error %v", err)
						return
					}
					if err := n.Delete(background); err != nil {
						e.Errorf("got error %v", err)
					}
				}
			})
		}
		for range 30 {
			all := e.walk("n", 3)
			if !slices.IsSorted(all) {
				e.Errorf("not sorted: %q", all)
			}
			var got []string
			for _, name := range all {
				if len(name) == 3 {
					got = append(got, name)
				}
			}
			if !slices.Equal(got, stay) {
				e.Errorf("met %q", got)
			}
		}
		close(stop)
		wg.Wait()
	}},
}
