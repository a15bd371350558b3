package fuzz

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// An op is what a step does.
type op byte

const (
	opWrite     op = iota // writes Bytes in one go
	opSettle              // waits for all replies that are due
	opHalfClose           // ends our side of the stream
	opReset               // closes the connection with a TCP reset, whatever is due
	opClose               // closes it at once, whatever is due
	opToken               // writes a request with what the server has given to the resident
)

// A step is one action of a session.
type step struct {
	op    op
	bytes []byte           // of opToken: with junk in place of the token
	msg   *dynamic.Message // of opToken
	hold  bool             // of both: it is written together with what comes next
}

// A session is what one garbage connection does after it has entered its first state. All of it is made before anything is
// sent, so that it depends on nothing but the input, the run id and its number.
type session struct {
	number int
	state  *spec.State // entered before the first step, with right values
	actor  string      // name of the account that enters, if entering takes one
	others []string    // names of accounts that exist while it runs
	steps  []step
}

// digest adds what the session sends to h.
func (s *session) digest(h hash.Hash) {
	var n [8]byte
	word := func(v int) {
		binary.LittleEndian.PutUint64(n[:], uint64(v))
		h.Write(n[:])
	}
	word(s.number)
	h.Write([]byte(s.state.Name))
	word(len(s.steps))
	for _, st := range s.steps {
		word(int(st.op))
		word(len(st.bytes))
		h.Write(st.bytes)
	}
}

// shortDigest says in a few characters what the sessions send.
func shortDigest(sums map[int][sha256.Size]byte) string {
	h := sha256.New()
	for n := range len(sums) {
		sum := sums[n]
		h.Write(sum[:])
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}
