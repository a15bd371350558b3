package disk

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"github.com/wirelaw/wirelaw/server/store"
)

// A batch takes at most so much from the queue, so that it stays well below the
// size of a memtable.
const (
	batchOps   = 1024
	batchBytes = 4 << 20
)

// An operation is a change on its way through the committer.
type operation interface {
	// size is about what it adds to a batch, in bytes.
	size() int
	// apply decides, and adds to the batch. It reads all it needs before it adds
	// anything, so that an error leaves nothing behind.
	apply(w *writer)
	// done is called once, when the batch is synced, or with the reason why the
	// store takes no more writes.
	done(failed error)
}

// A writer is one batch in the making. The committer owns it.
type writer struct {
	*Store
	batch    *pebble.Batch
	limit    int64 // keys accepted at this time or before are forgotten
	now      int64
	accounts bool // accounts change
	arrived  []arrival
}

// An arrival is a message that can be read once the batch is synced.
type arrival struct {
	inbox *inbox
	seq   store.Seq
}

// enqueue hands o to the committer.
func (s *Store) enqueue(ctx context.Context, o operation) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return store.ErrClosed
	case s.failed != nil:
		return s.failed
	}
	s.queue = append(s.queue, o)
	s.signal()
	return nil
}

func (s *Store) signal() {
	select {
	case s.work <- struct{}{}:
	default:
	}
}

// commitAll is the committer. It ends when the store is closed and nothing is
// left to do, or when it failed.
func (s *Store) commitAll() {
	defer close(s.ended)
	for range s.work {
		for {
			ops, acks, closed := s.take()
			old := s.oldest <= s.forgetLimit(s.opts.Now().UnixMilli())
			if len(ops)+len(acks) == 0 && (!old || closed) {
				if closed {
					return
				}
				break
			}
			if err := s.commit(ops, acks); err != nil {
				s.fail(err)
				return
			}
		}
	}
}

// take takes what the next batch shall hold.
func (s *Store) take() (ops []operation, acks []*inbox, closed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, bytes := 0, 0
	for n < len(s.queue) && n < batchOps && bytes < batchBytes {
		bytes += s.queue[n].size()
		n++
	}
	s.taken = slices.Clone(s.queue[:n])
	clear(s.queue[:n])
	s.queue = s.queue[n:]
	if len(s.queue) == 0 {
		s.queue = nil
	}
	acks, s.acks = s.acks, nil
	return s.taken, acks, s.closed
}

// commit makes one batch, syncs it and tells the callers.
func (s *Store) commit(ops []operation, acks []*inbox) error {
	w := &writer{Store: s, batch: s.db.NewIndexedBatch(), now: s.opts.Now().UnixMilli()}
	w.limit = s.forgetLimit(w.now)
	if err := w.writeAcks(acks); err != nil {
		return err
	}
	for _, o := range ops {
		o.apply(w)
	}
	if err := w.forget(max(256, 2*len(ops))); err != nil {
		return err
	}
	if err := w.write(len(ops) > 0); err != nil {
		return err
	}
	if err := s.publish(w); err != nil {
		return err
	}
	for _, o := range ops {
		o.done(nil)
	}
	s.evictInboxes()
	return nil
}

// write brings the batch to the disk, and waits for it if somebody else does.
func (w *writer) write(sync bool) (err error) {
	if w.batch.Empty() {
		return w.batch.Close()
	}
	if w.accounts {
		w.mu.Lock()
		w.syncing = make(chan struct{})
		w.mu.Unlock()
	}
	how := pebble.NoSync
	if sync {
		how = pebble.Sync
	}
	defer func() {
		if p := recover(); p != nil { // Pebble panics when it cannot write its log
			err = fmt.Errorf("%v", p)
		}
	}()
	if err := w.db.Apply(w.batch, how); err != nil {
		return err
	}
	return w.batch.Close()
}

// publish lets readers see a batch that is synced, and takes its operations from
// those under way. If the store failed meanwhile, they were answered already.
func (s *Store) publish(w *writer) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed != nil {
		return s.failed
	}
	s.taken = nil
	if s.syncing != nil {
		close(s.syncing)
		s.syncing = nil
	}
	for _, a := range w.arrived {
		a.inbox.visible = a.seq
		s.holds.Wake(a.inbox.owner)
	}
	return nil
}

// settle waits until what the caller has read of the accounts is on disk.
func (s *Store) settle(ctx context.Context) error {
	s.mu.Lock()
	syncing := s.syncing
	s.mu.Unlock()
	if syncing == nil {
		return nil
	}
	select {
	case <-syncing:
	case <-ctx.Done():
		return ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed
}

// get returns the value of key in the database and the batch, or nil. The caller
// owns it.
func (w *writer) get(key []byte) ([]byte, error) { return get(w.batch, key) }

func get(r pebble.Reader, key []byte) ([]byte, error) {
	v, c, err := r.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	v = append([]byte{}, v...)
	return v, c.Close()
}

// set and delete cannot fail: a batch in memory takes what it is given.
func (w *writer) set(key, value []byte) { _ = w.batch.Set(key, value, nil) }
func (w *writer) delete(key []byte)     { _ = w.batch.Delete(key, nil) }
func (w *writer) deleteRange(from, to []byte) {
	_ = w.batch.DeleteRange(from, to, nil)
}

// A call is an operation that its caller waits for.
type call[T any] struct {
	f        func(w *writer) (T, error)
	value    T
	err      error
	failed   error
	finished chan struct{}
}

// do has f run by the committer and returns its result once it is synced.
func do[T any](ctx context.Context, s *Store, f func(w *writer) (T, error)) (T, error) {
	c := &call[T]{f: f, finished: make(chan struct{})}
	var none T
	if err := s.enqueue(ctx, c); err != nil {
		return none, err
	}
	<-c.finished
	switch {
	case c.failed != nil: // the committer may still be at work on the rest
		return none, c.failed
	case c.err != nil:
		return none, c.err
	}
	return c.value, nil
}

func (c *call[T]) size() int       { return 256 }
func (c *call[T]) apply(w *writer) { c.value, c.err = c.f(w) }
func (c *call[T]) done(failed error) {
	c.failed = failed
	close(c.finished)
}

// never is a time after all others.
const never = math.MaxInt64
