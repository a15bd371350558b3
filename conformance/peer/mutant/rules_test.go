package mutant_test

import (
	"slices"
	"testing"

	"github.com/wirelaw/wirelaw/conformance/peer"
	"github.com/wirelaw/wirelaw/conformance/peer/mutant"
	"github.com/wirelaw/wirelaw/spec"
)

// faultless are the rules that no fault breaks though they can be seen from outside, and why.
var faultless = map[string]string{}

// TestEveryRule shows that every rule that must be kept and can be seen from outside has a fault that breaks it, for servers and for
// clients: what no fault breaks, no one knows to be judged.
func TestEveryRule(t *testing.T) {
	p := suite(t).Protocol
	broken := map[string]int{}
	for _, f := range slices.Concat(mutant.Chat(), mutant.Generated(p)) {
		for _, id := range f.Rules {
			broken[id]++
		}
	}
	for _, f := range peer.ClientFaults {
		if r := p.Rule(f.Rule); r == nil || r.Binds != spec.FromClient {
			t.Errorf("%s breaks %s, which is no rule of a client", f.Name, f.Rule)
		}
		broken[f.Rule]++
	}
	seen := 0
	for _, side := range []spec.Direction{spec.FromServer, spec.FromClient} {
		for _, r := range p.RulesFor(side) {
			why, excused := faultless[r.ID]
			switch {
			case excused && (broken[r.ID] > 0 || why == ""):
				t.Errorf("%s is excused, and broken by %d faults: %s", r.ID, broken[r.ID], why)
			case r.Level != spec.Must || r.Judge == spec.JudgeReview:
			case broken[r.ID] == 0 && !excused:
				t.Errorf("no fault breaks %s: %s", r.ID, r.Text)
			default:
				seen++
			}
		}
	}
	t.Logf("%d rules, %d without a fault", seen, len(faultless))
}
