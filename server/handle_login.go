package server

import (
	"crypto/rand"
	"errors"
	"time"

	"github.com/wirelaw/wirelaw/codec/chat"
	"github.com/wirelaw/wirelaw/server/store"
)

// tokenSize is the size of a resume token in bytes.
const tokenSize = 32

// Login begins a session with a password (CHAT.md, LOGIN). An unknown name costs
// the time of a hash like a known one, and gets the same answer.
func (c *conn) Login(id uint32, m *chat.Login) error {
	s := c.srv
	name, ok := identity(string(m.Name))
	if !ok {
		return refusal(chat.CodeBadName, "this cannot be a user name")
	}
	password, ok := opaque(string(m.Password))
	if !ok {
		return refusal(chat.CodeBadPassword, "this cannot be a password")
	}
	if !s.failures.allow(c.nc.RemoteAddr()) {
		return refusal(chat.CodeBusy, "too many wrong passwords came from your address; try again in a minute")
	}
	account, err := s.store.Account(s.ctx, name)
	if err != nil && !errors.Is(err, store.ErrNoSuchUser) {
		return err
	}
	ok, old, err := s.hasher.verify(s.ctx, account.Hash, password)
	if err != nil {
		return hashRefusal(err)
	}
	if !ok {
		s.failures.add(c.nc.RemoteAddr())
		return badCredentials()
	}
	token := make([]byte, tokenSize)
	rand.Read(token) // never fails
	session, err := s.store.Claim(s.ctx, account, store.HashToken(token), time.Now().Add(s.opts.TokenLife))
	switch {
	case errors.Is(err, store.ErrClaimed):
		return refusal(chat.CodeAlreadyLoggedIn, "the account is logged in on another connection")
	case errors.Is(err, store.ErrNoSuchUser): // deleted while its password was checked
		return badCredentials()
	case err != nil:
		return err
	}
	if old {
		c.rehash(account, password)
	}
	return c.begin(id, session, m.Window, token)
}

// badCredentials has one text, whatever is wrong (CHAT.md, LOGIN-2).
func badCredentials() error {
	return refusal(chat.CodeBadCredentials, "the user name or the password is wrong")
}

// rehash replaces a hash that was made with other parameters. If that cannot be
// done now, the next login does it.
func (c *conn) rehash(a store.Account, password string) {
	hash, err := c.srv.hasher.hash(c.srv.ctx, password)
	if err == nil {
		err = c.srv.store.Rehash(c.srv.ctx, a, hash)
	}
	if err != nil {
		c.log.Warn("a password hash stays as it was", "name", a.Name, "error", err)
	}
}
