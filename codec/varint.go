package codec

import "math/bits"

// Varint reads an unsigned LEB128 number, which MQTT calls a variable byte integer, of at most size bytes at the start
// of b. n is how many bytes it takes; 0 if b ends within it. It is not ok if it is longer than size bytes, or not in its
// shortest form.
func Varint(b []byte, size int) (v uint64, n int, ok bool) {
	for i, c := range b[:min(len(b), size)] {
		v |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			if c == 0 && i > 0 {
				return 0, 0, false
			}
			return v, i + 1, true
		}
	}
	return 0, 0, len(b) < size
}

// AppendVarint appends v as Varint reads it.
func AppendVarint(dst []byte, v uint64) []byte {
	for v >= 0x80 {
		dst = append(dst, byte(v)|0x80)
		v >>= 7
	}
	return append(dst, byte(v))
}

// VarintSize returns how many bytes AppendVarint appends.
func VarintSize(v uint64) int { return max(1, (bits.Len64(v)+6)/7) }

// Bit is 1 for true and 0 for false.
func Bit(v bool) uint64 {
	if v {
		return 1
	}
	return 0
}

// AppendRun appends the low size bytes of v, a run of bit fields, the highest byte first.
func AppendRun(dst []byte, size int, v uint64) []byte {
	for i := size - 1; i >= 0; i-- {
		dst = append(dst, byte(v>>(8*i)))
	}
	return dst
}
