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
	owner store.Incarnation

	// The committer's own.
	last   store.Seq // the last number given
	erased store.Seq // the last number removed from the database

	// Guarded by the store's lock.
	visible store.Seq // the last number on disk
	acked   store.Seq
	waiting bool // in Store.acks
}

// open returns the inbox of an account, from memory or from the database.
func (w *writer) open(owner store.Incarnation) (*inbox, error) {
	w.mu.Lock()
	b := w.inboxes[owner]
	w.mu.Unlock()
	if b != nil {
		return b, nil
	}
	v, err := w.get(ackKey(owner))
	if err != nil {
		return nil, err
	}
	b = &inbox{owner: owner}
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
	w.mu.Lock()
	w.inboxes[owner] = b
	w.mu.Unlock()
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
		live := w.inboxes[b.owner] == b
		w.mu.Unlock()
		if !live { // the account was deleted
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
func (w *writer) remove(owner store.Incarnation) {
	w.deleteRange(messageKey(owner, 0), messageKey(owner+1, 0))
	w.delete(ackKey(owner))
	w.mu.Lock()
	delete(w.inboxes, owner)
	w.mu.Unlock()
}

// evictInboxes drops from memory the inboxes that nobody uses, when there are many.
func (s *Store) evictInboxes() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.inboxes) <= s.evict {
		return
	}
	for owner, b := range s.inboxes {
		if s.holds[owner] == nil && !b.waiting {
			delete(s.inboxes, owner)
		}
	}
	s.evict = max(s.keep, 2*len(s.inboxes)) // so that the work stays in proportion
}
