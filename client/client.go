package client

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/wirelaw/wirelaw/codec/chat"
)

// ackID is the id of every ACK. An ACK has no reply when it succeeds, so it does not stand in the queue of calls; an ERROR with this id
// refuses one. No other request has this id.
const ackID = 1<<32 - 1

// Client is one connection to a server. Its methods may be called from several goroutines.
//
// Ownership: the reader goroutine owns the incoming half of the connection, applies the effects of replies and is the only one that
// takes calls from the queue. The writer goroutine owns the outgoing half. Everything they share with callers is under mu, which is
// never held during input, output or a wait.
type Client struct {
	conn  net.Conn
	opts  Options
	slots chan struct{} // one for every request whose reply has not come, whether its caller still waits or not
	wake  chan struct{} // tells the writer that out is not empty
	dead  chan struct{} // closed when the connection has ended; err is set before

	mu      sync.Mutex
	err     error      // why the connection ended
	last    error      // what the server said that makes the end of the connection no surprise
	state   chat.State // as the replies have it
	moving  int        // calls in flight that change the state
	nextID  uint32
	calls   []*call // in the order of their requests
	out     []byte  // frames that the writer has not taken yet
	welcome *chat.Welcome
	inbox   *inbox    // of the session, nil for a guest
	heard   time.Time // when the last frame came, or when a request was sent while nothing was waited for
	spoke   time.Time // when the last bytes were sent
}

// New makes a client of a connection, which it owns from now on. Say [Client.Hello] first. Options.Timeout and Options.TLS are for
// [Dial] and are ignored.
func New(conn net.Conn, o Options) *Client {
	o = o.filled()
	c := &Client{
		conn:  conn,
		opts:  o,
		slots: make(chan struct{}, o.InFlight),
		wake:  make(chan struct{}, 1),
		dead:  make(chan struct{}),
		state: chat.StateConnected,
		heard: time.Now(),
		spoke: time.Now(),
	}
	go c.read()
	go c.write()
	return c
}

// Close ends the connection at once. Calls that wait get a [*LostError] with [ErrClosed]. [Client.Bye] leaves politely.
func (c *Client) Close() error {
	c.fail(ErrClosed)
	return nil
}

// Done is closed when the connection has ended.
func (c *Client) Done() <-chan struct{} { return c.dead }

// Err returns why the connection ended, always a [*LostError], or nil while it lives.
func (c *Client) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// State returns the state of the connection as the replies have it.
func (c *Client) State() chat.State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

// Welcome returns what the server said to HELLO, or nil before that. It must not be changed.
func (c *Client) Welcome() *chat.Welcome {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.welcome
}

// fail ends the connection; the first cause counts.
func (c *Client) fail(cause error) {
	c.mu.Lock()
	if c.err != nil {
		c.mu.Unlock()
		return
	}
	if c.last != nil && cause != ErrClosed {
		cause = c.last
	}
	c.err = &LostError{Cause: cause}
	c.state = chat.StateClosed
	calls := c.calls
	c.calls, c.out = nil, nil
	if c.inbox != nil {
		c.inbox.end(c.err)
		c.inbox = nil
	}
	close(c.dead)
	c.mu.Unlock()

	c.conn.Close()
	for _, k := range calls {
		k.finish(nil, c.err)
	}
}

// start sends a request and queues its call. It blocks only while too many requests wait for their replies.
func (c *Client) start(ctx context.Context, m chat.ClientMessage) (*call, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case c.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-c.dead:
		return nil, c.err
	}
	k, err := c.enqueue(m)
	if err != nil {
		<-c.slots
		return nil, err
	}
	return k, nil
}

func (c *Client) enqueue(m chat.ClientMessage) (*call, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return nil, c.err
	}
	if s := c.ahead(); !s.Legal(m.Opcode()) {
		return nil, &StateError{m.Opcode(), s}
	}
	id := c.freshID()
	n := len(c.out)
	out, err := chat.AppendFrame(c.out, id, m)
	if err != nil {
		return nil, err
	}
	// A refused LOGIN before this request would leave the server in a state with smaller frames, and it would close.
	if body := len(out) - n - chat.HeaderSize; body > int(c.state.MaxBody()) {
		clear(out[n:])
		return nil, &StateError{m.Opcode(), c.state}
	}
	k := &call{id: id, op: m.Opcode(), done: make(chan struct{})}
	if len(c.calls) == 0 {
		c.heard = time.Now()
	}
	if c.state.After(k.op) != c.state {
		c.moving++
		k.moves = true
	}
	c.out = out
	c.calls = append(c.calls, k)
	c.wakeWriter()
	return k, nil
}

// ahead returns the state in which a request sent now would find the server, if all calls in flight succeed. mu is held.
func (c *Client) ahead() chat.State {
	s := c.state
	if c.moving > 0 {
		for _, k := range c.calls {
			s = s.After(k.op)
		}
	}
	return s
}

func (c *Client) freshID() uint32 {
	c.nextID++
	if c.nextID == ackID {
		c.nextID = 1
	}
	return c.nextID
}

func (c *Client) wakeWriter() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// write sends what callers have appended, as much as there is at a time.
func (c *Client) write() {
	var buf []byte
	for {
		select {
		case <-c.wake:
		case <-c.dead:
			return
		}
		c.mu.Lock()
		buf, c.out = c.out, buf[:0]
		c.mu.Unlock()
		_, err := c.conn.Write(buf)
		clear(buf) // passwords do not stay in memory for long
		c.mu.Lock()
		c.spoke = time.Now()
		c.mu.Unlock()
		if err != nil {
			c.writeFailed(err)
			return
		}
	}
}

// writeFailed leaves the end of the connection to the reader, which may still find the server's last words, but not for long.
func (c *Client) writeFailed(err error) {
	time.AfterFunc(chat.DrainTimeout, func() { c.fail(err) })
}

// call is a request whose reply has not come.
type call struct {
	id    uint32
	op    chat.Opcode
	moves bool // its success changes the state
	done  chan struct{}
	reply chat.ServerMessage // after done
	err   error              // after done
}

func (k *call) finish(m chat.ServerMessage, err error) {
	k.reply, k.err = m, err
	close(k.done)
}

// wait waits for the reply. When ctx ends first, the connection stays usable and the reply is dropped when it comes; its effect holds.
func (k *call) wait(ctx context.Context) (chat.ServerMessage, error) {
	select {
	case <-k.done:
		return k.reply, k.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// do sends a request and waits for its reply, which is a T because the reader has matched it to the request.
func do[T chat.ServerMessage](ctx context.Context, c *Client, m chat.ClientMessage) (T, error) {
	var none T
	k, err := c.start(ctx, m)
	if err != nil {
		return none, err
	}
	reply, err := k.wait(ctx)
	if err != nil {
		return none, err
	}
	return reply.(T), nil
}
