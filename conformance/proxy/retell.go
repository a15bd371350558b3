package proxy

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/spec"
)

// Unsaved says in a sentence why connections of a protocol cannot be saved as transcripts, "" if they can: what cannot be judged cannot be
// replayed.
func Unsaved(p *spec.Protocol) string { return conformance.Unfit(p) }

// A reteller turns what was said into a transcript, for any table by which servers can be judged. It knows of requests and answers only
// what the table says. Where the table fixes the answer, that is expected; where it depends on what the server holds, each answer that the
// table has for the request will do.
type reteller struct {
	c     *dynamic.Codec
	p     *spec.Protocol
	lines []string
	fresh map[string]string // variables by kind and value, where values are to be new
	order []string          // the lines that declare them

	state *spec.State

	may  []string // answers that may have come to requests that are not always answered, since the last fence
	over bool     // the connection has ended
}

// A retold is a request.
type retold struct {
	frame []byte
	m     *dynamic.Message // nil: it is not as the table lays it out, or not legal
	id    uint64
	code  uint64
	came  string // what answered it: a message or an error; "" if nothing did
}

// retell writes the connection name as a transcript.
func retell(c *dynamic.Codec, name string, talk []said) string {
	w := &reteller{c: c, p: c.Protocol(), fresh: map[string]string{}, state: c.Protocol().Start()}
	requests := w.match(talk)
	var burst []*retold
	for _, s := range talk {
		if s.from == spec.FromClient {
			burst, requests = append(burst, requests[0]), requests[1:]
			continue
		}
		w.tell(burst)
		burst = nil
	}
	w.tell(burst)
	w.fence()
	if len(talk) == maxTalk {
		w.f("# … and more, which was not kept")
	}
	head := []string{
		"# " + name + ", as it was recorded. Where several answers will do, the one that came stands first: what the server holds may differ.",
	}
	return strings.Join(slices.Concat(head, w.order, []string{"connect a"}, w.lines), "\n") + "\n"
}

func (w *reteller) f(format string, args ...any) {
	w.lines = append(w.lines, fmt.Sprintf(format, args...))
}

// match finds out what answered each request.
func (w *reteller) match(talk []said) (requests []*retold) {
	first := 0
	for _, s := range talk {
		if s.from == spec.FromClient {
			h := w.c.ParseHeader(s.frame)
			r := &retold{frame: s.frame, id: h.ID, code: h.Opcode}
			r.m, _ = w.c.Decode(spec.FromClient, s.frame, nil)
			requests = append(requests, r)
			continue
		}
		m, err := w.c.Decode(spec.FromServer, s.frame, nil)
		for i := first; i < len(requests); i++ {
			if came, last := w.answers(requests[i], m, err != nil, s.frame); came != "" {
				requests[i].came, first = came, i
				if last {
					first++
				}
				break
			}
		}
	}
	return requests
}

// answers names what a frame of the server says to a request, "" if it does not answer it; last says that nothing more will.
func (w *reteller) answers(r *retold, m *dynamic.Message, undecodable bool, frame []byte) (came string, last bool) {
	h := w.c.ParseHeader(frame)
	if w.p.Correlation() != nil && h.ID != r.id {
		return "", false
	}
	if undecodable { // the refusal of a request that has no reply of its own
		if like := w.p.Fence.Expect; h.Opcode == r.code && like.Status() != nil {
			m, _ = w.c.DecodeAs(like, spec.FromServer, frame, nil)
		}
		if m == nil {
			return "", false
		}
	}
	e, _, refused := w.c.Refusal(m)
	var reply *spec.Reply
	if r.m != nil {
		reply = dynamic.ReplyTo(r.m)
	}
	switch {
	case refused && e == nil:
		return "", false
	case refused && (m.Spec.IsError || undecodable || reply != nil && (reply.End == m.Spec || slices.Contains(reply.Before, m.Spec))):
		return e.Name, true
	case !refused && reply != nil && reply.End == m.Spec:
		return m.Spec.Name, !slices.Contains(reply.Before, m.Spec)
	case !refused && reply != nil && slices.Contains(reply.Before, m.Spec):
		return m.Spec.Name, false
	}
	return "", false
}

// tell writes requests that were sent together, and then what answers them.
func (w *reteller) tell(burst []*retold) {
	var waiting []string
	flush := func() {
		w.lines = append(w.lines, waiting...)
		waiting = nil
	}
	for _, r := range burst {
		if w.over {
			w.f("# the client sends %s", w.name(r))
			continue
		}
		if r.m == nil && w.secret(r) {
			w.f("# the client sends %s, which is wrong, and may hold a secret", w.name(r))
			continue
		}
		x := w.expected(r)
		if r.m != nil && r.m.Spec == w.p.Fence.Send && len(w.may) > 0 {
			flush()
			w.fence() // it is one itself
			continue
		}
		if !x.quiet && len(w.may) > 0 {
			flush()
			w.fence()
		}
		w.request(r)
		switch {
		case x.quiet:
			w.may = union(w.may, x.names)
		case len(x.names) == 1 && w.p.Error(x.names[0]) != nil:
			waiting = append(waiting, "expect-error a "+x.names[0])
		case len(x.names) == 1:
			waiting = append(waiting, "expect a "+x.names[0])
		case len(x.names) > 1:
			waiting = append(waiting, "expect-oneof a = "+strings.Join(x.names, " "))
		}
		switch {
		case r.came != "" && !slices.Contains(x.names, r.came):
			waiting = append(waiting, "# it was answered with "+r.came)
		case r.came == "" && x.due:
			waiting = append(waiting, "# it was not answered")
		}
		if w.over = x.part; w.over {
			waiting = append(waiting, "# the frame is not whole")
		}
		if w.state = x.after; x.ends {
			flush()
			w.end(x)
		}
	}
	flush()
}

