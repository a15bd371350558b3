package mutant_test

import (
	"context"
	"flag"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/peer"
	"github.com/wirelaw/wirelaw/conformance/run"
	"github.com/wirelaw/wirelaw/conformance/target"
	"github.com/wirelaw/wirelaw/spec"
	"github.com/wirelaw/wirelaw/testdata"
)

var (
	all  = flag.String("mutants", "", `"all": every fault and every case, not a sample`)
	only = flag.String("only", "", "only faults whose name begins so")
)

// chat is the whole suite. It is never changed.
var chat = sync.OnceValues(func() (*run.Suite, error) {
	p, err := spec.Chat()
	if err != nil {
		return nil, err
	}
	s, err := run.Load(p, testdata.Transcripts("chat"), "chat")
	if err != nil {
		return nil, err
	}
	return s, s.Derive()
})

func suite(t testing.TB) *run.Suite {
	t.Helper()
	s, err := chat()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// serve runs a server until it is closed.
func serve(t testing.TB, p *spec.Protocol, f *peer.Fault) *served {
	t.Helper()
	fault := peer.Fault{}
	if f != nil {
		fault = *f
	}
	if p.ID == "chat" {
		fault.Style.Strings = texts{p.Type("username")}
	}
	h, err := peer.Start(p, &fault)
	if err != nil {
		t.Fatal(err)
	}
	return &served{h, &fault}
}

// served is a server and the fault that it has.
type served struct {
	*peer.Host
	fault *peer.Fault
}

var runs struct {
	sync.Mutex
	n int
}

func runID() string {
	runs.Lock()
	defer runs.Unlock()
	runs.n++
	return fmt.Sprintf("mutant %d %d", time.Now().UnixNano(), runs.n)
}

// judge runs cases against a server; with enough, until the first one fails.
func judge(t testing.TB, s *run.Suite, cases []*run.Case, h *served, patience float64, enough bool) *run.Report {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	spawn := func(context.Context) (target.Own, error) { return peer.Start(s.Protocol, h.fault) }
	if !slices.ContainsFunc(cases, func(c *run.Case) bool { return c.Restart }) {
		spawn = nil // a server that dies stays dead
	}
	r, err := run.Judge(ctx, &run.Options{
		Suite: s, Cases: slices.Clone(cases), Target: &target.Remote{Address: h.Addr()}, Spawn: spawn,
		RunID: runID(), Patience: patience, Slow: true, Dir: t.TempDir(),
		Progress: func(_, _, failed int) {
			if enough && failed > 0 {
				cancel()
			}
		},
	})
	if err != nil {
		t.Error(err)
		return &run.Report{}
	}
	return r
}

// A catch is how a fault was found.
type catch struct {
	id    string // of the case
	stage int    // 1: among the cases about its field; 2: of its rules and its message; 3: of its rules; 4: in the whole suite; 0: not at all
	text  string
	took  time.Duration
}

// hasty is the patience with faulty servers. An honest one keeps it too: see [confirm].
const hasty = 0.05

// hunt looks for a fault with the fewest cases that could catch it first.
func hunt(t testing.TB, s *run.Suite, f *peer.Fault) catch {
	t.Helper()
	begin := time.Now()
	var c catch
	for i, cases := range stages(s, f) {
		if len(cases) == 0 {
			continue
		}
		for _, patience := range []float64{patience(cases), 1} {
			res := first(t, s, cases, f, patience)
			if res == nil {
				break
			}
			if !outside(res) || patience == 1 || confirm(t, s, res, f) {
				return catch{
					id: res.Case.ID, stage: i + 1, took: time.Since(begin),
					text: fmt.Sprintf("expected %s, got %s", res.Finding.Expected, res.Finding.Got),
				}
			}
		}
	}
	c.took = time.Since(begin)
	return c
}

// first returns a failure of a faulty server, nil if there is none.
func first(t testing.TB, s *run.Suite, cases []*run.Case, f *peer.Fault, patience float64) *conformance.Result {
	h := serve(t, s.Protocol, f)
	defer h.Close()
	r := judge(t, s, cases, h, patience, true)
	if r.Contact != nil {
		return &conformance.Result{Case: &conformance.Case{ID: "first contact"}, Finding: &conformance.Finding{Expected: "a server", Got: r.Contact.Problem}}
	}
	for _, res := range r.Results {
		if res.Verdict == conformance.Fail {
			return res
		}
	}
	return nil
}

// outside reports whether the machine may be to blame: that time was short.
func outside(r *conformance.Result) bool {
	return r.Finding.Kind == conformance.KindTimeout || r.Finding.Kind == conformance.KindTarget
}

// patience is more where cases have to wait for what takes seconds.
func patience(cases []*run.Case) float64 {
	if slices.ContainsFunc(cases, func(c *run.Case) bool { return c.Slow }) {
		return 1
	}
	return hasty
}

// confirm reports whether a server without the fault passes where one with it was too slow, so that it is not the machine that was. The
// judge has seen to it that the other one was too slow twice.
func confirm(t testing.TB, s *run.Suite, res *conformance.Result, f *peer.Fault) bool {
	i := slices.IndexFunc(s.Cases, func(c *run.Case) bool { return c.Case == res.Case })
	if i < 0 { // a pool
		i = slices.IndexFunc(s.Cases, func(c *run.Case) bool { return len(c.Script.Pools) > 0 && !c.Slow && !c.Restart })
	}
	honest := serve(t, s.Protocol, &peer.Fault{Without: f.Without, Style: f.Style})
	defer honest.Close()
	r := judge(t, s, s.Cases[i:i+1], honest, patience(s.Cases[i:i+1]), false)
	return slices.ContainsFunc(r.Results, func(r *conformance.Result) bool { return r.Verdict == conformance.Pass })
}

// stages lists the cases to try, the most likely ones first.
func stages(s *run.Suite, f *peer.Fault) [][]*run.Case {
	slow, restart := false, false
	for _, id := range f.Rules {
		slow = slow || s.Protocol.Rule(id).Judge == spec.JudgeSlow
		restart = restart || s.Protocol.Rule(id).Judge == spec.JudgeRestart
	}
	named := words(f.Name)
	var nearest, near, ruled, rest []*run.Case
	for _, c := range s.Cases {
		folder := strings.Split(c.ID, "/")[1]
		field, _, _ := strings.Cut(path.Base(c.ID), ".")
		switch {
		case c.Restart && !restart || c.Slow && !slow:
		case c.Derived() && slices.Contains(named, folder) && slices.Contains(named, field):
			nearest = append(nearest, c)
		case len(f.Rules)*len(c.Rules) == 0 && slices.Contains(named, folder):
			near = append(near, c)
		case !slices.ContainsFunc(c.Rules, func(r string) bool { return slices.Contains(f.Rules, r) }):
			rest = append(rest, c)
		case slices.Contains(named, folder) || !c.Derived():
			near = append(near, c)
		default:
			ruled = append(ruled, c)
		}
	}
	return [][]*run.Case{nearest, near, ruled, rest}
}

// words are the parts of the name of a fault, in lower case.
func words(name string) []string {
	return strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return strings.ContainsRune("/.-", r) })
}

