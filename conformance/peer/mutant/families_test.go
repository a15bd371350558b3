package mutant_test

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/peer"
	"github.com/wirelaw/wirelaw/conformance/peer/mutant"
	"github.com/wirelaw/wirelaw/conformance/run"
)

// family is what a case that follows from the table tries, on which message; a transcript is a family of its own.
func family(c *run.Case) string {
	if c.Family != "" {
		return "derived " + c.Family
	}
	return c.ID
}

// TestFamilies shows that each family of cases catches a fault in a rule of its own: what fails because nobody can log in is no catch.
// Cases that the model skips are left out.
func TestFamilies(t *testing.T) {
	if *all != "all" {
		t.Skip("long: give -mutants=all")
	}
	s := suite(t)
	l := &lazy{t: t, s: s, idle: map[string][]*run.Case{}}
	honest := serve(t, s.Protocol, nil)
	defer honest.Close()
	for _, r := range judge(t, s, s.Cases, honest, 1, false).Results {
		if i := slices.IndexFunc(s.Cases, func(c *run.Case) bool { return c.Case == r.Case }); i >= 0 && r.Verdict == conformance.Pass {
			l.idle[family(s.Cases[i])] = append(l.idle[family(s.Cases[i])], s.Cases[i])
		}
	}
	families := len(l.idle)
	faults := slices.DeleteFunc(slices.Concat(mutant.Chat(), mutant.Generated(s.Protocol)), func(f *peer.Fault) bool {
		return !strings.HasPrefix(f.Name, *only)
	})
	for _, most := range []int{4, len(s.Cases)} {
		begin := time.Now()
		l.round(faults, most)
		t.Logf("with %d cases of a family at most: %d of %d families have caught nothing, %v", most, len(l.idle), families, time.Since(begin))
	}
	for _, name := range slices.Sorted(maps.Keys(l.idle)) {
		if *only == "" {
			t.Errorf("%s (%d cases) catches no fault in a rule of its own", name, len(l.idle[name]))
		}
	}
}

// lazy are families of cases that have caught nothing yet.
type lazy struct {
	t *testing.T
	s *run.Suite

	mu   sync.Mutex
	idle map[string][]*run.Case
}

// round judges every fault once, with at most so many cases of each family that names a rule of it. Those that are silent come last: they
// take long.
func (l *lazy) round(faults []*peer.Fault, most int) {
	order := slices.Clone(faults)
	slices.SortStableFunc(order, func(a, b *peer.Fault) int { return cmp.Compare(weight(a), weight(b)) })
	queue := make(chan *peer.Fault, len(order))
	for _, f := range order {
		queue <- f
	}
	close(queue)
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			for f := range queue {
				if cases := l.about(f, most); len(cases) > 0 {
					h := serve(l.t, l.s.Protocol, f)
					r := judge(l.t, l.s, cases, h, patience(cases), false)
					h.Close()
					l.credit(f, r)
				}
			}
		})
	}
	workers.Wait()
}

// weight orders faults: neighbours in the list are alike, and so are taken apart.
func weight(f *peer.Fault) int {
	sum := 0
	for _, b := range []byte(f.Name) {
		sum = (sum*31 + int(b)) % 1009
	}
	for _, slow := range []string{".missing", ".late", "time/", "deaf", "crash", "connection/", "ignored"} {
		if strings.Contains(f.Name, slow) {
			sum += 2000
		}
	}
	return sum
}

// about lists cases of idle families that name a rule of the fault, spread over each family.
func (l *lazy) about(f *peer.Fault, most int) (cases []*run.Case) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(l.idle)) {
		of := slices.DeleteFunc(slices.Clone(l.idle[name]), func(c *run.Case) bool { return !common(c, f) })
		for i := range min(most, len(of)) {
			cases = append(cases, of[i*len(of)/min(most, len(of))])
		}
	}
	return cases
}

// common reports whether a case names a rule that the fault breaks.
func common(c *run.Case, f *peer.Fault) bool {
	return slices.ContainsFunc(c.Rules, func(id string) bool { return slices.Contains(f.Rules, id) })
}

// credit takes the families away that have caught the fault.
func (l *lazy) credit(f *peer.Fault, r *run.Report) {
	for _, res := range r.Results {
		i := slices.IndexFunc(l.s.Cases, func(c *run.Case) bool { return c.Case == res.Case })
		if i < 0 || res.Verdict != conformance.Fail {
			continue
		}
		name := family(l.s.Cases[i])
		l.mu.Lock()
		idle := l.idle[name] != nil
		l.mu.Unlock()
		if idle && (!outside(res) || confirm(l.t, l.s, res, f)) {
			l.mu.Lock()
			delete(l.idle, name)
			l.mu.Unlock()
		}
	}
}
