package mutant_test

import (
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/wirelaw/wirelaw/conformance"
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

// TestFamilies names the families of cases that catch no fault in a rule of theirs: what fails because nobody can log in is no catch. They
// are no failure: what they look for may be hard to get wrong in a model. Cases that need what the model does not have are left out.
func TestFamilies(t *testing.T) {
	if *all != "all" {
		t.Skip("long: give -mutants=all")
	}
	s := suite(t)
	idle := map[string][]*run.Case{}
	for _, r := range judge(t, s, s.Cases, serve(t, s.Protocol, nil), 1, false).Results {
		if i := slices.IndexFunc(s.Cases, func(c *run.Case) bool { return c.Case == r.Case }); i >= 0 && r.Verdict == conformance.Pass && !r.Case.Slow {
			idle[family(s.Cases[i])] = append(idle[family(s.Cases[i])], s.Cases[i])
		}
	}
	families := len(idle)
	var mu sync.Mutex
	var workers sync.WaitGroup
	faults := slices.Concat(mutant.Chat(), mutant.Generated(s.Protocol))
	for w := range 4 {
		workers.Go(func() {
			for i := w; i < len(faults); i += 4 {
				mu.Lock()
				var cases []*run.Case
				for _, name := range slices.Sorted(maps.Keys(idle)) {
					cases = append(cases, idle[name]...)
				}
				mu.Unlock()
				if len(cases) == 0 {
					return
				}
				r := judge(t, s, cases, serve(t, s.Protocol, faults[i]), hasty, false)
				mu.Lock()
				for _, c := range cases {
					for _, res := range r.Results {
						if res.Case == c.Case && res.Verdict == conformance.Fail && slices.ContainsFunc(c.Rules, func(id string) bool { return slices.Contains(faults[i].Rules, id) }) {
							delete(idle, family(c))
						}
					}
				}
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	for _, name := range slices.Sorted(maps.Keys(idle)) {
		t.Logf("catches nothing: %s (%d cases)", name, len(idle[name]))
	}
	t.Logf("%d of %d families catch no fault in a rule of theirs", len(idle), families)
}
