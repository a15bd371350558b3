package server

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"runtime/debug"
	"sync"
	"time"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/codec/chat"
	"github.com/wirelaw/wirelaw/server/store"
)

// A conn is one connection.
//
// The goroutine that runs it is its reader. It owns the state and the session,
// handles one request after the other, and alone ends and closes the connection.
// A SEND it hands to the store and goes on; every other request waits until the
// SENDs before it are done. The outbox has the writer, which lives while there
// is something to write; the deliverer lives as long as the session. Others may
// call interrupt, and nothing else.
type conn struct {
	srv *Server
	nc  net.Conn
	log *slog.Logger
	in  *chat.Reader
	out *outbox

	// The reader's own.
	state     chat.State
	session   store.Session // nil unless a member
	deliverer *deliverer    // nil unless a member
	flight    []*store.Pending
	hello     time.Time     // when HELLO must have come
	patience  time.Duration // how long the client may be silent after that
	partial   time.Time     // when the frame under way must be complete; zero between frames

	mu     sync.Mutex // guards stop, and the read deadline against it
	stop   *farewell  // set by the first interrupt
	closed bool       // interrupts are too late
}

// A farewell is the last frame on a connection; with a nil msg there is none.
type farewell struct {
	id  uint32
	msg chat.ServerMessage
}

var (
	errInterrupted = errors.New("interrupted")
	errPanic       = errors.New("panic")
)

func newConn(s *Server, nc net.Conn) *conn {
	c := &conn{
		srv:   s,
		nc:    nc,
		log:   s.log.With("remote", nc.RemoteAddr().String()),
		state: chat.StateConnected,
		hello: time.Now().Add(chat.HelloTimeout),
	}
	c.in = chat.NewReader(c)
	c.out = &outbox{conn: nc, log: c.log, timeout: chat.WriteTimeout, broken: func(err error) {
		c.log.Debug("cannot write", "error", err)
		c.interrupt(farewell{})
	}}
	return c
}

// run serves the connection to its end. A panic ends this connection and no
// other.
func (c *conn) run() {
	defer func() {
		if v := recover(); v != nil {
			logPanic(c.log, "reader", v)
			c.leave()
			c.nc.Close()
		}
	}()
	c.log.Debug("connected")
	last := c.serve()
	c.leave()
	c.finish(last)
	c.log.Debug("closed")
}

// serve handles requests until the connection must end, and says how.
func (c *conn) serve() farewell {
	for c.state != chat.StateClosed {
		hd, body, err := c.next()
		if err != nil {
			return c.unread(hd, err)
		}
		if hd.Opcode != chat.OpSend {
			c.barrier()
		}
		err = c.handle(hd, body)
		if err == nil {
			c.state = c.state.After(hd.Opcode)
			continue
		}
		if last, end := c.refuse(hd, err); end {
			return last
		}
	}
	return farewell{}
}

// next returns the next frame that passes the checks of its header. The body is
// valid until the next call.
func (c *conn) next() (chat.Header, []byte, error) {
	if c.stopped() != nil {
		return chat.Header{}, nil, errInterrupted
	}
	c.partial = time.Time{}
	hd, err := c.in.Header()
	if err != nil {
		return hd, nil, err
	}
	if err := chat.CheckHeader(c.state, hd); err != nil {
		return hd, nil, err
	}
	body, err := c.in.Body()
	return hd, body, err
}

// Read reads from the socket for in, with the deadline that holds now.
func (c *conn) Read(p []byte) (int, error) {
	deadline := c.hello
	if c.state != chat.StateConnected {
		deadline = time.Now().Add(c.patience)
		if c.in.Buffered() > 0 {
			if c.partial.IsZero() {
				c.partial = deadline
			}
			deadline = c.partial
		}
	}
	c.mu.Lock()
	if c.stop != nil {
		c.mu.Unlock()
		return 0, errInterrupted
	}
	err := c.nc.SetReadDeadline(deadline)
	c.mu.Unlock()
	if err != nil {
		return 0, err
	}
	return c.nc.Read(p)
}

// interrupt makes the reader end the connection with last. The first call
// counts.
func (c *conn) interrupt(last farewell) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stop != nil || c.closed {
		return
	}
	c.stop = &last
	c.nc.SetReadDeadline(time.Unix(1, 0)) // an error means that it is closed anyway
}

func (c *conn) stopped() *farewell {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stop
}

// unread says how the connection ends after there was no frame to handle.
func (c *conn) unread(hd chat.Header, err error) farewell {
	var wire *chat.Error
	var timeout net.Error
	switch stop := c.stopped(); {
	case stop != nil:
		return *stop
	case errors.As(err, &wire):
		return farewell{hd.ID, wire}
	case errors.As(err, &timeout) && timeout.Timeout():
		if c.state == chat.StateConnected {
			return goodbye(chat.ReasonNoHello, "no HELLO came in time")
		}
		return goodbye(chat.ReasonIdle, "nothing was heard for too long")
	case err != io.EOF:
		c.log.Debug("cannot read", "error", err)
	}
	return farewell{}
}

