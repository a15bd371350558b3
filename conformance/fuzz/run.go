package fuzz

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// sessionInput is how many bytes a session is made from.
const sessionInput = 2048

// gone is why a run stops when the target has crashed.
const gone = "nobody listens any more"

// A runner is one run. Lanes share it; mu guards what they share.
type runner struct {
	c        *dynamic.Codec
	p        *spec.Protocol
	opts     Options
	target   Dialer
	patience time.Duration
	nonce    string // makes what the innocents say fresh, also if the run id is not
	deepest  *spec.State
	shortcut *spec.Shortcut
	probe    *probe
	start    time.Time

	lanes []*lane
	alone sync.RWMutex // held for reading while a session is played, for writing while a fault is confirmed

	frames, sent, hashes atomic.Int64

	mu       sync.Mutex
	sums     map[int][sha256.Size]byte
	played   int
	findings map[string]*Finding
	answers  map[string]int
	order    []*Finding
	stopped  string
	shown    time.Time
}

// Run fuzzes a target. The error is a *TargetError if the target fails before any garbage is sent, else the context's.
func Run(ctx context.Context, p *spec.Protocol, target Dialer, opts Options) (*Report, error) {
	r := newRunner(p, target, opts)
	outer := ctx
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if opts.For > 0 {
		defer time.AfterFunc(opts.For, cancel).Stop()
	}
	for i := range lanes {
		r.lanes = append(r.lanes, r.lane(i))
	}
	f := r.each(func(l *lane) *fault { return l.prepare(ctx) })
	switch {
	case outer.Err() != nil:
		return nil, context.Cause(outer)
	case ctx.Err() != nil:
		r.stop("no time was left after the target was prepared")
	case f != nil:
		return nil, &TargetError{Finding{Kind: string(f.kind), Request: f.request, Expected: f.expected, Got: f.got}}
	}
	r.each(func(l *lane) *fault { l.run(ctx); return nil })
	r.clear()
	r.fold()
	slices.SortStableFunc(r.order, func(a, b *Finding) int { return b.weight() - a.weight() })
	rep := &Report{
		Seed: r.opts.Seed, RunID: r.opts.RunID, Sessions: r.played, Sent: r.sent.Load(), Frames: r.frames.Load(),
		Hashes: r.hashes.Load(), Digest: shortDigest(r.sums), Elapsed: time.Since(r.start), Findings: r.order, Stopped: r.stopped, Answers: r.answers,
		possible: r.possible(),
	}
	return rep, nil
}

func newRunner(p *spec.Protocol, target Dialer, opts Options) *runner {
	if opts.RunID == "" {
		opts.RunID = random()
	}
	if opts.Sessions == 0 && opts.For == 0 {
		opts.Sessions = 1000
	}
	if opts.Parallel <= 0 || opts.Parallel > lanes {
		opts.Parallel = lanes
	}
	if opts.Patience <= 0 {
		opts.Patience = 1
	}
	if opts.MaxFindings <= 0 {
		opts.MaxFindings = 10
	}
	r := &runner{
		c: dynamic.New(p), p: p, opts: opts, target: target, start: time.Now(),
		patience: time.Duration(opts.Patience * float64(5*time.Second)),
		nonce:    random(),
		sums:     map[int][sha256.Size]byte{}, findings: map[string]*Finding{}, answers: map[string]int{},
	}
	r.deepest = p.Start()
	for _, s := range p.States {
		if len(s.Enter) > len(r.deepest.Enter) {
			r.deepest = s
		}
	}
	r.shortcut = p.Shortcut(r.deepest)
	r.probe = findProbe(p, newValues(r.c))
	return r
}

// possible lists the answers that the table has for requests: success, the errors of the checks, and the message's own.
func (r *runner) possible() []string {
	var list []string
	add := func(m *spec.Message, answer string) {
		if key := m.Name + " " + answer; !slices.Contains(list, key) {
			list = append(list, key)
		}
	}
	for _, m := range r.p.Messages {
		if !m.SentBy(spec.FromClient) {
			continue
		}
		for _, r := range m.Replies {
			add(m, r.End.Name)
		}
		for _, e := range m.Errors {
			add(m, e.Name)
		}
		for _, f := range m.Fields {
			if f.Type.Error != nil {
				add(m, f.Type.Error.Name)
			}
		}
	}
	return list
}

