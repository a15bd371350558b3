package server

import (
	"errors"

	"github.com/wirelaw/wirelaw/codec/chat"
	"github.com/wirelaw/wirelaw/server/store"
)

// Create makes an account (CHAT.md, CREATE). The hash, which is dear, comes
// after all that can be refused without it; that a name is taken is no secret.
func (c *conn) Create(id uint32, m *chat.Create) error {
	name, ok := identity(string(m.Name))
	if !ok {
		return refusal(chat.CodeBadName, "this cannot be a user name")
	}
	password, ok := opaque(string(m.Password))
	again, ok2 := opaque(string(m.Again))
	if !ok || !ok2 {
		return refusal(chat.CodeBadPassword, "this cannot be a password")
	}
	if password != again {
		return refusal(chat.CodePasswordMismatch, "the password and its repetition differ")
	}
	_, err := c.srv.store.Account(c.srv.ctx, name)
	if err == nil {
		return nameTaken()
	}
	if !errors.Is(err, store.ErrNoSuchUser) {
		return err
	}
	hash, err := c.srv.hasher.hash(c.srv.ctx, password)
	if err != nil {
		return hashRefusal(err)
	}
	a, err := c.srv.store.Create(c.srv.ctx, name, string(m.Name), hash)
	if errors.Is(err, store.ErrTaken) {
		return nameTaken()
	}
	if err != nil {
		return err
	}
	c.log.Info("account created", "name", a.Name, "incarnation", a.Incarnation)
	return c.reply(id, &chat.Created{})
}

func nameTaken() error {
	return refusal(chat.CodeNameTaken, "there is an account of this name, or of one that counts as the same")
}

// hashRefusal turns what a hasher refused into an error of the protocol.
func hashRefusal(err error) error {
	if errors.Is(err, errHashBusy) {
		return refusal(chat.CodeBusy, "too many people log in at once; try again in a moment")
	}
	return err
}
