package peer

import (
	"time"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// leave ends the session of a connection, if it has one.
func (c *Conn) leave() {
	if u := c.user; u != nil {
		if u.conn == c {
			u.conn = nil
		}
		u.after = c
		c.user = nil
	}
}

// free is leave, or a fault lets it come later.
func (a *chat) free(c *Conn, late Bug) {
	u := c.user
	if u == nil || !a.s.is(late) {
		c.leave()
		return
	}
	c.user = nil
	a.s.later(30*time.Millisecond, func() { u.conn = nil })
}

func (a *chat) left(c *Conn) {
	outlives := a.s.is(SessionOutlivesEnd) || a.s.is(SessionOutlivesFault) && c.refused || a.s.is(SessionOutlivesSilence) && c.silent ||
		a.s.is(RestartKeepsSessions) && a.s.closed
	if c.user == nil || !outlives {
		c.leave()
	}
}

func (a *chat) logout(c *Conn, _ *dynamic.Message) (*dynamic.Message, *spec.Error) {
	if !a.s.is(TokenSurvivesLogout) {
		a.endToken(c.user)
	}
	if a.s.is(LogoutDropsMail) {
		c.user.inbox = nil
	}
	a.free(c, LogoutFreesLate)
	return a.reply("LOGGED_OUT"), nil
}

func (a *chat) delete(c *Conn, m *dynamic.Message) (*dynamic.Message, *spec.Error) {
	u := c.user
	confirmed := a.identity(text(m, "name"), CaseAtDelete) == u.id || a.s.is(DeleteUnconfirmed)
	if a.s.is(CaseAtDelete) {
		confirmed = text(m, "name") == u.name
	}
	if !confirmed && !a.s.is(DeleteAnyway) {
		return nil, a.s.error("BAD_CONFIRMATION")
	}
	a.ghosts[u.id] = u
	remove := func() { delete(a.users, u.id) }
	if a.s.is(DeleteFreesLate) {
		a.s.later(30*time.Millisecond, remove)
	} else {
		remove()
	}
	if !a.s.is(TokenSurvivesDelete) {
		a.endToken(u)
	}
	if a.s.is(DeleteDropsSent) {
		for _, other := range a.users {
			other.inbox = without(other.inbox, func(m *sent) bool { return m.incarnation == u.incarnation })
		}
	}
	c.leave()
	if !confirmed {
		return nil, a.s.error("BAD_CONFIRMATION")
	}
	return a.reply("DELETED"), nil
}

func (a *chat) bye(c *Conn, _ *dynamic.Message) (*dynamic.Message, *spec.Error) {
	reason := uint64(0)
	if a.s.is(ByeReason) {
		reason = 1
	}
	if a.s.is(ByeEndsToken) && c.user != nil {
		a.endToken(c.user)
	}
	if !a.s.is(ByeServesOn) {
		a.free(c, ByeFreesLate)
	}
	return a.reply("GOODBYE", "reason", reason, "text", a.s.style.GoodbyeText), nil
}

func (a *chat) ping(c *Conn, _ *dynamic.Message) (*dynamic.Message, *spec.Error) {
	if !a.s.is(PongBeforeDue) {
		a.deliver(c)
	}
	return a.reply("PONG"), nil
}
