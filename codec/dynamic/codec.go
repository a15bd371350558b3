// Package dynamic speaks a protocol by interpreting its table at run time: bytes to named values and back.
//
// It gives the same results as the code generated from the same table: the same messages, and for a wrong frame the same
// error at the same offset because of the same limit. It is for tools that take any table: the judge, the fuzzer, the
// checker and the document. It trusts no byte and allocates nothing that the bytes at hand do not justify.
//
// A frame is one list of fields for it: those of the header as the message has it, then those of the body.
package dynamic

import (
	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/spec"
)

// A Codec speaks one protocol. It is immutable, and safe for use by many goroutines.
type Codec struct {
	p       *spec.Protocol
	layouts map[*spec.Frame]*[2]*layout
	plans   map[*spec.Message]*[2]*plan
	structs map[*spec.Type][]cell
	main    *[2]*layout
	states  map[*spec.State]*[2]*layout // of the frames in a state; nil if there is one layout only
	checks  map[spec.CheckName]*spec.Error
	early   bool // early fields are judged as soon as they are read
}

// side is the index of what a client sends, or of what a server sends.
func side(from spec.Direction) int {
	if from == spec.FromServer {
		return 1
	}
	return 0
}

// New returns the codec of p. The protocol must not change afterwards.
func New(p *spec.Protocol) *Codec {
	c := &Codec{
		p:       p,
		layouts: map[*spec.Frame]*[2]*layout{},
		plans:   map[*spec.Message]*[2]*plan{},
		structs: map[*spec.Type][]cell{},
		checks:  map[spec.CheckName]*spec.Error{},
	}
	order := map[spec.CheckName]int{}
	for i, ch := range p.Checks {
		c.checks[ch.Name] = ch.Error
		order[ch.Name] = i
	}
	c.early = order[spec.CheckEarly] < order[spec.CheckLayout]
	main := p.Main()
	for _, f := range append([]*spec.Frame{main}, p.Frames...) {
		c.layouts[f] = &[2]*layout{c.newLayout(f, spec.FromClient), c.newLayout(f, spec.FromServer)}
	}
	c.main = c.layouts[main]
	if len(p.Frames) > 1 {
		c.states = map[*spec.State]*[2]*layout{}
		for _, s := range p.States {
			client, server := c.layouts[p.FrameIn(s, spec.FromClient)], c.layouts[p.FrameIn(s, spec.FromServer)]
			c.states[s] = &[2]*layout{client[0], server[1]}
		}
	}
	for _, m := range p.Messages {
		c.plans[m] = &[2]*plan{}
		c.structsOf(m.Fields)
		for i, from := range [2]spec.Direction{spec.FromClient, spec.FromServer} {
			if m.SentBy(from) {
				pl := c.makePlan(m, from)
				c.plans[m][i] = pl
				pl.layout.add(pl)
			}
		}
	}
	for _, both := range c.plans {
		for _, pl := range both {
			if pl != nil && len(pl.layout.candidates(pl.message.Code)) > 1 {
				pl.places = c.placesOf(pl)
			}
		}
	}
	return c
}

// Protocol returns the table that c interprets.
func (c *Codec) Protocol() *spec.Protocol { return c.p }

// Lookup returns the message with an opcode in a direction, or nil. Of several it is the first. Only the layout that holds
// wherever the table names no other is looked at.
func (c *Codec) Lookup(from spec.Direction, opcode uint64) *spec.Message {
	if found := c.mainOf(from).candidates(opcode); len(found) > 0 {
		return found[0].message
	}
	return nil
}

func (c *Codec) mainOf(from spec.Direction) *layout { return c.main[side(from)] }

// layoutIn returns the layout of the frames that a side sends in a state, nil for any.
func (c *Codec) layoutIn(state *spec.State, from spec.Direction) *layout {
	if both := c.states[state]; both != nil {
		return both[side(from)]
	}
	return c.mainOf(from)
}

// planOf returns how a message of a side is laid out; a side that does not send it counts as the one that does.
func (c *Codec) planOf(m *spec.Message, from spec.Direction) *plan {
	if !m.SentBy(from) {
		from = m.From
		if from == spec.FromBoth {
			from = spec.FromClient
		}
	}
	if found := c.main[side(from)].candidates(m.Code); len(found) == 1 && found[0].message == m {
		return found[0]
	}
	if both := c.plans[m]; both != nil {
		return both[side(from)]
	}
	return c.makePlan(m, from) // it is none of the table
}

// breach makes the error of a broken limit: the field's own error, else that of the check.
func (c *Codec) breach(own *spec.Error, check spec.CheckName, e codec.Error) *codec.Error {
	if own == nil {
		own = c.checks[check]
	}
	if own != nil {
		e.Code, e.Name = own.Code, own.Name
	}
	return &e
}
