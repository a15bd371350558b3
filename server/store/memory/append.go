package memory

import (
	"context"
	"crypto/sha256"

	"github.com/wirelaw/wirelaw/server/store"
)

// An inbox numbers its messages without gaps: the first one kept is acked+1.
type inbox struct {
	acked    store.Seq
	messages []store.Delivery
}

func (b *inbox) last() store.Seq { return b.acked + store.Seq(len(b.messages)) }

// ack forgets the messages up to through.
func (b *inbox) ack(through store.Seq) {
	through = min(through, b.last())
	if through <= b.acked {
		return
	}
	n := int(through - b.acked)
	clear(b.messages[:n]) // the array lives on: let go of the texts
	b.messages = b.messages[n:]
	b.acked = through
	if len(b.messages) == 0 {
		b.messages = nil
	}
}

// A scoped key is what names a message.
type scoped struct {
	sender store.Incarnation
	key    store.Key
}

// A record is what is kept of an accepted message for repeats of it.
type record struct {
	digest [sha256.Size]byte
	seq    store.Seq
	time   int64
}

// An arrival is a key in the order of acceptance.
type arrival struct {
	scoped
	time int64
}

// keys are the accepted keys, and their order for forgetting them.
type keys struct {
	known map[scoped]record
	order []arrival
}

// forget drops a few keys accepted at or before limit, more than come in.
func (k *keys) forget(limit int64) {
	for range 4 {
		if len(k.order) == 0 || k.order[0].time > limit {
			return
		}
		// A key that was used again has a newer record, which stays.
		if a := k.order[0]; k.known[a.scoped].time == a.time {
			delete(k.known, a.scoped)
		}
		k.order = k.order[1:]
	}
}

// Append is store.Store's. The message is there when it returns.
func (s *Store) Append(ctx context.Context, m store.Message) *store.Pending {
	if err := s.enter(ctx); err != nil {
		return store.Resolved(store.Receipt{}, err)
	}
	defer s.mu.Unlock()
	return store.Resolved(s.append(&m))
}

func (s *Store) append(m *store.Message) (store.Receipt, error) {
	now := s.opts.Now().UnixMilli()
	limit := now - s.opts.KeyRetention.Milliseconds()
	s.keys.forget(limit)
	k, digest := scoped{m.From.Incarnation, m.Key}, m.Digest()
	if r, ok := s.keys.known[k]; ok && r.time > limit {
		if r.digest != digest {
			return store.Receipt{}, store.ErrKeyConflict
		}
		return store.Receipt{Seq: r.seq, Time: r.time, Duplicate: true}, nil
	}
	to := s.accounts[m.To]
	if to == nil {
		return store.Receipt{}, store.ErrNoSuchUser
	}
	if len(to.inbox.messages) >= s.opts.InboxLimit {
		return store.Receipt{}, store.ErrInboxFull
	}
	seq := to.inbox.last() + 1
	to.inbox.messages = append(to.inbox.messages, store.Delivery{Seq: seq, Time: now, From: m.From, Text: m.Text})
	s.keys.known[k] = record{digest: digest, seq: seq, time: now}
	s.keys.order = append(s.keys.order, arrival{k, now})
	s.holds.Wake(to.Incarnation)
	return store.Receipt{Seq: seq, Time: now}, nil
}
