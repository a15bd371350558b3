package client

import (
	"context"

	"github.com/wirelaw/wirelaw/codec/chat"
)

// Ping asks the server for a sign of life. When it returns, every delivery that was due, and fits into the window, has come. Pings to keep
// the connection alive are sent without being asked for. CHAT.md, PING.
func (c *Client) Ping(ctx context.Context) error {
	_, err := do[*chat.Pong](ctx, c, &chat.Ping{})
	return err
}
