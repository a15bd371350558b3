package client

import (
	"time"

	"github.com/wirelaw/wirelaw/codec/chat"
)

// keepAlive says PING when nothing else was said for half of the keepalive, and ends the connection when a request has waited for one and
// a half of it without a word from the server. It lives as long as the connection.
func (c *Client) keepAlive(keepalive time.Duration) {
	patience := keepalive + keepalive/2
	tick := time.NewTicker(keepalive / 4)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-c.dead:
			return
		}
		c.mu.Lock()
		now := time.Now()
		waiting := len(c.calls) > 0
		mute := waiting && now.Sub(c.heard) >= patience
		quiet := !waiting && now.Sub(c.spoke) >= keepalive/2
		c.mu.Unlock()
		switch {
		case mute:
			c.fail(&SilenceError{patience})
			return
		case quiet:
			c.ping()
		}
	}
}

// ping sends a PING without waiting for room or for its reply.
func (c *Client) ping() {
	select {
	case c.slots <- struct{}{}:
		if _, err := c.enqueue(&chat.Ping{}); err != nil {
			<-c.slots
		}
	default:
	}
}
