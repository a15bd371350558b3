package script

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// arrive takes in one arrival: it is held against the table and put where it belongs. The first breach sticks.
func (k *conn) arrive(a arrival) {
	if k.end != nil {
		return
	}
	if a.end != nil {
		k.end, k.endAt = a.end, a.at
		if k.torn != nil && a.end == io.EOF {
			k.end = k.torn
		}
		var long *lengthError
		if errors.As(a.end, &long) || errors.Is(a.end, errFlood) {
			k.violate(a.index, wrong{}, "a frame as the table lays it out", a.end.Error())
		}
		return
	}
	msg, err := k.codec.DecodeIn(k.state, spec.FromServer, a.frame, nil)
	if err != nil {
		if msg = k.stranger(a.frame); msg != nil {
			err = nil
		}
	}
	if err != nil {
		var bad *codec.Error
		var w wrong
		got := err.Error()
		if errors.As(err, &bad) {
			w.fault = fmt.Sprintf("%s: %s", bad.Message, bad.Sentence())
			got = fmt.Sprintf("%s (offset %d)", w.fault, bad.Offset)
			if bad.Because == codec.BecauseOpcode {
				got = fmt.Sprintf("opcode %#02x, which no message of a server has", k.codec.ParseHeader(a.frame).Opcode)
				w.fault = got
			}
		}
		k.violate(a.index, w, "a frame as the table lays it out", got)
		return
	}
	f := frame{msg: msg, bytes: a.frame, index: a.index, at: a.at}
	if k.state != nil && k.state.End {
		k.violate(a.index, k.wentOn(true), "nothing but the end of the connection", msg.Spec.Name)
		return
	}
	k.clock.come(k.what(&f))
	k.clock.come(f.msg.Spec.Name)
	if k.isRefusal(&f) {
		k.clock.come(k.errorName(&f))
	}
	if k.isReply(&f) {
		k.reply(f)
	} else {
		k.push(f)
	}
}

// isReply tells replies from pushes: by the correlation if the protocol has one, else by what is waited for.
func (k *conn) isReply(f *frame) bool {
	m := f.msg.Spec
	if k.codec.Protocol().Correlation() == nil {
		return !m.Push || len(k.open) > 0 && (m.IsError || k.open[0].answers(m))
	}
	if f.msg.ID != 0 || k.codec.Protocol().Check(spec.CheckCorrelation) == nil && !m.Push {
		return true
	}
	i := slices.IndexFunc(k.open, func(r request) bool { return !r.silent() || r.id == 0 })
	return m.IsError && i >= 0 && k.open[i].id == 0
}

func (k *conn) push(f frame) {
	m := f.msg.Spec
	switch {
	case !m.Push:
		w := wrong{field: k.idField(), rule: k.derived(spec.DeriveIDs), fault: m.Name + " bears the id 0"}
		k.violate(f.index, w, "a reply that bears the id of its request", m.Name+" with id 0")
		return
	case len(m.In) > 0 && !slices.Contains(m.In, k.state):
		w := wrong{fault: fmt.Sprintf("%s comes in the state %s", m.Name, k.state.Name)}
		k.violate(f.index, w, fmt.Sprintf("no %s in the state %s", m.Name, k.state.Name), m.Name)
		return
	}
	if !k.rises(&f) {
		return
	}
	k.pushes = append(k.pushes, f)
	if end := k.ends(m); end != nil {
		k.enter(end, m.Name, nil)
	}
}

// ends returns the end state if m announces it: it is what a request that leads there is answered with.
func (k *conn) ends(m *spec.Message) *spec.State {
	for _, s := range k.codec.Protocol().States {
		for _, t := range s.Transitions {
			if t.To.End && t.Message.Reply == m {
				return t.To
			}
		}
	}
	return nil
}

func (k *conn) reply(f frame) {
	m, id := f.msg.Spec, f.msg.ID
	_, _, refused := k.codec.Refusal(f.msg)
	tagged := k.codec.Protocol().Correlation() != nil
	for len(k.open) > 0 && k.open[0].silent() && (tagged && k.open[0].id != id || !tagged && !refused && !k.open[0].answers(m)) {
		k.clock.answeredBy(k.open[0].name(), "")
		k.enter(after(k.state, k.open[0].msg), m.Name, nil) // a later reply proves its success
		k.open = k.open[1:]
	}
	if len(k.open) == 0 {
		got := m.Name
		if tagged {
			got += fmt.Sprintf(" with id %d", id)
		}
		if k.violate(f.index, k.misplaced(&f), "nothing: no request is open", got) && k.served != nil && k.served.id == id {
			k.broken.Request = k.served.name()
		}
		return
	}
	i := k.answered(f.msg)
	r := k.open[i]
	if tagged && r.id != id {
		k.violate(f.index, k.misplaced(&f), fmt.Sprintf("the reply to %s, the oldest open request, with its id %d", r.name(), r.id),
			fmt.Sprintf("%s with id %d", m.Name, id))
		return
	}
	if more := !refused && r.answers(m) && slices.Contains(r.reply.Before, m); more {
		k.open[i].begun = m == r.reply.End // then nothing tells which one is the last, but what comes behind it
	} else {
		k.open = slices.Delete(k.open, i, i+1)
	}
	k.clock.note(r.name(), f.at.Sub(r.at))
	k.clock.answer(r.name(), k.stateName())
	k.clock.answeredBy(r.name(), k.what(&f))
	f.to, k.served = &r, &r
	k.replies = append(k.replies, f)
	switch {
	case refused && (m.IsError || r.answers(m) || r.mute()):
		k.refused(&f)
	case !r.answers(m):
		k.violate(f.index, wrong{fault: r.name() + " is answered with " + m.Name}, "an answer to "+r.name(), m.Name)
	case r.differs(f.msg) != nil:
		same := r.differs(f.msg)
		sent, _ := r.sent.Get(same.SameAs.Field.Name)
		got, _ := f.msg.Get(same.Name)
		w := wrong{field: same.Name, fault: fmt.Sprintf("%s of %s is not that of %s", same.Name, m.Name, r.name())}
		k.violate(f.index, w, fmt.Sprintf("%s with %s=%s, as in %s", m.Name, same.Name, showValue(k.codec, same.Type, sent), r.name()),
			fmt.Sprintf("%s=%s", same.Name, showValue(k.codec, same.Type, got)))
	default:
		k.enter(after(k.state, r.msg), m.Name, nil)
		k.left = k.state != nil && k.state.End
	}
	k.account(nil) // another state may have another limit for a frame that is under way
}

