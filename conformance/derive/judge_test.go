package derive_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/peer"
	"github.com/wirelaw/wirelaw/conformance/run"
	"github.com/wirelaw/wirelaw/conformance/target"
	"github.com/wirelaw/wirelaw/server"
	"github.com/wirelaw/wirelaw/server/store"
	"github.com/wirelaw/wirelaw/server/store/memory"
	"github.com/wirelaw/wirelaw/spec"
)

const mini = "../../spec/testdata/base.yaml"

// judge judges a server by the cases that follow from its table.
func judge(t testing.TB, s *run.Suite, addr string, patience float64, selectors ...string) *run.Report {
	t.Helper()
	cases, err := s.Select(selectors, nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := run.Judge(t.Context(), &run.Options{
		Suite: s, Cases: cases, Target: &target.Remote{Address: addr},
		RunID: fmt.Sprint(t.Name(), time.Now().UnixNano()), Patience: patience, Dir: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.Contact != nil {
		t.Fatalf("%+v", r.Contact)
	}
	return r
}

// allPass demands that nothing fails, and returns how many cases passed.
func allPass(t *testing.T, r *run.Report) (passed int) {
	t.Helper()
	for _, res := range r.Results {
		switch res.Verdict {
		case conformance.Pass:
			passed++
			if res.Unsteady {
				t.Errorf("%s: %s", res.Case.ID, res.Reason)
			}
		case conformance.Skip:
		default:
			t.Errorf("%s %s: %s %+v\n%s", res.Verdict, res.Case.ID, res.Reason, res.Finding, res.Case.Source[:min(len(res.Case.Source), 500)])
		}
	}
	return passed
}

// serve runs a model server for the length of the test.
func serve(t testing.TB, p *spec.Protocol, f *peer.Fault) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := peer.New(p, f)
	go s.Serve(ln)
	t.Cleanup(s.Close)
	return ln.Addr().String()
}

// TestRightServer judges right servers of tables that are not the chat's, so that nothing of the chat hides in what is derived. That
// faults in them are caught is shown by the tests of conformance/peer/mutant.
func TestRightServer(t *testing.T) {
	for file, least := range others {
		p := table(t, file)
		if p.ID == "odd" {
			continue // it has one feature that its own fence needs, and no message that announces it
		}
		s := suite(t, p)
		for _, style := range []peer.Style{{}, {Cut: peer.OneByte}} {
			if passed := allPass(t, judge(t, s, serve(t, p, &peer.Fault{Style: style}), 5)); passed < least {
				t.Errorf("%s: only %d passed", p.ID, passed)
			}
		}
	}
}

// TestMute shows that a server that does not answer wrong opcodes, or one request, is found out without waiting in every case.
func TestMute(t *testing.T) {
	p := table(t, mini)
	s := suite(t, p)
	for name, mute := range map[string]func(peer.Request) bool{
		"opcodes": func(r peer.Request) bool { return r.Error != nil && r.Error.Name == "UNKNOWN" },
		"errors":  func(r peer.Request) bool { return r.Error != nil },
		"leave":   func(r peer.Request) bool { return r.Message != nil && r.Message.Name == "LEAVE" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begin := time.Now()
			r := judge(t, s, serve(t, p, &peer.Fault{Answer: func(_ *peer.Conn, r peer.Request, frame []byte) [][]byte {
				if mute(r) {
					return nil
				}
				return [][]byte{frame}
			}}), 0.1)
			counts, _ := r.Counts()
			if counts[conformance.Fail] == 0 || counts[conformance.Pass] == 0 {
				t.Error(counts)
			}
			if took := time.Since(begin); took > 60*time.Second {
				t.Errorf("it took %v", took)
			}
			t.Log(counts, time.Since(begin))
		})
	}
}

// TestMuteFence shows that a server that is mute on the fence, in a state that a reply leads to, is found out soon: all that builds on
// the fence there is blocked.
func TestMuteFence(t *testing.T) {
	p := table(t, "../../testdata/specs/mqtt.yaml")
	r := judge(t, suite(t, p), serve(t, p, &peer.Fault{Answer: func(_ *peer.Conn, r peer.Request, frame []byte) [][]byte {
		if r.Message != nil && r.Message.Name == p.Fence.Send.Name {
			return nil
		}
		return [][]byte{frame}
	}}), 0.1)
	counts, _ := r.Counts()
	if counts[conformance.Fail] == 0 || counts[conformance.Fail] > 5 || counts[conformance.Blocked] < 1000 {
		t.Error(counts)
	}
	t.Log(counts, r.Took)
}

// TestPeer judges the model server of the chat protocol.
func TestPeer(t *testing.T) {
	p := table(t, "")
	if passed := allPass(t, judge(t, suite(t, p), serve(t, p, nil), 5)); passed < 2000 {
		t.Errorf("only %d passed", passed)
	}
}

// TestReferenceServer judges the server of this house.
func TestReferenceServer(t *testing.T) {
	if testing.Short() {
		t.Skip("passwords are hashed")
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := server.New(memory.Open(store.Options{}), server.Options{})
	go srv.Serve(t.Context(), ln)
	t.Cleanup(func() { srv.Shutdown(context.Background()) })
	p := table(t, "")
	r := judge(t, suite(t, p), ln.Addr().String(), 5)
	if passed := allPass(t, r); passed < 2000 {
		t.Errorf("only %d passed", passed)
	}
	if r.Hashes > 200 {
		t.Errorf("%d password hashes", r.Hashes)
	}
	t.Log(r.Hashes, r.Took, strings.Join(r.Features, " "))
}
