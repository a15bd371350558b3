package server

import (
	"errors"
	"time"

	"github.com/wirelaw/wirelaw/codec/chat"
	"github.com/wirelaw/wirelaw/server/store"
)

// Resume takes a session up again, or over, with its token (CHAT.md, RESUME).
// The connection that held it learns of it from the store.
func (c *conn) Resume(id uint32, m *chat.Resume) error {
	s := c.srv
	session, err := s.store.Resume(s.ctx, store.HashToken(m.Token), time.Now().Add(s.opts.TokenLife))
	if errors.Is(err, store.ErrBadToken) {
		return refusal(chat.CodeBadToken, "the token is unknown or has expired; log in with the password")
	}
	if err != nil {
		return err
	}
	return c.begin(id, session, m.Window, m.Token)
}
