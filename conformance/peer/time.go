package peer

import "time"

// patience is when reading has taken too long: zero if that is never. inside: the first byte of a frame is there.
func (c *Conn) patience(inside bool) time.Time {
	hello := c.s.p.Constant("hello_timeout")
	if hello == nil {
		return time.Time{}
	}
	now := time.Now()
	if c.state.Start {
		switch {
		case c.s.is(NoHelloTimeout):
			return time.Time{}
		case c.s.is(PingPutsHelloOff):
			return now.Add(time.Duration(hello.Value) * time.Second)
		}
		return c.opened.Add(time.Duration(hello.Value) * time.Second)
	}
	switch {
	case c.s.is(NoIdleTimeout), c.s.is(FramesTakeForEver) && inside:
		return time.Time{}
	case c.s.is(IdleTooSoon):
		return now.Add(c.keepalive)
	}
	return now.Add(c.keepalive * 3 / 2)
}

// timeout ends a connection that was silent for too long.
func (c *Conn) timeout() {
	a, ok := c.s.app.(*chat)
	if !ok {
		return
	}
	c.silent = true
	if !c.s.is(SessionOutlivesSilence) {
		c.leave()
	}
	reason := uint64(3)
	if c.state.Start {
		reason = 4
	}
	if !c.s.style.Silent {
		c.out.put(c.s.c.AppendIllegal(nil, a.reply("GOODBYE", "reason", reason, "text", c.s.style.GoodbyeText)))
	}
}
