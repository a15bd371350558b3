package dynamic

import (
	"slices"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/spec"
)

// A Header is what the header of a frame says, true or not.
type Header struct {
	Opcode uint64
	Length uint64 // as on the wire; BodyLen tells the size of the body
	ID     uint64 // correlation; 0 if the protocol has none
}

// Plain reports whether all frames have one layout with a header of a fixed size. HeaderSize, ParseHeader, PutHeader,
// BodyLen and Length tell all about the header of such a protocol. Of any other they speak of the first layout as a client
// sends it, and as if a number of variable size took one byte: Split, HeaderOf and Decode know better.
func (c *Codec) Plain() bool { return len(c.p.Frames) == 1 && c.main[0].fixed }

// HeaderSize returns the size of a header in bytes; if it is not fixed, the least.
func (c *Codec) HeaderSize() int { return c.main[0].size }

// ParseHeader reads the header at the start of b, which must hold at least HeaderSize bytes. Of a header that is longer than b, or
// has an impossible number, it reads what comes before that.
func (c *Codec) ParseHeader(b []byte) Header {
	var h header
	c.parse(c.main[0], b, &h)
	return h.Header
}

// HeaderOf reads the header at the start of a frame that a side sends in a state, and returns its size in bytes. The
// size is 0 if b ends within it. The error is that of a number of variable size.
func (c *Codec) HeaderOf(state *spec.State, from spec.Direction, b []byte) (h Header, size int, err error) {
	var parsed header
	whole, fault := c.parse(c.layoutIn(state, from), b, &parsed)
	switch {
	case fault != nil:
		return parsed.Header, 0, fault
	case !whole:
		return parsed.Header, 0, nil
	}
	return parsed.Header, parsed.size, nil
}

// PutHeader writes h over the first HeaderSize bytes of dst, which must be there, and returns dst. Numbers too wide for
// their field lose their upper bytes. Header fields without a meaning of their own become zero. A number of variable size
// gets one byte: its lower seven bits.
func (c *Codec) PutHeader(dst []byte, h Header) []byte {
	l := c.main[0]
	clear(dst[:l.size])
	c.putSlot(l.op, dst, h.Opcode)
	c.putSlot(l.length, dst, h.Length)
	c.putSlot(l.id, dst, h.ID)
	return dst
}

// SetHeader writes h over the header of a frame of a side and returns the frame. It leaves alone what else is in that header, and a header
// that cannot be read. Numbers too wide for their field lose their upper bits. A number of variable size takes as many bytes as it
// needs: if these are not as many as before, the frame that is returned may lie elsewhere in memory.
func (c *Codec) SetHeader(from spec.Direction, frame []byte, h Header) []byte {
	l := c.mainOf(from)
	if l.fixed {
		c.putSlot(l.op, frame, h.Opcode)
		c.putSlot(l.length, frame, h.Length)
		c.putSlot(l.id, frame, h.ID)
		return frame
	}
	if whole, err := c.parse(l, frame, &header{}); err != nil || !whole {
		return frame
	}
	values := map[*slot]uint64{l.op: h.Opcode, l.length: h.Length, l.id: h.ID}
	at := 0 // in bits
	for i := range l.slots {
		s := l.slots[i]
		v, set := values[&l.slots[i]]
		if size := s.field.Type.Varint; size > 0 {
			_, k, _ := codec.Varint(frame[at/8:], size)
			s.bits = 8 * k
			if set {
				number := codec.AppendVarint(nil, v&top(s.field.Type))
				frame = slices.Replace(slices.Clip(frame), at/8, at/8+k, number...)
				s.bits = 8 * len(number)
			}
		} else if s.bit = at; set {
			c.putSlot(&s, frame, v)
		}
		at += s.bits
	}
	return frame
}

// BodyLen returns the size in bytes of the body that follows h. It is not ok if the length is less than what it has to
// count of the header itself.
func (c *Codec) BodyLen(h Header) (n uint64, ok bool) {
	full := header{Header: h, own: c.leastOwn()}
	return full.body()
}

// Length returns the length that the header of a body of n bytes has to say.
func (c *Codec) Length(n int) uint64 { return uint64(n) + c.leastOwn() }

// leastOwn is what the length counts of a header in which each varint takes one byte.
func (c *Codec) leastOwn() uint64 {
	n := c.main[0].own
	for _, s := range c.main[0].slots {
		if s.counted && s.field.Type.Varint > 0 {
			n++
		}
	}
	return uint64(n)
}

// MaxBody returns the largest body, in bytes, that a client may send in a state; a nil state stands for what a server
// sends.
func (c *Codec) MaxBody(state *spec.State) uint64 {
	l := c.mainOf(spec.FromServer)
	if state != nil {
		l = c.layoutIn(state, spec.FromClient)
	}
	n, _ := l.maxBody(state)
	return n
}

// maxBody also says which limit of the table it is. A nil state stands for any.
func (l *layout) maxBody(state *spec.State) (n uint64, limit string) {
	n, limit = widest(8), codec.BecauseMax
	if l.length != nil {
		n = top(l.length.field.Type) - uint64(l.own)
	}
	if l.body == nil {
		return 0, limit
	}
	if l.body.Type.Max != nil {
		n = min(n, *l.body.Type.Max)
	}
	if state != nil {
		if in, ok := l.body.MaxIn[state.Name]; ok && in <= n {
			return in, "max_in." + state.Name
		}
	}
	return n, limit
}

func (c *Codec) putSlot(s *slot, b []byte, v uint64) {
	switch {
	case s == nil:
	case s.field.Type.Varint > 0:
		b[s.off()] = byte(v) & 0x7f
	case s.field.Type.Bits > 0:
		putBits(b, s.bit, s.bits, v)
	default:
		c.put(b[s.off():s.off()+s.bits/8], v)
	}
}

// Split returns the size in bytes of the first frame of b, which a side has sent in a state; 0 if it is not complete. A nil
// state stands for any. The frames of a protocol without a length are all there is. The error, a *codec.Error, says that
// no frame can begin like this: the number that is its length is wrong, is less than what it counts of the header, or
// is over the limit of the body.
func (c *Codec) Split(state *spec.State, from spec.Direction, b []byte) (n int, err error) {
	l := c.layoutIn(state, from)
	var h header
	whole, fault := c.parse(l, b, &h)
	if fault == nil && whole && l.length != nil {
		if from == spec.FromServer {
			state = nil
		}
		if fault = l.checkLength(state, &h); fault != nil {
			fault = c.breach(nil, spec.CheckLength, *fault)
		}
	}
	switch {
	case fault != nil:
		return 0, fault
	case !whole:
		return 0, nil
	case l.body == nil:
		return h.size, nil
	case l.length == nil:
		return len(b), nil
	}
	size, _ := h.body()
	if size > uint64(len(b)-h.size) {
		return 0, nil
	}
	return h.size + int(size), nil
}
