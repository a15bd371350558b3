package peer

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/wirelaw/wirelaw/spec"
)

// A Host is a server in this process that listens, and can be killed and started again: what it has accepted survives that, so a chat
// server announces DURABLE. It is a target for cases that restart theirs. Its methods may be called from many goroutines.
type Host struct {
	mu     sync.Mutex
	s      *Server
	addr   string
	closed bool
}

// Start starts a server with a fault, if it is not nil. Close must be called in the end. See [New].
func Start(p *spec.Protocol, fault *Fault) (*Host, error) {
	s := New(p, fault)
	if p.Feature("DURABLE") != nil && !slices.Contains(s.fault.Without, "DURABLE") {
		s.features["DURABLE"] = true
	}
	h := &Host{}
	return h, h.begin(s)
}

// begin lets a server listen, at an address of its own.
func (h *Host) begin(s *Server) error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go s.Serve(ln)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.s, h.addr = s, ln.Addr().String()
	return nil
}

func (h *Host) server() *Server {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.s
}

// Addr returns the address at which the server listens now. It changes with a restart.
func (h *Host) Addr() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.addr
}

// Dial opens a connection.
func (h *Host) Dial(ctx context.Context) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, "tcp", h.Addr())
}

// Dead says that the server has crashed, nil if it has not.
func (h *Host) Dead() error {
	s := h.server()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errors.New("it crashed")
	}
	return nil
}

// Settle is Dead: a model ends at once.
func (h *Host) Settle(time.Duration) error { return h.Dead() }

// Output returns "": a model prints nothing.
func (h *Host) Output() string { return "" }

// Restart ends the server and starts another with what is left of it. A graceful end differs in what faults make of it.
func (h *Host) Restart(_ context.Context, graceful bool) error {
	old := h.server()
	old.Close()
	h.mu.Lock()
	closed := h.closed
	h.mu.Unlock()
	if closed {
		return errors.New("the target is closed")
	}
	s := New(old.p, old.fault)
	s.features = old.features
	if a, ok := old.app.(*chat); ok {
		s.chat(a.again(s, graceful))
	}
	return h.begin(s)
}

// Close ends the server.
func (h *Host) Close() {
	h.mu.Lock()
	h.closed = true
	s := h.s
	h.mu.Unlock()
	s.Close()
}
