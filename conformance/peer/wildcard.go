package peer

import (
	"strings"
	"time"
	"unicode"
)

// A glyph is one part of a wildcard: a character, any character, or any run of characters.
type glyph struct {
	char     rune
	any, run bool
	maybe    bool // a fault: or none
}

// wildcard reads a pattern. It is not ok if it ends in a lone backslash.
func (a *chat) wildcard(text string) (list []glyph, ok bool) {
	pattern := a.chars(text)
	for i := 0; i < len(pattern); i++ {
		switch ch := pattern[i]; {
		case ch == '\\' && !a.s.is(EscapeIsLiteral):
			i++
			if i == len(pattern) {
				if !a.s.is(LoneEscapeAccepted) {
					return nil, false
				}
				i--
			}
			list = append(list, glyph{char: pattern[i]})
		case ch == '*' && a.s.is(StarNeedsOne):
			list = append(list, glyph{any: true}, glyph{run: true})
		case ch == '*', ch == '?' && a.s.is(QuestionIsRun):
			list = append(list, glyph{run: true})
		case ch == '?':
			list = append(list, glyph{any: true, maybe: a.s.is(QuestionIsOptional)})
		case ch == '[' && a.s.is(WildcardHasClasses):
			list = append(list, glyph{any: true})
			for i+1 < len(pattern) && pattern[i] != ']' {
				i++
			}
		default:
			list = append(list, glyph{char: ch})
		}
	}
	if a.s.is(WildcardIsUnanchored) {
		list = append(list, glyph{run: true})
	}
	return list, true
}

// chars are what a question mark stands for, without regard to case.
func (a *chat) chars(text string) (list []rune) {
	if a.s.is(QuestionIsByte) {
		for _, b := range []byte(strings.ToLower(text)) {
			list = append(list, rune(b))
		}
		return list
	}
	for _, r := range text {
		if !a.s.is(CaseInPattern) {
			r = folded(r)
		}
		list = append(list, r)
	}
	return list
}

// folded is one character for all that differ in case only.
func folded(r rune) rune {
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	return least
}

// matches holds a whole name against a wildcard, in time linear in the product of their lengths.
func matches(w []glyph, s []rune) bool {
	at := make([]bool, len(s)+1) // at[i]: what was read of w can match s[:i]
	at[0] = true
	for _, g := range w {
		next := make([]bool, len(s)+1)
		for i, here := range at {
			switch {
			case g.run:
				next[i] = here || i > 0 && next[i-1]
			case here && i < len(s) && (g.any || g.char == s[i]):
				next[i+1] = true
			}
			if g.maybe && here {
				next[i] = true
			}
		}
		at = next
	}
	return at[len(s)]
}

// hang is busy for a long time, with the lock held, as a search that backtracks is.
func hang(s *Server) bool {
	for end := time.Now().Add(3 * time.Second); time.Now().Before(end); {
		s.mu.Unlock()
		time.Sleep(time.Millisecond)
		s.mu.Lock()
		if s.closed {
			break
		}
	}
	return true
}
