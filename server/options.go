package server

import (
	"log/slog"
	"time"

	"github.com/wirelaw/wirelaw/server/store"
)

// Options are the options of a Server. The zero value works.
type Options struct {
	// Logger gets what happens, never a password, a token or a text; nil means
	// nobody.
	Logger *slog.Logger

	// Agent is the name and version that WELCOME tells, at most 64 bytes; empty
	// means "chatd".
	Agent string

	// MaxConns is how many connections are served at a time; 0 means
	// DefaultMaxConns.
	MaxConns int

	// Page is how many accounts one page of a listing holds, at most
	// chat.WelcomePageMax; 0 means DefaultPage.
	Page int

	// Window is how many unacknowledged deliveries a connection gets at most, at
	// least chat.WelcomeWindowMin; 0 means DefaultWindow.
	Window int

	// InboxLimit and KeyRetention are what WELCOME tells of the store. The store
	// must hold as many messages, at least chat.WelcomeInboxMin, and keep keys
	// longer; 0 means store.DefaultInboxLimit and an hour.
	InboxLimit   int
	KeyRetention time.Duration

	// TokenLife is how long a resume token works; 0 means DefaultTokenLife.
	TokenLife time.Duration
}

// The defaults of Options.
const (
	DefaultMaxConns     = 10_000
	DefaultPage         = 500
	DefaultWindow       = 256
	DefaultKeyRetention = time.Hour
	DefaultTokenLife    = 24 * time.Hour
)

// WithDefaults returns o with its zero fields filled in.
func (o Options) WithDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Agent == "" {
		o.Agent = "chatd"
	}
	orElse(&o.MaxConns, DefaultMaxConns)
	orElse(&o.Page, DefaultPage)
	orElse(&o.Window, DefaultWindow)
	orElse(&o.InboxLimit, store.DefaultInboxLimit)
	orElse(&o.KeyRetention, DefaultKeyRetention)
	orElse(&o.TokenLife, DefaultTokenLife)
	return o
}

func orElse[T int | time.Duration](v *T, other T) {
	if *v == 0 {
		*v = other
	}
}
