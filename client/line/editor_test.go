package line

import (
	"fmt"
	"io"
	"strings"
	"testing"
)

func TestEditorKeys(t *testing.T) {
	const up, down, right, left = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D"
	tests := []struct{ name, keys, want string }{
		{"plain", "hello", "hello"},
		{"backspace", "helo\x7flo", "hello"},
		{"backspace on nothing", "\x7f\x08hi", "hi"},
		{"insert", "hllo" + left + left + left + "e", "hello"},
		{"home and end", "ello\x01h\x05!", "hello!"},
		{"home and end by sequence", "ello\x1b[Hh\x1b[F!", "hello!"},
		{"home and end by number", "ello\x1b[1~h\x1b[4~!", "hello!"},
		{"application keys", "ello\x1bOHh\x1bOF!", "hello!"},
		{"too far", left + "b" + right + right + "c\x01\x02a", "abc"},
		{"delete", "hxello\x01" + right + "\x1b[3~", "hello"},
		{"delete at the end", "hi\x1b[3~\x04", "hi"},
		{"control-D within", "hxello\x01\x06\x04", "hello"},
		{"erase before", "junk hello" + strings.Repeat(left, 5) + "\x15", "hello"},
		{"erase after", "hello junk" + strings.Repeat(left, 5) + "\x0b", "hello"},
		{"erase word", "hello big  world \x17\x17", "hello "},
		{"by words", "two three\x1b[1;5D\x1b[1;5Done \x1b[1;5C!", "one two! three"},
		{"unknown keys", "h\x1b[5~e\x1b[15;2~l\x1bxl\to\x00", "helxlo"},
		{"wide", "日本語\x7f" + left + "x", "日x本"},
		{"marks go with their letter", "ze\u0301\x7fo", "zo"},
		{"left over marks", "e\u0301" + left + "x", "xe\u0301"},
		{"up", up, "second"},
		{"up twice", up + up, "first"},
		{"up too far", up + up + up, "first"},
		{"up and down", "typed" + up + up + down + down + "!", "typed!"},
		{"up and edit", up + "\x7f\x7f", "seco"},
		{"clear screen", "he\x0cllo", "hello"},
		{"not UTF-8", "a\xff\xfeb", "ab"},
		{"line feed ends too", "hello\nrest", "hello"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			v := newVT(t, 20)
			e := newEditor(v)
			e.remember("first")
			e.remember("second")
			e.remember("second")
			e.remember("")
			e.setPrompt("> ")
			go v.typeKeys(test.keys + "\r")
			if got, err := e.read(false); err != nil || got != test.want {
				t.Errorf("got %q, %v; want %q", got, err, test.want)
			}
			v.mu.Lock()
			defer v.mu.Unlock()
			if screen := v.text(); screen != strings.TrimRight("> "+test.want, " ")+"\n\n" {
				t.Errorf("the screen is %q", screen)
			}
		})
	}
}

func TestEditorEnds(t *testing.T) {
	tests := []struct {
		name, keys, line string
		err              error
	}{
		{"control-D", "\x04", "", io.EOF},
		{"control-C", "\x03", "", errInterrupted},
		{"control-C with a line", "half\x03", "half", errInterrupted},
		{"control-C at the start", "half\x01\x03", "half", errInterrupted},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			v := newVT(t, 20)
			e := newEditor(v)
			go v.typeKeys(test.keys + "next\r")
			if got, err := e.read(false); err != test.err || got != test.line {
				t.Errorf("got %q, %v", got, err)
			}
			if got, err := e.read(false); err != nil || got != "next" {
				t.Errorf("then got %q, %v", got, err)
			}
		})
	}
	v := newVT(t, 20)
	v.typist.Close()
	if _, err := newEditor(v).read(false); err != io.EOF {
		t.Errorf("error is %v", err)
	}
}

func TestEditorHidesSecrets(t *testing.T) {
	v := newVT(t, 20)
	e := newEditor(v)
	e.remember("history")
	e.setPrompt("Password: ")
	go v.typeKeys("\x1b[Asesame\x7f\x1b[D\r")
	if got, err := e.read(true); err != nil || got != "sesam" {
		t.Errorf("got %q, %v", got, err)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.text() != "Password:\n\n" {
		t.Errorf("the screen is %q", v.text())
	}
}

// TestEditorUnderMessages prints over lines of every length around the width of the screen, with the cursor anywhere.
func TestEditorUnderMessages(t *testing.T) {
	for _, text := range []string{"x", "日", "e\u0301"} {
		for n := range 45 {
			for _, back := range []int{0, 1, n / 2, n} {
				line := strings.Repeat(text, n)
				t.Run(fmt.Sprintf("%s*%d-%d", text, n, back), func(t *testing.T) {
					v := newVT(t, 20)
					e := newEditor(v)
					e.setPrompt("> ")
					done := make(chan string)
					go func() {
						got, _ := e.read(false)
						done <- got
					}()
					v.typeKeys(line + strings.Repeat("\x1b[D", back))
					v.typeKeys("\x00") // when this is taken, all the others were
					io.WriteString(e, "a message\n")
					io.WriteString(e, "and another one\n")
					v.typeKeys("!\r")
					got := <-done
					at := max(0, n-back)
					want := strings.Repeat(text, at) + "!" + strings.Repeat(text, n-at)
					if got != want {
						t.Errorf("got %q, want %q", got, want)
					}
					v.mu.Lock()
					defer v.mu.Unlock()
					if screen := v.cells(); screen != "a message"+"and another one"+"> "+want {
						t.Errorf("the screen is\n%s", v.text())
					}
				})
			}
		}
	}
}

func TestEditorShowsWhatIsPasted(t *testing.T) {
	v := newVT(t, 40)
	e := newEditor(v)
	go v.typeKeys("a\u009b2J\u202eb\r")
	if got, err := e.read(false); err != nil || got != "a\u009b2J\u202eb" {
		t.Errorf("got %q, %v", got, err)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.text() != "a\ufffd2J\ufffdb\n\n" {
		t.Errorf("the screen is %q", v.text())
	}
}

func TestLongPaste(t *testing.T) {
	v := newVT(t, 40)
	e := newEditor(v)
	go v.typeKeys(strings.Repeat("x", maxTyped+100) + "\r")
	if got, err := e.read(false); err != nil || len(got) != maxTyped {
		t.Errorf("got %d characters, %v", len(got), err)
	}
}
