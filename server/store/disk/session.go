package disk

import (
	"context"

	"github.com/cockroachdb/pebble/v2"

	"github.com/wirelaw/wirelaw/server/store"
	"github.com/wirelaw/wirelaw/server/store/internal/hold"
)

// A session is one hold on an account. While it stands its inbox is in memory.
type session struct {
	*hold.Hold
	store   *Store
	account store.Account
	inbox   *inbox
}

func (n *session) Account() store.Account { return n.account }

// with runs f under the store's lock, if the session stands.
func (n *session) with(ctx context.Context, f func(s *Store)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s := n.store
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case n.Ended():
		return store.ErrFenced
	case s.closed:
		return store.ErrClosed
	}
	f(s)
	return nil
}

func (n *session) Read(ctx context.Context, after store.Seq, limit, bytes int) ([]store.Delivery, error) {
	var through store.Seq
	err := n.with(ctx, func(s *Store) {
		after, through = max(after, n.inbox.acked), n.inbox.visible
		s.reads.Add(1)
	})
	if err != nil {
		return nil, err
	}
	defer n.store.leave()
	if after >= through {
		return nil, nil
	}
	list, err := n.store.messages(n.inbox.owner, after, through, limit, bytes)
	if n.Ended() { // what was read may be a part only
		return nil, store.ErrFenced
	}
	return list, err
}

// messages reads those of an inbox after one number and up to another.
func (s *Store) messages(owner store.Incarnation, after, through store.Seq, limit, bytes int) (list []store.Delivery, err error) {
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: messageKey(owner, after+1), UpperBound: messageKey(owner, through+1)})
	if err != nil {
		return nil, err
	}
	for it.First(); it.Valid() && len(list) < max(limit, 1); it.Next() {
		m, err := decodeMessage(it.Key(), it.Value())
		if err != nil {
			it.Close()
			return nil, err
		}
		if bytes -= len(m.Text); bytes < 0 && len(list) > 0 {
			break
		}
		list = append(list, m)
	}
	return list, it.Close()
}

func (n *session) Ack(ctx context.Context, through store.Seq) error {
	var failed error
	err := n.with(ctx, func(s *Store) {
		b := n.inbox
		through = min(through, b.visible)
		if failed = s.failed; failed != nil || through <= b.acked {
			return
		}
		b.acked = through
		if !b.waiting {
			b.waiting = true
			s.acks = append(s.acks, b)
			s.signal()
		}
	})
	if err != nil {
		return err
	}
	return failed
}

func (n *session) Waiting(ctx context.Context) (waiting int, err error) {
	err = n.with(ctx, func(*Store) { waiting = int(n.inbox.visible - n.inbox.acked) })
	return waiting, err
}

func (n *session) Acked(ctx context.Context) (acked store.Seq, err error) {
	err = n.with(ctx, func(*Store) { acked = n.inbox.acked })
	return acked, err
}

func (n *session) Logout(ctx context.Context) error { return n.end(ctx, store.ErrReleased) }

func (n *session) Delete(ctx context.Context) error { return n.end(ctx, store.ErrDeleted) }

// end has the committer end the session and kill the token, and delete the
// account if that is the cause.
func (n *session) end(ctx context.Context, cause error) error {
	if n.Ended() { // also when the store is closed
		return store.ErrFenced
	}
	a := n.account
	_, err := do(ctx, n.store, func(w *writer) (struct{}, error) {
		hash, err := w.get(ownerKey(a.Incarnation))
		if err != nil {
			return struct{}{}, err
		}
		w.mu.Lock()
		fenced := n.Ended()
		if !fenced {
			w.holds.End(a.Incarnation, cause)
		}
		w.mu.Unlock()
		if fenced {
			return struct{}{}, store.ErrFenced
		}
		w.dropToken(a.Incarnation, hash)
		if cause == store.ErrDeleted {
			w.accounts = true
			w.delete(accountKey(a.Identity))
			w.remove(n.inbox)
		}
		return struct{}{}, nil
	})
	return err
}

func (n *session) Release() {
	n.store.mu.Lock()
	defer n.store.mu.Unlock()
	if !n.Ended() {
		n.store.holds.End(n.account.Incarnation, store.ErrReleased)
	}
}
