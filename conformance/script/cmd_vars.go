package script

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/spec"
)

func checkFresh(x *expander, st *step) error {
	args := samples(st.args)
	if len(args) < 2 {
		return fmt.Errorf("write fresh KIND VAR")
	}
	if _, err := kindOf(x.r.Protocol, args[0]); err != nil {
		return err
	}
	for _, v := range args[1:] {
		if !identifier.MatchString(v) {
			return fmt.Errorf("%q cannot be the name of a variable", v)
		}
		if x.known.vars[v] {
			return fmt.Errorf("the variable %s is there already", v)
		}
		x.known.declare(v)
		x.known.fresh[v] = true
		if len(st.conds) == 0 {
			x.known.birth[v] = len(x.script.steps)
		}
	}
	return nil
}

func runFresh(s *session, args []string) {
	t := try[*spec.Type](s)(kindOf(s.env.Codec.Protocol(), args[0]))
	for _, v := range args[1:] {
		s.set(v, formatValue(s.env.Codec, t, s.fresh.value(t, v)))
	}
}

func checkLet(x *expander, st *step) error {
	args := samples(st.args)
	if len(args) < 2 || len(args) > 3 || !variable.MatchString(args[0]) {
		return fmt.Errorf("write let VAR VALUE [*N]")
	}
	if len(args) == 3 {
		if _, err := repeatCount(args[2]); err != nil {
			return err
		}
	}
	x.known.declare(args[0])
	delete(x.known.fresh, args[0])
	return nil
}

func repeatCount(text string) (int, error) {
	n, err := strconv.Atoi(strings.TrimPrefix(text, "*"))
	if err != nil || !strings.HasPrefix(text, "*") || n < 0 || n > 1<<20 {
		return 0, fmt.Errorf("%q is no count: write *16384", text)
	}
	return n, nil
}

func runLet(s *session, args []string) {
	value := args[1]
	if len(args) == 3 {
		value = strings.Repeat(value, try[int](s)(repeatCount(args[2])))
	}
	s.set(args[0], value)
}

func checkUnset(x *expander, st *step) error {
	for _, a := range samples(st.args) {
		if !variable.MatchString(a) {
			return fmt.Errorf("write unset VAR, without $")
		}
	}
	return nil
}

func runUnset(s *session, args []string) {
	for _, v := range args {
		delete(s.vars, v)
		s.ts.Setenv(v, "")
	}
}

// cutCaptures takes VAR=FIELD apart.
func cutCaptures(args []string) (pairs [][2]string, err error) {
	for _, a := range args {
		v, field, ok := strings.Cut(a, "=")
		if !ok || !variable.MatchString(v) || field == "" {
			return nil, fmt.Errorf("%q: write VAR=FIELD, without $", a)
		}
		pairs = append(pairs, [2]string{v, field})
	}
	return pairs, nil
}

func checkCapture(x *expander, st *step) error {
	_, rest, err := x.firstConn(st)
	if err != nil {
		return err
	}
	if len(rest) == 0 {
		return fmt.Errorf("write capture CONN VAR=FIELD")
	}
	return x.checkCaptures(rest)
}

func (x *expander) checkCaptures(args []string) error {
	pairs, err := cutCaptures(args)
	for _, p := range pairs {
		if !x.r.hasField(p[1]) {
			return near(spec.Nearest(p[1], x.r.fieldNames()), "no message has a field %q", p[1])
		}
		x.known.declare(p[0])
		delete(x.known.fresh, p[0])
	}
	return err
}

// hasField reports whether a message of the server, or its header, has a field of that name.
func (r *Reader) hasField(name string) bool {
	base, _, _ := strings.Cut(name, "[")
	for _, f := range r.fieldNames() {
		if f == base {
			return true
		}
	}
	return false
}

func (r *Reader) fieldNames() (names []string) {
	for _, f := range r.Protocol.Main().Fields {
		names = append(names, f.Name)
	}
	for _, m := range r.Protocol.Messages {
		if m.From == spec.FromClient == (r.Judged == spec.FromClient) {
			for _, f := range m.Fields {
				names = append(names, f.Name)
			}
		}
	}
	return names
}

func runCapture(s *session, args []string) {
	k := s.conn(args[0])
	if k.last == nil {
		s.wrong("nothing was expected on %s yet", k.name)
	}
	s.capture(k, k.last, args[1:])
}

func (s *session) capture(k *conn, f *frame, args []string) {
	for _, p := range try[[][2]string](s)(cutCaptures(args)) {
		mt, ok := parseMatch(p[1] + "=")
		if !ok {
			s.wrong("%q is no field", p[1])
		}
		t, err := mt.typeOf(s.env.Codec, f.msg.Spec)
		if err != nil {
			s.wrong("%v", err)
		}
		v, ok := f.msg.Get(mt.field)
		if n, isHeader := k.header(f)[mt.field]; !ok && isHeader {
			v, ok = n, true
		}
		if list, isList := v.([]any); ok && mt.index >= 0 && isList {
			if ok = mt.index < len(list); ok {
				v = list[mt.index]
			}
		}
		if !ok {
			s.fail(s.finding(k, conformance.KindMismatch, f.msg.Spec.Name+" with "+p[1], "none"))
		}
		s.set(p[0], formatValue(s.env.Codec, t, v))
	}
}

func runLease(s *session, args []string) {
	pool, v := args[0], args[1]
	item, err := s.env.Lease(s.ctx, pool)
	var blocked *BlockedError
	switch {
	case errors.As(err, &blocked):
		s.out.Verdict, s.out.Reason = conformance.Blocked, blocked.Reason
		s.ts.Fatalf("blocked")
	case err != nil:
		s.wrong("%v", err)
	}
	s.leased[v] = item
	s.set(v, item.Parts[item.Pool.Parts[0]])
	for _, part := range item.Pool.Parts[1:] {
		if value, ok := item.Parts[part]; ok {
			s.set(v+"."+part, value)
		}
	}
}
