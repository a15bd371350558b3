package server

import (
	"github.com/wirelaw/wirelaw/codec/chat"
	"github.com/wirelaw/wirelaw/server/store"
)

// Ack removes deliveries that the client has taken over, and opens the window
// again (CHAT.md, ACK). Success is silent.
func (c *conn) Ack(id uint32, m *chat.Ack) error {
	d, through := c.deliverer, uint64(m.Sequence)
	if through <= d.acked.Load() {
		return nil
	}
	if through > d.sent.Load() {
		return refusal(chat.CodeBadAck, "the sequence is above everything that was delivered in this session")
	}
	if err := c.session.Ack(c.srv.ctx, store.Seq(through)); err != nil {
		return err
	}
	d.acknowledge(store.Seq(through))
	return nil
}
