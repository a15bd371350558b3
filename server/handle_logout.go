package server

import (
	"context"

	"github.com/wirelaw/wirelaw/codec/chat"
)

// Logout ends the session and its token, and keeps the connection (CHAT.md,
// LOGOUT).
func (c *conn) Logout(id uint32, m *chat.Logout) error {
	if err := c.end(c.session.Logout); err != nil {
		return err
	}
	return c.reply(id, &chat.LoggedOut{})
}

// end ends the session by how, which frees it before it returns. If that fails,
// the session goes on as it was.
func (c *conn) end(how func(context.Context) error) error {
	c.deliverer.halt()
	if err := how(c.srv.ctx); err != nil {
		c.deliverer.start()
		return err
	}
	c.session, c.deliverer = nil, nil
	return nil
}
