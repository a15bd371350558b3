package derive

import (
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// none is the profile of a server that does not know any: it lets no character beyond ASCII pass.
type none struct{}

func (none) Check(string, string) (int, bool) { return 0, false }

// A verdict is what the table says of a frame. If neither request nor err is set, no answer is due.
type verdict struct {
	request *dynamic.Message // nothing that a table knows is wrong with it
	err     *spec.Error      // it is refused
	why     *codec.Error     // for this

	profile *spec.Error   // what it is refused with by who does not know the profile of a string in it; nil: the same
	feature *spec.Feature // that knows the profile
}

// about is the message at fault, nil if that is not known.
func (v *verdict) about(p *spec.Protocol) *spec.Message {
	if v.why == nil {
		return nil
	}
	return p.Message(v.why.Message)
}

// judge asks the table about the first frame in b.
func (d *deriver) judge(s *spec.State, b []byte) verdict {
	var v verdict
	v.request, v.err, v.why = d.c.CheckRequest(s, b, nil)
	_, strict, why := d.c.CheckRequest(s, b, none{})
	if strict != nil && why.Because == codec.BecauseProfile {
		name, _, _ := strings.Cut(why.Field, "[")
		t := d.p.Message(why.Message).Field(name).Type
		for t.Kind == spec.KindArray {
			t = t.Elem
		}
		v.profile, v.feature = strict, t.Profile.Feature
	}
	return v
}

// A reply is the right end of a case: the lines that expect it, and what is known afterwards.
type reply struct {
	lines   []string
	maybe   []string    // messages and errors that may come behind them, before the fence is answered
	right   string      // in words
	require []string    // under which it is the right one
	alive   bool        // the connection goes on
	same    bool        // in the state that it was in
	state   *spec.State // after it, where the connection is alive
	mute    bool        // the connection ends without a word, where the fence is to be had
}

// replies turns a verdict into the answers that a server may give, one for each set of features on which they depend.
// There are none if a transcript cannot tell a right answer from a wrong one.
func (d *deriver) replies(s *spec.State, v verdict) []reply {
	switch {
	case v.err != nil && v.profile == nil:
		return d.refusal(s, v.about(d.p), v.err)
	case v.err != nil || v.profile != nil:
		return d.profiled(s, v)
	case v.request == nil:
		return nil
	}
	need := d.c.Needs(v.request)
	var known []string
	for _, f := range need {
		known = append(known, f.Name)
	}
	list := d.accepted(s, v.request, nil, known)
	if ch := d.p.Check(spec.CheckFeature); ch != nil && len(need) > 0 {
		for _, r := range d.refusal(s, v.request.Spec, ch.Error) {
			r.require = []string{"!" + need[0].Name}
			list = append(list, r)
		}
	}
	return list
}

// profiled is for strings that a profile judges: who knows the profile may accept or refuse, who does not refuses.
func (d *deriver) profiled(s *spec.State, v verdict) []reply {
	if v.feature == nil || v.err != nil || len(d.c.Needs(v.request)) > 0 {
		return nil
	}
	list := d.accepted(s, v.request, v.profile, []string{v.feature.Name})
	for _, r := range d.refusal(s, v.request.Spec, v.profile) {
		r.require = []string{"!" + v.feature.Name}
		list = append(list, r)
	}
	return list
}

// refusal is the one answer to what breaks a check in a state. m is nil if it is no message.
func (d *deriver) refusal(s *spec.State, m *spec.Message, e *spec.Error) []reply {
	r := reply{right: e.Name}
	switch {
	case e.React == spec.ReactClose:
		r.right = "the connection is closed"
	case d.p.CanRefuse(m, e):
		r.lines = []string{"expect-error a " + e.Name}
	case e.React == spec.ReactReply:
		return nil // nothing can carry it
	}
	if e.React != spec.ReactReply {
		r.lines = append(r.lines, d.closing())
		r.mute = len(r.lines) == 1 && d.p.FencedIn(s)
		return []reply{r}
	}
	r.alive, r.same, r.state = true, true, s
	return []reply{r}
}

// accepted is the answer to what the table finds nothing wrong with: the reply, or an error that may come to a right frame. also is one
// more.
func (d *deriver) accepted(s *spec.State, request *dynamic.Message, also *spec.Error, require []string) []reply {
	m, success := request.Spec, dynamic.ReplyTo(request)
	next := s.After(m)
	r := reply{require: require, alive: true, same: next == s, state: next}
	errs := d.mayRefuse(m)
	if also != nil && !slices.Contains(errs, also) {
		errs = append(errs, also)
	}
	if slices.ContainsFunc(errs, func(e *spec.Error) bool { return e.React != spec.ReactReply || !d.p.CanRefuse(m, e) }) {
		return nil
	}
	if success != nil && len(success.Before) > 0 {
		if !slices.Contains(success.Before, success.End) || len(success.Before) > 1 || !d.p.FencedIn(next) {
			return nil
		}
		r.maybe = []string{success.End.Name} // nothing but the fence tells which one was the last
	}
	switch {
	case next.End && success != nil && !success.Maybe:
		r.lines = []string{"expect a " + success.End.Name, d.closing()}
		r.right, r.alive = success.End.Name, false
	case next.End && success == nil:
		r.lines = []string{d.closing()}
		r.right, r.alive = "the end of the connection", false
	case next.End:
		return nil
	case success != nil && success.Maybe && d.p.FencedIn(next):
		r.maybe = names(success.End, errs)
		r.right = "silence or " + strings.Join(r.maybe, " or ")
	case success == nil && len(errs) > 0 || success != nil && success.Maybe:
		return nil // silence and an error cannot both be expected
	case success == nil && !d.p.FencedIn(next):
		return nil // nothing ends it
	case success == nil:
		r.right = "silence"
	case len(errs) == 0:
		r.lines = []string{"expect a " + success.End.Name}
		r.right = success.End.Name
	default:
		names := names(success.End, errs)
		r.lines = []string{"expect-oneof a = " + strings.Join(names, " ")}
		r.right = strings.Join(names, " or ")
	}
	return []reply{r}
}

// names are those of a message and of errors.
func names(m *spec.Message, errs []*spec.Error) []string {
	list := []string{m.Name}
	for _, e := range errs {
		list = append(list, e.Name)
	}
	return list
}

// mayRefuse lists the errors with which a frame can be refused that keeps to all checks, but for those that mean that client and server
// cannot talk at all.
func (d *deriver) mayRefuse(m *spec.Message) (errs []*spec.Error) {
	for _, e := range m.Errors {
		if e.React == spec.ReactReply {
			errs = append(errs, e)
		}
	}
	for _, e := range d.p.Errors {
		if e.Anywhere && !e.Fault && !slices.Contains(errs, e) {
			errs = append(errs, e)
		}
	}
	return errs
}

// fenced ends a case: nothing else comes, and the connection answers; or it does not, where it has to end without a word. Where resets are a
// matter of rules, sending to who may have gone would cause some.
func (d *deriver) fenced(r reply) []string {
	if line := d.closing(); r.mute && strings.HasSuffix(line, "@or-reset") {
		return []string{line + " @fence"}
	}
	if r.alive && d.p.FencedIn(r.state) {
		line := "fence a"
		for _, name := range r.maybe {
			line += " ?" + name
		}
		return append(slices.Clone(r.lines), line)
	}
	return r.lines
}

// try adds the cases in which a frame is sent in a state: one for each set of features on which the answer depends. send are the
// lines that send it; x has everything but the lines, the requirements and the answer.
func (d *deriver) try(x draft, frame []byte, send ...string) {
	v := d.judge(x.state, frame)
	name := x.name
	if !d.followed(v) {
		return
	}
	if x.derive == "" {
		x.derive = d.deriveOf(v)
	}
	for i, r := range d.replies(x.state, v) {
		x.name, x.require, x.right = name, r.require, r.right
		if i > 0 {
			x.name += ".unknown"
			if f := d.p.Check(spec.CheckFeature); f != nil && r.right == f.Error.Name {
				x.derive = spec.Derive(spec.CheckFeature)
			}
		}
		x.lines = append(slices.Clone(send), d.fenced(r)...)
		x.shared = r.same && r.right != "silence"
		d.add(x)
	}
}

// followed reports whether one can say what comes after a frame. After a length or a correlation that is refused, that is the end of the connection.
func (d *deriver) followed(v verdict) bool {
	if v.err == nil || v.err.React != spec.ReactReply {
		return true
	}
	by := d.deriveOf(v)
	return by != spec.Derive(spec.CheckLength) && by != spec.Derive(spec.CheckCorrelation) && !d.unread(v)
}

// unread reports whether the length in the header is no number.
func (d *deriver) unread(v verdict) bool {
	l := d.p.Length()
	return l != nil && v.why.Message == "" && v.why.Field == l.Name && v.why.Because == codec.BecauseVarint
}

// deriveOf says which check decides about a frame. What keeps to all of them judges the limits.
func (d *deriver) deriveOf(v verdict) spec.Derive {
	if v.err == nil {
		return spec.Derive(spec.CheckLimits)
	}
	switch v.why.Because {
	case codec.BecauseOpcode:
		return spec.Derive(spec.CheckOpcode)
	case "state":
		return spec.Derive(spec.CheckState)
	case "zero":
		return spec.Derive(spec.CheckCorrelation)
	}
	if l, b := d.p.Length(), d.p.Body(); v.why.Offset < d.c.HeaderSize() && l != nil && (v.why.Field == l.Name || v.why.Field == b.Name) &&
		v.why.Because != codec.BecauseTrailing && v.why.Because != codec.BecauseLength && !d.unread(v) {
		return spec.Derive(spec.CheckLength)
	}
	switch v.why.Because {
	case codec.BecauseLength, codec.BecauseVarint, codec.BecauseTruncated, codec.BecauseTrailing, codec.BecauseUTF8:
		return spec.Derive(spec.CheckLayout)
	}
	name, _, _ := strings.Cut(v.why.Field, "[")
	if f := d.p.Message(v.why.Message).Field(name); f != nil && f.Early {
		return spec.Derive(spec.CheckEarly)
	}
	return spec.Derive(spec.CheckLimits)
}