// end writes that the server ends the connection.
func (w *reteller) end(x prospect) {
	if x.quiet && len(w.may) > 0 {
		w.f("# it may be refused with %s", strings.Join(w.may, ", "))
		w.may = nil
	}
	orReset := " @or-reset"
	for _, r := range w.p.RulesFor(spec.FromServer) {
		if strings.Contains(strings.ToLower(r.Text), "reset") {
			orReset = ""
		}
	}
	w.f("expect-close a%s", orReset)
	w.over = true
}

// fence writes a fence behind requests that are not always answered.
func (w *reteller) fence() {
	if len(w.may) > 0 && !w.over {
		w.f("fence a ?%s", strings.Join(w.may, " ?"))
	}
	w.may = nil
}

func (w *reteller) name(r *retold) string {
	if m := w.c.Lookup(spec.FromClient, r.code); m != nil {
		return m.Name
	}
	return fmt.Sprintf("the opcode 0x%02x", r.code)
}

// request writes what the client sends: in words, or as bytes if words do not say the same.
func (w *reteller) request(r *retold) {
	if words, same := w.words(r); same || w.secret(r) {
		w.f("send a %s", words)
	} else {
		w.f("sendraw a %s  # %s", hex.EncodeToString(r.frame), w.name(r))
	}
}

// secret reports whether a request may hold a secret.
func (w *reteller) secret(r *retold) bool {
	m := w.c.Lookup(spec.FromClient, r.code)
	return m != nil && slices.ContainsFunc(m.Fields, func(f *spec.Field) bool { return hides(f.Type) })
}

// hides reports whether a type, or a part of it, is secret.
func hides(t *spec.Type) bool {
	return t.Secret || t.Elem != nil && hides(t.Elem) || slices.ContainsFunc(t.Fields, func(f *spec.Field) bool { return hides(f.Type) })
}

// words writes a request in words, with stand-ins for secrets and new values where values are to be new. It is the same if it is laid out as
// the frame is, but for these and the id.
func (w *reteller) words(r *retold) (text string, same bool) {
	if r.m == nil {
		return "", false
	}
	usual := w.c.Example(r.m.Spec)
	again := &dynamic.Message{Spec: r.m.Spec, ID: r.m.ID}
	parts := []string{r.m.Spec.Name}
	for _, f := range slices.Concat(r.m.Spec.Head, r.m.Spec.Fields) {
		v, ok := r.m.Get(f.Name)
		if !ok {
			continue
		}
		if hides(f.Type) {
			v, _ = usual.Get(f.Name)
			again.Set(f.Name, v)
			continue // the table's example stands in
		}
		written := w.c.FormatValue(f.Type, v)
		if f.Type.Kind == spec.KindString {
			written = fmt.Sprintf("%q", v)
		}
		back, err := w.c.ParseValue(f.Type, w.c.FormatValue(f.Type, v))
		if err != nil {
			return "", false
		}
		again.Set(f.Name, back)
		switch own := slices.Contains(r.m.Spec.Fields, f); {
		case f.Type.Fresh:
			parts = append(parts, f.Name+"=$"+w.variable(f, written))
		case own || written != w.c.FormatValue(f.Type, value(usual, f.Name)):
			parts = append(parts, f.Name+"="+quote(written))
		}
	}
	frame, err := w.c.Append(nil, again)
	return strings.Join(parts, " "), err == nil && bytes.Equal(frame, r.frame)
}

func value(m *dynamic.Message, name string) any {
	v, _ := m.Get(name)
	return v
}

// variable is the variable for a value that is to be new in every replay.
func (w *reteller) variable(f *spec.Field, written string) string {
	kind := f.Type.Name
	if kind == "" {
		kind = f.Name
	}
	key := kind + " " + written
	if w.fresh[key] == "" {
		v := fmt.Sprintf("%s%d", strings.Map(letter, kind), len(w.fresh)+1)
		w.fresh[key] = v
		w.order = append(w.order, "fresh "+kind+" "+v)
	}
	return w.fresh[key]
}

func letter(r rune) rune {
	if r < unicode.MaxASCII && (unicode.IsLetter(r) || r == '_') {
		return r
	}
	return -1
}

// union is list with what it lacks of more.
func union(list []string, more []string) []string {
	for _, s := range more {
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}
