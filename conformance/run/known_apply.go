package run

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wirelaw/wirelaw/conformance"
)

// made reports whether the id is none of a suite, but of what a run makes: a pool, or the target as a whole.
func made(id string) bool { return strings.HasPrefix(id, "pool/") || strings.HasPrefix(id, "target/") }

// Apply holds a report against what is known: a failure with the signature of its entry is XFAIL, what it blocks too; one with another
// signature stays FAIL; who passes is XPASS; what is flaky is FLAKY either way. Entries that select no case of the suite, and those that have
// expired, are told in Report.Stale.
func (k *Known) Apply(s *Suite, r *Report, now time.Time) {
	for _, e := range k.Entries {
		switch {
		case len(s.selected(e.ID)) == 0 && !made(e.ID):
			text := fmt.Sprintf("%s:%d: %q selects no case: take the line out", k.File, e.Line, e.ID)
			if near := s.near(e.ID); len(near) > 0 {
				text += " (or is it " + orOf(near) + "?)"
			}
			r.Stale = append(r.Stale, text)
		case e.expired(now):
			r.Stale = append(r.Stale, fmt.Sprintf("%s:%d: %q was known to fail until %s, which is over: %s",
				k.File, e.Line, e.ID, e.Until.Format(time.DateOnly), e.Reason))
		}
	}
	excused := map[string]string{} // reasons for which others are blocked, and why that is known
	for _, res := range r.Results {
		e := k.entry(s, res.Case.ID)
		if e == nil || e.expired(now) {
			continue
		}
		switch {
		case res.Verdict == conformance.Pass && e.Flaky:
			res.Verdict, res.Reason = conformance.Flaky, "it passed this time: "+e.Reason
		case res.Verdict == conformance.Pass:
			res.Verdict, res.Reason = conformance.XPass, fmt.Sprintf("it was known to fail (%s:%d): %s", k.File, e.Line, e.Reason)
		case res.Verdict != conformance.Fail:
		case !e.is(res.Finding.Signature()):
			res.Known = e.Signature
			res.Reason = strings.TrimPrefix(res.Reason+"; ", "; ") + fmt.Sprintf("it is known to fail in another way, %q", e.Signature)
		default:
			if res.Reason != "" {
				excused[res.Reason] = e.Reason
			}
			if isPool(res) {
				excused["no "+strings.TrimPrefix(res.Case.ID, "pool/")+" can be made"] = e.Reason
			}
			res.Verdict, res.Reason = conformance.XFail, e.Reason
			if e.Flaky {
				res.Verdict = conformance.Flaky
			}
		}
	}
	for _, res := range r.Results {
		if res.Verdict != conformance.Blocked {
			continue
		}
		root, _, _ := strings.Cut(res.Reason, ":")
		for _, reason := range []string{res.Reason, root} {
			if why, ok := excused[reason]; ok {
				res.Verdict, res.Reason = conformance.XFail, reason+", which is known: "+why
				break
			}
		}
	}
}

// entry returns the entry for a case: that of its id, else the first pattern.
func (k *Known) entry(s *Suite, id string) *Entry {
	var found *Entry
	for _, e := range k.Entries {
		switch {
		case e.ID == id || s.prefix()+"/"+e.ID == id:
			return e
		case found == nil && strings.ContainsAny(e.ID, "*?[") && (glob(e.ID, id) || glob(e.ID, strings.TrimPrefix(id, s.prefix()+"/"))):
			found = e
		}
	}
	return found
}

// selected returns the cases that an entry is about.
func (s *Suite) selected(id string) (cases []*Case) {
	k := &Known{Entries: []*Entry{{ID: id}}}
	for _, c := range s.Cases {
		if k.entry(s, c.ID) != nil {
			cases = append(cases, c)
		}
	}
	return cases
}

// Update makes the list what the report shows, which Apply has been given: failures that are not in it come in, with the reason "new" and the
// day; what passed goes, unless it is flaky; so does what selects no case. A failure of another signature gets that; what has expired and
// still fails holds again, without a day. A pattern of which some passed becomes the ids of those that did not. Reasons, comments and what was
// not judged stay.
func (k *Known) Update(s *Suite, r *Report, now time.Time) {
	passed := map[*Entry]bool{}
	failed := map[*Entry][]*conformance.Result{}
	for _, res := range r.Results {
		e := k.entry(s, res.Case.ID)
		switch {
		case e != nil && !e.Flaky && (res.Verdict == conformance.Pass || res.Verdict == conformance.XPass):
			passed[e] = true
		case res.Finding == nil: // not judged, or passed
		case res.Verdict == conformance.XFail, res.Verdict == conformance.Flaky, res.Verdict == conformance.Fail:
			if e == nil && res.Verdict != conformance.Fail {
				continue // blocked by what is known
			}
			if e == nil {
				e = &Entry{ID: res.Case.ID, Signature: res.Finding.Signature(), Reason: "new on " + now.Format(time.DateOnly)}
				k.Entries = append(k.Entries, e)
			}
			failed[e] = append(failed[e], res)
		}
	}
	var kept []*Entry
	var comments []string // of entries that went: they stay, with the next one
	for _, e := range k.Entries {
		e.above = append(comments, e.above...)
		comments = nil
		if failed[e] != nil && e.expired(now) {
			e.Until = time.Time{}
		}
		switch pattern := strings.ContainsAny(e.ID, "*?["); {
		case len(s.selected(e.ID)) == 0 && !made(e.ID), passed[e] && failed[e] == nil:
			comments = e.above
		case pattern && failed[e] != nil && (passed[e] || slices.ContainsFunc(failed[e], func(r *conformance.Result) bool { return !e.is(r.Finding.Signature()) })):
			for i, res := range failed[e] {
				own := *e
				own.ID, own.Signature = res.Case.ID, res.Finding.Signature()
				if i > 0 {
					own.above = nil
				}
				kept = append(kept, &own)
			}
		default:
			if failed[e] != nil && !e.is(failed[e][0].Finding.Signature()) {
				e.Signature = failed[e][0].Finding.Signature()
			}
			kept = append(kept, e)
		}
	}
	k.Entries, k.tail = kept, append(comments, k.tail...)
}
