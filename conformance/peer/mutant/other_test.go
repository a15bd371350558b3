package mutant_test

import (
	"embed"
	"os"
	"testing"

	"github.com/wirelaw/wirelaw/conformance/peer/mutant"
	"github.com/wirelaw/wirelaw/conformance/run"
	"github.com/wirelaw/wirelaw/spec"
)

// other returns the cases that follow from a table that is not the chat's.
func other(t *testing.T, file string) *run.Suite {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p, err := spec.Load(file, src)
	if err != nil {
		t.Fatal(err)
	}
	s, err := run.Load(p, embed.FS{}, "x")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Derive(); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestOtherTables shows that the cases that follow from other tables pass a right server of them, and catch the faults that follow from
// them too: nothing of the chat hides in either.
func TestOtherTables(t *testing.T) {
	for _, file := range []string{"../../../spec/testdata/base.yaml", "../../../codec/internal/toy/toy.yaml"} {
		s := other(t, file)
		t.Run(s.Protocol.ID, func(t *testing.T) {
			passes(t, s, s.Cases, nil, 3)
			hunted(t, s, sample(mutant.Generated(s.Protocol), 6))
		})
	}
}
