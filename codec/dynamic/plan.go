package dynamic

import (
	"bytes"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/spec"
)

// A plan is how the frames of a message of one side are laid out.
type plan struct {
	message *spec.Message
	layout  *layout
	head    []cell   // the header but the body
	plain   bool     // nothing in the header needs to be looked at but what the layout knows
	blank   []byte   // such a header, if it has a fixed size, with the opcode
	fields  []cell   // the body
	values  []string // the names of all values
	places  []place  // the constants that may tell it from others with its opcode
}

// A cell is a field and what its neighbours say about it.
type cell struct {
	*spec.Field
	counter *spec.Field // says how many bytes it takes; nil: it says so itself
	void    bool        // it counts what the message does not have: it is 0
	body    bool        // it counts the body
	value   bool        // a value of the message
	simple  bool        // of such: all that is known of it stands in its type
	empty   bool        // a rest that is ignored: nothing is sent
	last    int         // of a rest: how many fields follow
}

func (c *Codec) makePlan(m *spec.Message, from spec.Direction) *plan {
	frame := m.Frame
	if frame == nil {
		frame = c.p.Main()
	}
	l := c.mainOf(from)
	if both := c.layouts[frame]; both != nil {
		l = both[side(from)]
	}
	head := m.Head
	if head == nil {
		for i := range l.slots {
			head = append(head, l.slots[i].field)
		}
	}
	pl := &plan{message: m, layout: l, plain: true}
	counters := countersOf(m.Fields, head, m.Fields)
	for _, f := range head {
		if f.From != "" && f.From != from {
			continue
		}
		x := cell{Field: f, value: f.IsValue() && !f.Per}
		if len(f.Counts) > 0 {
			x.body = l.body != nil && has(f.Counts, l.body.Name)
			x.void = !x.body && len(f.Counts) == 1 && m.Field(f.Counts[0]) == nil
		}
		if x.value || f.Type.Const != nil || len(f.Counts) > 0 && !x.body {
			pl.plain = false
		}
		pl.head = append(pl.head, x)
	}
	pl.fields = cells(m.Fields, counters)
	if pl.plain && l.fixed {
		pl.blank = make([]byte, l.size)
		c.putSlot(l.op, pl.blank, m.Code)
	}
	for _, list := range [2][]cell{pl.head, pl.fields} {
		for i := range list {
			if list[i].value {
				pl.values = append(pl.values, list[i].Name)
			}
		}
	}
	return pl
}

// structsOf makes the cells of all structs within fields.
func (c *Codec) structsOf(fields []*spec.Field) {
	for _, f := range fields {
		for t := f.Type; t != nil; t = t.Elem {
			if t.Kind == spec.KindStruct && c.structs[t] == nil {
				c.structs[t] = cells(t.Fields, countersOf(t.Fields, t.Fields))
				c.structsOf(t.Fields)
			}
		}
	}
}

// structCells returns the cells of a struct, which may be none of the table.
func (c *Codec) structCells(t *spec.Type) []cell {
	if list, ok := c.structs[t]; ok {
		return list
	}
	return cells(t.Fields, countersOf(t.Fields, t.Fields))
}

func cells(fields []*spec.Field, counters map[string]*spec.Field) []cell {
	out := make([]cell, 0, len(fields))
	for i, f := range fields {
		x := cell{Field: f, counter: counters[f.Name], value: f.IsValue(), last: len(fields) - 1 - i}
		x.simple = x.value && x.counter == nil
		x.empty = f.Type.Kind == spec.KindRest && f.Type.Ignore && x.counter == nil
		out = append(out, x)
	}
	return out
}

// countersOf finds, in lists of fields, those that count one of the fields alone.
func countersOf(fields []*spec.Field, lists ...[]*spec.Field) map[string]*spec.Field {
	out := map[string]*spec.Field{}
	for _, list := range lists {
		for _, g := range list {
			if len(g.Counts) != 1 || g.Counts[0] == g.Name {
				continue
			}
			for _, f := range fields {
				if f.Name == g.Counts[0] {
					out[f.Name] = g
				}
			}
		}
	}
	return out
}

