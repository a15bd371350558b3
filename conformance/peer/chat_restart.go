package peer

import "slices"

// again is what a restart leaves of a chat, for the server that comes after: all that DURABLE promises. Sessions end with it, and so do
// cursors. The chat it is made from is dead.
func (a *chat) again(s *Server, graceful bool) *chat {
	b := newChat(s)
	b.users, b.ghosts, b.created, b.tokens, b.ended, b.keys, b.last = a.users, a.ghosts, a.created, a.tokens, a.ended, a.keys, a.last
	b.restarted = true
	for _, u := range b.created {
		if u.after = nil; !s.is(RestartKeepsSessions) {
			u.conn = nil
		}
		if !graceful && len(u.undone) > 0 {
			u.inbox, u.undone, u.acked = slices.Concat(u.undone, u.inbox), nil, 0
		}
		b.lose(u, graceful)
	}
	switch n := len(b.created); {
	case s.is(RestartForgetsAccount) && n > 0:
		delete(b.users, b.created[n-1].id)
	case s.is(RestartRevivesDeleted):
		for id, u := range b.ghosts {
			if b.users[id] == nil {
				b.users[id] = u
			}
		}
	case s.is(RestartForgetsTokens):
		clear(b.tokens)
	case s.is(RestartRevivesTokens):
		b.tokens = b.ended
	case s.is(RestartForgetsKeys):
		clear(b.keys)
	case s.is(RestartForgetsOldKeys):
		for key, m := range b.keys {
			if m.recipient == nil || !slices.Contains(m.recipient.inbox, m) {
				delete(b.keys, key)
			}
		}
	case s.is(RestartCountsAgain):
		b.last = newChat(s).last
	}
	return b
}

// lose is what faults make of an account.
func (a *chat) lose(u *user, graceful bool) {
	switch n := len(u.inbox); {
	case a.s.is(RestartChangesEpochs):
		u.epoch = a.number()
	case a.s.is(StopLosesMail) && graceful, a.s.is(RestartLosesMail):
		u.inbox = nil
	case a.s.is(RestartLosesLast) && n > 0:
		u.inbox = u.inbox[:n-1]
	case a.s.is(RestartLosesShown):
		u.inbox = unshown(u.inbox)
	case a.s.is(RestartRenumbers):
		for _, m := range u.inbox {
			m.sequence = a.number()
		}
	case a.s.is(RestartLosesMailOfDeleted):
		u.inbox = without(u.inbox, func(m *sent) bool { return a.users[a.id(m.from)] == nil })
	}
}
