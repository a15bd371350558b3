package server

import (
	"math/bits"
	"unicode"
	"unicode/utf8"
)

// An expression is a regular expression of the subset that CHAT.md states
// under LIST. It is matched by sets of positions: a name has at most maxName
// characters, so that a word of 64 bits holds a set, and every node is asked at
// most once for every position. No expression is hostile, nested repetitions
// included, and none is too large.
type expression struct {
	root  *node
	nodes []*node // all of them, to forget what they remember
	steps int
}

type op uint8

const (
	opClass  op = iota // one character of a class
	opCat              // all of subs, one after the other
	opAlt              // one of subs
	opRepeat           // subs[0], low to high times
	opBegin            // ^
	opEnd              // $
)

// A set of positions, one more than a name has characters, fits in a word.
const _ = uint(63 - maxName)

// many is the upper bound of a repetition without one. No name is longer.
const many = maxName + 1

type node struct {
	op        op
	subs      []*node
	low, high int
	class     *class

	known uint64              // for which positions ends is there
	ends  [maxName + 1]uint64 // where a match that begins at a position can end
}

// match reports whether the expression is found anywhere in identity.
func (e *expression) match(identity string) bool {
	var buf [maxName]rune
	name := buf[:0]
	for _, r := range identity {
		if len(name) == maxName {
			break
		}
		name = append(name, r)
	}
	for _, n := range e.nodes {
		n.known = 0
	}
	all := uint64(1)<<(len(name)+1) - 1
	return e.all(e.root, name, all) != 0
}

// all returns where matches of n that begin at one of from can end.
func (e *expression) all(n *node, name []rune, from uint64) (ends uint64) {
	for ; from != 0; from &= from - 1 {
		ends |= e.at(n, name, bits.TrailingZeros64(from))
	}
	return ends
}

// at returns where matches of n that begin at i can end.
func (e *expression) at(n *node, name []rune, i int) (ends uint64) {
	e.steps++
	here := uint64(1) << i
	if n.known&here != 0 {
		return n.ends[i]
	}
	switch n.op {
	case opClass:
		if i < len(name) && n.class.has(name[i]) {
			ends = here << 1
		}
	case opBegin:
		if i == 0 {
			ends = here
		}
	case opEnd:
		if i == len(name) {
			ends = here
		}
	case opCat:
		ends = here
		for _, s := range n.subs {
			ends = e.all(s, name, ends)
		}
	case opAlt:
		for _, s := range n.subs {
			ends |= e.at(s, name, i)
		}
	case opRepeat:
		ends = e.repeat(n, name, here)
	}
	n.known |= here
	n.ends[i] = ends
	return ends
}

// repeat ends early: positions only grow, so that after maxName+1 rounds at most
// nothing changes any more, or nothing is left.
func (e *expression) repeat(n *node, name []rune, from uint64) uint64 {
	for range n.low {
		next := e.all(n.subs[0], name, from)
		if next == from {
			break
		}
		from = next
	}
	ends, fresh := from, from
	for k := n.low; k < n.high && fresh != 0; k++ {
		fresh = e.all(n.subs[0], name, fresh) &^ ends
		ends |= fresh
	}
	return ends
}

// A class is a set of characters. Case does not matter, also in a negated one.
type class struct {
	negated bool
	ranges  []span
	perl    []perl
}

type span struct{ low, high rune }

// A perl class is \d, \w or \s, or one of their opposites.
type perl struct {
	letter  byte // d, w or s
	negated bool
}

// has reports whether r, in any case, is in the class.
func (c *class) has(r rune) bool {
	return c.holds(r) != c.negated
}

func (c *class) holds(r rune) bool {
	for _, p := range c.perl {
		if p.holds(r) != p.negated {
			return true
		}
	}
	if c.between(r) {
		return true
	}
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		if c.between(f) {
			return true
		}
	}
	return false
}

func (c *class) between(r rune) bool {
	for _, s := range c.ranges {
		if s.low <= r && r <= s.high {
			return true
		}
	}
	return false
}

func (p perl) holds(r rune) bool {
	if r >= utf8.RuneSelf {
		return false
	}
	digit := '0' <= r && r <= '9'
	switch p.letter {
	case 'd':
		return digit
	case 'w':
		return digit || r == '_' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
	default:
		return r == ' ' || r == '\t' || r == '\n' || r == '\f' || r == '\r'
	}
}
