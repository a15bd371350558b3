package peer

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

func without(list []*sent, gone func(*sent) bool) []*sent { return slices.DeleteFunc(list, gone) }

// key names a SEND for ever.
func (a *chat) key(c *Conn, m *dynamic.Message) string {
	key := text(m, "key")
	switch {
	case a.s.is(KeysOfAll):
		return key
	case a.s.is(KeysOfName):
		return c.user.id + "/" + key
	case a.s.is(KeysOfSession):
		return fmt.Sprintf("%p/%s", c, key)
	case a.s.is(KeysOfRecipient):
		return fmt.Sprint(c.user.incarnation, "/", a.id(text(m, "to")), "/", key)
	}
	return fmt.Sprint(c.user.incarnation, "/", key)
}

func (a *chat) send(c *Conn, m *dynamic.Message) (*dynamic.Message, *spec.Error) {
	key := a.key(c, m)
	msg := &sent{from: c.user.name, incarnation: c.user.incarnation, to: a.id(text(m, "to")), text: text(m, "text")}
	u := a.users[a.identity(text(m, "to"), CaseAtSend)]
	if u == nil && a.s.is(DeletedIsReached) {
		u = a.ghosts[msg.to]
	}
	if a.s.is(SelfRefused) && u == c.user || a.s.is(CreatedUnreached) && u != nil && !u.known {
		u = nil
	}
	old := a.keys[key]
	if u == nil && a.s.is(RecipientBeforeKey) {
		return nil, a.s.error("NO_SUCH_USER")
	}
	if a.s.is(KeysForgotten) || old != nil && old.recipient == nil && old.text != msg.text && a.s.is(RecipientBeforeKey) {
		old = nil
	}
	if old != nil {
		return a.repeated(old, msg)
	}
	if u == nil {
		if a.s.is(RefusedUsesKey) {
			a.keys[key] = msg
		}
		return nil, a.s.error("NO_SUCH_USER")
	}
	if e := a.full(u); e != nil {
		return nil, e
	}
	msg.sequence, msg.time, msg.recipient = a.number(), uint64(time.Now().UnixMilli()), u
	a.keys[key] = msg
	a.store(c, u, msg)
	return a.reply("ACCEPTED", "time", msg.time, "duplicate", a.s.is(DuplicateAlways)), nil
}

// repeated answers a SEND whose key is known.
func (a *chat) repeated(old, msg *sent) (*dynamic.Message, *spec.Error) {
	same := old.to == msg.to && old.text == msg.text
	switch {
	case a.s.is(ConflictIgnored):
		same = true
	case a.s.is(ConflictByText):
		same = old.text == msg.text
	case a.s.is(ConflictByRecipient):
		same = old.to == msg.to
	}
	if !same {
		return nil, a.s.error("KEY_CONFLICT")
	}
	if a.s.is(RepeatIsDelivered) && old.recipient != nil {
		again := *old
		again.sequence = a.number()
		old.recipient.inbox = append(old.recipient.inbox, &again)
	}
	when := old.time
	if a.s.is(RepeatHasNewTime) {
		when++
	}
	return a.reply("ACCEPTED", "time", when, "duplicate", !a.s.is(DuplicateNever)), nil
}

// full is the error for an inbox that can take no more.
func (a *chat) full(u *user) *spec.Error {
	n, most := uint64(len(u.inbox)), a.s.style.Inbox
	switch {
	case a.s.is(FullTooEarly) && n >= 100:
	case n < most, a.s.is(FullIsIgnored):
		return nil
	case a.s.is(FullDropsOldest):
		u.inbox = u.inbox[1:]
		return nil
	case a.s.is(FullIsUnknown):
		return a.s.error("NO_SUCH_USER")
	}
	return a.s.error("INBOX_FULL")
}

// store puts a message into an inbox.
func (a *chat) store(c *Conn, u *user, msg *sent) {
	switch n := len(u.inbox); {
	case a.s.is(SendIsLate):
		a.s.later(30*time.Millisecond, func() { u.inbox = append(u.inbox, msg) })
		return
	case a.s.is(OfflineIsDropped) && u.conn == nil, a.s.is(ResetLosesMail) && time.Since(a.s.cutAt) < 200*time.Millisecond:
		return
	case a.s.is(LosesSome) && msg.sequence%7 == 0:
		return
	case a.s.is(Reorders) && n > 0 && !u.inbox[n-1].shown:
		last := u.inbox[n-1]
		u.inbox[n-1], msg.sequence, last.sequence = msg, last.sequence, msg.sequence
		msg = last
	case a.s.is(SequenceAgain) && n > 0:
		msg.sequence = u.inbox[n-1].sequence
	case a.s.is(SequenceFalls):
		msg.sequence = 1<<62 - msg.sequence
	}
	switch {
	case a.s.is(LeaksToSender) && u != c.user:
		copy := *msg
		c.user.inbox = append(c.user.inbox, &copy)
	case a.s.is(LeaksToOthers):
		for other := range a.s.conns {
			if other != c && other.user != nil && other.user != u {
				other.out.put(a.delivery(msg))
			}
		}
	}
	if a.s.is(DeliversAfterLogout) && u.conn == nil && u.after != nil && !u.after.gone {
		u.after.out.put(a.delivery(msg))
	}
	u.inbox = append(u.inbox, msg)
}

