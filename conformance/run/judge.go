package run

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/script"
	"github.com/wirelaw/wirelaw/conformance/target"
	"github.com/wirelaw/wirelaw/spec"
)

// Options say how to judge. Suite, Cases and Target are needed.
type Options struct {
	Suite  *Suite
	Cases  []*Case       // what to run, of Suite
	Target target.Target // lives on throughout; the caller closes it
	// Spawn starts a target for a case that restarts it, nil if it cannot be restarted. The judge closes it.
	Spawn func(context.Context) (target.Own, error)

	Jobs     int    // cases at a time; 0: 8
	RunID    string // names the run: fresh names follow from it
	Slow     bool
	Patience float64 // multiplies every deadline; 0: 1
	Dir      string  // for the engine; ""- the system's
	Progress func(done, all, failed int)
	// Contacted, if not nil, is called once with what is known after a first contact that went well, before anything is judged.
	Contacted func(*Report)
	// Judged, if not nil, is told of each result as it comes, one call at a time. What stands for what, and what is known, is settled at the
	// end: verdicts in the report may differ.
	Judged func(*conformance.Result)
}

// A Report is a verdict about a target.
type Report struct {
	Protocol *spec.Protocol
	Judged   spec.Direction // the side that was judged; "": the server
	RunID    string
	Addr     string
	Agent    string   // what the server says it is, if it does
	Features []string // announced
	Results  []*conformance.Result
	Stale    []string // what is wrong with the list of known failures, as sentences
	Contact  *Contact // what went wrong at the first contact; nil if nothing did
	Hashes   int      // how many requests were sent that cost a password hash
	Leased   int      // how many things of pools were lent
	Made     int      // how many were made for that
	Took     time.Duration
	Died     string // how the target died, "" if it did not
	Output   string // the last that the target printed
	Off      string // why the run was called off, "" if it was not
}

// A judge is one run.
type judge struct {
	o       *Options
	codec   *dynamic.Codec
	clock   *script.Clock
	health  *health
	contact *Contact

	mu      sync.Mutex
	results map[*Case]*conformance.Result
	hashes  int
	leased  int
	made    int
	done    int
	failed  int

	stuck  atomic.Int32 // cases that could not leave in the end
	shared life         // the target of all cases but those that restart it
	ward   ward
}

// Judge judges the target. An error means that nothing could be judged through no fault of the target; that a target cannot be used is in the
// report. Calling ctx off ends the run; what was not judged then is BLOCKED.
func Judge(ctx context.Context, o *Options) (*Report, error) {
	if len(o.Cases) == 0 {
		return nil, fmt.Errorf("no case was selected")
	}
	begin := time.Now()
	j := &judge{
		o: o, codec: dynamic.New(o.Suite.Protocol), clock: &script.Clock{Patience: o.Patience},
		results: map[*Case]*conformance.Result{},
	}
	j.health = newHealth(o.Suite.Protocol, j.clock)
	r := &Report{Protocol: o.Suite.Protocol, RunID: o.RunID, Addr: o.Target.Addr()}
	j.contact = FirstContact(ctx, j.codec, o.Target.Dial, j.clock)
	if j.contact.Problem != "" {
		r.Contact, r.Took, r.Output = j.contact, time.Since(begin), o.Target.Output()
		if ctx.Err() != nil {
			r.Off = context.Cause(ctx).Error()
		}
		return r, nil
	}
	r.Agent, r.Features = j.contact.Agent, j.contact.names()
	j.health.announced = func(f *spec.Feature) bool { return j.contact.has(f.Name) }
	if o.Contacted != nil {
		o.Contacted(r)
	}
	j.judgeAll(ctx)
	j.settle()
	for _, c := range o.Cases {
		r.Results = append(r.Results, j.results[c])
	}
	r.Results = append(r.Results, j.health.results(o.Cases)...)
	r.Results = append(r.Results, j.obituary()...)
	slices.SortStableFunc(r.Results, func(a, b *conformance.Result) int { return cmpString(a.Case.ID, b.Case.ID) })
	r.Hashes, r.Leased, r.Made, r.Took = j.hashes, j.leased, j.made, time.Since(begin)
	r.Died, r.Output = j.died()
	if ctx.Err() != nil {
		r.Off = context.Cause(ctx).Error()
	}
	return r, nil
}

func cmpString(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// judgeAll runs every case that is not skipped.
func (j *judge) judgeAll(ctx context.Context) {
	var wire, restart []*Case
	for _, c := range j.o.Cases {
		switch reason := j.skip(c); {
		case reason != "":
			j.put(c, &conformance.Result{Case: c.Case, Verdict: conformance.Skip, Reason: reason})
		case c.Restart:
			restart = append(restart, c)
		default:
			wire = append(wire, c)
		}
	}
	// Cases that wait begin first, so that they wait together; those that follow from the table come last.
	slices.SortStableFunc(wire, func(a, b *Case) int {
		return cmp.Or(btoi(b.Slow)-btoi(a.Slow), btoi(a.derived != nil)-btoi(b.derived != nil))
	})
	jobs := j.o.Jobs
	if jobs < 1 {
		jobs = 8
	}
	var all sync.WaitGroup
	main := newBench(j, j.o.Target, nil)
	j.shared.bench = main
	defer j.bury()
	main.guard(ctx)
	all.Go(func() {
		if slices.ContainsFunc(wire, func(c *Case) bool { return len(c.Script.Pools) > 0 }) {
			main.prepare(ctx)
		}
		together := units(wire)
		each(min(jobs, len(together)), together, func(queue <-chan []*Case) {
			for unit := range queue {
				j.judgeUnit(ctx, unit)
			}
		})
	})
	if len(restart) > 0 {
		all.Go(func() { j.restarts(ctx, restart, jobs) })
	}
	all.Wait()
}

// each hands the cases to n workers.
func each[T any](n int, cases []T, work func(<-chan T)) {
	queue := make(chan T, len(cases))
	for _, c := range cases {
		queue <- c
	}
	close(queue)
	var workers sync.WaitGroup
	for range n {
		workers.Go(func() { work(queue) })
	}
	workers.Wait()
}

// skip says why a case is not run, "" if it is.
func (j *judge) skip(c *Case) string {
	for _, f := range c.Features {
		if !j.contact.has(f) {
			return "the server does not announce " + f
		}
	}
	for _, f := range c.Absent {
		if j.contact.has(f) {
			return "the server announces " + f
		}
	}
	switch {
	case c.Slow && !j.o.Slow:
		return "it waits: give --slow"
	case c.Restart && j.o.Spawn == nil:
		return "it restarts the server: give --exec"
	}
	return ""
}

// put notes a result and tells of it.
func (j *judge) put(c *Case, r *conformance.Result) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.results[c] = r
	j.done++
	if r.Verdict == conformance.Fail {
		j.failed++
	}
	if j.o.Judged != nil {
		j.o.Judged(r)
	}
	if j.o.Progress != nil {
		j.o.Progress(j.done, len(j.o.Cases), j.failed)
	}
}

func (j *judge) count(m *spec.Message) {
	if slices.Contains(j.o.Suite.Reader.Library.Hashes, m.Name) {
		j.mu.Lock()
		j.hashes++
		j.mu.Unlock()
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
