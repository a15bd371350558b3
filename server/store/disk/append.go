package disk

import (
	"bytes"
	"context"
	"crypto/sha256"

	"github.com/cockroachdb/pebble/v2"

	"github.com/wirelaw/wirelaw/server/store"
)

// A posting is one Append.
type posting struct {
	message store.Message
	digest  [sha256.Size]byte
	pending *store.Pending
	receipt store.Receipt
	err     error
}

// Append is store.Store's.
func (s *Store) Append(ctx context.Context, m store.Message) *store.Pending {
	p := &posting{message: m, digest: m.Digest(), pending: store.NewPending()}
	if err := s.enqueue(ctx, p); err != nil {
		return store.Resolved(store.Receipt{}, err)
	}
	return p.pending
}

func (p *posting) size() int { return 256 + len(p.message.Text) }

func (p *posting) apply(w *writer) { p.receipt, p.err = w.post(&p.message, p.digest) }

func (p *posting) done(failed error) {
	if failed != nil { // the committer may still be at work on the rest
		p.pending.Resolve(store.Receipt{}, failed)
		return
	}
	p.pending.Resolve(p.receipt, p.err)
}

func (w *writer) post(m *store.Message, digest [sha256.Size]byte) (store.Receipt, error) {
	key := acceptedKey(m.From.Incarnation, m.Key)
	v, err := w.get(key)
	if err != nil {
		return store.Receipt{}, err
	}
	var old accepted
	if v != nil {
		if old, err = decodeAccepted(v); err != nil {
			return store.Receipt{}, err
		}
		if old.time > w.limit && old.digest != digest {
			return store.Receipt{}, store.ErrKeyConflict
		}
		if old.time > w.limit {
			return store.Receipt{Seq: old.seq, Time: old.time, Duplicate: true}, nil
		}
	}
	b, err := w.inboxOf(m.To)
	if err != nil {
		return store.Receipt{}, err
	}
	w.mu.Lock()
	acked := b.acked
	w.mu.Unlock()
	if b.last-acked >= store.Seq(w.opts.InboxLimit) {
		return store.Receipt{}, store.ErrInboxFull
	}

	if v != nil {
		w.delete(ageKey(old.time, key)) // or it would take the new record with it
	}
	b.last++
	w.set(messageKey(b.owner, b.last), encodeMessage(w.now, m))
	w.set(key, accepted{time: w.now, seq: b.last, digest: digest}.encode())
	w.set(ageKey(w.now, key), nil)
	w.oldest = min(w.oldest, w.now)
	w.arrived = append(w.arrived, arrival{b, b.last})
	return store.Receipt{Seq: b.last, Time: w.now}, nil
}

// forgetLimit is the time of acceptance at and before which keys are forgotten.
func (s *Store) forgetLimit(now int64) int64 { return now - s.opts.KeyRetention.Milliseconds() }

// forget removes at most n accepted keys that are too old, and finds out how old
// the next one is. It looks at the database only when one is due.
func (w *writer) forget(n int) error {
	if w.oldest > w.limit {
		return nil
	}
	it, err := w.batch.NewIter(&pebble.IterOptions{LowerBound: []byte{ageKeys}, UpperBound: []byte{ageKeys + 1}})
	if err != nil {
		return err
	}
	var gone [][]byte
	rest := []byte{ageKeys + 1}
	w.oldest = never
	for it.First(); it.Valid(); it.Next() {
		time, key := ofAge(it.Key())
		if time > w.limit || len(gone) == n {
			w.oldest, rest = time, bytes.Clone(it.Key())
			break
		}
		gone = append(gone, key)
	}
	if err := it.Close(); err != nil {
		return err
	}
	if len(gone) == 0 {
		return nil
	}
	for _, key := range gone {
		w.delete(key)
	}
	w.deleteRange([]byte{ageKeys}, rest)
	return nil
}
