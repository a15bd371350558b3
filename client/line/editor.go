package line

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
)

// maxTyped bounds a line in characters: no text of a message is longer.
const maxTyped = 16384

// editor lets a person edit a line on a screen. What is written to it meanwhile appears above that line. It knows that characters may take
// no column, or two.
type editor struct {
	screen Screen
	in     *bufio.Reader // of the goroutine that reads

	mu      sync.Mutex // guards what follows, and writing to the screen
	prompt  string
	secret  bool // the line is not shown
	drawn   bool // prompt and line are on the screen
	line    []rune
	pos     int // of the cursor in line
	row     int // of the cursor on the screen, counted from the row of the prompt
	past    []string
	recall  int    // which of past is shown, len(past) for none
	pending string // what was typed before past lines were shown
}

func newEditor(s Screen) *editor { return &editor{screen: s, in: bufio.NewReader(s)} }

// setPrompt changes what stands before the line, at once.
func (e *editor) setPrompt(prompt string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.prompt = prompt
	if e.drawn {
		e.flush(e.erase() + e.draw())
	}
}

// Write prints whole lines above the one that is being edited.
func (e *editor) Write(text []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := strings.ReplaceAll(string(text), "\n", "\r\n")
	if e.drawn {
		out = e.erase() + out + e.draw()
	}
	if err := e.flush(out); err != nil {
		return 0, err
	}
	return len(text), nil
}

// read lets the user edit a line. At the end of the input, or with control-D on an empty line, the error is io.EOF; with control-C it is
// errInterrupted, and the line is what was given up.
func (e *editor) read(secret bool) (string, error) {
	e.mu.Lock()
	e.secret, e.line, e.pos, e.recall, e.pending = secret, nil, 0, len(e.past), ""
	e.flush(e.draw())
	e.mu.Unlock()
	for {
		k, err := readKey(e.in)
		e.mu.Lock()
		switch {
		case err != nil:
		case k == keyInterrupt:
			err = errInterrupted
		case k == keyDeleteOrEOF && len(e.line) == 0:
			err = io.EOF
		case k == keyEnter:
		default:
			e.press(k)
			if e.in.Buffered() == 0 { // a paste is drawn once
				err = e.flush(e.erase() + e.draw())
			}
		}
		if err != nil || k == keyEnter {
			line := string(e.line)
			e.leave(err == errInterrupted)
			e.mu.Unlock()
			return line, err
		}
		e.mu.Unlock()
	}
}

// remember puts a line where the up key finds it.
func (e *editor) remember(line string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if line == "" || len(e.past) > 0 && e.past[len(e.past)-1] == line {
		return
	}
	e.past = append(e.past, line)
	if len(e.past) > 100 {
		e.past = slices.Delete(e.past, 0, 1)
	}
}

// leave ends the editing: the line stays on the screen and the cursor goes below it, or the line is erased. mu is held.
func (e *editor) leave(erase bool) {
	out := e.erase()
	if !erase {
		e.pos = len(e.line)
		out += e.draw() + "\r\n"
	}
	e.flush(out)
	clear(e.line) // it may be a password
	e.line, e.pos, e.row, e.drawn = nil, 0, 0, false
}

// abandon leaves a line that is being edited, while another goroutine still reads.
func (e *editor) abandon() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.drawn {
		e.leave(false)
	}
}

// press changes the line. mu is held.
func (e *editor) press(k key) {
	switch k {
	case keyHome:
		e.pos = 0
	case keyEnd:
		e.pos = len(e.line)
	case keyLeft:
		e.pos = e.before(e.pos)
	case keyRight:
		e.pos = e.after(e.pos)
	case keyWordLeft:
		e.pos = e.wordBefore()
	case keyWordRight:
		e.pos = e.wordAfter()
	case keyUp:
		e.show(e.recall - 1)
	case keyDown:
		e.show(e.recall + 1)
	case keyBackspace:
		e.cut(e.before(e.pos), e.pos)
	case keyDelete, keyDeleteOrEOF:
		e.cut(e.pos, e.after(e.pos))
	case keyEraseWord:
		e.cut(e.wordBefore(), e.pos)
	case keyEraseBefore:
		e.cut(0, e.pos)
	case keyEraseAfter:
		e.cut(e.pos, len(e.line))
	case keyClear:
		e.flush("\x1b[2J\x1b[H")
		e.row = 0
	default:
		if k >= ' ' && len(e.line) < maxTyped {
			e.line = slices.Insert(e.line, e.pos, rune(k))
			e.pos++
		}
	}
}

func (e *editor) cut(from, to int) {
	e.line = slices.Delete(e.line, from, to)
	e.pos = from
}

// before returns where the character before i begins, marks that it carries included.
func (e *editor) before(i int) int {
	for i--; i > 0 && runeColumns(e.line[i]) == 0; i-- {
	}
	return max(i, 0)
}

func (e *editor) after(i int) int {
	for i++; i < len(e.line) && runeColumns(e.line[i]) == 0; i++ {
	}
	return min(i, len(e.line))
}

func (e *editor) wordBefore() int {
	i := e.pos
	for i > 0 && e.line[i-1] == ' ' {
		i--
	}
	for i > 0 && e.line[i-1] != ' ' {
		i--
	}
	return i
}

func (e *editor) wordAfter() int {
	i := e.pos
	for i < len(e.line) && e.line[i] == ' ' {
		i++
	}
	for i < len(e.line) && e.line[i] != ' ' {
		i++
	}
	return i
}

// show puts an earlier line, or the one that was being typed, in the place of the line.
func (e *editor) show(i int) {
	if e.secret || i < 0 || i > len(e.past) {
		return
	}
	if e.recall == len(e.past) {
		e.pending = string(e.line)
	}
	e.recall = i
	text := e.pending
	if i < len(e.past) {
		text = e.past[i]
	}
	e.line = []rune(text)
	e.pos = len(e.line)
}

// erase returns what takes prompt and line off the screen and leaves the cursor where the prompt was. mu is held.
func (e *editor) erase() string {
	out := "\r"
	if e.row > 0 {
		out += fmt.Sprintf("\x1b[%dA", e.row)
	}
	e.row, e.drawn = 0, false
	return out + "\x1b[J"
}

// draw returns what draws prompt and line and puts the cursor to its place. mu is held.
func (e *editor) draw() string {
	width := e.width()
	shown, pos := e.line, e.pos
	if e.secret {
		shown, pos = nil, 0
	}
	text := []rune(e.prompt)
	at := len(text) + pos
	for _, r := range shown {
		text = append(text, visible(r)) // what was pasted may hold anything
	}
	last, end := place(text, width)
	row, column := place(text[:at], width)
	out := string(text)
	if end == 0 && last > 0 {
		out += "\r\n" // a terminal stays at the end of a full row until something follows
	}
	if up := last - row; up > 0 {
		out += fmt.Sprintf("\x1b[%dA", up)
	}
	out += "\r"
	if column > 0 {
		out += fmt.Sprintf("\x1b[%dC", column)
	}
	e.row, e.drawn = row, true
	return out
}

// place returns where the cursor is after text, on a screen so wide.
func place(text []rune, width int) (row, column int) {
	for _, r := range text {
		w := runeColumns(r)
		if column+w > width {
			row, column = row+1, 0
		}
		column += w
	}
	if column >= width {
		return row + 1, 0
	}
	return row, column
}

func (e *editor) flush(out string) error {
	_, err := io.WriteString(e.screen, out)
	return err
}

// width returns the width of the screen in columns.
func (e *editor) width() int {
	w, _, err := e.screen.Size()
	if err != nil || w < 2 {
		return 80
	}
	return w
}
