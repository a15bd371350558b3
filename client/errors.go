package client

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/codec/chat"
)

var (
	// ErrClosed says that this side closed the connection.
	ErrClosed = errors.New("the client was closed")
	// ErrNotLoggedIn says that a call needs an account to be logged in.
	ErrNotLoggedIn = errors.New("not logged in")
)

// LostError says that the connection ended. Whether a request that waited for its reply took effect is not known.
type LostError struct {
	Cause error // what ended it: io.EOF, ErrClosed, *GoodbyeError, *ProtocolError, *SilenceError, *chat.Error, or an error of the network
}

func (e *LostError) Error() string {
	if errors.Is(e.Cause, io.EOF) {
		return "connection lost: the server closed it"
	}
	return "connection lost: " + e.Cause.Error()
}

func (e *LostError) Unwrap() error { return e.Cause }

// GoodbyeError says that the server said GOODBYE, and why. CHAT.md, GOODBYE.
type GoodbyeError struct {
	Reason chat.Reason
	Text   string // a sentence of the server, may be empty; not to be trusted on a terminal
}

func (e *GoodbyeError) Error() string {
	if e.Text == "" {
		return fmt.Sprintf("the server said goodbye (%v)", e.Reason)
	}
	return fmt.Sprintf("the server said goodbye (%v): %q", e.Reason, e.Text)
}

// ProtocolError says that the server sent what the protocol does not allow.
type ProtocolError struct {
	Because string // what was wrong
	Err     error  // the codec's error, if it could not be decoded
}

func (e *ProtocolError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("the server broke the protocol: %s: %v", e.Because, e.Err)
	}
	return "the server broke the protocol: " + e.Because
}

func (e *ProtocolError) Unwrap() error { return e.Err }

func breach(format string, args ...any) error {
	return &ProtocolError{Because: fmt.Sprintf(format, args...)}
}

// SilenceError says that the server did not answer for too long.
type SilenceError struct{ For time.Duration }

func (e *SilenceError) Error() string {
	return fmt.Sprintf("the server has not answered for %v", e.For)
}

// StateError says that a request is not legal in the state in which it would reach the server. Nothing was sent.
type StateError struct {
	Request chat.Opcode
	State   chat.State
}

func (e *StateError) Error() string {
	return fmt.Sprintf("%v is not legal in the state %v", e.Request, e.State)
}

// Code returns the error code of a refusal, whether the server spoke it or the codec did before anything was sent.
func Code(err error) (chat.ErrorCode, bool) {
	if e, ok := errors.AsType[*chat.Error](err); ok {
		return e.Code, true
	}
	if e, ok := errors.AsType[*codec.Error](err); ok && e.Code != 0 && !isProtocol(err) {
		return chat.ErrorCode(e.Code), true
	}
	return 0, false
}

func isProtocol(err error) bool {
	_, ok := errors.AsType[*ProtocolError](err)
	return ok
}

// lost reports whether err says that the connection ended.
func lost(err error) bool {
	_, ok := errors.AsType[*LostError](err)
	return ok
}
