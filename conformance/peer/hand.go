package peer

import (
	"bytes"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// What stands here is for faults: what they may see of a connection, and do to it. The server's lock is held.

// Number says how many requests have come on the connection.
func (c *Conn) Number() int { return c.count }

// Codec returns the codec of the honest table.
func (c *Conn) Codec() *dynamic.Codec { return c.s.c }

// Error finds an error in the table that the server keeps to.
func (c *Conn) Error(name string) *spec.Error { return c.s.error(name) }

// Held gives and takes frames that are kept back until later.
func (c *Conn) Held(frames [][]byte) (before [][]byte) {
	before, c.held = c.held, frames
	return before
}

// Profiles judges characters beyond ASCII as the server does.
func (c *Conn) Profiles() codec.Profiles { return c.s.profiles }

// Protocol returns the honest table.
func (c *Conn) Protocol() *spec.Protocol { return c.s.p }

// WithID returns the frame with another correlation.
func (c *Conn) WithID(frame []byte, id uint64) []byte {
	b := bytes.Clone(frame)
	h := c.s.c.ParseHeader(b)
	h.ID = id
	return c.s.c.SetHeader(spec.FromServer, b, h)
}

// Frame lays a message out, whatever it holds.
func (c *Conn) Frame(m *dynamic.Message, id uint64) []byte {
	m.ID = id
	return c.s.c.AppendIllegal(nil, m)
}

// Send sends a frame that nobody asked for.
func (c *Conn) Send(frame []byte) { c.out.put(frame) }

// Refusal is the frame that tells of an error.
func (c *Conn) Refusal(e *spec.Error, id uint64) []byte { return c.Frame(c.s.refusal(e, nil), id) }

// Reworded is Refusal with another text.
func (c *Conn) Reworded(e *spec.Error, id uint64, text string) []byte {
	m := c.s.refusal(e, nil)
	m.Set("text", text)
	return c.Frame(m, id)
}

// Deafen lets no request be answered any more.
func (c *Conn) Deafen() { c.deaf = true }

// CrashAt ends the server once it has had n requests.
func (c *Conn) CrashAt(n int) {
	if c.s.requests >= n {
		c.s.crash()
	}
}

// CutOthers ends all other connections without a word.
func (c *Conn) CutOthers() {
	for other := range c.s.conns {
		if other != c {
			other.cut()
		}
	}
}

// LastID returns the id of the request before.
func (c *Conn) LastID() uint64 { return c.lastID }

// Repeats reports whether the request before had that id.
func (c *Conn) Repeats(id uint64) bool { return c.count > 1 && c.lastID == id }

// Name is the name that a CREATE or a LOGIN begins with, "" if it does not.
func (c *Conn) Name(r Request) string {
	h := c.s.c.HeaderSize()
	if len(r.Frame) <= h || len(r.Frame) < h+1+int(r.Frame[h]) {
		return ""
	}
	return string(r.Frame[h+1 : h+1+int(r.Frame[h])])
}

// Knows reports whether the name in a CREATE or a LOGIN is that of an account.
func (c *Conn) Knows(r Request) bool {
	a := c.s.app.(*chat)
	return a.users[a.id(c.Name(r))] != nil
}

// Shorter cuts n bytes off the end of a frame, and lets its header say so.
func (c *Conn) Shorter(frame []byte, n int) []byte {
	h := c.s.c.ParseHeader(frame)
	size, _ := c.s.c.BodyLen(h)
	h.Length = c.s.c.Length(int(size) - n)
	return c.s.c.SetHeader(spec.FromServer, bytes.Clone(frame[:len(frame)-n]), h)
}
