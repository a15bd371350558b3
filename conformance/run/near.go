package run

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/wirelaw/wirelaw/spec"
)

// A SelectError says that nothing is selected.
type SelectError struct {
	Selector string   // what selects nothing; "" if it is no single selector
	Near     []string // the nearest selectors, each of which selects something
	Hint     string   // why it selects nothing, as far as that is known
}

func (e *SelectError) Error() string {
	s := e.Hint
	switch {
	case e.Selector == "":
		return s
	case len(e.Near) > 0:
		s = "did you mean " + orOf(e.Near) + "?"
	}
	return fmt.Sprintf("%q selects no case: %s", e.Selector, s)
}

// orOf lists names as alternatives.
func orOf(names []string) string {
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " or " + names[n-1]
	}
	return strings.Join(names, "")
}

const (
	maxNear  = 5   // how many names are shown for a selector that selects nothing
	maxTyped = 200 // in bytes: a longer selector was not typed
)

// nothing is the error of a selector that selects nothing.
func (s *Suite) nothing(selector string) *SelectError {
	e := &SelectError{Selector: selector}
	if e.Hint = s.elsewhere(selector); e.Hint == "" {
		e.Near, e.Hint = s.near(selector), "wirecheck list shows what there is"
		if s.side() == spec.FromClient {
			e.Hint = "wirecheck list --client shows what there is"
		}
	}
	return e
}

// elsewhere says of what is there why it selects nothing here; "" if it is not there.
func (s *Suite) elsewhere(selector string) string {
	client := s.side() == spec.FromClient
	role := s.Protocol.ID + "-client"
	switch first, _, _ := strings.Cut(selector, "/"); {
	case first == role && !client:
		return "it judges clients; give --client"
	case first == s.Protocol.ID && client:
		return fmt.Sprintf("it judges servers; give no --client (the cases here begin with %s/)", role)
	}
	var last string
	for _, r := range s.Protocol.Rules() {
		switch here := r.Binds == s.side(); {
		case (r.ID == selector || r.Owner == selector) && !here && client:
			return "it binds servers; give no --client"
		case (r.ID == selector || r.Owner == selector) && !here:
			return "it binds clients; give --client"
		case r.ID == selector:
			return fmt.Sprintf("no case judges this rule, which is judged by %s", r.Judge)
		case strings.HasPrefix(selector, r.Owner+"-") && strings.Trim(selector[len(r.Owner)+1:], "0123456789") == "":
			last = r.ID
		}
	}
	if last != "" {
		return "the last rule there is " + last
	}
	return ""
}

// near finds selectors like one that selects nothing: those that are nearest by spelling, or begin so, or else cases whose names hold what
// its last part may mean.
func (s *Suite) near(selector string) []string {
	if len(selector) > maxTyped {
		return nil
	}
	out := s.spelt(selector)
	if strings.Contains(selector, "/") && strings.ContainsAny(selector, "*?[") {
		out = s.mended(selector)
	}
	if len(out) == 0 {
		out = s.holding(selector)
	}
	return out[:min(len(out), maxNear)]
}

// spelt finds the names that are nearest to a selector.
func (s *Suite) spelt(selector string) []string {
	b := newBest(strings.TrimRight(selector, "/.*-")) // SEND-* means SEND
	for _, c := range s.Cases {
		short := strings.TrimPrefix(c.ID, s.prefix()+"/")
		for _, id := range []string{c.ID, short} {
			b.offer(id, id, true)
			for dir := path.Dir(id); dir != "."; dir = path.Dir(dir) {
				b.offer(dir, dir, false)
			}
		}
		b.offer(path.Base(short), short, true)
		b.offer(string(c.Level), string(c.Level), false)
		for _, r := range c.Rules {
			b.offer(r, r, false)
			if i := strings.LastIndex(r, "-"); i > 0 {
				b.offer(r[:i], r[:i], false)
			}
		}
	}
	return b.names
}

