package server

import (
	"fmt"
	"slices"
	"testing"

	"github.com/wirelaw/wirelaw/codec/chat"
	"github.com/wirelaw/wirelaw/server/store"
)

// fill makes accounts that nobody can log in to.
func fill(t *testing.T, s *host, n int) (names []string) {
	t.Helper()
	for i := range n {
		name := fmt.Sprintf("User-%05d", i)
		id, _ := identity(name)
		if _, err := s.store.Create(t.Context(), id, name, "-"); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}

// walk collects a listing and counts its pages.
func (p *peer) walk(m chat.List) (names []string, pages int) {
	p.t.Helper()
	for {
		a := call[*chat.Accounts](p, &m)
		pages++
		for _, n := range a.Names {
			names = append(names, string(n))
		}
		if len(a.Next) == 0 {
			return names, pages
		}
		if m.Limit > 0 && len(a.Names) > int(m.Limit) {
			p.t.Fatalf("a page of %d names, want %d at most", len(a.Names), m.Limit)
		}
		m.Cursor = a.Next
	}
}

func TestListPages(t *testing.T) {
	s := start(t, Options{Page: 100}, store.Options{})
	all := fill(t, s, 250)
	p, _ := member(t, s, "zoë")
	all = append(all, "zoë")
	tests := []struct {
		m     chat.List
		want  []string
		pages int
	}{
		{chat.List{}, all, 3},
		{chat.List{Limit: 1000}, all, 3},
		{chat.List{Limit: 251}, all, 3},
		{chat.List{Limit: 50}, all, 6},
		{chat.List{Limit: 1}, all, 251},
		{chat.List{By: chat.ListingWildcard, Pattern: "*"}, all, 3},
		{chat.List{By: chat.ListingWildcard, Pattern: "USER-0000?"}, all[:10], 1},
		{chat.List{By: chat.ListingWildcard, Pattern: "USER-0000?", Limit: 5}, all[:10], 2},
		{chat.List{By: chat.ListingWildcard, Pattern: "zo?"}, all[250:], 1},
		{chat.List{By: chat.ListingWildcard, Pattern: "nobody*"}, nil, 1},
		{chat.List{By: chat.ListingRegex, Pattern: "-0000[0-4]$"}, all[:5], 1},
		{chat.List{By: chat.ListingRegex, Pattern: ""}, all, 3},
	}
	for _, tt := range tests {
		got, pages := p.walk(tt.m)
		if !slices.Equal(got, tt.want) || pages != tt.pages {
			t.Errorf("%+v: %d names on %d pages, want %d on %d", tt.m, len(got), pages, len(tt.want), tt.pages)
		}
	}
}

// A page looks at so many names; it may be empty and have a next.
func TestListBoundedWork(t *testing.T) {
	s := start(t, Options{}, store.Options{})
	all := fill(t, s, listNames+10)
	p, _ := member(t, s, "alice")
	for _, m := range []chat.List{
		{By: chat.ListingRegex, Pattern: all[len(all)-1] + "$"},
		{By: chat.ListingRegex, Pattern: "(((((0|.)*)*)*)*){100}" + all[len(all)-1] + "$"},
		{By: chat.ListingWildcard, Pattern: "*" + all[len(all)-1]},
	} {
		a := call[*chat.Accounts](p, &m)
		if len(a.Names) != 0 || len(a.Next) == 0 {
			t.Errorf("%q: the first page has %d names and the next %q", m.Pattern, len(a.Names), a.Next)
		}
		if got, _ := p.walk(m); !slices.Equal(got, all[len(all)-1:]) {
			t.Errorf("%q: got %q", m.Pattern, got)
		}
	}
}

func TestListRefuses(t *testing.T) {
	s := start(t, Options{Page: 2}, store.Options{})
	fill(t, s, 5)
	p, _ := member(t, s, "alice")
	next := call[*chat.Accounts](p, &chat.List{}).Next
	if len(next) == 0 {
		t.Fatal("there is no next page")
	}
	other := slices.Clone(next)
	other[len(other)-1]++
	for _, tt := range []struct {
		m    chat.List
		code chat.ErrorCode
	}{
		{chat.List{Pattern: "*"}, chat.CodeBadPattern},
		{chat.List{By: chat.ListingWildcard, Pattern: `a\`}, chat.CodeBadPattern},
		{chat.List{By: chat.ListingRegex, Pattern: "("}, chat.CodeBadPattern},
		{chat.List{By: chat.ListingRegex, Pattern: "(?i)a"}, chat.CodeBadPattern},
		{chat.List{Cursor: []byte("x")}, chat.CodeBadCursor},
		{chat.List{Cursor: other}, chat.CodeBadCursor},
		{chat.List{Cursor: next[:len(next)-1]}, chat.CodeBadCursor},
		{chat.List{By: chat.ListingWildcard, Cursor: next}, chat.CodeBadCursor},
		{chat.List{By: chat.ListingWildcard, Pattern: "*", Cursor: next}, chat.CodeBadCursor},
		{chat.List{Pattern: "*", Cursor: other}, chat.CodeBadPattern}, // the pattern comes first
	} {
		p.refused(&tt.m, tt.code)
	}
	call[*chat.Accounts](p, &chat.List{Cursor: next})
}

// An account that is there throughout appears once, whatever comes and goes.
func TestListWhileChanging(t *testing.T) {
	s := start(t, Options{Page: 7}, store.Options{})
	all := fill(t, s, 60)
	p, _ := member(t, s, "alice")
	m := chat.List{By: chat.ListingWildcard, Pattern: "user*"}
	var got []string
	for i := 0; ; i++ {
		a := call[*chat.Accounts](p, &m)
		for _, n := range a.Names {
			if len(n) == len(all[0]) {
				got = append(got, string(n))
			}
		}
		if m.Cursor = a.Next; len(m.Cursor) == 0 {
			break
		}
		name := fmt.Sprintf("user-%05dx", i*6)
		if _, err := s.store.Create(t.Context(), name, name, "-"); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(got, all) {
		t.Errorf("got %d names, want %d: %q", len(got), len(all), got)
	}
}
