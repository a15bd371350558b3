package peer

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"github.com/wirelaw/wirelaw/codec/dynamic"
)

// begin starts a command. Limits are left to the server.
func (c *client) begin(t *task, ready bool) {
	switch t.name() {
	case "create":
		again := t.arg("again")
		if _, given := t.cmd["again"]; !given || c.bug == "again-ignored" {
			again = t.arg("password")
		}
		c.request("CREATE", "name", t.arg("name"), "password", t.arg("password"), "again", again)
		if c.bug == "done-at-once" {
			c.done(nil)
		}
	case "login":
		c.password = t.arg("password")
		window := uint64(32)
		if c.bug == "window-zero" {
			window = 0
		}
		if c.bug == "token-after-logout" && c.token != nil {
			c.request("RESUME", "token", c.token, "window", window)
			return
		}
		c.request("LOGIN", "name", t.arg("name"), "password", c.password, "window", window)
	case "list":
		c.list(t, nil)
	case "send":
		t.request = c.message(t)
		c.post(t.request)
		if c.bug == "password-as-text" && t.arg("text") == "hush" {
			c.request("SEND", "key", c.key(t), "to", t.arg("to"), "text", "by the way, "+c.password)
		}
	case "delete":
		c.request("DELETE", "name", t.arg("name"))
	case "logout":
		c.request("LOGOUT")
	case "sync":
		if !ready {
			c.done(nil)
			return
		}
		c.request("PING")
	case "exit":
		if c.link == nil {
			c.done(nil)
			c.ended = true
			return
		}
		c.request("BYE")
		l := c.link
		time.AfterFunc(2*time.Second, func() { c.bring(heard{l, nil, errNoAnswer}) })
	default:
		c.fail("USAGE")
	}
}

func (c *client) list(t *task, cursor []byte) {
	by, pattern := uint64(0), t.arg("pattern")
	switch {
	case t.arg("by") == "regex":
		by = 2
	case t.arg("by") == "wildcard", t.arg("by") == "" && pattern != "":
		by = 1
	}
	if cursor != nil && c.bug == "pattern-forgotten" {
		by, pattern = 0, ""
	}
	c.request("LIST", "by", by, "pattern", pattern, "cursor", append([]byte{}, cursor...), "limit", uint64(0))
}

// message makes the SEND of a command.
func (c *client) message(t *task) *dynamic.Message {
	m := c.c.Example(c.p.Message("SEND"))
	m.Set("key", c.key(t))
	m.Set("to", t.arg("to"))
	m.Set("text", t.arg("text"))
	return m
}

func (c *client) key(t *task) []byte {
	c.keys++
	n := c.keys
	switch c.bug {
	case "one-key":
		n = 0
	case "key-of-text":
		sum := sha256.Sum256([]byte(t.arg("to") + t.arg("text")))
		return sum[:16]
	}
	return binary.BigEndian.AppendUint64([]byte("model-client"[:8]), n)
}

// done tells that the command under way is done.
func (c *client) done(more map[string]any) {
	if c.now == nil {
		return
	}
	pairs := []any{"event", "result", "ref", c.now.cmd["ref"], "ok", true}
	for k, v := range more {
		pairs = append(pairs, k, v)
	}
	c.tell(pairs...)
	c.now = nil
}

// fail tells that the command under way was refused or has failed.
func (c *client) fail(name string) {
	if c.now == nil {
		return
	}
	c.tell("event", "result", "ref", c.now.cmd["ref"], "ok", false, "error", name)
	c.now = nil
}

// giveUp ends the client: nothing more will be done.
func (c *client) giveUp(why string) {
	c.fail("ENDED")
	c.tell("event", "ended", "message", why)
	c.drop()
	c.ended = true
}
