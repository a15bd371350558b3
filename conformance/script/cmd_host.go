package script

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/spec"
)

func checkAccept(x *expander, st *step) error {
	_, args, err := cutOptions(samples(st.args), "within", "quiet", "or-result")
	if err != nil {
		return err
	}
	if len(args) != 1 || !identifier.MatchString(args[0]) || slices.Contains([]string{"set", "open", "guard", "exec", "lacks"}, args[0]) {
		return fmt.Errorf("write accept CONN, a name for the connection")
	}
	x.known.conns[args[0]] = true
	return nil
}

// starting is how long a client may take for its first connection, in multiples of what is waited for otherwise: it may have to be compiled.
const starting = 12

func runAccept(s *session, args []string) {
	o, names, err := cutOptions(args, "within", "quiet", "or-result")
	if err != nil {
		s.wrong("%v", err)
	}
	name, l := names[0], s.led
	if s.conns[name] != nil {
		s.wrong("the connection %s is open", name)
	}
	until := l.within(o, "accept")
	if !l.any {
		until = time.Now().Add(starting * s.env.Clock.For("accept"))
	}
	begin := time.Now()
	nc := l.dial(until, func() bool { return o.orResult && len(l.results) > 0 })
	switch {
	case nc != nil:
	case o.orResult && len(l.results) > 0:
		return
	case l.ended:
		l.missing("a connection from the client", "the client ended")
	default:
		l.missing("a connection from the client", "none")
	}
	if len(s.conns) > 0 { // the first one is about the start of a program
		s.env.Clock.note("accept", time.Since(begin))
	}
	k := newHost(l, name, nc)
	k.host.quiet = o.quiet
	s.conns[name] = k
}

func checkReceive(x *expander, st *step) error {
	_, rest, err := x.firstConn(st)
	if err != nil {
		return err
	}
	_, rest, err = cutOptions(rest, "within", "after", "loose", "until", "or-result")
	if err != nil {
		return err
	}
	if len(rest) == 0 {
		return fmt.Errorf("receive what? Name a message")
	}
	m, err := messageOf(x.r.Protocol, spec.FromClient, rest[0])
	if err != nil {
		return err
	}
	x.uses = append(x.uses, m.Name)
	return x.checkMatches(m, rest[1:])
}

// queue is where a request waits to be received.
func (k *conn) queue(m *spec.Message) *[]frame {
	switch {
	case m.Reply == nil:
		return &k.host.silents
	case m == k.codec.Protocol().Fence.Send:
		return &k.host.fences
	}
	return &k.host.requests
}

func runReceive(s *session, args []string) {
	o, rest, err := cutOptions(args[1:], "within", "after", "loose", "until", "or-result")
	if err != nil {
		s.wrong("%v", err)
	}
	if o.orResult && s.conns[args[0]] == nil {
		return // there was a result before there was a connection
	}
	k, l := s.conn(args[0]), s.led
	m := s.env.Codec.Protocol().Message(rest[0])
	queue := k.queue(m)
	if o.until {
		l.await(l.within(o, "receive"), func() bool {
			for len(*queue) > 1 || len(*queue) == 1 && !s.holds(&(*queue)[0], m, rest[1:]) {
				if (*queue)[0].msg.Spec == m && s.holds(&(*queue)[0], m, rest[1:]) {
					break
				}
				*queue = (*queue)[1:]
			}
			return len(*queue) > 0 || k.end != nil
		})
	}
	came := l.await(l.within(o, "receive"), func() bool {
		return len(*queue) > 0 || k.end != nil || o.orResult && len(l.results) > 0
	})
	if len(*queue) == 0 {
		if o.orResult && len(l.results) > 0 {
			return
		}
		s.nothingReceived(k, m.Name, came)
	}
	f := (*queue)[0]
	*queue = (*queue)[1:]
	if f.msg.Spec != m {
		s.otherRequest(k, &f, m.Name)
	}
	if f.loose != "" && !o.loose {
		bad := s.finding(k, conformance.KindViolation, m.Name+" with fields within their limits", f.loose)
		bad.Frame, bad.Rule = f.index, s.script.breaches[breachLimits]
		s.fail(bad)
	}
	s.notBefore(k, o, f.at, m.Name)
	k.last = &f
	if f.loose == "" {
		s.match(k, &f, rest[1:])
	}
}

