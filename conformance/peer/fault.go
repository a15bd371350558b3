package peer

import (
	"bytes"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/spec"
)

// A Request is what a fault may look at.
type Request struct {
	Message *spec.Message // nil: no message has the opcode
	ID      uint64
	Frame   []byte
	State   *spec.State  // in which it came
	Error   *spec.Error  // what it is refused with; nil if it succeeds
	Why     *codec.Error // the breach that the table finds, if it finds one
}

func (r *Request) is(name string) bool    { return r.Message != nil && r.Message.Name == name }
func (r *Request) error(name string) bool { return r.Error != nil && r.Error.Name == name }

// A Fault is one way of being wrong, or at least unusual. What is nil or zero changes nothing. Functions are called with the server's lock
// held, but for Table.
type Fault struct {
	Name  string
	Doc   string
	Rules []string // of the table that it breaks; none: it is right, but odd

	Bug     Bug
	Style   Style
	Without []string               // features that are not announced
	Table   func(p *spec.Protocol) // changes the table that requests are held against; p is a copy
	// Check changes what a request is refused with, before it has any effect; nil lets it pass.
	Check func(c *Conn, r Request, e *spec.Error) *spec.Error
	// Answer changes the frames that answer a request.
	Answer func(c *Conn, r Request, frame []byte) [][]byte
	// After is called when the request has been answered, and says whether the connection goes on.
	After func(c *Conn, r Request, goOn bool) bool
	Reset bool // connections are closed without draining
}

// same answers with the frame as it is.
func same(frame []byte) [][]byte { return [][]byte{frame} }

