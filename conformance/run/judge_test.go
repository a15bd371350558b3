package run

import (
	"context"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/peer"
	"github.com/wirelaw/wirelaw/conformance/target"
	"github.com/wirelaw/wirelaw/spec"
	"github.com/wirelaw/wirelaw/testdata"
)

// load reads the suite once: it is never changed.
var load = sync.OnceValues(func() (*Suite, error) {
	p, err := spec.Chat()
	if err != nil {
		return nil, err
	}
	return Load(p, testdata.Transcripts("chat"), "chat")
})

func suite(t testing.TB) *Suite {
	t.Helper()
	s, err := load()
	if err != nil {
		t.Fatal(err)
	}
	copy := *s
	copy.Cases = slices.Clone(s.Cases)
	return &copy
}

// few selects enough cases to meet every request and every fault, where all would take too long.
var few = []string{
	"chat/check", "chat/frame", "chat/ping", "chat/hello/ok", "chat/create/ok", "chat/list/all", "chat/bye", "chat/ack/all-up-to",
	"chat/resume/ok*", "chat/deliver", "chat/send/ok-*", "chat/send/unknown", "chat/send/refused*",
}

// serve runs a model server for the length of the test.
func serve(t testing.TB, fault *peer.Fault) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := peer.New(suite(t).Protocol, fault)
	go s.Serve(ln)
	t.Cleanup(s.Close)
	return ln.Addr().String()
}

func judgeAt(t testing.TB, s *Suite, addr string, patience float64, selectors ...string) *Report {
	t.Helper()
	cases, err := s.Select(selectors, nil)
	if err != nil {
		t.Fatal(err)
	}
	return judgeCases(t, s, addr, patience, cases, 0)
}

