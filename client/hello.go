package client

import (
	"context"

	"github.com/wirelaw/wirelaw/codec/chat"
)

// Hello agrees with the server on a version and learns its features and limits, which [Client.Welcome] returns from then on. If the
// versions do not meet, the error is a [*chat.Error] with CodeBadVersion and the range of the server. CHAT.md, HELLO.
func (c *Client) Hello(ctx context.Context) (*chat.Welcome, error) {
	return do[*chat.Welcome](ctx, c, &chat.Hello{
		Lowest:    chat.Version,
		Highest:   chat.Version,
		Agent:     c.opts.Agent,
		Keepalive: c.opts.Keepalive,
	})
}
