package script

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/spec"
)

func checkSend(x *expander, st *step) error {
	_, rest, err := x.firstConn(st)
	if err != nil {
		return err
	}
	_, rest, err = cutOptions(rest, "split", "hold", "first")
	if err != nil {
		return err
	}
	if len(rest) == 0 {
		return fmt.Errorf("send what? Name a message")
	}
	m, err := messageOf(x.r.Protocol, spec.FromClient, rest[0])
	if err != nil {
		return err
	}
	x.uses = append(x.uses, m.Name)
	return x.checkFields(m, rest[1:], false)
}

// checkFields checks FIELD=VALUE. Values are judged if they are known; illegal allows what breaks limits.
func (x *expander) checkFields(m *spec.Message, args []string, illegal bool) error {
	c := x.r.codec
	seen := map[string]bool{}
	for _, a := range args {
		name, value, ok := strings.Cut(a, "=")
		if !ok {
			return fmt.Errorf("%q: write FIELD=VALUE", strings.ReplaceAll(a, unknown, "$…"))
		}
		if seen[name] {
			return fmt.Errorf("the field %s is given twice", name)
		}
		seen[name] = true
		if isHeader(x.r.Protocol, name, illegal) {
			if _, err := parseNumber(value); err != nil && !strings.Contains(value, unknown) {
				return fmt.Errorf("%s=%s: %q is no number", name, value, value)
			}
			continue
		}
		f, err := fieldOf(m, name)
		if err != nil {
			return err
		}
		if strings.Contains(value, unknown) {
			continue
		}
		v, err := parseValue(c, f.Type, value)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if because, limit := c.Judge(f.Type, v, nil); because != "" && !illegal {
			return fmt.Errorf("%s breaks %s.%s (%d): what is illegal goes through sendraw", a, name, because, limit)
		}
	}
	return nil
}

// isHeader reports whether a name is a field of the header that may be set and is no value of a message: the id always, opcode and length
// by sendraw.
func isHeader(p *spec.Protocol, name string, illegal bool) bool {
	for _, f := range p.Main().Fields {
		if f.Name == name && f.Type.Kind == spec.KindUint && (f.Role != spec.RoleNone || len(f.Counts) > 0) {
			return illegal || f.Role == spec.RoleCorrelation
		}
	}
	return false
}

func parseNumber(text string) (uint64, error) {
	if digits, ok := strings.CutPrefix(text, "0x"); ok {
		return strconv.ParseUint(digits, 16, 64)
	}
	return strconv.ParseUint(text, 10, 64)
}

// build makes a message from FIELD=VALUE, with what the table has for the others.
func (s *session) build(k *conn, m *spec.Message, args []string, illegal bool) *dynamic.Message {
	c := s.env.Codec
	msg := c.Example(m)
	given := map[string]bool{}
	header := map[string]uint64{}
	for _, a := range args {
		name, value, _ := strings.Cut(a, "=")
		if isHeader(c.Protocol(), name, illegal) {
			n, err := parseNumber(value)
			if err != nil {
				s.wrong("%s is no number", a)
			}
			header[name] = n
			continue
		}
		f, err := fieldOf(m, name)
		if err != nil {
			s.wrong("%v", err)
		}
		v, err := parseValue(c, f.Type, value)
		if err != nil {
			s.wrong("%s: %v", name, err)
		}
		msg.Set(name, v)
		given[name] = true
	}
	c.Complete(msg, func(name string) bool { return given[name] })
	for _, f := range m.Fields {
		_, there := msg.Get(f.Name)
		switch same := f.SameAs; {
		case given[f.Name] || !there:
		case same != nil && same.Message == m:
			v, _ := msg.Get(same.Field.Name)
			msg.Set(f.Name, v)
		case f.Type.Fresh:
			msg.Set(f.Name, s.fresh.value(f.Type, f.Name))
		}
	}
	msg.ID = 0
	for _, f := range c.Protocol().Main().Fields {
		n, set := header[f.Name]
		switch {
		case f.Role == spec.RoleCorrelation && set:
			msg.ID = n
		case f.Role == spec.RoleCorrelation:
			msg.ID = k.newID()
		case f.Role == spec.RoleOpcode && set:
			msg.Opcode = &n
		case len(f.Counts) > 0 && set:
			msg.Length = &n
		}
	}
	return msg
}