// push delivers what is due, at once or in a while.
func (a *chat) push(c *Conn) {
	late := a.s.style.Late
	if a.s.is(PongBeforeDue) {
		late = 30 * time.Millisecond
	}
	switch {
	case c.user == nil || c.gone:
	case late == 0:
		a.deliver(c)
	case !c.waiting:
		c.waiting = true
		a.s.later(late, func() {
			c.waiting = false
			a.deliver(c)
		})
	}
}

// deliver pushes what waits and fits the window.
func (a *chat) deliver(c *Conn) {
	u := c.user
	if u == nil || c.gone || c.state.Name != "member" || c.begun && a.s.is(OnlyAtLogin) {
		return
	}
	c.begun = true
	window := c.window
	switch {
	case a.s.is(WindowOneMore):
		window++
	case a.s.is(WindowIgnored):
		window = 1 << 30
	}
	for _, m := range slices.Clone(u.inbox) {
		if m.sequence <= c.shown && !a.s.is(SequenceAgain) && !a.s.is(SequenceFalls) || slices.Contains(c.flight, m.sequence) && !a.s.is(SequenceAgain) ||
			a.s.is(SequenceAgain) && m.shown || len(c.flight) >= window {
			continue
		}
		c.shown = max(c.shown, m.sequence)
		c.flight = append(c.flight, m.sequence)
		c.out.put(a.delivery(m))
		if a.s.is(DeliversTwice) {
			c.out.put(a.delivery(m))
		}
		m.shown = true
	}
	if a.s.is(NeverAgain) {
		u.inbox = unshown(u.inbox)
	}
}

func (a *chat) delivery(m *sent) []byte {
	from, incarnation, when, body, id := m.from, m.incarnation, m.time, m.text, uint64(0)
	switch {
	case a.s.is(FromIsIdentity):
		from = a.id(from)
	case a.s.is(FromIsCurrent):
		if u := a.users[a.id(from)]; u != nil {
			from, incarnation = u.name, u.incarnation
		}
	case a.s.is(IncarnationOfRecipient) && m.recipient != nil:
		incarnation = m.recipient.incarnation
	case a.s.is(TimeOfDelivery):
		when++
	case a.s.is(TextIsTrimmed):
		body = strings.TrimSpace(body) + "."[:min(1, len(body)-len(strings.TrimSpace(body)))]
	case a.s.is(TextEndsAtNUL):
		body, _, _ = strings.Cut(body, "\x00")
	case a.s.is(TextLosesCR):
		body = strings.ReplaceAll(body, "\r\n", "\n")
	case a.s.is(PushHasID):
		id = 1
	}
	d := a.reply("DELIVER", "sequence", m.sequence, "from", from, "incarnation", incarnation, "time", when, "text", body)
	d.ID = id
	return a.s.c.AppendIllegal(nil, d)
}

func (a *chat) ack(c *Conn, m *dynamic.Message) (*dynamic.Message, *spec.Error) {
	u, seq := c.user, number(m, "sequence")
	top := max(c.shown, u.acked)
	switch {
	case seq <= u.acked && a.s.is(AckOldRefused), seq <= u.acked && c.shown == 0 && a.s.is(AckOlderSessionRefused):
		return nil, a.s.error("BAD_ACK")
	case seq > top && a.s.is(AckOfAnything):
	case seq > top && a.s.is(AckOfAnythingIgnored):
		return nil, nil
	case seq > top:
		if a.s.is(RefusedAckAcks) {
			a.acknowledge(c, top)
		}
		return nil, a.s.error("BAD_ACK")
	}
	a.acknowledge(c, seq)
	if a.s.is(AckIsAnswered) {
		return a.reply("PONG"), nil
	}
	return nil, nil
}

// acknowledge forgets what a client has taken over.
func (a *chat) acknowledge(c *Conn, seq uint64) {
	u := c.user
	if !a.s.is(WindowStaysShut) {
		c.flight = slices.DeleteFunc(c.flight, func(n uint64) bool { return n <= seq })
	}
	taken := func(m *sent) bool { return m.sequence <= seq }
	switch {
	case a.s.is(AckForgotten):
		return
	case a.s.is(AckOfOne):
		taken = func(m *sent) bool { return m.sequence == seq }
	case a.s.is(AckOfAll):
		taken = func(m *sent) bool { return m.shown }
	case a.s.is(AckOneMore):
		if i := slices.IndexFunc(u.inbox, func(m *sent) bool { return m.sequence > seq }); i >= 0 {
			next := u.inbox[i].sequence
			taken = func(m *sent) bool { return m.sequence <= next }
		}
	}
	if a.s.is(KeysDieWithAck) {
		for key, m := range a.keys {
			if m.recipient == u && taken(m) {
				delete(a.keys, key)
			}
		}
	}
	if a.s.style.AcksUndone {
		for _, m := range u.inbox {
			if taken(m) {
				u.undone = append(u.undone, m)
			}
		}
	}
	u.inbox = without(u.inbox, taken)
	u.acked = max(u.acked, seq)
}
