package spec

import (
	"errors"
	"fmt"
	"strconv"
)

// A CharSet is a set of ASCII characters.
type CharSet struct {
	Text string // as written in the table, for example "A-Za-z0-9._-"
	bits [2]uint64
}

// Contains reports whether c is in the set. No byte above 127 is.
func (s *CharSet) Contains(c byte) bool {
	return c < 128 && s.bits[c/64]&(1<<(c%64)) != 0
}

// parseCharSet reads a set as it is written in a table: characters, and ranges such as a-z. A minus sign that begins
// or ends the text stands for itself. Printable characters stand for themselves, and \x00 to \x7f for any.
func parseCharSet(text string) (*CharSet, error) {
	s := &CharSet{Text: text}
	if text == "" {
		return s, errors.New("a set of characters has at least one")
	}
	for rest := text; rest != ""; {
		from, after := firstOf(rest)
		to := from
		if len(after) > 1 && after[0] == '-' {
			to, after = firstOf(after[1:])
		}
		rest = after
		switch {
		case from > 0x7f || to > 0x7f:
			return s, errors.New(`a set of characters is written in printable ASCII; \x00 to \x1f stand for others`)
		case from > to:
			return s, fmt.Errorf("range %q is empty", string(from)+"-"+string(to))
		}
		for c := from; c <= to; c++ {
			if s.Contains(c) {
				return s, fmt.Errorf("character %q is in the set twice", string(c))
			}
			s.bits[c/64] |= 1 << (c % 64)
		}
	}
	return s, nil
}

// firstOf takes one character off a text that is not empty. One that is not printable counts as 0xff, which is in no set.
func firstOf(text string) (c byte, rest string) {
	if len(text) >= 4 && text[:2] == `\x` {
		if v, err := strconv.ParseUint(text[2:4], 16, 8); err == nil {
			return byte(v), text[4:]
		}
	}
	if c = text[0]; c < ' ' || c > '~' {
		c = 0xff
	}
	return c, text[1:]
}
