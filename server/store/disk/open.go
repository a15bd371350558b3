package disk

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/wirelaw/wirelaw/server/store"
	"github.com/wirelaw/wirelaw/server/store/internal/hold"
)

// What Open refuses. The errors say which directory; test with errors.Is.
var (
	ErrBusy    = errors.New("is in use by another chatd")
	ErrDamaged = errors.New("is damaged")
	ErrForeign = errors.New("is not chatd's")
	ErrNewer   = errors.New("was made by a newer chatd")
)

// Open opens the store in a directory, and makes it when there is none. The
// directory must then be empty or absent. An error is ErrBusy, ErrDamaged,
// ErrForeign, ErrNewer or the file system's; nothing that was there is changed.
func Open(dir string, o Options) (*Store, error) {
	o.Options = o.Options.WithDefaults()
	if o.fs == nil {
		o.fs = privateFS{vfs.Default}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.keep == 0 {
		o.keep = keepInboxes
	}
	s, err := open(dir, o)
	if errors.Is(err, ErrBusy) || errors.Is(err, ErrDamaged) || errors.Is(err, ErrForeign) || errors.Is(err, ErrNewer) {
		return nil, fmt.Errorf("data directory %q %w", dir, err)
	}
	if err != nil {
		return nil, fmt.Errorf("data directory %q: %w", dir, err)
	}
	go s.commitAll()
	s.signal() // old keys may have to go
	return s, nil
}

func open(dir string, o Options) (*Store, error) {
	there, err := readMarker(o.fs, dir)
	if err != nil {
		return nil, err
	}
	data := o.fs.PathJoin(dir, dataName)
	if err := makeDirectory(o.fs, data); err != nil {
		return nil, err
	}
	lock, err := lockDirectory(data, o.fs)
	if err != nil {
		return nil, err
	}
	s := &Store{
		opts:    o.Options,
		log:     o.Logger,
		lock:    lock,
		ended:   make(chan struct{}),
		broken:  make(chan struct{}),
		work:    make(chan struct{}, 1),
		keep:    o.keep,
		evict:   o.keep,
		inboxes: map[string]*inbox{},
		holds:   hold.Table{},
	}
	if s.db, err = s.openPebble(data, there, o); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	if err = s.start(); err == nil && !there {
		err = writeMarker(o.fs, dir)
	}
	if err != nil {
		return nil, errors.Join(err, s.db.Close(), lock.Close())
	}
	return s, nil
}

func lockDirectory(data string, disk vfs.FS) (*pebble.Lock, error) {
	lock, err := pebble.LockDirectory(data, disk)
	var path *fs.PathError
	switch {
	case err == nil:
		return lock, nil
	case errors.As(err, &path): // the file cannot be made
		return nil, err
	}
	return nil, fmt.Errorf("%w: %v", ErrBusy, err)
}

// openPebble opens the database. Pebble's fatal errors, after which it stands
// still, come back as errors.
func (s *Store) openPebble(data string, there bool, o Options) (*pebble.DB, error) {
	type result struct {
		db  *pebble.DB
		err error
	}
	opened := make(chan result, 1)
	fatal := make(chan error, 1)
	p := &pebble.Options{
		FS:                 o.fs,
		Lock:               s.lock,
		ErrorIfNotExists:   there,
		FormatMajorVersion: pebble.FormatValueSeparation,
		MemTableSize:       16 << 20,
		CacheSize:          64 << 20,
		MaxOpenFiles:       256,
		Logger: logger{o.Logger, func(err error) {
			select {
			case fatal <- err:
			default:
			}
			s.fail(err)
		}},
		EventListener: &pebble.EventListener{
			BackgroundError: func(err error) { o.Logger.Error("pebble", "error", err) },
			DataCorruption:  func(i pebble.DataCorruptionInfo) { o.Logger.Error("pebble", "text", i.String()) },
		},
	}
	for i := range p.Levels {
		p.Levels[i].FilterPolicy = bloom.FilterPolicy(10) // most keys of a SEND are new
	}
	go func() {
		db, err := pebble.Open(data, p)
		opened <- result{db, err}
	}()
	select {
	case r := <-opened:
		missing := errors.Is(r.err, pebble.ErrDBDoesNotExist) || there && errors.Is(r.err, fs.ErrNotExist)
		if missing || r.err != nil && pebble.IsCorruptionError(r.err) {
			return nil, fmt.Errorf("%w: %v", ErrDamaged, r.err)
		}
		return r.db, r.err
	case err := <-fatal:
		return nil, err
	}
}

// start reads what there is once, and makes what there is not.
func (s *Store) start() error {
	nonce, err := s.once(nonceKey)
	if err != nil {
		return err
	}
	last, err := s.once(incarnationKey)
	if err != nil {
		return err
	}
	b := s.db.NewBatch()
	if nonce == 0 || s.opts.Restored {
		var random [8]byte
		rand.Read(random[:]) // never fails
		nonce = binary.BigEndian.Uint64(random[:]) | 1
		_ = b.Set(nonceKey, number(nonce), nil)
	}
	if s.opts.Restored {
		// Numbers were given after the backup, nobody knows how many.
		last = max(last, uint64(store.LifeBegins(s.opts.Now())))
		_ = b.Set(incarnationKey, number(last), nil)
		for _, kind := range []byte{tokenKeys, ownerKeys} {
			_ = b.DeleteRange([]byte{kind}, []byte{kind + 1}, nil)
		}
	}
	s.nonce, s.last = store.Epoch(nonce), store.Incarnation(last)
	if b.Empty() {
		return b.Close()
	}
	return errors.Join(b.Commit(pebble.Sync), b.Close())
}

// once returns the number of a key that is there once, or 0.
func (s *Store) once(key []byte) (uint64, error) {
	v, err := get(s.db, key)
	if err != nil || v == nil {
		return 0, err
	}
	return decodeNumber(v)
}
