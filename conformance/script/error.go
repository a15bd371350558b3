package script

import "fmt"

// An Error says what is wrong with a transcript or a file of macros.
type Error struct {
	File    string
	Line    int    // 1-based; 0 if it is no line in particular
	Text    string // the line as written
	Msg     string
	Suggest string // what was meant, perhaps
}

func (e *Error) Error() string {
	s := e.File
	if e.Line > 0 {
		s += fmt.Sprintf(":%d", e.Line)
	}
	s += ": " + e.Msg
	if e.Suggest != "" {
		s += fmt.Sprintf(" (did you mean %q?)", e.Suggest)
	}
	if e.Text != "" {
		s += "\n\t" + e.Text
	}
	return s
}
