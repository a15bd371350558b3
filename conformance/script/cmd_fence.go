package script

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/spec"
)

// cutFence takes CONN… [?NAME…] [= NAME:COUNT…] apart.
func cutFence(args []string) (conns, optional []string, pushes []counted, err error) {
	if i := slices.Index(args, "="); i >= 0 {
		pushes, err = cutCounted(args[i+1:])
		args = args[:i]
	}
	for _, a := range args {
		if name, ok := strings.CutPrefix(a, "?"); ok {
			optional = append(optional, name)
			continue
		}
		conns = append(conns, a)
	}
	return conns, optional, pushes, err
}

func checkFence(x *expander, st *step) error {
	conns, optional, pushes, err := cutFence(samples(st.args))
	if err != nil {
		return err
	}
	for _, name := range optional {
		if err := x.needAnswer(name); err != nil {
			return err
		}
	}
	if x.r.Protocol.Fence.Send == nil {
		return fmt.Errorf("the table has no fence")
	}
	if len(conns) == 0 {
		return fmt.Errorf("fence needs a connection")
	}
	for _, c := range conns {
		if err := x.needConn(c); err != nil {
			return err
		}
	}
	for _, p := range pushes {
		if m, err := messageOf(x.r.Protocol, spec.FromServer, p.name); err != nil {
			return err
		} else if !m.Push {
			return fmt.Errorf("%s is no push", p.name)
		}
		if p.count < 0 {
			return fmt.Errorf("write %s:COUNT", p.name)
		}
	}
	x.uses = append(x.uses, x.r.Protocol.Fence.Send.Name)
	return nil
}

func runFence(s *session, args []string) {
	conns, optional, pushes, err := cutFence(args)
	if err != nil {
		s.wrong("%v", err)
	}
	for _, name := range conns {
		s.fence(s.conn(name), optional, pushes)
	}
}

// fence sends the request of the fence and waits for its reply. Nothing else may be there but the pushes, and replies that are optional.
func (s *session) fence(k *conn, optional []string, pushes []counted) {
	p := s.env.Codec.Protocol()
	msg := s.sendFence(k)
	name := p.Fence.Send.Name
	expected := p.Fence.Expect.Name
	open := func(r request) bool { return r.id == msg.ID } // a request of the same id may have been answered before
	answered := func() bool {
		return len(k.replies) > 0 && k.replies[len(k.replies)-1].msg.ID == msg.ID && !slices.ContainsFunc(k.open, open)
	}
	if p.Correlation() == nil {
		answered = func() bool { return len(k.open) == 0 }
	}
	if !k.wait(s.ctx, s.within(options{}, name), answered) {
		s.missing(k, k.due(name), expected)
	}
	s.check(k)
	last := k.replies[len(k.replies)-1]
	for i := range k.replies[:len(k.replies)-1] {
		f := &k.replies[i]
		if !slices.ContainsFunc(optional, func(n string) bool { return k.named(f, n) }) {
			s.other(k, f, "nothing before "+expected)
		}
	}
	if last.msg.Spec != p.Fence.Expect {
		s.other(k, &last, expected)
	}
	k.replies = nil
	k.last = &last
	k.pushes = slices.DeleteFunc(k.pushes, func(f frame) bool { return slices.Contains(optional, f.msg.Spec.Name) })
	s.countPushes(k, pushes, expected)
}

// sendFence sends the request of the fence.
func (s *session) sendFence(k *conn) *dynamic.Message {
	send := s.env.Codec.Protocol().Fence.Send
	msg := s.build(k, send, nil, false)
	b, err := s.env.Codec.Append(nil, msg)
	if err != nil {
		s.wrong("%v", err)
	}
	s.count(send)
	s.write(k, b, options{})
	return msg
}

// fenced reports whether the last reply is that to a fence.
func (k *conn) fenced() bool {
	n := len(k.replies)
	return n > 0 && k.replies[n-1].msg.Spec == k.codec.Protocol().Fence.Expect
}

func (s *session) countPushes(k *conn, want []counted, before string) {
	have := map[string]int{}
	for i := range k.pushes {
		f := &k.pushes[i]
		name := f.msg.Spec.Name
		have[name]++
		if !slices.ContainsFunc(want, func(c counted) bool { return c.name == name && have[name] <= c.count }) {
			expected := "nothing before " + before
			if len(want) > 0 {
				expected = describe(want) + " and nothing else before " + before
			}
			s.other(k, f, expected)
		}
	}
	for _, c := range want {
		if have[c.name] != c.count {
			s.fail(s.finding(k, conformance.KindMismatch, describe(want)+" before "+before, fmt.Sprintf("%d %s", have[c.name], c.name)))
		}
	}
}