// answered finds the open request that a reply is for: the oldest one, unless the reply repeats what only a later one has said.
func (k *conn) answered(m *dynamic.Message) int {
	if k.codec.Protocol().Correlation() != nil {
		return 0
	}
	return max(0, slices.IndexFunc(k.open, func(r request) bool {
		return r.sent != nil && r.answers(m.Spec) && repeats(m.Spec, r.msg) && r.differs(m) == nil
	}))
}

// repeats reports whether a reply has a value of its request.
func repeats(reply, request *spec.Message) bool {
	return slices.ContainsFunc(reply.Fields, func(f *spec.Field) bool { return f.SameAs != nil && f.SameAs.Message == request })
}

// differs returns the field of a reply that should repeat one of the request, and does not; nil if there is none.
func (r *request) differs(reply *dynamic.Message) *spec.Field {
	for _, f := range reply.Spec.Fields {
		if r.sent == nil || f.SameAs == nil || f.SameAs.Message != r.msg {
			continue
		}
		sent, asked := r.sent.Get(f.SameAs.Field.Name)
		got, told := reply.Get(f.Name)
		if asked && told && !equal(sent, got) {
			return f
		}
	}
	return nil
}

// refused follows the reaction of an error.
func (k *conn) refused(f *frame) {
	e := k.errorOf(f)
	switch {
	case e == nil:
		k.violate(f.index, wrong{}, "an error of the protocol", k.errorName(f))
	case e.Fault:
		w := wrong{fault: ownFault(f.to, e)}
		if k.violate(f.index, w, "no error that is the server's own fault", f.msg.Spec.Name+" "+e.Name) {
			k.broken.Request, k.broken.GotError = f.to.name(), e.Name
		}
	case e.React == spec.ReactReply:
		if k.deaf && len(k.open) == 0 && k.state != nil && !k.state.End {
			k.deaf, k.beyond = false, nil // the request that was to end it all was refused: the server reads on
		}
	default:
		for _, s := range k.codec.Protocol().States {
			if s.End {
				k.enter(s, e.Name, e)
			}
		}
	}
}

// errorOf returns the error that a frame carries, nil if the table does not have it.
func (k *conn) errorOf(f *frame) *spec.Error {
	e, _, _ := k.codec.Refusal(f.msg)
	return e
}

// isRefusal reports whether a frame tells an error.
func (k *conn) isRefusal(f *frame) bool {
	_, _, refused := k.codec.Refusal(f.msg)
	return refused
}

// stranger reads the refusal of a request that nobody knows, or that is not answered when it succeeds: it has the opcode of the request,
// and the status of any reply. nil: the frame is none.
func (k *conn) stranger(b []byte) *dynamic.Message {
	fence := k.codec.Protocol().Fence.Expect
	if fence == nil || fence.Status() == nil || len(b) < k.codec.HeaderSize() {
		return nil
	}
	h := k.codec.ParseHeader(b)
	if !slices.ContainsFunc(k.open, func(r request) bool { return r.mute() && r.code == h.Opcode && r.id == h.ID }) {
		return nil
	}
	m, err := k.codec.DecodeAs(fence, spec.FromServer, b, nil)
	if err != nil {
		return nil
	}
	if _, _, refused := k.codec.Refusal(m); !refused {
		return nil
	}
	return m
}

// errorName names the error in a frame, by its number if it has no name.
func (k *conn) errorName(f *frame) string {
	if e := k.errorOf(f); e != nil {
		return e.Name
	}
	if f.msg.Spec.Status() != nil {
		_, code, _ := k.codec.Refusal(f.msg)
		return fmt.Sprintf("error %v", code)
	}
	return f.msg.Spec.Name
}

// what names a frame for people: the message, and the error in it.
func (k *conn) what(f *frame) string {
	if k.isRefusal(f) {
		return f.msg.Spec.Name + " " + k.errorName(f)
	}
	return f.msg.Spec.Name
}

// idField is the name of the field that ties replies to requests, "" if the protocol has none.
func (k *conn) idField() string {
	if f := k.codec.Protocol().Correlation(); f != nil {
		return f.Name
	}
	return ""
}
