package spec

import (
	"errors"
	"fmt"
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
// or ends the text stands for itself. Only printable characters can be named.
func parseCharSet(text string) (*CharSet, error) {
	s := &CharSet{Text: text}
	if text == "" {
		return s, errors.New("a set of characters has at least one")
	}
	for i := 0; i < len(text); i++ {
		from, to := text[i], text[i]
		if i+2 < len(text) && text[i+1] == '-' {
			to = text[i+2]
			i += 2
		}
		switch {
		case from < ' ' || from > '~' || to < ' ' || to > '~':
			return s, errors.New("a set of characters is written in printable ASCII")
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
