package client

import (
	"context"

	"github.com/wirelaw/wirelaw/codec/chat"
)

// Create creates an account. It does not log in. The password is given twice, as the user typed it. CHAT.md, CREATE.
func (c *Client) Create(ctx context.Context, name chat.Username, password, again chat.Password) error {
	_, err := do[*chat.Created](ctx, c, &chat.Create{Name: name, Password: password, Again: again})
	return err
}
