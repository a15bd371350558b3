package spec

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// A Problem is one fault of a table.
type Problem struct {
	File       string // as given to Load
	Pos        Pos    // zero if no single place is at fault
	Key        string // path of the key, for example "messages.SEND.fields.text.max"; "" for the file as a whole
	Msg        string // one sentence, lower case, without a full stop
	Suggest    string // the nearest legal name, or ""
	SourceLine string // the line of the table at Pos, without its line break
}

// Error returns the problem in one or three lines: place, key and message; the line of the table; a caret under the column.
func (p *Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Pos.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", p.Pos.Line, p.Pos.Column)
	}
	b.WriteString(": ")
	if p.Key != "" {
		b.WriteString(p.Key + ": ")
	}
	b.WriteString(p.Msg)
	if p.Suggest != "" {
		fmt.Fprintf(&b, "; did you mean %q?", p.Suggest)
	}
	if p.Pos.Line > 0 {
		line, caret := excerpt(p.SourceLine, p.Pos.Column)
		fmt.Fprintf(&b, "\n    %s\n    %s^", line, caret)
	}
	return b.String()
}

// An ErrorList holds all problems of a table, by position. It is never empty.
type ErrorList struct {
	List    []*Problem
	Omitted int // problems found beyond the cap of the list
}

// Error returns all problems, one after the other.
func (l *ErrorList) Error() string {
	parts := make([]string, 0, len(l.List)+1)
	for _, p := range l.List {
		parts = append(parts, p.Error())
	}
	if l.Omitted > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", l.Omitted))
	}
	return strings.Join(parts, "\n")
}

// maxProblems is how many problems are told in one go.
const maxProblems = 20

// NewErrorList sorts problems by position, drops repeats, and keeps the first twenty. It returns nil for none.
func NewErrorList(problems []*Problem) *ErrorList {
	if len(problems) == 0 {
		return nil
	}
	list := slices.Clone(problems)
	slices.SortStableFunc(list, func(a, b *Problem) int {
		return cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column))
	})
	list = slices.CompactFunc(list, func(a, b *Problem) bool { return *a == *b })
	l := &ErrorList{List: list}
	if len(list) > maxProblems {
		l.List, l.Omitted = list[:maxProblems], len(list)-maxProblems
	}
	return l
}

// maxExcerpt is how many characters of a line are shown.
const maxExcerpt = 120

// excerpt returns what to show of a line, and the blanks that bring a caret under the given column. Tabs stay tabs in
// both, and wide characters have two blanks under them, so that the caret stands right on any terminal. Of a long
// line only the surroundings of the column are shown.
func excerpt(line string, column int) (shown, blanks string) {
	r := []rune(strings.ToValidUTF8(line, "\uFFFD"))
	at := min(max(column-1, 0), len(r))
	from, to := 0, len(r)
	var b strings.Builder
	if len(r) > maxExcerpt {
		from = max(0, min(at-maxExcerpt/2, len(r)-maxExcerpt))
		to = min(len(r), from+maxExcerpt)
	}
	head, tail := "", ""
	if from > 0 {
		head = "…"
		b.WriteString(" ")
	}
	if to < len(r) {
		tail = "…"
	}
	for i := from; i < to; i++ {
		if r[i] != '\t' && (r[i] < ' ' || r[i] == 0x7F) {
			r[i] = '\uFFFD'
		}
		if i < at {
			b.WriteString(blank(r[i]))
		}
	}
	return head + string(r[from:to]) + tail, b.String()
}

// blank returns white space as wide as r is on a terminal.
func blank(r rune) string {
	switch {
	case r == '\t':
		return "\t"
	case r >= 0x300 && r <= 0x36F, r == 0x200B, r == 0x200D, r >= 0xFE00 && r <= 0xFE0F:
		return ""
	case r >= 0x1100 && r <= 0x115F, r >= 0x2E80 && r <= 0xA4CF, r >= 0xAC00 && r <= 0xD7A3, r >= 0xF900 && r <= 0xFAFF,
		r >= 0xFE30 && r <= 0xFE6F, r >= 0xFF00 && r <= 0xFF60, r >= 0xFFE0 && r <= 0xFFE6, r >= 0x1F300 && r <= 0x1FAFF,
		r >= 0x20000 && r <= 0x3FFFD:
		return "  "
	}
	return " "
}

// Nearest returns the candidate that is most like name, or "" if none is like it.
func Nearest(name string, candidates []string) string {
	best, bestCost := "", 0
	if utf8.RuneCountInString(name) > 100 {
		return ""
	}
	for _, c := range candidates {
		cost := editDistance(strings.ToLower(name), strings.ToLower(c))
		if limit := 1 + max(len(name), len(c))/4; cost > limit {
			continue
		}
		if best == "" || cost < bestCost {
			best, bestCost = c, cost
		}
	}
	return best
}

// editDistance counts the insertions, deletions, replacements and swaps of neighbours that turn a into b.
func editDistance(a, b string) int {
	s, t := []rune(a), []rune(b)
	before, prev, row := make([]int, len(t)+1), make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(s); i++ {
		row[0] = i
		for j := 1; j <= len(t); j++ {
			cost := 1
			if s[i-1] == t[j-1] {
				cost = 0
			}
			row[j] = min(prev[j]+1, row[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, prev, row = prev, row, before
	}
	return prev[len(t)]
}
