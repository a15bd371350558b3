package proxy

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/spec"
)

// asked takes in a frame of the client.
func (c *Conn) asked(e conformance.Event, index int) {
	if c.early {
		c.early = false
		c.say(e)
		return
	}
	h := c.c.ParseHeader(e.Frame)
	r := request{frame: e.Frame, msg: c.c.Lookup(spec.FromClient, h.Opcode), id: h.ID, event: e, index: index, said: c.say(e)}
	if c.ending {
		return // sent before the client could know
	}
	if c.pending += len(e.Frame); len(c.open) >= maxOpen || c.pending > maxPending {
		c.lost("more requests are without a reply than are remembered")
		return
	}
	c.open = append(c.open, r)
	c.session.acks(c, &r)
}

// answered takes in a frame of the server.
func (c *Conn) answered(e conformance.Event, index int) {
	said := c.say(e)
	bad := func(rule, expected, got string) {
		c.find(Finding{Side: spec.FromServer, Rule: rule, Expected: expected, Got: got, Event: e, Index: index})
	}
	m, err := c.c.Decode(spec.FromServer, e.Frame, nil)
	if err != nil {
		got := err.Error()
		if b, ok := err.(*codec.Error); ok {
			got = fmt.Sprintf("%s: %s (offset %d)", b.Message, b.Sentence(), b.Offset)
		}
		bad("", "a frame as the table lays it out", got)
		return
	}
	if c.ending {
		bad(c.watched(spec.WatchEnd), "nothing but the end of the connection", m.Spec.Name)
		return
	}
	if m.Spec.IsError {
		c.hurry(m)
	}
	if m.ID == 0 && !(m.Spec.IsError && len(c.open) > 0 && c.open[0].id == 0) {
		c.pushed(m, bad)
		return
	}
	c.replied(m, said, bad)
}

// hurry takes the request that is coming for whole if its header is there and nothing else can be what an error answers: a server may refuse
// it as soon as it has seen that.
func (c *Conn) hurry(m *dynamic.Message) {
	b := c.bytes[spec.FromClient]
	for i := range c.open {
		if !c.open[i].silent() || c.open[i].id == m.ID {
			return
		}
	}
	if len(b) < c.c.HeaderSize() || c.early || c.c.ParseHeader(b).ID != m.ID {
		return
	}
	h := c.c.ParseHeader(b)
	e := conformance.Event{At: time.Since(c.begin), Conn: c.Name, From: spec.FromClient, Frame: bytes.Clone(b), Note: "so far"}
	c.open = append(c.open, request{frame: e.Frame, msg: c.c.Lookup(spec.FromClient, h.Opcode), id: h.ID, event: e, index: -1, said: -1})
	c.pending += len(e.Frame)
	c.early = true
}

// pushed judges a frame that came unasked.
func (c *Conn) pushed(m *dynamic.Message, bad func(rule, expected, got string)) {
	switch {
	case m.Spec.IsError: // the connection as a whole is refused
		c.ending = true
		return
	case !m.Spec.Push:
		bad(c.derived(spec.FromServer, spec.DeriveIDs), "a reply that bears the id of its request", m.Spec.Name+" with id 0")
		return
	case len(m.Spec.In) > 0 && !slices.Contains(m.Spec.In, c.state):
		bad("", fmt.Sprintf("no %s in the state %s", m.Spec.Name, c.state.Name), m.Spec.Name)
		return
	}
	c.session.pushed(c, m, bad)
	for _, s := range c.c.Protocol().States {
		for _, t := range s.Transitions {
			c.ending = c.ending || t.To.End && t.Message.Reply == m.Spec
		}
	}
}

// replied judges the reply to the oldest request that has none.
func (c *Conn) replied(m *dynamic.Message, said int, bad func(rule, expected, got string)) {
	for len(c.open) > 0 && c.open[0].silent() && c.open[0].id != m.ID {
		c.silent(bad)
	}
	if len(c.open) == 0 {
		bad(c.derived(spec.FromServer, spec.DeriveOrder), "nothing: no request is open", fmt.Sprintf("%s with id %d", m.Spec.Name, m.ID))
		return
	}
	r := c.open[0]
	if r.id != m.ID {
		broken := spec.DeriveIDs
		if slices.ContainsFunc(c.open, func(r request) bool { return r.id == m.ID }) {
			broken = spec.DeriveOrder
		}
		bad(c.derived(spec.FromServer, broken), fmt.Sprintf("the reply to %s, the oldest open request, with its id %d", r.name(), r.id),
			fmt.Sprintf("%s with id %d", m.Spec.Name, m.ID))
		c.lost("replies and requests do not fit together")
		return
	}
	if r.silent() && !m.Spec.IsError {
		c.silent(bad)
		c.replied(m, said, bad)
		return
	}
	c.drop()
	if r.said >= 0 && said >= 0 {
		c.talk[said].answers = r.said
	}
	want := c.expect(&r)
	c.blame(&r, want)
	if m.Spec.IsError {
		c.refused(&r, m, want, bad)
		return
	}
	switch {
	case want.must != nil:
		bad(want.rule, c.c.Protocol().ErrorMessage().Name+" "+want.must.Name+" as the answer to "+r.name()+", since "+want.because, m.Spec.Name)
		return
	case m.Spec != r.msg.Reply:
		bad("", r.msg.Reply.Name+" or an error as the answer to "+r.name(), m.Spec.Name)
		return
	}
	next := c.state.After(r.msg)
	c.session.reply(c, &r, want.msg, m)
	c.state = next
	c.ending = c.ending || next.End
}

