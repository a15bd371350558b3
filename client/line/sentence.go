package line

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"unicode/utf8"

	"github.com/wirelaw/wirelaw/client"
	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/codec/chat"
)

// loggedInError says that a command is for guests.
type loggedInError struct{ name chat.Username }

func (e *loggedInError) Error() string { return fmt.Sprintf("logged in as %q", e.name) }

// sentence says to a person why a command failed and, where that helps, what to do.
func sentence(r *result) string {
	if _, usage := errors.AsType[usageError](r.err); r.verb.name == "send" && !usage {
		return fmt.Sprintf("Not sent to %s: %s", cleanWord(r.to), lowerFirst(reason(r)))
	}
	return reason(r)
}

func reason(r *result) string {
	if code, ok := client.Code(r.err); ok {
		if s := refusal(r, code); s != "" {
			return s
		}
	}
	return plainSentence(r.err)
}

// plainSentence says what an error means where no command gives it another meaning.
func plainSentence(err error) string {
	if e, ok := errors.AsType[usageError](err); ok {
		return upperFirst(string(e)) + period(string(e))
	}
	if e, ok := errors.AsType[*loggedInError](err); ok {
		return fmt.Sprintf("You are logged in as %s: log out first.", cleanWord(string(e.name)))
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Sprintf("The file %q cannot be read: %v.", e.Path, e.Err)
	}
	if e, ok := errors.AsType[*client.StateError](err); ok && e.State == chat.StateGuest {
		return notLoggedIn
	}
	switch {
	case errors.Is(err, errCancelled):
		return "Cancelled: nothing was done."
	case errors.Is(err, client.ErrUnknownFate):
		return "Whether the server accepted it is not known, and asking again could send it twice."
	case errors.Is(err, client.ErrNotSent):
		return "The account was logged out first."
	case errors.Is(err, client.ErrNotLoggedIn):
		return notLoggedIn
	case errors.Is(err, client.ErrGaveUp):
		return "The connection was lost and could not be made again."
	case errors.Is(err, client.ErrClosed):
		return "This program was leaving."
	case errors.Is(err, context.DeadlineExceeded):
		return "The server did not answer in time."
	case errors.Is(err, context.Canceled):
		return "This program was stopped."
	}
	if _, ok := errors.AsType[*client.LostError](err); ok {
		return lostSentence(err) + " Whether the command was done is not known."
	}
	if e, ok := errors.AsType[*chat.Error](err); ok {
		return "The server refused: " + cleanWord(e.Text) + period(e.Text)
	}
	if e, ok := errors.AsType[*codec.Error](err); ok {
		return upperFirst(e.Sentence()) + "."
	}
	return upperFirst(cleanWord(err.Error())) + "."
}

const notLoggedIn = "You are not logged in: log in with login NAME."

// refusal says what an error code means for a command; "" if there is nothing special to say.
func refusal(r *result, code chat.ErrorCode) string {
	switch code {
	case chat.CodeBadName:
		return badName(r)
	case chat.CodeBadPassword:
		return badPassword(r.password)
	case chat.CodePasswordMismatch:
		return "The two passwords are not the same: nothing was created."
	case chat.CodeNameTaken:
		return fmt.Sprintf("The name %s is taken: choose another one. (Upper and lower case make no difference.)", cleanWord(r.name))
	case chat.CodeBadCredentials:
		return "The user name or the password is wrong."
	case chat.CodeAlreadyLoggedIn:
		return fmt.Sprintf("%s is logged in somewhere else: log out there first.", cleanWord(r.name))
	case chat.CodeNoSuchUser:
		return fmt.Sprintf("There is no user %s.", cleanWord(r.to))
	case chat.CodeInboxFull:
		return fmt.Sprintf("The inbox of %s is full: try again later.", cleanWord(r.to))
	case chat.CodeBadConfirmation:
		return "That is not the name of your account: nothing was deleted."
	case chat.CodeBadPattern:
		return `The pattern cannot be understood. In a wildcard * stands for any characters and ? for one; an expression is written between slashes, as in /^al/.`
	case chat.CodeUnsupported:
		if r.by == chat.ListingRegex {
			return "This server does not know expressions: use a wildcard, as in al*."
		}
		return "This server cannot do that."
	case chat.CodeBadState:
		return notLoggedIn
	case chat.CodeBusy:
		return "The server is busy: try again in a moment."
	case chat.CodeBadField, chat.CodeMalformed:
		return badField(r)
	case chat.CodeBadVersion:
		return badVersion(r.err)
	}
	if code == chat.CodeInternal || unknownCode(code) {
		return "The server failed. Whether the command was done is not known."
	}
	return ""
}

