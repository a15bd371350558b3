package conformance

import (
	"sync"
	"time"

	"github.com/wirelaw/wirelaw/spec"
)

// An Event is one thing that happened on a connection.
type Event struct {
	At    time.Duration // since the transcript began
	Conn  string
	From  spec.Direction // who did it; "" for a note of the engine
	Frame []byte         // a whole frame, or what came of one; nil for a note
	Note  string         // "connected", "closed", "reset" …
}

// A Transcript is what was said in a case, in order. It is safe for use by many goroutines.
type Transcript struct {
	mu     sync.Mutex
	start  time.Time
	events []Event
	size   int
	lost   int
}

// maxTranscript bounds the bytes that one transcript keeps.
const maxTranscript = 4 << 20

// NewTranscript returns an empty transcript that begins now.
func NewTranscript() *Transcript { return &Transcript{start: time.Now()} }

// TranscriptOf returns a transcript of events that have happened. It keeps them.
func TranscriptOf(events []Event) *Transcript { return &Transcript{start: time.Now(), events: events} }

// Add appends an event that happened now and returns its index, or -1 if the transcript is full. It keeps Frame.
func (t *Transcript) Add(e Event) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.size += len(e.Frame) + 64; t.size > maxTranscript {
		t.lost++
		return -1
	}
	e.At = time.Since(t.start)
	t.events = append(t.events, e)
	return len(t.events) - 1
}

// Events returns a copy of the events so far, and how many did not fit.
func (t *Transcript) Events() (events []Event, lost int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]Event(nil), t.events...), t.lost
}
