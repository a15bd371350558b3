package proxy

import (
	"slices"
	"strings"
	"unicode"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// A prospect is what the table says of a request before it is answered.
type prospect struct {
	names []string    // of right answers, the one that came first
	quiet bool        // whether an answer comes, or how many, cannot be told
	due   bool        // an answer has to come
	ends  bool        // the connection ends
	part  bool        // the frame is not whole: a server may wait for more
	after *spec.State // the state by then
}

// expected says what may answer a request in the state of now.
func (w *reteller) expected(r *retold) prospect {
	m, e, _ := w.c.CheckRequest(w.state, r.frame, nil)
	n, _ := w.c.Split(nil, spec.FromClient, r.frame)
	tooLong := len(w.p.Checks) > 0 && w.p.Checks[0].Name == spec.CheckLength && e == w.p.Checks[0].Error
	switch {
	case n != len(r.frame) && !(e != nil && tooLong):
		return prospect{part: true, after: w.state}
	case e != nil && e.React == spec.ReactClose:
		return prospect{ends: true, after: w.state}
	case e != nil:
		return prospect{names: []string{e.Name}, due: true, ends: e.React != spec.ReactReply, after: w.state}
	case m == nil:
		return prospect{after: w.state} // it is dropped
	}
	x := prospect{after: w.state}
	came := w.p.Error(r.came)
	if came == nil {
		x.after = follow(w.state, m)
	}
	reply := dynamic.ReplyTo(m)
	if reply != nil {
		x.names = append(x.names, reply.End.Name)
		for _, b := range reply.Before {
			x.names = union(x.names, []string{b.Name})
		}
	}
	x.due = reply != nil && !reply.Maybe
	x.quiet = !x.due || len(reply.Before) > 0
	for _, e := range m.Spec.Errors {
		if !e.Fault {
			x.names = union(x.names, []string{e.Name})
		}
	}
	if came != nil && w.besides(m, came) {
		x.names = union(x.names, []string{came.Name})
	}
	if i := slices.Index(x.names, r.came); i > 0 {
		x.names = slices.Insert(slices.Delete(x.names, i, i+1), 0, r.came)
	}
	x.ends = x.after != nil && x.after.End || came != nil && came.React != spec.ReactReply && slices.Contains(x.names, came.Name)
	return x
}

// besides reports whether an error that is none of the request's own may answer it: one that may come anywhere, that a feature is not there,
// or what only a profile can judge.
func (w *reteller) besides(m *dynamic.Message, e *spec.Error) bool {
	if e.Anywhere && !e.Fault {
		return true
	}
	if ch := w.p.Check(spec.CheckFeature); ch != nil && ch.Error == e && len(w.c.Needs(m)) > 0 {
		return true
	}
	return slices.ContainsFunc(m.Spec.Fields, func(f *spec.Field) bool {
		s, _ := value(m, f.Name).(string)
		return f.Type.Profile != nil && strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
	})
}

// follow is the state after the success of a request.
func follow(state *spec.State, m *dynamic.Message) *spec.State {
	if state == nil {
		return nil
	}
	for _, t := range state.Transitions {
		if t.Message == m.Spec && m.Holds(t.If) {
			return t.To
		}
	}
	return state
}