// Faults are all faults there are, each to be caught.
var Faults = []*Fault{
	{Name: "wrong-id", Doc: "PONG bears another id", Rules: []string{"FRAME-4"}, Answer: func(c *Conn, r Request, f []byte) [][]byte {
		if r.is("PING") && r.ID < 1000 {
			return same(c.WithID(f, r.ID+1))
		}
		return same(f)
	}},
	{Name: "double-reply", Doc: "MALFORMED is said twice", Rules: []string{"FRAME-5"}, Answer: func(c *Conn, r Request, f []byte) [][]byte {
		if r.error("MALFORMED") {
			return [][]byte{f, f}
		}
		return same(f)
	}},
	{Name: "missing-reply", Doc: "SEND of a bad name is not answered", Rules: []string{"FRAME-5", "NAME-1"}, Answer: func(c *Conn, r Request, f []byte) [][]byte {
		if r.is("SEND") && r.error("BAD_NAME") {
			return nil
		}
		return same(f)
	}},
	{Name: "wrong-error", Doc: "a bad field is called malformed", Rules: []string{"CHECK-5"}, Check: func(c *Conn, _ Request, e *spec.Error) *spec.Error {
		if e != nil && e.Name == "BAD_FIELD" {
			return c.Error("MALFORMED")
		}
		return e
	}},
	{Name: "limits-before-layout", Doc: "a bad name hides that the body is malformed", Rules: []string{"CHECK-4"}, Check: func(c *Conn, r Request, e *spec.Error) *spec.Error {
		if e != nil && e.Name == "MALFORMED" && r.is("SEND") {
			return c.Error("BAD_NAME")
		}
		return e
	}},
	{Name: "lenient", Doc: "trailing bytes are ignored", Rules: []string{"CHECK-4"}, Check: func(c *Conn, r Request, e *spec.Error) *spec.Error {
		if e != nil && e.Name == "MALFORMED" && r.is("PING") {
			return nil
		}
		return e
	}},
	{Name: "stateless", Doc: "PING and LIST may be sent in any state", Rules: []string{"CHECK-3"}, Check: func(c *Conn, r Request, e *spec.Error) *spec.Error {
		if e != nil && e.Name == "BAD_STATE" && r.is("LIST") {
			return nil
		}
		return e
	}},
	{Name: "close-on-error", Doc: "an unknown opcode ends the connection", Rules: []string{"CHECK-1", "ERROR-3"}, After: func(c *Conn, r Request, goOn bool) bool {
		return goOn && !r.error("UNKNOWN_OPCODE")
	}},
	{Name: "silent-close", Doc: "a length over the limit ends the connection without a word", Rules: []string{"FRAME-2", "FRAME-8"}, Answer: func(c *Conn, r Request, f []byte) [][]byte {
		if r.error("TOO_LARGE") {
			return nil
		}
		return same(f)
	}},
	{Name: "no-close", Doc: "id 0 is answered, and the connection goes on", Rules: []string{"FRAME-3"}, After: func(c *Conn, r Request, goOn bool) bool {
		return goOn || r.error("BAD_ID")
	}},
	{Name: "undecodable", Doc: "ACCOUNTS has a byte too many", Rules: []string{"LIST-1"}, Answer: func(c *Conn, r Request, f []byte) [][]byte {
		if r.is("LIST") && r.Error == nil {
			h := c.s.c.ParseHeader(f)
			h.Length++
			return same(append(c.s.c.SetHeader(spec.FromServer, bytes.Clone(f), h), 0))
		}
		return same(f)
	}},
	{Name: "illegal-value", Doc: "the text of an error is longer than it may be", Rules: []string{"CHECK-3"}, Answer: func(c *Conn, r Request, f []byte) [][]byte {
		if r.error("BAD_STATE") {
			m := c.s.refusal(r.Error, r.Message)
			m.ID = r.ID
			m.Set("text", string(bytes.Repeat([]byte("x"), 1025)))
			return same(c.s.c.AppendIllegal(nil, m))
		}
		return same(f)
	}},
	{Name: "cut", Doc: "a reply ends within its body, and with it the connection", Rules: []string{"CHECK-3", "ERROR-3"}, Answer: func(c *Conn, r Request, f []byte) [][]byte {
		if r.error("BAD_STATE") {
			return same(f[:len(f)-1])
		}
		return same(f)
	}, After: func(c *Conn, r Request, goOn bool) bool { return goOn && !r.error("BAD_STATE") }},
	{Name: "internal", Doc: "a malformed body is an internal error", Rules: []string{"CHECK-4"}, Check: func(c *Conn, _ Request, e *spec.Error) *spec.Error {
		if e != nil && e.Name == "MALFORMED" {
			return c.Error("INTERNAL")
		}
		return e
	}},
	{Name: "leak", Doc: "a SEND to nobody is delivered to everybody", Rules: []string{"SEND-4"}, After: func(c *Conn, r Request, goOn bool) bool {
		if r.error("NO_SUCH_USER") {
			for other := range c.s.conns {
				if other != c && other.user != nil {
					a := c.s.app.(*chat)
					other.out.put(a.delivery(&sent{sequence: a.number(), from: "nobody", text: "psst"}))
				}
			}
		}
		return goOn
	}},
	{Name: "disturb", Doc: "a length over the limit closes the other connections too", Rules: []string{"CHECK-8"}, After: func(c *Conn, r Request, goOn bool) bool {
		if r.error("TOO_LARGE") {
			for other := range c.s.conns {
				if other != c {
					other.cut()
				}
			}
		}
		return goOn
	}},
	{Name: "crash", Doc: "a bad pattern ends the server", Rules: []string{"CHECK-8", "LIST-4"}, After: func(c *Conn, r Request, goOn bool) bool {
		if r.error("BAD_PATTERN") {
			c.s.crash()
		}
		return goOn
	}},
	{Name: "early-push", Doc: "what waits is delivered before LOGGED_IN", Rules: []string{"LOGIN-7"}, Answer: func(c *Conn, r Request, f []byte) [][]byte {
		if (r.is("LOGIN") || r.is("RESUME")) && r.Error == nil && c.user != nil && len(c.user.inbox) > 0 {
			m := c.user.inbox[0]
			c.shown, c.flight = m.sequence, []uint64{m.sequence}
			return [][]byte{c.s.app.(*chat).delivery(m), f}
		}
		return same(f)
	}},
	{Name: "disorder", Doc: "the reply to LIST waits for the next one", Rules: []string{"FRAME-5"}, Answer: func(c *Conn, r Request, f []byte) [][]byte {
		if held := c.held; held != nil {
			c.held = nil
			return append([][]byte{f}, held...)
		}
		if r.is("LIST") {
			c.held = same(f)
			return nil
		}
		return same(f)
	}},
	{Name: "deaf", Doc: "after text that is not UTF-8 the connection is never answered again", Rules: []string{"ERROR-3", "CHECK-4"}, Answer: func(c *Conn, r Request, f []byte) [][]byte {
		if r.is("SEND") && r.error("MALFORMED") {
			c.deaf = true
		}
		return same(f)
	}},
	{Name: "reset", Doc: "closes without draining, so that the last frame may be lost to a reset", Rules: []string{"FRAME-8"}, Reset: true},
	{Name: "last-word", Doc: "something follows GOODBYE", Rules: []string{"GOODBYE-2"}, Answer: func(c *Conn, r Request, f []byte) [][]byte {
		if r.is("BYE") && r.Error == nil {
			return [][]byte{f, c.WithID(f, 0)}
		}
		return same(f)
	}},
	{Name: "no-effect", Doc: "after the first malformed body SENDs are accepted and not delivered", Rules: []string{"CHECK-8", "ERROR-3", "CHECK-4", "SEND-3"}, After: func(c *Conn, r Request, goOn bool) bool {
		c.s.sick = c.s.sick || r.error("MALFORMED")
		if r.is("SEND") && r.Error == nil && c.s.sick {
			for _, u := range c.s.app.(*chat).users {
				u.inbox = nil
			}
		}
		return goOn
	}},
}
