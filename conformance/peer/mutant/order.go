package mutant

import (
	"slices"

	"github.com/wirelaw/wirelaw/conformance/peer"
	"github.com/wirelaw/wirelaw/spec"
)

// orders does each two neighbours of the checks in the other order, where that shows.
func (g *generator) orders() {
	var checks []*spec.Check
	for _, c := range g.p.Checks {
		if c.Error != nil {
			checks = append(checks, c)
		}
	}
	for i := 1; i < len(checks); i++ {
		a, b := checks[i-1], checks[i]
		if f := g.swapped(a, b); f != nil && g.carried(a.Error) && (g.carried(b.Error) || b.Name != spec.CheckLimits) {
			f.Name = "order/" + string(a.Name) + "-" + string(b.Name)
			f.Doc = "what fails both checks earns the error of the later one"
			g.add(f, append(g.check(a.Name), g.check(b.Name)...)...)
		}
	}
}

// swapped is a fault that does b before a; nil if that shows nowhere.
func (g *generator) swapped(a, b *spec.Check) *peer.Fault {
	header := []spec.CheckName{spec.CheckLength, spec.CheckCorrelation, spec.CheckOpcode, spec.CheckState}
	pair := [2]spec.CheckName{a.Name, b.Name}
	if a.Error == b.Error && pair[1] != spec.CheckLayout {
		return nil
	}
	switch {
	case pair == [2]spec.CheckName{spec.CheckOpcode, spec.CheckState}, pair == [2]spec.CheckName{spec.CheckState, spec.CheckOpcode}:
		return nil // what is unknown is legal in no state
	case slices.Contains(header, a.Name) && slices.Contains(header, b.Name):
		return &peer.Fault{Table: func(p *spec.Protocol) {
			i := slices.IndexFunc(p.Checks, func(c *spec.Check) bool { return c.Name == a.Name })
			j := slices.IndexFunc(p.Checks, func(c *spec.Check) bool { return c.Name == b.Name })
			p.Checks[i], p.Checks[j] = p.Checks[j], p.Checks[i]
		}}
	case a.Name == spec.CheckState:
		return &peer.Fault{Check: bodyFirst}
	case pair == [2]spec.CheckName{spec.CheckEarly, spec.CheckLayout}:
		return &peer.Fault{Table: func(p *spec.Protocol) { allEarly(p, false) }}
	case pair == [2]spec.CheckName{spec.CheckLayout, spec.CheckLimits}:
		return &peer.Fault{Table: func(p *spec.Protocol) { allEarly(p, true) }}
	case pair == [2]spec.CheckName{spec.CheckLimits, spec.CheckFeature} && g.p.ID == "chat":
		return &peer.Fault{Without: []string{"RESUME", "REGEX"}, Check: featureFirst}
	}
	return nil
}

// bodyFirst judges bodies also of messages that are not legal in the state.
func bodyFirst(c *peer.Conn, r peer.Request, e *spec.Error) *spec.Error {
	if r.Message == nil || r.Why == nil || r.Why.Because != "state" || len(r.Message.In) == 0 {
		return e
	}
	honest := c.Protocol().Message(r.Message.Name)
	if _, other, _ := c.Codec().CheckRequest(honest.In[0], r.Frame, c.Profiles()); other != nil && other.React == spec.ReactReply {
		return c.Error(other.Name)
	}
	return e
}

// featureFirst judges features before limits.
func featureFirst(c *peer.Conn, r peer.Request, e *spec.Error) *spec.Error {
	ch := c.Protocol().Check(spec.CheckLimits)
	if r.Message != nil && r.Message.Feature != nil && e != nil && r.Why != nil && r.Why.Because == "max" && e.Name != "TOO_LARGE" || e != nil && e == ch.Error && r.Message.Feature != nil {
		return c.Error(c.Protocol().Check(spec.CheckFeature).Error.Name)
	}
	return e
}

// allEarly judges every limit as soon as the field is read, or none.
func allEarly(p *spec.Protocol, early bool) {
	limits, first := p.Check(spec.CheckLimits), p.Check(spec.CheckEarly)
	for _, m := range p.Messages {
		for _, f := range m.Fields {
			if f.Early == early {
				continue
			}
			t := *f.Type
			if t.Error == nil && early {
				t.Error = limits.Error
			} else if t.Error == nil {
				t.Error = first.Error
			}
			f.Type, f.Early = &t, early
		}
	}
}
