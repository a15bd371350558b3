package dynamic

import (
	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/spec"
)

// A layout is how a side lays out the header of a frame.
type layout struct {
	frame  *spec.Frame
	from   spec.Direction
	slots  []slot // the header, in the order of the wire
	fixed  bool   // all of it has a fixed size
	size   int    // bytes of the header; the least if it is not fixed
	op     *slot
	length *slot // nil: no field counts the body
	id     *slot // nil: it has no correlation
	body   *spec.Field
	own    int    // bytes of the header that the length counts; varints are not among them
	most   uint64 // the largest body, whatever the state

	low  [][]*plan          // the messages by opcode: those below 256
	high map[uint64][]*plan // the others
}

// A slot is a field of the header and where it lies: its first bit, counted from the first bit of the header. Behind a varint
// that counts as one byte.
type slot struct {
	field   *spec.Field
	bit     int
	bits    int
	counted bool // the length counts it
}

func (s *slot) off() int { return s.bit / 8 }

func (c *Codec) newLayout(frame *spec.Frame, from spec.Direction) *layout {
	l := &layout{frame: frame, from: from, fixed: true, high: map[uint64][]*plan{}}
	bit := 0
	for _, f := range frame.Of(from) {
		if f.Type.Kind == spec.KindRest {
			l.body = f
			continue
		}
		s := slot{field: f, bit: bit, bits: leastBits(f.Type)}
		l.fixed = l.fixed && f.Type.Varint == 0
		bit += s.bits
		l.slots = append(l.slots, s)
	}
	l.size = (bit + 7) / 8
	for i := range l.slots {
		s := &l.slots[i]
		switch {
		case s.field.Role == spec.RoleOpcode:
			l.op = s
		case s.field.Role == spec.RoleCorrelation:
			l.id = s
		case l.body != nil && has(s.field.Counts, l.body.Name):
			l.length = s
		}
	}
	for i := range l.slots {
		if s := &l.slots[i]; l.length != nil && has(l.length.field.Counts, s.field.Name) {
			s.counted = true
			if s.field.Type.Varint == 0 {
				l.own += s.bits / 8
			}
		}
	}
	l.most, _ = l.maxBody(nil)
	return l
}

// candidates returns the messages with an opcode.
func (l *layout) candidates(code uint64) []*plan {
	if code < uint64(len(l.low)) {
		return l.low[code]
	}
	return l.high[code]
}

func (l *layout) add(pl *plan) {
	code := pl.message.Code
	if code >= 256 {
		l.high[code] = append(l.high[code], pl)
		return
	}
	for uint64(len(l.low)) <= code {
		l.low = append(l.low, nil)
	}
	l.low[code] = append(l.low[code], pl)
}

func has(names []string, name string) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}

// A header is what the header of a frame says.
type header struct {
	Header
	size int    // bytes of the header
	own  uint64 // bytes of it that the length counts
}

// body returns the size of the body. It is not ok if the length is less than what it has to count of the header itself.
func (h *header) body() (n uint64, ok bool) {
	if h.Length < h.own {
		return 0, false
	}
	return h.Length - h.own, true
}

// parse reads the header at the start of b into h. It is not whole if b ends within it. The error is that of a varint.
func (c *Codec) parse(l *layout, b []byte, h *header) (whole bool, err *codec.Error) {
	h.size, h.own = l.size, uint64(l.own)
	if l.fixed {
		if len(b) < l.size {
			return false, nil
		}
		h.Opcode = c.slotValue(l.op, b)
		h.Length = c.slotValue(l.length, b)
		h.ID = c.slotValue(l.id, b)
		return true, nil
	}
	at := 0 // in bits
	for i := range l.slots {
		s := &l.slots[i]
		var v uint64
		n := s.bits
		if size := s.field.Type.Varint; size > 0 {
			var k int
			var ok bool
			v, k, ok = codec.Varint(b[min(at/8, len(b)):], size)
			if !ok {
				return false, c.breach(nil, spec.CheckLayout, codec.Error{
					Field: s.field.Name, Offset: at / 8, Because: codec.BecauseVarint,
				})
			}
			if k == 0 {
				return false, nil
			}
			n = 8 * k
			if s.counted {
				h.own += uint64(k)
			}
		} else {
			if (at+n+7)/8 > len(b) {
				return false, nil
			}
			v = c.numberAt(b, at, n, s.field.Type)
		}
		switch s {
		case l.op:
			h.Opcode = v
		case l.length:
			h.Length = v
		case l.id:
			h.ID = v
		}
		at += n
	}
	h.size = (at + 7) / 8
	return true, nil
}

func (c *Codec) slotValue(s *slot, b []byte) uint64 {
	if s == nil {
		return 0
	}
	return c.numberAt(b, s.bit, s.bits, s.field.Type)
}

// numberAt reads the number of type t, of n bits, that begins at a bit of b. Bytes of a fixed size are no number.
func (c *Codec) numberAt(b []byte, bit, n int, t *spec.Type) uint64 {
	switch {
	case t.Bits > 0:
		return bitsAt(b, bit, n)
	case n > 64:
		return 0
	}
	return c.number(b[bit/8 : bit/8+n/8])
}