func runSend(s *session, args []string) {
	k := s.conn(args[0])
	o, rest, err := cutOptions(args[1:], "split", "hold", "first")
	if err != nil {
		s.wrong("%v", err)
	}
	m := s.env.Codec.Protocol().Message(rest[0])
	frame, err := s.env.Codec.Append(nil, s.build(k, m, rest[1:], false))
	if err != nil {
		s.wrong("%v: what is illegal goes through sendraw", err)
	}
	s.count(m)
	s.write(k, frame, o)
}

func (s *session) count(m *spec.Message) {
	if s.env.Sent != nil {
		s.env.Sent(m)
	}
}

// write sends bytes, or holds them back.
func (s *session) write(k *conn, b []byte, o options) {
	switch {
	case o.flood:
		s.flood(k, b)
		return
	case o.first > 0:
		s.begin(k, b, o.first)
		return
	case o.hold:
		k.held = append(k.held, b...)
		k.log.Add(conformance.Event{Conn: k.name, From: k.us, Frame: slices.Clone(b), Note: "held back"})
		return
	}
	s.taken(k, k.send(b, o.split, s.env.Clock.For("write")))
}

// taken judges a write that the other side has not read.
func (s *session) taken(k *conn, err error) {
	if err != nil {
		s.fail(s.finding(k, conformance.KindTimeout, "a "+string(k.them())+" that reads", err.Error()))
	}
}

// hexForm tells the second form of sendraw.
func hexForm(p *spec.Protocol, first string) bool {
	return p.Message(first) == nil && strings.Trim(strings.ToLower(first), "0123456789abcdefx*"+unknown) == ""
}

func checkSendraw(x *expander, st *step) error {
	_, rest, err := x.firstConn(st)
	if err != nil {
		return err
	}
	o, rest, err := cutOptions(rest, "split", "hold", "first", "flood", "lie", "extra", "cut")
	if err != nil {
		return err
	}
	if len(rest) == 0 {
		return fmt.Errorf("send what? Name a message, or give bytes as hex")
	}
	if hexForm(x.r.Protocol, rest[0]) {
		if slices.ContainsFunc(rest, func(w string) bool { return strings.Contains(w, unknown) }) {
			return nil
		}
		_, err := hexBytes(rest)
		return err
	}
	m := x.r.Protocol.Message(rest[0])
	if m == nil {
		_, err := messageOf(x.r.Protocol, spec.FromClient, rest[0])
		return err
	}
	if m.From == spec.FromClient {
		x.uses = append(x.uses, m.Name)
	}
	if name, _, _ := strings.Cut(o.lie, ":"); o.lie != "" {
		if _, err := fieldOf(m, name); err != nil {
			return err
		}
	}
	return x.checkFields(m, rest[1:], true)
}

func runSendraw(s *session, args []string) {
	k := s.conn(args[0])
	o, rest, err := cutOptions(args[1:], "split", "hold", "first", "flood", "lie", "extra", "cut")
	if err != nil {
		s.wrong("%v", err)
	}
	if hexForm(s.env.Codec.Protocol(), rest[0]) {
		b, err := hexBytes(rest)
		if err != nil {
			s.wrong("%v", err)
		}
		s.write(k, b, o)
		return
	}
	c := s.env.Codec
	m := c.Protocol().Message(rest[0])
	msg := s.build(k, m, rest[1:], true)
	msg.Trailing = o.extra
	if name, n, _ := strings.Cut(o.lie, ":"); o.lie != "" {
		v, _ := msg.Get(name)
		length, err := parseNumber(n)
		if err != nil {
			s.wrong("@lie=%s: %q is no number", o.lie, n)
		}
		msg.Set(name, dynamic.Lie{Value: v, Length: length})
	}
	frame := s.cutBody(k.us, c.AppendIllegal(nil, msg), msg, o.cut)
	if right, _, _ := c.CheckRequest(k.coming(), frame, nil); right != nil {
		s.count(m) // what breaks a check is refused before it costs anything
	}
	s.write(k, frame, o)
}

// cutBody takes n bytes off the end of a body and mends the length, unless that is a lie.
func (s *session) cutBody(from spec.Direction, frame []byte, msg *dynamic.Message, n int) []byte {
	c := s.env.Codec
	h, size, _ := c.HeaderOf(nil, from, frame)
	if n > len(frame)-size {
		s.wrong("@cut=%d: the body has only %d bytes", n, len(frame)-size)
	}
	frame = frame[:len(frame)-n]
	if n > 0 && msg.Length == nil {
		h.Length = c.Length(len(frame) - size)
		frame = c.SetHeader(from, frame, h)
	}
	return frame
}
