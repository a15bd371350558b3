package server

import (
	"time"

	"github.com/wirelaw/wirelaw/codec/chat"
)

// Hello agrees on the version and tells what the server can do (CHAT.md, HELLO).
// The versions meet: the table's checks have seen to that.
func (c *conn) Hello(id uint32, m *chat.Hello) error {
	c.patience = time.Duration(m.Keepalive) * time.Second * 3 / 2
	c.log = c.log.With("agent", m.Agent)
	s := c.srv
	return c.reply(id, &chat.Welcome{
		Version:      chat.Version,
		Agent:        s.opts.Agent,
		Features:     s.features,
		Keepalive:    m.Keepalive,
		Inbox:        uint32(s.opts.InboxLimit),
		Page:         uint16(s.opts.Page),
		Window:       uint16(s.opts.Window),
		KeyRetention: uint32(s.opts.KeyRetention / time.Second),
		TokenLife:    uint32(s.opts.TokenLife / time.Second),
	})
}
