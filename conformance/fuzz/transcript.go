package fuzz

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

// A sighting is a fault that was seen, with what was done to see it.
type sighting struct {
	by *lane
	s  *session
	f  *fault
	tp *tape

	past       []past // what the lane had played before s, the last one first
	frames, of int    // how many frames s has, and had before it was made smaller
	sick       bool   // the fault comes whatever is sent, until the target is started anew
}

// sight keeps what the lane has seen.
func (l *lane) sight(s *session, f *fault, tp *tape) *sighting {
	si := &sighting{by: l, s: s, f: f, tp: tp, frames: count(l.frames(s))}
	if si.of = si.frames; s == l.now {
		si.past = l.past
	}
	return si
}

// A draft is a transcript that is being written.
type draft struct {
	head  []string
	lines []string
	entry int // how many of lines do right things only, before anything is judged
}

func (d *draft) line(format string, args ...any) {
	d.lines = append(d.lines, fmt.Sprintf(format, args...))
}

// text is the transcript with what is to be said of it.
func (d *draft) text(notes ...string) []byte {
	var b bytes.Buffer
	for _, h := range append(d.head[:len(d.head):len(d.head)], notes...) {
		fmt.Fprintf(&b, "# %s\n", strings.ReplaceAll(h, "\n", " "))
	}
	for _, l := range d.lines {
		fmt.Fprintln(&b, l)
	}
	return b.Bytes()
}

// draft writes a sighting in the transcript language: up to the fault, or more of it; after an earlier session, if that is not nil. It
// makes the accounts that the session takes for granted, unless they are there.
func (si *sighting) draft(to extent, before *past) *draft {
	l, s, f, tp := si.by, si.s, si.f, si.tp
	d := &draft{}
	d.head = append(d.head, "found by fuzzing: "+(&Finding{Kind: string(f.kind), Request: f.request, Expected: f.expected, Got: f.got}).String())
	d.head = append(d.head, fmt.Sprintf("session %d of seed %d, run id %s", s.number, l.r.opts.Seed, l.r.opts.RunID))
	if l.r.opts.Command != "" {
		d.head = append(d.head, l.r.opts.Command)
	}
	sessions := []*session{s}
	if before != nil {
		sessions = append(sessions, before.s)
	}
	resident := tp.who == nil && slices.ContainsFunc(sessions, l.knows)
	innocent := f.kind == kindLeak || f.kind == kindCanary
	if slices.ContainsFunc(sessions, func(s *session) bool { return l.mentions(s, l.other.base) }) {
		d.line("connect o")
		l.entry(d, "o", l.r.deepest, &l.other, false)
		d.line("close o")
	}
	if resident {
		d.line("connect r")
		l.entry(d, "r", l.r.deepest, &l.resident.account, true)
		if l.r.shortcut != nil {
			d.line("capture r %s=%s", l.r.shortcut.Field.Name, l.r.shortcut.Given.Name)
		}
	}
	if innocent {
		d.line("connect z")
		l.entry(d, "z", l.r.deepest, &l.left.account, true)
	}
	conn := "a"
	if before != nil {
		d.line("connect a")
		l.entry(d, "a", before.s.state, &l.actor, true)
		l.garbage(d, "a", before.tp, upToFault)
		conn = "b"
	}
	d.entry = len(d.lines)
	d.line("connect %s", conn)
	if tp.who != nil {
		l.entry(d, conn, l.r.deepest, tp.who, true)
	} else {
		l.entry(d, conn, s.state, &l.actor, true)
	}
	if tp.on {
		d.entry = len(d.lines)
	}
	l.garbage(d, conn, tp, to)
	switch {
	case innocent && l.r.probe != nil:
		pr := l.r.probe
		d.line("fence z")
		d.line("send z %s %s=%s %s=canary", pr.send.Name, pr.to.Name, l.left.name(), pr.text.Name)
		d.line("expect z %s", pr.send.Reply.Name)
		d.line("expect z %s %s=canary", pr.push.Name, pr.out.Name)
		d.line("fence z")
	case innocent:
		d.line("fence z")
	case f.kind == kindCrash:
		d.line("connect z")
		d.line("fence z")
	}
	if innocent && resident && !s.takes() {
		d.line("send r %s", l.r.p.Fence.Send.Name)
		d.line("expect r %s", l.r.p.Fence.Expect.Name)
	}
	return d
}

// garbage writes what a tape holds, and the end of the connection: whatever state it is in, a right server answers what is
// due and ends its side too.
func (l *lane) garbage(d *draft, conn string, tp *tape, to extent) {
	for _, text := range tp.lines(l.r.c, conn, to) {
		d.line("%s", text)
	}
	if tp.gone {
		return
	}
	if !tp.ended {
		d.line("half-close %s", conn)
	}
	var may strings.Builder
	for _, m := range l.r.p.Messages {
		if m.Push && !m.IsError && len(m.In) > 0 {
			may.WriteString(" ?" + m.Name)
		}
	}
	d.line("expect-close %s%s", conn, may.String())
}

// mentions reports whether a session sends a name anywhere.
func (l *lane) mentions(s *session, name string) bool {
	var all []byte
	for _, st := range s.steps {
		all = append(all, st.bytes...)
	}
	return bytes.Contains(all, []byte(name))
}

// entry writes the way into a state. Without the last step the account is only made.
func (l *lane) entry(d *draft, conn string, state *spec.State, a *account, last bool) {
	at := l.r.p.Start()
	for i, m := range state.Requests() {
		if i == len(state.Requests())-1 && !last {
			return
		}
		d.line("send %s %s%s", conn, m.Name, l.words(m, a))
		if to := at.After(m); to != at {
			d.line("expect %s %s", conn, m.Reply.Name)
			at = to
			continue
		}
		names := []string{m.Reply.Name}
		for _, e := range m.Errors {
			names = append(names, e.Name)
		}
		d.line("expect-oneof %s = %s", conn, strings.Join(names, " "))
	}
}

// words names the fields of a right request that are not as in the table's example.
func (l *lane) words(m *spec.Message, a *account) string {
	var b strings.Builder
	msg := l.request(m, a)
	for _, f := range m.Fields {
		if l.gen.v.named(f) {
			v, _ := msg.Get(f.Name)
			fmt.Fprintf(&b, " %s=%s", f.Name, l.r.c.FormatValue(f.Type, v))
		}
	}
	return b.String()
}
