package client

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/codec/chat"
)

// read takes frames from the server until the connection ends.
func (c *Client) read() {
	r := chat.NewReader(c.conn)
	for {
		hd, body, err := r.Next(chat.MaxBody)
		if err != nil {
			c.fail(readError(err))
			return
		}
		m, err := chat.DecodeServer(hd, body)
		if err != nil {
			c.fail(&ProtocolError{Because: "a frame that cannot be understood", Err: err})
			return
		}
		if err := c.take(hd, m); err != nil {
			c.fail(err)
			return
		}
	}
}

// readError says what ended the stream.
func readError(err error) error {
	if _, ok := errors.AsType[*chat.Error](err); ok {
		return breach("a frame over %d bytes", chat.MaxBody)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return breach("the connection ended within a frame")
	}
	return err
}

// take does what a frame of the server demands. An error ends the connection.
func (c *Client) take(hd chat.Header, m chat.ServerMessage) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.heard = time.Now()
	if c.err != nil {
		return c.err
	}
	if c.state == chat.StateClosed {
		return breach("%v after GOODBYE", hd.Opcode)
	}
	switch {
	case hd.ID == 0:
		return c.push(m)
	case hd.ID == ackID:
		if e, ok := m.(*chat.Error); ok {
			return fmt.Errorf("the server refused an ACK: %w", e)
		}
	}
	return c.reply(hd.ID, m)
}

// push takes a frame that answers no request. mu is held.
func (c *Client) push(m chat.ServerMessage) error {
	switch m := m.(type) {
	case *chat.Deliver:
		if c.inbox == nil {
			return breach("DELIVER while nobody is logged in")
		}
		return c.inbox.put(m)
	case *chat.Goodbye:
		c.state = chat.StateClosed
		c.last = &GoodbyeError{m.Reason, m.Text}
		return nil
	case *chat.Error:
		return m
	}
	return breach("%v with id 0", m.Opcode())
}

// reply gives a frame to the call that it answers, which must be the oldest. mu is held.
func (c *Client) reply(id uint32, m chat.ServerMessage) error {
	if len(c.calls) == 0 {
		return breach("%v with id %d answers no request", m.Opcode(), id)
	}
	k := c.calls[0]
	if k.id != id {
		return breach("%v with id %d while request %d (%v) is to be answered", m.Opcode(), id, k.id, k.op)
	}
	e, refused := m.(*chat.Error)
	if want, _ := k.op.Reply(); !refused && m.Opcode() != want {
		return breach("%v answers %v", m.Opcode(), k.op)
	}
	if !refused && !c.state.Legal(k.op) { // what came before it was refused
		return breach("%v succeeded in the state %v", k.op, c.state)
	}
	c.calls[0] = nil
	c.calls = c.calls[1:]
	if k.moves {
		c.moving--
	}
	<-c.slots
	if refused {
		if e.Code.Reaction() != codec.ReactReply {
			c.last = e
		}
		k.finish(nil, e)
		return nil
	}
	c.state = c.state.After(k.op)
	c.effect(m)
	k.finish(m, nil)
	return nil
}

// effect does what a successful reply means for the connection. mu is held.
func (c *Client) effect(m chat.ServerMessage) {
	switch m := m.(type) {
	case *chat.Welcome:
		c.welcome = m
		go c.keepAlive(time.Duration(m.Keepalive) * time.Second)
	case *chat.LoggedIn:
		c.inbox = newInbox(m, c.opts.Window)
	case *chat.LoggedOut, *chat.Deleted:
		c.inbox.end(ErrNotLoggedIn)
		c.inbox = nil
	case *chat.Goodbye:
		c.last = &GoodbyeError{m.Reason, m.Text}
	}
}
