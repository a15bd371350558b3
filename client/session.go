package client

import (
	"context"
	"errors"
	"iter"
	"sync"
	"time"

	"github.com/wirelaw/wirelaw/codec/chat"
)

// ErrGaveUp says that a session could not connect again within SessionOptions.GiveUp.
var ErrGaveUp = errors.New("gave up connecting")

// SessionOptions of a session. The zero value works.
type SessionOptions struct {
	Options Options
	Dial    func(context.Context) (*Client, error) // gives a greeted client; nil dials the address of Open with Options
	Backoff Backoff
	GiveUp  time.Duration // how long to try to connect again; 0: for ever
	Outbox  int           // how many messages may wait to be accepted; 0 is 1024
	Notify  func(Event)   // told what happens to the connection, one event at a time; must not call the session and not block for long
}

// Session is a conversation that outlives its connections. It connects again when a connection is lost, logs in again (by RESUME, else
// with the password, which it keeps in memory), sends again what was not accepted, under the same key, and drops what was delivered
// before. Its methods may be called from several goroutines.
//
// Ownership: the keeper goroutine owns the connection, the identity and the sending of the outbox; logins and logouts are done by it.
// What others look at is under mu, a leaf lock.
type Session struct {
	opts     SessionOptions
	ctx      context.Context // ends when the session is closed
	cancel   context.CancelFunc
	finished chan struct{} // closed when the keeper has ended
	online   chan *errand  // for the keeper while it is connected
	always   chan *errand  // for the keeper at any time
	posted   chan struct{} // tells the keeper that the outbox has grown
	room     chan struct{} // one for every message in the outbox

	mu      sync.Mutex
	changed chan struct{} // closed and replaced when something below changes
	client  *Client       // greeted and, if there is an identity, logged in; else nil
	member  *Member       // who is logged in, also while the connection is lost
	seat    *seat         // the member's session on the current connection, else nil
	outbox  []*Outgoing   // not accepted yet, in order
	dedup   Dedup
	taken   chat.Sequence // acknowledged by the user, in the epoch of dedup
	ended   error         // why there will be no more connections

	// The keeper's own.
	password  chat.Password
	token     chat.Token
	flying    int // how many of the first messages of the outbox are in flight
	attempts  int // connections tried since one lasted
	connected time.Time
}

// Member says who is logged in.
type Member struct {
	Name        chat.Username // as spelled when the account was created
	Incarnation chat.Incarnation
	Epoch       chat.Epoch
	Waiting     uint32 // how many messages waited at the last login
}

// seat is one login on one connection.
type seat struct {
	client *Client
	epoch  chat.Epoch
}

// Open connects once, without trying again, and keeps the session connected from then on.
func Open(ctx context.Context, addr string, o SessionOptions) (*Session, error) {
	if o.Dial == nil {
		o.Dial = func(ctx context.Context) (*Client, error) { return Dial(ctx, addr, o.Options) }
	}
	if o.Outbox <= 0 {
		o.Outbox = 1024
	}
	if o.Notify == nil {
		o.Notify = func(Event) {}
	}
	o.Backoff = o.Backoff.filled()
	c, err := o.Dial(ctx)
	if err != nil {
		return nil, err
	}
	s := &Session{
		opts:     o,
		finished: make(chan struct{}),
		online:   make(chan *errand),
		always:   make(chan *errand),
		posted:   make(chan struct{}, 1),
		room:     make(chan struct{}, o.Outbox),
		changed:  make(chan struct{}),
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.client = c
	s.connected = time.Now()
	go s.keep(c)
	return s, nil
}

// Close leaves: messages that are in flight get their replies and BYE is said while ctx lasts, then the connection is closed. What was
// not accepted by then is told with its error, see [Outgoing.Wait].
func (s *Session) Close(ctx context.Context) error {
	err := s.run(ctx, s.always, (*Session).leave)
	s.cancel()
	<-s.finished
	if err == ErrClosed {
		return nil
	}
	return err
}

// Done is closed when the session has ended: it was closed, gave up, or speaks no version of the server.
func (s *Session) Done() <-chan struct{} { return s.finished }

// Err returns why the session ended, or nil.
func (s *Session) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended
}

// Member returns who is logged in, also while the connection is lost; nil for a guest.
func (s *Session) Member() *Member {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.member
}

// Welcome returns what the server said to HELLO on the current connection, nil while there is none.
func (s *Session) Welcome() *chat.Welcome {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.client == nil {
		return nil
	}
	return s.client.Welcome()
}

// Create creates an account, see [Client.Create]. It waits for a connection; when that is lost before the reply, whether the account was
// created is not known.
func (s *Session) Create(ctx context.Context, name chat.Username, password, again chat.Password) error {
	c, err := s.current(ctx)
	if err != nil {
		return err
	}
	return c.Create(ctx, name, password, again)
}

// List lists accounts, see [Client.List]. A page that is lost with its connection is asked for again.
func (s *Session) List(ctx context.Context, by chat.Listing, pattern string) iter.Seq2[chat.Username, error] {
	return listing(ctx, by, pattern, func(ctx context.Context, m *chat.List) (p *chat.Accounts, err error) {
		err = s.again(ctx, func(c *Client) error {
			p, err = c.ListPage(ctx, m)
			return err
		})
		return p, err
	})
}

// Ping asks for a sign of life, see [Client.Ping], on the next connection if this one is lost.
func (s *Session) Ping(ctx context.Context) error {
	return s.again(ctx, func(c *Client) error { return c.Ping(ctx) })
}

// PingNow is [Session.Ping] on the connection that there is now. Without one, or if it is lost meanwhile, nothing is to be waited for.
func (s *Session) PingNow(ctx context.Context) error {
	s.mu.Lock()
	c := s.client
	s.mu.Unlock()
	if c == nil {
		return nil
	}
	if err := c.Ping(ctx); err != nil && !lost(err) {
		return err
	}
	return nil
}

// again does what may be done twice, until it succeeds or fails for another reason than a lost connection.
func (s *Session) again(ctx context.Context, f func(*Client) error) error {
	for {
		c, err := s.current(ctx)
		if err != nil {
			return err
		}
		if err := f(c); !lost(err) {
			return err
		}
	}
}

// current waits for a connection that lives.
func (s *Session) current(ctx context.Context) (c *Client, err error) {
	err = s.await(ctx, func() bool {
		c = s.client
		return c != nil && c.Err() == nil
	})
	return c, err
}

// await waits until ready says yes; it is called with mu held.
func (s *Session) await(ctx context.Context, ready func() bool) error {
	for {
		s.mu.Lock()
		ok, changed, ended := ready(), s.changed, s.ended
		s.mu.Unlock()
		switch {
		case ended != nil:
			return ended
		case ok:
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// change changes what others look at.
func (s *Session) change(f func()) {
	s.mu.Lock()
	f()
	close(s.changed)
	s.changed = make(chan struct{})
	s.mu.Unlock()
}
