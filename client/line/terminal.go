package line

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"sync"

	"golang.org/x/term"

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

// terminal edits lines on a screen. What is written to it while a line is being typed appears above that line.
type terminal struct {
	*term.Terminal
	screen Screen

	typed bool // whether control-C found something on the line; of the goroutine that reads

	mu     sync.Mutex
	prompt string // between questions
	asking bool
}

func newTerminal(s Screen) *terminal {
	t := &terminal{screen: s, prompt: "> "}
	t.Terminal = term.NewTerminal(&keys{t: t}, t.prompt)
	t.AutoCompleteCallback = func(line string, _ int, key rune) (string, int, bool) {
		if key == lookKey {
			t.typed = line != ""
		}
		return "", 0, false
	}
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

// keys gives the keys of the screen to the line editor. Control-C empties the line and ends the question that is being asked with
// errInterrupted; the editor itself would leave the line behind.
type keys struct {
	t    *terminal
	left []byte // read and not given yet
}

const controlC = 'C' - '@'

// lookKey is a key that the editor does not know: it only has the terminal look at the line.
const lookKey = ']' - '@'

// emptyLine are the keys that empty the line after a look at it: to the end, erase what is before.
var emptyLine = []byte{lookKey, 'E' - '@', 'U' - '@'}

// toMargin is how the editor goes to the left margin to erase a line: as many columns to the left as the line has characters. That is not
// far enough if some are two columns wide.
var toMargin = regexp.MustCompile("\x1b\\[[0-9]*D(\x1b\\[K)")

func (k *keys) Write(p []byte) (int, error) {
	if _, err := k.t.screen.Write(toMargin.ReplaceAll(p, []byte("\r$1"))); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (k *keys) Read(p []byte) (int, error) {
	if len(k.left) == 0 {
		buf := make([]byte, len(p))
		n, err := k.t.screen.Read(buf)
		k.t.resize()
		if n == 0 {
			return 0, err
		}
		k.left = buf[:n]
	}
	before, after, interrupted := bytes.Cut(k.left, []byte{controlC})
	if !interrupted || len(before)+len(emptyLine) > len(p) {
		n := copy(p, before)
		k.left = k.left[n:]
		return n, nil
	}
	k.left = after
	n := copy(p, before)
	return n + copy(p[n:], emptyLine), errInterrupted
}

// screenLoop reads commands from a person.
func (a *app) screenLoop() error {
	interrupted := false // on an empty line, by the last key
	for {
		line, err := a.t.ReadLine()
		switch {
		case err == errInterrupted && a.t.typed:
			interrupted = false
			continue
		case err == errInterrupted && !interrupted:
			interrupted = true
			a.t.say("Control-C once more, or exit, leaves.")
			continue
		case err == io.EOF || err == errInterrupted:
			io.WriteString(a.t.screen, "\r\n")
			return nil
		case err != nil && err != term.ErrPasteIndicator:
			return err
		}
		interrupted = false
		q, err := parse(line, string(a.talkingTo()))
		if q != nil && q.verb.name == "exit" {
			return nil
		}
		a.accept(q, err)
	}
}