// random returns six letters and digits.
func random() string {
	var b [5]byte
	rand.Read(b[:])
	return strings.ToLower(base32.HexEncoding.EncodeToString(b[:]))[:6]
}

// each does something in all lanes, as many at a time as the options say, and returns the first fault.
func (r *runner) each(do func(*lane) *fault) *fault {
	slots := make(chan struct{}, r.opts.Parallel)
	faults := make([]*fault, lanes)
	var wg sync.WaitGroup
	for i, l := range r.lanes {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			faults[i] = do(l)
		})
	}
	wg.Wait()
	if i := slices.IndexFunc(faults, func(f *fault) bool { return f != nil }); i >= 0 {
		return faults[i]
	}
	return nil
}

// more reports whether session n is to be played.
func (r *runner) more(ctx context.Context, n int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return ctx.Err() == nil && r.stopped == "" && (r.opts.Sessions == 0 || n < r.opts.Sessions)
}

// saw counts answers.
func (r *runner) saw(answers []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, a := range answers {
		r.answers[a]++
	}
}

// over reports whether there is no use in confirming a finding, or no target any more.
func (r *runner) over(ctx context.Context, f *Finding) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return ctx.Err() != nil || f.Confirmed || r.stopped == gone
}

func (r *runner) begin(n int, sum [sha256.Size]byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sums[n] = sum
}

func (r *runner) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.played++
	if r.opts.Progress == nil || time.Since(r.shown) < 100*time.Millisecond {
		return
	}
	r.shown = time.Now()
	of := ""
	if r.opts.Sessions > 0 {
		of = fmt.Sprintf(" of %d", r.opts.Sessions)
	}
	fmt.Fprintf(r.opts.Progress, "\r\x1b[Ksession %d%s, %d findings, %s", r.played, of, len(r.order), time.Since(r.start).Round(time.Second))
}

// clear takes the progress line away.
func (r *runner) clear() {
	if r.opts.Progress != nil && !r.shown.IsZero() {
		fmt.Fprint(r.opts.Progress, "\r\x1b[K")
	}
}

// note counts a fault. tries is how often it has come while it was not confirmed, this time included; many if it is.
func (r *runner) note(f *fault, s *session) (finding *Finding, tries int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if finding = r.findings[f.signature()]; finding != nil {
		finding.Count++
		if f.soft() && finding.Count >= 3 && len(r.order) == 1 {
			r.stopped = "the same answer was missing three times"
		}
		if finding.Confirmed {
			return finding, maxConfirm + 1
		}
		return finding, finding.Count
	}
	finding = &Finding{
		Kind: string(f.kind), Request: f.request, Expected: f.expected, Got: f.got,
		Session: s.number, Count: 1, Soft: f.soft(),
	}
	r.findings[f.signature()] = finding
	r.order = append(r.order, finding)
	if len(r.order) >= r.opts.MaxFindings && r.stopped == "" {
		r.stopped = fmt.Sprintf("%d findings are enough", len(r.order))
	}
	return finding, 1
}

// show takes over the transcript that shows a finding.
func (r *runner) show(f *Finding, s *session, transcript []byte, confirmed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if f.Confirmed {
		return
	}
	f.Session, f.Transcript, f.Confirmed = s.number, transcript, confirmed
}

// rest gives the target a moment to finish with connections that we have left without waiting.
func (r *runner) rest(ctx context.Context) {
	select {
	case <-time.After(50 * time.Millisecond):
	case <-ctx.Done():
	}
}

// fold leaves out what is the doing of a crash whose session is known: all connections broke with it.
func (r *runner) fold() {
	crashed := slices.ContainsFunc(r.order, func(f *Finding) bool { return f.Kind == string(kindCrash) && f.Confirmed })
	if crashed {
		r.order = slices.DeleteFunc(r.order, func(f *Finding) bool { return !f.Confirmed })
	}
}

// ended reports whether it is known that nobody listens any more.
func (r *runner) ended() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stopped == gone
}

func (r *runner) stop(why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped == "" {
		r.stopped = why
	}
}
