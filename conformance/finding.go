package conformance

import "time"

// A Kind says in what way a step failed.
type Kind string

// The kinds.
const (
	KindMismatch  Kind = "mismatch"  // something else came than was expected
	KindTimeout   Kind = "timeout"   // nothing came
	KindClosed    Kind = "closed"    // the connection ended
	KindViolation Kind = "violation" // a frame that the table forbids, wherever it comes
	KindTarget    Kind = "target"    // the target could not be reached
	KindDeath     Kind = "death"     // the target died
)

// A Finding says why a case failed.
type Finding struct {
	Kind     Kind
	Rule     string // id of the rule that is broken
	Fault    string // what is wrong, as a clause that is the same wherever it is seen; "" if the case alone knows
	Either   string // the fault that this may be as well, if that is seen elsewhere; "" if there is none
	Line     int    // of the transcript, 1-based; 0 if no line is to blame
	Step     string // the line as written
	Call     string // the line of a macro that failed, if Step is a call
	Conn     string // name of the connection
	Request  string // name of the request whose reply was due or came, "" if it is about no request
	State    string // in which the server was by then, as far as that is known
	Expected string
	Got      string
	GotError string // name of the error, if an error was got
	Differs  string // where the first differing byte is, "" if that says nothing
	Field    string // the field at fault of the frame at fault, "" if none is
	Frame    int    // index into Transcript.Events of the frame at fault, -1 if none

	Waited time.Duration // for what did not come; 0 if that is not known
}

// A Result is a case and what became of it.
type Result struct {
	Case       *Case
	Verdict    Verdict
	Reason     string // why it was skipped, blocked or in error; a note otherwise
	Known      string // FAIL: the signature with which it was known to fail, if this is another; "" if it was not
	Finding    *Finding
	Transcript *Transcript // what was said; nil if nothing was
	Millis     float64     // how long the case took
	Unsteady   bool        // it failed once, and not again on fresh accounts
	Begins     *Case       // of what cases begin with: the first of them, which shows it again
}
