// Package dynamic speaks a protocol by interpreting its table at run time: bytes to named values and back.
//
// It gives the same results as the code generated from the same table: the same messages, and for a wrong frame the same
// error at the same offset because of the same limit. It is for tools that take any table: the judge, the fuzzer, the
// checker and the document. It trusts no byte and allocates nothing that the bytes at hand do not justify.
package dynamic

import (
	"math"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/spec"
)

// A Codec speaks one protocol. It is immutable, and safe for use by many goroutines.
type Codec struct {
	p       *spec.Protocol
	header  []slot
	size    int // bytes of the header
	op      *slot
	length  *slot
	id      *slot // nil: the protocol has no correlation
	body    *spec.Field
	counted int // bytes of the header that the length counts
	client  map[uint64]*spec.Message
	server  map[uint64]*spec.Message
	checks  map[spec.CheckName]*spec.Error
	order   map[spec.CheckName]int
}

// A slot is a field of the header and where it lies.
type slot struct {
	field *spec.Field
	off   int
}

func (s *slot) width() int { return s.field.Type.Width }

// New returns the codec of p. The protocol must not change afterwards.
func New(p *spec.Protocol) *Codec {
	c := &Codec{
		p:      p,
		client: map[uint64]*spec.Message{},
		server: map[uint64]*spec.Message{},
		checks: map[spec.CheckName]*spec.Error{},
		order:  map[spec.CheckName]int{},
	}
	for _, f := range p.Main().Fields {
		if f.Type.Kind == spec.KindRest {
			c.body = f
			continue
		}
		c.header = append(c.header, slot{field: f, off: c.size})
		c.size += f.Type.Width
	}
	for i := range c.header {
		s := &c.header[i]
		switch {
		case s.field.Role == spec.RoleOpcode:
			c.op = s
		case s.field.Role == spec.RoleCorrelation:
			c.id = s
		case len(s.field.Counts) > 0:
			c.length = s
		}
	}
	if c.length != nil {
		for _, name := range c.length.field.Counts {
			for _, s := range c.header {
				if s.field.Name == name {
					c.counted += s.width()
				}
			}
		}
	}
	for _, m := range p.Messages {
		c.messages(m.From)[m.Code] = m
	}
	for i, ch := range p.Checks {
		c.checks[ch.Name] = ch.Error
		c.order[ch.Name] = i
	}
	return c
}

// Protocol returns the table that c interprets.
func (c *Codec) Protocol() *spec.Protocol { return c.p }

func (c *Codec) messages(from spec.Direction) map[uint64]*spec.Message {
	if from == spec.FromClient {
		return c.client
	}
	return c.server
}

// Lookup returns the message with an opcode in a direction, or nil.
func (c *Codec) Lookup(from spec.Direction, opcode uint64) *spec.Message {
	return c.messages(from)[opcode]
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

// widest is the largest number that n bytes can hold.
func widest(n int) uint64 {
	if n >= 8 {
		return math.MaxUint64
	}
	return 1<<(8*n) - 1
}

// smallest is the least number of bytes that a value of t takes on the wire.
func smallest(t *spec.Type) int {
	switch t.Kind {
	case spec.KindUint:
		return t.Width
	case spec.KindBool:
		return 1
	case spec.KindRest:
		return 0
	case spec.KindArray:
		return t.LenWidth + t.Size*smallest(t.Elem)
	}
	return t.LenWidth + t.Size
}

// number reads the number in b, which is as wide as b is long.
func (c *Codec) number(b []byte) uint64 {
	var v uint64
	for i := range b {
		if c.p.BigEndian {
			v = v<<8 | uint64(b[i])
		} else {
			v = v<<8 | uint64(b[len(b)-1-i])
		}
	}
	return v
}

// put writes v into b, which is as wide as b is long. What does not fit is cut off.
func (c *Codec) put(b []byte, v uint64) {
	for i := range b {
		if c.p.BigEndian {
			b[len(b)-1-i] = byte(v)
		} else {
			b[i] = byte(v)
		}
		v >>= 8
	}
}

func (c *Codec) appendNumber(dst []byte, v uint64, width int) []byte {
	var b [8]byte
	c.put(b[:width], v)
	return append(dst, b[:width]...)
}
