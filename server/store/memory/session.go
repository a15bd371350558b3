package memory

import (
	"context"
	"slices"
	"time"

	"github.com/wirelaw/wirelaw/server/store"
	"github.com/wirelaw/wirelaw/server/store/internal/hold"
)

// A session is one hold on an account. The store's lock guards the account.
type session struct {
	*hold.Hold
	store   *Store
	account *account
	began   store.Account // the account when the session began
}

// Claim is store.Store's.
func (s *Store) Claim(ctx context.Context, a store.Account, token store.TokenHash, expires time.Time) (store.Session, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	acc := s.accounts[a.Identity]
	if acc == nil || acc.Incarnation != a.Incarnation {
		return nil, store.ErrNoSuchUser
	}
	if s.holds[a.Incarnation] != nil {
		return nil, store.ErrClaimed
	}
	s.dropToken(acc)
	acc.token, acc.hasToken, acc.expires = token, true, expires
	s.tokens[token] = acc
	return s.begin(acc), nil
}

// Resume is store.Store's.
func (s *Store) Resume(ctx context.Context, token store.TokenHash, expires time.Time) (store.Session, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	acc := s.tokens[token]
	if acc == nil || !s.opts.Now().Before(acc.expires) {
		return nil, store.ErrBadToken
	}
	if expires.After(acc.expires) {
		acc.expires = expires
	}
	return s.begin(acc), nil
}

func (s *Store) begin(acc *account) *session {
	h := s.holds.Take(acc.Incarnation)
	if len(acc.inbox.messages) > 0 {
		h.Wake()
	}
	return &session{Hold: h, store: s, account: acc, began: acc.Account}
}

func (s *Store) dropToken(acc *account) {
	if acc.hasToken {
		delete(s.tokens, acc.token)
		acc.hasToken = false
	}
}

// enter takes the store's lock, if the session stands.
func (n *session) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	n.store.mu.Lock()
	if n.Ended() {
		n.store.mu.Unlock()
		return store.ErrFenced
	}
	return nil
}

func (n *session) Account() store.Account { return n.began }

func (n *session) Read(ctx context.Context, after store.Seq, limit, bytes int) ([]store.Delivery, error) {
	if err := n.enter(ctx); err != nil {
		return nil, err
	}
	defer n.store.mu.Unlock()
	b := &n.account.inbox
	after = min(max(after, b.acked), b.last())
	rest := b.messages[after-b.acked:]
	rest = rest[:min(len(rest), max(limit, 1))]
	for i, m := range rest {
		if bytes -= len(m.Text); bytes < 0 && i > 0 {
			rest = rest[:i]
			break
		}
	}
	return slices.Clone(rest), nil
}

func (n *session) Ack(ctx context.Context, through store.Seq) error {
	if err := n.enter(ctx); err != nil {
		return err
	}
	defer n.store.mu.Unlock()
	n.account.inbox.ack(through)
	return nil
}

func (n *session) Waiting(ctx context.Context) (int, error) {
	if err := n.enter(ctx); err != nil {
		return 0, err
	}
	defer n.store.mu.Unlock()
	return len(n.account.inbox.messages), nil
}

func (n *session) Acked(ctx context.Context) (store.Seq, error) {
	if err := n.enter(ctx); err != nil {
		return 0, err
	}
	defer n.store.mu.Unlock()
	return n.account.inbox.acked, nil
}

func (n *session) Logout(ctx context.Context) error {
	if err := n.enter(ctx); err != nil {
		return err
	}
	defer n.store.mu.Unlock()
	n.store.dropToken(n.account)
	n.store.holds.End(n.began.Incarnation, store.ErrReleased)
	return nil
}

func (n *session) Delete(ctx context.Context) error {
	if err := n.enter(ctx); err != nil {
		return err
	}
	defer n.store.mu.Unlock()
	s, identity := n.store, n.began.Identity
	s.dropToken(n.account)
	delete(s.accounts, identity)
	i, _ := slices.BinarySearch(s.names, identity)
	s.names = slices.Delete(s.names, i, i+1)
	s.holds.End(n.began.Incarnation, store.ErrDeleted)
	return nil
}

func (n *session) Release() {
	n.store.mu.Lock()
	defer n.store.mu.Unlock()
	if !n.Ended() {
		n.store.holds.End(n.began.Incarnation, store.ErrReleased)
	}
}
