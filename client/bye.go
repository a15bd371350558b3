package client

import (
	"context"

	"github.com/wirelaw/wirelaw/codec/chat"
)

// Bye leaves: it waits for the replies to all requests and for GOODBYE, and closes the connection, also if ctx ends first. CHAT.md, BYE.
func (c *Client) Bye(ctx context.Context) error {
	defer c.Close()
	_, err := do[*chat.Goodbye](ctx, c, &chat.Bye{})
	return err
}
