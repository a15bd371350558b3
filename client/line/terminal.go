package line

import (
	"errors"
	"io"
	"sync"

	"github.com/wirelaw/wirelaw/codec/chat"
)

// Screen is a terminal in raw mode: reading gives keys, writing draws.
type Screen interface {
	io.ReadWriter
	Size() (width, height int, err error)
}

var (
	errCancelled   = errors.New("cancelled")   // a person did not answer a question
	errInterrupted = errors.New("interrupted") // control-C was pressed
)

// terminal converses with a person: it shows lines, reads commands and asks questions.
type terminal struct {
	*editor

	mu     sync.Mutex
	ready  string // the prompt between questions
	asking bool
}

func newTerminal(s Screen) *terminal {
	t := &terminal{editor: newEditor(s), ready: "> "}
	t.editor.setPrompt(t.ready)
	return t
}

// converseAs shows who is logged in and whom they talk to.
func (t *terminal) converseAs(member, partner chat.Username) {
	p := cleanWord(string(member)) + "> "
	if partner != "" {
		p = cleanWord(string(member)) + " to " + cleanWord(string(partner)) + "> "
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ready = p
	if !t.asking {
		t.setPrompt(p)
	}
}

// command reads a command. The errors are those of the editor.
func (t *terminal) command() (string, error) {
	line, err := t.read(false)
	if err == nil {
		t.remember(line)
	}
	return line, err
}

// ask asks a question. An error says that the user would not answer.
func (t *terminal) ask(question string) (string, error) { return t.question(question, false) }

// askSecret asks a question and does not show what is typed.
func (t *terminal) askSecret(question string) (string, error) { return t.question(question, true) }

func (t *terminal) question(question string, secret bool) (string, error) {
	t.mu.Lock()
	t.asking = true
	t.setPrompt(question)
	t.mu.Unlock()
	answer, err := t.read(secret)
	t.mu.Lock()
	t.asking = false
	t.setPrompt(t.ready)
	t.mu.Unlock()
	if err != nil {
		return "", errCancelled
	}
	return answer, nil
}

// say prints lines for the user.
func (t *terminal) say(text string) { io.WriteString(t, layout("", text, 0, t.width())) }

// screenLoop reads commands from a person.
func (a *app) screenLoop() error {
	leaving := false // control-C was pressed on an empty line
	for {
		line, err := a.t.command()
		switch {
		case err == errInterrupted && line != "":
			leaving = false
			continue
		case err == errInterrupted && !leaving:
			leaving = true
			a.t.say("Control-C once more, or exit, leaves.")
			continue
		case err == io.EOF || err == errInterrupted:
			return nil
		case err != nil:
			return err
		}
		leaving = false
		q, err := parse(line, string(a.talkingTo()))
		if q != nil && q.verb.name == "exit" {
			return nil
		}
		a.accept(q, err)
	}
}
