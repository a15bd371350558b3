package fuzz

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// A resident is in the deepest state while garbage is sent on another connection that knows its name, its password and, by the
// shortcut of the table, how to take its session over. What is sent to it is no leak. Unless it is taken over, it has to notice
// nothing else.
type resident struct {
	account
	t *talk
}

// resides reports whether a protocol has residents: whether the way into the deepest state takes a name.
func (r *runner) resides(v *values) bool {
	return slices.ContainsFunc(r.deepest.Enter, func(m *spec.Message) bool {
		return slices.ContainsFunc(m.Fields, v.named)
	})
}

// knows reports whether a session has to do with the resident: it says its name, or takes it over.
func (l *lane) knows(s *session) bool {
	return l.r.residents && (s.takes() || l.mentions(s, l.resident.base))
}

// takes reports whether a session uses the token of the resident.
func (s *session) takes() bool {
	return slices.ContainsFunc(s.steps, func(st step) bool { return st.op == opToken })
}

// move brings the resident into its state if session s has to do with it.
func (l *lane) move(ctx context.Context, s *session) *fault {
	if !l.knows(s) || l.resident.t != nil {
		return nil
	}
	t, f := l.open(ctx)
	if f != nil {
		return f
	}
	if f = l.enter(ctx, t, l.r.deepest, &l.resident.account); f == nil {
		f = l.clean(ctx, t)
	}
	if f != nil {
		t.close()
		return f
	}
	l.resident.t = t
	return nil
}

// visit sees after session s whether the resident is well. One that may have been taken over is left: what becomes of its old
// connection is for rules to say.
func (l *lane) visit(ctx context.Context, s *session) *fault {
	switch {
	case l.resident.t == nil || !l.knows(s):
		return nil
	case s.takes():
		l.resident.drop()
		return nil
	}
	f := l.fence(ctx, l.resident.t)
	if f == nil {
		f = l.clean(ctx, l.resident.t)
	}
	if f != nil {
		l.resident.drop()
	}
	return f
}

func (in *resident) drop() {
	if in.t != nil {
		in.t.close()
	}
	in.t = nil
}

// takeover puts the token of the resident into the request of a step; without one the request goes out as it was made.
func (l *lane) takeover(st step) (frame []byte, words string) {
	s := l.r.shortcut
	m := &dynamic.Message{Spec: st.msg.Spec, ID: st.msg.ID, Fields: slices.Clone(st.msg.Fields)}
	if token, ok := l.resident.token.([]byte); ok && len(token) > 0 {
		m.Set(s.Field.Name, bytes.Clone(token))
	}
	var b strings.Builder
	b.WriteString(m.Spec.Name)
	if id := l.r.p.Correlation(); id != nil {
		fmt.Fprintf(&b, " %s=%d", id.Name, m.ID)
	}
	for _, f := range slices.Concat(m.Spec.Head, m.Spec.Fields) {
		v, ok := m.Get(f.Name)
		switch {
		case f == s.Field:
			fmt.Fprintf(&b, " %s=$%s", f.Name, f.Name)
		case ok:
			fmt.Fprintf(&b, " %s=%s", f.Name, word(l.r.c.FormatValue(f.Type, v)))
		}
	}
	return l.r.c.AppendIllegal(nil, m), b.String()
}

// word quotes what the transcript language might read otherwise.
func word(s string) string {
	if s != "" && !strings.ContainsAny(s, " \t'#$\"") {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}
