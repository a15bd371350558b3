package server

import "github.com/wirelaw/wirelaw/codec/chat"

// Ping answers after everything that is due was delivered (CHAT.md, PING-2).
func (c *conn) Ping(id uint32, m *chat.Ping) error {
	if c.deliverer != nil {
		c.deliverer.catchUp()
	}
	return c.reply(id, &chat.Pong{})
}
