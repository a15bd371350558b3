package script

import (
	"encoding/json"
	"net"
	"slices"
	"time"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/spec"
)

// An Action is what a client can be told to do.
type Action struct {
	Name    string
	Message string   // the request of the table that comes of it
	Args    []string // names of its arguments: fields of the request
}

// A Driven is a client that is judged: it can be told to do something, and connects to us. Its methods belong to the goroutine of the
// script, but for the channel.
type Driven interface {
	// Do tells the client to do something. What becomes of it is told by Take, with the same ref.
	Do(ref int, action string, args [][2]string) error
	// Take returns what the client has told since the last call.
	Take() []Told
	// Accepted returns the connections that the client has opened since the last call.
	Accepted() []net.Conn
	// Wake has a token after there is something new.
	Wake() chan struct{}
	// Ended says that the client runs no more, and why; nil while it runs.
	Ended() error
}

// A Told is something that a client has told: an event, or the result of a command.
type Told struct {
	Event  string         // "result" for a result
	Ref    int            // of a result: what it is the result of
	OK     bool           // of a result
	Error  string         // of a result that is not OK: the name of an error
	Fields map[string]any // as in JSON, numbers as json.Number
	Line   string         // as it was told
	// Partial: the client cannot tell all fields; those that are missing are not judged.
	Partial bool
}

// EventGarbage is the event of a line that is none of the driver contract.
const EventGarbage = "?"

// text is the value of a field as text.
func (t *Told) text(name string) (string, bool) {
	v, ok := t.Fields[name]
	if !ok {
		return "", false
	}
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	}
	b, err := json.Marshal(v)
	return string(b), err == nil
}

// led is what a session knows more if it judges a client.
type led struct {
	s       *session
	dialed  []net.Conn
	any     bool // a connection was accepted
	wake    chan struct{}
	results []Told
	events  []Told
	asked   []asked // commands whose results were not expected yet, in order
	next    int     // the last ref
	ended   bool    // the client has told that there will be no more, or is gone
	died    error   // it is gone, and had not told that
	leaving bool    // it was told to end
	secrets map[string]*spec.Type
	waited  time.Duration // how long the last wait took if nothing came of it
}

// asked is a command that was given.
type asked struct {
	ref    int
	action string
}

func newLed(s *session) *led {
	return &led{s: s, wake: s.env.Client.Wake(), secrets: map[string]*spec.Type{}}
}

// pump takes in everything that has come.
func (l *led) pump() {
	c := l.s.env.Client
	l.dialed = append(l.dialed, c.Accepted()...)
	ended := c.Ended() // before what it has told: that is complete then
	for _, t := range c.Take() {
		l.s.log.Add(conformance.Event{Note: "the client tells " + t.Line})
		if t.Event == "result" {
			l.results = append(l.results, t)
			continue
		}
		l.ended = l.ended || t.Event == "ended"
		l.events = append(l.events, t)
	}
	if ended != nil && !l.ended {
		l.ended = true
		l.s.log.Add(conformance.Event{Note: "the client has ended: " + ended.Error()})
		if !l.leaving {
			l.died = ended
		}
		l.events = append(l.events, Told{Event: "ended", Fields: map[string]any{"message": ended.Error()}})
	}
	for _, k := range l.s.conns {
		k.settle()
	}
}

// await lets things happen until ok is true or time is up, and reports which. What the table forbids ends the script.
func (l *led) await(until time.Time, ok func() bool) bool {
	begin := time.Now()
	l.waited = 0
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	for {
		l.pump()
		l.check()
		if ok() {
			return true
		}
		select {
		case <-l.wake:
		case <-timer.C:
			l.waited = time.Since(begin)
			return false
		case <-l.s.ctx.Done():
			l.s.aborted()
		}
	}
}

// check ends the script if something was broken anywhere, or the client has crashed.
func (l *led) check() {
	for _, k := range l.s.conns {
		if k.broken != nil {
			f := *k.broken
			f.State = k.stateName()
			l.s.fail(f)
		}
	}
	if t := l.event(EventGarbage); t != nil {
		l.s.fail(conformance.Finding{
			Kind: conformance.KindViolation, Frame: -1, Expected: "a line of the driver contract", Got: t.Line,
		})
	}
	if l.died != nil {
		l.s.fail(conformance.Finding{
			Kind: conformance.KindDeath, Frame: -1,
			Expected: "a client that runs until it is told to end, or tells that it ends", Got: l.died.Error(),
		})
	}
}

// within is the deadline of a wait.
func (l *led) within(o options, what string) time.Time { return l.s.within(o, what) }

// missing ends the script because what was waited for did not come.
func (l *led) missing(expected, got string) {
	l.s.aborted()
	f := conformance.Finding{Kind: conformance.KindTimeout, Frame: -1, Expected: expected, Got: got}
	if n := len(l.asked); n > 0 {
		f.Request = l.asked[0].action
	}
	l.s.fail(f)
}

// unexpected returns the first event of a kind that nobody has expected, and takes it.
func (l *led) event(name string) *Told {
	i := slices.IndexFunc(l.events, func(t Told) bool { return t.Event == name })
	if i < 0 {
		return nil
	}
	t := l.events[i]
	l.events = slices.Delete(l.events, i, i+1)
	return &t
}

// dial gives the next connection, waiting for it.
func (l *led) dial(until time.Time, or func() bool) net.Conn {
	l.await(until, func() bool { return len(l.dialed) > 0 || or() || l.ended })
	if len(l.dialed) == 0 {
		return nil
	}
	nc := l.dialed[0]
	l.dialed = l.dialed[1:]
	l.any = true
	return nc
}

// close closes connections that nobody has accepted.
func (l *led) close() {
	for _, nc := range append(l.dialed, l.s.env.Client.Accepted()...) {
		nc.Close()
	}
	l.dialed = nil
}
