package peer

import (
	"errors"
	"io"
	"slices"
	"time"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

var errNoAnswer = errors.New("no answer")

// hear takes in what has come.
func (c *client) hear(h heard) {
	if h.err == io.EOF && c.bug == "stays-after-end" {
		return
	}
	if h.err != nil {
		c.lose()
		return
	}
	m, err := c.understand(h.frame)
	switch {
	case c.link.over && !(c.bug == "goes-on-after-goodbye" && m != nil):
		c.lose()
	case err != nil:
		if c.bug == "crash" {
			panic(err)
		}
		c.lose()
	case m == nil: // a fault has ignored it
	case m.ID == 0:
		c.push(m)
	default:
		c.reply(m)
	}
	c.next()
}

// understand decodes a frame. What is not right is an error.
func (c *client) understand(frame []byte) (*dynamic.Message, error) {
	m, err := c.c.Decode(spec.FromServer, frame, nil)
	var bad *codec.Error
	if !errors.As(err, &bad) {
		return m, c.strict(frame, m)
	}
	h := c.c.ParseHeader(frame)
	known := c.c.Lookup(spec.FromServer, h.Opcode)
	switch {
	case c.bug == "unknown-opcode-skipped" && known == nil:
		return nil, nil
	case c.bug == "trailing-ignored" && bad.Because == codec.BecauseTrailing:
		h.Length, frame = 0, slices.Clone(frame[:c.c.HeaderSize()]) // all that it is tried on are messages without fields
		return c.c.Decode(spec.FromServer, c.c.PutHeader(frame, h), nil)
	case c.bug == "limits-ignored" && known != nil && bad.Because != codec.BecauseTruncated && bad.Because != codec.BecauseTrailing:
		loose := c.c.Example(known)
		loose.ID = h.ID
		return loose, nil
	case c.bug == "half-shown" && bad.Because == codec.BecauseTruncated || c.bug == "half-shown" && bad.Because == "incomplete":
		loose := c.c.Example(known)
		return loose, nil
	}
	return nil, err
}

// strict has the faults of who takes more for wrong than is.
func (c *client) strict(frame []byte, m *dynamic.Message) error {
	features, _ := m.Get("features")
	n, _ := features.(uint64)
	code, _ := m.Get("code")
	e, _ := code.(uint64)
	switch {
	case c.bug == "strict-features" && n > 15:
		return errors.New("unknown features")
	case c.bug == "strict-code" && m.Spec.IsError && c.p.ErrorByCode(e) == nil:
		return errors.New("unknown error")
	case c.bug == "strict-error" && m.Spec.IsError:
		shorter := m.Clone()
		shorter.Fields = slices.DeleteFunc(shorter.Fields, func(f dynamic.Field) bool { return f.Name == "more" })
		if len(c.c.AppendIllegal(nil, shorter)) < len(frame) {
			return errors.New("more than there should be")
		}
	}
	return nil
}

// push takes what nobody has asked for.
func (c *client) push(m *dynamic.Message) {
	switch name := m.Spec.Name; {
	case name == "DELIVER" && (c.link.state.Name == "member" || c.bug == "shown-to-guests" || c.bug == "goes-on-after-goodbye"):
		c.deliver(m)
	case name == "GOODBYE":
		c.goodbye(m)
	default:
		c.lose()
	}
}

func (c *client) deliver(m *dynamic.Message) {
	c.link.count++
	if c.bug == "narrow" && c.link.count > 8 {
		c.lose()
		return
	}
	seq := number(m, "sequence")
	name := [2]uint64{c.epoch, seq}
	if c.bug == "epoch-ignored" {
		name[0] = 0
	}
	repeat := c.seen[name]
	c.seen[name] = true
	if !repeat || c.bug == "repeats-shown" {
		c.tell("event", "message", "from", text(m, "from"), "text", text(m, "text"))
	}
	if c.bug == "no-ack" || c.bug == "half-shown" || repeat && c.bug == "repeats-not-acknowledged" || c.link.state.Name != "member" {
		return
	}
	if c.bug == "acknowledges-ahead" {
		seq++
	}
	c.request("ACK", "sequence", seq)
}

func (c *client) goodbye(m *dynamic.Message) {
	if c.bug == "goes-on-after-goodbye" && !c.link.over {
		c.link.over = true // and closes when the server does
		return
	}
	const replaced = 2
	if number(m, "reason") == replaced && c.account != "" && c.bug != "fights" {
		c.account, c.token = "", nil
		c.tell("event", "logged_out", "message", "the session was taken over")
	}
	c.lose()
}

// reply takes the answer to the oldest request.
func (c *client) reply(m *dynamic.Message) {
	l := c.link
	if len(l.open) == 0 {
		if c.bug != "stray-replies-ignored" {
			c.lose()
		}
		return
	}
	r := l.open[0]
	switch {
	case r.ID != m.ID && c.bug != "any-id",
		!m.Spec.IsError && m.Spec != r.Spec.Reply && c.bug != "any-reply":
		c.lose()
		return
	}
	l.open = l.open[1:]
	if m.Spec.IsError && c.bug != "refusals-are-done" {
		c.refused(r, m)
		return
	}
	l.state = l.state.After(r.Spec)
	switch r.Spec.Name {
	case "HELLO":
		l.greeted, l.features = true, number(m, "features")
		c.beat = time.Tick(time.Duration(max(1, number(m, "keepalive"))) * time.Second / 2)
		c.enter()
	case "LOGIN", "RESUME":
		c.entered(m)
	case "LIST":
		c.page(m)
	case "SEND":
		c.accepted(m)
	case "DELETE", "LOGOUT":
		c.account, c.password = "", ""
		if c.bug != "token-after-logout" {
			c.token = nil
		}
		if c.bug == "acknowledges-as-guest" {
			c.request("ACK", "sequence", uint64(0))
		}
		c.done(nil)
	case "PING":
		if c.now != nil && c.now.name() == "sync" && !slices.ContainsFunc(l.open, func(m *dynamic.Message) bool { return m.Spec.Name == "PING" }) {
			c.done(nil)
		}
	case "BYE":
		c.done(nil)
		c.drop()
		c.ended = true
	default:
		c.done(nil)
	}
}

// enter takes the session up again, if there was one.
func (c *client) enter() {
	const resume = 1
	switch {
	case c.account == "":
	case (c.link.features&resume != 0 || c.bug == "resumes-unannounced") && len(c.token) > 0 && c.bug != "password-again":
		c.request("RESUME", "token", c.token, "window", uint64(32))
	default:
		c.request("LOGIN", "name", c.account, "password", c.password, "window", uint64(32))
	}
}

func (c *client) entered(m *dynamic.Message) {
	again := c.account != ""
	c.account, c.epoch = text(m, "name"), number(m, "epoch")
	v, _ := m.Get("token")
	c.token, _ = v.([]byte)
	if c.first == nil {
		c.first = c.token
	}
	if c.bug == "first-token" {
		c.token = c.first
	}
	if !again {
		c.done(map[string]any{"name": c.account})
		return
	}
	if c.bug == "accepted-again" && c.sent != nil {
		c.post(c.sent)
		c.sent = nil
	}
	if t := c.now; t != nil && t.request != nil {
		if c.bug == "new-key" {
			t.request = c.message(t)
		}
		c.post(t.request.Clone())
	}
}

func (c *client) page(m *dynamic.Message) {
	if c.now == nil || c.now.name() != "list" {
		return
	}
	list, _ := m.Get("names")
	names, _ := list.([]any)
	for _, n := range names {
		c.now.names = append(c.now.names, n.(string))
	}
	next, _ := m.Get("next")
	cursor, _ := next.([]byte)
	if len(cursor) == 0 || c.bug == "first-page-only" || c.bug == "ends-at-empty-page" && len(names) == 0 {
		c.done(map[string]any{"names": append([]string{}, c.now.names...)})
		return
	}
	c.list(c.now, cursor)
}

func (c *client) accepted(m *dynamic.Message) {
	if c.now == nil || c.now.request == nil {
		return
	}
	c.sent = c.now.request
	dup, _ := m.Get("duplicate")
	c.done(map[string]any{"duplicate": dup})
}

// refused takes the refusal of a request.
func (c *client) refused(r, m *dynamic.Message) {
	e := c.p.ErrorByCode(number(m, "code"))
	name := "INTERNAL"
	if e != nil {
		name = e.Name
	}
	switch {
	case name == "BAD_VERSION" && c.bug != "versions-again":
		c.giveUp("the server speaks other versions")
		return
	case r.Spec.Name == "SEND" && c.bug == "refused-again" && !c.posted && name == "NO_SUCH_USER":
		c.post(r.Clone())
		c.posted = true
		return
	case r.Spec.Name == "RESUME" && name == "BAD_TOKEN":
		c.token = nil
		c.request("LOGIN", "name", c.account, "password", c.password, "window", uint64(32))
		return
	case r.Spec.Name == "LOGIN" && c.account != "":
		c.account, c.password = "", ""
		c.tell("event", "logged_out", "message", "refused")
		c.fail("LOST")
	case r.Spec.Name != "PING":
		c.fail(name)
	}
	if e != nil && e.React != spec.ReactReply || c.bug == "refusals-close" {
		c.lose()
	}
}
