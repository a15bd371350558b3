package client

import "github.com/wirelaw/wirelaw/codec/chat"

// Dedup tells a message that was delivered before from a new one. It is for one account; the zero value has seen nothing.
//
// The sequences of an inbox rise within an epoch and every session delivers them in order, so the highest one seen is all that must be
// remembered.
type Dedup struct {
	epoch   chat.Epoch
	highest chat.Sequence
	any     bool
}

// First reports whether the message is new, and remembers it.
func (s *Dedup) First(epoch chat.Epoch, sequence chat.Sequence) bool {
	if s.any && epoch == s.epoch && sequence <= s.highest {
		return false
	}
	s.epoch, s.highest, s.any = epoch, sequence, true
	return true
}
