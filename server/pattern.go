package server

import (
	"errors"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// A pattern chooses accounts by the identity form of their names.
type pattern struct {
	prefix string // all that match start with it
	match  func(identity string) bool
	steps  func() int // how much work the matches have taken so far
}

// everything is the pattern of a listing of all accounts.
func everything() pattern {
	return pattern{match: func(string) bool { return true }, steps: func() int { return 0 }}
}

// A wild is one step of a wildcard: a character, any one character, or a run.
type wild struct {
	kind byte // 0, '?' or '*'
	char rune
}

// parseWildcard reads a wildcard: * stands for any run of characters, ? for one,
// \ takes the next one literally (CHAT.md, LIST).
func parseWildcard(s string) (pattern, error) {
	var steps []wild
	literal := false
	for _, r := range norm.NFC.String(s) {
		switch {
		case literal:
			steps = append(steps, wild{char: r})
			literal = false
		case r == '\\':
			literal = true
		case r == '*' && len(steps) > 0 && steps[len(steps)-1].kind == '*':
			// two stars in a row are one
		case r == '*' || r == '?':
			steps = append(steps, wild{kind: byte(r)})
		default:
			steps = append(steps, wild{char: r})
		}
	}
	if literal {
		return pattern{}, errors.New(`the wildcard ends in a lone \`)
	}
	return pattern{
		prefix: wildPrefix(steps),
		match:  func(identity string) bool { return matchWild(steps, []rune(identity)) },
		steps:  func() int { return 0 },
	}, nil
}

// wildPrefix returns the ASCII characters that a wildcard begins with.
func wildPrefix(steps []wild) string {
	var b strings.Builder
	for _, w := range steps {
		if w.kind != 0 || w.char >= unicode.MaxASCII {
			break
		}
		b.WriteRune(unicode.ToLower(w.char))
	}
	return b.String()
}

// matchWild goes back to the last star only: the work is bounded by the product
// of the lengths, and names are short.
func matchWild(steps []wild, name []rune) bool {
	i, j := 0, 0           // the next step, the next character
	star, resume := -1, -1 // where to go on after the last star
	for j < len(name) {
		switch {
		case i < len(steps) && steps[i].kind == '*':
			star, resume = i, j
			i++
		case i < len(steps) && (steps[i].kind == '?' || equalFold(steps[i].char, name[j])):
			i++
			j++
		case star >= 0:
			resume++
			i, j = star+1, resume
		default:
			return false
		}
	}
	for i < len(steps) && steps[i].kind == '*' {
		i++
	}
	return i == len(steps)
}

// equalFold reports whether a and b differ at most in case.
func equalFold(a, b rune) bool {
	if a == b {
		return true
	}
	for r := unicode.SimpleFold(a); r != a; r = unicode.SimpleFold(r) {
		if r == b {
			return true
		}
	}
	return false
}
