package run

import "testing"

// TestEmbedded loads the transcripts that come with the judge.
func TestEmbedded(t *testing.T) {
	s := suite(t)
	if len(s.Cases) < 80 {
		t.Errorf("only %d cases", len(s.Cases))
	}
}
