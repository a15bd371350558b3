package drive

import (
	"context"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

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

func judged(t testing.TB, s *run.Suite, l Launcher, patience float64, slow bool) *run.Report {
	t.Helper()
	r, err := Judge(t.Context(), &Options{
		Suite: s, Cases: s.Cases, Launcher: l, RunID: "test", Patience: patience, Slow: slow, Name: "model", Jobs: 16, Dir: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.Contact != nil {
		t.Fatalf("no contact: %s", r.Contact.Problem)
	}
	return r
}

func TestHonestClientPasses(t *testing.T) {
	s := suite(t)
	r := judged(t, s, model{s.Protocol, nil}, 2, true)
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
	for _, f := range peer.ClientFaults {
		if ids[f.Name] || s.Protocol.Rule(f.Rule) == nil || s.Protocol.Rule(f.Rule).Binds != spec.FromClient {
			t.Fatalf("%s: it is there twice, or breaks no rule for clients", f.Name)
		}
		ids[f.Name] = true
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			r := judged(t, s, model{s.Protocol, f}, 0.1, true)
			var caught []string
			named := false
			for _, res := range r.Results {
				switch res.Verdict {
				case conformance.Fail:
					caught = append(caught, res.Case.ID+" by "+res.Finding.Rule)
					named = named || res.Finding.Rule == f.Rule
				case conformance.Error:
					t.Errorf("%s: %s", res.Case.ID, res.Reason)
				}
			}
			switch {
			case len(caught) == 0:
				t.Errorf("%s: nobody has noticed", f.Doc)
			case !named:
				t.Errorf("%s: noticed as something else than %s: %s", f.Doc, f.Rule, strings.Join(caught, ", "))
			}
		})
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
