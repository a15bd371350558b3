package fuzz

import (
	"testing"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/peer"
	"github.com/wirelaw/wirelaw/conformance/script"
	"github.com/wirelaw/wirelaw/spec"
)

// replay runs the transcript of a finding: it must fail against a fresh server with the fault, and pass against an honest
// one.
func replay(t *testing.T, p *spec.Protocol, fault *peer.Fault, f *Finding) {
	t.Helper()
	reader, err := script.NewReader(p, "macros.txt", "")
	if err != nil {
		t.Fatal(err)
	}
	s, err := reader.Read("finding.txtar", f.Transcript)
	if err != nil {
		t.Fatalf("%v\n%s", err, f.Transcript)
	}
	var failed *conformance.Finding
	for _, with := range []*peer.Fault{fault, nil} {
		env := &script.Env{
			Codec: dynamic.New(p), Clock: &script.Clock{Patience: 0.4}, Dial: serve(t, p, with), Dir: t.TempDir(),
			Announced: func(f *spec.Feature) bool { return f.Name == "RESUME" },
		}
		out := s.Run(t.Context(), env, &script.Fresh{Run: "replay", Key: t.Name()}, nil)
		same := out.Finding
		if with == nil && same != nil && failed != nil && (same.Line != failed.Line || same.Got != failed.Got) {
			continue // an ACK that was silent when the fault was found can be refused in the replay
		}
		failed = same
		want := conformance.Fail
		if with == nil {
			want = conformance.Pass
		}
		if out.Verdict != want {
			t.Errorf("replayed with the fault %v: %s %s %+v\n%s", with != nil, out.Verdict, out.Reason, out.Finding, f.Transcript)
		} else if out.Finding != nil {
			t.Logf("replay: line %d: expected %s, got %s", out.Finding.Line, out.Finding.Expected, out.Finding.Got)
		}
	}
}
