package fuzz

import (
	"testing"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/peer"
	"github.com/wirelaw/wirelaw/conformance/script"
	"github.com/wirelaw/wirelaw/spec"
)

// outcome runs the transcript of a finding.
func outcome(t *testing.T, p *spec.Protocol, dial Dialer, f *Finding) *script.Outcome {
	t.Helper()
	reader, err := script.NewReader(p, "macros.txt", "")
	if err != nil {
		t.Fatal(err)
	}
	s, err := reader.Read("finding.txtar", f.Transcript)
	if err != nil {
		t.Fatalf("%v\n%s", err, f.Transcript)
	}
	env := &script.Env{
		Codec: dynamic.New(p), Clock: &script.Clock{Patience: 0.4}, Dial: dial, Dir: t.TempDir(),
		Announced: func(f *spec.Feature) bool { return f.Name == "RESUME" },
	}
	return s.Run(t.Context(), env, &script.Fresh{Run: "replay", Key: t.Name()}, nil)
}

// replay runs the transcript of a finding: it must fail against a fresh server with the fault, and pass against an honest one.
func replay(t *testing.T, p *spec.Protocol, fault *peer.Fault, f *Finding) {
	t.Helper()
	if out := outcome(t, p, serve(t, p, fault), f); out.Verdict != conformance.Fail {
		t.Errorf("replayed with the fault: %s %s\n%s", out.Verdict, out.Reason, f.Transcript)
	} else {
		t.Logf("replay: line %d: expected %s, got %s", out.Finding.Line, out.Finding.Expected, out.Finding.Got)
	}
	honest(t, p, f)
}

// honest holds that the transcript of a finding passes against an honest server.
func honest(t *testing.T, p *spec.Protocol, f *Finding) {
	t.Helper()
	if out := outcome(t, p, serve(t, p, nil), f); out.Verdict != conformance.Pass {
		t.Errorf("replayed without the fault: %s %s %+v\n%s", out.Verdict, out.Reason, out.Finding, f.Transcript)
	}
}