func describe(list []counted) string {
	var out []string
	for _, c := range list {
		out = append(out, fmt.Sprintf("%d %s", c.count, c.name))
	}
	return strings.Join(out, ", ")
}

func checkDrain(x *expander, st *step) error {
	_, rest, err := x.firstConn(st)
	if err != nil {
		return err
	}
	if len(rest) == 0 {
		return fmt.Errorf("write drain CONN MESSAGE [VAR=FIELD…]")
	}
	m, err := messageOf(x.r.Protocol, spec.FromServer, rest[0])
	if err != nil {
		return err
	}
	if !m.Push {
		return fmt.Errorf("%s is no push", m.Name)
	}
	return x.checkCaptures(rest[1:])
}

func runDrain(s *session, args []string) {
	k := s.conn(args[0])
	k.settle()
	s.check(k)
	var last *frame
	k.pushes = slices.DeleteFunc(k.pushes, func(f frame) bool {
		if f.msg.Spec.Name != args[1] {
			return false
		}
		last = &f
		return true
	})
	if last != nil {
		k.last = last
		s.capture(k, last, args[2:])
	}
}

// pages finds how a request asks for the next page: its field that is the same as a field of its own reply.
func pages(m *spec.Message) (cursor, next *spec.Field) {
	for _, f := range m.Fields {
		if f.SameAs != nil && m.Reply != nil && f.SameAs.Message == m.Reply {
			return f, f.SameAs.Field
		}
	}
	return nil, nil
}

func checkCollect(x *expander, st *step) error {
	_, rest, err := x.firstConn(st)
	if err != nil {
		return err
	}
	if _, rest, err = cutOptions(rest, "until"); err != nil {
		return err
	}
	if len(rest) == 0 {
		return fmt.Errorf("collect what? Name a message")
	}
	m, err := messageOf(x.r.Protocol, spec.FromClient, rest[0])
	if err != nil {
		return err
	}
	if cursor, _ := pages(m); cursor == nil {
		return fmt.Errorf("%s has no pages: none of its fields is same_as a field of its reply", m.Name)
	}
	x.uses = append(x.uses, m.Name)
	fields, matches := cutArrow(rest[1:])
	if err := x.checkFields(m, fields, false); err != nil {
		return err
	}
	return x.checkMatches(m.Reply, matches)
}

func cutArrow(args []string) (fields, matches []string) {
	if i := slices.Index(args, "->"); i >= 0 {
		return args[:i], args[i+1:]
	}
	return args, nil
}

// maxPages bounds a listing that never ends.
const maxPages = 10000

func runCollect(s *session, args []string) {
	k := s.conn(args[0])
	c := s.env.Codec
	o, args, err := cutOptions(args[1:], "until")
	if err != nil {
		s.wrong("%v", err)
	}
	m := c.Protocol().Message(args[0])
	fields, matches := cutArrow(args[1:])
	cursor, next := pages(m)
	msg := s.build(k, m, fields, false)
	whole := &dynamic.Message{Spec: m.Reply}
	var f *frame
	for n := 0; ; n++ {
		b, err := c.Append(nil, msg)
		if err != nil {
			s.wrong("%v", err)
		}
		s.count(m)
		s.write(k, b, options{})
		f = s.next(k, true, m.Reply.Name, options{}, func(f *frame) bool { return f.msg.Spec == m.Reply })
		join(whole, f.msg)
		v, _ := f.msg.Get(next.Name)
		at, _ := v.([]byte)
		f = &frame{msg: whole, bytes: f.bytes, index: f.index, at: f.at, to: f.to}
		if len(at) == 0 || o.until && s.holds(f, m.Reply, matches) {
			break
		}
		if before, _ := msg.Get(cursor.Name); equal(before, v) || n == maxPages {
			s.fail(s.finding(k, conformance.KindMismatch, "a listing that comes to an end",
				fmt.Sprintf("the same %s again and again", next.Name)))
		}
		msg.Set(cursor.Name, bytes.Clone(at))
		msg.ID = k.newID()
	}
	k.last = f
	s.match(k, f, matches)
}

// join adds the arrays of a page to those of the pages before; its other fields replace theirs.
func join(whole, page *dynamic.Message) {
	for _, f := range page.Fields {
		if list, ok := f.Value.([]any); ok {
			before, _ := whole.Get(f.Name)
			old, _ := before.([]any)
			whole.Set(f.Name, append(slices.Clone(old), list...))
			continue
		}
		whole.Set(f.Name, f.Value)
	}
}
