package drive

import (
	"slices"
	"testing"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/peer"
	"github.com/wirelaw/wirelaw/conformance/run"
)

// derived are the cases that follow from the table alone.
func derived(t testing.TB) (*run.Suite, []*run.Case) {
	t.Helper()
	s := suite(t)
	if err := s.Derive(); err != nil {
		t.Fatal(err)
	}
	cases := slices.Clone(s.Cases)
	return s, slices.DeleteFunc(cases, func(c *run.Case) bool { return !c.Derived() })
}

func TestHonestClientPassesWhatIsDerived(t *testing.T) {
	s, cases := derived(t)
	if len(cases) < 1000 {
		t.Errorf("only %d cases", len(cases))
	}
	for _, res := range judged(t, s, cases, model{s.Protocol, nil}, 2).Results {
		if res.Verdict != conformance.Pass || res.Unsteady {
			t.Errorf("%s: %s %s %+v", res.Case.ID, res.Verdict, res.Reason, res.Finding)
		}
	}
}

// TestDerivedCatch: of the faults of clients in reading frames, cases that follow from the table alone see every one. For each fault a few
// cases say enough.
func TestDerivedCatch(t *testing.T) {
	s, cases := derived(t)
	for name, selector := range map[string]string{
		"one-read-one-frame": "chat-client/deliver/derived/split.*", "any-id": "chat-client/*/derived/id.*", "any-reply": "chat-client/created/derived/is.*",
		"trailing-ignored": "chat-client/*/derived/trailing.00", "limits-ignored": "chat-client/*/derived/*.max+1",
		"unknown-opcode-skipped": "chat-client/*/derived/opcode.0x00", "half-shown": "chat-client/deliver/derived/cut.4*",
		"waits-for-body": "chat-client/*/derived/length.ones",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := slices.IndexFunc(peer.ClientFaults, func(f *peer.ClientFault) bool { return f.Name == name })
			f := peer.ClientFaults[i]
			some, err := s.Select([]string{selector}, nil)
			if err != nil {
				t.Fatal(err)
			}
			some = slices.DeleteFunc(some, func(c *run.Case) bool { return !slices.Contains(cases, c) })
			for _, res := range judged(t, s, some, model{s.Protocol, f}, 0.3).Results {
				if res.Verdict == conformance.Fail && slices.Contains(res.Case.Rules, f.Rule) {
					return
				}
			}
			t.Errorf("no case of %s sees it", selector)
		})
	}
}
