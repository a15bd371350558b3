package derive

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

// equals tries spellings that count as one value, where a transcript can tell: what has to be new is refused in another spelling of
// what is there; what repeats another field may repeat it in another spelling.
func (d *deriver) equals() {
	d.requests(func(m *spec.Message, s *spec.State) {
		if m.Reply == nil || s.After(m) != s || !d.onTheWay(m) {
			return
		}
		for _, f := range m.Fields {
			n := 0
			for _, e := range f.Type.Examples {
				for _, other := range e.Equal[min(1, len(e.Equal)):] {
					n++
					x := draft{
						folder: m.Name, about: m, state: s, of: d.p.Type(f.Named), derive: spec.DeriveEqual,
						require: d.knows(f.Type, e.Equal[0]+other),
					}
					d.equal(m, f, x, n, e.Equal[0], other)
				}
			}
		}
	})
}

func (d *deriver) equal(m *spec.Message, f *spec.Field, x draft, n int, one, other string) {
	x.name = fmt.Sprintf("%s.equal.%d", f.Name, n)
	if origin(f) == f && f.Type.Fresh && len(m.Errors) > 0 {
		x.what = fmt.Sprintf("%s with %s %+q when there is %+q, which counts as the same", m.Name, f.Name, other, one)
		x.right = "refused"
		var names []string
		for _, e := range d.mayRefuse(m) {
			names = append(names, e.Name)
		}
		// The end of both makes them new in every run.
		x.lines = append(x.lines, fmt.Sprintf("fresh %s new", kindOf(d.p, f)),
			fmt.Sprintf("send a %s %s=%s$new", m.Name, f.Name, glued(one)), "expect a "+m.Reply.Name,
			fmt.Sprintf("send a %s %s=%s$new", m.Name, f.Name, glued(other)), "expect-oneof a = "+strings.Join(names, " "))
		x.lines = append(x.lines, d.fenced(reply{alive: true, state: x.state})...)
		d.add(x)
	}
	for _, g := range m.Fields {
		if g.SameAs != nil && g.SameAs.Message == m && g.SameAs.Field == f {
			x.what = fmt.Sprintf("%s with %s %+q and %s %+q, which counts as the same", m.Name, f.Name, one, g.Name, other)
			x.right = m.Reply.Name
			x.lines = []string{fmt.Sprintf("send a %s %s=%s %s=%s", m.Name, f.Name, glued(one), g.Name, glued(other)), "expect a " + m.Reply.Name}
			x.lines = append(x.lines, d.fenced(reply{alive: true, state: x.state})...)
			d.add(x)
		}
	}
}

// onTheWay reports whether a right m is known to succeed: it leads to a state.
func (d *deriver) onTheWay(m *spec.Message) bool {
	return slices.ContainsFunc(d.states, func(s *spec.State) bool { return slices.Contains(s.Enter, m) })
}

// knows is what must be announced for a string to be accepted.
func (d *deriver) knows(t *spec.Type, s string) []string {
	if t.Profile == nil || t.Profile.Feature == nil || strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 }) < 0 {
		return nil
	}
	return []string{t.Profile.Feature.Name}
}

// glued quotes a string so that a variable may follow it.
func glued(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
