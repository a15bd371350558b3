package run

import (
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/conformance"
)

// settle turns the failures that have one cause at their root into one failure and what it blocks.
func (j *judge) settle() {
	h := j.health
	var failed []*Case
	for c, r := range j.results {
		if r.Verdict == conformance.Fail {
			failed = append(failed, c)
		}
	}
	slices.SortFunc(failed, func(a, b *Case) int { return strings.Compare(a.ID, b.ID) })
	h.mu.Lock()
	defer h.mu.Unlock()
	h.unheardOf(failed, j.results)
	seen := map[string]*conformance.Finding{}
	for _, c := range failed {
		seen[j.results[c].Finding.Fault] = j.results[c].Finding
	}
	for _, c := range failed {
		r := j.results[c]
		if same := seen[r.Finding.Either]; same != nil && r.Finding.Either != "" {
			r.Finding.Fault, r.Finding.Rule = same.Fault, same.Rule
		}
		w := h.root(r.Finding)
		if b := h.blamed[w]; w.request != "" && b != nil {
			r.Reason = h.reason(w)
			if b != c {
				r.Verdict = conformance.Blocked
			}
			continue
		}
		if what := h.absent(r.Finding); what != "" && h.never[what] != nil {
			r.Reason = h.absence(what)
			if h.never[what] != c {
				r.Verdict = conformance.Blocked
			}
			continue
		}
		if r.Reason == "" {
			r.Reason = r.Finding.Fault
		}
	}
	for _, r := range j.results { // more may be known by now
		if r.Verdict != conformance.Blocked {
			continue
		}
		if b := j.results[h.stands[r.Reason]]; b != nil && b.Finding != nil {
			r.Reason = b.Reason
		}
		if w, ok := h.said[r.Reason]; ok {
			r.Reason = h.text(w)
		}
	}
}

// unheardOf finds the requests that a server has never answered in any other way than that it does not know the opcode, be it where another
// error was right: it is one failure that it does not know them, and the order of its checks is not judged by them.
func (h *health) unheardOf(failed []*Case, results map[*Case]*conformance.Result) {
	for _, c := range failed {
		f := results[c].Finding
		if w := h.root(f); w.answer != "" {
			if b := h.blamed[w]; b == nil || better(w.request, c, b) {
				h.blamed[w] = c
			}
			continue
		}
		m := h.notImplemented(f)
		if m == "" || h.p.Message(m) == nil || slices.ContainsFunc(h.clock.Answers(m), func(a string) bool {
			return !h.early[a] && a != h.errorMessage+" "+h.opcodeError
		}) {
			continue
		}
		h.unknown[m] = true
		w := waited{request: m}
		if b := h.blamed[w]; b == nil || better(m, c, b) {
			h.blamed[w] = c
		}
	}
}
