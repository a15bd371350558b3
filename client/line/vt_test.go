package line

import (
	"io"
	"strings"
	"sync"
	"testing"
	"time"
)

// vt is a small terminal: it has rows of cells, a cursor, and the few control sequences that the line editor uses. It scrolls for ever.
type vt struct {
	t       *testing.T
	keys    *io.PipeReader
	typist  *io.PipeWriter
	width   int
	mu      sync.Mutex
	changed chan struct{}
	rows    [][]string // characters with their marks; "" is the second half of a wide one
	x, y    int
}

func newVT(t *testing.T, width int) *vt {
	r, w := io.Pipe()
	v := &vt{t: t, keys: r, typist: w, width: width, changed: make(chan struct{}), rows: [][]string{nil}}
	t.Cleanup(func() { w.Close() })
	return v
}

func (v *vt) Read(p []byte) (int, error)  { return v.keys.Read(p) }
func (v *vt) Size() (w, h int, err error) { return v.width, 24, nil }

func (v *vt) Write(p []byte) (int, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	runes := []rune(string(p))
	for i := 0; i < len(runes); i++ {
		switch r := runes[i]; {
		case r == '\r':
			v.x = 0
		case r == '\n':
			v.down()
		case r == '\x1b':
			i = v.escape(runes, i+2)
		case r < ' ':
			v.t.Errorf("control character %q on the screen", r)
		default:
			v.put(r)
		}
	}
	close(v.changed)
	v.changed = make(chan struct{})
	return len(p), nil
}

func (v *vt) down() {
	v.y++
	for len(v.rows) <= v.y {
		v.rows = append(v.rows, nil)
	}
}

// escape does the sequence whose parameters begin at i, and returns where it ends.
func (v *vt) escape(runes []rune, i int) int {
	n := 0
	for ; runes[i] >= '0' && runes[i] <= '9'; i++ {
		n = 10*n + int(runes[i]-'0')
	}
	n = max(n, 1)
	switch runes[i] {
	case 'A':
		v.y = max(0, v.y-n)
	case 'B':
		for range n {
			v.down()
		}
	case 'C':
		v.x += n
	case 'D':
		v.x = max(0, v.x-n)
	case 'H':
		v.x, v.y = 0, 0
	case 'J':
		if n == 2 {
			v.rows = make([][]string, v.y+1)
		}
		v.rows = v.rows[:v.y+1]
		v.rows[v.y] = v.rows[v.y][:min(v.x, len(v.rows[v.y]))]
	default:
		v.t.Errorf("control sequence %q on the screen", runes[i])
	}
	return i
}

func (v *vt) put(r rune) {
	cells := []string{string(r), ""}[:columns(string(r))]
	if len(cells) == 0 {
		v.rows[v.y][v.x-1] += string(r)
		return
	}
	if v.x+len(cells) > v.width {
		v.x = 0
		v.down()
	}
	for _, c := range cells {
		for len(v.rows[v.y]) <= v.x {
			v.rows[v.y] = append(v.rows[v.y], " ")
		}
		v.rows[v.y][v.x] = c
		v.x++
	}
}

// text is what is on the screen.
func (v *vt) text() string {
	var b strings.Builder
	for _, row := range v.rows {
		b.WriteString(strings.TrimRight(strings.Join(row, ""), " ") + "\n")
	}
	return b.String()
}

// cells is the same without the ends of rows.
func (v *vt) cells() string {
	var b strings.Builder
	for _, row := range v.rows {
		b.WriteString(strings.Join(row, ""))
	}
	return strings.TrimRight(b.String(), " ")
}

// typeKeys presses keys.
func (v *vt) typeKeys(keys string) { io.WriteString(v.typist, keys) }

// answer waits until the row of the cursor is prompt and then types a line.
func (v *vt) answer(prompt, line string) {
	v.t.Helper()
	v.await(prompt)
	v.typeKeys(line + "\r")
}

// await waits until the row of the cursor is what is given.
func (v *vt) await(row string) {
	v.t.Helper()
	v.until(row, func() bool {
		return strings.TrimRight(strings.Join(v.rows[v.y], ""), " ") == row
	})
}

// see waits until the screen shows the text.
func (v *vt) see(text string) {
	v.t.Helper()
	v.until(text, func() bool { return strings.Contains(v.text(), text) })
}

func (v *vt) until(what string, ok func() bool) {
	v.t.Helper()
	backstop := time.After(30 * time.Second)
	for {
		v.mu.Lock()
		done, changed := ok(), v.changed
		v.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-backstop:
			v.mu.Lock()
			defer v.mu.Unlock()
			v.t.Fatalf("%q does not come; the screen is\n%s", what, v.text())
		}
	}
}
