package spec

import "testing"

func TestChatLoads(t *testing.T) {
	p, err := Chat()
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Messages) != 22 || len(p.Rules()) == 0 || p.HeaderSize() != 8 {
		t.Errorf("got %d messages, %d rules, a header of %d bytes", len(p.Messages), len(p.Rules()), p.HeaderSize())
	}
}
