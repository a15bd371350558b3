package diff_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
	"github.com/wirelaw/wirelaw/spec/diff"
)

// TestSound holds the verdicts to bytes: where no change breaks the wire, what old clients send is right for a new server,
// and what a new server sends is right for old clients.
func TestSound(t *testing.T) {
	src, err := os.ReadFile(filepath.Join("..", "testdata", "base.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	judged := 0
	for _, f := range fixtures(t) {
		before := apply(t, string(src), f.old)
		old, new := load(t, "old.yaml", before), load(t, "new.yaml", apply(t, before, f.new))
		if diff.Tally(diff.Compare(old, new), diff.Wire).Breaking > 0 {
			continue
		}
		judged += accepted(t, f.rule, old, new, spec.FromClient) + accepted(t, f.rule, new, old, spec.FromServer)
	}
	if judged < 500 {
		t.Errorf("only %d frames were judged", judged)
	}
}

// accepted decodes the vectors of what a side sends by one table with the other table. It returns how many there are.
func accepted(t *testing.T, rule string, sender, receiver *spec.Protocol, from spec.Direction) (n int) {
	own, other := dynamic.New(sender), dynamic.New(receiver)
	for _, m := range sender.Messages {
		to := receiver.ByCode(from, m.Code)
		if m.From != from || to == nil {
			continue
		}
		for _, v := range m.Vectors {
			if v.Reject != nil {
				continue
			}
			if _, err := own.DecodeAs(m, from, v.Frame, nil); err != nil {
				continue // the fixture changed the table and not its vectors
			}
			n++
			if _, err := other.DecodeAs(to, from, v.Frame, nil); err != nil {
				t.Errorf("%s: %x of %s is refused by the other side: %v", rule, v.Frame, m.Name, err)
			}
		}
	}
	return n
}
