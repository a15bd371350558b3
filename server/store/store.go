// Package store says what the chat server keeps: accounts, resume tokens, who
// holds an account's one session, and the inboxes with their messages.
//
// It knows nothing of the wire. Every implementation passes the suite in
// storetest. The interface asks for no transaction over several accounts and
// calls nobody back, so that a cluster can stand behind it.
package store

import (
	"context"
	"crypto/sha256"
	"time"
)

// An Incarnation is the number of one life of an account. No two accounts of a
// store ever have the same one, not even two of the same name. Never 0.
type Incarnation uint64

// LifeBegins returns a number below all incarnations of a life of a store that
// begins at t and knows nothing of those before it. It rises with the time of
// day so fast that the incarnations of two lives never meet.
func LifeBegins(t time.Time) Incarnation { return Incarnation(t.UnixMilli()) << 20 }

// A Seq is the place of a message in its recipient's inbox. It rises, gaps are
// allowed, and it is never used again within one Epoch. Never 0.
type Seq uint64

// An Epoch names one run of the numbers of an inbox: it differs for every
// incarnation, and changes for all inboxes when the store was restored from a
// backup. (Epoch, Seq) names a message for ever.
type Epoch uint64

// A Key is chosen by the sender and names a message across retries.
type Key [16]byte

// A TokenHash is the SHA-256 of a resume token. No store sees the token itself.
type TokenHash [sha256.Size]byte

// HashToken returns what a store may know of token.
func HashToken(token []byte) TokenHash { return sha256.Sum256(token) }

// An Account is what is kept of a user.
type Account struct {
	Identity    string // the canonical name, unique
	Name        string // the spelling chosen at creation
	Hash        string // the encoded password hash; opaque to the store
	Incarnation Incarnation
	Epoch       Epoch // of its inbox
}

// An Entry is one line of a listing.
type Entry struct {
	Identity string
	Name     string
}

// A Sender says who sent a message, as it was when the message was sent.
type Sender struct {
	Identity    string
	Name        string
	Incarnation Incarnation
}

// A Message is handed to Append.
type Message struct {
	Key  Key
	From Sender
	To   string // the identity of the recipient
	Text string
}

// A Delivery is a message in an inbox.
type Delivery struct {
	Seq  Seq
	Time int64 // when it was accepted, in milliseconds since 1970 UTC
	From Sender
	Text string
}

// A Receipt says that a message is in its recipient's inbox.
type Receipt struct {
	Seq       Seq
	Time      int64 // when it was accepted, in milliseconds since 1970 UTC
	Duplicate bool  // this key was accepted before; Seq and Time are the first's
}

// A Store keeps accounts and inboxes. All methods may be called at the same
// time. Creation, deletion, rehashing and tokens are durable before the call
// returns, if Durable says so.
//
// A context that is done before the work was handed over stops the call with
// the context's error and without effect; after that the call waits for the end
// of the work, so that no outcome is ever unknown to the caller. Every method
// returns ErrClosed after Close, and ErrFailed once the disk refused a write.
type Store interface {
	// Durable reports whether what is accepted survives a crash.
	Durable() bool

	// Create makes an account if identity is free, else it returns ErrTaken.
	Create(ctx context.Context, identity, name, hash string) (Account, error)

	// Account looks an account up, or returns ErrNoSuchUser.
	Account(ctx context.Context, identity string) (Account, error)

	// Rehash replaces the password hash of a. It returns ErrChanged when the
	// account is gone or its hash is no longer a.Hash.
	Rehash(ctx context.Context, a Account, hash string) error

	// Names lists at most limit (at least 1) accounts whose identity starts with
	// prefix and is greater than after, sorted by the bytes of the identity.
	// Fewer than limit means that there are no more. An account that is there
	// throughout a walk by cursor is met exactly once.
	Names(ctx context.Context, prefix, after string, limit int) ([]Entry, error)

	// Claim takes the one session of a after a login, and makes token, until
	// expires, the only one that can resume it. It returns ErrClaimed when the
	// session is held, and ErrNoSuchUser when this incarnation is gone.
	Claim(ctx context.Context, a Account, token TokenHash, expires time.Time) (Session, error)

	// Resume takes over the session that token came from: its holder, if there is
	// one, is fenced off with the cause ErrReplaced before Resume returns. The
	// token stays good; an expiry later than the one it has replaces that. It
	// returns ErrBadToken when the token is unknown, expired or dead. A token dies
	// with the next Claim, Logout or Delete of its account.
	Resume(ctx context.Context, token TokenHash, expires time.Time) (Session, error)

	// Append puts a message into an inbox. It does not wait for the disk: it
	// returns at once, and the Pending is done when the message is durable and can
	// be read. Messages that one caller appends in turn to one recipient keep that
	// order.
	//
	// The key is scoped to the sender's incarnation and looked up before the
	// recipient. A repeat with the same recipient and text has the receipt of the
	// first, with Duplicate, and is done no earlier than the first; with other
	// content it is ErrKeyConflict. Then follow ErrNoSuchUser and ErrInboxFull. A
	// refusal does not use the key up. A key is known for Options.KeyRetention
	// after it was accepted, also when the message was read or its recipient
	// deleted.
	//
	// What is on the way to the disk is held in memory: the caller bounds how much
	// it has pending.
	Append(ctx context.Context, m Message) *Pending

	// Close finishes what is pending, ends all sessions with the cause ErrClosed
	// and releases the store.
	Close() error
}

