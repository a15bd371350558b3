package server

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxRepeat is the largest number in a repetition.
const maxRepeat = 100

// parseExpression reads a regular expression. What is outside the subset that
// CHAT.md states under LIST is an error, whose text says what.
func parseExpression(s string) (pattern, error) {
	p := &parser{in: norm.NFC.String(s)}
	e := &expression{}
	p.made = &e.nodes
	root, err := p.alternatives()
	if err != nil {
		return pattern{}, err
	}
	if p.pos < len(p.in) { // only ) ends alternatives early
		return pattern{}, errors.New("a ) has no (")
	}
	e.root = root
	return pattern{match: e.match, steps: func() int { return e.steps }}, nil
}

// A parser goes down the expression once. Its input is short, so that the depth
// of the recursion needs no bound of its own.
type parser struct {
	in   string
	pos  int
	made *[]*node
}

func (p *parser) node(n node) *node {
	*p.made = append(*p.made, &n)
	return &n
}

// next takes the next character; peek shows its first byte, 0 at the end.
func (p *parser) next() rune {
	r, size := utf8.DecodeRuneInString(p.in[p.pos:])
	p.pos += size
	return r
}

func (p *parser) peek() byte {
	if p.pos == len(p.in) {
		return 0
	}
	return p.in[p.pos]
}

func (p *parser) more() bool { return p.pos < len(p.in) }

func (p *parser) alternatives() (*node, error) {
	var subs []*node
	for {
		n, err := p.sequence()
		if err != nil {
			return nil, err
		}
		subs = append(subs, n)
		if p.peek() != '|' {
			break
		}
		p.pos++
	}
	if len(subs) == 1 {
		return subs[0], nil
	}
	return p.node(node{op: opAlt, subs: subs}), nil
}

func (p *parser) sequence() (*node, error) {
	var subs []*node
	for p.more() && p.peek() != '|' && p.peek() != ')' {
		n, err := p.atom()
		if err != nil {
			return nil, err
		}
		if n, err = p.repetition(n); err != nil {
			return nil, err
		}
		subs = append(subs, n)
	}
	if len(subs) == 1 {
		return subs[0], nil
	}
	return p.node(node{op: opCat, subs: subs}), nil
}

func (p *parser) atom() (*node, error) {
	switch r := p.next(); r {
	case '^':
		return p.node(node{op: opBegin}), nil
	case '$':
		return p.node(node{op: opEnd}), nil
	case '.':
		return p.node(node{op: opClass, class: &class{negated: true, ranges: []span{{'\n', '\n'}}}}), nil
	case '(':
		return p.group()
	case '[':
		c, err := p.class()
		return p.node(node{op: opClass, class: c}), err
	case '\\':
		c := &class{}
		_, err := p.escape(c)
		return p.node(node{op: opClass, class: c}), err
	case '*', '+', '?', '{':
		return nil, fmt.Errorf("the %q has nothing to repeat", r)
	case ']', '}':
		return nil, fmt.Errorf("a %q stands alone; write \\%c for the character", r, r)
	default:
		return p.node(node{op: opClass, class: &class{ranges: []span{{r, r}}}}), nil
	}
}

func (p *parser) group() (*node, error) {
	if p.peek() == '?' {
		if !strings.HasPrefix(p.in[p.pos:], "?:") {
			return nil, errors.New("only the groups ( ) and (?: ) are known")
		}
		p.pos += 2
	}
	n, err := p.alternatives()
	if err != nil {
		return nil, err
	}
	if p.peek() != ')' {
		return nil, errors.New("a ( has no )")
	}
	p.pos++
	return n, nil
}

// repetition reads what may follow an atom.
func (p *parser) repetition(n *node) (*node, error) {
	low, high := 0, many
	switch p.peek() {
	case '*':
	case '+':
		low = 1
	case '?':
		high = 1
	case '{':
		return p.counted(n)
	default:
		return n, nil
	}
	p.pos++
	return p.repeated(n, low, high)
}

