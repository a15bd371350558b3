package disk

import (
	"github.com/cockroachdb/pebble/v2"

	"github.com/wirelaw/wirelaw/server/store"
)

// keepInboxes is the usual Store.keep.
const keepInboxes = 10_000

// eraseByRange is the number of messages from which on one range deletion is
// better than a deletion for each.
const eraseByRange = 64

// An inbox is what the memory knows of one: its messages are acked+1 to last.
type inbox struct {
	owner    store.Incarnation
	identity string

	// The committer's own.
	last   store.Seq // the last number given
	erased store.Seq // the last number removed from the database

	// Guarded by the store's lock.
	visible store.Seq // the last number on disk
	acked   store.Seq
	waiting bool // in Store.acks
}

// inboxOf returns the inbox of whoever has the name identity now, or
// store.ErrNoSuchUser.
func (w *writer) inboxOf(identity string) (*inbox, error) {
	if b := w.inboxes[identity]; b != nil {
		return b, nil
	}
	a, err := w.account(w.batch, identity)
	if err != nil {
		return nil, err
	}
	return w.open(a)
}

// open returns the inbox of an account that is there, from memory or from the
// database.
func (w *writer) open(a store.Account) (*inbox, error) {
	if b := w.inboxes[a.Identity]; b != nil {
		return b, nil
	}
	v, err := w.get(ackKey(a.Incarnation))
	if err != nil {
		return nil, err
	}
	b := &inbox{owner: a.Incarnation, identity: a.Identity}
	if v != nil {
		n, err := decodeNumber(v)
		if err != nil {
			return nil, err
		}
		b.acked = store.Seq(n)
	}
	b.erased, b.last = b.acked, b.acked
	if err := w.findLast(b); err != nil {
		return nil, err
	}
	b.visible = b.last // only this batch could have added more, and would have opened it
	w.inboxes[a.Identity] = b
	return b, nil
}

// findLast sets b.last from the newest message.
func (w *writer) findLast(b *inbox) error {
	it, err := w.db.NewIter(&pebble.IterOptions{LowerBound: messageKey(b.owner, 0), UpperBound: messageKey(b.owner+1, 0)})
	if err != nil {
		return err
	}
	if it.Last() {
		b.last = max(b.last, seqOf(it.Key()))
	}
	return it.Close()
}

// writeAcks removes what was acknowledged.
func (w *writer) writeAcks(acks []*inbox) error {
	for _, b := range acks {
		w.mu.Lock()
		b.waiting = false
		through := b.acked
		w.mu.Unlock()
		if w.inboxes[b.identity] != b { // the account was deleted
			continue
		}
		if through-b.erased < eraseByRange {
			for seq := b.erased + 1; seq <= through; seq++ {
				w.delete(messageKey(b.owner, seq))
			}
		} else {
			w.deleteRange(messageKey(b.owner, b.erased+1), messageKey(b.owner, through+1))
		}
		w.set(ackKey(b.owner), number(uint64(through)))
		b.erased = through
	}
	return nil
}

// remove deletes an inbox with all that waits in it.
func (w *writer) remove(b *inbox) {
	w.deleteRange(messageKey(b.owner, 0), messageKey(b.owner+1, 0))
	w.delete(ackKey(b.owner))
	delete(w.inboxes, b.identity)
}

// evictInboxes drops from memory the inboxes that nobody uses, when there are many.
func (s *Store) evictInboxes() {
	if len(s.inboxes) <= s.evict {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for identity, b := range s.inboxes {
		if s.holds[b.owner] == nil && !b.waiting {
			delete(s.inboxes, identity)
		}
	}
	s.evict = max(s.keep, 2*len(s.inboxes)) // so that the work stays in proportion
}
