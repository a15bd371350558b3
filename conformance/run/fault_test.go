package run

import (
	"slices"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/peer"
	"github.com/wirelaw/wirelaw/spec"
)

// TestFaultOfTheEngine judges servers with a fault that many cases meet, whatever they are about: it is told once, by the rule of the table for
// just that.
func TestFaultOfTheEngine(t *testing.T) {
	s := derived(t)
	send := func(answer func(c *peer.Conn, r peer.Request, frame []byte) [][]byte) *peer.Fault {
		return &peer.Fault{Answer: func(c *peer.Conn, r peer.Request, frame []byte) [][]byte {
			if r.Message != nil && r.Message.Name == "SEND" && r.Error == nil {
				return answer(c, r, frame)
			}
			return [][]byte{frame}
		}}
	}
	ids := s.Protocol.RuleDerived(spec.FromServer, spec.DeriveIDs).ID
	order := s.Protocol.RuleDerived(spec.FromServer, spec.DeriveOrder).ID
	for _, c := range []struct {
		name     string
		fault    *peer.Fault
		selected []string
		told     string
		rule     string
		example  string // how its id begins
	}{
		{
			"another id", send(func(c *peer.Conn, r peer.Request, f []byte) [][]byte { return [][]byte{c.WithID(f, r.ID+1)} }),
			[]string{"chat/send", "chat/deliver", "chat/ping", "chat/ack"},
			"a reply to SEND bears another id", ids, "chat/send/ok-",
		},
		{
			"no answer", send(func(*peer.Conn, peer.Request, []byte) [][]byte { return nil }),
			[]string{"chat/send", "chat/ack"},
			"", order, "",
		},
		{
			"two answers", send(func(_ *peer.Conn, _ peer.Request, f []byte) [][]byte { return [][]byte{f, f} }),
			[]string{"chat/ping", "chat/send/ok*"},
			"ACCEPTED comes though no request is open", order, "chat/send/ok-",
		},
		{
			"delivered twice", &peer.Fault{Bug: peer.DeliversTwice},
			[]string{"chat/send", "chat/deliver", "chat/ping"},
			"DELIVER comes with a sequence that does not rise",
			s.Protocol.RuleWatched(spec.WatchSequence).ID, "",
		},
		{
			"not closed", peer.Faults[slices.IndexFunc(peer.Faults, func(f *peer.Fault) bool { return f.Name == "no-close" })],
			[]string{"chat/*/derived/id.zero*", "chat/frame"},
			"the connection is not closed after BAD_ID",
			s.Protocol.RuleDerived(spec.FromServer, spec.Derive(spec.CheckCorrelation)).ID, "",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			patience := 3.0
			if c.name == "no answer" || c.name == "not closed" { // they wait
				patience = 0.2
			}
			r := judgeAt(t, s, serve(t, c.fault), patience, c.selected...)
			first := r.Causes()[0]
			if f := first.Example.Finding; f.Rule != c.rule || c.told != "" && first.Example.Reason != c.told {
				t.Errorf("first comes %s: %s, not %s: %s", f.Rule, first.Example.Reason, c.rule, c.told)
			}
			if !strings.HasPrefix(first.Example.Case.ID, c.example) {
				t.Errorf("the example is %s, not %s", first.Example.Case.ID, c.example)
			}
			for _, k := range r.Causes() {
				f := k.Example.Finding
				t.Logf("%s %s and %d more, %d blocked: %s; expected %s, got %s", f.Rule, k.Example.Case.ID, len(k.Others), k.Blocked, k.Example.Reason, f.Expected, f.Got)
			}
			for _, res := range r.Results {
				if res.Verdict == conformance.Blocked && c.name != "no answer" {
					t.Errorf("%s is blocked: %s", res.Case.ID, res.Reason)
				}
			}
			if n := len(r.Causes()); n > 3 {
				t.Errorf("%d causes of one fault", n)
			}
		})
	}
}
