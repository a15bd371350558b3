package run

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/peer"
	"github.com/wirelaw/wirelaw/spec"
)

// loadAll is load with what follows from the table.
var loadAll = sync.OnceValues(func() (*Suite, error) {
	s, err := load()
	if err != nil {
		return nil, err
	}
	all := *s
	all.Cases = slices.Clone(s.Cases)
	return &all, all.Derive()
})

// derived is the suite with what follows from the table.
func derived(t testing.TB) *Suite {
	t.Helper()
	s, err := loadAll()
	if err != nil {
		t.Fatal(err)
	}
	all := *s
	all.Cases = slices.Clone(s.Cases)
	return &all
}

// TestUnits shows that every case is in one unit, that only what may share a connection does, and that no unit is too large.
func TestUnits(t *testing.T) {
	s := derived(t)
	seen := map[*Case]bool{}
	together := 0
	for _, unit := range units(s.Cases) {
		lines := 0
		for _, c := range unit {
			if seen[c] {
				t.Fatalf("%s is in two units", c.ID)
			}
			seen[c] = true
			if len(unit) == 1 {
				continue
			}
			together++
			lines += len(c.derived.Lines)
			if !c.derived.Shared || !slices.Equal(c.derived.Opening, unit[0].derived.Opening) || !slices.Equal(c.derived.Require, unit[0].derived.Require) {
				t.Errorf("%s must not share a connection with %s", c.ID, unit[0].ID)
			}
		}
		if len(unit) > maxShared || lines > maxLines {
			t.Errorf("a unit of %d cases and %d lines", len(unit), lines)
		}
	}
	if len(seen) != len(s.Cases) || together < 2000 {
		t.Errorf("%d of %d cases are in units, %d share a connection", len(seen), len(s.Cases), together)
	}
}

// TestSharedFailures shows that each case that shares a connection has its own verdict, whatever the others do to it.
func TestSharedFailures(t *testing.T) {
	s := derived(t)
	addr := serve(t, &peer.Fault{
		Check: func(_ *peer.Conn, r peer.Request, e *spec.Error) *spec.Error {
			if e != nil && r.Message != nil && r.Message.Name == "CREATE" && e.Name == "BAD_NAME" {
				return s.Protocol.Error("BAD_FIELD")
			}
			return e
		},
		After: func(_ *peer.Conn, r peer.Request, goOn bool) bool { // it also hangs up on half of the others
			return goOn && (r.Error == nil || r.Error.Name != "BAD_PASSWORD")
		},
	})
	r := judgeAt(t, s, addr, 1, "chat/create/derived")
	n := 0
	for _, res := range r.Results {
		if !strings.HasPrefix(res.Case.ID, "chat/create/derived/") {
			continue
		}
		n++
		title := res.Case.Title
		wrong := strings.HasSuffix(title, ": BAD_NAME") || strings.HasSuffix(title, ": BAD_PASSWORD")
		if want := conformance.Fail; res.Verdict != conformance.Skip && wrong != (res.Verdict == want) {
			t.Errorf("%s %s (%s): %+v", res.Verdict, res.Case.ID, title, res.Finding)
		}
		if res.Unsteady {
			t.Errorf("%s is unsteady: %s", res.Case.ID, res.Reason)
		}
	}
	if n < 400 {
		t.Errorf("%d cases", n)
	}
	for _, c := range r.Causes() {
		t.Logf("%s and %d more: expected %s, got %s", c.Example.Case.ID, len(c.Others), c.Example.Finding.Expected, c.Example.Finding.Got)
	}
}

// TestSharedOnly shows what is said of a server that goes wrong only on a connection that many cases share.
func TestSharedOnly(t *testing.T) {
	s := derived(t)
	refused := map[*peer.Conn]int{}
	addr := serve(t, &peer.Fault{Check: func(c *peer.Conn, _ peer.Request, e *spec.Error) *spec.Error {
		if e != nil && e.Name == "MALFORMED" {
			if refused[c]++; refused[c] == 20 {
				return s.Protocol.Error("BAD_FIELD")
			}
		}
		return e
	}})
	unsteady := 0
	for _, res := range judgeAt(t, s, addr, 1, "**/create/derived/short.*").Results {
		if res.Verdict != conformance.Pass {
			t.Errorf("%s %s", res.Verdict, res.Case.ID)
		}
		if res.Unsteady {
			unsteady++
		}
	}
	if unsteady == 0 {
		t.Error("nobody learns that a case failed on a connection that was shared")
	}
}
