package proxy

import (
	"fmt"
	"time"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/run"
	"github.com/wirelaw/wirelaw/spec"
)

// maxShown bounds the connections that a report tells of; the others are counted.
const maxShown = 500

// A Record collects connections for a report. Its Add is for [Options.Done].
type Record struct {
	results []*conformance.Result
	more    int
}

// Add notes a connection that has ended: a case that has passed, or one for each finding.
func (r *Record) Add(c *Conn) {
	if len(r.results) >= maxShown {
		r.more++
		return
	}
	add := func(id, title string, f *conformance.Finding, rules []string) {
		res := &conformance.Result{
			Case:    &conformance.Case{ID: id, Title: title, Level: spec.Must, Rules: rules},
			Verdict: conformance.Pass, Transcript: c.Transcript, Finding: f, Millis: float64(time.Since(c.begin).Microseconds()) / 1000,
		}
		if f != nil {
			res.Verdict = conformance.Fail
		}
		r.results = append(r.results, res)
	}
	if len(c.Findings) == 0 {
		add("proxy/"+c.Name, "a connection that was passed on", nil, nil)
	}
	for i, f := range c.Findings {
		var rules []string
		if f.Rule != "" {
			rules = []string{f.Rule}
		}
		add(fmt.Sprintf("proxy/%s-%d", c.Name, i+1), "what the "+string(f.Side)+" does", &conformance.Finding{
			Kind: conformance.KindViolation, Rule: f.Rule, Conn: c.Name, Expected: f.Expected, Got: "the " + string(f.Side) + ": " + f.Got, Frame: f.Index,
		}, rules)
	}
}

// Report returns what was recorded.
func (r *Record) Report(p *spec.Protocol, to string, took time.Duration) *run.Report {
	return &run.Report{Protocol: p, Addr: to, Results: r.results, Took: took, RunID: "proxy"}
}
