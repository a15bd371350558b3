package script

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/spec"
)

// An Env is what a script runs in. Its functions may be called from many goroutines.
type Env struct {
	Codec *dynamic.Codec
	Clock *Clock
	Dial  func(context.Context) (net.Conn, error)

	// Announced reports whether the server has announced a feature.
	Announced func(*spec.Feature) bool
	// Shortcut says whether macros may spare hashes.
	Shortcut bool
	// Slow says whether cases that wait may run.
	Slow bool
	// Lacks reports whether a request is known not to work, so that macros can go another way. May be nil.
	Lacks func(message string) bool
	// Restart kills the server, or asks it to end, and starts it again on the same data. nil: it cannot be restarted.
	Restart func(ctx context.Context, graceful bool) error
	// Lease lends a thing of a pool. A script that is Blocked gets the reason as a *BlockedError.
	Lease func(ctx context.Context, pool string) (*Item, error)
	// Leave says whether connections that are still open when a script has passed are left as by a client that goes for good.
	Leave bool
	// Before reports whether the script that had a thing may have sent a request, where the thing is cleaned. nil: it may have sent any.
	Before func(message string) bool
	// Sent is told of every request that is sent, if not nil.
	Sent func(*spec.Message)
	// Client is the client that is judged; nil where a server is.
	Client Driven
	// Actions are the messages that come of what a client can be told to do, by the names of the actions.
	Actions map[string]string
	// Dir is a directory for the engine; best in memory. "": the system's directory for temporary files.
	Dir string
}

// An Item is a thing of a pool: the values of its parts. It belongs to one script at a time.
type Item struct {
	Pool  *Pool
	Parts map[string]string // by name; a part that was unset is missing
}

// A BlockedError says that a script cannot be judged, because something that it builds on does not work.
type BlockedError struct{ Reason string }

func (e *BlockedError) Error() string { return e.Reason }

// An Outcome is what became of one run of a script.
type Outcome struct {
	Verdict    conformance.Verdict // PASS, FAIL, SKIP, BLOCKED or ERROR
	Reason     string
	Finding    *conformance.Finding
	Late       bool // BLOCKED, because wirecheck was too slow for the server's patience; worth to be tried again
	Transcript *conformance.Transcript
	Items      []*Item           // what was leased, with the values that its parts have now
	Sent       map[string]bool   // the names of all requests that were sent
	Left       bool              // PASS, and every connection was ended by a request to which the server agreed; only with Env.Leave
	Stuck      bool              // such a request got no answer at the end
	Vars       map[string]string // the values of all variables at the end
}

// A session is one run of a script. It belongs to the goroutine that runs it.
type session struct {
	env    *Env
	script *Script
	fresh  *Fresh
	ctx    context.Context
	ts     *testscript.TestScript
	log    *conformance.Transcript
	conns  map[string]*conn
	vars   map[string]string
	leased map[string]*Item // by variable
	guards map[string]bool  // by number: whether the conditions of a macro held
	cur    *step
	out    *Outcome
	loose  bool // a connection was given up, and the server may still hold what was entered on it
	led    *led // nil where a server is judged
}

// conn returns an open connection; a script that names another is wrong.
func (s *session) conn(name string) *conn {
	k := s.conns[name]
	if k == nil {
		s.wrong("the connection %q is not open", name)
	}
	return k
}

func (s *session) set(v, value string) {
	s.vars[v] = value
	s.ts.Setenv(v, value)
}

// wrong ends the script: it is not right itself, or the judge is not.
func (s *session) wrong(format string, args ...any) {
	s.out.Verdict = conformance.Error
	s.out.Reason = fmt.Sprintf("%s:%d: %s", s.script.File, s.cur.no, fmt.Sprintf(format, args...))
	s.ts.Fatalf("%s", s.out.Reason)
}

// aborted ends the script if the run was called off.
func (s *session) aborted() {
	if s.ctx.Err() != nil {
		s.out.Verdict, s.out.Reason = conformance.Blocked, "the run was called off: "+context.Cause(s.ctx).Error()
		s.ts.Fatalf("called off")
	}
}

// late is how long after opening a connection the first request is no longer a matter of course, nor the one that leaves the first state.
var late = 3 * time.Second

// fail ends the script with a finding.
func (s *session) fail(f conformance.Finding) {
	s.aborted()
	if k := s.conns[f.Conn]; k != nil && k.host == nil && k.end != nil && !s.cur.timed() && (k.first > late || k.waits() && k.endAt.Sub(k.opened) > late) {
		f.Line = s.cur.no
		s.out.Verdict, s.out.Finding, s.out.Late = conformance.Blocked, &f, true
		s.out.Reason = "wirecheck was late: the server or the machine was too busy for the first request on a connection to be sent in time; try -j 2"
		s.ts.Fatalf("late")
	}
	if f.Rule == "" && len(s.script.Rules) > 0 {
		f.Rule = s.script.Rules[0]
	}
	f.Line, f.Step, f.Call = s.cur.no, s.cur.text, s.cur.call
	if f.Kind == conformance.KindTimeout {
		f.Waited = s.waited(f.Conn)
	}
	s.out.Verdict, s.out.Finding = conformance.Fail, &f
	s.ts.Fatalf("expected %s, got %s", f.Expected, f.Got)
}

