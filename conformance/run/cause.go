package run

import (
	"cmp"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/spec"
)

// A Cause is a group of failures that look like one fault.
type Cause struct {
	Example *conformance.Result   // the one to look at
	Others  []*conformance.Result // of the same cause
	Blocked int                   // cases that could not be judged because of it
}

// Count is how many failures there are.
func (c *Cause) Count() int { return 1 + len(c.Others) }

// Warning reports whether nothing that a rule demands is broken: only what a server should do.
func (c *Cause) Warning() bool { return c.Example.Case.Level != spec.Must }

// Causes groups the failures of a report. What breaks most comes first, demands before what should be.
func (r *Report) Causes() []*Cause {
	var list []*Cause
	byKey, byReason := map[string]*Cause{}, map[string]*Cause{}
	for _, res := range r.Results {
		if res.Verdict != conformance.Fail {
			continue
		}
		key := res.Finding.Cause()
		if f := *res.Finding; res.Case.Family != "" && r.Protocol.Message(f.Request) == nil {
			f.Request = res.Case.Family // one opcode that does not exist is like another
			key = f.Cause()
		}
		key += "\x00" + res.Known // what is known to fail in another way is no example of the rest
		c := byKey[key]
		switch {
		case c == nil:
			c = &Cause{Example: res}
			byKey[key] = c
			list = append(list, c)
		case simpler(res, c.Example):
			c.Others = append(c.Others, c.Example)
			c.Example = res
		default:
			c.Others = append(c.Others, res)
		}
		if res.Reason != "" && byReason[res.Reason] == nil {
			byReason[res.Reason] = byKey[key]
		}
	}
	for _, res := range r.Results {
		if res.Verdict != conformance.Blocked {
			continue
		}
		c := byReason[res.Reason]
		if i := slices.IndexFunc(list, func(c *Cause) bool { return isPool(c.Example) }); c == nil && i >= 0 && strings.HasPrefix(res.Reason, "no ") {
			c = list[i]
		}
		if c != nil {
			c.Blocked++
		}
	}
	slices.SortStableFunc(list, func(a, b *Cause) int {
		return cmp.Or(cmp.Compare(btoi(a.Warning()), btoi(b.Warning())), cmp.Compare(b.Blocked+b.Count(), a.Blocked+a.Count()))
	})
	return list
}

func isPool(r *conformance.Result) bool { return len(r.Case.ID) > 5 && r.Case.ID[:5] == "pool/" }

// simpler reports whether a is the better example than b: of a demand before what should be, of what is to work with the request, then short.
func simpler(a, b *conformance.Result) bool {
	x, y := worth(a.Case, a.Finding.Request), worth(b.Case, b.Finding.Request)
	return cmp.Or(btoi(a.Case.Level != spec.Must)-btoi(b.Case.Level != spec.Must), y-x, cmp.Compare(len(a.Case.Source), len(b.Case.Source))) < 0
}

// Counts returns how many results each verdict has. Failures of what only should be are not among FAIL but in warnings.
func (r *Report) Counts() (counts map[conformance.Verdict]int, warnings int) {
	counts = map[conformance.Verdict]int{}
	for _, res := range r.Results {
		if res.Verdict == conformance.Fail && res.Case.Level != spec.Must {
			warnings++
			continue
		}
		counts[res.Verdict]++
	}
	return counts, warnings
}

// Status is the exit status that the report calls for. strict makes failures of warnings.
func (r *Report) Status(strict bool) conformance.Status {
	counts, warnings := r.Counts()
	switch {
	case r.Contact != nil:
		return conformance.StatusTarget
	case counts[conformance.Error] > 0:
		return conformance.StatusInternal
	case r.Died != "", len(r.Stale) > 0, counts[conformance.Fail]+counts[conformance.XPass]+counts[conformance.Blocked] > 0, strict && warnings > 0:
		return conformance.StatusFailed
	}
	return conformance.StatusOK
}
