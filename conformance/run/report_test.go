package run

import (
	"strings"
	"testing"
	"time"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/spec"
)

// result makes a result; source is how long its transcript is.
func result(id string, level spec.Level, v conformance.Verdict, source int, f *conformance.Finding, rules ...string) *conformance.Result {
	return &conformance.Result{Case: &conformance.Case{ID: id, Level: level, Rules: rules, Source: make([]byte, source)}, Verdict: v, Finding: f}
}

func finding(request, expected, got string) *conformance.Finding {
	return &conformance.Finding{Kind: conformance.KindMismatch, Request: request, Expected: expected, Got: got, Frame: -1}
}

func TestStatus(t *testing.T) {
	for _, c := range []struct {
		name           string
		verdict        conformance.Verdict
		level          spec.Level
		normal, strict conformance.Status
	}{
		{"pass", conformance.Pass, spec.Must, 0, 0},
		{"fail", conformance.Fail, spec.Must, 1, 1},
		{"warning", conformance.Fail, spec.Should, 0, 1},
		{"known", conformance.XFail, spec.Must, 0, 0},
		{"unexpected pass", conformance.XPass, spec.Must, 1, 1},
		{"skip", conformance.Skip, spec.Must, 0, 0},
		{"blocked", conformance.Blocked, spec.Must, 1, 1},
		{"error", conformance.Error, spec.Must, 5, 5},
	} {
		r := &Report{Results: []*conformance.Result{result("a", c.level, c.verdict, 1, finding("", "x", "y")), result("b", spec.Must, conformance.Pass, 1, nil)}}
		if r.Status(false) != c.normal || r.Status(true) != c.strict {
			t.Errorf("%s: %d, strict %d", c.name, r.Status(false), r.Status(true))
		}
	}
	if got := (&Report{Contact: &Contact{Problem: "mute"}}).Status(false); got != conformance.StatusTarget {
		t.Errorf("no contact: %d", got)
	}
}

func TestCauses(t *testing.T) {
	f := func() *conformance.Finding { return finding("SEND", "ACCEPTED", "ERROR INBOX_FULL") }
	blocked := result("chat/x", spec.Must, conformance.Blocked, 1, nil)
	blocked.Reason = "LIST is not implemented"
	list := result("chat/list/a", spec.Must, conformance.Fail, 9, finding("LIST", "ACCOUNTS", "ERROR UNKNOWN_OPCODE"))
	list.Reason = blocked.Reason
	r := &Report{Results: []*conformance.Result{
		result("should", spec.Should, conformance.Fail, 5, finding("HELLO", "keepalive=3", "keepalive=4")),
		result("long", spec.Must, conformance.Fail, 100, f()), result("short", spec.Must, conformance.Fail, 10, f()),
		result("soft", spec.Should, conformance.Fail, 1, f()), result("fine", spec.Must, conformance.Pass, 1, nil), list, blocked, blocked, blocked,
	}}
	causes := r.Causes()
	if len(causes) != 3 {
		t.Fatalf("%d causes", len(causes))
	}
	if c := causes[0]; c.Example != list || c.Blocked != 3 {
		t.Errorf("first %s, %d blocked", c.Example.Case.ID, c.Blocked)
	}
	if c := causes[1]; c.Example.Case.ID != "short" || c.Count() != 3 || c.Warning() {
		t.Errorf("second %s, %d", c.Example.Case.ID, c.Count())
	}
	if c := causes[2]; c.Example.Case.ID != "should" || !c.Warning() {
		t.Errorf("third %s", c.Example.Case.ID)
	}
}

func TestScores(t *testing.T) {
	p := suite(t).Protocol
	r := &Report{Protocol: p, Results: []*conformance.Result{
		result("a", spec.Must, conformance.Pass, 1, nil, "SEND-2", "ACCEPTED-1", "DELIVER-1"),
		result("b", spec.Must, conformance.Fail, 1, finding("", "", ""), "SEND-3", "DELIVER-1"),
		result("c", spec.Must, conformance.Skip, 1, nil, "SEND-1"),
		result("d", spec.Must, conformance.Blocked, 1, nil, "SEND-4"),
	}}
	want := map[string][2]int{"SEND": {2, 4}, "DELIVER": {0, 1}}
	for _, s := range r.Scores() {
		if w := want[s.Name]; s.Held != w[0] || s.All != w[1] {
			t.Errorf("%+v, want %v", s, w)
		}
	}
}

// TestCausesKnownOtherwise shows that a case which is known to fail in another way does not speak for those of which nothing is known.
func TestCausesKnownOtherwise(t *testing.T) {
	s := suite(t)
	f := func() *conformance.Finding { return finding("SEND", "ACCEPTED", "ERROR INBOX_FULL") }
	r := &Report{Protocol: s.Protocol, Results: []*conformance.Result{
		result("chat/send/ok-self", spec.Must, conformance.Fail, 1, f()), result("chat/send/unknown", spec.Must, conformance.Fail, 9, f()),
		result("chat/send/key-conflict", spec.Must, conformance.Fail, 9, f()),
	}}
	k := &Known{File: "known", Entries: []*Entry{{ID: "chat/send/ok-self", Signature: "wrong*", Reason: "later"}}}
	k.Apply(s, r, time.Time{})
	causes := r.Causes()
	if len(causes) != 2 || causes[0].Count() != 2 || causes[0].Example.Reason != "" || !strings.Contains(causes[1].Example.Reason, `in another way, "wrong*"`) {
		for _, c := range causes {
			t.Errorf("%d as %s: %s", c.Count(), c.Example.Case.ID, c.Example.Reason)
		}
	}
}
