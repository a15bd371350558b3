package dynamic

import (
	"math"

	"github.com/wirelaw/wirelaw/spec"
)

// widest is the largest number that n bytes can hold.
func widest(n int) uint64 {
	if n >= 8 {
		return math.MaxUint64
	}
	return 1<<(8*n) - 1
}

// top is the largest number that t, a number, can have on the wire. Of a signed one it is the bits.
func top(t *spec.Type) uint64 {
	switch {
	case t.Bits > 0:
		return 1<<t.Bits - 1
	case t.Varint > 0:
		return 1<<(7*t.Varint) - 1
	case t.Kind == spec.KindInt:
		return widest(t.Width) >> 1
	case t.Kind == spec.KindBool:
		return 255
	}
	return widest(t.Width)
}

// bottom is the least number that t, a signed one, can have on the wire.
func bottom(t *spec.Type) int64 { return -1 << (8*t.Width - 1) }

// smallest is the least number of bytes that a value of t takes on the wire; bits that fill no byte are not counted.
func smallest(t *spec.Type) int {
	switch {
	case t.Kind == spec.KindUint && t.Bits == 0 && t.Varint == 0, t.Kind == spec.KindInt:
		return t.Width
	case t.Kind == spec.KindArray:
		if t.Size == 0 {
			return t.LenWidth + until(t)
		}
		return t.LenWidth + t.Size*smallest(t.Elem)
	}
	return leastBits(t) / 8
}

// leastBits is the least number of bits that a value of t takes on the wire.
func leastBits(t *spec.Type) int {
	switch t.Kind {
	case spec.KindUint, spec.KindInt:
		switch {
		case t.Bits > 0:
			return t.Bits
		case t.Varint > 0:
			return 8
		}
		return 8 * t.Width
	case spec.KindBool:
		return max(1, 8-7*t.Bits)
	case spec.KindRest:
		return 0
	case spec.KindArray:
		return 8 * smallest(t)
	case spec.KindStruct:
		n := 0
		for _, f := range t.Fields {
			if f.If == nil {
				n += leastBits(f.Type)
			}
		}
		return n
	}
	return 8 * (t.LenWidth + t.Size + until(t))
}

// until is the number of bytes that end a value of t.
func until(t *spec.Type) int {
	if t.Until != nil {
		return 1
	}
	return 0
}

// fixedSize returns how many bytes every value of t takes. It is not ok if they differ.
func fixedSize(t *spec.Type) (n int, ok bool) {
	switch t.Kind {
	case spec.KindUint, spec.KindInt, spec.KindBool:
		return leastBits(t) / 8, t.Varint == 0
	case spec.KindArray:
		n, ok = fixedSize(t.Elem)
		return t.Size * n, ok && t.Size > 0 && t.LenWidth == 0
	case spec.KindStruct:
		for _, f := range t.Fields {
			if _, ok := fixedSize(f.Type); !ok && f.Type.Bits == 0 || f.If != nil {
				return 0, false
			}
		}
		return leastBits(t) / 8, true
	}
	return t.Size, t.Size > 0 && t.LenWidth == 0
}

// number reads the number in b, which is as wide as b is long.
func (c *Codec) number(b []byte) uint64 {
	var v uint64
	if c.p.BigEndian {
		for _, x := range b {
			v = v<<8 | uint64(x)
		}
		return v
	}
	for i := len(b) - 1; i >= 0; i-- {
		v = v<<8 | uint64(b[i])
	}
	return v
}

// signed makes a signed number of its lower bits.
func signed(v uint64, width int) int64 {
	shift := 64 - 8*width
	return int64(v<<shift) >> shift
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

// appendNumber appends the lower bytes of v, as many as width says.
func (c *Codec) appendNumber(dst []byte, v uint64, width int) []byte {
	if c.p.BigEndian {
		for shift := 8 * (width - 1); shift >= 0; shift -= 8 {
			dst = append(dst, byte(v>>shift))
		}
		return dst
	}
	for range width {
		dst = append(dst, byte(v))
		v >>= 8
	}
	return dst
}

// bitsAt reads n bits, the highest first, from a bit of b on.
func bitsAt(b []byte, bit, n int) uint64 {
	var v uint64
	for n > 0 {
		k := min(8-bit%8, n)
		part := b[bit/8] >> (8 - bit%8 - k) & (1<<k - 1)
		v = v<<k | uint64(part)
		bit += k
		n -= k
	}
	return v
}

// putBits writes the lower n bits of v from a bit of b on.
func putBits(b []byte, bit, n int, v uint64) {
	for n > 0 {
		k := min(8-bit%8, n)
		shift := 8 - bit%8 - k
		mask := byte(1<<k-1) << shift
		b[bit/8] = b[bit/8]&^mask | byte(v>>(n-k))<<shift&mask
		bit += k
		n -= k
	}
}
