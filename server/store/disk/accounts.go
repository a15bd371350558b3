package disk

import (
	"context"

	"github.com/cockroachdb/pebble/v2"

	"github.com/wirelaw/wirelaw/server/store"
)

// epoch is that of an inbox, until the next restore.
func (s *Store) epoch(a store.Incarnation) store.Epoch { return s.nonce ^ store.Epoch(a) }

// account looks an account up as r sees it.
func (s *Store) account(r pebble.Reader, identity string) (store.Account, error) {
	v, err := get(r, accountKey(identity))
	if err != nil {
		return store.Account{}, err
	}
	if v == nil {
		return store.Account{}, store.ErrNoSuchUser
	}
	a, err := decodeAccount(identity, v)
	a.Epoch = s.epoch(a.Incarnation)
	return a, err
}

// Create is store.Store's.
func (s *Store) Create(ctx context.Context, identity, name, hash string) (store.Account, error) {
	return do(ctx, s, func(w *writer) (store.Account, error) {
		switch _, err := w.account(w.batch, identity); err {
		case store.ErrNoSuchUser:
		case nil:
			return store.Account{}, store.ErrTaken
		default:
			return store.Account{}, err
		}
		w.last++
		a := store.Account{
			Identity:    identity,
			Name:        name,
			Hash:        hash,
			Incarnation: w.last,
			Epoch:       w.epoch(w.last),
		}
		w.setAccount(a)
		w.set(incarnationKey, number(uint64(w.last)))
		return a, nil
	})
}

func (w *writer) setAccount(a store.Account) {
	w.accounts = true
	w.set(accountKey(a.Identity), encodeAccount(a))
}

// Account is store.Store's.
func (s *Store) Account(ctx context.Context, identity string) (store.Account, error) {
	if err := ctx.Err(); err != nil {
		return store.Account{}, err
	}
	if err := s.enter(); err != nil {
		return store.Account{}, err
	}
	defer s.leave()
	a, err := s.account(s.db, identity)
	if unsure := s.settle(ctx); unsure != nil {
		return store.Account{}, unsure
	}
	return a, err
}

// Rehash is store.Store's.
func (s *Store) Rehash(ctx context.Context, a store.Account, hash string) error {
	_, err := do(ctx, s, func(w *writer) (struct{}, error) {
		now, err := w.account(w.batch, a.Identity)
		if err == store.ErrNoSuchUser || err == nil && (now.Incarnation != a.Incarnation || now.Hash != a.Hash) {
			return struct{}{}, store.ErrChanged
		}
		if err != nil {
			return struct{}{}, err
		}
		now.Hash = hash
		w.setAccount(now)
		return struct{}{}, nil
	})
	return err
}

// Names is store.Store's.
func (s *Store) Names(ctx context.Context, prefix, past string, limit int) ([]store.Entry, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	from := accountKey(prefix)
	if past >= prefix && past != "" {
		from = append(accountKey(past), 0)
	}
	list, err := s.names(from, after(accountKey(prefix)), limit)
	if unsure := s.settle(ctx); unsure != nil {
		return nil, unsure
	}
	return list, err
}

func (s *Store) names(from, to []byte, limit int) (list []store.Entry, err error) {
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: from, UpperBound: to})
	if err != nil {
		return nil, err
	}
	for it.First(); it.Valid() && len(list) < limit; it.Next() {
		identity := string(it.Key()[1:])
		a, err := decodeAccount(identity, it.Value())
		if err != nil {
			it.Close()
			return nil, err
		}
		list = append(list, store.Entry{Identity: identity, Name: a.Name})
	}
	return list, it.Close()
}
