package gen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

// A choice says which message a frame is: one, or by a constant, or by the state.
type choice struct {
	message *spec.Message

	place place // the constant that tells
	arms  []arm // its values

	states []arm // by the state
	other  *spec.Message
}

type arm struct {
	want   string // the value as Go code: a condition
	states []*spec.State
	next   *choice
}

// A place is a constant of a message whose place in the frame is fixed.
type place struct {
	field     *spec.Field
	body      bool
	bit, bits int
	want      string // the bytes; of a header, the value
	cell      *headCell
}

func (a place) at(b place) bool { return a.body == b.body && a.bit == b.bit && a.bits == b.bits }

// places returns the constants of a message: those of its header whose place is fixed, and those with which its body begins.
func (g *goCodec) places(m *spec.Message) (out []place) {
	for _, c := range g.headOf(m) {
		t := c.f.Type
		if t.Varint > 0 {
			break
		}
		if t.Const != nil {
			out = append(out, place{field: c.f, bit: 8*c.off + c.bit, bits: bitsIn(t), want: fmt.Sprint(constBits(t)), cell: c})
		}
	}
	bit := 0
	for _, fl := range m.Fields {
		t := fl.Type
		if t.Const == nil || fl.If != nil || t.Varint > 0 {
			break
		}
		p := place{field: fl, body: true, bit: bit}
		if t.Bits > 0 {
			p.bits, p.want = t.Bits, fmt.Sprint(constBits(t))
		} else {
			p.want = string(g.constBytes(t))
			p.bits = 8 * len(p.want)
		}
		out = append(out, p)
		bit += p.bits
	}
	return out
}

// constBytes is a constant as it stands on the wire.
func (g *goCodec) constBytes(t *spec.Type) []byte {
	number := func(v uint64, width int) (b []byte) {
		for i := range width {
			if g.p.BigEndian {
				i = width - 1 - i
			}
			b = append(b, byte(v>>(8*i)))
		}
		return b
	}
	if n := width(t); n > 0 {
		return number(constBits(t), n)
	}
	text := t.Const.Bytes
	if t.Kind == spec.KindString {
		text = []byte(t.Const.Str)
	}
	b := append(number(uint64(len(text)), t.LenWidth), text...)
	if t.Until != nil {
		b = append(b, *t.Until)
	}
	return b
}

// choose says how the messages among found, which have one opcode, are told apart.
func (g *goCodec) choose(found []*spec.Message, byState bool) (*choice, error) {
	if len(found) == 1 {
		return &choice{message: found[0]}, nil
	}
	for _, first := range g.places(found[0]) {
		groups := map[string][]*spec.Message{}
		var order []string
		for _, m := range found {
			for _, p := range g.places(m) {
				if p.at(first) {
					if groups[p.want] == nil {
						order = append(order, p.want)
					}
					groups[p.want] = append(groups[p.want], m)
					break
				}
			}
		}
		have := 0
		for _, list := range groups {
			have += len(list)
		}
		if have < len(found) || len(groups) < 2 {
			continue
		}
		if first.body && (first.bit%8 != 0 || first.bits%8 != 0) {
			return nil, fmt.Errorf("%s.%s tells messages apart and is less than a byte", found[0].Name, first.field.Name)
		}
		c := &choice{place: first}
		for _, want := range order {
			next, err := g.choose(groups[want], byState)
			if err != nil {
				return nil, err
			}
			c.arms = append(c.arms, arm{want: want, next: next})
		}
		return c, nil
	}
	if !byState {
		return &choice{message: found[0]}, nil
	}
	c := &choice{other: found[0]}
	for _, s := range g.p.States {
		var legal []*spec.Message
		for _, m := range found {
			if m.LegalIn(s) {
				legal = append(legal, m)
			}
		}
		if len(legal) == 0 {
			continue
		}
		next, err := g.choose(legal, false)
		if err != nil {
			return nil, err
		}
		if next.message == c.other {
			continue
		}
		same := slices.IndexFunc(c.states, func(a arm) bool { return next.message != nil && a.next.message == next.message })
		if same >= 0 {
			c.states[same].states = append(c.states[same].states, s)
		} else {
			c.states = append(c.states, arm{states: []*spec.State{s}, next: next})
		}
	}
	if len(c.states) == 0 {
		return &choice{message: c.other}, nil
	}
	return c, nil
}

// needsState reports whether the choice depends on the state.
func (c *choice) needsState() bool {
	if len(c.states) > 0 {
		return true
	}
	return slices.ContainsFunc(c.arms, func(a arm) bool { return a.next.needsState() })
}

// print prints the statements that return the message that c chooses.
func (c *choice) print(g *goCodec, f *goFile, h *goHeader) {
	switch {
	case c.message != nil:
		f.p("return new(%s), nil", messageName(c.message))
	case len(c.arms) > 0:
		f.p("switch {")
		for _, a := range c.arms {
			f.p("case %s:", c.place.holds(a.want))
			a.next.print(g, f, h)
		}
		f.p("}")
		at := fmt.Sprint(c.place.bit / 8)
		if c.place.body {
			at = h.sizeOf() + "+" + at
		}
		f.p("return nil, noMessage(%q, %s)", c.place.field.Name, strings.TrimSuffix(at, "+0"))
	default:
		f.p("switch s {")
		for _, a := range c.states {
			f.p("case %s:", join(a.states, stateName))
			a.next.print(g, f, h)
		}
		f.p("}\nreturn new(%s), nil", messageName(c.other))
	}
}

// holds is the Go condition for the constant at p being want.
func (p place) holds(want string) string {
	if p.body {
		return fmt.Sprintf("codec.Has(body, %d, %q)", p.bit/8, want)
	}
	x := "h." + goName(p.cell.of.Name)
	switch {
	case p.field.Type.Kind == spec.KindBool && p.cell.of.Type.Kind == spec.KindBool:
		if want == "0" {
			x = "!" + x
		}
		return x
	case bitsIn(p.cell.of.Type) != p.bits:
		x = fmt.Sprintf("%s>>%d&%#x", x, p.cell.shift, uint64(1)<<p.bits-1)
	}
	return x + " == " + want
}