// A Session is the right to act for one account, held by one holder at a time.
// When it ends, Lost is closed, and from then on every call returns ErrFenced
// and does nothing. Sessions do not outlive the process.
type Session interface {
	// Account is the account as it was when the session began.
	Account() Account

	// Read returns messages with a number greater than after, in order: at most
	// limit (at least 1) of them and at most bytes bytes of text, but at least one
	// if there is one. It never returns what was acknowledged, nor what is not
	// durable. The caller owns the result.
	Read(ctx context.Context, after Seq, limit, bytes int) ([]Delivery, error)

	// Ack removes the messages up to through, those that can be read now. It does
	// not wait for the disk: a crash may undo it.
	Ack(ctx context.Context, through Seq) error

	// Waiting is the number of messages that can be read: durable and not
	// acknowledged. It does not scan.
	Waiting(ctx context.Context) (int, error)

	// Acked is the number up to which the inbox was acknowledged, by this session
	// or an earlier one; 0 at the start. A crash may set it back.
	Acked(ctx context.Context) (Seq, error)

	// Woken gets a signal, at most one is kept, after messages came that can be
	// read; also right away when some wait at the start.
	Woken() <-chan struct{}

	// Lost is closed when the session ended, for any cause.
	Lost() <-chan struct{}

	// Cause is nil until Lost is closed. Then it is ErrReplaced, ErrDeleted,
	// ErrReleased (by Release or Logout) or ErrClosed.
	Cause() error

	// Logout kills the account's token and ends the session, which is free for
	// others before Logout returns.
	Logout(ctx context.Context) error

	// Delete removes the account with its inbox and its token, and ends the
	// session with the cause ErrDeleted. What the account sent stays where it is.
	// A message on its way to it is dropped or refused with ErrNoSuchUser.
	Delete(ctx context.Context) error

	// Release ends the session and keeps the token, for a connection that is gone.
	// The session is free for others before Release returns. After the end of the
	// session it does nothing.
	Release()
}

// Options are common to all stores. The zero value works.
type Options struct {
	// InboxLimit is how many unacknowledged messages an inbox holds; 0 means
	// DefaultInboxLimit.
	InboxLimit int

	// KeyRetention is how long a key is known after it was accepted; 0 means
	// DefaultKeyRetention.
	KeyRetention time.Duration

	// Restored says that the data came from a backup, so that numbers may be given
	// out that were shown before: all inboxes get a new epoch, all tokens die.
	Restored bool

	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// The defaults of Options.
const (
	DefaultInboxLimit   = 10_000
	DefaultKeyRetention = 65 * time.Minute
)

// WithDefaults returns o with its zero fields filled in.
func (o Options) WithDefaults() Options {
	if o.InboxLimit == 0 {
		o.InboxLimit = DefaultInboxLimit
	}
	if o.KeyRetention == 0 {
		o.KeyRetention = DefaultKeyRetention
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}