// handle hands a frame to its handler. A panic is an error like others.
func (c *conn) handle(hd chat.Header, body []byte) (err error) {
	defer func() {
		if v := recover(); v != nil {
			logPanic(c.log, hd.Opcode.String(), v)
			err = errPanic
		}
	}()
	return chat.Dispatch(c, c.state, hd, body, profiles{})
}

// refuse answers a request that a handler refused. It reports whether the
// connection must end, and how.
func (c *conn) refuse(hd chat.Header, err error) (last farewell, end bool) {
	var wire *chat.Error
	switch {
	case errors.As(err, &wire):
	case errors.Is(err, errGone):
		return farewell{}, true
	case errors.Is(err, store.ErrFenced):
		return lost(c.session.Cause()), true
	case errors.Is(err, store.ErrClosed):
		return lost(err), true
	case errors.Is(err, errPanic):
		return farewell{hd.ID, internal()}, true
	default:
		c.log.Error("a request failed", "opcode", hd.Opcode, "error", err)
		wire = internal()
	}
	if wire.Code == chat.CodeBadVersion {
		wire.Lowest, wire.Highest = chat.Version, chat.Version
	}
	switch wire.Code.Reaction() {
	case codec.ReactReply:
		return farewell{}, c.reply(hd.ID, wire) != nil
	case codec.ReactReplyClose:
		return farewell{hd.ID, wire}, true
	}
	return farewell{}, true
}

// reply queues a reply. It waits while the client does not read.
func (c *conn) reply(id uint32, m chat.ServerMessage) error {
	return c.out.put(entry{id: id, msg: m, cost: entryCost}, replyRoom, nil)
}

// barrier waits until the SENDs in flight are done.
func (c *conn) barrier() {
	for i, p := range c.flight {
		<-p.Done()
		c.flight[i] = nil
	}
	c.flight = c.flight[:0]
}

// begin makes the connection a member's: first comes the reply, then what waits.
// A session that was taken over already is kept, so that refuse can tell by whom.
func (c *conn) begin(id uint32, s store.Session, window chat.Window, token []byte) error {
	c.session = s
	c.deliverer = newDeliverer(s, c.out, min(int(window), c.srv.opts.Window), c.log, func(err error) {
		c.interrupt(lost(err))
	})
	waiting, err := s.Waiting(c.srv.ctx)
	var acked store.Seq
	if err == nil {
		acked, err = s.Acked(c.srv.ctx)
	}
	switch {
	case errors.Is(err, store.ErrFenced):
		return err
	case err != nil:
		c.leave()
		return err
	}
	a := s.Account()
	c.deliverer.acked.Store(uint64(acked)) // an old acknowledgement is no error (CHAT.md, ACK-3)
	err = c.reply(id, &chat.LoggedIn{
		Name:        chat.Username(a.Name),
		Incarnation: chat.Incarnation(a.Incarnation),
		Epoch:       chat.Epoch(a.Epoch),
		Waiting:     uint32(waiting),
		Token:       token,
	})
	c.deliverer.start()
	return err
}

// leave ends the session, if there is one, before the client is told: it is free
// for others when leave returns.
func (c *conn) leave() {
	if c.session == nil {
		return
	}
	c.deliverer.halt()
	c.session.Release()
	c.session, c.deliverer = nil, nil
}

// finish sends the last frame, ends this side of the stream, and goes on reading
// for a while, so that the last frame is not lost to a reset (CHAT.md, FRAME-8).
func (c *conn) finish(last farewell) {
	defer c.nc.Close() // nothing can be done about an error
	if last.msg != nil && c.reply(last.id, last.msg) != nil {
		return
	}
	if !c.out.flushed() {
		return
	}
	if half, ok := c.nc.(interface{ CloseWrite() error }); ok && half.CloseWrite() != nil {
		return
	}
	c.mu.Lock()
	c.closed = true
	err := c.nc.SetReadDeadline(time.Now().Add(chat.DrainTimeout))
	c.mu.Unlock()
	if err == nil {
		io.Copy(io.Discard, c.nc) // to the end or the deadline
	}
}

// lost says how a connection ends whose session has ended from outside.
func lost(cause error) farewell {
	switch {
	case errors.Is(cause, store.ErrReplaced):
		return goodbye(chat.ReasonReplaced, "the session was taken over by another connection")
	case errors.Is(cause, store.ErrClosed):
		return goodbye(chat.ReasonShutdown, "the server is stopping")
	}
	return farewell{0, internal()}
}

func goodbye(r chat.Reason, text string) farewell {
	return farewell{0, &chat.Goodbye{Reason: r, Text: text}}
}

// refusal returns an error of the protocol. text is a sentence for people.
func refusal(code chat.ErrorCode, text string) *chat.Error {
	return &chat.Error{Code: code, Text: text}
}

func internal() *chat.Error { return refusal(chat.CodeInternal, "the server failed") }

func logPanic(log *slog.Logger, where string, v any) {
	log.Error("panic", "in", where, "value", v, "stack", string(debug.Stack()))
}
