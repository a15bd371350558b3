package peer

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

var errExpression = errors.New("outside the subset")

// expression turns an expression of the subset that LIST knows into one of Go. Anything else is an error.
func expression(pattern string) (string, error) {
	p := &parser{rest: pattern}
	if err := p.alternatives(0); err != nil {
		return "", err
	}
	if p.rest != "" {
		return "", errExpression
	}
	return p.out.String(), nil
}

// A parser reads an expression from its beginning.
type parser struct {
	rest string
	out  strings.Builder
}

// next takes s if it comes next.
func (p *parser) next(s string) bool {
	if !strings.HasPrefix(p.rest, s) {
		return false
	}
	p.rest = p.rest[len(s):]
	return true
}

// char takes one character; "" at the end.
func (p *parser) char() string {
	_, n := utf8.DecodeRuneInString(p.rest)
	ch := p.rest[:n]
	p.rest = p.rest[n:]
	return ch
}

func (p *parser) alternatives(depth int) error {
	for {
		for p.rest != "" && p.rest[0] != '|' && p.rest[0] != ')' {
			if err := p.piece(depth); err != nil {
				return err
			}
			if err := p.repetition(); err != nil {
				return err
			}
		}
		if !p.next("|") {
			return nil
		}
		p.out.WriteByte('|')
	}
}

// piece reads one thing that may be repeated.
func (p *parser) piece(depth int) error {
	switch ch := p.char(); ch {
	case "(":
		if p.next("?") && !p.next(":") || depth > 100 {
			return errExpression
		}
		p.out.WriteString("(?:")
		if err := p.alternatives(depth + 1); err != nil {
			return err
		}
		if !p.next(")") {
			return errExpression
		}
		p.out.WriteByte(')')
	case "[":
		return p.class()
	case `\`:
		s, err := p.escape()
		p.out.WriteString(s)
		return err
	case ".", "^", "$":
		p.out.WriteString(ch)
	case "*", "+", "?", "{", "}", "]":
		return errExpression
	default:
		p.out.WriteString(regexp.QuoteMeta(ch))
	}
	return nil
}

// repetition reads how often the thing before comes, if that is said.
func (p *parser) repetition() error {
	switch {
	case p.next("{"):
		return p.span()
	case p.rest == "" || !strings.Contains("*+?", p.rest[:1]):
		return nil
	}
	p.out.WriteString(p.char())
	if p.rest != "" && strings.Contains("*+?{", p.rest[:1]) {
		return errExpression
	}
	return nil
}

// span reads {n}, {n,} or {n,m} behind its brace.
func (p *parser) span() error {
	inner, rest, ok := strings.Cut(p.rest, "}")
	if !ok {
		return errExpression
	}
	least, most, two := strings.Cut(inner, ",")
	low, ok := count(least)
	high := low
	if ok && two && most != "" {
		high, ok = count(most)
	}
	if !ok || high < low || rest != "" && strings.Contains("*+?{", rest[:1]) {
		return errExpression
	}
	p.rest = rest
	p.out.WriteString("{" + inner + "}")
	return nil
}

// count reads a number up to 100 without leading zeros.
func count(s string) (int, bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil && n <= 100 && strconv.Itoa(n) == s
}

// escape reads what follows a backslash.
func (p *parser) escape() (string, error) {
	ch := p.char()
	switch {
	case ch != "" && strings.Contains("dwsDWS", ch):
		return `\` + ch, nil
	case len(ch) == 1 && ch[0] > ' ' && ch[0] < 0x7f && !strings.Contains("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", ch):
		return regexp.QuoteMeta(ch), nil
	}
	return "", errExpression
}

// class reads a class behind its bracket.
func (p *parser) class() error {
	out := "["
	if p.next("^") {
		out += "^"
	}
	members := 0
	for ; !p.next("]"); members++ {
		low, single, err := p.member()
		if err != nil {
			return err
		}
		if !single || !strings.HasPrefix(p.rest, "-") || strings.HasPrefix(p.rest, "-]") {
			out += low
			continue
		}
		p.next("-")
		high, single, err := p.member()
		if err != nil || !single {
			return errExpression
		}
		out += low + "-" + high
	}
	if members == 0 {
		return errExpression
	}
	p.out.WriteString(out + "]")
	return nil
}

// member reads one member of a class; single: it is one character.
func (p *parser) member() (s string, single bool, err error) {
	switch ch := p.char(); {
	case ch == "", ch == "[" && strings.HasPrefix(p.rest, ":"):
		return "", false, errExpression
	case ch == `\`:
		s, err = p.escape()
		return s, len(s) != 2 || !strings.Contains("dwsDWS", s[1:]), err
	case strings.Contains(`^-[]\&~`, ch):
		return `\` + ch, true, nil
	default:
		return ch, true, nil
	}
}