// each does something with faults, a few at a time.
func each(t *testing.T, faults []*peer.Fault, do func(*peer.Fault)) {
	queue := make(chan *peer.Fault, len(faults))
	for _, f := range faults {
		if strings.HasPrefix(f.Name, *only) {
			queue <- f
		}
	}
	close(queue)
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			for f := range queue {
				do(f)
			}
		})
	}
	workers.Wait()
}

// hunted hunts all of them and demands that each is caught.
func hunted(t *testing.T, s *run.Suite, faults []*peer.Fault) {
	begin := time.Now()
	var total, most time.Duration
	stage := [5]int{}
	var mu sync.Mutex
	each(t, faults, func(f *peer.Fault) {
		c := hunt(t, s, f)
		mu.Lock()
		defer mu.Unlock()
		total += c.took
		most = max(most, c.took)
		stage[c.stage]++
		if c.stage == 0 {
			t.Errorf("%s is not caught: %s", f.Name, f.Doc)
		}
		t.Logf("%-50s %d %-45s %5dms %s", f.Name, c.stage, strings.TrimPrefix(c.id, "chat/"), c.took.Milliseconds(), c.text[:min(len(c.text), 110)])
	})
	n := max(1, stage[0]+stage[1]+stage[2]+stage[3]+stage[4])
	t.Logf("%d faults: %d caught by cases about their field, %d by others of their rules and their message, %d by others of their rules, %d by others, "+
		"%d not at all; %v a fault, %v at most, %v in all", n, stage[1], stage[2], stage[3], stage[4], stage[0], total/time.Duration(n), most, time.Since(begin))
}
