package script

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/spec"
)

func checkExpectClose(x *expander, st *step) error {
	_, rest, err := x.firstConn(st)
	if err != nil {
		return err
	}
	_, rest, err = cutOptions(rest, "within", "after", "or-reset", "fence")
	for _, a := range rest {
		name, ok := strings.CutPrefix(a, "?")
		if !ok {
			return fmt.Errorf("expect-close takes one connection, and ?MESSAGE for a push that may come before")
		}
		if _, err := messageOf(x.r.Protocol, spec.FromServer, name); err != nil {
			return err
		}
	}
	return err
}

func runExpectClose(s *session, args []string) {
	k := s.conn(args[0])
	o, optional, err := cutOptions(args[1:], "within", "after", "or-reset", "fence")
	if err != nil {
		s.wrong("%v", err)
	}
	const expected = theEnd
	over := k.ended
	if o.fence {
		s.sendFence(k)
		over = func() bool { return k.ended() || k.fenced() }
	}
	if !k.wait(s.ctx, s.within(o, "close"), over) {
		s.missing(k, "", expected)
	}
	k.pushes = slices.DeleteFunc(k.pushes, func(f frame) bool { return slices.Contains(optional, "?"+f.msg.Spec.Name) })
	if o.fence {
		s.nothingLeft(k, expected) // what follows it came of it
	}
	s.check(k)
	if !k.isEOF() && !(o.orReset && isReset(k.end)) {
		s.fail(s.finding(k, conformance.KindClosed, expected, k.howEnded()))
	}
	s.nothingLeft(k, expected)
	s.notBefore(k, o, k.endAt, expected)
	if o.within == 0 {
		k.clock.note("close", k.endAt.Sub(k.wrote))
	}
	s.drop(k, "")
}

// nothingLeft fails if something came that was not expected.
func (s *session) nothingLeft(k *conn, expected string) {
	for _, q := range [][]frame{k.replies, k.pushes} {
		if len(q) > 0 {
			s.other(k, &q[0], "nothing before "+expected)
		}
	}
}
