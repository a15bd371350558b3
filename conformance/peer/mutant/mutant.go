// Package mutant is the table of faults by which the judge is judged: those that follow from a table, for any table, and those that
// people thought up for the chat protocol. A suite has to catch each of them. Odd peers break nothing, and have to pass.
//
// Names of faults are systematic, and tell what is wrong:
//
//	limit/SEND.text.max+1     a value beyond the limit is accepted; limit/SEND.text.max: the last one within is refused
//	layout/SEND.trailing      a body that is not as laid out is accepted
//	length/guest.max+1        a length over the limit is accepted
//	state/guest.SEND          the cell of the table is turned round: what is illegal is accepted, what is legal refused
//	opcode/…, direction/…     an opcode that no client message has is taken for something else
//	check/layout.error        a check earns another error
//	code/BAD_NAME             an error has the code of another
//	react/TOO_LARGE.reply     an error has another reaction
//	refusal/BAD_NAME.double   the refusal is missing, double, late, or bears another id
//	reply/PING.double         so is a reply
//	after/guest.LOGIN         a transition is not taken
//	order/length-correlation  two checks are done in the other order
package mutant

import (
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/conformance/peer"
	"github.com/wirelaw/wirelaw/spec"
)

// Generated returns the faults that follow from a table. Each breaks a rule of it, if the table has a rule about such things that can be
// seen from outside. The same table gives the same faults.
func Generated(p *spec.Protocol) []*peer.Fault {
	spare, err := spec.Load(p.File, p.Source)
	if err != nil {
		panic(err) // p was loaded from that
	}
	g := &generator{p: p, c: dynamic.New(p), spare: spare, names: map[string]bool{}}
	for _, m := range p.Messages {
		if m.From != spec.FromClient {
			continue
		}
		for _, f := range m.Fields {
			if f.IsValue() {
				g.limits(m, f)
			}
		}
		g.layout(m)
	}
	g.lengths()
	g.states()
	g.opcodes()
	g.errors()
	g.replies()
	g.orders()
	return g.faults
}

// A generator collects faults.
type generator struct {
	p      *spec.Protocol
	c      *dynamic.Codec
	spare  *spec.Protocol // a copy of the table, to try changes on
	faults []*peer.Fault
	names  map[string]bool
}

// add adds a fault, unless all rules that it breaks can only be judged by reviewing a server.
func (g *generator) add(f *peer.Fault, rules ...string) {
	slices.Sort(rules)
	f.Rules = slices.Compact(rules)
	if g.names[f.Name] || g.unseen(rules) {
		return
	}
	g.names[f.Name] = true
	g.faults = append(g.faults, f)
}

// unseen reports whether all of some rules, if any, can only be judged by review.
func (g *generator) unseen(rules []string) bool {
	return len(rules) > 0 && !slices.ContainsFunc(rules, func(id string) bool { return g.p.Rule(id).Judge != spec.JudgeReview })
}

// carried reports whether an error shows: some table has no message that carries one, and then only the end of the connection tells of it.
func (g *generator) carried(e *spec.Error) bool {
	return e != nil && (g.p.ErrorMessage() != nil || e.React != spec.ReactReply)
}

// table adds a fault that is a change of the table.
func (g *generator) table(name, doc string, change func(p *spec.Protocol), rules ...string) {
	g.add(&peer.Fault{Name: name, Doc: doc, Table: change}, rules...)
}

// derived lists the rules that cases of a family judge, of those about a message, and about values of a type if any.
func (g *generator) derived(d spec.Derive, m *spec.Message, of *spec.Type) (ids []string) {
	for _, r := range g.p.RulesFor(spec.FromServer) {
		owner := g.p.Message(r.Owner)
		if r.Derive == d && (owner == nil || m == nil || owner == m) && (r.Of == nil || of != nil && r.Of.Name == of.Name) {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// check is derived for a check.
func (g *generator) check(c spec.CheckName) []string { return g.derived(spec.Derive(c), nil, nil) }

// owned lists the rules of a message that can be seen on the wire.
func (g *generator) owned(m *spec.Message) (ids []string) {
	for _, r := range m.Rules {
		if r.Judge == spec.JudgeWire && (r.Feature == nil || r.Feature == m.Feature) {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// about lists the rules that an error is earned by: those that name it, and those of the checks and limits that earn it.
func (g *generator) about(e *spec.Error) (ids []string) {
	for _, r := range g.p.RulesFor(spec.FromServer) {
		if slices.Contains(words(r.Text), e.Name) {
			ids = append(ids, r.ID)
		}
	}
	for _, c := range g.p.Checks {
		if c.Error == e {
			ids = append(ids, g.check(c.Name)...)
		}
	}
	for _, m := range g.p.Messages {
		for _, f := range m.Fields {
			if m.From == spec.FromClient && f.Type.Error == e {
				ids = append(ids, g.limitRules(m, f)...)
			}
		}
	}
	return ids
}

// words splits a sentence at everything that names do not have.
func words(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r != '_' && (r < 'A' || r > 'Z') })
}

func (g *generator) limitRules(m *spec.Message, f *spec.Field) []string {
	d := spec.Derive(spec.CheckLimits)
	if f.Early {
		d = spec.Derive(spec.CheckEarly)
	}
	return g.derived(d, m, g.p.Type(f.Named))
}

// another is an error other than e, of the same reaction if there is one.
func (g *generator) another(p *spec.Protocol, e *spec.Error) *spec.Error {
	i := slices.IndexFunc(p.Errors, func(x *spec.Error) bool { return x.Name == e.Name })
	var found *spec.Error
	for k := 1; k < len(p.Errors); k++ {
		o := p.Errors[(i+k)%len(p.Errors)]
		if !o.Anywhere && !o.Uncoded && (found == nil || found.React != e.React && o.React == e.React) {
			found = o
		}
	}
	return found
}
