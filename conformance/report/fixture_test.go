package report

import (
	"os"
	"testing"
	"time"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/run"
	"github.com/wirelaw/wirelaw/spec"
)

const (
	// password is what no report may show.
	password = "hunter22-the-secret"
	// nasty has whatever could break out of a report or steer a terminal.
	nasty = "<script>alert(1)</script>]]>&\"'`|*_[x](//y)\x00\x1b[31m\r\n\u202e\u2028\xff\ufffe # TODO \\ ```` --> @all ✓"
)

func table(t testing.TB) *spec.Protocol {
	t.Helper()
	src, err := os.ReadFile("testdata/tiny.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, err := spec.Load("tiny.yaml", src)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A talkTest is what was said in a case of the tests.
type talkTest struct {
	c *dynamic.Codec
	t *conformance.Transcript
}

func (k *talkTest) frame(from spec.Direction, name string, id uint64, fields ...any) int {
	m := &dynamic.Message{Spec: k.c.Protocol().Message(name), ID: id}
	for i := 0; i < len(fields); i += 2 {
		m.Set(fields[i].(string), fields[i+1])
	}
	return k.bytes(from, k.c.AppendIllegal(nil, m))
}

func (k *talkTest) bytes(from spec.Direction, b []byte) int {
	return k.t.Add(conformance.Event{Conn: "a", From: from, Frame: b})
}

// judged is a run with every verdict, with hostile texts, and with a password wherever one may turn up.
func judged(t testing.TB) *run.Report {
	t.Helper()
	p := table(t)
	c := dynamic.New(p)
	begin := func() *talkTest {
		k := &talkTest{c, conformance.NewTranscript()}
		k.t.Add(conformance.Event{Conn: "a", From: spec.FromClient, Note: "connects"})
		k.frame(spec.FromClient, "LOGIN", 1, "user", "alice", "password", password)
		return k
	}
	result := func(id string, level spec.Level, v conformance.Verdict, reason string, rules ...string) *conformance.Result {
		return &conformance.Result{Case: &conformance.Case{
			ID: "tiny/" + id, Title: "the case " + id, Rules: rules, Level: level,
			File: "testdata/" + id + ".txtar", Source: []byte("x"),
		}, Verdict: v, Reason: reason, Millis: 1.5}
	}
	fail := func(r *conformance.Result, k *talkTest, f *conformance.Finding) *conformance.Result {
		r.Transcript, r.Finding = k.t, f
		return r
	}
	must, should := spec.Must, spec.Should
	k1, k2, k3, k4 := begin(), begin(), begin(), begin()
	k1.frame(spec.FromServer, "IN", 1)
	k1.frame(spec.FromClient, "SAY", 2, "text", "hi")
	k1.frame(spec.FromServer, "SAID", 2, "text", nasty+password)
	// A LOGIN whose password is cut short, and one under an opcode that there is not.
	cut := c.AppendIllegal(nil, &dynamic.Message{
		Spec: p.Message("LOGIN"), ID: 3,
		Fields: []dynamic.Field{{Name: "user", Value: "bob"}, {Name: "password", Value: password}},
	})
	cut = cut[:len(cut)-2]
	k2.bytes(spec.FromClient, cut)
	k2.bytes(spec.FromClient, append([]byte{0x7f}, cut[1:]...))
	k2.frame(spec.FromServer, "ERROR", 3, "code", uint64(2), "text", "no: "+password)
	k3.t.Add(conformance.Event{Conn: "a", From: spec.FromServer, Note: "ends the stream"})
	k4.frame(spec.FromServer, "ERROR", 1, "code", uint64(4), "text", "no")
	loud := result("pass/"+nasty, must, conformance.Pass, "", "PING-1")
	loud.Case.Title, loud.Unsteady, loud.Reason = nasty, true, "once: "+nasty
	dead := fail(result("", must, conformance.Fail, "the target died 3 times"), begin(), &conformance.Finding{
		Kind: conformance.KindDeath, Expected: "a target that lives", Got: "exit status 3 after " + nasty + password, Frame: -1,
	})
	dead.Case.ID, dead.Case.Source, dead.Case.File = run.LivesID, nil, ""
	return &run.Report{
		Protocol: p, RunID: "run-1", Addr: "127.0.0.1:7", Agent: "agent " + nasty, Took: 1500 * time.Millisecond, Hashes: 3,
		Died: "it said " + nasty + password, Output: "line 1\nlog: " + password + "\n" + nasty,
		Results: []*conformance.Result{
			result("error/judge", must, conformance.Error, "broken: "+nasty, "WIRE-1"),
			fail(result("fail/said", must, conformance.Fail, "", "SAY-1", "SAID-1"), k1, &conformance.Finding{
				Kind: conformance.KindMismatch, Rule: "SAY-1",
				Line: 4, Step: "expect a SAID text='hi'", Conn: "a", Request: "SAY", Expected: "SAID with text=hi", Got: "text=" + nasty + password,
				Differs: "text, at offset 7", Field: "text", Frame: 4,
			}),
			fail(result("fail/"+nasty, must, conformance.Fail, "LOGIN "+nasty, "LOGIN-1"), k2, &conformance.Finding{
				Kind: conformance.KindMismatch, Rule: "LOGIN-1",
				Line: 2, Step: "login a " + password, Call: "send a LOGIN password=" + password, Conn: "a", Request: "LOGIN", Expected: "IN", Got: "ERROR " + password, Frame: -1,
			}),
			fail(result("fail/again", must, conformance.Fail, "LOGIN "+nasty, "LOGIN-1"), k4, &conformance.Finding{
				Kind: conformance.KindMismatch, Rule: "LOGIN-1",
				Line: 2, Step: "login a", Conn: "a", Request: "LOGIN", Expected: "IN", Got: "ERROR " + password, Frame: 2,
			}),
			fail(result("known/silent", must, conformance.XFail, "bug 7 # "+nasty, "IN-1"), k3, &conformance.Finding{
				Kind: conformance.KindClosed, Rule: "IN-1",
				Conn: "a", Expected: "IN", Got: "nothing", Waited: 4 * time.Second, Frame: -1,
			}),
			dead,
			result("known/mended", must, conformance.XPass, "it was known to fail: bug 8", "PONG-1"),
			result("known/flaky", must, conformance.Flaky, "it passed this time: "+nasty, "PONG-1"),
			result("skip/regex", must, conformance.Skip, "the server does not announce "+nasty, "WIRE-1"),
			result("skip/slow", must, conformance.Skip, "", "WIRE-1"),
			fail(result("warn/why", should, conformance.Fail, "", "WIRE-2"), k4, &conformance.Finding{
				Kind: conformance.KindMismatch, Rule: "WIRE-2",
				Conn: "a", Expected: "a reason", Got: "none", Frame: 2,
			}),
			result("blocked/list", must, conformance.Blocked, "LOGIN gets no answer", "SAID-1"),
			result("pass/ping", spec.May, conformance.Pass, "", "PING-1"),
			loud,
			result("pass/stray", must, conformance.Pass, "", "NONE-1"),
		},
	}
}

var how = How{Command: "wirecheck test --addr 127.0.0.1:7 --slow", Reproduce: "wirecheck test --addr 127.0.0.1:7", Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}

// fixed is the run as the kinds get it, with times that are always the same.
func fixed(t testing.TB, h How) *Run {
	t.Helper()
	r := New(judged(t), h)
	for _, c := range r.Cases {
		for i := range c.Events {
			c.Events[i].Seconds = float64(i) / 1000
		}
	}
	return r
}
