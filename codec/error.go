package codec

import "fmt"

// What can be wrong with a field: the values of Error.Because.
const (
	BecauseMin       = "min"       // below its lower limit: a value, a size in bytes or a number of elements
	BecauseMax       = "max"       // above its upper limit
	BecauseCharsMin  = "chars.min" // fewer characters than allowed
	BecauseCharsMax  = "chars.max" // more characters than allowed
	BecauseASCII     = "ascii"     // holds an ASCII character that is not allowed
	BecauseProfile   = "profile"   // holds characters beyond ASCII that its string profile refuses
	BecauseEnum      = "enum"      // a value that the enum does not define
	BecauseBool      = "bool"      // neither 0 nor 1
	BecauseTruncated = "truncated" // the body ends within the field
	BecauseUTF8      = "utf8"      // a string that is not UTF-8
	BecauseTrailing  = "trailing"  // bytes are left over after the last field
	BecauseOpcode    = "opcode"    // an opcode that no message has, or a constant that tells messages apart
	BecauseConst     = "const"     // another value than the constant
	BecauseVarint    = "varint"    // a number of variable size that is too long, or not in its shortest form
	BecauseLength    = "length"    // a length of something that is not there, or that is of another size
	BecauseUntil     = "until"     // encoding: the value holds the byte that would end it
	BecauseNull      = "null"      // encoding: there must be a value
)

// What Error.Limit counts: the values of Error.Unit.
const (
	UnitBytes    = "bytes"
	UnitElements = "elements"
	UnitSigned   = "signed" // Limit holds the bits of an int64
)

// An Error says why bytes could not be decoded, or why values cannot be encoded. It never holds a value of a field, so
// it may be logged and sent.
type Error struct {
	Message string // name of the message, "SEND"
	Field   string // name of the field, "text" or "names[1]"; "" for the body as a whole
	Offset  int    // bytes from the start of the frame, header included, to where the field begins
	Because string // one of the Because constants
	Limit   uint64 // the limit that was broken, where there is one
	Unit    string // what Limit counts: UnitBytes, UnitElements, UnitSigned, or "" for a value or characters
	Code    uint64 // wire code of the error that the table demands
	Name    string // its name, "BAD_FIELD"
}

// Error names the message, the fault, the error that the table demands and the offset.
func (e *Error) Error() string {
	return fmt.Sprintf("%s: %s (%s, offset %d)", e.Message, e.Sentence(), e.Name, e.Offset)
}

// Sentence says what is wrong in words for people, in lower case and without a full stop. It holds no value of a field.
func (e *Error) Sentence() string {
	field := e.Field
	if field == "" {
		field = "the body"
	}
	switch e.Because {
	case BecauseMin:
		switch {
		case e.Unit == UnitBytes && e.Limit == 1:
			return field + " is empty"
		case e.Unit == UnitBytes:
			return fmt.Sprintf("%s is shorter than %d bytes", field, e.Limit)
		case e.Unit == UnitElements:
			return fmt.Sprintf("%s has fewer than %d elements", field, e.Limit)
		case e.Unit == UnitSigned:
			return fmt.Sprintf("%s is below %d", field, int64(e.Limit))
		}
		return fmt.Sprintf("%s is below %d", field, e.Limit)
	case BecauseMax:
		switch e.Unit {
		case UnitBytes:
			return fmt.Sprintf("%s is longer than %d bytes", field, e.Limit)
		case UnitElements:
			return fmt.Sprintf("%s has more than %d elements", field, e.Limit)
		case UnitSigned:
			return fmt.Sprintf("%s is above %d", field, int64(e.Limit))
		}
		return fmt.Sprintf("%s is above %d", field, e.Limit)
	case BecauseCharsMin:
		return fmt.Sprintf("%s has fewer than %d characters", field, e.Limit)
	case BecauseCharsMax:
		return fmt.Sprintf("%s has more than %d characters", field, e.Limit)
	case BecauseASCII:
		return field + " has a character that is not allowed"
	case BecauseProfile:
		return field + " has a character beyond ASCII that is not allowed"
	case BecauseEnum:
		return field + " has a value that is not defined"
	case BecauseBool:
		return field + " is neither 0 nor 1"
	case BecauseTruncated:
		if e.Field == "" {
			return "the frame ends before its body does"
		}
		return "the body ends within " + e.Field
	case BecauseUTF8:
		return field + " is not valid UTF-8"
	case BecauseTrailing:
		return "bytes are left over after the last field"
	case BecauseOpcode:
		return "no message has this " + field
	case BecauseConst:
		return field + " is not the constant that it has to be"
	case BecauseVarint:
		return field + " is longer than it may be, or not in its shortest form"
	case BecauseLength:
		return field + " is not the length of what it counts"
	case BecauseUntil:
		return field + " holds the byte that would end it"
	case BecauseNull:
		return field + " must have a value"
	}
	return field + ": " + e.Because
}

// A Demand is the error that a table demands for a breach.
type Demand struct {
	Code uint64 // its wire code
	Name string // its name, "BAD_FIELD"
}

// A Reaction says what a server does when it refuses a request.
type Reaction uint8

// The reactions.
const (
	ReactReply      Reaction = iota // answer with the error; the connection goes on
	ReactReplyClose                 // answer with the error, then close
	ReactClose                      // close without an answer
)

// String returns the reaction as tables write it: "reply", "reply-close" or "close".
func (r Reaction) String() string {
	switch r {
	case ReactReply:
		return "reply"
	case ReactReplyClose:
		return "reply-close"
	case ReactClose:
		return "close"
	}
	return fmt.Sprintf("Reaction(%d)", uint8(r))
}
