package client

import (
	"fmt"
	"slices"

	"github.com/wirelaw/wirelaw/codec/chat"
)

// Ack acknowledges all deliveries of this session up to a sequence: they do not come again. It does not wait: success is silent, a later
// reply proves that it took effect, and a refusal ends the connection. A sequence above what was delivered is refused without being
// sent. CHAT.md, ACK.
func (c *Client) Ack(s chat.Sequence) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := c.inbox
	switch {
	case c.err != nil:
		return c.err
	case b == nil || !c.ahead().Legal(chat.OpAck):
		return ErrNotLoggedIn
	case !b.any || s > b.highest:
		return fmt.Errorf("sequence %d was not delivered in this session", s)
	}
	n, found := slices.BinarySearch(b.open, s)
	if found {
		n++
	}
	if n == 0 {
		return nil
	}
	out, err := chat.AppendFrame(c.out, ackID, &chat.Ack{Sequence: s})
	if err != nil {
		return err
	}
	b.open = slices.Delete(b.open, 0, n)
	c.out = out
	c.wakeWriter()
	return nil
}