// unknownCode reports whether this version of the protocol does not define the code, which then means INTERNAL.
func unknownCode(code chat.ErrorCode) bool { return code.Doc() == "" }

func badName(r *result) string {
	name := r.name
	if r.verb.name == "send" {
		name = r.to
	}
	if utf8.RuneCountInString(name) > 60 {
		return "That is too long for a user name: it has at most 50 letters, digits and . _ -"
	}
	return fmt.Sprintf("%q cannot be a user name: it has 1 to 50 letters, digits and . _ -", cleanWord(name))
}

// badPassword says what is wrong with a password, never the password.
func badPassword(password string) string {
	n := utf8.RuneCountInString(password)
	switch {
	case n < chat.PasswordMinChars:
		return fmt.Sprintf("The password is too short: it needs at least %d characters.", chat.PasswordMinChars)
	case n > chat.PasswordMaxChars:
		return fmt.Sprintf("The password is too long: it has at most %d characters.", chat.PasswordMaxChars)
	}
	return fmt.Sprintf("That cannot be a password: it has %d to %d characters, and none that cannot be seen.", chat.PasswordMinChars, chat.PasswordMaxChars)
}

func badField(r *result) string {
	e, ok := errors.AsType[*codec.Error](r.err)
	if !ok || e.Field != "text" {
		return ""
	}
	switch e.Because {
	case codec.BecauseMin:
		return "There is no text."
	case codec.BecauseMax:
		return fmt.Sprintf("The text is too long: it has at most %d bytes.", e.Limit)
	}
	return "The text is not valid UTF-8."
}

func badVersion(err error) string {
	e, ok := errors.AsType[*chat.Error](err)
	if !ok {
		return ""
	}
	return fmt.Sprintf("The server speaks versions %d to %d of the protocol, this program version %d.", e.Lowest, e.Highest, chat.Version)
}

// errorName is the name of an error for programs.
func errorName(err error) string {
	if code, ok := client.Code(err); ok {
		if unknownCode(code) {
			code = chat.CodeInternal
		}
		return code.String()
	}
	if _, ok := errors.AsType[usageError](err); ok {
		return "USAGE"
	}
	if _, ok := errors.AsType[*loggedInError](err); ok {
		return "LOGGED_IN"
	}
	switch {
	case errors.Is(err, client.ErrNotLoggedIn):
		return "NOT_LOGGED_IN"
	case errors.Is(err, client.ErrNotSent):
		return "NOT_SENT"
	case errors.Is(err, client.ErrUnknownFate):
		return "UNKNOWN_FATE"
	case errors.Is(err, context.DeadlineExceeded):
		return "TIMEOUT"
	}
	if _, ok := errors.AsType[*client.LostError](err); ok {
		return "LOST"
	}
	return "FAILED"
}

func upperFirst(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}

// lowerFirst lowers the first letter of a sentence that follows a colon, unless it begins with a name.
func lowerFirst(s string) string {
	for _, word := range []string{"The ", "There ", "That ", "This ", "You ", "Whether "} {
		if strings.HasPrefix(s, word) {
			return string(s[0]-'A'+'a') + s[1:]
		}
	}
	return s
}

func period(s string) string {
	if s != "" && strings.ContainsRune(".?!", rune(s[len(s)-1])) {
		return ""
	}
	return "."
}
