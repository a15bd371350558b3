package derive_test

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wirelaw/wirelaw/codec/dynamic"
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

// TestRightServer judges right servers of tables that are not the chat's, so that nothing of the chat hides in what is derived.
func TestRightServer(t *testing.T) {
	for file, least := range others {
		p := table(t, file)
		if p.ID == "odd" {
			continue // it has one feature that its own fence needs, and no message that announces it
		}
		for _, slow := range []bool{false, true} {
			m := &model{slow: slow}
			r := judge(t, suite(t, p), m.serve(t, p), 5)
			if passed := allPass(t, r); passed < least {
				t.Errorf("%s: only %d passed", p.ID, passed)
			}
		}
	}
}

// TestEveryCheck breaks each check of a table in turn: its breach earns another error, or none.
func TestEveryCheck(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	p := table(t, mini)
	s := suite(t, p)
	c := dynamic.New(p)
	for _, ch := range p.Checks {
		if ch.Error == nil || ch.Name == spec.CheckFeature {
			continue
		}
		for _, fault := range []string{"another error", "accepted"} {
			if fault == "accepted" && slices.Contains([]spec.CheckName{spec.CheckLength, spec.CheckOpcode}, ch.Name) {
				continue // a server cannot go on then
			}
			t.Run(string(ch.Name)+"/"+fault, func(t *testing.T) {
				t.Parallel()
				m := &model{change: func(st *spec.State, h dynamic.Header, frame []byte, e *spec.Error) *spec.Error {
					if e == nil || !decides(c, ch.Name, st, frame) {
						return e
					}
					if fault == "accepted" {
						return nil
					}
					return p.Errors[(slices.Index(p.Errors, e)+3)%len(p.Errors)]
				}}
				r := judge(t, s, m.serve(t, p), 0.1)
				counts, _ := r.Counts()
				caught := 0
				for _, res := range r.Results {
					if res.Finding != nil && res.Finding.Kind != conformance.KindTimeout {
						caught++
					}
				}
				if caught == 0 {
					t.Errorf("not caught, but for what took too long: %v", counts)
				}
				if counts[conformance.Pass] == 0 {
					t.Errorf("nothing passes: %v", counts)
				}
			})
		}
	}
}

// decides reports whether a check is the one that refuses a frame.
func decides(c *dynamic.Codec, check spec.CheckName, s *spec.State, frame []byte) bool {
	_, e, why := c.CheckRequest(s, frame, nil)
	if e == nil {
		return false
	}
	switch why.Because {
	case "opcode", "state":
		return why.Because == string(check)
	case "zero":
		return check == spec.CheckCorrelation
	case "truncated", "trailing", "utf8":
		return check == spec.CheckLayout
	}
	if why.Offset < c.HeaderSize() {
		return check == spec.CheckLength
	}
	if f := c.Protocol().Message(why.Message).Field(why.Field); f != nil && f.Early {
		return check == spec.CheckEarly
	}
	return check == spec.CheckLimits
}

// TestMute shows that a server that does not answer wrong opcodes, or one request, is found out without waiting in every case.
func TestMute(t *testing.T) {
	p := table(t, mini)
	for name, mute := range map[string]func(*spec.State, dynamic.Header, *spec.Error) bool{
		"opcodes": func(_ *spec.State, _ dynamic.Header, e *spec.Error) bool { return e != nil && e.Name == "UNKNOWN" },
		"errors":  func(_ *spec.State, _ dynamic.Header, e *spec.Error) bool { return e != nil },
		"leave":   func(_ *spec.State, h dynamic.Header, _ *spec.Error) bool { return h.Opcode == p.Message("LEAVE").Code },
	} {
		m := &model{mute: mute}
		begin := time.Now()
		r := judge(t, suite(t, p), m.serve(t, p), 0.1)
		counts, _ := r.Counts()
		if counts[conformance.Fail] == 0 || counts[conformance.Pass] == 0 {
			t.Errorf("%s: %v", name, counts)
		}
		if took := time.Since(begin); took > 60*time.Second {
			t.Errorf("%s: it took %v", name, took)
		}
		t.Log(name, counts, time.Since(begin))
	}
}

// TestPeer judges the model server of the chat protocol, and that its faults in frames are caught by derived cases alone.
func TestPeer(t *testing.T) {
	p := table(t, "")
	s := suite(t, p)
	serve := func(t *testing.T, f *peer.Fault) string {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		srv := peer.New(p, f)
		go srv.Serve(ln)
		t.Cleanup(srv.Close)
		return ln.Addr().String()
	}
	if passed := allPass(t, judge(t, s, serve(t, nil), 5)); passed < 2000 {
		t.Errorf("only %d passed", passed)
	}
	if testing.Short() {
		return
	}
	// These need an account that is written to, or a listing with more than one page.
	beyond := []string{"leak", "early-push", "no-effect", "crash", "wrong-id"}
	some := []string{"**/right.*", "**/state.*", "**/trailing.*", "**/*.utf8.ff", "**/0x0?.*", "**/length.*", "**/*.max+1", "**/*.min-1", "**/id/**", "**/*.zero.*", "**/order/**"}
	for _, f := range peer.Faults {
		if slices.Contains(beyond, f.Name) {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			r := judge(t, s, serve(t, f), 0.1, some...)
			if counts, _ := r.Counts(); counts[conformance.Fail] == 0 {
				t.Errorf("%s is not caught: %v", f.Doc, counts)
			}
		})
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
