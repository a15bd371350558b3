package run

import (
	"testing"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/peer"
)

// TestHashes holds how many password hashes the suite asks of a server: they are what it costs. The whole may take 400, and 800 without
// RESUME; the model leaves out the cases that restart, and those for Unicode.
func TestHashes(t *testing.T) {
	for _, c := range []struct {
		name    string
		without []string
		most    int
	}{
		{"with RESUME", nil, 310},
		{"without RESUME", []string{"RESUME"}, 800},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := derived(t)
			r := judgeAt(t, s, serve(t, &peer.Fault{Without: c.without}), 5)
			for _, res := range r.Results {
				if res.Verdict != conformance.Pass && res.Verdict != conformance.Skip {
					t.Errorf("%s %s: %s %+v", res.Verdict, res.Case.ID, res.Reason, res.Finding)
				}
			}
			if r.Hashes > c.most {
				t.Errorf("%d password hashes, want %d at most", r.Hashes, c.most)
			}
			t.Logf("%d password hashes, %d accounts lent, %d made; %q", r.Hashes, r.Leased, r.Made, r.Features)
		})
	}
}
