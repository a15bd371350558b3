package derive

import (
	"bytes"
	"fmt"
	"math/bits"
	"slices"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// top is the largest number in n bytes.
func top(n int) uint64 { return ^uint64(0) >> (64 - 8*n) }

// opcodes tries opcodes that no message of a client has: all of them where one byte holds them, those next to others elsewhere. Those that
// a server uses are a family of their own.
func (d *deriver) opcodes() {
	field := d.p.Opcode()
	all := field.Type.Widest()
	var codes []uint64
	if all < 1<<8 {
		for n := range all + 1 {
			codes = append(codes, n)
		}
	} else {
		codes = append(codes, 0, all, all/2, all/2+1)
		for _, m := range d.p.Messages {
			codes = append(codes, m.Code-1&all, m.Code+1&all, m.Code^(all/2+1), m.Code^1<<8)
		}
	}
	digits := (bits.Len64(all) + 3) / 4
	slices.Sort(codes)
	parts := 2 // cases in which the header speaks of parts of a body that nobody knows
	if !d.early() {
		parts = 0
	}
	for _, code := range slices.Compact(codes) {
		if d.p.ByCode(spec.FromClient, code) != nil || d.p.ByCode(spec.FromServer, code) != nil {
			continue
		}
		for i, s := range d.states {
			frame := d.header(code, d.c.Length(0), anID)
			d.try(draft{
				folder: field.Name, name: fmt.Sprintf("0x%0*x.%s", digits, code, s.Name), state: s,
				what: fmt.Sprintf("opcode 0x%0*x in the state %s", digits, code, s.Name),
			}, frame, d.raw("a", frame))
			if m := d.bodied(); i == 0 && parts > 0 && m != nil {
				parts--
				frame := d.bytes(d.example(m))
				h := d.c.ParseHeader(frame)
				h.Opcode = code
				frame = d.c.SetHeader(spec.FromClient, frame, h)
				d.try(draft{
					folder: field.Name, name: fmt.Sprintf("0x%0*x.parts", digits, code), state: s,
					what: fmt.Sprintf("opcode 0x%0*x with a header and a body as if it was %s", digits, code, m.Name),
				}, frame, d.raw("a", frame))
			}
			if inner := d.fence(); i == 0 && code%16 == 0 && uint64(len(inner)) <= d.c.MaxBody(s) {
				frame := append(d.header(code, d.c.Length(len(inner)), anID), inner...)
				d.try(draft{
					folder: field.Name, name: fmt.Sprintf("0x%0*x.body", digits, code), state: s,
					what: fmt.Sprintf("opcode 0x%0*x with a body that looks like a frame", digits, code),
				}, frame, d.raw("a", frame))
			}
		}
	}
}

// bodied is the first request with a body, nil if there is none.
func (d *deriver) bodied() *spec.Message {
	for _, m := range d.p.Messages {
		if frame := d.bytes(d.example(m)); m.SentBy(spec.FromClient) && len(frame) > d.head(frame) {
			return m
		}
	}
	return nil
}

// unknown is the least opcode that no message has, nil if there is none that one byte can say.
func (d *deriver) unknown() *uint64 {
	for code := range min(d.p.Opcode().Type.Widest(), 1<<8-1) + 1 {
		if d.p.ByCode(spec.FromClient, code) == nil && d.p.ByCode(spec.FromServer, code) == nil {
			return &code
		}
	}
	return nil
}

// stateCells tries every message where it is not legal: those of the server everywhere, those of the client in the wrong states.
func (d *deriver) stateCells() {
	for _, m := range d.p.Messages {
		for _, s := range d.states {
			if m.From == spec.FromServer {
				if d.p.ByCode(spec.FromClient, m.Code) != nil {
					continue
				}
				d.try(draft{
					folder: m.Name, name: "from-client." + s.Name, what: fmt.Sprintf("%s, sent by a client in the state %s", m.Name, s.Name),
					state: s, derive: spec.DeriveDirection,
				}, d.bytes(d.example(m)), d.message(d.example(m)))
				empty := d.header(m.Code, d.c.Length(0), anID)
				d.try(draft{
					folder: m.Name, name: "from-client.empty." + s.Name, state: s, derive: spec.DeriveDirection,
					what: fmt.Sprintf("%s without a body, sent by a client in the state %s", m.Name, s.Name),
				}, empty, d.raw("a", empty))
				continue
			}
			if m.LegalIn(s) {
				continue
			}
			x := draft{folder: m.Name, about: m, state: s}
			x.name, x.what = "state."+s.Name, fmt.Sprintf("%s in the state %s", m.Name, s.Name)
			d.try(x, d.bytes(d.example(m)), d.message(d.example(m)))
			for name, body := range map[string][]byte{"empty": nil, "garbage": {0xff, 0xff, 0xff, 0xff, 0xff}, "long": make([]byte, d.c.MaxBody(s))} {
				if len(body) > 1<<17 {
					continue
				}
				frame := append(d.header(m.Code, d.c.Length(len(body)), anID), body...)
				x.name = "state." + s.Name + "." + name
				x.what = fmt.Sprintf("%s in the state %s, with a body of %s that is not looked at", m.Name, s.Name, count(len(body)))
				d.try(x, frame, d.raw("a", frame))
			}
			d.stateEarly(m, s)
		}
	}
}

// stateEarly tries a message where it is not legal with an early field that is wrong, if garbage has none.
func (d *deriver) stateEarly(m *spec.Message, s *spec.State) {
	garbage := append(d.header(m.Code, d.c.Length(5), anID), bytes.Repeat([]byte{0xff}, 5)...)
	if v := d.judge(m.In[0], garbage); v.err != nil && d.deriveOf(v) == spec.Derive(spec.CheckEarly) {
		return
	}
	for _, f := range m.Fields {
		for _, b := range d.c.Boundaries(f.Type) {
			if b.Legal || !f.Early || b.Name == "utf8" {
				continue
			}
			msg := d.example(m)
			msg.Set(f.Name, b.Value)
			frame := d.bytes(msg)
			d.try(draft{
				folder: m.Name, name: fmt.Sprintf("state.%s.%s.%s", s.Name, f.Name, b.Name), about: m, state: s,
				what: fmt.Sprintf("%s in the state %s, with %s at %s", m.Name, s.Name, f.Name, b.Name),
			}, frame, d.raw("a", frame))
			break
		}
	}
}

// headers lets headers say lengths at and beyond every limit. The body that they speak of is not there.
func (d *deriver) headers() {
	field := d.p.Length()
	if field == nil {
		return
	}
	all := field.Type.Widest()
	for _, m := range d.p.Messages {
		if !m.SentBy(spec.FromClient) {
			continue
		}
		for _, s := range m.In {
			limit := d.c.Length(int(d.c.MaxBody(s)))
			for name, n := range map[string]uint64{"max+1": limit + 1, "ones": all, "half": all/2 + 1, "below": d.c.Length(0) - 1, "zero": 0} {
				if n > all {
					continue
				}
				frame := d.header(m.Code, n, anID)
				x := draft{
					folder: m.Name, name: field.Name + "." + name, about: m, state: s,
					what: fmt.Sprintf("%s whose header says length %d, without the body", m.Name, n),
				}
				if s != m.In[0] {
					x.name += "." + s.Name
				}
				d.try(x, frame, d.raw("a", frame))
				d.unkept(x, frame)
			}
		}
	}
	for _, s := range d.states {
		n := d.c.MaxBody(s)
		if n > 1<<17 || d.p.Fence.Send == nil {
			continue
		}
		frame := append(d.header(d.p.Fence.Send.Code, d.c.Length(int(n)), anID), make([]byte, n)...)
		d.try(draft{
			folder: field.Name, name: "max." + s.Name, state: s, about: d.p.Fence.Send,
			what: fmt.Sprintf("a body of %d bytes, as many as the state %s allows", n, s.Name),
		}, frame, d.raw("a", frame))
	}
	d.headersOff(field)
}

// headersOff lets the header say one byte more or less than is there. What is left over is no whole frame; then the stream ends.
func (d *deriver) headersOff(field *spec.Field) {
	d.requests(func(m *spec.Message, s *spec.State) {
		msg := d.example(m)
		frame := d.bytes(msg)
		n := len(frame) - d.head(frame)
		more := d.sized(m, slices.Clone(frame), n+1)
		if v := d.judge(s, append(slices.Clone(more), 0)); v.err == nil || !d.early() {
			d.oneMore(m, s, field, more)
		}
		if n == 0 {
			return
		}
		less := d.sized(m, slices.Clone(frame), n-1)
		v := d.judge(s, less)
		for i, r := range d.replies(s, v) {
			if i > 0 || r.alive && !r.same || len(r.maybe) > 0 {
				continue
			}
			x := draft{
				folder: m.Name, name: field.Name + ".one-less", about: m, state: s, derive: d.deriveOf(v), require: r.require,
				what: fmt.Sprintf("%s whose header says one byte less than there is, and the end of the stream", m.Name), right: r.right,
				lines: lines([]string{d.raw("a", less), "half-close a"}, r.lines),
			}
			if r.alive {
				x.lines = append(x.lines, d.closing())
			}
			d.add(x)
		}
	})
}

// unkept ends the stream where a header promises a body that the table allows.
func (d *deriver) unkept(x draft, frame []byte) {
	if v := d.judge(x.state, frame); v.request != nil || v.err != nil {
		return
	}
	x.name += ".unkept"
	x.what += ", and the end of the stream"
	x.derive, x.right = spec.DeriveHalfClose, "no answer, and the end"
	x.lines = []string{d.raw("a", frame), "half-close a", d.closing()}
	d.add(x)
}

// varints writes the length in the header of every request as a number that it is not: in more bytes than it needs, without an end, and
// cut off.
func (d *deriver) varints() {
	field := d.p.Length()
	if field == nil || field.Type.Varint == 0 {
		return
	}
	size := field.Type.Varint
	d.requests(func(m *spec.Message, s *spec.State) {
		frame := d.bytes(d.example(m))
		number := codec.AppendVarint(nil, d.c.ParseHeader(frame).Length)
		longer := func(n int) []byte {
			b := slices.Clone(number)
			b[len(b)-1] |= 0x80
			return append(append(b, bytes.Repeat([]byte{0x80}, n-len(b)-1)...), 0)
		}
		put := func(name, what string, number []byte) {
			msg := d.example(m)
			msg.Set(field.Name, dynamic.Raw(number))
			frame := d.bytes(msg)
			x := draft{
				folder: m.Name, name: field.Name + "." + name, about: m, state: s,
				what: fmt.Sprintf("%s whose header says its length %s", m.Name, what),
			}
			d.try(x, frame, d.raw("a", frame))
		}
		if len(number) < size {
			put("longer", "in one byte more than it needs", longer(len(number)+1))
			put("longest", "in as many bytes as there may be", longer(size))
		}
		put("endless", "in more bytes than there may be", append(bytes.Repeat([]byte{0x80}, size), 1))
		put("endless.ones", "in bytes of which none is the last", bytes.Repeat([]byte{0xff}, size))
	})
}

// cutFrames ends the connection within every request, after each byte: politely, by closing it and by a reset.
func (d *deriver) cutFrames() {
	d.requests(func(m *spec.Message, s *spec.State) {
		frame := d.bytes(d.example(m))
		for n := 1; n < len(frame); n++ {
			for _, end := range []string{"half-close", "close", "reset"} {
				x := draft{
					folder: m.Name, name: fmt.Sprintf("cut.%d.%s", n, end), about: m, state: s, derive: spec.DeriveOthers,
					what:  fmt.Sprintf("%s cut after %s, then %s", m.Name, count(n), end),
					right: "nothing but the end of this connection", lines: []string{d.raw("a", frame[:n]), end + " a"},
				}
				if end == "half-close" {
					x.derive = spec.DeriveHalfClose
					x.lines = append(x.lines, d.closing())
				}
				x.lines = append(x.lines, d.witness()...)
				d.add(x)
			}
		}
	})
}

// cutBodies shortens every request at its end, with a header that says so.
func (d *deriver) cutBodies() {
	d.requests(func(m *spec.Message, s *spec.State) {
		msg := d.example(m)
		frame := d.bytes(msg)
		for n := 1; n <= len(frame)-d.head(frame); n++ {
			short := slices.Clone(frame[:len(frame)-n])
			short = d.sized(m, short, len(short)-d.head(frame))
			d.try(draft{
				folder: m.Name, name: fmt.Sprintf("short.%d", n), about: m, state: s,
				what: fmt.Sprintf("%s whose body ends %s early", m.Name, count(n)),
			}, short, d.message(msg, fmt.Sprintf("@cut=%d", n)))
		}
	})
}

// trailing lets bytes follow the last field.
func (d *deriver) trailing() {
	d.requests(func(m *spec.Message, s *spec.State) {
		for _, extra := range [][]byte{{0}, {0xff}, {0xff, 0xff, 0xff, 0xff}, append([]byte{0}, d.fence()...)} {
			msg := d.example(m)
			msg.Trailing = extra
			frame := d.bytes(msg)
			x := draft{
				folder: m.Name, name: fmt.Sprintf("trailing.%x", extra), about: m, state: s,
				what: fmt.Sprintf("%s with %s after its last field", m.Name, count(len(extra))),
			}
			if v := d.judge(s, frame); v.err == nil {
				x.derive = spec.DeriveIgnored
			}
			d.try(x, frame, d.message(msg, fmt.Sprintf("@extra=%x", extra)))
		}
	})
}

// oneMore lets the stream end where the header says that a byte is to come.
func (d *deriver) oneMore(m *spec.Message, s *spec.State, field *spec.Field, frame []byte) {
	d.add(draft{
		folder: m.Name, name: field.Name + ".one-more", about: m, state: s, derive: spec.DeriveHalfClose,
		what: fmt.Sprintf("%s whose header says one byte more than comes before the stream ends", m.Name), right: "no answer, and the end",
		lines: []string{d.raw("a", frame), "half-close a", d.closing()},
	})
}
