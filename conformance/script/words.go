package script

import (
	"fmt"
	"regexp"
	"strings"
)

// A word is one word of a line as it was written, quotes and variables included.
type word string

// splitWords cuts a line into words as the engine does: blanks separate, single quotes protect, # begins a comment.
func splitWords(line string) ([]word, error) {
	var words []word
	start, quoted := -1, false
	for i := 0; ; i++ {
		if !quoted && (i >= len(line) || strings.IndexByte(" \t\r#", line[i]) >= 0) {
			if start >= 0 {
				words = append(words, word(line[start:i]))
				start = -1
			}
			if i >= len(line) || line[i] == '#' {
				return words, nil
			}
			continue
		}
		if i >= len(line) {
			return nil, fmt.Errorf("a quote does not end")
		}
		if start < 0 {
			start = i
		}
		if line[i] == '\'' {
			quoted = !quoted // two quotes in a row close and open again
		}
	}
}

func joinWords(words []word) string {
	s := make([]string, len(words))
	for i, w := range words {
		s[i] = string(w)
	}
	return strings.Join(s, " ")
}

// outside applies f to the parts of w that are not quoted.
func (w word) outside(f func(string) string) word {
	if strings.IndexByte(string(w), '\'') < 0 {
		return word(f(string(w)))
	}
	var b strings.Builder
	rest := string(w)
	for {
		open := strings.IndexByte(rest, '\'')
		if open < 0 {
			b.WriteString(f(rest))
			return word(b.String())
		}
		end := open + 1 + strings.IndexByte(rest[open+1:], '\'')
		b.WriteString(f(rest[:open]))
		b.WriteString(rest[open : end+1])
		rest = rest[end+1:]
	}
}

// plain reports whether w is written without quotes and variables.
func (w word) plain() bool { return !strings.ContainsAny(string(w), "'$") }

var (
	variable   = regexp.MustCompile(`^[A-Za-z_]\w*(\.\w+)*$`)
	identifier = regexp.MustCompile(`^[A-Za-z_]\w*$`)
)

// replaceReferences puts what f makes of the name of each variable, as $name or ${name.part}, in its place; f is told how it is written, too.
// It is no regular expression, since every word of every case goes through it.
func replaceReferences(s string, f func(written, name string) string) string {
	if strings.IndexByte(s, '$') < 0 {
		return s
	}
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '$')
		if i < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:i])
		s = s[i:]
		written, name := reference(s)
		if name == "" {
			written = "$"
			b.WriteString(written)
		} else {
			b.WriteString(f(written, name))
		}
		s = s[len(written):]
	}
}

// reference returns the variable that a text which begins with $ begins with, as it is written there, and its name; "" if it is none.
func reference(s string) (written, name string) {
	if inner, ok := strings.CutPrefix(s, "${"); ok {
		inner, _, ok = strings.Cut(inner, "}")
		if !ok || !variable.MatchString(inner) {
			return "", ""
		}
		return s[:len(inner)+3], inner
	}
	n := 1
	for n < len(s) && (s[n] == '_' || 'a' <= s[n]|0x20 && s[n]|0x20 <= 'z' || n > 1 && '0' <= s[n] && s[n] <= '9') {
		n++
	}
	return s[:n], s[1:n]
}

// references returns the names of the variables in w. A $ that is no reference is an error.
func (w word) references() (names []string, err error) {
	w.outside(func(s string) string {
		left := replaceReferences(s, func(_, name string) string {
			names = append(names, name)
			return ""
		})
		if strings.IndexByte(left, '$') >= 0 {
			err = fmt.Errorf("a $ in %q is no variable: quote it, or write $name or ${name.part}", w)
		}
		return s
	})
	return names, err
}

// literal returns the text of w without its quotes, if no variable is in it.
func (w word) literal() (string, bool) {
	if refs, err := w.references(); err != nil || len(refs) > 0 {
		return "", false
	}
	var b strings.Builder
	s, quoted := string(w), false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] != '\'':
			b.WriteByte(s[i])
		case quoted && i+1 < len(s) && s[i+1] == '\'':
			b.WriteByte('\'')
			i++
		default:
			quoted = !quoted
		}
	}
	return b.String(), true
}

// variableOf returns the name in a word that is one variable and nothing else.
func (w word) variableOf() (string, bool) {
	if !strings.HasPrefix(string(w), "$") {
		return "", false
	}
	written, name := reference(string(w))
	return name, name != "" && written == string(w)
}

var (
	own         = regexp.MustCompile(`(?:^|[\s${&\[:!])_[A-Za-z]\w*`)
	ampersand   = regexp.MustCompile(`&[A-Za-z_]\w*`)
	commandWord = regexp.MustCompile(`^[a-z][a-z-]*$`)
)
