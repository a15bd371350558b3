package derive

import (
	"fmt"
	"slices"

	"github.com/wirelaw/wirelaw/spec"
)

// top is the largest number in n bytes.
func top(n int) uint64 { return ^uint64(0) >> (64 - 8*n) }

// opcodes tries opcodes that no message of a client has: all of them where one byte holds them, those next to others elsewhere. Those that
// a server uses are a family of their own.
func (d *deriver) opcodes() {
	field := d.p.Opcode()
	width := field.Type.Width
	var codes []uint64
	if width == 1 {
		for n := range uint64(256) {
			codes = append(codes, n)
		}
	} else {
		codes = append(codes, 0, top(width), top(width)/2, top(width)/2+1)
		for _, m := range d.p.Messages {
			codes = append(codes, m.Code-1&top(width), m.Code+1&top(width), m.Code^1<<(8*width-1), m.Code^1<<8)
		}
	}
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
				folder: field.Name, name: fmt.Sprintf("0x%0*x.%s", 2*width, code, s.Name), state: s,
				what: fmt.Sprintf("opcode 0x%0*x in the state %s", 2*width, code, s.Name),
			}, frame, d.raw("a", frame))
			if m := d.bodied(); i == 0 && parts > 0 && m != nil {
				parts--
				frame := d.bytes(d.example(m))
				h := d.c.ParseHeader(frame)
				h.Opcode = code
				d.c.SetHeader(frame, h)
				d.try(draft{
					folder: field.Name, name: fmt.Sprintf("0x%0*x.parts", 2*width, code), state: s,
					what: fmt.Sprintf("opcode 0x%0*x with a header and a body as if it was %s", 2*width, code, m.Name),
				}, frame, d.raw("a", frame))
			}
			if inner := d.fence(); i == 0 && code%16 == 0 && uint64(len(inner)) <= d.c.MaxBody(s) {
				frame := append(d.header(code, d.c.Length(len(inner)), anID), inner...)
				d.try(draft{
					folder: field.Name, name: fmt.Sprintf("0x%0*x.body", 2*width, code), state: s,
					what: fmt.Sprintf("opcode 0x%0*x with a body that looks like a frame", 2*width, code),
				}, frame, d.raw("a", frame))
			}
		}
	}
}

// bodied is the first request with a body, nil if there is none.
func (d *deriver) bodied() *spec.Message {
	for _, m := range d.p.Messages {
		if m.From == spec.FromClient && len(d.bytes(d.example(m))) > d.c.HeaderSize() {
			return m
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
		}
	}
}

// headers lets headers say lengths at and beyond every limit. The body that they speak of is not there.
func (d *deriver) headers() {
	field := d.p.Length()
	if field == nil {
		return
	}
	all := top(field.Type.Width)
	for _, m := range d.p.Messages {
		if m.From != spec.FromClient {
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
		n := len(frame) - d.c.HeaderSize()
		more := d.c.SetHeader(slices.Clone(frame), header(d, m, n+1))
		if v := d.judge(s, append(slices.Clone(more), 0)); v.err == nil || !d.early() {
			d.oneMore(m, s, field, more)
		}
		if n == 0 {
			return
		}
		less := d.c.SetHeader(slices.Clone(frame), header(d, m, n-1))
		v := d.judge(s, less)
		for i, r := range d.replies(s, v) {
			if i > 0 || !r.same || len(r.maybe) > 0 {
				continue
			}
			d.add(draft{
				folder: m.Name, name: field.Name + ".one-less", about: m, state: s, derive: d.deriveOf(v), require: r.require,
				what: fmt.Sprintf("%s whose header says one byte less than there is, and the end of the stream", m.Name), right: r.right,
				lines: lines([]string{d.raw("a", less), "half-close a"}, r.lines, []string{d.closing()}),
			})
		}
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
		for n := 1; n <= len(frame)-d.c.HeaderSize(); n++ {
			short := slices.Clone(frame[:len(frame)-n])
			d.c.SetHeader(short, header(d, m, len(short)-d.c.HeaderSize()))
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