// holds reports whether a request is of a message and matches.
func (s *session) holds(f *frame, m *spec.Message, demands []string) bool {
	for _, d := range demands {
		mt, _ := parseMatch(d)
		if bad, err := mt.holds(s.env.Codec, f.msg, nil); err != nil || bad != nil {
			return false
		}
	}
	return f.msg.Spec == m
}

// nothingReceived ends the script: a request did not come.
func (s *session) nothingReceived(k *conn, expected string, ended bool) {
	kind, got := conformance.KindTimeout, "nothing"
	if ended {
		kind, got = conformance.KindClosed, k.howEnded()
	}
	var others []string
	for _, f := range slices.Concat(k.host.requests, k.host.silents) {
		others = append(others, f.msg.Spec.Name)
	}
	if len(s.led.results) > 0 {
		others = append(others, "the result "+s.led.results[0].Line)
	}
	if len(others) > 0 {
		got += ", after " + strings.Join(others[:min(3, len(others))], ", ")
	}
	s.fail(s.finding(k, kind, expected, got))
}

func (s *session) otherRequest(k *conn, f *frame, expected string) {
	bad := s.finding(k, conformance.KindMismatch, expected, f.msg.Spec.Name)
	bad.Frame = f.index
	s.fail(bad)
}

func checkReply(x *expander, st *step) error { return x.checkServer(st, false) }
func checkPush(x *expander, st *step) error  { return x.checkServer(st, true) }

// checkServer checks a message that we send as the server.
func (x *expander) checkServer(st *step, push bool) error {
	_, rest, err := x.firstConn(st)
	if err != nil {
		return err
	}
	_, rest, err = cutOptions(rest, "split", "hold", "extra")
	if err != nil {
		return err
	}
	if len(rest) == 0 {
		return fmt.Errorf("%s what? Name a message", st.cmd)
	}
	m, err := messageOf(x.r.Protocol, spec.FromServer, rest[0])
	if err != nil {
		return err
	}
	if push && !m.Push && !m.IsError {
		return fmt.Errorf("%s is no push: what is wrong goes through sendraw", m.Name)
	}
	return x.checkFields(m, rest[1:], false)
}

func runReply(s *session, args []string) {
	k := s.conn(args[0])
	if len(k.open) == 0 {
		s.wrong("no request is open on %s: receive one first", k.name)
	}
	o, rest, _ := cutOptions(args[1:], "split", "hold", "extra")
	m := s.env.Codec.Protocol().Message(rest[0])
	if r := k.open[0].msg; r.Reply != m && !m.IsError {
		s.wrong("%s does not answer %s: what is wrong goes through sendraw", m.Name, r.Name)
	}
	s.say(k, m, rest[1:], k.open[0].id, o)
	k.replied(m)
	if m.IsError {
		s.closing(k, rest[1:])
	}
	k.answerFences()
}

// closing ends the connection if an error does.
func (s *session) closing(k *conn, fields []string) {
	for _, f := range fields {
		name, value, _ := strings.Cut(f, "=")
		field := s.env.Codec.Protocol().ErrorMessage().Field(name)
		if field == nil || !field.Type.ErrorSet {
			continue
		}
		if e := s.env.Codec.Protocol().Error(value); e != nil && e.React != spec.ReactReply {
			k.state = k.closeState()
		}
	}
}

func checkReplyError(x *expander, st *step) error {
	_, rest, err := x.firstConn(st)
	if err != nil {
		return err
	}
	m := x.r.Protocol.ErrorMessage()
	if m == nil || len(rest) == 0 {
		return fmt.Errorf("write reply-error CONN ERROR")
	}
	if err := x.needError(rest[0]); err != nil {
		return err
	}
	return x.checkFields(m, rest[1:], false)
}

func runReplyError(s *session, args []string) {
	m := s.env.Codec.Protocol().ErrorMessage()
	for _, f := range m.Fields {
		if f.Type.ErrorSet {
			runReply(s, append([]string{args[0], m.Name, f.Name + "=" + args[1]}, args[2:]...))
			return
		}
	}
}