func judgeCases(t testing.TB, s *Suite, addr string, patience float64, cases []*Case, jobs int) *Report {
	t.Helper()
	r, err := Judge(t.Context(), &Options{
		Suite: s, Cases: cases, Target: &target.Remote{Address: addr}, Jobs: jobs,
		RunID: newID(t), Patience: patience, Dir: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func newID(t testing.TB) string { return strings.ReplaceAll(t.Name(), "/", ".") + time.Now().String() }

// TestHonest shows that a right server passes.
func TestHonest(t *testing.T) {
	r := judgeAt(t, suite(t), serve(t, nil), 3)
	if r.Contact != nil {
		t.Fatalf("%+v", r.Contact)
	}
	for _, res := range r.Results {
		if res.Verdict != conformance.Pass && res.Verdict != conformance.Skip {
			t.Errorf("%s %s: %s %+v", res.Verdict, res.Case.ID, res.Reason, res.Finding)
		}
	}
	if got := r.Status(true); got != conformance.StatusOK {
		t.Errorf("status %d", got)
	}
	if r.Hashes == 0 || r.Leased <= r.Made || r.Made == 0 {
		t.Errorf("%d hashes, %d leased, %d made", r.Hashes, r.Leased, r.Made)
	}
}

// TestFaults shows that every fault of the model is caught. The first failure is enough.
func TestFaults(t *testing.T) {
	s := suite(t)
	cases, err := s.Select(few, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range peer.Faults {
		t.Run(f.Name, func(t *testing.T) {
			ctx, enough := context.WithCancel(t.Context())
			defer enough()
			r, err := Judge(ctx, &Options{
				Suite: s, Cases: cases, Target: &target.Remote{Address: serve(t, f)}, RunID: newID(t), Patience: 0.2, Dir: t.TempDir(),
				Progress: func(_, _, failed int) {
					if failed > 0 {
						enough()
					}
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			if counts, _ := r.Counts(); counts[conformance.Fail] == 0 {
				t.Errorf("%s is not caught: %v", f.Doc, counts)
			}
			for _, c := range r.Causes() {
				t.Logf("%s: expected %s, got %s", c.Example.Case.ID, c.Example.Finding.Expected, c.Example.Finding.Got)
			}
		})
	}
}

// TestNotImplemented shows that an unknown request is one failure, and what needs it is blocked.
func TestNotImplemented(t *testing.T) {
	for _, name := range []string{"LIST", "BYE", "ACK", "RESUME", "CREATE"} {
		t.Run(name, func(t *testing.T) {
			s := suite(t)
			unknown := s.Protocol.Error("UNKNOWN_OPCODE")
			addr := serve(t, &peer.Fault{Check: func(_ *peer.Conn, r peer.Request, e *spec.Error) *spec.Error {
				if r.Message != nil && r.Message.Name == name {
					return unknown
				}
				return e
			}})
			r := judgeAt(t, s, addr, 3, few...)
			causes := r.Causes()
			reason := name + " is not implemented"
			if name == "RESUME" {
				reason += ", though the feature RESUME is announced"
			}
			if len(causes) != 1 || causes[0].Count() != 1 || causes[0].Example.Reason != reason {
				for _, c := range causes {
					t.Errorf("%s and %d more: %s; expected %s, got %s", c.Example.Case.ID, len(c.Others), c.Example.Reason, c.Example.Finding.Expected, c.Example.Finding.Got)
				}
			}
			counts, _ := r.Counts()
			if counts[conformance.Blocked] == 0 || r.Status(false) != conformance.StatusFailed {
				t.Errorf("%v", counts)
			}
			if name != "CREATE" && counts[conformance.Pass] == 0 {
				t.Errorf("nothing else is judged: %v", counts)
			}
		})
	}
}

// TestSilent shows that a server that falls silent after login is found out without waiting in every case.
func TestSilent(t *testing.T) {
	s := suite(t)
	addr := serve(t, &peer.Fault{Answer: func(c *peer.Conn, r peer.Request, frame []byte) [][]byte {
		if r.State.Name == "member" {
			return nil
		}
		return [][]byte{frame}
	}})
	begin := time.Now()
	r := judgeAt(t, s, addr, 0.2)
	counts, _ := r.Counts()
	if r.Status(false) != conformance.StatusFailed || counts[conformance.Fail] == 0 || counts[conformance.Blocked] < 50 || counts[conformance.Pass] == 0 {
		t.Errorf("%v", counts)
	}
	if took := time.Since(begin); took > 60*time.Second {
		t.Errorf("it took %v", took)
	}
}

// TestCalledOff ends a run in its middle: what was not judged is blocked, and nothing passes.
func TestCalledOff(t *testing.T) {
	s := suite(t)
	cases, _ := s.Select(nil, nil)
	ctx, cancel := context.WithCancel(t.Context())
	r, err := Judge(ctx, &Options{
		Suite: s, Cases: cases, Target: &target.Remote{Address: serve(t, nil)}, RunID: newID(t), Dir: t.TempDir(),
		Progress: func(done, _, _ int) {
			if done == 30 {
				cancel()
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	counts, _ := r.Counts()
	if r.Off == "" || counts[conformance.Blocked] == 0 || counts[conformance.Fail]+counts[conformance.Error] > 0 || r.Status(false) != conformance.StatusFailed {
		t.Errorf("%q, %v", r.Off, counts)
	}
}

func TestSelect(t *testing.T) {
	s := suite(t)
	count := func(sel ...string) int {
		cases, err := s.Select(sel, nil)
		if err != nil {
			t.Errorf("%q: %v", sel, err)
		}
		return len(cases)
	}
	all := count()
	if n := count("MUST", "SHOULD"); n != all {
		t.Errorf("levels select %d of %d", n, all)
	}
	if a, b := count("chat/send"), count("send"); a != b || a == 0 || a == all {
		t.Errorf("chat/send selects %d, send %d", a, b)
	}
	if a, b := count("chat/send/*"), count("**/send/*"); a != b || a == 0 {
		t.Errorf("patterns select %d and %d", a, b)
	}
	if n := count("SEND-5"); n == 0 || n == all {
		t.Errorf("SEND-5 selects %d", n)
	}
	if a, b := count("SEND"), count("SEND-1"); a <= b {
		t.Errorf("SEND selects %d, SEND-1 %d", a, b)
	}
	if n := count(s.Cases[3].ID); n != 1 {
		t.Errorf("an id selects %d", n)
	}
	cases, err := s.Select([]string{"chat/send"}, []string{"chat/send"})
	if err != nil || len(cases) != 0 {
		t.Errorf("what is skipped is selected: %d, %v", len(cases), err)
	}
	for _, sel := range []string{"nothing", "SEND-999", "chat/sent", "x/*"} {
		_, err := s.Select([]string{sel}, nil)
		if _, ok := err.(*SelectError); !ok {
			t.Errorf("%q: %v", sel, err)
		}
	}
	_, err = s.Select([]string{"SEND-55"}, nil)
	if e, ok := err.(*SelectError); !ok || e.Hint == "" {
		t.Errorf("nothing is told: %v", err)
	}
}

// TestCover shows that the suite leaves no rule out, and what it reports if it does.
func TestCover(t *testing.T) {
	s := suite(t)
	if v := s.Cover(); len(v.Orphans)+len(v.Strays) > 0 {
		t.Errorf("no case judges %q; no rule is judged by %q", v.Orphans, v.Strays)
	}
	s.Cases = slices.DeleteFunc(s.Cases, func(c *Case) bool { return slices.Contains(c.Rules, "SEND-5") })
	s.Add("chat/stray", "stray.txtar", []byte("connect a\nfence a\n"))
	v := s.Cover()
	if !slices.Contains(v.Orphans, "SEND-5") || !slices.Equal(v.Strays, []string{"chat/stray"}) {
		t.Errorf("%q, %q", v.Orphans, v.Strays)
	}
}

// oneByte writes a byte at a time.
type oneByte struct{ net.Conn }

func (c oneByte) Write(b []byte) (int, error) {
	for i := range b {
		if n, err := c.Conn.Write(b[i : i+1]); err != nil {
			return i + n, err
		}
	}
	return len(b), nil
}

// CloseWrite ends the stream, as the model does when it closes.
func (c oneByte) CloseWrite() error { return c.Conn.(*net.TCPConn).CloseWrite() }

type oneByteListener struct{ net.Listener }

func (l oneByteListener) Accept() (net.Conn, error) {
	nc, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return oneByte{nc}, nil
}

// TestOdd shows that servers pass which are right, but not as one is used to.
func TestOdd(t *testing.T) {
	p := suite(t).Protocol
	plain := &peer.Fault{Without: []string{"RESUME", "REGEX"}}
	for _, c := range []struct {
		name  string
		fault *peer.Fault
		wrap  func(net.Listener) net.Listener
		cases []string
	}{
		{"one byte at a time", nil, func(l net.Listener) net.Listener { return oneByteListener{l} }, few},
		{"no features", plain, func(l net.Listener) net.Listener { return l }, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			s := peer.New(p, c.fault)
			go s.Serve(c.wrap(ln))
			t.Cleanup(s.Close)
			r := judgeAt(t, suite(t), ln.Addr().String(), 3, c.cases...)
			if r.Contact != nil {
				t.Fatalf("%+v", r.Contact)
			}
			for _, res := range r.Results {
				if res.Verdict != conformance.Pass && res.Verdict != conformance.Skip {
					t.Errorf("%s %s: %s %+v", res.Verdict, res.Case.ID, res.Reason, res.Finding)
				}
			}
			counts, _ := r.Counts()
			t.Logf("%v, %d hashes", counts, r.Hashes)
		})
	}
}

// TestSometimesSilent shows that a request which is answered elsewhere is not taken for one that never is.
func TestSometimesSilent(t *testing.T) {
	addr := serve(t, &peer.Fault{Answer: func(_ *peer.Conn, r peer.Request, frame []byte) [][]byte {
		if r.Message != nil && r.Message.Name == "LIST" && r.Error != nil {
			return nil
		}
		return [][]byte{frame}
	}})
	r := judgeAt(t, suite(t), addr, 0.1, "chat/list")
	counts, _ := r.Counts()
	if counts[conformance.Fail] == 0 || counts[conformance.Pass] == 0 {
		t.Errorf("%v", counts)
	}
	for _, res := range r.Results {
		if res.Verdict == conformance.Blocked && res.Reason != "ERROR never comes" { // which is so here
			t.Errorf("%s is blocked: %s", res.Case.ID, res.Reason)
		}
	}
}
