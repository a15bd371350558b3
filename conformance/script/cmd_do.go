package script

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/spec"
)

func (r *Reader) action(name string) *Action {
	for i := range r.Actions {
		if r.Actions[i].Name == name {
			return &r.Actions[i]
		}
	}
	return nil
}

func checkDo(x *expander, st *step) error {
	args := samples(st.args)
	if len(args) == 0 {
		return fmt.Errorf("do what? Name an action")
	}
	a := x.r.action(args[0])
	if a == nil {
		var names []string
		for _, a := range x.r.Actions {
			names = append(names, a.Name)
		}
		return near(spec.Nearest(args[0], names), "a client has no action %q", args[0])
	}
	for _, arg := range args[1:] {
		name, _, ok := strings.Cut(arg, "=")
		if !ok || !slices.Contains(a.Args, name) {
			return near(spec.Nearest(name, a.Args), "%s takes no %q", a.Name, strings.ReplaceAll(arg, unknown, "$…"))
		}
	}
	if m := x.r.Protocol.Message(a.Message); m != nil {
		x.uses = append(x.uses, m.Name)
	}
	return nil
}

func runDo(s *session, args []string) {
	var pairs [][2]string
	note := args[0]
	m := s.env.Codec.Protocol().Message(s.env.Actions[args[0]])
	for _, a := range args[1:] {
		name, value, _ := strings.Cut(a, "=")
		pairs = append(pairs, [2]string{name, value})
		if m != nil && m.Field(name) != nil && m.Field(name).Type.Secret {
			s.led.secret(value, m.Field(name).Type)
			value = "[secret]"
		}
		note += fmt.Sprintf(" %s=%s", name, value)
	}
	s.led.tell(args[0], pairs, note)
}

// tell gives a command to the client.
func (l *led) tell(action string, args [][2]string, note string) {
	l.next++
	l.asked = append(l.asked, asked{l.next, action})
	l.s.log.Add(conformance.Event{Note: "the client is told to " + note})
	if action == "exit" {
		l.leaving = true
	}
	if err := l.s.env.Client.Do(l.next, action, args); err != nil && !l.ended {
		l.pump()
	}
}

func checkResult(x *expander, st *step) error {
	_, args, err := cutOptions(samples(st.args), "within")
	if err != nil {
		return err
	}
	if len(args) == 0 || !slices.Contains([]string{"ok", "failed", "any"}, args[0]) {
		return fmt.Errorf("write expect-result ok [FIELD=VALUE…], expect-result failed [ERROR…] or expect-result any")
	}
	for _, a := range args[1:] {
		if _, ok := parseMatch(a); !ok && args[0] != "failed" {
			return fmt.Errorf("%q: write FIELD=VALUE, or another comparison", a)
		}
	}
	return nil
}

func runResult(s *session, args []string) {
	o, args, _ := cutOptions(args, "within")
	s.led.result(o, args[0], args[1:])
}

// result expects the result of the oldest command.
func (l *led) result(o options, kind string, demands []string) {
	s := l.s
	if len(l.asked) == 0 {
		s.wrong("the client was not told to do anything")
	}
	a := l.asked[0]
	expected := "the result of " + a.action
	switch kind {
	case "ok":
		expected += ": done"
	case "failed":
		expected += ": refused or failed"
		if len(demands) > 0 {
			expected += " with " + strings.Join(demands, " or ")
		}
	}
	begin := time.Now()
	l.await(l.within(o, "result of "+a.action), func() bool { return len(l.results) > 0 || l.ended })
	if len(l.results) == 0 {
		if l.ended && kind != "ok" {
			l.asked = l.asked[1:]
			return // who has ended does nothing more
		}
		got := "nothing"
		if l.ended {
			got = "the client ended"
		}
		l.missing(expected, got)
	}
	s.env.Clock.note("result of "+a.action, time.Since(begin))
	r := l.results[0]
	l.results, l.asked = l.results[1:], l.asked[1:]
	bad := conformance.Finding{Kind: conformance.KindMismatch, Frame: -1, Request: a.action, Expected: expected, Got: r.Line}
	switch {
	case r.Ref != a.ref:
		bad.Expected = fmt.Sprintf("the result of %s, ref %d, since results come in the order of the commands", a.action, a.ref)
		s.fail(bad)
	case kind == "ok" && !r.OK, kind == "failed" && r.OK:
		s.fail(bad)
	case kind == "failed" && len(demands) > 0 && !slices.Contains(demands, r.Error):
		s.fail(bad)
	case kind != "failed":
		s.matchTold(&r, demands, expected)
	}
}

func checkEvent(x *expander, st *step) error {
	_, args, err := cutOptions(samples(st.args), "within")
	if err != nil {
		return err
	}
	if len(args) == 0 || !identifier.MatchString(args[0]) {
		return fmt.Errorf("write expect-event EVENT [FIELD=VALUE…]")
	}
	for _, a := range args[1:] {
		if _, ok := parseMatch(a); !ok {
			return fmt.Errorf("%q: write FIELD=VALUE, or another comparison", a)
		}
	}
	return nil
}

func runEvent(s *session, args []string) {
	o, args, _ := cutOptions(args, "within")
	l := s.led
	var t *Told
	begin := time.Now()
	l.await(l.within(o, "event "+args[0]), func() bool {
		t = l.event(args[0])
		return t != nil || l.ended
	})
	expected := "the event " + args[0]
	if t == nil {
		got := "none"
		if l.ended {
			got = "the client ended"
		}
		l.missing(expected, got)
	}
	s.env.Clock.note("event "+args[0], time.Since(begin))
	s.matchTold(t, args[1:], expected)
}

// matchTold judges the fields of what a client has told.
func (s *session) matchTold(t *Told, demands []string, expected string) {
	for _, a := range demands {
		m, _ := parseMatch(a)
		got, there := t.text(m.field)
		var list []any
		if l, ok := t.Fields[m.field].([]any); ok {
			list = l
			var parts []string
			for _, v := range l {
				parts = append(parts, fmt.Sprint(v))
			}
			got = "[" + strings.Join(parts, ",") + "]"
		}
		holds := false
		switch m.op {
		case "=":
			holds = there && got == m.value
		case "!=":
			holds = there && got != m.value
		case "?":
			holds = slices.Contains(list, any(m.value)) || list == nil && strings.Contains(got, m.value)
		default:
			s.wrong("%q: what a client tells is compared by =, != and ? only", a)
		}
		if !holds && (there || !t.Partial) {
			if !there {
				got = "no " + m.field
			}
			s.fail(conformance.Finding{
				Kind: conformance.KindMismatch, Frame: -1, Expected: expected + " with " + a,
				Got: m.field + "=" + shorten(got),
			})
		}
	}
}

func checkSync(_ *expander, st *step) error {
	if len(st.args) > 0 {
		return fmt.Errorf("sync takes nothing")
	}
	return nil
}

// runSync is the fence of a case about a client: what was done before has been told and sent, and was expected.
func runSync(s *session, _ []string) {
	l := s.led
	if len(l.asked) > 0 {
		s.wrong("the result of %s was not expected yet", l.asked[0].action)
	}
	l.tell("sync", nil, "sync")
	l.result(options{}, "any", nil)
	if t := l.event("message"); t != nil {
		s.fail(conformance.Finding{
			Kind: conformance.KindMismatch, Frame: -1, Expected: "no message that was not expected", Got: t.Line,
		})
	}
	for _, k := range s.conns {
		if k.over() || len(k.host.requests) == 0 {
			continue
		}
		s.otherRequest(k, &k.host.requests[0], "nothing that the client was not told to do")
	}
}
