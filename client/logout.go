package client

import (
	"context"

	"github.com/wirelaw/wirelaw/codec/chat"
)

// Logout ends the session and keeps the connection. What was not acknowledged waits for the next login. CHAT.md, LOGOUT.
func (c *Client) Logout(ctx context.Context) error {
	_, err := do[*chat.LoggedOut](ctx, c, &chat.Logout{})
	return err
}
