package fuzz

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// A verdict is what the table says of the next frame in a stream: which answers are right.
type verdict struct {
	size     int           // of the frame, its body included, though that may not have been sent
	end      int           // of the frame in the stream, where due found it
	complete bool          // all of it has been sent
	request  *spec.Message // nil if nobody knows the opcode
	opcode   uint64
	id       uint64
	due      bool          // an answer must come; else it may
	reply    *spec.Message // what success is answered with; nil if it is silent, or cannot be
	maybe    bool          // success may be silent all the same
	more     bool          // several replies may come, and nothing tells which one is the last
	success  bool          // it may succeed
	after    *spec.State   // the state after success
	errors   []*spec.Error // those that may be the answer instead
	because  string        // why an error is demanded
}

// A judge says what a right server does with the bytes that it gets.
type judge struct {
	c         *dynamic.Codec
	p         *spec.Protocol
	anywhere  []*spec.Error
	announced uint64 // features, by bit
	known     bool   // announced has been announced
	polite    bool   // a rule of the table is about the end of connections: then they must end without a reset
	inner     bool   // the header tells sizes within the body: whether they fit is known before the body is there
}

func newJudge(c *dynamic.Codec) *judge {
	j := &judge{c: c, p: c.Protocol()}
	j.polite = j.p.RuleWatched(spec.WatchClosing) != nil
	for _, f := range j.p.Main().Of(spec.FromClient) {
		j.inner = j.inner || len(f.Counts) > 0 && f != j.p.Length()
	}
	for _, e := range j.p.Errors {
		if e.Anywhere {
			j.anywhere = append(j.anywhere, e)
		}
	}
	return j
}

// frame judges the frame at the start of b. It is not ok if b does not hold a whole header.
func (j *judge) frame(state *spec.State, b []byte) (v verdict, ok bool) {
	hd, h, bad := j.c.HeaderOf(nil, spec.FromClient, b)
	if h == 0 && bad == nil {
		return verdict{}, false
	}
	n, _ := j.c.BodyLen(hd)
	v.size = h + int(min(n, 1<<40))
	if bad != nil {
		v.size = len(b) // where it ends, nobody knows
	}
	v.complete = v.size <= len(b)
	v.request = j.c.Lookup(spec.FromClient, hd.Opcode)
	v.id, v.opcode = hd.ID, hd.Opcode
	v.after = state
	m, se, e := j.c.CheckRequest(state, b, nil)
	switch {
	case se != nil:
		v.errors = []*spec.Error{se}
		v.because = e.Because
		if e.Field != "" {
			v.because = e.Field + "." + e.Because
		}
		// A server may answer as soon as it knows, but need not before it has the whole frame; but for the length.
		_, long := j.c.Split(state, spec.FromClient, b)
		v.due = v.complete || long != nil && len(j.p.Checks) > 0 && j.p.Checks[0].Name == spec.CheckLength
	case m == nil: // incomplete; early fields may be judged before the rest is there
		for _, f := range v.request.Fields {
			if f.Early && f.Type.Error != nil {
				v.errors = append(v.errors, f.Type.Error)
			}
		}
		if ch := j.p.Check(spec.CheckLayout); j.inner && ch != nil && ch.Error != nil {
			v.errors = append(v.errors, ch.Error)
		}
		return v, true
	default:
		j.right(&v, state, m, b[:v.size])
		v.due = v.reply != nil && !v.maybe
	}
	j.beyondASCII(&v, state, m, e, b)
	if v.reply == nil && v.success {
		v.due = false
	}
	return v, true
}

// right fills in what may become of a request that keeps to all limits.
func (j *judge) right(v *verdict, state *spec.State, m *dynamic.Message, frame []byte) {
	for _, f := range j.c.Needs(m) {
		switch {
		case j.known && j.announced&(1<<f.Bit) == 0:
			if e := j.p.Check(spec.CheckFeature); e != nil {
				v.errors, v.because = []*spec.Error{e.Error}, "feature "+f.Name
				return
			}
		case !j.known:
			if e := j.p.Check(spec.CheckFeature); e != nil {
				v.errors = append(v.errors, e.Error)
			}
		}
	}
	v.success = true
	if r := dynamic.ReplyTo(m); r != nil {
		v.reply, v.maybe, v.more = r.End, r.Maybe, slices.Contains(r.Before, r.End)
	}
	v.after = state.After(m.Spec)
	v.errors = append(append(v.errors, m.Spec.Errors...), j.anywhere...)
}

// refuseNth is a string profile that lets all strings through but one.
type refuseNth struct{ n, calls int }

func (r *refuseNth) Check(_, s string) (int, bool) {
	r.calls++
	return utf8.RuneCountInString(s), r.calls-1 != r.n
}

// beyondASCII widens v for strings that only a profile can judge, which the judge does not have: each may be refused.
// Without the feature of the profile, each must be.
func (j *judge) beyondASCII(v *verdict, state *spec.State, m *dynamic.Message, e *codec.Error, b []byte) {
	if m == nil && (e == nil || e.Because == codec.BecauseTruncated || e.Because == codec.BecauseUTF8 ||
		e.Because == codec.BecauseTrailing || !v.complete) {
		return
	}
	for n := 0; ; n++ {
		r := &refuseNth{n: n}
		_, se, why := j.c.CheckRequest(state, b, r)
		if r.calls <= n {
			return
		}
		if se == nil {
			continue
		}
		f := v.request.Field(strings.SplitN(why.Field, "[", 2)[0])
		if n == 0 && f != nil && f.Type.Profile != nil && f.Type.Profile.Feature != nil && j.known &&
			j.announced&(1<<f.Type.Profile.Feature.Bit) == 0 {
			*v = verdict{
				size: v.size, complete: v.complete, request: v.request, id: v.id, due: true,
				after: state, errors: []*spec.Error{se}, because: why.Field + "." + why.Because,
			}
			return
		}
		if !slices.Contains(v.errors, se) {
			v.errors = append(v.errors, se)
		}
	}
}

// allows reports whether the message r is a right answer.
func (v *verdict) allows(r *dynamic.Message, e *spec.Error) bool {
	switch {
	case r.Spec.IsError:
		return e != nil && !e.Fault && slices.Contains(v.errors, e)
	case e != nil:
		return !e.Fault && slices.Contains(v.errors, e) && v.refusedBy(r.Spec)
	}
	return v.success && v.reply == r.Spec
}

// refusedBy reports whether a reply with a status may refuse the request: any that may answer it; if none may, that of the fence stands
// for them all.
func (v *verdict) refusedBy(m *spec.Message) bool {
	if v.request == nil || len(v.request.Replies) == 0 {
		return true
	}
	return slices.ContainsFunc(v.request.Replies, func(r *spec.Reply) bool { return r.End == m })
}

// expected says in words what is right.
func (v *verdict) expected() string {
	var names []string
	if v.success && v.reply != nil {
		names = append(names, v.reply.Name)
	}
	for _, e := range v.errors {
		if !e.Fault {
			names = append(names, e.Name)
		}
	}
	text := strings.Join(names, " or ")
	if v.because != "" {
		text += fmt.Sprintf(" (%s)", v.because)
	}
	return text
}

// names are the right answers as the transcript language has them.
func (v *verdict) names() []string {
	var names []string
	if v.success && v.reply != nil {
		names = append(names, v.reply.Name)
	}
	for _, e := range v.errors {
		if !e.Fault && !slices.Contains(names, e.Name) {
			names = append(names, e.Name)
		}
	}
	return names
}
