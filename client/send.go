package client

import (
	"context"
	"crypto/rand"

	"github.com/wirelaw/wirelaw/codec/chat"
)

// NewKey returns a random key for a message.
func NewKey() chat.Key {
	var k chat.Key
	rand.Read(k[:]) // never fails
	return k
}

// Send sends a message under a fresh key and waits until the server has accepted it. Who must know that a message is sent once, also if
// the connection is lost, keeps its key and uses [Client.StartSend], or a [Session]. CHAT.md, SEND.
func (c *Client) Send(ctx context.Context, to chat.Username, text chat.Text) (*chat.Accepted, error) {
	s, err := c.StartSend(ctx, &chat.Send{Key: NewKey(), To: to, Text: text})
	if err != nil {
		return nil, err
	}
	return s.Wait(ctx)
}

// Sending is a message on its way to the server.
type Sending struct{ call *call }

// StartSend sends a message and does not wait for the reply, so that many can be in flight. They reach the server in the order of the
// calls. It blocks while Options.InFlight requests wait. The same key may be sent again: the server delivers the message once.
func (c *Client) StartSend(ctx context.Context, m *chat.Send) (*Sending, error) {
	k, err := c.start(ctx, m)
	if err != nil {
		return nil, err
	}
	return &Sending{k}, nil
}

// Done is closed when the reply has come or the connection has ended.
func (s *Sending) Done() <-chan struct{} { return s.call.done }

// Wait waits for the reply.
func (s *Sending) Wait(ctx context.Context) (*chat.Accepted, error) {
	m, err := s.call.wait(ctx)
	if err != nil {
		return nil, err
	}
	return m.(*chat.Accepted), nil
}
