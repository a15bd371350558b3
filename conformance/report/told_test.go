package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/run"
)

// TestDied shows that every kind of report has the deaths of a target as a failure, with the command that may show them again.
func TestDied(t *testing.T) {
	all := written(t, fixed(t, how))
	all["terminal"] = terminal(t, how)
	for kind, want := range map[string][]string{
		"html":     {`data-verdict="FAIL" data-level="MUST" data-section="" data-wish="">` + "\n" + `<summary><span class="v v-fail">FAIL</span> <bdi class="id">target/lives</bdi>`},
		"junit":    {`<testcase name="lives" classname="target"`, `<failure type="FAIL" message="the target died 3 times: expected`},
		"tap":      {"not ok 1 - target/lives\n", `message: "the target died 3 times`},
		"json":     {`{"type":"case","id":"target/lives","verdict":"FAIL"`},
		"md":       {"FAIL `target/lives`\n\nthe target died 3 times"},
		"terminal": {"FAIL target/lives\n   the target died 3 times"},
	} {
		for _, w := range append(want, how.Command) {
			if !strings.Contains(all[kind], w) {
				t.Errorf("%s does not say %q", kind, w)
			}
		}
	}
	if !strings.HasPrefix(run.LivesID, "target/") {
		t.Error(run.LivesID)
	}
}

// TestWaited shows that all kinds say for how long it was waited for what did not come.
func TestWaited(t *testing.T) {
	r := judged(t)
	for _, res := range r.Results {
		if res.Verdict == conformance.XFail { // of which little is told
			res.Verdict = conformance.Fail
		}
	}
	all := written(t, New(r, how))
	var b bytes.Buffer
	Terminal(&b, r, how)
	all["terminal"] = b.String()
	for kind, text := range all {
		want := "nothing (waited for 4.0 s)"
		if kind == "json" {
			want = `"got":"nothing","waited":4`
		}
		if !strings.HasPrefix(kind, "matrix") && !strings.Contains(text, want) {
			t.Errorf("%s does not say %q", kind, want)
		}
	}
}

// TestField shows that the page marks the field at fault, and the command of the whole run.
func TestField(t *testing.T) {
	page := written(t, fixed(t, how))["html"]
	if n := strings.Count(page, `<tr class="fault">`); n != 1 {
		t.Errorf("%d fields are marked", n)
	}
	at := strings.Index(page, `<tr class="fault">`)
	if row, _, _ := strings.Cut(page[max(0, at):], "</tr>"); !strings.Contains(row, ">text</td>") || !strings.Contains(row, "at fault") {
		t.Errorf("the row is %s", row)
	}
	if header, _, _ := strings.Cut(page, "<main>"); !strings.Contains(header, how.Command) {
		t.Error("the page does not show the command of the run")
	}
	for card := range strings.SplitSeq(page, `<li class="cause">`) {
		card, _, is := strings.Cut(card, "</li>")
		if is && strings.Contains(card, "<h3>") && strings.Contains(card, "#case-") && !strings.Contains(card, "Judge it again") {
			t.Errorf("no command: %s", card)
		}
	}
}

// TestOne shows that one thing is told as one.
func TestOne(t *testing.T) {
	r := judged(t)
	r.Hashes, r.Leased, r.Made = 1, 1, 1
	for _, res := range r.Results {
		if strings.HasSuffix(res.Case.ID, "pass/ping") {
			r.Results = []*conformance.Result{res}
			break
		}
	}
	all := kindsOf(t, New(r, how))
	var b bytes.Buffer
	Terminal(&b, r, how)
	all["terminal"] = b.String()
	for kind, want := range map[string]string{
		"terminal": "1 PASS of 1 case in 1.5 s", "html": ">1 case<", "md": "1 password hash,",
	} {
		if !strings.Contains(all[kind], want) {
			t.Errorf("%s does not say %q", kind, want)
		}
	}
	if !strings.Contains(all["terminal"], "1 password hash was asked for; 1 account lent") {
		t.Errorf("%s", all["terminal"])
	}
	for n, want := range map[int]string{0: "0 events", 1: "1 event", 2: "2 events"} {
		if got := count(n, "event", "events"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
