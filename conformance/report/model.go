package report

import (
	"encoding/hex"
	"fmt"

	"github.com/wirelaw/wirelaw/conformance"
)

// Warn is the verdict of a failure that breaks only what should be. With How.Strict there is none: it is FAIL.
const Warn conformance.Verdict = "WARN"

// Verdicts lists the verdicts of reports in the order in which they are counted.
var Verdicts = []conformance.Verdict{conformance.Pass, conformance.Fail, Warn, conformance.XFail, conformance.XPass, conformance.Flaky, conformance.Skip, conformance.Blocked, conformance.Error}

// A Run is all that a report tells. Every kind of report is written from it, so that all tell the same. Its texts can be shown
// anywhere: they hold no control characters, no bytes that are not UTF-8, and no secrets.
type Run struct {
	Head
	Cases []*Case
	End
}

// A Head is what is known before a case is judged: the first line of a stream.
type Head struct {
	Protocol string   `json:"protocol"`
	Title    string   `json:"title"`
	Table    string   `json:"table"` // the hash of the table
	Run      string   `json:"run"`
	Time     string   `json:"time,omitempty"` // when the report was made, RFC 3339
	Target   string   `json:"target"`
	Agent    string   `json:"agent,omitempty"`
	Features []string `json:"features"`
	Strict   bool     `json:"strict,omitempty"`
	Command  string   `json:"command,omitempty"` // that made it
	Rules    []Rule   `json:"rules"`
}

// A Rule is a rule of the table.
type Rule struct {
	ID      string `json:"id"`
	Level   string `json:"level"`
	Section string `json:"section"`
	Wish    string `json:"wish"` // the name of a Score
	Text    string `json:"text"`
}

// A Case is a case and what became of it: a line of a stream.
type Case struct {
	ID       string              `json:"id"`
	Verdict  conformance.Verdict `json:"verdict"`
	Level    string              `json:"level"`
	Section  string              `json:"section"` // of its first rule
	Wish     string              `json:"wish"`    // of its first rule
	Rules    []string            `json:"rules"`
	Title    string              `json:"title"`
	Reason   string              `json:"reason,omitempty"`
	Millis   float64             `json:"ms"`
	Unsteady bool                `json:"unsteady,omitempty"`
	File     string              `json:"file,omitempty"`
	Again    string              `json:"again,omitempty"` // the command that judges it again
	Finding  *Finding            `json:"finding,omitempty"`
	Events   []Event             `json:"events,omitempty"`  // what was said, if there is a finding
	Earlier  int                 `json:"earlier,omitempty"` // events before these, which are left out
}

// A Finding says why a case failed.
type Finding struct {
	Kind     string  `json:"kind"`
	Rule     string  `json:"rule,omitempty"`
	Line     int     `json:"line,omitempty"` // of the transcript
	Step     string  `json:"step,omitempty"`
	Call     string  `json:"call,omitempty"` // the line of a macro, if Step is a call
	Conn     string  `json:"connection,omitempty"`
	Request  string  `json:"request,omitempty"`
	Expected string  `json:"expected"`
	Got      string  `json:"got"`
	Waited   float64 `json:"waited,omitempty"` // seconds, for what did not come
	Differs  string  `json:"differs,omitempty"`
	Field    string  `json:"field,omitempty"` // of that frame: the one at fault
	Event    int     `json:"event"`           // index into Case.Events of the frame at fault, -1 if none
}

// Came is what was got, in words: for what did not come, also how long it was waited for.
func (f *Finding) Came() string { return came(f.Got, f.Waited) }

func came(got string, waited float64) string {
	if waited > 0 {
		return fmt.Sprintf("%s (waited for %.1f s)", got, waited)
	}
	return got
}

// An Event is something that happened on a connection.
type Event struct {
	Seconds float64 `json:"s"` // since the case began
	Conn    string  `json:"connection,omitempty"`
	From    string  `json:"from,omitempty"` // "client", "server"; "" for a note of the judge
	Title   string  `json:"title"`          // in a few words
	Frame   Hex     `json:"frame,omitempty"`
	Bytes   int     `json:"bytes,omitempty"` // how long the frame was, if Frame is only its beginning
	Fields  []Field `json:"fields,omitempty"`
}

// A Field says what some bytes of a frame are.
type Field struct {
	Offset int    `json:"offset"`
	Len    int    `json:"len"`
	Path   string `json:"path"` // "?" for bytes that make no sense
	Text   string `json:"text"`
	Hidden bool   `json:"hidden,omitempty"` // a secret: the bytes of the frame are stars there
}

// An End is what is known when all is judged: the last line of a stream.
type End struct {
	Status  int                         `json:"status"` // the exit status
	Counts  map[conformance.Verdict]int `json:"counts"`
	Seconds float64                     `json:"seconds"`
	Hashes  int                         `json:"hashes"`
	Scores  []Score                     `json:"scores,omitempty"`
	Causes  []Cause                     `json:"causes,omitempty"`
	Mend    string                      `json:"mend,omitempty"`  // what to mend first
	Stale   []string                    `json:"stale,omitempty"` // what is wrong with the list of known failures
	Problem string                      `json:"problem,omitempty"`
	Hints   []string                    `json:"hints,omitempty"`
	Contact []Event                     `json:"contact,omitempty"` // what was said first, if there is a problem
	Died    string                      `json:"died,omitempty"`
	Off     string                      `json:"off,omitempty"`    // why the run was called off
	Output  string                      `json:"output,omitempty"` // the last that the target printed, if it died or is of no use
}

// A Score is how many of the rules of a wish hold.
type Score struct {
	Name string `json:"name"`
	Wish string `json:"wish"`
	Held int    `json:"held"`
	All  int    `json:"all"`
	Open int    `json:"open"`
}

// A Cause is a group of failures that look like one fault.
type Cause struct {
	Example int   `json:"example"` // index into Run.Cases
	Others  []int `json:"others,omitempty"`
	Blocked int   `json:"blocked,omitempty"`
}

// Hex is bytes that are hex in JSON.
type Hex []byte

// MarshalText writes two digits a byte.
func (h Hex) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h), nil }

// UnmarshalText reads two digits a byte.
func (h *Hex) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

// Rule returns the rule with that id, or nil.
func (r *Run) Rule(id string) *Rule {
	for i := range r.Rules {
		if r.Rules[i].ID == id {
			return &r.Rules[i]
		}
	}
	return nil
}

// Verdict is the whole run in a few words.
func (r *Run) Verdict() string {
	switch conformance.Status(r.Status) {
	case conformance.StatusOK:
		return "passes"
	case conformance.StatusFailed:
		return "fails"
	case conformance.StatusTarget:
		return "cannot be judged"
	}
	return "was not judged in full: wirecheck is at fault"
}
