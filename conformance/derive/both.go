package derive

import (
	"fmt"
	"slices"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// both tries frames that fail two checks next to each other: the first one decides.
func (d *deriver) both() {
	d.bothInHeader()
	d.requests(func(m *spec.Message, s *spec.State) {
		for _, f := range m.Fields {
			if d.inHeader(f.Name) || f.If != nil {
				continue
			}
			for _, b := range d.c.Boundaries(f.Type) {
				if b.Legal || b.Name == "utf8" {
					continue
				}
				d.brokenAndCut(m, s, f, b.Name, b.Value)
				break
			}
		}
	})
}

// bothInHeader puts two faults into one header: a length over the limit, the correlation 0, an opcode that nobody knows, a message that is
// not legal in the state.
func (d *deriver) bothInHeader() {
	over := func(s *spec.State) uint64 {
		if l := d.p.Length(); l != nil {
			if n := d.c.Length(int(d.c.MaxBody(s))) + 1; n <= l.Type.Widest() {
				return n
			}
		}
		return 0
	}
	unknown := d.unknown()
	for _, s := range d.states {
		illegal := d.p.Messages[max(0, slices.IndexFunc(d.p.Messages, func(m *spec.Message) bool { return m.SentBy(spec.FromClient) && !m.LegalIn(s) }))]
		ping := d.p.Fence.Send
		put := func(name, what string, opcode, length, id uint64, about *spec.Message) {
			if length == 0 || id == 0 && d.p.Correlation() == nil {
				return
			}
			frame := d.header(opcode, length, id)
			d.try(draft{
				folder: "checks", name: name + "." + s.Name, about: about, state: s,
				what: fmt.Sprintf("%s in the state %s", what, s.Name),
			}, frame, d.raw("a", frame))
		}
		if ping != nil {
			put("length-id", "a length over the limit and the correlation 0", ping.Code, over(s), 0, ping)
		}
		if unknown != nil {
			put("length-opcode", "a length over the limit and an opcode that nobody knows", *unknown, over(s), anID, nil)
			put("id-opcode", "the correlation 0 and an opcode that nobody knows", *unknown, d.c.Length(0), 0, nil)
		}
		if illegal.SentBy(spec.FromClient) && !illegal.LegalIn(s) {
			put("length-state", "a length over the limit and a message that is not legal", illegal.Code, over(s), anID, illegal)
		}
	}
}

// brokenAndCut breaks a limit and the layout behind it, and before it.
func (d *deriver) brokenAndCut(m *spec.Message, s *spec.State, f *spec.Field, name string, v any) {
	msg := d.example(m)
	msg.Set(f.Name, v)
	d.c.Complete(msg, func(name string) bool { return name == f.Name })
	whole := d.bytes(msg)
	n := len(whole) - d.head(whole)
	if !d.truthful(whole) || uint64(n)+1 > d.c.MaxBody(s) {
		return
	}
	x := draft{folder: m.Name, about: m, state: s, of: d.p.Type(f.Named)}
	put := func(kind, what string, frame []byte) {
		if len(frame) > 2048 || d.judge(s, frame).request != nil {
			return
		}
		x.name = fmt.Sprintf("%s.%s.%s", f.Name, name, kind)
		x.what = fmt.Sprintf("%s with %s at %s, and %s", m.Name, f.Name, name, what)
		d.try(x, frame, d.raw("a", frame))
	}
	long := append(slices.Clone(whole), 0)
	put("long", "a byte too many", d.sized(m, long, n+1))
	if n > 1 {
		short := slices.Clone(whole[:len(whole)-1])
		put("short", "the last byte missing", d.sized(m, short, n-1))
	}
	// An early field decides before what follows is even there.
	if f.Early {
		only := msg.Clone()
		for _, later := range m.Fields[slices.Index(m.Fields, f)+1:] {
			only.Set(later.Name, dynamic.Raw{})
		}
		put("ends", "nothing behind it", d.bytes(only))
	}
}

// alone is a value outside the limits of a field on which others depend: without those that are not there then.
func (d *deriver) alone(m *spec.Message, s *spec.State, f *spec.Field, a attempt, x draft) {
	msg := d.example(m)
	msg.Set(f.Name, a.value)
	depends := false
	for _, g := range m.Fields {
		if g.If != nil && g.If.Field == f {
			depends = true
			msg.Set(g.Name, dynamic.Raw{})
		}
	}
	if depends {
		frame := d.bytes(msg)
		x.name += ".alone"
		x.what += ", and nothing that depends on it"
		d.try(x, frame, d.raw("a", frame))
	}
}
