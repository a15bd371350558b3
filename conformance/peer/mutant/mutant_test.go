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

// passes demands that a server passes every case.
func passes(t *testing.T, s *run.Suite, f *peer.Fault, patience float64) {
	t.Helper()
	addr, stop := serve(t, s.Protocol, f)
	defer stop()
	r := judge(t, s, s.Cases, addr, patience, false)
	if r.Contact != nil {
		t.Fatalf("%+v", r.Contact)
	}
	for _, res := range r.Results {
		if res.Verdict != conformance.Pass && res.Verdict != conformance.Skip {
			t.Errorf("%s %s: %s %+v", res.Verdict, res.Case.ID, res.Reason, res.Finding)
		}
		if res.Unsteady {
			t.Errorf("%s: %s", res.Case.ID, res.Reason)
		}
	}
	counts, _ := r.Counts()
	t.Logf("%v in %v", counts, r.Took)
}

// TestHonest shows that the server without a fault passes the whole suite.
func TestHonest(t *testing.T) { passes(t, suite(t), nil, 3) }

// TestOdd shows that servers pass every case which are right, but not as one is used to.
func TestOdd(t *testing.T) {
	for _, f := range mutant.Odd() {
		t.Run(f.Name, func(t *testing.T) { passes(t, suite(t), f, 3) })
	}
}

// TestChat shows that the suite catches every fault that people thought up.
func TestChat(t *testing.T) { hunted(t, suite(t), mutant.Chat()) }

// TestGenerated shows that it catches those that follow from the table.
func TestGenerated(t *testing.T) {
	s := suite(t)
	faults := mutant.Generated(s.Protocol)
	if *all != "all" && *only == "" {
		faults = slices.DeleteFunc(faults, func(f *peer.Fault) bool { return slices.Index(faults, f)%7 != 0 })
	}
	hunted(t, s, faults)
}
