package fuzz

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

// transcript writes a session and its fault in the transcript language. It makes the accounts that the session takes for
// granted, unless they are there.
func (l *lane) transcript(s *session, f *fault, tp *tape) []byte {
	var b bytes.Buffer
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# found by fuzzing: %s", comment(f))
	line("# session %d of seed %d, run id %s", s.number, l.r.opts.Seed, l.r.opts.RunID)
	if l.r.opts.Command != "" {
		line("# %s", l.r.opts.Command)
	}
	if l.mentions(s, l.other.base) {
		l.makeAccount(line, &l.other)
	}
	innocent := f.kind == kindLeak || f.kind == kindCanary
	if innocent {
		line("connect z")
		l.entry(line, "z", l.r.deepest, &l.left.account, true)
	}
	conn := "a"
	if !tp.on && l.before != nil {
		// The entry itself failed. What the lane did before is the most likely reason.
		line("connect a")
		l.entry(line, "a", l.before.state, &l.actor, true)
		l.garbage(line, "a", l.beforeTape)
		conn = "b"
	}
	line("connect %s", conn)
	l.entry(line, conn, s.state, &l.actor, true)
	l.garbage(line, conn, tp)
	switch {
	case innocent && l.r.probe != nil:
		pr := l.r.probe
		line("fence z")
		line("send z %s %s=%s %s=canary", pr.send.Name, pr.to.Name, l.left.name(), pr.text.Name)
		line("expect z %s", pr.send.Reply.Name)
		line("expect z %s %s=canary", pr.push.Name, pr.out.Name)
		line("fence z")
	case innocent:
		line("fence z")
	case f.kind == kindCrash:
		line("connect z")
		line("fence z")
	}
	return b.Bytes()
}

// garbage writes what a tape holds, and the end of the connection: whatever state it is in, a right server answers what is
// due and ends its side too.
func (l *lane) garbage(line func(string, ...any), conn string, tp *tape) {
	for _, text := range tp.lines(conn, func(name string) bool { return l.r.p.Error(name) != nil }) {
		line("%s", text)
	}
	if tp.gone {
		return
	}
	if !tp.ended {
		line("half-close %s", conn)
	}
	var may strings.Builder
	for _, m := range l.r.p.Messages {
		if m.Push && !m.IsError && len(m.In) > 0 {
			may.WriteString(" ?" + m.Name)
		}
	}
	line("expect-close %s%s", conn, may.String())
}

func comment(f *fault) string {
	text := (&Finding{Kind: string(f.kind), Request: f.request, Expected: f.expected, Got: f.got}).String()
	return strings.ReplaceAll(text, "\n", " ")
}

// mentions reports whether a session sends a name anywhere.
func (l *lane) mentions(s *session, name string) bool {
	var all []byte
	for _, st := range s.steps {
		all = append(all, st.bytes...)
	}
	return bytes.Contains(all, []byte(name))
}

// makeAccount writes what makes an account and leaves it alone.
func (l *lane) makeAccount(line func(string, ...any), a *account) {
	line("connect o")
	l.entry(line, "o", l.r.deepest, a, false)
	line("close o")
}

// entry writes the way into a state. Without the last step the account is only made.
func (l *lane) entry(line func(string, ...any), conn string, state *spec.State, a *account, last bool) {
	at := l.r.p.Start()
	for i, m := range state.Requests() {
		if i == len(state.Requests())-1 && !last {
			return
		}
		line("send %s %s%s", conn, m.Name, l.words(m, a))
		if to := at.After(m); to != at {
			line("expect %s %s", conn, m.Reply.Name)
			at = to
			continue
		}
		names := []string{m.Reply.Name}
		for _, e := range m.Errors {
			names = append(names, e.Name)
		}
		line("expect-oneof %s = %s", conn, strings.Join(names, " "))
	}
}

// words names the fields of a right request that are not as in the table's example.
func (l *lane) words(m *spec.Message, a *account) string {
	var b strings.Builder
	msg := l.request(m, a)
	for _, f := range m.Fields {
		if o := l.gen.v.origin[f]; o.Type.Fresh && f.Type.Kind == spec.KindString {
			v, _ := msg.Get(f.Name)
			fmt.Fprintf(&b, " %s=%s", f.Name, l.r.c.FormatValue(f.Type, v))
		}
	}
	return b.String()
}
