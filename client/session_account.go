package client

import (
	"context"
	"errors"
	"time"

	"github.com/wirelaw/wirelaw/codec/chat"
)

// Login logs in, see [Client.Login], and stays so through lost connections until [Session.Logout], [Session.Delete], or an event of kind
// LoggedOut. It waits for a connection.
func (s *Session) Login(ctx context.Context, name chat.Username, password chat.Password) (*Member, error) {
	err := s.run(ctx, s.online, func(s *Session, ctx context.Context, c *Client) error {
		m, err := c.Login(ctx, name, password)
		if err != nil {
			closeIfCancelled(c, err)
			return err
		}
		s.password = password
		s.enter(c, m)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.Member(), nil
}

// Logout logs out after everything in the outbox was accepted or refused. Without a connection it forgets the account at once, and tells
// what was not accepted with its error.
func (s *Session) Logout(ctx context.Context) error {
	return s.run(ctx, s.always, func(s *Session, ctx context.Context, c *Client) error {
		if c == nil {
			if s.Member() == nil {
				return ErrNotLoggedIn
			}
			s.forget()
			return nil
		}
		if err := s.drain(ctx, c); err != nil && !lost(err) {
			return err
		}
		err := s.exit(ctx, c, c.Logout)
		if lost(err) {
			// The session has ended with its connection, which is what was wanted.
			s.forget()
			return nil
		}
		return err
	})
}

// Delete deletes the account that is logged in, see [Client.Delete]. When the connection is lost before the reply, whether it was deleted
// is not known; an event of kind LoggedOut follows if it was.
func (s *Session) Delete(ctx context.Context, name chat.Username) error {
	return s.run(ctx, s.online, func(s *Session, ctx context.Context, c *Client) error {
		if err := s.drain(ctx, c); err != nil {
			return err
		}
		return s.exit(ctx, c, func(ctx context.Context) error { return c.Delete(ctx, name) })
	})
}

// exit ends the member's session by LOGOUT or DELETE.
func (s *Session) exit(ctx context.Context, c *Client, end func(context.Context) error) error {
	if s.Member() == nil {
		return ErrNotLoggedIn
	}
	var old *seat
	s.change(func() { old, s.seat = s.seat, nil })
	err := end(ctx)
	closeIfCancelled(c, err)
	switch {
	case err == nil:
		s.forget()
	case c.Err() == nil: // refused
		s.change(func() { s.seat = old })
	}
	return err
}

// closeIfCancelled closes a connection on which a call was cancelled that may yet change its state; the next connection begins anew.
func closeIfCancelled(c *Client, err error) {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		c.Close()
	}
}

// enter notes who has logged in on c.
func (s *Session) enter(c *Client, m *chat.LoggedIn) {
	s.token = m.Token
	s.change(func() {
		if s.member == nil || s.member.Incarnation != m.Incarnation || s.member.Epoch != m.Epoch {
			s.dedup, s.taken = Dedup{}, 0
		}
		s.member = &Member{Name: m.Name, Incarnation: m.Incarnation, Epoch: m.Epoch, Waiting: m.Waiting}
		s.seat = &seat{c, m.Epoch}
	})
}

// forget notes that nobody is logged in any more; what was not accepted is told.
func (s *Session) forget() int {
	s.password, s.token = "", nil
	n := s.giveUpOutbox()
	s.change(func() { s.member, s.seat = nil, nil })
	return n
}

// relogin logs in again on a fresh connection who was logged in when the last one was lost, tried ago. An error is worth another attempt
// on another connection; a refusal for good makes a guest of the session.
func (s *Session) relogin(c *Client, tried time.Duration) error {
	old := s.Member()
	if old == nil {
		return nil
	}
	m, err := s.comeBack(c, old)
	switch {
	case err == nil && m.Incarnation == old.Incarnation:
		s.enter(c, m)
		return nil
	case err == nil:
		// Another account has the name now. What the old one wrote must not go out under it.
		err = errors.New("the account is another one now")
		c.Logout(s.ctx)
	case !final(err, tried, c.Welcome()):
		return err
	}
	n := s.forget()
	s.opts.Notify(Event{Kind: LoggedOut, Member: old, Err: err, Unsent: n})
	return nil
}

func (s *Session) comeBack(c *Client, old *Member) (*chat.LoggedIn, error) {
	ctx, cancel := context.WithTimeout(s.ctx, s.opts.Options.filled().Timeout)
	defer cancel()
	if c.Welcome().Features.Has(chat.FeatureResume) && len(s.token) > 0 {
		m, err := c.Resume(ctx, s.token)
		code, refused := Code(err)
		if !refused || lost(err) || code == chat.CodeBusy || code == chat.CodeInternal {
			return m, err
		}
	}
	return c.Login(ctx, old.Name, s.password)
}

// final reports whether a refused login need not be tried again. Without RESUME the server may not have noticed yet that the old
// connection is lost, so a session elsewhere is believed only after that time.
func final(err error, tried time.Duration, w *chat.Welcome) bool {
	code, ok := Code(err)
	if !ok || lost(err) {
		return false
	}
	switch code {
	case chat.CodeBusy, chat.CodeInternal:
		return false
	case chat.CodeAlreadyLoggedIn:
		return tried > 2*time.Duration(w.Keepalive)*time.Second
	}
	return true
}

// replaced notes that somebody else has resumed the session: taking it back would only start a fight.
func (s *Session) replaced(cause error) {
	g, ok := errors.AsType[*GoodbyeError](cause)
	old := s.Member()
	if !ok || g.Reason != chat.ReasonReplaced || old == nil {
		return
	}
	n := s.forget()
	s.opts.Notify(Event{Kind: LoggedOut, Member: old, Err: cause, Unsent: n})
}