// counted reads {n}, {n,} or {n,m}.
func (p *parser) counted(n *node) (*node, error) {
	p.pos++
	low, err := p.number()
	if err != nil {
		return nil, err
	}
	high := low
	if p.peek() == ',' {
		p.pos++
		high = many
		if p.peek() != '}' {
			if high, err = p.number(); err != nil {
				return nil, err
			}
			if high < low {
				return nil, fmt.Errorf("a repetition from %d to %d is upside down", low, high)
			}
		}
	}
	if p.peek() != '}' {
		return nil, errors.New("a repetition is written {n}, {n,} or {n,m}")
	}
	p.pos++
	return p.repeated(n, low, high)
}

func (p *parser) number() (int, error) {
	v, start := 0, p.pos
	for c := p.peek(); '0' <= c && c <= '9'; c = p.peek() {
		if v = v*10 + int(c-'0'); v > maxRepeat {
			return 0, fmt.Errorf("a repetition goes up to %d", maxRepeat)
		}
		p.pos++
	}
	if digits := p.pos - start; digits == 0 || digits > 1 && p.in[start] == '0' {
		return 0, errors.New("a repetition is written {n}, {n,} or {n,m}")
	}
	return v, nil
}

func (p *parser) repeated(n *node, low, high int) (*node, error) {
	if c := p.peek(); p.more() && strings.IndexByte("*+?{", c) >= 0 {
		return nil, fmt.Errorf("a %q follows a repetition", c)
	}
	return p.node(node{op: opRepeat, subs: []*node{n}, low: low, high: high}), nil
}

// class reads what follows a [.
func (p *parser) class() (*class, error) {
	c := &class{}
	if p.peek() == '^' {
		p.pos++
		c.negated = true
	}
	for first := true; ; first = false {
		if !p.more() {
			return nil, errors.New("a [ has no ]")
		}
		if p.peek() == ']' && !first {
			p.pos++
			return c, nil
		}
		low, single, err := p.member(c)
		if err != nil {
			return nil, err
		}
		high := low
		if rest := p.in[p.pos:]; len(rest) > 1 && rest[0] == '-' && rest[1] != ']' {
			p.pos++
			right, ok, err := p.member(c)
			if err != nil {
				return nil, err
			}
			if !single || !ok || right < low {
				return nil, errors.New("a range in [ ] goes from a lower to a higher character")
			}
			high = right
		}
		if single {
			c.ranges = append(c.ranges, span{low, high})
		}
	}
}

// member reads one character of a class, or adds \d and its like to it.
func (p *parser) member(c *class) (r rune, single bool, err error) {
	switch r = p.next(); r {
	case '\\':
		n := len(c.ranges)
		if single, err = p.escape(c); single {
			r = c.ranges[n].low
			c.ranges = c.ranges[:n]
		}
		return r, single, err
	case ']':
		return 0, false, errors.New("a class [ ] is empty")
	case '[':
		if strings.IndexByte(":.=", p.peek()) >= 0 && p.more() {
			return 0, false, errors.New("named classes are not known")
		}
	}
	return r, true, nil
}

// escape reads what follows a \ and adds it to c. It reports whether that is one
// character.
func (p *parser) escape(c *class) (single bool, err error) {
	if !p.more() {
		return false, errors.New(`the expression ends in a lone \`)
	}
	switch r := p.next(); {
	case r == 'd', r == 'w', r == 's':
		c.perl = append(c.perl, perl{letter: byte(r)})
		return false, nil
	case r == 'D', r == 'W', r == 'S':
		c.perl = append(c.perl, perl{letter: byte(r) | 0x20, negated: true})
		return false, nil
	case strings.ContainsRune("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", r):
		c.ranges = append(c.ranges, span{r, r})
		return true, nil
	default:
		return false, fmt.Errorf(`\%c is not known`, r)
	}
}