// mended returns a pattern with all words in it that are parts of no id replaced by the nearest, if it selects something then.
func (s *Suite) mended(pattern string) []string {
	words := map[string]bool{}
	for _, c := range s.Cases {
		for word := range strings.SplitSeq(c.ID, "/") {
			words[word] = true
		}
	}
	sorted := slices.Sorted(maps.Keys(words))
	parts := strings.Split(pattern, "/")
	for i, part := range parts {
		if words[part] || part == "" || strings.ContainsAny(part, "*?[") {
			continue
		}
		b := newBest(part)
		for _, word := range sorted {
			b.offer(word, word, false)
		}
		if len(b.names) == 0 {
			return nil
		}
		parts[i] = b.names[0]
	}
	mended := strings.Join(parts, "/")
	if !slices.ContainsFunc(s.Cases, func(c *Case) bool { return s.matches(mended, c) }) {
		return nil
	}
	return []string{mended}
}

// holding finds the cases whose names hold something like the last part of a selector, if it can in the same folder.
func (s *Suite) holding(selector string) []string {
	last := []rune(strings.ToLower(strings.Trim(path.Base(selector), "*?.-")))
	if len(last) < 4 || strings.ContainsAny(string(last), "*?[") {
		return nil
	}
	folder := path.Dir(selector)
	least := len(last) / 4
	var out, here []string
	for _, c := range s.Cases {
		cost := slices.Min(distances(last, []rune(path.Base(c.ID)), true))
		if cost > least {
			continue
		}
		if cost < least {
			least, out, here = cost, nil, nil
		}
		id := strings.TrimPrefix(c.ID, s.prefix()+"/")
		out = append(out, id)
		if dir := path.Dir(c.ID); dir == folder || path.Dir(id) == folder {
			here = append(here, id)
		}
	}
	if here != nil {
		return here
	}
	return out
}

// best keeps the names that are nearest to one that was typed.
type best struct {
	typed, lower []rune
	limit, cost  int
	tried        map[string]bool
	names        []string
}

func newBest(typed string) *best {
	b := &best{typed: []rune(typed), lower: []rune(strings.ToLower(typed)), tried: map[string]bool{}}
	b.limit = 1 + len(b.lower)/4
	b.cost = 2*b.limit + 1
	return b
}

// offer compares a name, and with its beginnings, too, up to the end of a word. If it is the nearest so far, show is kept.
func (b *best) offer(name, show string, beginnings bool) {
	n := utf8.RuneCountInString(name)
	if b.tried[name] || name == "" || n < len(b.lower)-b.limit || !beginnings && n > len(b.lower)+b.limit {
		return
	}
	b.tried[name] = true
	text := []rune(strings.ToLower(name))
	row := distances(b.lower, text, false)
	cost := row[len(text)]
	for i := strings.LastIndex(string(text), "/") + 1; beginnings && len(b.lower) > 4 && i < len(text); i++ {
		if text[i] == '-' || text[i] == '.' {
			cost = min(cost, row[i])
		}
	}
	if cost *= 2; cost/2 <= b.limit && distances(b.typed, []rune(name), false)[len(text)] > cost/2 && cost/2 == row[len(text)] {
		cost++ // the case of the letters differs, too
	}
	switch {
	case cost > b.cost:
	case cost < b.cost:
		b.cost, b.names = cost, []string{show}
	case !slices.Contains(b.names, show):
		b.names = append(b.names, show)
	}
}

// distances counts the insertions, deletions, replacements and swaps of neighbours that turn a into each beginning of b, or, if free, into
// any part of it that ends there.
func distances(a, b []rune, free bool) []int {
	before, prev, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		if !free {
			prev[j] = j
		}
	}
	for i := range a {
		row[0] = i + 1
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(prev[j+1]+1, row[j]+1, prev[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, prev, row = prev, row, before
	}
	return prev
}
