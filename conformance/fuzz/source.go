package fuzz

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
)

// A source yields the bytes from which a session is made, and zeros when they are spent: so that less input makes a
// simpler session, never another one. It is a math/rand Source64 for gofuzz.
type source struct {
	data []byte
	pos  int
}

func (s *source) spent() bool { return s.pos >= len(s.data) }

func (s *source) byte() byte {
	if s.spent() {
		return 0
	}
	s.pos++
	return s.data[s.pos-1]
}

// pick returns a number below n, and 0 when the bytes are spent. It takes one byte for small n, else two.
func (s *source) pick(n int) int {
	v := int(s.byte())
	if n > 256 {
		v = v<<8 | int(s.byte())
	}
	return v % n
}

// chance reports true in about n of 256 cases, and false when the bytes are spent.
func (s *source) chance(n int) bool { return int(s.byte()) > 255-n }

// Uint64 takes eight bytes.
func (s *source) Uint64() uint64 {
	var b [8]byte
	for i := range b {
		b[i] = s.byte()
	}
	return binary.LittleEndian.Uint64(b[:])
}

// Int63 takes eight bytes.
func (s *source) Int63() int64 { return int64(s.Uint64() >> 1) }

// Seed does nothing: the bytes decide.
func (s *source) Seed(int64) {}

// stream returns the bytes of session n of a seed.
func stream(seed uint64, n, size int) []byte {
	var name [16]byte
	binary.LittleEndian.PutUint64(name[:8], seed)
	binary.LittleEndian.PutUint64(name[8:], uint64(n))
	b := make([]byte, size)
	rand.NewChaCha8(sha256.Sum256(name[:])).Read(b)
	return b
}
