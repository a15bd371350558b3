package gen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// A deriver collects vectors.
type deriver struct {
	p       *spec.Protocol
	c       *dynamic.Codec
	vectors []vector
	seen    map[string]bool // frames, with side and state; ids
}

// add judges a frame and keeps it as a vector, if it is new. Of a frame that a message of both sides may be, the client's is kept.
func (d *deriver) add(m *spec.Message, what string, state *spec.State, frame []byte) {
	from := sender(m)
	key := string(from) + "\n" + string(frame)
	if state != nil {
		key += "\n" + state.Name
	}
	if d.seen[key] {
		return
	}
	d.seen[key] = true
	id := m.Name + "/" + what
	for n := 2; d.seen[id]; n++ {
		id = fmt.Sprintf("%s/%s#%d", m.Name, what, n)
	}
	d.seen[id] = true
	out := d.judge(state, from, frame)
	if out.accept != nil {
		m = out.accept.Spec // a frame may be another message in another state
	}
	d.vectors = append(d.vectors, vector{id, m, from, state, frame, d.loose(out, from, frame), out})
}

// sender is the side whose frames stand for a message.
func sender(m *spec.Message) spec.Direction {
	if m.SentBy(spec.FromClient) {
		return spec.FromClient
	}
	return spec.FromServer
}

// message adds what the table and the layout of a message yield.
func (d *deriver) message(m *spec.Message) {
	state := d.stateOf(m)
	for i, v := range m.Vectors {
		in := state
		if _, only, ok := strings.Cut(v.Because, ".max_in."); ok {
			in = d.p.State(only)
		}
		d.add(m, fmt.Sprintf("table.%d", i+1), in, v.Frame)
	}
	bases := d.bases(m)
	if sender(m) == spec.FromClient {
		for _, s := range m.In {
			d.add(m, "in."+s.Name, s, d.illegal(bases[0]))
		}
	}
	for _, f := range slices.Concat(m.Head, m.Fields) {
		d.field(m, state, f, bases)
	}
	for i, b := range bases[:min(len(bases), 3)] {
		d.borders(m, state, fmt.Sprintf("cut.%d", i+1), b)
	}
}

// stateOf returns a state in which a message may be sent; nil for one of a server if that needs no state to be understood.
func (d *deriver) stateOf(m *spec.Message) *spec.State {
	if sender(m) == spec.FromServer && len(d.p.Frames) == 1 && len(sharers(d.p, m)) == 1 {
		return nil
	}
	if len(m.In) > 0 {
		return m.In[0]
	}
	for _, s := range d.p.States {
		if !s.End && d.p.FrameIn(s, sender(m)) == m.Frame {
			return s
		}
	}
	return nil
}

// illegal returns the frame of a message, whatever limits it breaks.
func (d *deriver) illegal(msg *dynamic.Message) []byte {
	return d.c.AppendIllegalFrom(nil, sender(msg.Spec), msg)
}

// bases are legal messages to start from: the example and what the vectors hold.
func (d *deriver) bases(m *spec.Message) []*dynamic.Message {
	id := uint64(1)
	if m.Push {
		id = 0
	}
	bases := []*dynamic.Message{d.c.With(m, id, nil)}
	for _, v := range m.Vectors {
		if v.Reject == nil {
			bases = append(bases, d.c.With(m, id, v.Accept))
		}
	}
	return bases
}

// field adds a vector for every edge of every limit of a field, on the first base that has it, and an element in it if it is a list.
func (d *deriver) field(m *spec.Message, state *spec.State, f *spec.Field, bases []*dynamic.Message) {
	var base *dynamic.Message
	var value any
	for _, b := range bases {
		v, ok := b.Get(f.Name)
		list, isList := v.([]any)
		full := ok && (!isList || len(list) > 0)
		if full || ok && base == nil {
			base, value = b, v
		}
		if full {
			break
		}
	}
	if base == nil && f.If != nil {
		if base = d.having(bases[0], f, 0); base != nil {
			value, _ = base.Get(f.Name)
		}
	}
	if base == nil {
		return
	}
	d.edges(m, state, f.Name, f.Type, value, func(v any) *dynamic.Message {
		msg := base.Clone()
		msg.Set(f.Name, v)
		return msg
	})
}

