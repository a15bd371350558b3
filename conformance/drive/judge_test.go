package drive

import (
	"context"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/peer"
	"github.com/wirelaw/wirelaw/conformance/run"
	"github.com/wirelaw/wirelaw/spec"
	"github.com/wirelaw/wirelaw/testdata"
)

// model launches model clients in this process.
type model struct {
	p     *spec.Protocol
	fault *peer.ClientFault
}

func (m model) Launch(ctx context.Context, addr string) (Running, error) {
	ctx, cancel := context.WithCancel(ctx)
	stdin, in := io.Pipe()
	out, stdout := io.Pipe()
	r := &inProcess{in: in, out: out, cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(r.done)
		r.err = peer.RunClient(ctx, m.p, m.fault, addr, stdin, stdout)
		stdin.Close()
		stdout.Close()
	}()
	return r, nil
}

type inProcess struct {
	in     *io.PipeWriter
	out    *io.PipeReader
	cancel context.CancelFunc
	done   chan struct{}
	err    error
	once   sync.Once
}

func (r *inProcess) Stdin() io.WriteCloser { return r.in }
func (r *inProcess) Stdout() io.Reader     { return r.out }
func (r *inProcess) Errors() string        { return "" }

func (r *inProcess) Wait() error {
	<-r.done
	return r.err
}

func (r *inProcess) Close() {
	r.once.Do(func() {
		r.cancel()
		r.in.Close()
		r.out.Close()
	})
	<-r.done
}

func suite(t testing.TB) *run.Suite {
	t.Helper()
	p := chat(t)
	s, err := run.LoadClient(p, Actions(), testdata.Transcripts(p.ID+"-client"), "testdata/transcripts/chat-client")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func judged(t testing.TB, s *run.Suite, cases []*run.Case, l Launcher, patience float64) *run.Report {
	t.Helper()
	r, err := Judge(t.Context(), &Options{
		Suite: s, Cases: cases, Launcher: l, RunID: "test", Patience: patience, Slow: true, Name: "model", Jobs: 16, Dir: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.Contact != nil {
		t.Errorf("no contact: %s", r.Contact.Problem)
	}
	return r
}

func TestHonestClientPasses(t *testing.T) {
	s := suite(t)
	r := judged(t, s, s.Cases, model{s.Protocol, nil}, 2)
	for _, res := range r.Results {
		if res.Verdict != conformance.Pass || res.Unsteady {
			t.Errorf("%s: %s %s %+v", res.Case.ID, res.Verdict, res.Reason, res.Finding)
		}
	}
	if r.Agent != "model-client/1" {
		t.Errorf("the agent is %q", r.Agent)
	}
}

// TestEveryFaultIsCaught judges the judge: each fault is seen, and one of the cases that see it is about the rule that it breaks.
func TestEveryFaultIsCaught(t *testing.T) {
	s := suite(t)
	ids := map[string]bool{}
	var all sync.WaitGroup
	var mu sync.Mutex
	var total, most time.Duration
	slots := make(chan struct{}, 8) // they wait more than they work
	for _, f := range peer.ClientFaults {
		if ids[f.Name] || s.Protocol.Rule(f.Rule) == nil || s.Protocol.Rule(f.Rule).Binds != spec.FromClient {
			t.Fatalf("%s: it is there twice, or breaks no rule for clients", f.Name)
		}
		ids[f.Name] = true
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			begin := time.Now()
			caught(t, s, f)
			mu.Lock()
			defer mu.Unlock()
			total, most = total+time.Since(begin), max(most, time.Since(begin))
		})
	}
	all.Wait()
	t.Logf("%d faults, %v each, %v at most", len(ids), total/time.Duration(len(ids)), most)
	if len(ids) < 25 {
		t.Errorf("only %d faults", len(ids))
	}
}

// caught judges a client with a fault by the cases about the rule that it breaks; by all if the engine finds breaches of it anywhere.
func caught(t *testing.T, s *run.Suite, f *peer.ClientFault) {
	cases := s.Cases
	if !slices.Contains(slices.Collect(maps.Values(s.Reader.Library.Breaches)), f.Rule) {
		var err error
		if cases, err = s.Select([]string{f.Rule}, nil); err != nil {
			t.Error(err)
			return
		}
	}
	r := judged(t, s, cases, model{s.Protocol, f}, 0.3)
	var by []string
	named := false
	for _, res := range r.Results {
		switch res.Verdict {
		case conformance.Fail:
			by = append(by, res.Case.ID+" by "+res.Finding.Rule)
			named = named || res.Finding.Rule == f.Rule
		case conformance.Error:
			t.Errorf("%s: %s", res.Case.ID, res.Reason)
		}
	}
	switch {
	case len(by) == 0:
		t.Errorf("%s: %s: nobody has noticed", f.Name, f.Doc)
	case !named:
		t.Errorf("%s: %s: noticed as something else than %s: %s", f.Name, f.Doc, f.Rule, strings.Join(by, ", "))
	}
}

func TestEveryRuleForClientsHasACase(t *testing.T) {
	s := suite(t)
	v := s.Cover()
	if len(v.Orphans)+len(v.Strays) > 0 {
		t.Errorf("rules without a case: %q; cases without a rule: %q", v.Orphans, v.Strays)
	}
	if len(s.Cases) < 60 {
		t.Errorf("only %d cases", len(s.Cases))
	}
	for _, c := range s.Cases {
		if slices.ContainsFunc(c.Rules, func(id string) bool { return s.Protocol.Rule(id).Binds != spec.FromClient }) {
			t.Errorf("%s judges a rule that does not bind clients", c.ID)
		}
	}
}
