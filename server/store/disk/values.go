package disk

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"

	"github.com/wirelaw/wirelaw/server/store"
)

var errValue = errors.New("a record in the store is damaged")

// A decoder takes numbers and strings off the front of a value. Its error
// sticks and is checked once, by end.
type decoder struct {
	rest   []byte
	failed bool
}

func (d *decoder) number() uint64 {
	n, size := binary.Uvarint(d.rest)
	if size <= 0 {
		d.failed, d.rest = true, nil
		return 0
	}
	d.rest = d.rest[size:]
	return n
}

func (d *decoder) text() string {
	n := d.number()
	if n > uint64(len(d.rest)) {
		d.failed, d.rest = true, nil
		return ""
	}
	s := string(d.rest[:n])
	d.rest = d.rest[n:]
	return s
}

func (d *decoder) end() error {
	if d.failed || len(d.rest) > 0 {
		return errValue
	}
	return nil
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// A number stands alone in a value of eight bytes.
func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func decodeNumber(v []byte) (uint64, error) {
	if len(v) != 8 {
		return 0, errValue
	}
	return binary.BigEndian.Uint64(v), nil
}

func encodeAccount(a store.Account) []byte {
	b := binary.AppendUvarint(nil, uint64(a.Incarnation))
	return appendText(appendText(b, a.Name), a.Hash)
}

// decodeAccount leaves the epoch, which is not kept, to the caller.
func decodeAccount(identity string, v []byte) (store.Account, error) {
	d := decoder{rest: v}
	a := store.Account{Identity: identity}
	a.Incarnation = store.Incarnation(d.number())
	a.Name = d.text()
	a.Hash = d.text()
	return a, d.end()
}

func encodeMessage(time int64, m *store.Message) []byte {
	b := make([]byte, 0, 32+len(m.From.Identity)+len(m.From.Name)+len(m.Text))
	b = binary.AppendUvarint(b, uint64(time))
	b = binary.AppendUvarint(b, uint64(m.From.Incarnation))
	b = appendText(b, m.From.Identity)
	b = appendText(b, m.From.Name)
	return appendText(b, m.Text)
}

func decodeMessage(key, v []byte) (store.Delivery, error) {
	d := decoder{rest: v}
	m := store.Delivery{Seq: seqOf(key)}
	m.Time = int64(d.number())
	m.From.Incarnation = store.Incarnation(d.number())
	m.From.Identity = d.text()
	m.From.Name = d.text()
	m.Text = d.text()
	return m, d.end()
}

// accepted is what is kept of a message for repeats of it.
type accepted struct {
	time   int64
	seq    store.Seq
	digest [sha256.Size]byte
}

func (a accepted) encode() []byte {
	b := binary.AppendUvarint(nil, uint64(a.time))
	b = binary.AppendUvarint(b, uint64(a.seq))
	return append(b, a.digest[:]...)
}

func decodeAccepted(v []byte) (a accepted, err error) {
	d := decoder{rest: v}
	a.time = int64(d.number())
	a.seq = store.Seq(d.number())
	if len(d.rest) != len(a.digest) {
		return a, errValue
	}
	copy(a.digest[:], d.rest)
	return a, nil
}

// token is what a token's hash leads to.
type token struct {
	expires     int64 // milliseconds since 1970 UTC
	identity    string
	incarnation store.Incarnation
}

func (t token) encode() []byte {
	b := binary.AppendUvarint(nil, uint64(t.expires))
	b = appendText(b, t.identity)
	return binary.AppendUvarint(b, uint64(t.incarnation))
}

func decodeToken(v []byte) (t token, err error) {
	d := decoder{rest: v}
	t.expires = int64(d.number())
	t.identity = d.text()
	t.incarnation = store.Incarnation(d.number())
	return t, d.end()
}
