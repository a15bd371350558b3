package run

import (
	"testing"

	"github.com/wirelaw/wirelaw/spec"
	"github.com/wirelaw/wirelaw/testdata"
)

// TestEmbedded loads the transcripts that come with the judge.
func TestEmbedded(t *testing.T) {
	p, err := spec.Chat()
	if err != nil {
		t.Fatal(err)
	}
	s, err := Load(p, testdata.Transcripts("chat"), "chat")
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Cases) < 80 {
		t.Errorf("only %d cases", len(s.Cases))
	}
}
