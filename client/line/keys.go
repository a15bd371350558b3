package line

import (
	"bufio"
	"io"
	"strings"
	"unicode/utf8"
)

// key is what a person pressed: a character, or one of these.
type key rune

const (
	keyNone key = -1 - iota // nothing that the editor knows
	keyEnter
	keyInterrupt
	keyEnd
	keyHome
	keyLeft
	keyRight
	keyWordLeft
	keyWordRight
	keyUp
	keyDown
	keyBackspace
	keyDelete
	keyEraseWord
	keyEraseBefore
	keyEraseAfter
	keyDeleteOrEOF
	keyClear
)

// controls are the keys of one byte, as most shells have them.
var controls = map[rune]key{
	'\r': keyEnter, '\n': keyEnter, 0x7f: keyBackspace,
	'A' - '@': keyHome, 'B' - '@': keyLeft, 'C' - '@': keyInterrupt, 'D' - '@': keyDeleteOrEOF, 'E' - '@': keyEnd, 'F' - '@': keyRight,
	'H' - '@': keyBackspace, 'K' - '@': keyEraseAfter, 'L' - '@': keyClear, 'N' - '@': keyDown, 'P' - '@': keyUp,
	'U' - '@': keyEraseBefore, 'W' - '@': keyEraseWord,
}

// sequences are the keys that begin with ESC [ or ESC O, by what follows.
var sequences = map[string]key{
	"A": keyUp, "B": keyDown, "C": keyRight, "D": keyLeft, "H": keyHome, "F": keyEnd,
	"1~": keyHome, "7~": keyHome, "4~": keyEnd, "8~": keyEnd, "3~": keyDelete,
	"1;5D": keyWordLeft, "1;3D": keyWordLeft, "1;5C": keyWordRight, "1;3C": keyWordRight,
}

// readKey reads the next key of a terminal in raw mode.
func readKey(in *bufio.Reader) (key, error) {
	r, size, err := in.ReadRune()
	if err != nil {
		return keyNone, err
	}
	switch k, control := controls[r]; {
	case control:
		return k, nil
	case r == '\x1b':
		return readSequence(in)
	case r < ' ' || r == utf8.RuneError && size == 1:
		return keyNone, nil
	}
	return key(r), nil
}

// readSequence reads what follows ESC. A sequence that the editor does not know is read to its end.
func readSequence(in *bufio.Reader) (key, error) {
	r, _, err := in.ReadRune()
	if err != nil {
		return keyNone, err
	}
	if r != '[' && r != 'O' {
		return keyNone, in.UnreadRune()
	}
	var s strings.Builder
	for s.Len() < 16 {
		r, _, err := in.ReadRune()
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return keyNone, err
		}
		s.WriteRune(r)
		if r >= '@' && r <= '~' {
			break
		}
	}
	if k, ok := sequences[s.String()]; ok {
		return k, nil
	}
	return keyNone, nil
}
