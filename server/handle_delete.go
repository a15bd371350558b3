package server

import (
	"github.com/wirelaw/wirelaw/codec/chat"
)

// Delete removes the account of the session (CHAT.md, DELETE). Deliveries stop
// before the client is told.
func (c *conn) Delete(id uint32, m *chat.Delete) error {
	a := c.session.Account()
	if name, _ := identity(string(m.Name)); name != a.Identity {
		return refusal(chat.CodeBadConfirmation, "the name is not that of the account that is logged in")
	}
	if err := c.end(c.session.Delete); err != nil {
		return err
	}
	c.log.Info("account deleted", "name", a.Name, "incarnation", a.Incarnation)
	return c.reply(id, &chat.Deleted{})
}
