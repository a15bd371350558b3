package fuzz

import (
	"io/fs"
	"slices"
	"testing"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/conformance/peer"
	"github.com/wirelaw/wirelaw/spec"
	"github.com/wirelaw/wirelaw/testdata"
)

// TestMQTT fuzzes servers of a table with a length of variable size, no correlation and a fence that is not to be had everywhere: a right
// one, and one that reads lengths in more bytes than they need.
func TestMQTT(t *testing.T) {
	src, err := fs.ReadFile(testdata.Specs(), "mqtt.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, err := spec.Load("mqtt.yaml", src)
	if err != nil {
		t.Fatal(err)
	}
	rep, err := Run(t.Context(), p, serve(t, p, nil), Options{Seed: 1, Sessions: 300})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range rep.Findings {
		t.Errorf("%+v", f)
	}
	for _, answer := range []string{"PINGREQ PINGRESP", "PUBREC PUBREL", "PUBREL PUBCOMP", "SUBSCRIBE SUBACK", "UNSUBSCRIBE UNSUBACK"} {
		if rep.Answers[answer] == 0 {
			t.Errorf("never %s: %v", answer, rep.Answers)
		}
	}
	lax := &peer.Fault{Check: func(_ *peer.Conn, r peer.Request, e *spec.Error) *spec.Error {
		if r.Why != nil && r.Why.Because == codec.BecauseTrailing {
			return nil
		}
		return e
	}}
	rep, err = Run(t.Context(), p, serve(t, p, lax), Options{Seed: 1, Sessions: 100, Patience: 0.05})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(rep.Findings, func(f *Finding) bool { return f.Confirmed && f.Kind == string(kindExtra) }) {
		t.Errorf("%+v", rep.Findings)
	}
}