// waited is how long the last wait took if nothing came of it.
func (s *session) waited(conn string) time.Duration {
	if s.led != nil {
		return s.led.waited
	}
	if k := s.conns[conn]; k != nil {
		return k.waited
	}
	return 0
}

// finding begins a finding on a connection.
func (s *session) finding(k *conn, kind conformance.Kind, expected, got string) conformance.Finding {
	f := conformance.Finding{Kind: kind, Conn: k.name, State: k.stateName(), Expected: expected, Got: got, Frame: -1}
	if len(k.open) > 0 {
		f.Request = k.open[0].name()
	}
	return f
}

// missing ends the script because what was waited for did not come. request is what it would have answered, "" for a push.
func (s *session) missing(k *conn, request, expected string) {
	s.aborted()
	if k.broken != nil {
		s.fail(*k.broken)
	}
	kind, got := conformance.KindTimeout, "nothing"
	if k.end != nil {
		kind, got = conformance.KindClosed, k.howEnded()
	}
	var queued []string
	for _, f := range k.replies {
		queued = append(queued, k.what(&f))
	}
	for _, f := range k.pushes {
		queued = append(queued, k.what(&f)+" pushed")
	}
	if len(queued) > 3 {
		queued = append(queued[:3], "…")
	}
	if len(queued) > 0 {
		got += ", after " + strings.Join(queued, ", ")
	}
	if request == "" {
		s.unread()
	}
	f := s.finding(k, kind, expected, got)
	f.Request = request
	switch {
	case request != "" && kind == conformance.KindTimeout:
		f.Rule, f.Fault = k.unanswered(request, expected).both()
	case request != "" && len(k.open) > 0 && k.open[0].silent() &&
		(k.clock.Answered(request, f.State) || len(k.clock.Answers(k.open[0].name())) == 0):
		f.Request = k.open[0].name() // nothing tells that it succeeded, and what comes behind it is answered elsewhere, or was not looked at
	case kind == conformance.KindClosed && len(k.open) > 0 && k.open[0].msg == nil && k.open[0].name() == request:
		f.Rule, f.Fault = k.stranded(k.open[0].code).both()
	case expected == theEnd && kind == conformance.KindTimeout:
		f.Rule, f.Fault = k.wentOn(false).both()
	}
	s.fail(f)
}

// unread fails for a request that the server has said not to know, or at which it has closed: it explains better why a push does not come.
func (s *session) unread() {
	c := s.env.Codec.Protocol().Check(spec.CheckOpcode)
	for _, name := range slices.Sorted(maps.Keys(s.conns)) {
		k := s.conns[name]
		k.settle()
		s.check(k)
		if i := slices.IndexFunc(k.open, func(r request) bool { return !r.silent() }); k.end != nil && i >= 0 && k.open[i].reply != nil {
			f := s.finding(k, conformance.KindClosed, k.open[i].reply.End.Name, k.howEnded())
			f.Request = k.open[i].name()
			s.fail(f)
		}
		for i := range k.replies {
			if f := &k.replies[i]; f.msg.Spec.IsError && c != nil && c.Error != nil && k.errorOf(f) == c.Error && f.to.msg != nil && f.to.msg.Reply != nil {
				s.other(k, f, f.to.msg.Reply.Name)
			}
		}
	}
}

// check fails the script if the table was broken on the connection.
func (s *session) check(k *conn) {
	if k.broken != nil {
		s.fail(*k.broken)
	}
}

// within is the deadline of a wait, from the option @within or else from the clock.
func (s *session) within(o options, request string) time.Time {
	if o.within > 0 {
		return time.Now().Add(s.env.Clock.scale(o.within))
	}
	return time.Now().Add(s.env.Clock.For(request))
}

// notBefore judges the option @after.
func (s *session) notBefore(k *conn, o options, at time.Time, what string) {
	if took := at.Sub(k.wrote); o.after > 0 && took < o.after {
		s.fail(s.finding(k, conformance.KindMismatch, fmt.Sprintf("%s after %v, not earlier", what, o.after),
			fmt.Sprintf("%s after %v", what, took.Round(10*time.Millisecond))))
	}
}

// drop forgets a connection that is over.
func (s *session) drop(k *conn, note string) {
	s.loose = s.loose || !k.isOver()
	k.close(note)
	delete(s.conns, k.name)
}

func (s *session) closeAll() {
	for _, k := range s.conns {
		k.close("")
	}
	clear(s.conns)
}

// collectItems gives back what was leased, with what the parts have become.
func (s *session) collectItems() {
	for v, item := range s.leased {
		for _, part := range item.Pool.Parts[1:] {
			if value, ok := s.vars[v+"."+part]; ok {
				item.Parts[part] = value
			} else {
				delete(item.Parts, part)
			}
		}
		s.out.Items = append(s.out.Items, item)
	}
}

// isEOF reports a proper end of stream.
func (k *conn) isEOF() bool { return k.end == io.EOF }
