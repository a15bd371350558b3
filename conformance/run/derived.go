package run

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/derive"
	"github.com/wirelaw/wirelaw/conformance/script"
	"github.com/wirelaw/wirelaw/spec"
)

// Derive adds the cases that follow from the table. Where a transcript has the id of one, the transcript stands.
func (s *Suite) Derive() error {
	lib := s.Reader.Library
	written := map[string]bool{}
	for _, c := range s.Cases {
		written[c.ID] = true
	}
	cases := derive.Cases
	if s.side() == spec.FromClient {
		cases = derive.ClientCases
	}
	for _, d := range cases(s.Protocol, derive.Options{Macro: lib.HasMacro, Dear: lib.Hashes}) {
		if written[d.ID] {
			continue
		}
		src := d.Source()
		sc, err := s.Reader.Read(d.ID, src)
		if err != nil {
			return err
		}
		c, err := sc.Case(s.Protocol, d.ID, src)
		if err != nil {
			return err
		}
		c.Title, c.Family, c.Uses = d.Title, d.Family, append(d.Uses, c.Uses...)
		slices.Sort(c.Uses)
		c.Uses = slices.Compact(c.Uses)
		s.Cases = append(s.Cases, &Case{c, sc, d})
	}
	slices.SortFunc(s.Cases, func(a, b *Case) int { return strings.Compare(a.ID, b.ID) })
	return nil
}

// Derived reports whether a case follows from the table.
func (c *Case) Derived() bool { return c.derived != nil }

// How much is put together for one connection: few enough that a failure costs little, and workers have equal shares.
const (
	maxShared = 100
	maxLines  = 2000
	maxBytes  = 512 << 10
)

// units puts cases together that can share a connection, in the order in which they come.
func units(cases []*Case) (list [][]*Case) {
	type room struct{ unit, lines, bytes int }
	open := map[string]*room{}
	for _, c := range cases {
		if c.derived == nil || !c.derived.Shared {
			list = append(list, []*Case{c})
			continue
		}
		key := strings.Join(append(slices.Clone(c.derived.Require), c.derived.Opening...), "\n")
		r := open[key]
		if r == nil || len(list[r.unit]) >= maxShared || r.lines+len(c.derived.Lines) > maxLines || r.bytes+len(c.Source) > maxBytes {
			r = &room{unit: len(list)}
			open[key] = r
			list = append(list, nil)
		}
		list[r.unit] = append(list[r.unit], c)
		r.lines += len(c.derived.Lines)
		r.bytes += len(c.Source)
	}
	return list
}

// judgeUnit judges cases one after the other on one connection. The first failure ends that: the case is judged again on a connection of
// its own, which decides, and the rest go on with a new one.
func (j *judge) judgeUnit(ctx context.Context, unit []*Case) {
	for len(unit) > 0 {
		b, dead := j.living(ctx)
		unit = slices.DeleteFunc(unit, func(c *Case) bool {
			reason := j.blocked(ctx, c)
			if reason == "" && dead != nil {
				reason = "the target is dead: " + dead.Error()
			}
			if reason != "" {
				j.put(c, &conformance.Result{Case: c.Case, Verdict: conformance.Blocked, Reason: reason})
			}
			return reason != ""
		})
		var first *script.Outcome
		if len(unit) > 1 {
			passed, out := b.together(ctx, unit)
			unit = unit[passed:]
			first = out
		}
		if len(unit) == 0 {
			return
		}
		next := unit[0]
		unit = unit[1:]
		j.put(next, b.judge(ctx, next, first))
	}
}

// together runs cases on one connection. It returns how many of them passed, and, if the next one failed, how. If nothing can be said of the
// next one, there is no outcome.
func (b *bench) together(ctx context.Context, unit []*Case) (passed int, failure *script.Outcome) {
	defer func() { // a fault of the judge is told by the case alone
		if p := recover(); p != nil {
			passed, failure = 0, nil
		}
	}()
	begin := time.Now()
	list := make([]*derive.Case, len(unit))
	for i, c := range unit {
		list[i] = c.derived
	}
	sc, err := b.j.o.Suite.Reader.Read(unit[0].ID, derive.Join(list...))
	if err != nil {
		return 0, nil
	}
	all := *unit[0].Case
	all.ID += "…" // so that what was said does not seem to be of the first
	out := b.attempt(ctx, &Case{Case: &all, Script: sc}, 1)
	switch out.Verdict {
	case conformance.Pass:
		passed = len(unit)
	case conformance.Fail, conformance.Blocked:
		for i := range list {
			if from, to := derive.Span(list, i); out.Finding != nil && out.Finding.Line >= from && out.Finding.Line <= to {
				passed = i
				if !out.Late { // the rest takes another connection
					failure = out
				}
				break
			}
		}
	}
	each := float64(time.Since(begin).Microseconds()) / 1000 / float64(len(unit))
	for _, c := range unit[:passed] {
		b.j.put(c, &conformance.Result{Case: c.Case, Verdict: conformance.Pass, Millis: each})
	}
	return passed, failure
}
