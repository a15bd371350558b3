package report

import (
	"slices"
	"strings"
	"time"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/run"
	"github.com/wirelaw/wirelaw/spec"
)

// Bounds of what is told of one case.
const (
	maxEvents = 200
	maxFrame  = 4096 // bytes of one frame
	maxFields = 500  // of one frame
)

// New makes a Run of what was judged.
func New(r *run.Report, how How) *Run {
	b, head := newBuilder(r, how)
	out := &Run{Head: head}
	index := map[*conformance.Result]int{}
	b.hide(secretsOf(b.c, r))
	results := slices.Clone(r.Results)
	slices.SortStableFunc(results, func(a, b *conformance.Result) int { return strings.Compare(a.Case.ID, b.Case.ID) })
	for i, res := range results {
		index[res] = i
		out.Cases = append(out.Cases, b.result(res))
	}
	out.End = b.end(out.Cases)
	for _, c := range r.Causes() {
		cause := Cause{Example: index[c.Example], Blocked: c.Blocked}
		for _, o := range c.Others {
			cause.Others = append(cause.Others, index[o])
		}
		out.Causes = append(out.Causes, cause)
	}
	return out
}

// newBuilder returns what makes the parts of a Run, and its head.
func newBuilder(r *run.Report, how How) (*builder, Head) {
	p := r.Protocol
	b := &builder{r: r, p: p, c: dynamic.New(p), how: how, rules: map[string]*Rule{}}
	head := Head{
		Protocol: p.ID, Title: clean(p.Title), Table: p.Hash, Run: clean(r.RunID), Target: clean(r.Addr), Agent: clean(r.Agent),
		Features: append([]string{}, r.Features...), Strict: how.Strict, Command: clean(how.Command),
	}
	if !how.Time.IsZero() {
		head.Time = how.Time.UTC().Format(time.RFC3339)
	}
	_, wishes := run.Wishes(p)
	for _, ref := range r.Rules() {
		head.Rules = append(head.Rules, Rule{ref.ID, string(ref.Level), clean(ref.Title), wishes[ref.Owner], clean(p.Expand(ref.Text))})
	}
	for i := range head.Rules {
		b.rules[head.Rules[i].ID] = &head.Rules[i]
	}
	b.hide(newSecrets(p))
	return b, head
}

// hide keeps secrets out of texts.
func (b *builder) hide(s *secrets) {
	tidy := s.replacer()
	b.text = func(s string) string { return clean(tidy.Replace(s)) }
	b.lines = func(s string) string { return cleanLines(tidy.Replace(s)) }
}

type builder struct {
	r     *run.Report
	p     *spec.Protocol
	c     *dynamic.Codec
	how   How
	rules map[string]*Rule
	text  func(string) string // makes a text fit to be shown
	lines func(string) string
}

// verdict is the verdict of a result as reports count it.
func verdict(res *conformance.Result, strict bool) conformance.Verdict {
	if res.Verdict == conformance.Fail && res.Case.Level != spec.Must && !strict {
		return Warn
	}
	return res.Verdict
}

func (b *builder) result(res *conformance.Result) *Case {
	c := &Case{
		ID: clean(res.Case.ID), Verdict: verdict(res, b.how.Strict), Level: string(res.Case.Level), Rules: append([]string{}, res.Case.Rules...),
		Title: clean(res.Case.Title), Millis: res.Millis, Unsteady: res.Unsteady, File: clean(res.Case.File),
	}
	for i := range c.Rules {
		c.Rules[i] = clean(c.Rules[i])
	}
	if len(c.Rules) > 0 && b.rules[c.Rules[0]] != nil {
		c.Section, c.Wish = b.rules[c.Rules[0]].Section, b.rules[c.Rules[0]].Wish
	}
	var events []conformance.Event
	if res.Transcript != nil {
		events, _ = res.Transcript.Events()
	}
	text := b.text
	c.Reason = text(strings.TrimSpace(res.Reason))
	f := res.Finding
	if f == nil {
		return c
	}
	c.Again = clean(b.how.again(res))
	c.Finding = &Finding{
		Kind: string(f.Kind), Rule: clean(f.Rule), Line: f.Line, Step: text(f.Step), Conn: text(f.Conn), Request: text(f.Request),
		Expected: text(f.Expected), Got: text(f.Got), Waited: f.Waited.Seconds(), Differs: text(f.Differs), Field: clean(f.Field), Event: -1,
	}
	if f.Call != f.Step {
		c.Finding.Call = text(f.Call)
	}
	first, last := 0, len(events)
	if f.Frame >= 0 && f.Frame < len(events) {
		last = min(len(events), f.Frame+maxEvents/2)
		first = max(0, last-maxEvents)
		c.Finding.Event = f.Frame - first
	}
	first = max(first, last-maxEvents)
	c.Earlier = first
	for _, e := range hidden(b.c, events)[first:last] {
		c.Events = append(c.Events, b.event(e))
	}
	return c
}

// event is an event whose secrets are hidden.
func (b *builder) event(e conformance.Event) Event {
	text := b.text
	out := Event{Seconds: e.At.Seconds(), Conn: text(e.Conn), From: string(e.From), Title: text(title(b.c, e))}
	if e.Frame == nil {
		return out
	}
	for _, a := range annotate(b.c, e.From, e.Frame) {
		if len(out.Fields) < maxFields {
			out.Fields = append(out.Fields, Field{a.Offset, a.Len, clean(a.Path), clip(text(a.Text), 200), a.hidden})
		}
	}
	out.Frame = Hex(e.Frame)
	if len(e.Frame) > maxFrame {
		out.Bytes, out.Frame = len(e.Frame), out.Frame[:maxFrame]
	}
	return out
}

func (b *builder) end(cases []*Case) End {
	r := b.r
	text := b.text
	e := End{
		Status: int(r.Status(b.how.Strict)), Counts: map[conformance.Verdict]int{}, Seconds: r.Took.Seconds(), Hashes: r.Hashes,
		Died: text(r.Died), Off: text(r.Off), Mend: text(mend(r.Causes())), Output: b.lines(r.Output),
	}
	for _, line := range r.Stale {
		e.Stale = append(e.Stale, text(line))
	}
	for _, c := range cases {
		e.Counts[c.Verdict]++
	}
	if k := r.Contact; k != nil {
		e.Problem = text(k.Problem)
		for _, h := range k.Hints {
			e.Hints = append(e.Hints, text(h))
		}
		for _, event := range hidden(b.c, k.Transcript()) {
			e.Contact = append(e.Contact, b.event(event))
		}
		return e
	}
	for _, s := range r.Scores() {
		e.Scores = append(e.Scores, Score{s.Name, clean(s.Wish), s.Held, s.All, s.Open})
	}
	return e
}
