package spec

// A CharSet is a set of ASCII characters.
type CharSet struct {
	Text string // as written in the table, for example "A-Za-z0-9._-"
	bits [2]uint64
}

// Contains reports whether c is in the set. No byte above 127 is.
func (s *CharSet) Contains(c byte) bool {
	return c < 128 && s.bits[c/64]&(1<<(c%64)) != 0
}
