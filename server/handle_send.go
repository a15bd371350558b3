package server

import (
	"errors"
	"log/slog"

	"github.com/wirelaw/wirelaw/codec/chat"
	"github.com/wirelaw/wirelaw/server/store"
)

// Send hands a message to the store and does not wait until it is durable: the
// writer does, before it sends the reply (CHAT.md, SEND). What is in flight is
// bounded by the room of the outbox.
func (c *conn) Send(id uint32, m *chat.Send) error {
	select {
	case <-c.session.Lost():
		return store.ErrFenced
	default:
	}
	to, ok := identity(string(m.To))
	if !ok {
		return refusal(chat.CodeBadName, "this cannot be a user name")
	}
	a := c.session.Account()
	p := c.srv.store.Append(c.srv.ctx, store.Message{
		Key:  store.Key(m.Key),
		From: store.Sender{Identity: a.Identity, Name: a.Name, Incarnation: a.Incarnation},
		To:   to,
		Text: string(m.Text),
	})
	c.fly(p)
	return c.out.put(entry{id: id, pending: p, cost: entryCost + len(m.Text)}, replyRoom, nil)
}

// fly remembers p for the barrier, and forgets what is done.
func (c *conn) fly(p *store.Pending) {
	n := 0
	for n < len(c.flight) && isDone(c.flight[n]) {
		n++
	}
	c.flight = append(append(c.flight[:0], c.flight[n:]...), p)
}

func isDone(p *store.Pending) bool {
	select {
	case <-p.Done():
		return true
	default:
		return false
	}
}

// sendReply is the reply to a SEND that is done.
func sendReply(p *store.Pending, log *slog.Logger) chat.ServerMessage {
	r, err := p.Result()
	switch {
	case err == nil:
		return &chat.Accepted{Time: chat.Timestamp(r.Time), Duplicate: r.Duplicate}
	case errors.Is(err, store.ErrKeyConflict):
		return refusal(chat.CodeKeyConflict, "the key was used before for another message")
	case errors.Is(err, store.ErrNoSuchUser):
		return refusal(chat.CodeNoSuchUser, "there is no user of this name")
	case errors.Is(err, store.ErrInboxFull):
		return refusal(chat.CodeInboxFull, "the inbox of this user is full")
	}
	log.Error("a message was not stored", "error", err)
	return internal()
}
