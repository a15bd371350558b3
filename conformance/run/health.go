package run

import (
	"cmp"
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
	p     *spec.Protocol
	clock *script.Clock

	mu       sync.Mutex
	unknown  map[string]bool   // requests that are answered with "unknown opcode"
	timeouts map[waited]int    // replies that did not come
	silent   map[waited]bool   // three times, confirmed, and it never came
	blamed   map[waited]*Case  // the case that stands for what does not work; the state is "" for an unknown request
	stuck    map[string]int    // confirmed timeouts by family of cases
	waits    int               // confirmed timeouts in all
	awaited  map[string]int    // confirmed timeouts by what was expected
	never    map[string]*Case  // what never came, and the case that stands for it
	shut     map[string]int    // cases in which the connection ended where an error was due, by the error
	hollow   map[waited]int    // cases that failed by an answer that says nothing
	said     map[string]waited // what reasons were given for
	fault    map[string]string // what is wrong, by family of cases of which some timed out, or by the error that was due
	stands   map[string]*Case  // for reasons that something never comes
	deadly   map[string]int    // deaths of the target by family of cases
	pools    []*conformance.Result
	broken   map[string]string // why, by the id in pools
	long     bool              // shortcuts do not work

	announced    func(*spec.Feature) bool
	early        map[string]bool // errors of what is checked before the opcode, as answers
	opcodeError  string          // by which a server says that it does not know an opcode
	errorMessage string          // in which
}

// enoughWaits is how many confirmed timeouts show that a server leaves things without an answer.
const enoughWaits = 3

// waited is a request that waits for its reply in a state. answer is what comes instead, if something does: see hollow.go.
type waited struct{ request, state, answer string }

func newHealth(p *spec.Protocol, clock *script.Clock) *health {
	h := &health{
		p: p, clock: clock, unknown: map[string]bool{}, timeouts: map[waited]int{}, silent: map[waited]bool{},
		blamed: map[waited]*Case{}, stuck: map[string]int{},
		early: map[string]bool{}, deadly: map[string]int{}, broken: map[string]string{}, awaited: map[string]int{}, never: map[string]*Case{},
		shut: map[string]int{}, hollow: map[waited]int{}, said: map[string]waited{}, fault: map[string]string{}, stands: map[string]*Case{},
	}
	if m := p.ErrorMessage(); m != nil {
		h.errorMessage = m.Name
	}
	for _, c := range p.Checks {
		if c.Name == spec.CheckOpcode {
			if c.Error != nil {
				h.opcodeError = c.Error.Name
			}
			break
		}
		if c.Error != nil {
			h.early[h.errorMessage+" "+c.Error.Name] = true
		}
	}
	return h
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
	// Where another error was right, this one may be a mistake about that.
	if m := h.notImplemented(f); m != "" && !h.unknown[m] && !h.refusal(f.Expected) {
		h.unknown[m] = true
		return true
	}
	if f.Kind == conformance.KindTimeout && f.Request != "" {
		h.timeouts[waited{request: f.Request, state: f.State}]++
	}
	return false
}

// refusal reports whether what is expected is an error.
func (h *health) refusal(expected string) bool {
	if h.errorMessage == "" {
		return h.p.Error(expected) != nil
	}
	return strings.HasPrefix(expected, h.errorMessage+" ")
}

// confirmed is told when something failed twice: a case of a family, or "".
func (h *health) confirmed(family string, first, second *conformance.Finding) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if first == nil || second == nil || first.Kind != conformance.KindTimeout || second.Kind != conformance.KindTimeout {
		return
	}
	if h.waits++; h.waits >= enoughWaits {
		h.clock.Hurry()
	}
	if family != "" {
		h.stuck[family]++
		h.fault[family] = second.Fault
	}
	if first.Expected == second.Expected {
		for _, what := range h.wider(first.Expected) {
			h.awaited[what]++
		}
	}
	w := waited{request: first.Request, state: first.State}
	if w == (waited{request: second.Request, state: second.State}) &&
		h.timeouts[w] >= 3 && !h.clock.Answered(w.request, w.state) {
		h.silent[w] = true
	}
}

// failed is told of every failure, so that one case stands for what does not work at all.
func (h *health) failed(c *Case, r *conformance.Result) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.meet(r.Finding)
	if w := h.root(r.Finding); w.request != "" {
		if b := h.blamed[w]; b == nil || better(w.request, c, b) {
			h.blamed[w] = c
		}
	}
	if what := h.absent(r.Finding); what != "" {
		if b := h.never[what]; b == nil || cmp.Or(len(c.Source)-len(b.Source), cmp.Compare(c.ID, b.ID)) < 0 {
			h.never[what] = c
		}
	}
}

// absent returns what a failure waited for if it was waited for three times, and never came from this server; else "".
func (h *health) absent(f *conformance.Finding) string {
	if f.Kind == conformance.KindClosed && h.shut[f.Expected] >= 3 && !h.clock.Came(f.Expected) {
		return f.Expected
	}
	if f.Kind != conformance.KindTimeout {
		return ""
	}
	for _, what := range h.wider(f.Expected) {
		if h.awaited[what] >= 3 && !h.clock.Came(what) {
			return what
		}
	}
	return ""
}

// wider returns what is expected, the widest first: an error is one of the message that carries it. The end of a connection is nothing that
// never comes.
func (h *health) wider(expected string) []string {
	name, _, more := strings.Cut(expected, " ")
	switch {
	case h.p.Message(name) == nil && h.p.Error(name) == nil:
		return nil
	case more:
		return []string{name, expected}
	}
	return []string{expected}
}

