package run

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/script"
	"github.com/wirelaw/wirelaw/spec"
)

// health is what is known to not work of a target, so that it is told once and not by every case.
type health struct {
	mu       sync.Mutex
	unknown  map[string]bool // requests that are answered with "unknown opcode"
	timeouts map[string]int  // by request or push
	silent   map[string]bool // three timeouts, confirmed
	blamed   map[string]*Case
	stuck    map[string]int // confirmed timeouts by family of cases
	pools    []*conformance.Result
	long     bool // shortcuts do not work

	opcodeError string // by which a server says that it does not know an opcode
}

func newHealth(p *spec.Protocol) *health {
	var name string
	if c := p.Check(spec.CheckOpcode); c != nil && c.Error != nil {
		name = c.Error.Name
	}
	return &health{opcodeError: name, unknown: map[string]bool{}, timeouts: map[string]int{}, silent: map[string]bool{}, blamed: map[string]*Case{}, stuck: map[string]int{}}
}

// notImplemented returns the request that a finding shows to be unknown to the server, or "".
func (h *health) notImplemented(f *conformance.Finding) string {
	if f == nil || f.Kind != conformance.KindMismatch || f.GotError != h.opcodeError || f.Expected == f.Got {
		return ""
	}
	return f.Request
}

// note learns from a failure. It reports whether it learned something new.
func (h *health) note(f *conformance.Finding) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if f == nil {
		return false
	}
	if m := h.notImplemented(f); m != "" && !h.unknown[m] {
		h.unknown[m] = true
		return true
	}
	if f.Kind == conformance.KindTimeout && f.Request != "" {
		h.timeouts[f.Request]++
	}
	return false
}

// confirmed is told when a case failed twice.
func (h *health) confirmed(c *Case, first, second *conformance.Finding) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if c.Family != "" && first.Kind == conformance.KindTimeout && second.Kind == conformance.KindTimeout {
		h.stuck[c.Family]++
	}
	if first.Kind == conformance.KindTimeout && second.Kind == conformance.KindTimeout && first.Request == second.Request &&
		h.timeouts[first.Request] >= 3 {
		h.silent[first.Request] = true
	}
}

// failed is told of every failure, so that one case stands for what does not work at all.
func (h *health) failed(c *Case, r *conformance.Result) {
	h.mu.Lock()
	defer h.mu.Unlock()
	m := h.notImplemented(r.Finding)
	if m == "" && r.Finding.Kind == conformance.KindTimeout && h.silent[r.Finding.Request] {
		m = r.Finding.Request
	}
	if b := h.blamed[m]; m != "" && (b == nil || better(m, c, b)) {
		h.blamed[m] = c
	}
}

// better reports whether a speaks for the request m better than b: by being about it.
func better(m string, a, b *Case) bool {
	if x, y := about(a, m), about(b, m); x != y {
		return x
	}
	return a.ID < b.ID
}

// about reports whether a case stands in the folder of a message.
func about(c *Case, m string) bool { return path.Base(path.Dir(c.ID)) == strings.ToLower(m) }

// blocks says why a case cannot be judged, "" if it can. A message that is not implemented blocks only once a case has failed for it.
func (h *health) blocks(c *Case) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, m := range c.Uses {
		b := h.blamed[m]
		if b == nil || b == c || h.unknown[m] && about(c, m) && !about(b, m) {
			continue
		}
		return h.reason(m)
	}
	if c.Family != "" && h.stuck[c.Family] >= 3 {
		return "cases like it (" + c.Family + ") get no answer"
	}
	return ""
}

func (h *health) reason(m string) string {
	if h.unknown[m] {
		return m + " is not implemented"
	}
	return m + " gets no answer"
}

// lacks reports whether a request is known not to be implemented.
func (h *health) lacks(m string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.unknown[m]
}

func (h *health) shortcut() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return !h.long
}

func (h *health) noShortcut() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.long = true
}

// brokenPool makes a failure of its own of a pool that makes nothing.
func (h *health) brokenPool(p *script.Pool, out *script.Outcome) {
	h.mu.Lock()
	defer h.mu.Unlock()
	id := "pool/" + p.Name
	if out.Verdict != conformance.Fail || slices.ContainsFunc(h.pools, func(r *conformance.Result) bool { return r.Case.ID == id }) {
		return
	}
	c := &conformance.Case{ID: id, Title: fmt.Sprintf("what most cases begin with: %s", p.Name), File: p.Make.File, Level: spec.Must, Uses: p.Make.Uses}
	h.pools = append(h.pools, &conformance.Result{Case: c, Verdict: conformance.Fail, Finding: out.Finding, Transcript: out.Transcript})
}

func (h *health) results() []*conformance.Result {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.DeleteFunc(h.pools, func(r *conformance.Result) bool { return h.blamed[h.notImplemented(r.Finding)] != nil })
}

// settle turns the failures that have one cause at their root into one failure and what it blocks, and holds the results
// against what was known.
func (j *judge) settle() {
	h := j.health
	for c, r := range j.results {
		if r.Verdict != conformance.Fail {
			continue
		}
		m := h.notImplemented(r.Finding)
		if m == "" && r.Finding.Kind == conformance.KindTimeout && h.silent[r.Finding.Request] {
			m = r.Finding.Request
		}
		switch b := h.blamed[m]; {
		case m == "" || b == nil:
		case b != c:
			r.Verdict, r.Reason = conformance.Blocked, h.reason(m)
		case h.unknown[m]:
			r.Reason = h.reason(m)
		}
	}
	for c, r := range j.results {
		why, known := j.o.Known[c.ID]
		switch {
		case !known:
		case r.Verdict == conformance.Fail:
			r.Verdict, r.Reason = conformance.XFail, why
		case r.Verdict == conformance.Pass:
			r.Verdict, r.Reason = conformance.XPass, "it was known to fail: "+why
		}
	}
}
