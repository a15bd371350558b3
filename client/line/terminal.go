package line

import (
	"bytes"
	"errors"
	"io"
	"sync"

	"golang.org/x/term"

	"github.com/wirelaw/wirelaw/codec/chat"
)

// Screen is a terminal in raw mode: reading gives keys, writing draws.
type Screen interface {
	io.ReadWriter
	Size() (width, height int, err error)
}

// errCancelled says that a person did not answer a question.
var errCancelled = errors.New("cancelled")

// terminal edits lines on a screen. What is written to it while a line is being typed appears above that line.
type terminal struct {
	*term.Terminal
	screen Screen

	mu     sync.Mutex
	prompt string // between questions
	asking bool
}

func newTerminal(s Screen) *terminal {
	t := &terminal{screen: s, prompt: "> "}
	t.Terminal = term.NewTerminal(&keys{t: t}, t.prompt)
	t.resize()
	return t
}

// setPrompt shows who is logged in and whom they talk to.
func (t *terminal) setPrompt(member, partner chat.Username) {
	p := cleanWord(string(member)) + "> "
	if partner != "" {
		p = cleanWord(string(member)) + " to " + cleanWord(string(partner)) + "> "
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.prompt = p
	if !t.asking {
		t.SetPrompt(p)
	}
}

// ask asks a question. The error says that the user would not answer.
func (t *terminal) ask(question string) (string, error) {
	return t.question(question, t.ReadLine)
}

// askSecret asks a question and does not show what is typed.
func (t *terminal) askSecret(question string) (string, error) {
	return t.question(question, func() (string, error) { return t.ReadPassword(question) })
}

func (t *terminal) question(question string, read func() (string, error)) (string, error) {
	t.mu.Lock()
	t.asking = true
	t.SetPrompt(question)
	t.mu.Unlock()
	answer, err := read()
	t.mu.Lock()
	t.asking = false
	t.SetPrompt(t.prompt)
	t.mu.Unlock()
	return answer, err
}

// say prints lines for the user.
func (t *terminal) say(text string) {
	io.WriteString(t, layout("", text, 0, t.width()))
}

func (t *terminal) width() int {
	w, _, err := t.screen.Size()
	if err != nil || w < 20 {
		return 80
	}
	return w
}

func (t *terminal) resize() {
	if w, h, err := t.screen.Size(); err == nil && w > 0 && h > 0 {
		t.SetSize(w, h)
	}
}

// keys gives the keys of the screen to the line editor. Control-C empties the line and then ends the input like control-D does; the editor
// itself would leave the line behind.
type keys struct {
	t    *terminal
	left []byte
}

var cancelKeys = []byte{'E' - '@', 'U' - '@', 'D' - '@'} // to the end, erase the line, end of input

func (k *keys) Write(p []byte) (int, error) { return k.t.screen.Write(p) }

func (k *keys) Read(p []byte) (int, error) {
	if len(k.left) == 0 {
		buf := make([]byte, len(p))
		n, err := k.t.screen.Read(buf)
		k.t.resize()
		if n == 0 {
			return 0, err
		}
		k.left = bytes.ReplaceAll(buf[:n], []byte{'C' - '@'}, cancelKeys)
	}
	n := copy(p, k.left)
	k.left = k.left[n:]
	return n, nil
}

// screenLoop reads commands from a person.
func (a *app) screenLoop() error {
	for {
		line, err := a.t.ReadLine()
		if err == io.EOF {
			a.t.setPrompt("", "")
			io.WriteString(a.t.screen, "\r\n")
			return nil
		}
		if err != nil && err != term.ErrPasteIndicator {
			return err
		}
		q, err := parse(line, string(a.talkingTo()))
		switch {
		case err != nil:
			a.refuse(q, err)
		case q == nil:
		case q.verb.name == "exit":
			return nil
		default:
			a.perform(q)
		}
	}
}
