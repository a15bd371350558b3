// Package fuzz sends garbage to a server and holds every answer against the table.
//
// A session is a list of typed steps (messages with right, legal and wild values) and raw damage (lengths that lie, split
// and joined writes, cut frames, flipped bits, frames again and in another order, half-closes and resets). It is
// made whole before anything is sent, from the seed, the run id and its number alone: the same seed and run id send the
// same bytes. What only the server knows (a cursor, a sequence) is therefore small junk in a session. The way into the
// first state is not part of the session: it takes the shortcut of the table where there is one, since passwords are dear.
//
// The oracle follows our bytes as a right server reads them, and so knows for every frame which answers are right. After every
// session two innocent connections converse: they must notice nothing of the garbage. A third party, the resident, is known to
// garbage: by its name, and by its token where the table has a shortcut. A request to take its session over is the one thing in a
// session that has a value of the server; its place, and all other bytes, do not depend on that.
//
// A finding is confirmed, with all other sessions at rest, and made small: frames are left out as long as the same fault is seen. Then
// it is written as a transcript, which is replayed as wirecheck replay does it. If that does not fail, what was sent after the request
// at fault is added, as far as the table says what answers it; if nothing helps, the transcript says so. [Report.Reached] says which
// answers were seen.
package fuzz

import (
	"context"
	"fmt"
	"io"
	"net"
	"time"
)

// A Dialer opens a connection to the target. Connections should have a method CloseWrite.
type Dialer func(ctx context.Context) (net.Conn, error)

// Options says how to fuzz. The zero value is one run of 1000 sessions with seed 0 and a run id of its own.
type Options struct {
	Seed        uint64
	RunID       string        // makes names fresh: lower-case letters and digits. "": a random one
	Sessions    int           // 0: 1000, or no end if For is set
	For         time.Duration // ends after this time; 0: no end but Sessions
	Parallel    int           // sessions side by side, at most 8. 0: 8
	Patience    float64       // multiplies all waiting; 0: 1
	MaxFindings int           // ends after so many different findings; 0: 10
	Progress    io.Writer     // a terminal, for one line that tells how far it is; nil: none
	// Restart starts a target anew that has crashed, so that the session that did it can be found; nil: it cannot be.
	Restart func(context.Context) error
	Command string // named in transcripts: how the run can be repeated
	Dir     string // for the engine that replays transcripts; "": the system's for temporary files
}

// A Finding is one way in which the target broke the table.
type Finding struct {
	Kind       string // "reply", "missing", "leak" …
	Request    string // name of the message that was to be answered, or ""
	Expected   string
	Got        string
	Session    int // the first in which it was seen
	Count      int // how often it was seen
	Confirmed  bool
	Soft       bool   // it is the lack of something in time
	Frames     int    // what the transcript sends on the garbage connection; 0 if it was not replayed
	Of         int    // what the session sent
	Reproduced bool   // the transcript was replayed at the end, and failed
	Sick       bool   // by the end, the target failed so whatever was sent
	Transcript []byte // a .txtar that shows it

	sighting *sighting
	settled  bool
}

// Counts reports whether the finding stands: it was seen twice, or it is a frame that no right server sends.
func (f *Finding) Counts() bool { return f.Confirmed || f.Count > 1 || !f.Soft }

// weight orders findings: those that can be shown again come first.
func (f *Finding) weight() int {
	switch {
	case f.Confirmed:
		return 2
	case f.Counts():
		return 1
	}
	return 0
}

// String says what was found in one line.
func (f *Finding) String() string {
	at := ""
	if f.Request != "" {
		at = " to " + f.Request
	}
	return fmt.Sprintf("%s%s: expected %s, got %s", f.Kind, at, f.Expected, f.Got)
}

// A Report is what a run found out.
type Report struct {
	Seed     uint64
	RunID    string
	Sessions int // that were played
	Sent     int64
	Frames   int64  // of the server, on garbage connections
	Hashes   int64  // requests that cost the target the hash of a password, when entering; sessions add a few
	Digest   string // says what the sessions sent: the same for the same seed, run id and number of sessions
	Elapsed  time.Duration
	Findings []*Finding
	Stopped  string         // why the run ended early, or ""
	Answers  map[string]int // how often a request got an answer: "SEND ACCEPTED", "SEND BAD_NAME", "ACK silence"

	possible []Reach
}

// Failed reports whether there is a finding that stands.
func (r *Report) Failed() bool {
	for _, f := range r.Findings {
		if f.Counts() {
			return true
		}
	}
	return false
}

// A TargetError says that the target cannot be fuzzed: it fails right requests before any garbage was sent.
type TargetError struct{ Finding Finding }

func (e *TargetError) Error() string {
	if e.Finding.Kind == string(kindCrash) {
		return fmt.Sprintf("it cannot be reached: %s", e.Finding.Got)
	}
	return "it fails before any garbage is sent: " + e.Finding.String()
}