// having returns a message like base that has a conditional field, since earlier ones have the values for it; nil if there is none.
func (d *deriver) having(base *dynamic.Message, f *spec.Field, depth int) *dynamic.Message {
	if depth > 8 {
		return nil
	}
	on := f.If.Field
	for _, n := range f.If.Values {
		msg := base
		if _, ok := base.Get(on.Name); !ok && on.If != nil {
			if msg = d.having(base, on, depth+1); msg == nil {
				return nil
			}
		}
		msg = msg.Clone()
		if on.Type.Kind == spec.KindBool {
			msg.Set(on.Name, n == 1)
		} else {
			msg.Set(on.Name, n)
		}
		// Other fields come and go with the new value.
		out := &dynamic.Message{Spec: msg.Spec, ID: msg.ID}
		for _, v := range msg.Spec.Values() {
			if !out.Holds(v.If) {
				continue
			}
			value, ok := msg.Get(v.Name)
			if !ok {
				value = dynamic.ExampleValue(v.Type)
			}
			out.Fields = append(out.Fields, dynamic.Field{Name: v.Name, Value: value})
		}
		if _, ok := out.Get(f.Name); ok {
			return out
		}
	}
	return nil
}

// edges adds a vector for every edge of a value at path, and of the values within it. with makes a message that has another
// value there.
func (d *deriver) edges(m *spec.Message, state *spec.State, path string, t *spec.Type, v any, with func(any) *dynamic.Message) {
	for _, b := range d.c.Boundaries(t) {
		d.add(m, path+"."+b.Name, state, d.illegal(with(b.Value)))
	}
	switch v := v.(type) {
	case []any:
		if len(v) == 0 {
			v = []any{dynamic.ExampleValue(t.Elem)}
		}
		last := len(v) - 1
		d.edges(m, state, fmt.Sprintf("%s[%d]", path, last), t.Elem, v[last], func(e any) *dynamic.Message {
			list := slices.Clone(v)
			list[last] = e
			return with(list)
		})
	case []dynamic.Field:
		for i, sub := range v {
			for _, f := range t.Fields {
				if f.Name != sub.Name {
					continue
				}
				d.edges(m, state, path+"."+f.Name, f.Type, sub.Value, func(e any) *dynamic.Message {
					list := slices.Clone(v)
					list[i].Value = e
					return with(list)
				})
			}
		}
	}
}

// borders cuts a frame where a part of it ends, with a length that is true, and adds a byte to it. A frame that its length says
// is longer is incomplete.
func (d *deriver) borders(m *spec.Message, state *spec.State, what string, msg *dynamic.Message) {
	frame := d.illegal(msg)
	for _, s := range d.c.AnnotateIn(state, sender(m), frame) {
		for _, at := range []int{s.Offset, s.Offset + s.Len - 1} {
			if cut := d.cut(msg, state, frame, s.Path, at); cut != nil {
				d.add(m, fmt.Sprintf("%s.at.%d", what, at), state, cut)
			}
		}
	}
	if len(frame) > 1 && sender(m) == spec.FromClient && m.Frame.Length() != nil {
		d.add(m, what+".incomplete", state, frame[:len(frame)-1])
	}
	if len(m.Frame.Fields) > 0 && m.Frame.Body() != nil {
		longer := msg.Clone()
		longer.Trailing = []byte{0}
		d.add(m, what+".trailing", state, d.illegal(longer))
	}
}

// cut returns the frame of a message whose body ends at an offset within the field that path begins with; nil if that is no
// field of the message.
func (d *deriver) cut(msg *dynamic.Message, state *spec.State, frame []byte, path string, at int) []byte {
	name, _, _ := strings.Cut(path, ".")
	name, _, _ = strings.Cut(name, "[")
	if msg.Spec.Field(name) == nil {
		return nil
	}
	start := -1
	for _, s := range d.c.AnnotateIn(state, sender(msg.Spec), frame) {
		if s.Path == name || strings.HasPrefix(s.Path, name+".") || strings.HasPrefix(s.Path, name+"[") {
			start = s.Offset
			break
		}
	}
	if start < 0 || at < start {
		return nil
	}
	short := msg.Clone()
	after := false
	for _, f := range msg.Spec.Fields {
		switch {
		case f.Name == name:
			short.Set(name, dynamic.Raw(frame[start:at]))
			after = true
		case after:
			short.Set(f.Name, dynamic.Raw{})
		}
	}
	return d.illegal(short)
}

