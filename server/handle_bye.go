package server

import "github.com/wirelaw/wirelaw/codec/chat"

// Bye ends the session, keeps its token, and answers; the end of the connection
// follows from the state (CHAT.md, BYE).
func (c *conn) Bye(id uint32, m *chat.Bye) error {
	c.leave()
	return c.reply(id, &chat.Goodbye{Reason: chat.ReasonBye, Text: "goodbye"})
}
