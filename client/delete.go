package client

import (
	"context"

	"github.com/wirelaw/wirelaw/codec/chat"
)

// Delete deletes the account that is logged in; its name confirms. What it has sent is still delivered, what waits for it is dropped. The
// connection is a guest's again. CHAT.md, DELETE.
func (c *Client) Delete(ctx context.Context, name chat.Username) error {
	_, err := do[*chat.Deleted](ctx, c, &chat.Delete{Name: name})
	return err
}