// A place is a constant at a known place of the frame: so many bits from a bit of the header, or of the body.
type place struct {
	field     *spec.Field
	body      bool
	bit, bits int
	want      []byte // the bytes in which the bits lie, the other bits zero
}

func (p *place) at(q *place) bool { return p.body == q.body && p.bit == q.bit && p.bits == q.bits }

// offset returns the offset in the frame, whose header has so many bytes.
func (p *place) offset(header int) int {
	if p.body {
		return header + p.bit/8
	}
	return p.bit / 8
}

// fits reports whether b, the header or the body, has the constant.
func (p *place) fits(b []byte) bool {
	from, to := p.bit/8, (p.bit+p.bits+7)/8
	if to > len(b) {
		return false
	}
	got := bytes.Clone(b[from:to])
	got[0] &= 0xff >> (p.bit % 8)
	if end := (p.bit + p.bits) % 8; end > 0 {
		got[len(got)-1] &= 0xff << (8 - end)
	}
	return bytes.Equal(got, p.want)
}

// placesOf returns the constants of a message: those of its header whose place is fixed, and those with which its body begins.
func (c *Codec) placesOf(pl *plan) []place {
	var out []place
	walk := func(list []cell, body bool) {
		bit := 0
		for _, x := range list {
			if x.If != nil || x.Type.Varint > 0 || body && x.Type.Const == nil {
				return
			}
			n := leastBits(x.Type)
			if x.Type.Const != nil {
				w := writer{c: c, plan: pl, bit: bit % 8}
				if w.bit > 0 {
					w.b = []byte{0}
				}
				w.value(x.Field, x.Type, Value(x.Type, x.Type.Const))
				if x.Type.Bits == 0 {
					n = 8 * len(w.b)
				}
				out = append(out, place{field: x.Field, body: body, bit: bit, bits: n, want: w.b})
			}
			bit += n
		}
	}
	walk(pl.head, false)
	walk(pl.fields, true)
	return out
}

// pick chooses, of the messages with an opcode, the one that the constants in a frame and the state name. It is nil, with an
// error, if there is none. What lies beyond the end of the frame is no constant.
func (c *Codec) pick(l *layout, state *spec.State, h *header, frame []byte) (*plan, *codec.Error) {
	found := l.candidates(h.Opcode)
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) == 0:
		return nil, c.unknown(l)
	}
	body := frame[min(h.size, len(frame)):]
	if n, ok := h.body(); l.length != nil && ok && n < uint64(len(body)) {
		body = body[:n]
	}
	found, err := c.byConstants(found, h, frame, body)
	if len(found) > 1 && state != nil {
		var legal []*plan
		for _, pl := range found {
			if pl.message.LegalIn(state) {
				legal = append(legal, pl)
			}
		}
		if len(legal) > 0 {
			found, err = c.byConstants(legal, h, frame, body)
		}
	}
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

// byConstants leaves those of the messages whose constants the frame has, where all of them have constants and
// these differ.
func (c *Codec) byConstants(found []*plan, h *header, frame, body []byte) ([]*plan, *codec.Error) {
	for i := 0; len(found) > 1 && i < len(found[0].places); i++ {
		first := &found[0].places[i]
		var places []*place
		differ := false
		for _, pl := range found {
			for j := range pl.places {
				if p := &pl.places[j]; p.at(first) {
					places = append(places, p)
					differ = differ || !bytes.Equal(p.want, first.want)
				}
			}
		}
		if len(places) < len(found) || !differ {
			continue
		}
		var fit []*plan
		for k, p := range places {
			part := frame
			if p.body {
				part = body
			}
			if p.fits(part) {
				fit = append(fit, found[k])
			}
		}
		if len(fit) == 0 {
			return nil, c.breach(nil, spec.CheckOpcode, codec.Error{
				Field: first.field.Name, Offset: first.offset(h.size), Because: codec.BecauseOpcode,
			})
		}
		found = fit
		i = -1 // the places of another message, perhaps; what does not tell them apart is passed over again
	}
	return found, nil
}

func (c *Codec) unknown(l *layout) *codec.Error {
	e := codec.Error{Because: codec.BecauseOpcode}
	if l.op != nil {
		e.Field, e.Offset = l.op.field.Name, l.op.off()
	}
	return c.breach(nil, spec.CheckOpcode, e)
}
