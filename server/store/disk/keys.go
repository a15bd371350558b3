package disk

import (
	"encoding/binary"

	"github.com/wirelaw/wirelaw/server/store"
)

// The database, by the first byte of a key. Numbers are big endian, so that they
// sort. A message's number is its place in the inbox of one incarnation, so that
// a new account of an old name has nothing of the old one's.
//
//	a identity                       account: incarnation, name, hash
//	b incarnation seq                message
//	c incarnation                    the last message acknowledged
//	k sender key                     accepted key: time, seq, digest
//	l time sender key                the same keys by age; no value
//	o name                           what there is once: the nonce, the last incarnation
//	t hash                           token: expiry, identity, incarnation
//	u incarnation                    the hash of the account's token
const (
	accountKeys  = 'a'
	messageKeys  = 'b'
	ackKeys      = 'c'
	acceptedKeys = 'k'
	ageKeys      = 'l'
	onceKeys     = 'o'
	tokenKeys    = 't'
	ownerKeys    = 'u'
)

var (
	nonceKey       = []byte{onceKeys, 'n'}
	incarnationKey = []byte{onceKeys, 'i'}
)

func accountKey(identity string) []byte {
	return append([]byte{accountKeys}, identity...)
}

func messageKey(inbox store.Incarnation, seq store.Seq) []byte {
	k := numbered(messageKeys, uint64(inbox))
	return binary.BigEndian.AppendUint64(k, uint64(seq))
}

// seqOf is the number in a messageKey.
func seqOf(k []byte) store.Seq { return store.Seq(binary.BigEndian.Uint64(k[9:])) }

func ackKey(inbox store.Incarnation) []byte { return numbered(ackKeys, uint64(inbox)) }

func acceptedKey(sender store.Incarnation, key store.Key) []byte {
	return append(numbered(acceptedKeys, uint64(sender)), key[:]...)
}

// ageKey is the place by age of an accepted key: time, and what follows the
// first byte of its acceptedKey.
func ageKey(time int64, accepted []byte) []byte {
	return append(numbered(ageKeys, uint64(time)), accepted[1:]...)
}

// ofAge takes an ageKey apart.
func ofAge(k []byte) (time int64, accepted []byte) {
	return int64(binary.BigEndian.Uint64(k[1:])), append([]byte{acceptedKeys}, k[9:]...)
}

func tokenKey(h store.TokenHash) []byte { return append([]byte{tokenKeys}, h[:]...) }

func ownerKey(a store.Incarnation) []byte { return numbered(ownerKeys, uint64(a)) }

func numbered(first byte, n uint64) []byte {
	k := make([]byte, 0, 1+8+8+len(store.Key{}))
	return binary.BigEndian.AppendUint64(append(k, first), n)
}

// after returns the first key that does not start with prefix and is greater.
func after(prefix []byte) []byte {
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] != 0xff {
			next := append([]byte(nil), prefix[:i+1]...)
			next[i]++
			return next
		}
	}
	return nil
}
