package script

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/spec"
)

func checkExpect(x *expander, st *step) error {
	_, rest, err := x.firstConn(st)
	if err != nil {
		return err
	}
	_, rest, err = cutOptions(rest, "within", "after")
	if err != nil {
		return err
	}
	if len(rest) == 0 {
		return fmt.Errorf("expect what? Name a message")
	}
	m, err := messageOf(x.r.Protocol, spec.FromServer, rest[0])
	if err != nil {
		return err
	}
	return x.checkMatches(m, rest[1:])
}

func (x *expander) checkMatches(m *spec.Message, args []string) error {
	c := x.r.codec
	for _, a := range args {
		mt, ok := parseMatch(a)
		if !ok {
			return fmt.Errorf("%q: write FIELD=VALUE, or another comparison", strings.ReplaceAll(a, unknown, "$…"))
		}
		t, err := mt.typeOf(c, m)
		if err != nil {
			return err
		}
		if strings.Contains(mt.value, unknown) {
			continue
		}
		if _, err := mt.want(c, t); err != nil {
			return fmt.Errorf("%s: %w", mt.field, err)
		}
	}
	return nil
}

// wantsReply decides whether a message is looked for among the replies: if it can be one, and a request waits for it or the
// message can be nothing else.
func (k *conn) wantsReply(m *spec.Message) bool {
	if !m.Push {
		return true
	}
	for i := range k.replies {
		if m.IsError || k.replies[i].msg.Spec == m || k.replies[i].to.answers(m) {
			return true
		}
	}
	if m.IsError && k.beyond != nil {
		return true
	}
	for i := range k.open {
		if m.IsError || k.open[i].answers(m) {
			return true
		}
	}
	return false
}

// next takes the next reply or push, and judges what it is by is.
func (s *session) next(k *conn, reply bool, expected string, o options, is func(*frame) bool) *frame {
	k.settle()
	queue, request := &k.pushes, expected
	if reply {
		queue = &k.replies
		if len(k.replies) == 0 && len(k.open) == 0 && k.beyond == nil && k.broken == nil {
			s.wrong("%s cannot be expected: no request is open on %s", expected, k.name)
		}
		if k.beyond != nil {
			request = k.beyond.name()
		}
		request = k.due(request)
	}
	if !k.wait(s.ctx, s.within(o, request), func() bool { return len(*queue) > 0 }) {
		if !reply {
			request = ""
		}
		s.missing(k, request, expected)
	}
	f := (*queue)[0]
	*queue = (*queue)[1:]
	if !is(&f) {
		s.other(k, &f, expected)
	}
	if k.broken != nil && k.broken.Frame == f.index {
		s.check(k) // it is what was expected, and yet wrong
	}
	s.notBefore(k, o, f.at, expected)
	k.last = &f
	return &f
}

// other fails: another message came than was expected.
func (s *session) other(k *conn, f *frame, expected string) {
	bad := s.finding(k, conformance.KindMismatch, expected, k.what(f))
	bad.Frame, bad.Request = f.index, ""
	if f.to != nil {
		bad.Request = f.to.name()
	}
	if k.isRefusal(f) {
		bad.GotError = k.errorName(f)
	}
	if e := k.errorOf(f); e != nil && e.Fault && f.to != nil {
		bad.Fault = ownFault(f.to, e)
	}
	s.fail(bad)
}

func runExpect(s *session, args []string) {
	k := s.conn(args[0])
	o, rest, err := cutOptions(args[1:], "within", "after")
	if err != nil {
		s.wrong("%v", err)
	}
	m := s.env.Codec.Protocol().Message(rest[0])
	k.settle()
	matches := slices.ContainsFunc(rest[1:], func(w string) bool { return m.Status() != nil && strings.HasPrefix(w, m.Status().Name) })
	f := s.next(k, k.wantsReply(m), m.Name, o, func(f *frame) bool { return f.msg.Spec == m && (m.IsError || matches || !k.isRefusal(f)) })
	s.match(k, f, rest[1:])
}

// match judges the fields of a message.
func (s *session) match(k *conn, f *frame, args []string) {
	for _, a := range args {
		mt, ok := parseMatch(a)
		if !ok {
			s.wrong("%q is no match", a)
		}
		bad, err := mt.holds(s.env.Codec, f.msg, k.header(f))
		if err != nil {
			s.wrong("%v", err)
		}
		if bad != nil {
			fd := s.finding(k, conformance.KindMismatch, f.msg.Spec.Name+" with "+bad.expected, bad.got)
			fd.Frame, fd.Request = f.index, ""
			if f.to != nil {
				fd.Request = f.to.name()
			}
			fd.Differs, fd.Field = k.place(f, bad), bad.field
			s.fail(fd)
		}
	}
}

// place says where in the frame the first differing byte is.
func (k *conn) place(f *frame, bad *mismatch) string {
	for _, span := range k.codec.Annotate(k.them(), f.bytes) {
		if span.Path == bad.field {
			at := span.Offset
			if bad.at > 0 {
				at += min(bad.at, span.Len)
			}
			return fmt.Sprintf("%s, at offset %d (%#x) of the frame", span.Path, at, at)
		}
	}
	return ""
}

