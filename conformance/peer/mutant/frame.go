package mutant

import (
	"fmt"
	"maps"
	"slices"

	"github.com/wirelaw/wirelaw/conformance/peer"
	"github.com/wirelaw/wirelaw/spec"
)

// lengths moves the limit on the body in each state, and accepts the correlation 0.
func (g *generator) lengths() {
	if g.p.Length() != nil {
		for _, s := range g.p.States {
			n := g.c.MaxBody(s)
			layout := g.p.Check(spec.CheckLayout)
			if s.End || n > 1<<20 {
				continue
			}
			for _, to := range []uint64{n - 1, n + 1} {
				name, doc := "max+1", "a body of one byte more than the most is accepted"
				if to < n && (layout == nil || !g.carried(layout.Error)) {
					continue // nothing of that size is answered anyway
				}
				if to < n {
					name, doc = "max", "a body of the most bytes is refused"
				}
				g.table("length/"+s.Name+"."+name, doc, func(p *spec.Protocol) {
					b := p.Body()
					before := b.MaxIn
					b.MaxIn = map[string]uint64{}
					maps.Copy(b.MaxIn, before)
					b.MaxIn[s.Name] = to
					t := *b.Type
					if t.Max != nil {
						t.Max = pointer(max(*t.Max, to))
					}
					b.Type = &t
				}, g.check(spec.CheckLength)...)
			}
		}
	}
	if g.p.Correlation() != nil {
		g.add(&peer.Fault{
			Name: "id/zero", Doc: "a request with the id 0 is accepted",
			Check: func(_ *peer.Conn, r peer.Request, e *spec.Error) *spec.Error {
				if e != nil && r.Why != nil && r.Why.Because == "zero" {
					return nil
				}
				return e
			},
		}, g.check(spec.CheckCorrelation)...)
	}
}

// states turns each cell of opcode and state round, and does not take each transition.
func (g *generator) states() {
	for _, m := range g.p.Messages {
		for _, s := range g.p.States {
			if m.From != spec.FromClient || s.End || slices.Contains(s.Unspecified, m) {
				continue
			}
			legal := m.LegalIn(s)
			if !legal && !g.carried(g.p.Check(spec.CheckState).Error) {
				continue
			}
			rules := g.derived(spec.Derive(spec.CheckState), m, nil)
			doc := m.Name + " is accepted in the state " + s.Name
			if legal {
				rules = append(rules, g.owned(m)...)
				doc = m.Name + " is refused in the state " + s.Name
			}
			g.table("state/"+s.Name+"."+m.Name, doc, func(p *spec.Protocol) {
				other, state := p.Message(m.Name), p.State(s.Name)
				if legal {
					other.In = slices.DeleteFunc(slices.Clone(other.In), func(s *spec.State) bool { return s == state })
				} else {
					other.In = append(slices.Clone(other.In), state)
				}
			}, rules...)
			if legal && s.After(m) != s && g.differ(s, s.After(m)) {
				g.table("after/"+s.Name+"."+m.Name, m.Name+" does not lead to the state "+s.After(m).Name, func(p *spec.Protocol) {
					state := p.State(s.Name)
					state.Transitions = slices.DeleteFunc(slices.Clone(state.Transitions), func(t *spec.Transition) bool { return t.Message.Name == m.Name })
				}, append(g.owned(m), g.check(spec.CheckState)...)...)
			}
		}
	}
}

// differ reports whether a client may send other messages in one state than in the other.
func (g *generator) differ(a, b *spec.State) bool {
	return a.End != b.End || slices.ContainsFunc(g.p.Messages, func(m *spec.Message) bool {
		return m.From == spec.FromClient && m.LegalIn(a) != m.LegalIn(b)
	})
}

// opcodes takes opcodes that no client message has for something else.
func (g *generator) opcodes() {
	if ch := g.p.Check(spec.CheckOpcode); ch == nil || !g.carried(ch.Error) {
		return
	}
	check := func(name, doc string, of func(c *peer.Conn, code uint64) bool, instead string, rules []string) {
		g.add(&peer.Fault{Name: name, Doc: doc, Check: func(c *peer.Conn, r peer.Request, e *spec.Error) *spec.Error {
			if r.Message != nil || e == nil || !of(c, c.Codec().ParseHeader(r.Frame).Opcode) {
				return e
			}
			if instead == "" {
				return nil
			}
			return c.Error(instead)
		}}, rules...)
	}
	unknown := func(c *peer.Conn, code uint64) bool { return c.Protocol().ByCode(spec.FromServer, code) == nil }
	rules := g.check(spec.CheckOpcode)
	check("opcode/ignored", "an unknown opcode is not answered", unknown, "", rules)
	for _, m := range g.p.Messages {
		if m.From != spec.FromServer || g.p.ByCode(spec.FromClient, m.Code) != nil {
			continue
		}
		this := func(_ *peer.Conn, code uint64) bool { return code == m.Code }
		rules := g.derived(spec.DeriveDirection, m, nil)
		check("direction/"+m.Name+".ignored", m.Name+" from a client is not answered", this, "", rules)
		if s := g.p.Check(spec.CheckState); s != nil && s.Error != nil {
			check("direction/"+m.Name+".state", m.Name+" from a client is a matter of state", this, s.Error.Name, rules)
		}
	}
	for _, c := range g.p.Checks {
		if c.Name == spec.CheckLayout && c.Error != nil {
			check("opcode/"+c.Error.Name, fmt.Sprintf("an unknown opcode is %s", c.Error.Name), unknown, c.Error.Name, rules)
		}
	}
}
