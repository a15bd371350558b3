package line

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/wirelaw/wirelaw/client"
	"github.com/wirelaw/wirelaw/codec/chat"
)

// action does a command; what it finds out goes into the result. Its error is turned into a sentence by the printer.
type action func(a *app, r *result) error

func (a *app) create(r *result) error {
	if err := a.guestOnly(); err != nil {
		return err
	}
	if err := a.need(r.request, &r.name, "User name: "); err != nil {
		return err
	}
	if err := a.secrets(r.request, true); err != nil {
		return err
	}
	ctx, cancel := a.limit()
	defer cancel()
	return a.s.Create(ctx, chat.Username(r.name), chat.Password(r.password), chat.Password(r.again))
}

func (a *app) login(r *result) error {
	if err := a.guestOnly(); err != nil {
		return err
	}
	if err := a.need(r.request, &r.name, "User name: "); err != nil {
		return err
	}
	if err := a.secrets(r.request, false); err != nil {
		return err
	}
	ctx, cancel := a.limit()
	defer cancel()
	m, err := a.s.Login(ctx, chat.Username(r.name), chat.Password(r.password))
	if err != nil {
		return err
	}
	r.member = m
	a.become(m.Name, "")
	return nil
}

// post puts a message into the outbox.
func (a *app) post(r *request) (*client.Outgoing, error) {
	if a.s.Member() == nil {
		return nil, client.ErrNotLoggedIn
	}
	if err := a.need(r, &r.to, "To: "); err != nil {
		return nil, err
	}
	if err := a.need(r, &r.text, "Message: "); err != nil {
		return nil, err
	}
	ctx, cancel := a.limit()
	defer cancel()
	return a.s.Post(ctx, chat.Username(r.to), chat.Text(r.text))
}

func (a *app) talk(r *result) error {
	m := a.s.Member()
	if m == nil {
		return client.ErrNotLoggedIn
	}
	to := chat.Username(r.name)
	if to != "" {
		if err := (&chat.Delete{Name: to}).Validate(nil); err != nil { // any message with nothing but a name
			return err
		}
	}
	a.become(m.Name, to)
	return nil
}

func (a *app) list(r *result) error {
	if a.s.Member() == nil {
		return client.ErrNotLoggedIn
	}
	ctx, cancel := a.limit()
	defer cancel()
	for name, err := range a.s.List(ctx, r.by, r.pattern) {
		if err != nil {
			return err
		}
		r.names = append(r.names, name)
	}
	return nil
}

func (a *app) delete(r *result) error {
	m := a.s.Member()
	if m == nil {
		return client.ErrNotLoggedIn
	}
	shown := cleanWord(string(m.Name))
	if a.t != nil && r.name == "" {
		a.t.say(fmt.Sprintf("This deletes the account %s for ever. Messages that wait for it are dropped.", shown))
	}
	if err := a.need(r.request, &r.name, fmt.Sprintf("Type %s to confirm: ", shown)); err != nil {
		return err
	}
	ctx, cancel := a.limit()
	defer cancel()
	if err := a.s.Delete(ctx, chat.Username(r.name)); err != nil {
		return err
	}
	r.name = string(m.Name)
	a.become("", "")
	return nil
}

func (a *app) logout(r *result) error {
	if a.s.Member() == nil {
		return client.ErrNotLoggedIn
	}
	ctx, cancel := a.limit()
	defer cancel()
	if err := a.s.Logout(ctx); err != nil {
		return err
	}
	a.become("", "")
	return nil
}

func (a *app) help(*result) error { return nil }

// guestOnly refuses what makes no sense while somebody is logged in.
func (a *app) guestOnly() error {
	if m := a.s.Member(); m != nil {
		return &loggedInError{m.Name}
	}
	return nil
}

// need asks a person for an argument that is missing; in a pipe it is an error.
func (a *app) need(r *request, value *string, prompt string) error {
	if *value != "" {
		return nil
	}
	if a.t == nil {
		return usageError(r.verb.name + " wants " + r.verb.args)
	}
	answer, err := a.t.ask(prompt)
	if err != nil {
		return err
	}
	if *value = strings.TrimSpace(answer); *value == "" {
		return errCancelled
	}
	return nil
}

// limit gives a command its time after everything was asked for.
func (a *app) limit() (context.Context, context.CancelFunc) {
	return context.WithTimeout(a.ctx, patience)
}

// secrets finds the password of a command: given, in the password file, or asked for.
func (a *app) secrets(r *request, twice bool) (err error) {
	switch {
	case r.password != "":
	case a.o.PasswordFile != "":
		if r.password, err = passwordIn(a.o.PasswordFile); err != nil {
			return err
		}
	case a.t != nil:
		return a.askPasswords(r, twice)
	default:
		return usageError("without a terminal the password comes from --password-file")
	}
	if r.again == "" {
		r.again = r.password
	}
	return nil
}

// syncVerb is a command of programs: whoever has its result knows that nothing of what was before is on its way.
var syncVerb = &verb{name: "sync", do: (*app).sync}

func (a *app) sync(*result) error {
	ctx, cancel := a.limit()
	defer cancel()
	if err := a.s.PingNow(ctx); err != nil {
		return err
	}
	return a.catchUp(ctx)
}

func (a *app) askPasswords(r *request, twice bool) (err error) {
	prompt := "Password: "
	if twice {
		prompt = fmt.Sprintf("Password (%d to %d characters): ", chat.PasswordMinChars, chat.PasswordMaxChars)
	}
	if r.password, err = a.t.askSecret(prompt); err != nil {
		return err
	}
	if !twice {
		return nil
	}
	r.again, err = a.t.askSecret("Password again: ")
	return err
}

// passwordIn reads the first line of a file. No error holds what is in it.
func passwordIn(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	line, err := bufio.NewReader(io.LimitReader(f, 4096)).ReadString('\n')
	if err != nil && err != io.EOF {
		return "", err
	}
	line = strings.TrimRight(line, "\r\n")
	if line == "" {
		return "", fmt.Errorf("the password file %q is empty", file)
	}
	return line, nil
}
