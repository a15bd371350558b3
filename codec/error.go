package codec

import (
	"fmt"
	"strings"
)

// Why a value or a frame is refused: the values of Error.Because.
const (
	BecauseMin       = "min"       // below the smallest number, size in bytes or count
	BecauseMax       = "max"       // above the largest
	BecauseCharsMin  = "chars.min" // fewer characters than allowed
	BecauseCharsMax  = "chars.max" // more characters than allowed
	BecauseASCII     = "ascii"     // a character of ASCII that is not allowed
	BecauseProfile   = "profile"   // a character beyond ASCII that is not allowed
	BecauseEnum      = "enum"      // a number without a name
	BecauseBool      = "bool"      // a bool other than 0 and 1
	BecauseTruncated = "truncated" // the bytes end within the field
	BecauseUTF8      = "utf8"      // a string that is not UTF-8
	BecauseTrailing  = "trailing"  // bytes after the last field
)

// An Error says why bytes could not be decoded, or values not encoded.
type Error struct {
	Message string // name of the message: "SEND"
	Field   string // path of the field: "text", "names[1]"; "" for the body as a whole
	Offset  int    // bytes from the start of the frame to the start of the field, its length prefix included
	Because string // which limit or demand was broken: one of the Because constants
	Limit   uint64 // the limit that was broken, where there is one
	Code    uint64 // wire code of the error that the table demands
	Name    string // its name: "BAD_FIELD"
}

// Error says it in one line, for people. It never holds a value of a field.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Message)
	if e.Field != "" {
		fmt.Fprintf(&b, ": field %q", e.Field)
	}
	fmt.Fprintf(&b, ": %s", e.sentence())
	if e.Offset > 0 {
		fmt.Fprintf(&b, " (byte %d)", e.Offset)
	}
	return strings.TrimPrefix(b.String(), ": ")
}

func (e *Error) sentence() string {
	switch e.Because {
	case BecauseMin:
		return fmt.Sprintf("below its minimum of %d", e.Limit)
	case BecauseMax:
		return fmt.Sprintf("above its maximum of %d", e.Limit)
	case BecauseCharsMin:
		return fmt.Sprintf("fewer than %d characters", e.Limit)
	case BecauseCharsMax:
		return fmt.Sprintf("more than %d characters", e.Limit)
	case BecauseASCII:
		return "a character that is not allowed"
	case BecauseProfile:
		return "a character beyond ASCII that is not allowed"
	case BecauseEnum:
		return "a value that is not defined"
	case BecauseBool:
		return "neither 0 nor 1"
	case BecauseTruncated:
		return "the body ends within it"
	case BecauseUTF8:
		return "not UTF-8"
	case BecauseTrailing:
		return "bytes after the last field"
	}
	return e.Because
}

// Profiles judges strings that hold characters beyond ASCII. A nil Profiles judges nothing.
type Profiles interface {
	// Check returns the number of characters of s after the named profile, and whether the profile allows s at all.
	Check(profile, s string) (chars int, ok bool)
}
