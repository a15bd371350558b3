package store

import "errors"

// What a store refuses. Test with errors.Is.
var (
	ErrTaken       = errors.New("the name is taken")
	ErrNoSuchUser  = errors.New("no such user")
	ErrChanged     = errors.New("the account was changed by somebody else")
	ErrClaimed     = errors.New("the account's session is held")
	ErrBadToken    = errors.New("the token is unknown or expired")
	ErrKeyConflict = errors.New("the key was used for another message")
	ErrInboxFull   = errors.New("the inbox is full")

	// ErrFenced is returned by every call on a session that has ended.
	ErrFenced = errors.New("the session has ended")

	// ErrClosed is returned after Close, and is the cause of sessions it ended.
	ErrClosed = errors.New("the store is closed")

	// ErrFailed is returned by every write after the disk refused one: nothing
	// more is accepted, what was accepted before stays good.
	ErrFailed = errors.New("the store failed and takes no more writes")
)

// Why a session ended: what Session.Cause returns, besides ErrClosed.
var (
	ErrReplaced = errors.New("the session was taken over")
	ErrDeleted  = errors.New("the account was deleted")
	ErrReleased = errors.New("the session was released")
)