// silent takes the oldest request, which has succeeded without a word.
func (c *Conn) silent(bad func(rule, expected, got string)) {
	r := c.open[0]
	c.drop()
	want := c.expect(&r)
	c.blame(&r, want)
	if want.must != nil {
		bad(want.rule, c.c.Protocol().ErrorMessage().Name+" "+want.must.Name+" as the answer to "+r.name()+", since "+want.because, "nothing")
	}
}

func (c *Conn) drop() {
	c.pending -= len(c.open[0].frame)
	c.open = c.open[1:]
}

// refused judges an error.
func (c *Conn) refused(r *request, m *dynamic.Message, want expected, bad func(rule, expected, got string)) {
	e := c.errorOf(m)
	name := m.Spec.Name
	switch {
	case e == nil:
		bad("", "an error of the protocol", "a code that the table does not have")
		return
	case e.Fault:
		bad("", "no error that is the server's own fault", name+" "+e.Name)
	case want.must != nil && e != want.must && !e.Anywhere:
		bad(want.rule, fmt.Sprintf("%s %s as the answer to %s, since %s", name, want.must.Name, r.name(), want.because), name+" "+e.Name)
	case want.must == nil && !slices.Contains(want.may, e) && !e.Anywhere:
		bad("", "the success of "+r.name()+", or an error that it may have", name+" "+e.Name)
	}
	c.ending = c.ending || e.React != spec.ReactReply
}

// errorOf returns the error that a frame carries, nil if the table does not have it.
func (c *Conn) errorOf(m *dynamic.Message) *spec.Error {
	for _, f := range m.Spec.Fields {
		if f.Type.ErrorSet {
			v, _ := m.Get(f.Name)
			n, _ := v.(uint64)
			return c.c.Protocol().ErrorByCode(n)
		}
	}
	return nil
}

// expected is what a right server answers.
type expected struct {
	msg     *dynamic.Message // the request, if it keeps to all limits
	must    *spec.Error      // the only right answer; nil: it may succeed
	because string
	rule    string
	may     []*spec.Error
	layout  bool // the client has sent what no client sends
}

// expect says what the answer to a request may be, in the state of now.
func (c *Conn) expect(r *request) expected {
	p := c.c.Protocol()
	m, refusal, bad := c.c.CheckRequest(c.state, r.frame, nil)
	if refusal != nil {
		x := expected{must: refusal, because: c.why(bad), rule: c.derived(spec.FromServer, c.check(refusal, bad))}
		x.layout = !limit(bad)
		return x
	}
	x := expected{msg: m}
	if m == nil { // a length over the limit of all states was cut; that is refused above
		return x
	}
	for _, f := range c.c.Needs(m) {
		if ch := p.Check(spec.CheckFeature); ch != nil && c.greeted && c.features>>f.Bit&1 == 0 {
			x.must, x.because, x.rule = ch.Error, f.Name+" was not announced", c.derived(spec.FromServer, spec.Derive(spec.CheckFeature))
			return x
		}
	}
	x.may = slices.Clone(r.msg.Errors)
	for _, f := range r.msg.Fields { // characters that only a profile can judge
		v, _ := m.Get(f.Name)
		if s, ok := v.(string); ok && f.Type.Profile != nil && strings.ContainsFunc(s, func(r rune) bool { return r > 127 }) {
			x.may = append(x.may, f.Type.Error, p.Check(spec.CheckLimits).Error)
		}
	}
	return x
}

func (c *Conn) why(e *codec.Error) string {
	switch e.Because {
	case "state":
		return "it is not legal in the state " + c.state.Name
	case codec.BecauseOpcode:
		return "no message of a client has this opcode"
	case "zero":
		return "its id is 0"
	}
	return cmp.Or(e.Field, "body") + "." + e.Because
}

// check names the check that a refusal comes from, in the words in which rules say what judges them.
func (c *Conn) check(e *spec.Error, bad *codec.Error) spec.Derive {
	switch {
	case bad.Because == codec.BecauseOpcode:
		return spec.Derive(spec.CheckOpcode)
	case limit(bad):
		return spec.Derive(spec.CheckLimits)
	}
	for _, ch := range c.c.Protocol().Checks {
		if ch.Error == e {
			return spec.Derive(ch.Name)
		}
	}
	return ""
}

// limit reports whether a breach is one of limits, which a user may have chosen.
func limit(e *codec.Error) bool {
	switch e.Because {
	case codec.BecauseMin, codec.BecauseMax, codec.BecauseEnum, codec.BecauseBool, codec.BecauseASCII, codec.BecauseProfile,
		codec.BecauseCharsMin, codec.BecauseCharsMax:
		return e.Field != "body"
	}
	return false
}

// blame tells that a client has sent what no client sends. Limits are left to its users.
func (c *Conn) blame(r *request, x expected) {
	if x.layout {
		c.find(Finding{
			Side: spec.FromClient, Rule: c.watched(spec.WatchRequests), Expected: "a request that passes the checks up to layout",
			Got: fmt.Sprintf("%s that earns %s, since %s", r.name(), x.must.Name, x.because), Event: r.event, Index: r.index,
		})
	}
}

// derived is the id of the rule that derived cases of that kind judge, "" if there is none.
func (c *Conn) derived(side spec.Direction, d spec.Derive) string {
	return id(c.c.Protocol().RuleDerived(side, d))
}

// watched is the id of the rule that demands this of traffic, "" if there is none.
func (c *Conn) watched(w spec.Watch) string {
	return id(c.c.Protocol().RuleWatched(w))
}

func id(r *spec.RuleRef) string {
	if r == nil {
		return ""
	}
	return r.ID
}
