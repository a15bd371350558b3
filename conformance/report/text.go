package report

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of what strangers' texts may take in a report, in characters.
const (
	maxText   = 2000
	maxOutput = 8000
)

// clean returns s as one line that can be shown anywhere: bytes that are not UTF-8, control characters and characters that
// cannot be seen (or that turn the direction of writing) become escapes as in Go. What is too long is cut.
func clean(s string) string { return clip(escape(s, ""), maxText) }

// cleanLines is clean for a text of several lines.
func cleanLines(s string) string { return clip(escape(s, "\n\t"), maxOutput) }

// escape leaves the characters in keep as they are.
func escape(s, keep string) string {
	fine := func(r rune) bool { return unicode.IsPrint(r) || strings.ContainsRune(keep, r) }
	if utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool { return !fine(r) }) < 0 {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case fine(r):
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
		s = s[n:]
	}
	return b.String()
}

// count is a number of things: "1 case", "2 cases".
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// clip cuts s after n characters.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n-1]) + "…"
}

// printable passes text on to a terminal with whatever could steer it made visible. Secrets of hide are hidden, if there is one.
type printable struct {
	w    io.Writer
	hide *strings.Replacer
}

func (p printable) Write(b []byte) (int, error) {
	text := string(b)
	if p.hide != nil {
		text = p.hide.Replace(text)
	}
	if _, err := io.WriteString(p.w, escape(text, "\n\t")); err != nil {
		return 0, err
	}
	return len(b), nil
}
