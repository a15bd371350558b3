package client

import (
	"context"
	"time"

	"github.com/wirelaw/wirelaw/codec/chat"
)

// Delivery is a message for the account that is logged in. CHAT.md, DELIVER.
type Delivery struct {
	Epoch       chat.Epoch // with Sequence it names the message, so that a repeat can be told
	Sequence    chat.Sequence
	From        chat.Username    // as spelled when that account was created
	Incarnation chat.Incarnation // of the sender
	Time        time.Time        // when the server accepted the message
	Text        chat.Text        // as it was sent; not to be trusted on a terminal
}

// inbox holds the deliveries of one session that nobody has taken yet. The reader puts, callers take; everything but the channels is
// under the client's mu.
type inbox struct {
	epoch   chat.Epoch
	waiting chan *Delivery // room for a whole window, so that the reader never blocks
	ended   chan struct{}  // closed when the session has ended; err is set before
	err     error
	open    []chat.Sequence // delivered and not acknowledged, rising
	highest chat.Sequence   // delivered
	any     bool            // something was delivered
}

func newInbox(m *chat.LoggedIn, w chat.Window) *inbox {
	return &inbox{epoch: m.Epoch, waiting: make(chan *Delivery, w), ended: make(chan struct{})}
}

func (b *inbox) put(m *chat.Deliver) error {
	if b.any && m.Sequence <= b.highest {
		return breach("DELIVER of sequence %d after %d", m.Sequence, b.highest)
	}
	if len(b.open) == cap(b.waiting) {
		return breach("more deliveries than the window of %d", cap(b.waiting))
	}
	b.any, b.highest = true, m.Sequence
	b.open = append(b.open, m.Sequence)
	b.waiting <- &Delivery{
		Epoch:       b.epoch,
		Sequence:    m.Sequence,
		From:        m.From,
		Incarnation: m.Incarnation,
		Time:        time.UnixMilli(int64(m.Time)),
		Text:        m.Text,
	}
	return nil
}

func (b *inbox) end(err error) {
	b.err = err
	close(b.ended)
}

// Next returns the next delivery of the session. It waits until there is one, ctx ends, the session ends ([ErrNotLoggedIn]) or the
// connection does ([*LostError]). What was not acknowledged by then comes again after the next login.
//
// As many deliveries as Options.Window are held here; the server keeps the rest until [Client.Ack] makes room.
func (c *Client) Next(ctx context.Context) (*Delivery, error) {
	b, err := c.session()
	if err != nil {
		return nil, err
	}
	select {
	case d := <-b.waiting:
		return d, nil
	case <-b.ended:
		return nil, b.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// TryNext returns a delivery that has come already, or nil.
func (c *Client) TryNext() *Delivery {
	b, err := c.session()
	if err != nil {
		return nil
	}
	select {
	case d := <-b.waiting:
		return d
	default:
		return nil
	}
}

func (c *Client) session() (*inbox, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.err != nil:
		return nil, c.err
	case c.inbox == nil:
		return nil, ErrNotLoggedIn
	}
	return c.inbox, nil
}
