package run

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/spec"
)

var today = time.Date(2027, 3, 31, 12, 0, 0, 0, time.UTC)

func TestParseKnown(t *testing.T) {
	const good = `# the file

# about the next one
chat/list/all  "mismatch LIST: A, got \"B\""  we are working on it
chat/a/*  "timeout*" until=2027-03-31 flaky  the old box is slow

chat/b  "*"  flaky answers
# the end
`
	k, err := ParseKnown("k", []byte(good))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(k.Bytes()); got != `# the file

chat/a/*  "timeout*" until=2027-03-31 flaky  the old box is slow

chat/b  "*" flaky  answers
# about the next one
chat/list/all  "mismatch LIST: A, got \"B\""  we are working on it
# the end
` {
		t.Errorf("written as\n%s", got)
	}
	if e := k.Entries[1]; !e.Flaky || e.expired(today) || !e.expired(today.AddDate(0, 0, 1)) || !e.is("timeout PING: x") || e.is("x timeout") {
		t.Errorf("%+v", e)
	}
	for src, want := range map[string]string{
		"chat/a we know\n":                      "no signature",
		"chat/a \"x\"\n":                        "not why",
		"chat/a \"x\" until=soon y\n":           "no day",
		"chat/a \"x\" y\n\nchat/a \"x\" y\n":    "k:3: \"chat/a\" stands in line 1 already",
		"# c\nchat/a \"x y\n":                   "k:2: ",
		"chat/a \"x\" flaky until=2027-01-01\n": "not why",
	} {
		if _, err := ParseKnown("k", []byte(src)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", src, err)
		}
	}
}

func TestLike(t *testing.T) {
	for _, c := range []struct {
		pattern, s string
		want       bool
	}{
		{"a", "a", true},
		{"a", "ab", false},
		{"*", "", true},
		{"a*", "ab", true},
		{"*b", "ab", true},
		{"a*b*c", "a1b2c", true},
		{"a*b*c", "a1c2b", false},
		{"a*a", "a", false},
	} {
		if like(c.pattern, c.s) != c.want {
			t.Errorf("%q, %q", c.pattern, c.s)
		}
	}
}

// known makes results as a run would, holds them against the list and returns their verdicts by id.
func known(t *testing.T, k *Known, results ...*conformance.Result) (*Report, map[string]conformance.Verdict) {
	t.Helper()
	s := suite(t)
	r := &Report{Protocol: s.Protocol, Results: results}
	k.Apply(s, r, today)
	got := map[string]conformance.Verdict{}
	for _, res := range results {
		got[res.Case.ID] = res.Verdict
	}
	return r, got
}

func TestKnown(t *testing.T) {
	refused := func() *conformance.Finding { return finding("LIST", "ACCOUNTS", "ERROR UNKNOWN_OPCODE") }
	judged := func() []*conformance.Result {
		root := result("chat/list/all", spec.Must, conformance.Fail, 1, refused())
		root.Reason = "LIST is not implemented"
		blocked := result("chat/list/pages", spec.Must, conformance.Blocked, 1, nil)
		blocked.Reason = root.Reason
		other := result("chat/list/sorted", spec.Must, conformance.Blocked, 1, nil)
		other.Reason = "SEND is not implemented"
		return []*conformance.Result{
			root, blocked, other,
			result("chat/ping/layout", spec.Must, conformance.Pass, 1, nil),
			result("chat/ping/every-state", spec.Must, conformance.Pass, 1, nil),
			result("chat/hello/ok", spec.Must, conformance.Fail, 1, finding("HELLO", "a-abcd1234", "20000")),
			result("chat/bye/ok", spec.Must, conformance.Fail, 1, finding("BYE", "x", "y")),
			result("chat/send/ok-online", spec.Must, conformance.Fail, 1, finding("SEND", "x", "y")),
		}
	}
	const list = `chat/list/all  "mismatch LIST: ACCOUNTS, got ERROR UNKNOWN_OPCODE"  later
# flaky
ping/layout  "timeout*" flaky  slow
chat/ping/*  "timeout*"  all of it
chat/hello/ok  "mismatch HELLO: a-…, got …"  later
chat/bye/ok  "mismatch BYE: x, got z"  another
# too long
chat/send/ok-online  "*" until=2027-03-30  soon
chat/nothing  "*"  gone
`
	k, err := ParseKnown("k", []byte(list))
	if err != nil {
		t.Fatal(err)
	}
	r, got := known(t, k, judged()...)
	for id, want := range map[string]conformance.Verdict{
		"chat/list/all": conformance.XFail, "chat/list/pages": conformance.XFail, "chat/list/sorted": conformance.Blocked,
		"chat/ping/layout": conformance.Flaky, "chat/ping/every-state": conformance.XPass, "chat/hello/ok": conformance.XFail,
		"chat/bye/ok": conformance.Fail, "chat/send/ok-online": conformance.Fail,
	} {
		if got[id] != want {
			t.Errorf("%s: %s, want %s", id, got[id], want)
		}
	}
	if len(r.Stale) != 2 || !strings.Contains(r.Stale[0], "until 2027-03-30") || !strings.Contains(r.Stale[1], "selects no case") {
		t.Errorf("%q", r.Stale)
	}
	if r.Status(false) != conformance.StatusFailed {
		t.Error("it is as expected")
	}

	k.Update(suite(t), r, today)
	if want := `chat/bye/ok  "mismatch BYE: x, got y"  another
chat/hello/ok  "mismatch HELLO: a-…, got …"  later
chat/list/all  "mismatch LIST: ACCOUNTS, got ERROR UNKNOWN_OPCODE"  later
# too long
chat/send/ok-online  "*"  soon
# flaky
ping/layout  "timeout*" flaky  slow
`; string(k.Bytes()) != want {
		t.Errorf("updated to\n%s", k.Bytes())
	}
	results := slices.DeleteFunc(judged(), func(r *conformance.Result) bool { return r.Verdict == conformance.Blocked && r.Reason[0] == 'S' })
	r, got = known(t, k, results...)
	if r.Status(false) != conformance.StatusOK {
		t.Errorf("after the update: %v, %q", got, r.Stale)
	}
}

// TestUpdateKnown begins with an empty list, and takes a pattern apart.
func TestUpdateKnown(t *testing.T) {
	s := suite(t)
	k, err := ParseKnown("k", nil)
	if err != nil {
		t.Fatal(err)
	}
	fail := func(id string) *conformance.Result {
		return result(id, spec.Must, conformance.Fail, 1, finding("PING", "PONG", "nothing"))
	}
	r, _ := known(t, k, fail("chat/ping/layout"), result("chat/ping/every-state", spec.Must, conformance.Pass, 1, nil))
	k.Update(s, r, today)
	if want := "chat/ping/layout  \"mismatch PING: PONG, got nothing\"  new on 2027-03-31\n"; string(k.Bytes()) != want {
		t.Errorf("%s", k.Bytes())
	}
	k, _ = ParseKnown("k", []byte("# why\nchat/ping/*  \"*\"  all\n"))
	r, _ = known(t, k, fail("chat/ping/layout"), fail("chat/ping/after-ack"), result("chat/ping/every-state", spec.Must, conformance.Pass, 1, nil))
	k.Update(s, r, today)
	if want := "chat/ping/after-ack  \"mismatch PING: PONG, got nothing\"  all\n# why\nchat/ping/layout  \"mismatch PING: PONG, got nothing\"  all\n"; string(k.Bytes()) != want {
		t.Errorf("%s", k.Bytes())
	}
}
