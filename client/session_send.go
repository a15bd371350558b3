package client

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/wirelaw/wirelaw/codec/chat"
)

// ErrNotSent says that the account was logged out, or the session ended, before the message was sent.
var ErrNotSent = errors.New("logged out before the message was sent")

// ErrUnknownFate says that a message was sent, that no reply came, and that the server may have forgotten its key by now: sending it again
// could double it.
var ErrUnknownFate = errors.New("whether the message was accepted is not known")

// Outgoing is a message in the outbox of a session.
type Outgoing struct {
	To   chat.Username
	Text chat.Text

	send    *chat.Send
	first   time.Time // when it was first sent; the keeper's
	keyLife time.Duration
	sending *Sending // on the current connection; the keeper's
	done    chan struct{}
	reply   *chat.Accepted // after done
	err     error          // after done
}

// Done is closed when the message was accepted or refused.
func (o *Outgoing) Done() <-chan struct{} { return o.done }

// Wait waits until the message was accepted, through lost connections, or refused. When ctx ends first, the message stays in the outbox.
func (o *Outgoing) Wait(ctx context.Context) (*chat.Accepted, error) {
	select {
	case <-o.done:
		return o.reply, o.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (o *Outgoing) finish(reply *chat.Accepted, err error) {
	o.reply, o.err = reply, err
	close(o.done)
}

// Post puts a message into the outbox. It waits only while the outbox is full, not for a connection. Messages are sent in the order in
// which they were posted. A refusal (the error of [Outgoing.Wait] is a [*chat.Error]) is not tried again.
func (s *Session) Post(ctx context.Context, to chat.Username, text chat.Text) (*Outgoing, error) {
	m := &chat.Send{Key: NewKey(), To: to, Text: text}
	if err := m.Validate(nil); err != nil {
		return nil, err
	}
	select {
	case s.room <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-s.finished:
		return nil, s.Err()
	}
	o := &Outgoing{To: to, Text: text, send: m, done: make(chan struct{})}
	s.mu.Lock()
	err := s.ended
	if err == nil && s.member == nil {
		err = ErrNotLoggedIn
	}
	if err == nil {
		s.outbox = append(s.outbox, o)
	}
	s.mu.Unlock()
	if err != nil {
		<-s.room
		return nil, err
	}
	select {
	case s.posted <- struct{}{}:
	default:
	}
	return o, nil
}

// Send posts a message and waits until it was accepted, through lost connections, or refused.
func (s *Session) Send(ctx context.Context, to chat.Username, text chat.Text) (*chat.Accepted, error) {
	o, err := s.Post(ctx, to, text)
	if err != nil {
		return nil, err
	}
	return o.Wait(ctx)
}

// launch sends what waits, in order, while there is room in flight for other requests too.
func (s *Session) launch(c *Client) {
	limit := max(1, cap(c.slots)/2)
	for s.flying < limit {
		s.mu.Lock()
		if s.seat == nil || s.flying >= len(s.outbox) {
			s.mu.Unlock()
			return
		}
		o := s.outbox[s.flying]
		s.mu.Unlock()
		now := time.Now()
		if !o.first.IsZero() && now.Sub(o.first) >= o.keyLife {
			s.resolve(s.flying, nil, ErrUnknownFate)
			continue
		}
		sending, err := c.StartSend(s.ctx, o.send)
		if lost(err) || s.ctx.Err() != nil {
			return
		}
		if err != nil {
			s.resolve(s.flying, nil, err)
			continue
		}
		if o.first.IsZero() {
			// A minute is left for the way to the server and for clocks.
			o.first, o.keyLife = now, time.Duration(c.Welcome().KeyRetention)*time.Second-time.Minute
		}
		o.sending = sending
		s.flying++
	}
}

// firstReply is ready when the oldest message in flight has its reply; nil while none is in flight.
func (s *Session) firstReply() <-chan struct{} {
	if s.flying == 0 {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.outbox[0].sending.Done()
}

// settle takes the reply to the oldest message in flight. With the connection lost, the message stays.
func (s *Session) settle() {
	s.mu.Lock()
	o := s.outbox[0]
	s.mu.Unlock()
	reply, err := o.sending.Wait(s.ctx)
	if lost(err) || s.ctx.Err() != nil {
		return
	}
	s.flying--
	s.resolve(0, reply, err)
}

// landed takes the replies that came before the connection was lost; the rest is to be sent again.
func (s *Session) landed() {
	for s.flying > 0 {
		n := s.flying
		select {
		case <-s.firstReply():
			s.settle()
		default:
		}
		if s.flying == n {
			break
		}
	}
	s.flying = 0
}

// drain waits until the outbox is empty.
func (s *Session) drain(ctx context.Context, c *Client) error {
	for {
		s.launch(c)
		if s.flying == 0 {
			return c.Err()
		}
		select {
		case <-s.firstReply():
			if err := c.Err(); err != nil {
				return err
			}
			s.settle()
		case <-c.Done():
			return c.Err()
		case <-ctx.Done():
			return ctx.Err()
		case <-s.ctx.Done():
			return ErrClosed
		}
	}
}

// resolve takes a message out of the outbox and tells how it ended.
func (s *Session) resolve(i int, reply *chat.Accepted, err error) {
	s.mu.Lock()
	o := s.outbox[i]
	s.outbox = slices.Delete(s.outbox, i, i+1)
	s.mu.Unlock()
	<-s.room
	o.finish(reply, err)
}

// giveUpOutbox tells all messages in the outbox that they will not be sent, and returns how many there were. What was sent without a
// reply may have been accepted.
func (s *Session) giveUpOutbox() int {
	s.landed()
	s.mu.Lock()
	all := s.outbox
	s.outbox = nil
	s.mu.Unlock()
	for _, o := range all {
		<-s.room
		if o.first.IsZero() {
			o.finish(nil, ErrNotSent)
		} else {
			o.finish(nil, ErrUnknownFate)
		}
	}
	return len(all)
}
