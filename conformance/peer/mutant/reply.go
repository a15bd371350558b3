package mutant

import (
	"bytes"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/conformance/peer"
	"github.com/wirelaw/wirelaw/spec"
)

// errors gives errors other codes and reactions, and checks other errors.
func (g *generator) errors() {
	for _, ch := range g.p.Checks {
		if !g.carried(ch.Error) {
			continue
		}
		if ch.Name == spec.CheckEarly && !g.usesEarly() {
			continue
		}
		g.add(&peer.Fault{
			Name: "check/" + string(ch.Name) + ".error", Doc: "what fails the check earns another error", Without: g.without(ch.Error),
			Table: func(p *spec.Protocol) {
				c := p.Check(ch.Name)
				c.Error = g.another(p, c.Error)
			},
		}, g.check(ch.Name)...)
	}
	for _, e := range g.p.Errors {
		if e.Anywhere || !g.earned(e) || g.unseen(g.about(e)) {
			continue
		}
		first := len(g.faults)
		if !e.Uncoded && e.React != spec.ReactClose && g.p.ErrorMessage() != nil {
			g.table("code/"+e.Name, "the error has the code of another", func(p *spec.Protocol) {
				p.Error(e.Name).Code = g.another(p, p.Error(e.Name)).Code
			}, g.about(e)...)
		}
		for _, react := range []spec.Reaction{spec.ReactReply, spec.ReactReplyClose, spec.ReactClose} {
			if react == e.React || g.p.ErrorMessage() == nil && (e.React == spec.ReactReply || react != spec.ReactReply) {
				continue
			}
			rules := g.about(e)
			if e.React == spec.ReactReply && g.p.Rule("ERROR-3") != nil {
				rules = append(rules, "ERROR-3")
			}
			g.table("react/"+e.Name+"."+string(react), "the reaction to the error is "+string(react), func(p *spec.Protocol) {
				p.Error(e.Name).React = react
			}, rules...)
		}
		if g.p.ErrorMessage() != nil && e.React != spec.ReactClose {
			g.spoil("refusal/"+e.Name, func(r peer.Request) bool { return r.Error != nil && r.Error.Name == e.Name }, g.p.ErrorMessage(), e.React == spec.ReactReply, g.about(e))
		}
		for _, f := range g.faults[first:] {
			f.Without = g.without(e)
		}
	}
}

// without is what must not be announced if an error is to be seen.
func (g *generator) without(e *spec.Error) (names []string) {
	if c := g.p.Check(spec.CheckFeature); c != nil && c.Error == e {
		for _, f := range g.p.Features {
			names = append(names, f.Name)
		}
	}
	return names
}

// usesEarly reports whether an early field leaves its error to the check.
func (g *generator) usesEarly() bool {
	for _, m := range g.p.Messages {
		for _, f := range m.Fields {
			if m.From == spec.FromClient && f.Early && f.Type.Error == nil {
				return true
			}
		}
	}
	return false
}

// earned reports whether anything earns an error.
func (g *generator) earned(e *spec.Error) bool {
	for _, c := range g.p.Checks {
		if c.Error == e {
			return true
		}
	}
	for _, m := range g.p.Messages {
		if m.From != spec.FromClient {
			continue
		}
		for _, own := range m.Errors {
			if own == e && g.p.ID == "chat" { // the model of other tables has no errors of messages
				return true
			}
		}
		for _, f := range m.Fields {
			if f.Type.Error == e {
				return true
			}
		}
	}
	return false
}

// replies spoils the reply to each request, and answers what is silent.
func (g *generator) replies() {
	for _, m := range g.p.Messages {
		if m.From != spec.FromClient {
			continue
		}
		succeeds := func(r peer.Request) bool { return r.Error == nil && r.Message != nil && r.Message.Name == m.Name }
		if m.Reply != nil {
			g.spoil("reply/"+m.Name, succeeds, m.Reply, true, g.owned(m))
			if g.p.Correlation() != nil && g.p.ErrorMessage() != nil {
				g.refuse(m)
			}
			continue
		}
		if g.p.Fence.Expect == nil {
			continue
		}
		g.add(&peer.Fault{
			Name: "reply/" + m.Name + ".answered", Doc: "success is not silent",
			After: func(c *peer.Conn, r peer.Request, goOn bool) bool {
				if succeeds(r) {
					c.Send(c.Frame(c.Codec().Example(g.p.Fence.Expect), r.ID))
				}
				return goOn
			},
		}, g.owned(m)...)
	}
}

