package client

import (
	"context"

	"github.com/wirelaw/wirelaw/codec/chat"
)

// Login logs in; deliveries follow at once, see [Client.Next]. If ctx ends before the reply, the login may still happen: then log out or
// close. CHAT.md, LOGIN.
func (c *Client) Login(ctx context.Context, name chat.Username, password chat.Password) (*chat.LoggedIn, error) {
	return do[*chat.LoggedIn](ctx, c, &chat.Login{Name: name, Password: password, Window: c.opts.Window})
}