// header returns the header fields of a frame by name.
func (k *conn) header(f *frame) map[string]uint64 {
	h := map[string]uint64{}
	if len(f.bytes) < k.codec.HeaderSize() {
		return h
	}
	parsed := k.codec.ParseHeader(f.bytes)
	for _, field := range k.codec.Protocol().Main().Fields {
		switch {
		case field.Role == spec.RoleOpcode:
			h[field.Name] = parsed.Opcode
		case field.Role == spec.RoleCorrelation:
			h[field.Name] = parsed.ID
		case len(field.Counts) > 0:
			h[field.Name] = parsed.Length
		}
	}
	return h
}

// settle takes in what has come already.
func (k *conn) settle() {
	for _, a := range k.in.take() {
		if k.host != nil {
			k.request(a)
			continue
		}
		k.arrive(a)
	}
}

// errorOrMessage reports whether a reply has this name: that of its message, or of the error in it.
func (k *conn) named(f *frame, name string) bool {
	if f.msg.Spec.Name == name && (f.msg.Spec.IsError || !k.isRefusal(f)) {
		return true
	}
	return k.isRefusal(f) && k.errorName(f) == name
}

func checkExpectError(x *expander, st *step) error {
	_, rest, err := x.firstConn(st)
	if err != nil {
		return err
	}
	_, rest, err = cutOptions(rest, "within", "after")
	if err != nil {
		return err
	}
	m := x.r.Protocol.ErrorMessage()
	if len(rest) == 0 || m == nil && len(rest) > 1 {
		return fmt.Errorf("write expect-error CONN ERROR")
	}
	if err := x.needError(rest[0]); err != nil {
		return err
	}
	if m == nil {
		return nil
	}
	return x.checkMatches(m, rest[1:])
}

func (x *expander) needError(name string) error {
	if x.r.Protocol.Error(name) != nil {
		return nil
	}
	var names []string
	for _, e := range x.r.Protocol.Errors {
		names = append(names, e.Name)
	}
	return near(spec.Nearest(name, names), "the table has no error %q", name)
}

func runExpectError(s *session, args []string) {
	k := s.conn(args[0])
	o, rest, err := cutOptions(args[1:], "within", "after")
	if err != nil {
		s.wrong("%v", err)
	}
	m := s.env.Codec.Protocol().ErrorMessage()
	k.settle()
	reply, expected := true, rest[0]
	if m != nil {
		reply, expected = k.wantsReply(m), m.Name+" "+rest[0]
	}
	f := s.next(k, reply, expected, o, func(f *frame) bool { return k.isRefusal(f) && k.errorName(f) == rest[0] })
	s.match(k, f, rest[1:])
}

func checkExpectOneof(x *expander, st *step) error {
	args := samples(st.args)
	conns, names, err := cutOneof(args)
	if err != nil {
		return err
	}
	for _, c := range conns {
		if err := x.needConn(c); err != nil {
			return err
		}
	}
	for _, n := range names {
		if err := x.needAnswer(n.name); err != nil {
			return err
		}
	}
	return nil
}

// counted is NAME or NAME:COUNT; count is -1 if it is not given.
type counted struct {
	name  string
	count int
}

func cutCounted(args []string) (list []counted, err error) {
	for _, a := range args {
		name, count, has := strings.Cut(a, ":")
		c := counted{name, -1}
		if has {
			if _, err := fmt.Sscanf(count+"\n", "%d\n", &c.count); err != nil || c.count < 0 {
				return nil, fmt.Errorf("%q: write NAME:COUNT", a)
			}
		}
		list = append(list, c)
	}
	return list, nil
}

func cutOneof(args []string) (conns []string, names []counted, err error) {
	_, args, err = cutOptions(args, "within")
	if err != nil {
		return nil, nil, err
	}
	i := slices.Index(args, "=")
	if i < 1 || i == len(args)-1 {
		return nil, nil, fmt.Errorf("write expect-oneof CONN… = NAME[:COUNT]…")
	}
	names, err = cutCounted(args[i+1:])
	return args[:i], names, err
}

func runExpectOneof(s *session, args []string) {
	o, _, _ := cutOptions(args, "within")
	conns, names, err := cutOneof(args)
	if err != nil {
		s.wrong("%v", err)
	}
	var all, got []string
	for _, n := range names {
		all = append(all, n.name)
	}
	expected := strings.Join(all, " or ")
	var k *conn
	for _, name := range conns {
		k = s.conn(name)
		s.next(k, true, expected, o, func(f *frame) bool {
			i := slices.IndexFunc(all, func(n string) bool { return k.named(f, n) })
			if i >= 0 {
				got = append(got, all[i])
			}
			return i >= 0
		})
	}
	for _, n := range names {
		have := 0
		for _, g := range got {
			if g == n.name {
				have++
			}
		}
		if n.count >= 0 && have != n.count {
			s.fail(s.finding(k, conformance.KindMismatch, fmt.Sprintf("%s on %d of the connections", n.name, n.count),
				fmt.Sprintf("it on %d (%s)", have, strings.Join(got, ", "))))
		}
	}
}
