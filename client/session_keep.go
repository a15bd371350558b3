package client

import (
	"context"
	"fmt"
	"time"

	"github.com/wirelaw/wirelaw/codec/chat"
)

// keep is the keeper: it serves one connection after the other until the session is closed or can go on no more.
func (s *Session) keep(c *Client) {
	defer close(s.finished)
	for c != nil {
		err := s.serve(c)
		c.Close()
		s.change(func() { s.client, s.seat = nil, nil })
		s.landed()
		if s.ctx.Err() != nil {
			s.end(ErrClosed)
			return
		}
		c = s.reconnect(err)
	}
}

// serve keeps messages flying and runs errands until the connection ends, and returns why.
func (s *Session) serve(c *Client) error {
	for {
		s.launch(c)
		select {
		case <-s.firstReply():
			s.settle()
		case <-s.posted:
		case e := <-s.online:
			e.done <- e.do(s, e.ctx, c)
		case e := <-s.always:
			e.done <- e.do(s, e.ctx, c)
		case <-c.Done():
			return c.Err()
		case <-s.ctx.Done():
			return ErrClosed
		}
	}
}

// errand is something that the keeper does for a caller. c is nil while there is no connection.
type errand struct {
	ctx  context.Context
	do   func(s *Session, ctx context.Context, c *Client) error
	done chan error // room for one
}

// run has the keeper do something and waits until it is done.
func (s *Session) run(ctx context.Context, to chan *errand, do func(*Session, context.Context, *Client) error) error {
	e := &errand{ctx: ctx, do: do, done: make(chan error, 1)}
	select {
	case to <- e:
		return <-e.done // the keeper minds ctx
	case <-ctx.Done():
		return ctx.Err()
	case <-s.finished:
		return s.Err()
	}
}

// reconnect connects until it succeeds. It returns nil when the session has ended.
func (s *Session) reconnect(cause error) *Client {
	if time.Since(s.connected) > s.opts.Backoff.Max {
		s.attempts = 0
	}
	s.replaced(cause)
	s.tell(Disconnected, cause)
	since := time.Now()
	for {
		left := time.Duration(-1)
		if s.opts.GiveUp > 0 {
			left = max(0, s.opts.GiveUp-time.Since(since))
		}
		if !s.pause(s.opts.Backoff.wait(s.attempts), left) {
			if s.ctx.Err() != nil {
				s.end(ErrClosed)
			} else {
				s.end(&LostError{fmt.Errorf("%w: %w", ErrGaveUp, cause)})
			}
			return nil
		}
		s.attempts++
		c, err := s.dial()
		if err == nil {
			if err = s.relogin(c, time.Since(since)); err == nil {
				s.connected = time.Now()
				s.change(func() { s.client = c })
				s.tell(Reconnected, nil)
				return c
			}
			c.Close()
		}
		if code, ok := Code(err); ok && code == chat.CodeBadVersion {
			s.end(err)
			return nil
		}
		cause = err
	}
}

// pause waits, doing the errands that need no connection. It says no when the session is closed or left is over; a negative left is never
// over.
func (s *Session) pause(d, left time.Duration) bool {
	giveUp := left >= 0 && d > left
	if giveUp {
		d = left
	}
	t := time.NewTimer(d)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			return !giveUp && s.ctx.Err() == nil
		case e := <-s.always:
			e.done <- e.do(s, e.ctx, nil)
		case <-s.ctx.Done():
			return false
		}
	}
}

// dial connects, doing the errands that need no connection meanwhile.
func (s *Session) dial() (c *Client, err error) {
	dialed := make(chan struct{})
	go func() {
		defer close(dialed)
		c, err = s.opts.Dial(s.ctx)
	}()
	for {
		select {
		case <-dialed:
			return c, err
		case e := <-s.always:
			e.done <- e.do(s, e.ctx, nil)
		}
	}
}

// end ends the session: no more connections, and everything that waits is told.
func (s *Session) end(err error) {
	n := s.giveUpOutbox()
	m := s.Member()
	s.change(func() { s.ended = err })
	if err != ErrClosed {
		s.opts.Notify(Event{Kind: Ended, Member: m, Err: err, Unsent: n})
	}
}

func (s *Session) tell(k EventKind, err error) {
	s.mu.Lock()
	e := Event{Kind: k, Member: s.member, Err: err, Unsent: len(s.outbox)}
	s.mu.Unlock()
	s.opts.Notify(e)
}

// leave says BYE after the messages in flight have been answered.
func (s *Session) leave(ctx context.Context, c *Client) error {
	defer s.cancel()
	if c == nil {
		return nil
	}
	if err := s.drain(ctx, c); err != nil {
		return err
	}
	return c.Bye(ctx)
}
