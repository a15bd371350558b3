package run

import (
	"cmp"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/spec"
)

// A server that is not finished may say less than that it does not know an opcode: it closes the connection, or it says that the fault is its
// own. Such an answer says nothing once; where it is all that a request ever got, the request does not work at all.

// theEnd is what comes instead of an answer if the connection is closed.
const theEnd = "the end of the connection"

// enoughCases is how many cases show that something always is so.
const enoughCases = 3

// says returns the request that a finding shows to have got an answer that says nothing, and that answer.
func (h *health) says(f *conformance.Finding) waited {
	if f == nil || h.p.Message(f.Request) == nil {
		return waited{}
	}
	if e := h.p.Error(f.GotError); e != nil && e.Fault {
		return waited{request: f.Request, answer: e.Name}
	}
	if f.Kind == conformance.KindClosed {
		return waited{request: f.Request, answer: theEnd}
	}
	return waited{}
}

// meet counts what a failure shows.
func (h *health) meet(f *conformance.Finding) {
	if w := h.says(f); w.request != "" {
		h.hollow[w]++
	}
	if m := h.p.Message(f.Request); f.Kind == conformance.KindClosed && h.refusal(f.Expected) && (m == nil || h.works(m)) {
		h.shut[f.Expected]++
		h.fault[f.Expected] = f.Fault
	}
}

// isHollow reports whether an answer that says nothing is all that a request ever got.
func (h *health) isHollow(w waited) bool {
	m := h.p.Message(w.request)
	if m == nil || w.answer == "" || h.hollow[w] < enoughCases && !(w.answer == theEnd && h.closes()) {
		return false
	}
	return !h.works(m)
}

// works reports whether a request was ever answered by more than the errors that a server finds before it looks at more than layout and limits.
func (h *health) works(m *spec.Message) bool {
	return slices.ContainsFunc(h.clock.Answers(m.Name), func(answer string) bool {
		_, name, refused := strings.Cut(answer, " ")
		if h.errorMessage == "" && !refused {
			name, refused = answer, h.p.Error(answer) != nil
		}
		e := h.p.Error(name)
		return !refused || slices.Contains(m.Errors, e) && !ofLimits(m, e)
	})
}

// ofLimits reports whether an error is that of a field of m outside its limits.
func ofLimits(m *spec.Message, e *spec.Error) bool {
	return slices.ContainsFunc(m.Fields, func(f *spec.Field) bool { return f.Type.Error == e })
}

// closes reports whether opcodes that the server does not know end the connection.
func (h *health) closes() bool {
	unknown := strings.TrimSpace(h.errorMessage + " " + h.opcodeError)
	return h.opcodeError != "" && h.shut[unknown] >= enoughCases && !h.clock.Came(unknown)
}

// needs reports whether a case fails if a request does not work. One that expects it to be refused may pass.
func (h *health) needs(c *Case, w waited) bool {
	m := h.p.Message(w.request)
	if !slices.Contains(c.Uses, w.request) {
		return false
	}
	if m != nil && m.Feature != nil && h.announced != nil && !h.announced(m.Feature) { // others do without it
		return strings.Contains(c.ID, "/"+strings.ToLower(m.Name)+"/")
	}
	if w.answer == "" || w.answer == theEnd && h.closes() {
		return true
	}
	return m != nil && slices.ContainsFunc(m.Replies, func(r *spec.Reply) bool { return slices.Contains(c.Script.Expects, r.End.Name) })
}

// absence says that something never comes.
func (h *health) absence(what string) string {
	if h.shut[what] >= enoughCases {
		return cmp.Or(h.fault[what], what+" never comes: the connection is closed instead")
	}
	return what + " never comes"
}

// explained reports whether it is known what a failure comes from, so that it need not be confirmed.
func (h *health) explained(f *conformance.Finding) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	w := h.root(f)
	return w.answer != "" && h.blamed[w] != nil
}
