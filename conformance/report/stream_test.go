package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/conformance"
)

// TestStream shows that a stream that was written while results came says the same in the end, and something at any time.
func TestStream(t *testing.T) {
	judged := judged(t)
	var whole, b bytes.Buffer
	if err := JSON(&whole, New(judged, how)); err != nil {
		t.Fatal(err)
	}
	s := NewStream(&b, how)
	head := *judged
	head.Results = nil
	s.Begin(&head)
	for i := range judged.Results {
		res := *judged.Results[len(judged.Results)-1-i]
		if res.Verdict == conformance.XFail { // that is found out later
			res.Verdict, res.Reason = conformance.Fail, ""
		}
		s.Result(&res)
		r, err := Read(bytes.NewReader(b.Bytes()))
		if err != nil || len(r.Cases) != i+1 || len(r.Head.Rules) == 0 {
			t.Fatalf("after %d results: %+v, %v", i+1, r, err)
		}
	}
	if err := s.End(New(judged, how)); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), password) {
		t.Error("a secret is told")
	}
	if n := strings.Count(b.String(), `"id":"tiny/known/silent"`); n != 2 {
		t.Errorf("a case that was settled later stands there %d times", n)
	}
	want, err := Read(&whole)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Read(&b)
	if err != nil {
		t.Fatal(err)
	}
	texts := written(t, got)
	for kind, text := range written(t, want) {
		if texts[kind] != text {
			t.Errorf("%s differs:\n%s", kind, firstDifference(text, texts[kind]))
		}
	}
}
