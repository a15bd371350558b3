// Package server is a chat server: it serves the protocol of CHAT.md over the
// connections of a listener, and keeps everything in a store.
//
// How one SEND travels: the reader of the connection checks and decodes it and
// hands it to the store, which returns a Pending at once. The outbox keeps the
// order of the replies, and its writer sends ACCEPTED when the Pending is done:
// the message is durable. The store wakes the session that holds the recipient's
// account, if there is one; its deliverer reads the inbox after its cursor and
// sends DELIVER. Connections never hand each other anything.
package server

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/wirelaw/wirelaw/codec/chat"
	"github.com/wirelaw/wirelaw/server/store"
)

const (
	hashQueue = 256 // how many requests wait for a hash; who comes then gets BUSY
	maxRefuse = 64  // how many connections over the limit are told so at a time
)

// A Server serves connections. Make one with New.
type Server struct {
	opts      Options
	log       *slog.Logger
	store     store.Store
	features  chat.Features
	hasher    *hasher
	failures  *throttle
	ctx       context.Context // of calls to the store; never done
	cursorKey [32]byte        // signs the cursors of listings

	mu        sync.Mutex // guards all below; conn.mu may be taken under it
	stopping  bool
	listeners map[net.Listener]struct{}
	conns     map[*conn]struct{}
	refusing  int
	served    sync.WaitGroup // one for each in conns; added to only when not stopping
}

// New returns a server that keeps everything in st. The caller closes st after
// Shutdown.
func New(st store.Store, o Options) *Server {
	o = o.WithDefaults()
	s := &Server{
		opts:      o,
		log:       o.Logger,
		store:     st,
		features:  chat.FeatureResume | chat.FeatureRegex | chat.FeatureUnicodeNames,
		hasher:    newHasher(hashQueue),
		failures:  newThrottle(time.Now),
		ctx:       context.Background(),
		listeners: map[net.Listener]struct{}{},
		conns:     map[*conn]struct{}{},
	}
	if st.Durable() {
		s.features |= chat.FeatureDurable
	}
	rand.Read(s.cursorKey[:]) // never fails
	return s
}

// Serve accepts connections from ln until ctx is done or Shutdown is called, and
// then returns nil; else it returns why no more can be accepted. It closes ln.
// The connections live on until Shutdown.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	defer ln.Close()
	if !s.listen(ln) {
		return nil
	}
	defer s.unlisten(ln)
	defer context.AfterFunc(ctx, func() { ln.Close() })()
	var pause time.Duration
	for {
		nc, err := ln.Accept()
		switch {
		case err == nil:
			pause = 0
			s.admit(nc)
		case ctx.Err() != nil || s.isStopping():
			return nil
		case errors.Is(err, net.ErrClosed):
			return err
		default: // out of files, as a rule: go on when some are closed
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			s.log.Error("cannot accept", "error", err, "pause", pause)
			select {
			case <-time.After(pause):
			case <-ctx.Done():
			}
		}
	}
}

func (s *Server) listen(ln net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		return false
	}
	s.listeners[ln] = struct{}{}
	return true
}

func (s *Server) unlisten(ln net.Listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.listeners, ln)
}

func (s *Server) isStopping() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stopping
}

// admit serves a connection, refuses it, or, when too many are being refused,
// closes it.
func (s *Server) admit(nc net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.stopping:
		nc.Close()
	case len(s.conns) < s.opts.MaxConns:
		c := newConn(s, nc)
		s.conns[c] = struct{}{}
		s.served.Go(func() {
			defer s.forget(c)
			c.run()
		})
	case s.refusing < maxRefuse:
		s.refusing++
		go s.refuse(nc)
	default:
		nc.Close()
	}
}

func (s *Server) forget(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
}

// refuse tells a client that there is no room.
func (s *Server) refuse(nc net.Conn) {
	s.log.Warn("too many connections", "remote", nc.RemoteAddr().String())
	newConn(s, nc).finish(farewell{0, refusal(chat.CodeBusy, "the server has as many connections as it may")})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusing--
}

// Shutdown stops accepting, finishes what connections have begun, says GOODBYE
// on each, and returns when all are closed. When ctx is done first it cuts them
// off and returns the context's error.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.stopping = true
	for ln := range s.listeners {
		ln.Close()
	}
	for c := range s.conns {
		c.interrupt(goodbye(chat.ReasonShutdown, "the server is stopping"))
	}
	s.mu.Unlock()
	done := make(chan struct{})
	go func() {
		s.served.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	for c := range s.conns {
		c.nc.Close()
	}
	s.mu.Unlock()
	<-done
	return ctx.Err()
}