// root returns what does not work at all and is the cause of a failure; nothing if it is none of these.
func (h *health) root(f *conformance.Finding) waited {
	if m := h.notImplemented(f); m != "" && h.unknown[m] {
		return waited{request: m}
	}
	if w := (waited{request: f.Request, state: f.State}); f.Kind == conformance.KindTimeout && h.silent[w] {
		return w
	}
	if w := h.says(f); h.isHollow(w) {
		return w
	}
	return waited{}
}

// better reports whether a speaks for the request m better than b: by being about it.
func better(m string, a, b *Case) bool {
	if x, y := worth(a.Case, m), worth(b.Case, m); x != y {
		return x > y
	}
	return a.ID < b.ID
}

// worth says how well a case speaks for the request m: best if it shows that it works, well if it is about it.
func worth(c *conformance.Case, m string) int {
	switch name := path.Base(c.ID); {
	case !about(c, m):
		return 0
	case name == "ok" || strings.HasPrefix(name, "ok-"):
		return 2
	}
	return 1
}

// about reports whether a case stands in the folder of a message.
func about(c *conformance.Case, m string) bool {
	return path.Base(path.Dir(c.ID)) == strings.ToLower(m)
}

// blocks says why a case cannot be judged, "" if it can. A message that is not implemented blocks only once a case has failed for it.
func (h *health) blocks(c *Case) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	for w, b := range h.blamed {
		own := (h.unknown[w.request] || w.answer != "") && worth(c.Case, w.request) > worth(b.Case, w.request) // it may stand for it better
		if b != c && !own && h.needs(c, w) && h.reaches(c, w.state) {
			return h.reason(w)
		}
	}
	for _, expected := range c.Script.Expects {
		for _, what := range h.wider(expected) {
			if b := h.never[what]; b != nil && b != c && !h.clock.Came(what) {
				reason := h.absence(what)
				h.stands[reason] = b
				return reason
			}
		}
	}
	all, kind := 0, 0
	for family, n := range h.stuck {
		if all += n; path.Base(family) == path.Base(c.Family) {
			kind += n
		}
	}
	switch {
	case c.Family == "":
	case h.deadly[c.Family] >= 2:
		return "cases like it (" + c.Family + ") kill the target"
	case h.stuck[c.Family] >= 3:
		return cmp.Or(h.fault[c.Family], "cases like it ("+c.Family+") get no answer")
	case kind >= 15:
		return "too many cases about " + path.Base(c.Family) + " get no answer"
	case all >= 60:
		return "too many cases that follow from the table get no answer"
	}
	return ""
}

// reaches reports whether a case may bring a connection into a state.
func (h *health) reaches(c *Case, state string) bool {
	if s := h.p.State(state); s == nil || s.Start {
		return true
	}
	for _, s := range h.p.States {
		for _, t := range s.Transitions {
			if t.To.Name == state && slices.ContainsFunc(c.Uses, func(name string) bool {
				m := h.p.Message(name)
				return m != nil && (m == t.Message || m.Reply == t.Message)
			}) {
				return true
			}
		}
	}
	return false
}

func (h *health) reason(w waited) string {
	reason := h.text(w)
	h.said[reason] = w
	return reason
}

func (h *health) text(w waited) string {
	switch {
	case h.unknown[w.request] || w.answer == theEnd && h.closes():
		if m := h.p.Message(w.request); m != nil && m.Feature != nil && h.announced != nil && h.announced(m.Feature) {
			return fmt.Sprintf("%s is not implemented, though the feature %s is announced", w.request, m.Feature.Name)
		}
		return w.request + " is not implemented"
	case w.answer != "":
		return fmt.Sprintf("%s has never had another answer than %s", w.request, w.answer)
	case w.state == "":
		return w.request + " gets no answer"
	}
	return fmt.Sprintf("%s gets no answer in the state %s", w.request, w.state)
}

// lacking says which request a failure shows to be unknown, as a reason; "" for another failure.
func (h *health) lacking(f *conformance.Finding) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if m := h.notImplemented(f); m != "" {
		return h.reason(waited{request: m})
	}
	if w := h.says(f); h.isHollow(w) {
		return h.reason(w)
	}
	return ""
}

// lacks reports whether a request is known not to be implemented.
func (h *health) lacks(m string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.unknown[m] || h.blamed[waited{request: m, answer: theEnd}] != nil
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
func (h *health) brokenPool(p *script.Pool, out *script.Outcome, reason string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	id := "pool/" + p.Name
	if out.Verdict != conformance.Fail || slices.ContainsFunc(h.pools, func(r *conformance.Result) bool { return r.Case.ID == id }) {
		return
	}
	c := &conformance.Case{ID: id, Title: fmt.Sprintf("what most cases begin with: %s", p.Name), File: p.Make.File, Level: spec.Must, Uses: p.Make.Uses}
	h.pools = append(h.pools, &conformance.Result{Case: c, Verdict: conformance.Fail, Finding: out.Finding, Transcript: out.Transcript})
	h.broken[id] = reason
}

// poolBroken says why nothing of a pool can be made, "" if that is not known.
func (h *health) poolBroken(p *script.Pool) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.broken["pool/"+p.Name]
}

// killed is told when a case has killed the target.
func (h *health) killed(c *Case) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if c.Family != "" {
		h.deadly[c.Family]++
	}
}

// results are the failures to make things of pools, of those that cases begin with.
func (h *health) results(cases []*Case) []*conformance.Result {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range h.pools {
		i := slices.IndexFunc(cases, func(c *Case) bool { return slices.Contains(c.Script.Pools, path.Base(r.Case.ID)) })
		if i >= 0 {
			r.Begins = cases[i].Case
		}
	}
	return slices.DeleteFunc(h.pools, func(r *conformance.Result) bool { return h.blamed[h.root(r.Finding)] != nil })
}
