package disk

import (
	"context"
	"time"

	"github.com/wirelaw/wirelaw/server/store"
)

// Claim is store.Store's.
func (s *Store) Claim(ctx context.Context, a store.Account, hash store.TokenHash, expires time.Time) (store.Session, error) {
	n, err := do(ctx, s, func(w *writer) (*session, error) {
		now, err := w.account(w.batch, a.Identity)
		if err != nil {
			return nil, err
		}
		if now.Incarnation != a.Incarnation {
			return nil, store.ErrNoSuchUser
		}
		old, err := w.get(ownerKey(a.Incarnation))
		if err != nil {
			return nil, err
		}
		n, err := w.begin(now, false)
		if err != nil {
			return nil, err
		}
		w.dropToken(a.Incarnation, old)
		t := token{expires: expires.UnixMilli(), identity: a.Identity, incarnation: a.Incarnation}
		w.set(tokenKey(hash), t.encode())
		w.set(ownerKey(a.Incarnation), hash[:])
		return n, nil
	})
	if err != nil {
		return nil, err
	}
	return n, nil
}

// Resume is store.Store's.
func (s *Store) Resume(ctx context.Context, hash store.TokenHash, expires time.Time) (store.Session, error) {
	n, err := do(ctx, s, func(w *writer) (*session, error) {
		v, err := w.get(tokenKey(hash))
		if err != nil {
			return nil, err
		}
		if v == nil {
			return nil, store.ErrBadToken
		}
		t, err := decodeToken(v)
		if err != nil {
			return nil, err
		}
		if t.expires <= w.now {
			return nil, store.ErrBadToken
		}
		a, err := w.account(w.batch, t.identity)
		if err == store.ErrNoSuchUser || err == nil && a.Incarnation != t.incarnation {
			return nil, errValue // a token dies with its account
		}
		if err != nil {
			return nil, err
		}
		n, err := w.begin(a, true)
		if err != nil {
			return nil, err
		}
		if later := expires.UnixMilli(); later > t.expires {
			t.expires = later
			w.set(tokenKey(hash), t.encode())
		}
		return n, nil
	})
	if err != nil {
		return nil, err
	}
	return n, nil
}

// begin starts a session, in the place of another only with takeover.
func (w *writer) begin(a store.Account, takeover bool) (*session, error) {
	b, err := w.open(a)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !takeover && w.holds[a.Incarnation] != nil {
		return nil, store.ErrClaimed
	}
	h := w.holds.Take(a.Incarnation)
	if b.visible > b.acked {
		h.Wake()
	}
	return &session{Hold: h, store: w.Store, account: a, inbox: b}, nil
}

// dropToken removes the token that owner's ownerKey has as its value.
func (w *writer) dropToken(owner store.Incarnation, hash []byte) {
	if hash != nil {
		w.delete(tokenKey(store.TokenHash(hash)))
		w.delete(ownerKey(owner))
	}
}
