package mutant_test

import (
	"slices"
	"testing"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/peer"
	"github.com/wirelaw/wirelaw/conformance/peer/mutant"
	"github.com/wirelaw/wirelaw/conformance/run"
	"github.com/wirelaw/wirelaw/spec"
)

// TestRules shows that every fault has a name of its own and names rules that are there and bind a server, and that no odd peer does.
func TestRules(t *testing.T) {
	p := suite(t).Protocol
	generated, chat, odd := mutant.Generated(p), mutant.Chat(), mutant.Odd()
	seen := map[string]bool{}
	for _, f := range slices.Concat(generated, chat) {
		if seen[f.Name] {
			t.Errorf("there are two %s", f.Name)
		}
		seen[f.Name] = true
		if len(f.Rules) == 0 || f.Doc == "" {
			t.Errorf("%s breaks no rule, or does not say what is wrong", f.Name)
		}
		for _, id := range f.Rules {
			if r := p.Rule(id); r == nil || r.Binds != spec.FromServer {
				t.Errorf("%s breaks %s, which is no rule of a server", f.Name, id)
			}
		}
	}
	for _, f := range odd {
		if len(f.Rules) > 0 || f.Doc == "" {
			t.Errorf("%s is odd, and breaks %v", f.Name, f.Rules)
		}
	}
	if len(generated) < 300 || len(chat) < 60 || len(odd) < 8 {
		t.Errorf("%d faults follow from the table, %d were thought up, %d peers are odd", len(generated), len(chat), len(odd))
	}
	t.Logf("%d faults follow from the table, %d were thought up, %d peers are odd", len(generated), len(chat), len(odd))
}

// passes demands that a server passes the cases.
func passes(t *testing.T, s *run.Suite, cases []*run.Case, f *peer.Fault, patience float64) {
	t.Helper()
	h := serve(t, s.Protocol, f)
	defer h.Close()
	r := judge(t, s, cases, h, patience, false)
	if r.Contact != nil {
		t.Fatalf("%+v", r.Contact)
	}
	skipped := map[string]int{}
	for _, res := range r.Results {
		if res.Verdict != conformance.Pass && res.Verdict != conformance.Skip {
			t.Errorf("%s %s: %s %+v", res.Verdict, res.Case.ID, res.Reason, res.Finding)
		}
		if res.Verdict == conformance.Skip {
			skipped[res.Reason]++
		}
		if res.Unsteady {
			t.Logf("%s: %s", res.Case.ID, res.Reason)
		}
	}
	counts, _ := r.Counts()
	t.Logf("%v in %v, skipped: %v", counts, r.Took, skipped)
}

// sample takes one of n, or all if that is asked for.
func sample[T any](list []T, n int) (some []T) {
	for i, x := range list {
		if i%n == 0 || *all == "all" || *only != "" {
			some = append(some, x)
		}
	}
	return some
}

// TestHonest shows that the server without a fault passes the whole suite.
func TestHonest(t *testing.T) { passes(t, suite(t), suite(t).Cases, nil, 3) }

// TestOdd shows that servers pass every case which are right, but not as one is used to.
func TestOdd(t *testing.T) {
	t.Parallel()
	s := suite(t)
	var cases []*run.Case
	for _, c := range s.Cases {
		if !c.Derived() && (!c.Slow || *all == "all") {
			cases = append(cases, c)
		}
	}
	derived := slices.DeleteFunc(slices.Clone(s.Cases), func(c *run.Case) bool { return !c.Derived() })
	cases = append(cases, sample(derived, 40)...)
	for _, f := range mutant.Odd() {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			passes(t, s, cases, f, 3)
		})
	}
}

// TestChat shows that the suite catches the faults that people thought up.
func TestChat(t *testing.T) { hunted(t, suite(t), sample(mutant.Chat(), 4)) }

// TestGenerated shows that it catches those that follow from the table.
func TestGenerated(t *testing.T) {
	s := suite(t)
	hunted(t, s, sample(mutant.Generated(s.Protocol), 12))
}
