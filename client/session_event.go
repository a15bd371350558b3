package client

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// EventKind says what happened to a session.
type EventKind int

// What happens to a session.
const (
	Disconnected EventKind = iota // the connection was lost; the session tries to connect again
	Reconnected                   // there is a connection again, and who was logged in is so again
	LoggedOut                     // who was logged in could not be logged in again
	Ended                         // there will be no more connections
)

func (k EventKind) String() string {
	switch k {
	case Disconnected:
		return "disconnected"
	case Reconnected:
		return "reconnected"
	case LoggedOut:
		return "logged out"
	case Ended:
		return "ended"
	}
	return fmt.Sprintf("EventKind(%d)", int(k))
}

// Event is told to SessionOptions.Notify.
type Event struct {
	Kind   EventKind
	Member *Member // who is, or was, logged in; nil for a guest
	Err    error   // why, for Disconnected, LoggedOut and Ended
	Unsent int     // how many messages wait to be accepted; for LoggedOut how many were given up
}

// Backoff says how long to wait between two attempts to connect: Min after the first, twice as long each time, at most Max, and each time
// a random part of a half of it less, so that many clients do not come back at once.
type Backoff struct {
	Min, Max time.Duration // 0 is 250 ms and 15 s
}

func (b Backoff) filled() Backoff {
	if b.Min <= 0 {
		b.Min = 250 * time.Millisecond
	}
	if b.Max < b.Min {
		b.Max = max(b.Min, 15*time.Second)
	}
	return b
}

// wait returns the pause before the given attempt; the first attempt is 0 and has none.
func (b Backoff) wait(attempt int) time.Duration {
	if attempt == 0 {
		return 0
	}
	d := b.Max
	if shift := attempt - 1; shift < 20 && b.Min<<shift < b.Max {
		d = b.Min << shift
	}
	return d - rand.N(d/2+1)
}
