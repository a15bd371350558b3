package store

import (
	"crypto/sha256"
	"encoding/binary"
)

// Digest stands for the recipient and the text of m: a store compares it to tell
// a repeat from a key used for another message, without keeping the text.
func (m *Message) Digest() [sha256.Size]byte {
	b := make([]byte, 0, 4+len(m.To)+len(m.Text))
	b = binary.BigEndian.AppendUint32(b, uint32(len(m.To)))
	b = append(b, m.To...)
	b = append(b, m.Text...)
	return sha256.Sum256(b)
}
