package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/conformance"
)

// TestStream shows that a stream that was written while results came says the same in the end, and something at any time.
func TestStream(t *testing.T) {
	for _, known := range []bool{false, true} {
		t.Run(fmt.Sprint("known ", known), func(t *testing.T) { testStream(t, known) })
	}
}

func testStream(t *testing.T, known bool) {
	judged := judged(t)
	var whole, b bytes.Buffer
	if err := JSON(&whole, New(judged, how)); err != nil {
		t.Fatal(err)
	}
	how := how
	how.Known = known
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
	lines := map[string]int{}
	for line := range strings.Lines(b.String()) {
		var c struct{ Type, ID string }
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatal(err)
		}
		lines[c.Type+" "+c.ID]++
	}
	for _, res := range judged.Results {
		id, open := clean(res.Case.ID), 0
		if known || res.Verdict == conformance.Fail || res.Verdict == conformance.XFail {
			open = 1
		}
		if lines["case "+id] != 1 || lines["open "+id] != open {
			t.Errorf("%s stands there %d times, and %d times open", id, lines["case "+id], lines["open "+id])
		}
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
