package run

import (
	"slices"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/peer"
)

// TestDeathAtAddress lets a target die that nobody can start again: what was judged stands, who may have killed it failed, the rest is blocked.
func TestDeathAtAddress(t *testing.T) {
	for _, hang := range []bool{false, true} {
		name := map[bool]string{false: "crash", true: "hang"}[hang]
		t.Run(name, func(t *testing.T) {
			var stop chan struct{}
			fault := peer.Faults[slices.IndexFunc(peer.Faults, func(f *peer.Fault) bool { return f.Name == "crash" })]
			if hang {
				stop = make(chan struct{})
				fault = &peer.Fault{Answer: func(_ *peer.Conn, r peer.Request, frame []byte) [][]byte {
					if r.Error != nil && r.Error.Name == "BAD_PATTERN" {
						<-stop // with the lock of the server
					}
					return [][]byte{frame}
				}}
			}
			addr := serve(t, fault)
			if hang {
				t.Cleanup(func() { close(stop) })
			}
			s := suite(t)
			cases, err := s.Select([]string{"chat/hello/ok", "chat/list/bad-pattern", "chat/send/ok-*", "chat/ping"}, nil)
			if err != nil {
				t.Fatal(err)
			}
			r := judgeCases(t, s, addr, 0.1, cases, 1)
			if r.Died == "" || r.Status(false) != conformance.StatusFailed {
				t.Errorf("died %q, status %d", r.Died, r.Status(false))
			}
			for _, res := range r.Results {
				want := conformance.Pass
				switch {
				case res.Case.ID == "chat/list/bad-pattern":
					want = conformance.Fail
				case res.Case.ID > "chat/list/bad-pattern":
					want = conformance.Blocked
				}
				if res.Verdict != want {
					t.Errorf("%s %s, want %s: %s %+v", res.Verdict, res.Case.ID, want, res.Reason, res.Finding)
				}
				if res.Verdict == conformance.Blocked && !strings.Contains(res.Reason, "the target is dead") {
					t.Errorf("%s is blocked: %s", res.Case.ID, res.Reason)
				}
			}
		})
	}
}