// refuse answers a request that succeeds with an error that it cannot earn.
func (g *generator) refuse(m *spec.Message) {
	for _, e := range g.p.Errors {
		if !e.Fault {
			continue
		}
		g.add(&peer.Fault{
			Name: "reply/" + m.Name + "." + e.Name, Doc: "the request succeeds and is answered with " + e.Name,
			Answer: func(c *peer.Conn, r peer.Request, frame []byte) [][]byte {
				if r.Error == nil && r.Message != nil && r.Message.Name == m.Name {
					return [][]byte{c.Refusal(e, r.ID)}
				}
				return [][]byte{frame}
			},
		}, g.owned(m)...)
	}
}

// spoil adds the ways in which an answer, which is a message, can be wrong whatever it says. goesOn: the connection does afterwards.
func (g *generator) spoil(name string, of func(peer.Request) bool, is *spec.Message, goesOn bool, rules []string) {
	order, ids := g.derived(spec.DeriveOrder, nil, nil), g.derived(spec.DeriveIDs, nil, nil)
	answer := func(kind, doc string, change func(c *peer.Conn, r peer.Request, frame []byte) [][]byte, more []string) {
		g.add(&peer.Fault{Name: name + "." + kind, Doc: doc, Answer: func(c *peer.Conn, r peer.Request, frame []byte) [][]byte {
			if of(r) {
				return change(c, r, frame)
			}
			return append([][]byte{frame}, c.Held(nil)...)
		}}, append(append([]string{}, rules...), more...)...)
	}
	answer("missing", "there is no answer", func(*peer.Conn, peer.Request, []byte) [][]byte { return nil }, order)
	answer("double", "the answer comes twice", func(_ *peer.Conn, _ peer.Request, f []byte) [][]byte { return [][]byte{f, f} }, order)
	if goesOn {
		answer("late", "the answer comes after the next one", func(c *peer.Conn, r peer.Request, f []byte) [][]byte {
			return c.Held([][]byte{f})
		}, order)
	}
	if id := g.p.Correlation(); id != nil {
		zero := g.p.Check(spec.CheckCorrelation)
		answer("id", "the answer bears the next id", func(c *peer.Conn, r peer.Request, f []byte) [][]byte {
			return [][]byte{c.WithID(f, r.ID+1)}
		}, ids)
		if zero == nil || zero.Error == nil || name != "refusal/"+zero.Error.Name { // else it bears 0 rightly
			answer("push", "the answer bears the id 0, as a push does", func(c *peer.Conn, r peer.Request, f []byte) [][]byte {
				return [][]byte{c.WithID(f, 0)}
			}, ids)
		}
	}
	answer("cut", "the last byte of the answer is missing", func(c *peer.Conn, r peer.Request, f []byte) [][]byte {
		h := c.Codec().ParseHeader(f)
		n, _ := c.Codec().BodyLen(h)
		if n == 0 {
			return [][]byte{f[:len(f)-1]}
		}
		return [][]byte{c.Shorter(f, 1)}
	}, nil)
	if last := len(is.Fields) - 1; last >= 0 && is.Fields[last].Type.Kind == spec.KindRest {
		return // one byte more is no fault
	}
	answer("trailing", "the answer has a byte too many", func(c *peer.Conn, r peer.Request, f []byte) [][]byte {
		h := c.Codec().ParseHeader(f)
		n, _ := c.Codec().BodyLen(h)
		b := append(bytes.Clone(f), 0)
		return [][]byte{c.Codec().SetHeader(spec.FromServer, b, dynamic.Header{Opcode: h.Opcode, Length: c.Codec().Length(int(n) + 1), ID: h.ID})}
	}, nil)
}
