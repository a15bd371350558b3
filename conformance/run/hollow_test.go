package run

import (
	"slices"
	"testing"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/peer"
	"github.com/wirelaw/wirelaw/conformance/script"
	"github.com/wirelaw/wirelaw/spec"
)

// TestHollow judges servers that are not finished and do not say so: each thing that they lack is told once, and what needs it is blocked.
func TestHollow(t *testing.T) {
	s := derived(t)
	unknown, internal := s.Protocol.Error("UNKNOWN_OPCODE"), s.Protocol.Error("INTERNAL")
	missing := func(r peer.Request) bool {
		return r.Message != nil && (r.Message.Name == "LIST" || r.Message.Name == "ACK")
	}
	for _, c := range []struct {
		name    string
		fault   *peer.Fault
		reasons []string
	}{
		{
			"unknown opcodes close", &peer.Fault{
				Check: func(_ *peer.Conn, r peer.Request, e *spec.Error) *spec.Error {
					if missing(r) {
						return unknown
					}
					return e
				},
				Answer: func(_ *peer.Conn, r peer.Request, frame []byte) [][]byte {
					if r.Error == unknown {
						return nil
					}
					return [][]byte{frame}
				},
				After: func(_ *peer.Conn, r peer.Request, goOn bool) bool { return goOn && r.Error != unknown },
			},
			[]string{"unknown opcodes close the connection", "LIST is not implemented", "ACK is not implemented"},
		},
		{
			"internal", &peer.Fault{Check: func(_ *peer.Conn, r peer.Request, e *spec.Error) *spec.Error {
				if r.Message != nil && r.Message.Name == "LIST" && (e == nil || r.Why == nil && e.React == spec.ReactReply && e.Name != "BAD_STATE") {
					return internal
				}
				return e
			}},
			[]string{"LIST has never had another answer than INTERNAL"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := judgeAt(t, s, serve(t, c.fault), 3, "chat/list", "chat/ack", "chat/opcode", "chat/send/ok-*", "chat/check")
			causes := map[string]*Cause{}
			for _, k := range r.Causes() {
				causes[k.Example.Reason] = k
			}
			for _, reason := range c.reasons {
				if k := causes[reason]; k == nil || k.Blocked == 0 {
					t.Errorf("%q is not told, or blocks nothing", reason)
				}
				delete(causes, reason)
			}
			for reason, k := range causes {
				f := k.Example.Finding
				t.Errorf("%s and %d more: %s; expected %s, got %s", k.Example.Case.ID, len(k.Others), reason, f.Expected, f.Got)
			}
			for _, res := range r.Results {
				if res.Verdict == conformance.Blocked && !slices.Contains(c.reasons, res.Reason) {
					t.Errorf("%s is blocked: %s", res.Case.ID, res.Reason)
				}
			}
			counts, _ := r.Counts()
			t.Logf("%v, %d hashes", counts, r.Hashes)
			if counts[conformance.Fail] > 10 || counts[conformance.Pass] < 50 {
				t.Errorf("%v", counts)
			}
		})
	}
}

// TestLackOfWhatIsNotAnnounced shows that a request of a feature which is not announced blocks nothing but what is about it: the other cases do
// without it.
func TestLackOfWhatIsNotAnnounced(t *testing.T) {
	s := suite(t)
	h := newHealth(s.Protocol, &script.Clock{})
	for _, announced := range []bool{false, true} {
		h.announced = func(*spec.Feature) bool { return announced }
		for id, about := range map[string]bool{"chat/send/ok-at-once": false, "chat/resume/not-announced": true} {
			c := s.Cases[slices.IndexFunc(s.Cases, func(c *Case) bool { return c.ID == id })]
			if got := h.needs(c, waited{request: "RESUME"}); got != (about || announced) {
				t.Errorf("announced %v: %s is blocked: %v", announced, id, got)
			}
		}
	}
}
