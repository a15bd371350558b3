// Package memory is a store for play and for tests: everything is gone when the
// process ends.
package memory

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wirelaw/wirelaw/server/store"
	"github.com/wirelaw/wirelaw/server/store/internal/hold"
)

// A Store keeps everything in memory, under one lock that is held for short
// work only: no call scans, but the insertion of a name.
type Store struct {
	opts  store.Options
	nonce store.Epoch // makes the epochs of this store differ from those of others

	mu       sync.Mutex // guards all below
	closed   bool
	last     store.Incarnation // the highest that was given out
	accounts map[string]*account
	names    []string // the identities, sorted
	tokens   map[store.TokenHash]*account
	holds    hold.Table
	keys     keys
}

// An account is one incarnation with its inbox.
type account struct {
	store.Account
	hasToken bool
	token    store.TokenHash
	expires  time.Time
	inbox    inbox
}

var _ store.Store = (*Store)(nil)

// Open returns an empty store.
func Open(o store.Options) *Store {
	var nonce [8]byte
	rand.Read(nonce[:]) // never fails
	o = o.WithDefaults()
	return &Store{
		opts:     o,
		nonce:    store.Epoch(binary.BigEndian.Uint64(nonce[:])),
		last:     store.LifeBegins(o.Now()),
		accounts: map[string]*account{},
		tokens:   map[store.TokenHash]*account{},
		holds:    hold.Table{},
		keys:     keys{known: map[scoped]record{}},
	}
}

// Durable is store.Store's: false.
func (s *Store) Durable() bool { return false }

// enter takes the lock, unless ctx is done or the store closed.
func (s *Store) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return store.ErrClosed
	}
	return nil
}

// Create is store.Store's.
func (s *Store) Create(ctx context.Context, identity, name, hash string) (store.Account, error) {
	if err := s.enter(ctx); err != nil {
		return store.Account{}, err
	}
	defer s.mu.Unlock()
	if s.accounts[identity] != nil {
		return store.Account{}, store.ErrTaken
	}
	s.last++
	a := &account{Account: store.Account{
		Identity:    identity,
		Name:        name,
		Hash:        hash,
		Incarnation: s.last,
		Epoch:       s.nonce ^ store.Epoch(s.last),
	}}
	s.accounts[identity] = a
	i, _ := slices.BinarySearch(s.names, identity)
	s.names = slices.Insert(s.names, i, identity)
	return a.Account, nil
}

// Account is store.Store's.
func (s *Store) Account(ctx context.Context, identity string) (store.Account, error) {
	if err := s.enter(ctx); err != nil {
		return store.Account{}, err
	}
	defer s.mu.Unlock()
	a := s.accounts[identity]
	if a == nil {
		return store.Account{}, store.ErrNoSuchUser
	}
	return a.Account, nil
}

// Rehash is store.Store's.
func (s *Store) Rehash(ctx context.Context, a store.Account, hash string) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	now := s.accounts[a.Identity]
	if now == nil || now.Incarnation != a.Incarnation || now.Hash != a.Hash {
		return store.ErrChanged
	}
	now.Hash = hash
	return nil
}

// Names is store.Store's.
func (s *Store) Names(ctx context.Context, prefix, after string, limit int) ([]store.Entry, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	i, found := slices.BinarySearch(s.names, max(prefix, after))
	if found && s.names[i] == after {
		i++
	}
	var list []store.Entry
	for ; i < len(s.names) && len(list) < limit && strings.HasPrefix(s.names[i], prefix); i++ {
		a := s.accounts[s.names[i]]
		list = append(list, store.Entry{Identity: a.Identity, Name: a.Name})
	}
	return list, nil
}

// Close is store.Store's.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return store.ErrClosed
	}
	s.closed = true
	s.holds.EndAll(store.ErrClosed)
	return nil
}
