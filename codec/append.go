package codec

// AppendU24 appends the low 24 bits of v, the highest byte first.
func AppendU24(dst []byte, v uint32) []byte {
	return append(dst, byte(v>>16), byte(v>>8), byte(v))
}

// AppendU24LE appends the low 24 bits of v, the lowest byte first.
func AppendU24LE(dst []byte, v uint32) []byte {
	return append(dst, byte(v), byte(v>>8), byte(v>>16))
}

// AppendBool appends 1 for true and 0 for false.
func AppendBool(dst []byte, v bool) []byte {
	if v {
		return append(dst, 1)
	}
	return append(dst, 0)
}

// Uint returns the number in b, which is at most 8 bytes long, the highest byte first.
func Uint(b []byte) uint64 {
	var v uint64
	for _, c := range b {
		v = v<<8 | uint64(c)
	}
	return v
}

// UintLE returns the number in b, which is at most 8 bytes long, the lowest byte first.
func UintLE(b []byte) uint64 {
	var v uint64
	for i := len(b) - 1; i >= 0; i-- {
		v = v<<8 | uint64(b[i])
	}
	return v
}

// PutUint writes the low bytes of v over b, the highest first. What does not fit is cut: callers check first.
func PutUint(b []byte, v uint64) {
	for i := len(b) - 1; i >= 0; i-- {
		b[i] = byte(v)
		v >>= 8
	}
}

// PutUintLE writes the low bytes of v over b, the lowest first. What does not fit is cut: callers check first.
func PutUintLE(b []byte, v uint64) {
	for i := range b {
		b[i] = byte(v)
		v >>= 8
	}
}