// headers adds frames whose header is at fault: opcodes that nobody has, lengths over the limit, the correlation 0, messages in
// states in which they are not legal.
func (d *deriver) headers() {
	for _, s := range d.p.States {
		if s.End {
			continue
		}
		m := d.legal(s)
		if m == nil {
			continue
		}
		msg := d.c.With(m, 1, nil)
		for i, op := range d.strange(m) {
			lie := msg.Clone()
			lie.Opcode = &op
			d.add(m, fmt.Sprintf("%s.opcode.%d", s.Name, i+1), s, d.illegal(lie))
		}
		if d.p.Correlation() != nil {
			zero := msg.Clone()
			zero.ID = 0
			d.add(m, s.Name+".zero", s, d.illegal(zero))
		}
		for _, other := range d.p.Messages {
			if other.From == spec.FromClient && !other.LegalIn(s) {
				d.add(other, "in."+s.Name, s, d.illegal(d.c.With(other, 1, nil)))
			}
		}
		d.lengths(m, s, msg)
	}
}

// lengths adds headers that say the largest body of a state, one byte more, and less than a length can be.
func (d *deriver) lengths(m *spec.Message, s *spec.State, msg *dynamic.Message) {
	if m.Frame.Length() == nil {
		return
	}
	frame := d.illegal(msg)
	h, size, err := d.c.HeaderOf(s, spec.FromClient, frame)
	if err != nil || size == 0 {
		return
	}
	own := h.Length - uint64(len(frame)-size) // what the length counts of the header
	say := func(what string, length uint64) {
		lie := msg.Clone()
		lie.Length = &length
		frame := d.illegal(lie)
		if h, size, err := d.c.HeaderOf(s, spec.FromClient, frame); err == nil && h.Length == length {
			d.add(m, s.Name+"."+what, s, frame[:size])
		}
	}
	most := d.c.MaxBody(s)
	say("longest", own+most)
	say("too-long", own+most+1)
	if own > 0 {
		say("too-short", own-1)
	}
}

// legal returns a message that a client may send in a state, one with the main layout if it can be.
func (d *deriver) legal(s *spec.State) *spec.Message {
	var found *spec.Message
	for _, m := range d.p.Messages {
		if m.SentBy(spec.FromClient) && m.LegalIn(s) && (found == nil || found.Frame != d.p.Main() && m.Frame == d.p.Main()) {
			found = m
		}
	}
	return found
}

// strange returns opcodes that a client cannot send in the layout of a message: the smallest, the largest, and one of a message
// of the server.
func (d *deriver) strange(like *spec.Message) []uint64 {
	f := like.Frame.Opcode()
	if f == nil {
		return nil
	}
	bits := 8 * f.Type.Width
	if f.Type.Bits > 0 {
		bits = f.Type.Bits
	}
	top := ^uint64(0)
	if bits < 64 {
		top = 1<<bits - 1
	}
	taken := map[uint64]bool{}
	var servers []uint64
	for _, m := range d.p.Messages {
		if m.SentBy(spec.FromClient) && m.Frame == like.Frame {
			taken[m.Code] = true
		}
	}
	for _, m := range d.p.Messages {
		if m.From == spec.FromServer && m.Frame == like.Frame && !taken[m.Code] {
			servers = append(servers, m.Code)
		}
	}
	var out []uint64
	for n := uint64(0); n <= min(top, 1<<16); n++ {
		if !taken[n] {
			out = append(out, n)
			break
		}
	}
	if !taken[top] {
		out = append(out, top)
	}
	if len(servers) > 0 {
		out = append(out, servers[0])
	}
	slices.Sort(out)
	return slices.Compact(out)
}
