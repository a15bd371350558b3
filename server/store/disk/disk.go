// Package disk is the store that survives a crash. It stands on Pebble.
//
// One goroutine, the committer, makes all changes: it takes what is queued, turns
// it into one batch, waits until the batch is synced, and only then tells the
// callers. So many appends share one sync, decisions need no locks, and they are
// made on synced data only: each batch begins when the one before is on disk.
//
// Pebble shows a batch to readers before it is synced. Readers therefore read
// messages only up to the last number that the committer published, and wait,
// after they have read an account, for the sync of accounts under way.
//
// Nothing is loaded at the start. An inbox in use has a few numbers in memory. It
// is numbered without gaps, so what waits is the last number less the last one
// acknowledged: nothing is counted.
package disk

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/wirelaw/wirelaw/server/store"
	"github.com/wirelaw/wirelaw/server/store/internal/hold"
)

// Options are the options of Open. The zero value works.
type Options struct {
	store.Options

	// Logger gets what happens to the disk; nil means nobody.
	Logger *slog.Logger

	fs   vfs.FS // the disk of a test; nil means the disk
	keep int    // see Store.keep; 0 means keepInboxes
}

// Store is a store on disk. The committer alone changes the database.
type Store struct {
	opts  store.Options
	log   *slog.Logger
	db    *pebble.DB
	lock  *pebble.Lock
	nonce store.Epoch // makes the epochs of this store differ from those before a restore

	reads  sync.WaitGroup // calls that read the database
	ended  chan struct{}  // closed when the committer has ended
	broken chan struct{}  // closed when the store failed
	work   chan struct{}  // a signal that there is something to take; one is kept

	// The committer's own.
	last    store.Incarnation // the last one given
	inboxes map[string]*inbox // those in use, by the identity of their owner
	oldest  int64             // no accepted key is older
	keep    int               // how many inboxes may stay in memory though nobody uses them
	evict   int               // how many there must be for some to go

	mu      sync.Mutex // guards all below; never held while the disk works
	closed  bool
	failed  error         // what the disk refused, as ErrFailed
	queue   []operation   // waiting for the committer
	taken   []operation   // in the batch under way
	syncing chan struct{} // closed when the batch under way is synced; nil if it has no accounts
	acks    []*inbox      // those with acknowledgements to be written
	holds   hold.Table
}

var _ store.Store = (*Store)(nil)

// Durable is store.Store's: true.
func (s *Store) Durable() bool { return true }

// enter begins a call that reads the database; leave ends it.
func (s *Store) enter() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return store.ErrClosed
	}
	s.reads.Add(1)
	return nil
}

func (s *Store) leave() { s.reads.Done() }

// fail makes the store refuse all writes, and answers those under way: whether
// they are on disk is unknown.
func (s *Store) fail(cause error) {
	s.mu.Lock()
	if s.failed != nil {
		s.mu.Unlock()
		return
	}
	err := fmt.Errorf("%w: %v", store.ErrFailed, cause)
	s.failed = err
	close(s.broken)
	ops := append(s.taken, s.queue...)
	s.taken, s.queue = nil, nil
	if s.syncing != nil {
		close(s.syncing)
		s.syncing = nil
	}
	s.mu.Unlock()
	s.log.Error("the store takes no more writes", "error", cause)
	for _, o := range ops {
		o.done(err)
	}
}

// Close is store.Store's. After a failure of the disk it leaves the directory
// locked until the process ends, because Pebble cannot be stopped then.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return store.ErrClosed
	}
	s.closed = true
	s.mu.Unlock()
	s.signal()
	select {
	case <-s.ended:
	case <-s.broken: // the committer may stand still
	}
	s.mu.Lock()
	s.holds.EndAll(store.ErrClosed)
	failed := s.failed
	s.mu.Unlock()
	if failed != nil {
		return failed
	}
	s.reads.Wait()
	return errors.Join(s.db.Close(), s.lock.Close())
}
