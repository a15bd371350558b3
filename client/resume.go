package client

import (
	"context"

	"github.com/wirelaw/wirelaw/codec/chat"
)

// Resume logs in with the token of an earlier login, and takes its session over if that still holds. It needs a server with the feature
// RESUME, otherwise the error has CodeUnsupported. CHAT.md, RESUME.
func (c *Client) Resume(ctx context.Context, token chat.Token) (*chat.LoggedIn, error) {
	return do[*chat.LoggedIn](ctx, c, &chat.Resume{Token: token, Window: c.opts.Window})
}