func runPush(s *session, args []string) {
	k := s.conn(args[0])
	o, rest, _ := cutOptions(args[1:], "split", "hold", "extra")
	m := s.env.Codec.Protocol().Message(rest[0])
	if len(m.In) > 0 && !slices.Contains(m.In, k.state) {
		s.wrong("%s is not legal in the state %s: what is wrong goes through sendraw", m.Name, k.stateName())
	}
	msg := s.say(k, m, rest[1:], 0, o)
	for _, f := range msg.Fields {
		if n, ok := f.Value.(uint64); ok {
			field := m.Field(f.Name)
			k.host.pushed[field] = max(k.host.pushed[field], n)
		}
	}
	if m.IsError || k.ends(m) != nil {
		k.state = k.closeState()
	}
}

// say sends a legal message.
func (s *session) say(k *conn, m *spec.Message, fields []string, id uint64, o options) *dynamic.Message {
	msg := s.hostMessage(k, m, fields, id, false)
	b, err := s.env.Codec.Append(nil, msg)
	if last := m.Fields[max(0, len(m.Fields)-1):]; err == nil && o.extra != nil && len(last) > 0 && last[0].Type.Ignore {
		msg.Trailing = o.extra
		b = s.env.Codec.AppendIllegal(nil, msg)
	} else if err == nil && o.extra != nil {
		err = fmt.Errorf("%s has no bytes that are ignored", m.Name)
	}
	if err != nil {
		s.wrong("%v: what is illegal goes through sendraw", err)
	}
	s.led.guard(msg)
	s.write(k, b, o)
	return msg
}

// hostMessage builds a message of the server; the id may be given as a field.
func (s *session) hostMessage(k *conn, m *spec.Message, fields []string, id uint64, illegal bool) *dynamic.Message {
	msg := s.build(k, m, fields, illegal)
	correlation := s.env.Codec.Protocol().Correlation()
	if correlation == nil || !slices.ContainsFunc(fields, func(f string) bool { return strings.HasPrefix(f, correlation.Name+"=") }) {
		msg.ID = id
	}
	for _, f := range m.Fields { // fields that hang on others may be there now, or gone
		v, there := msg.Get(f.Name)
		if f.If == nil {
			continue
		}
		on, _ := msg.Get(f.If.Field.Name)
		n, _ := on.(uint64)
		switch due := slices.Contains(f.If.Values, n); {
		case due && !there:
			msg.Set(f.Name, dynamic.ExampleValue(f.Type))
		case !due && there && !illegal && v != nil:
			msg.Fields = slices.DeleteFunc(msg.Fields, func(x dynamic.Field) bool { return x.Name == f.Name })
		}
	}
	return msg
}

// runHostRaw sends what may be wrong. What comes on the connection from then on is judged with leniency: it may have been sent before.
func runHostRaw(s *session, args []string) {
	k := s.conn(args[0])
	k.host.wild = true
	o, rest, err := cutOptions(args[1:], "split", "hold", "lie", "extra", "cut")
	if err != nil {
		s.wrong("%v", err)
	}
	c := s.env.Codec
	if hexForm(c.Protocol(), rest[0]) {
		s.write(k, try[[]byte](s)(hexBytes(rest)), o)
		return
	}
	m := c.Protocol().Message(rest[0])
	id := uint64(0)
	if len(k.open) > 0 && (!m.Push || k.open[0].msg.Reply == m) {
		id = k.open[0].id
	}
	msg := s.hostMessage(k, m, rest[1:], id, true)
	msg.Trailing = o.extra
	if name, n, _ := strings.Cut(o.lie, ":"); o.lie != "" {
		v, _ := msg.Get(name)
		msg.Set(name, dynamic.Lie{Value: v, Length: try[uint64](s)(parseNumber(n))})
	}
	s.write(k, s.cutBody(k.us, c.AppendIllegal(nil, msg), msg, o.cut), o)
}

// runHostClose expects that the client ends the connection, in whatever way, and has sent nothing that was not expected.
func runHostClose(s *session, args []string) {
	k, l := s.conn(args[0]), s.led
	const expected = "the end of the connection"
	if !l.await(l.within(options{}, "close"), k.ended) {
		got := "an open connection"
		if len(k.host.requests) > 0 {
			got += ", on which came " + k.host.requests[0].msg.Spec.Name
		}
		s.fail(s.finding(k, conformance.KindTimeout, expected, got))
	}
	s.drop(k, "")
}
