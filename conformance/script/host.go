package script

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/spec"
)

// A host is what a connection knows more if we are the server on it. The requests that have no reply yet are the open ones of
// the connection; what came and was not expected yet is here.
type host struct {
	led      *led
	requests []frame
	silents  []frame // whose success is silent
	fences   []frame
	quiet    bool                   // the request of the fence is not answered by itself
	wild     bool                   // we have said something wrong: what comes now may be right
	pushed   map[*spec.Field]uint64 // the most that was pushed in this session, by field
}

// Kinds of what the engine finds by itself about a client.
const (
	breachFrame  = "frame"  // a request that the checks of the table refuse before they look at limits
	breachLimits = "limits" // a field outside its limits that no user has chosen
	breachSecret = "secret" // a secret in a place where it does not belong
	breachAck    = "ack"    // something is acknowledged that was not delivered
)

// newHost follows a conversation on nc, which it owns, as the server.
func newHost(l *led, name string, nc net.Conn) *conn {
	c := l.s.env.Codec
	k := &conn{
		name: name, us: spec.FromServer, host: &host{led: l, pushed: map[*spec.Field]uint64{}}, codec: c, log: l.s.log, clock: l.s.env.Clock,
		nc: nc, in: newInbox(spec.FromClient), closed: make(chan struct{}), state: c.Protocol().Start(), wrote: time.Now(), spoke: true,
	}
	k.in.wake = l.wake
	k.log.Add(conformance.Event{Conn: name, From: spec.FromClient, Note: "connects"})
	go k.in.read(nc, c, k.log, name, k.closed)
	return k
}

// request takes in one arrival from a client.
func (k *conn) request(a arrival) {
	if k.end != nil {
		return
	}
	if a.end != nil {
		k.end, k.endAt = a.end, a.at
		var long *lengthError
		if errors.As(a.end, &long) && !k.over() {
			k.breach(breachFrame, a.index, "a frame as the table lays it out", a.end.Error())
		}
		return
	}
	h := k.codec.ParseHeader(a.frame)
	m := k.codec.Lookup(spec.FromClient, h.Opcode)
	f := frame{bytes: a.frame, index: a.index, at: a.at, msg: &dynamic.Message{Spec: m, ID: h.ID}}
	if k.over() {
		return // it was sent before the client could know
	}
	msg, refusal, bad := k.codec.CheckRequest(k.coming(), a.frame, nil)
	if bad != nil && bad.Because == "state" && k.coming() != k.state {
		msg, refusal, bad = k.codec.CheckRequest(k.state, a.frame, nil)
	}
	switch {
	case refusal == nil:
		f.msg = msg
	case ofLimits(bad):
		f.loose = fmt.Sprintf("%s.%s is outside its limits: %s", m.Name, bad.Field, bad.Because)
	case k.host.wild && bad.Because == "state":
		return
	default:
		name := "a frame"
		if m != nil {
			name = m.Name
		}
		k.breach(breachFrame, a.index, "a request that is not refused with "+refusal.Name, name+" that is: "+why(bad))
		return
	}
	k.leaks(&f)
	k.acks(&f)
	r := request{msg: m, id: h.ID, at: a.at, code: h.Opcode}
	switch fence := k.codec.Protocol().Fence.Send; {
	case m.Reply == nil:
		k.host.silents = append(k.host.silents, f)
	case m == fence:
		k.open = append(k.open, r)
		k.host.fences = append(k.host.fences, f)
		k.answerFences()
	default:
		k.open = append(k.open, r)
		k.host.requests = append(k.host.requests, f)
	}
}

// over reports whether we have said our last word.
func (k *conn) over() bool { return k.state != nil && k.state.End }

// ofLimits reports whether a breach is one of limits, which a user may have chosen.
func ofLimits(e *codec.Error) bool {
	switch e.Because {
	case codec.BecauseMin, codec.BecauseMax, "enum", "bool", "ascii", "profile", "chars.min", "chars.max":
		return e.Message != "" && e.Field != "body"
	}
	return false
}

func why(e *codec.Error) string {
	if e.Because == "state" {
		return "it is not legal in this state"
	}
	return fmt.Sprintf("%s.%s at offset %d", e.Field, e.Because, e.Offset)
}

// breach notes what the engine finds by itself, and the rule for it.
func (k *conn) breach(kind string, index int, expected, got string) {
	if k.broken == nil {
		k.violate(index, wrong{rule: k.host.led.s.script.breaches[kind]}, expected, got)
	}
}

// leaks looks for secrets where they do not belong.
func (k *conn) leaks(f *frame) {
	for _, field := range f.msg.Fields {
		var value []byte
		switch v := field.Value.(type) {
		case string:
			value = []byte(v)
		case []byte:
			value = v
		}
		t := f.msg.Spec.Field(field.Name).Type
		for secret, of := range k.host.led.secrets {
			if of.Name == t.Name && t.Secret || !bytes.Contains(value, []byte(secret)) {
				continue
			}
			k.breach(breachSecret, f.index, "a "+of.Name+" only where one belongs", fmt.Sprintf("one in %s of %s", field.Name, f.msg.Spec.Name))
		}
	}
}

// acks judges a field of a silent request that repeats one of a push: it may name only what was pushed.
func (k *conn) acks(f *frame) {
	for _, field := range f.msg.Spec.Fields {
		if f.msg.Spec.Reply != nil || field.SameAs == nil || !field.SameAs.Message.Push {
			continue
		}
		v, _ := f.msg.Get(field.Name)
		n, isNumber := v.(uint64)
		most, any := k.host.pushed[field.SameAs.Field]
		if isNumber && (!any || n > most) {
			k.breach(breachAck, f.index, "an acknowledgement of what was delivered in this session",
				fmt.Sprintf("%s of %d", f.msg.Spec.Name, n))
		}
	}
}

// answerFences answers the requests of the fence whose turn it is.
func (k *conn) answerFences() {
	fence := k.codec.Protocol().Fence
	for !k.host.quiet && len(k.open) > 0 && k.open[0].msg == fence.Send && k.end == nil && !k.over() {
		reply := k.codec.Example(fence.Expect)
		reply.ID = k.open[0].id
		k.open = k.open[1:]
		if b, err := k.codec.Append(nil, reply); err == nil {
			k.send(b, 0, k.clock.For("write"))
		}
	}
}

// replied notes that the oldest request has been answered.
func (k *conn) replied(m *spec.Message) {
	r := k.open[0]
	k.open = slices.Delete(k.open, 0, 1)
	if next := after(k.state, r.msg); m == r.msg.Reply && next != k.state {
		k.state = next
		clear(k.host.pushed)
	}
}

// closeState is the state in which a connection ends.
func (k *conn) closeState() *spec.State {
	for _, s := range k.codec.Protocol().States {
		if s.End {
			return s
		}
	}
	return nil
}

// guard notes the secrets in a message that we send.
func (l *led) guard(m *dynamic.Message) {
	for _, f := range m.Fields {
		field := m.Spec.Field(f.Name)
		if field == nil || !field.Type.Secret {
			continue
		}
		switch v := f.Value.(type) {
		case string:
			l.secret(v, field.Type)
		case []byte:
			l.secret(string(v), field.Type)
		}
	}
}

// secret notes a secret that is long enough to be told from chance.
func (l *led) secret(value string, t *spec.Type) {
	if len(value) >= 6 {
		l.secrets[value] = t
	}
}
