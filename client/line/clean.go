package line

import (
	"strings"
	"unicode"
)

// clean makes text of strangers fit for a terminal: what could move the cursor, change colours, hide text or turn its direction is shown
// as a symbol. Line ends are kept; CRLF is one.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' {
			return r
		}
		return visible(r)
	}, strings.ReplaceAll(text, "\r\n", "\n"))
}

// cleanWord is clean for what must stay on one line, such as names.
func cleanWord(s string) string { return strings.Map(visible, s) }

const (
	zeroWidthNonJoiner = '\u200c'
	zeroWidthJoiner    = '\u200d'
)

func visible(r rune) rune {
	switch {
	case r == '\t':
		return ' '
	case r < ' ':
		return '\u2400' + r // its picture
	case r == 0x7f:
		return '\u2421'
	case r == zeroWidthJoiner || r == zeroWidthNonJoiner: // emoji and scripts need them
		return r
	case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Cs):
		return unicode.ReplacementChar
	}
	return r
}

// layout breaks text into lines that fit into width columns. The first line begins with head, the others with indent spaces. Words that
// are longer than a line are left whole, so that a long address can be copied. A width of 0 breaks only at line ends.
func layout(head, text string, indent, width int) string {
	var b strings.Builder
	margin := strings.Repeat(" ", indent)
	start := head
	for part := range strings.SplitSeq(text, "\n") {
		column := columns(start)
		b.WriteString(start)
		empty := true
		for i, word := range strings.Split(part, " ") {
			w := columns(word)
			switch {
			case i == 0:
			case !empty && width > 0 && column+1+w > width:
				b.WriteString("\n" + margin)
				column = indent
			default:
				b.WriteByte(' ')
				column++
			}
			b.WriteString(word)
			column += w
			empty = false
		}
		b.WriteByte('\n')
		start = margin
	}
	return b.String()
}

// columns returns how many columns of a terminal s takes.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n += runeColumns(r)
	}
	return n
}

func runeColumns(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case unicode.Is(wide, r):
		return 2
	}
	return 1
}

// wide holds what takes two columns: the scripts of East Asia, their full-width forms, and pictographs.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x1100, 0x115f, 1},
		{0x2e80, 0x303e, 1},
		{0x3041, 0x4dbf, 1},
		{0x4e00, 0xa4cf, 1},
		{0xac00, 0xd7a3, 1},
		{0xf900, 0xfaff, 1},
		{0xfe30, 0xfe6f, 1},
		{0xff00, 0xff60, 1},
		{0xffe0, 0xffe6, 1},
	},
	R32: []unicode.Range32{{0x1f300, 0x1f64f, 1}, {0x1f680, 0x1f6ff, 1}, {0x1f900, 0x1f9ff, 1}, {0x20000, 0x3fffd, 1}},
}
