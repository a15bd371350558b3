package dynamic

import (
	"github.com/wirelaw/wirelaw/spec"
)

// A Header is what the header of a frame says, true or not.
type Header struct {
	Opcode uint64
	Length uint64 // as on the wire; BodyLen tells the size of the body
	ID     uint64 // correlation; 0 if the protocol has none
}

// HeaderSize returns the size of a header in bytes.
func (c *Codec) HeaderSize() int { return c.size }

// ParseHeader reads the header at the start of b, which must hold at least HeaderSize bytes.
func (c *Codec) ParseHeader(b []byte) Header {
	var h Header
	h.Opcode = c.slotValue(c.op, b)
	h.Length = c.slotValue(c.length, b)
	h.ID = c.slotValue(c.id, b)
	return h
}

// PutHeader writes h over the first HeaderSize bytes of dst, which must be there, and returns dst. Numbers too wide for
// their field lose their upper bytes. Header fields without a meaning of their own become zero.
func (c *Codec) PutHeader(dst []byte, h Header) []byte {
	clear(dst[:c.size])
	c.putSlot(c.op, dst, h.Opcode)
	c.putSlot(c.length, dst, h.Length)
	c.putSlot(c.id, dst, h.ID)
	return dst
}

// BodyLen returns the size in bytes of the body that follows h. It is not ok if the length is less than what it has to
// count of the header itself.
func (c *Codec) BodyLen(h Header) (n uint64, ok bool) {
	if h.Length < uint64(c.counted) {
		return 0, false
	}
	return h.Length - uint64(c.counted), true
}

// Length returns the length that the header of a body of n bytes has to say.
func (c *Codec) Length(n int) uint64 { return uint64(n + c.counted) }

// MaxBody returns the largest body, in bytes, that a client may send in a state; a nil state stands for what a server
// sends.
func (c *Codec) MaxBody(state *spec.State) uint64 {
	n, _ := c.maxBody(state)
	return n
}

// maxBody also says which limit of the table it is.
func (c *Codec) maxBody(state *spec.State) (n uint64, limit string) {
	n, limit = widest(8), "max"
	if c.length != nil {
		n = widest(c.length.width()) - uint64(c.counted)
	}
	if c.body == nil {
		return 0, limit
	}
	if c.body.Type.Max != nil {
		n = min(n, *c.body.Type.Max)
	}
	if state != nil {
		if in, ok := c.body.MaxIn[state.Name]; ok && in <= n {
			return in, "max_in." + state.Name
		}
	}
	return n, limit
}

func (c *Codec) slotValue(s *slot, b []byte) uint64 {
	if s == nil {
		return 0
	}
	return c.number(b[s.off : s.off+s.width()])
}

func (c *Codec) putSlot(s *slot, b []byte, v uint64) {
	if s != nil {
		c.put(b[s.off:s.off+s.width()], v)
	}
}
