package spec

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// A loader turns nodes into a Protocol. Problems collect in it; a part that has one gets a zero value and loading goes
// on, so that one run tells about many.
type loader struct {
	p        *Protocol
	file     string
	lines    []string
	problems []*Problem
	known    map[string]map[string]bool // keys asked for, by kind of object: the grammar, for tests of the reference
	types    map[string]*lazyType
	sameAs   []pendingSameAs
	vias     []pendingVia
	structs  [][]*Field // the fields of each struct
	sizes    map[*Type]extent
	bits     map[*Field]bool // bits that a message lays out
	frames   int             // bytes of all vectors so far

	features registry[Feature]
	errors   registry[Error]
	messages registry[Message]
	states   registry[State]
}

// A registry finds things by name. It follows a list that grows.
type registry[T any] struct {
	byName map[string]*T
	names  []string
}

// find returns the first thing of that name, or nil.
func (r *registry[T]) find(items []*T, name func(*T) string, s string) *T {
	if r.byName == nil {
		r.byName = map[string]*T{}
	}
	for _, it := range items[len(r.names):] {
		n := name(it)
		if r.byName[n] == nil {
			r.byName[n] = it
		}
		r.names = append(r.names, n)
	}
	return r.byName[s]
}

// How much is found out about a table that is all wrong.
const (
	maxReports     = 5000 // problems that are kept
	maxSuggestions = 200  // problems for which the nearest name is looked for
)

// report notes a problem.
func (l *loader) report(pos Pos, key, msg, suggest string) {
	if len(l.problems) >= maxReports {
		return
	}
	line := ""
	if pos.Line > 0 && pos.Line <= len(l.lines) {
		line = l.lines[pos.Line-1]
	}
	l.problems = append(l.problems, &Problem{File: l.file, Pos: pos, Key: clip(key), Msg: clip(msg), Suggest: suggest, SourceLine: line})
}

// clip cuts what is too long to be read out of the middle of s: names and texts of a table may be of any length.
func clip(s string) string {
	const most, kept = 400, 180
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:kept], "") + "…" + strings.ToValidUTF8(s[len(s)-kept:], "")
}

// unknown notes that a name means nothing, and suggests the nearest one that does. in, if not empty, is where it was
// looked for.
func (l *loader) unknown(pos Pos, key, what, name, in string, candidates []string) {
	if in != "" {
		in = " in " + in
	}
	suggest := ""
	if len(l.problems) < maxSuggestions {
		suggest = Nearest(name, candidates)
	}
	l.report(pos, key, fmt.Sprintf("there is no %s %q%s", what, name, in), suggest)
}

// An object reads one mapping of a table. Every key must be asked for: what is left over is an error.
type object struct {
	*loader
	n     *node
	kind  string // "message", "field" …: which object of the language this is
	path  string
	asked []string
	index map[string]*pair
}

// object starts to read n. If n is no mapping, that is reported, and every key is absent.
func (l *loader) object(n *node, kind, path string) *object {
	o := &object{loader: l, n: n, kind: kind, path: path, index: map[string]*pair{}}
	if n.kind != mapping {
		l.report(n.pos, path, fmt.Sprintf("%s is a mapping, not %s", article(kind), describe(n)), "")
		return o
	}
	for _, p := range n.pairs {
		o.index[p.key] = p
	}
	return o
}

// at returns the path of a key.
func (o *object) at(key string) string {
	if o.path == "" {
		return key
	}
	return o.path + "." + key
}

// get returns the value of a key, or nil if it is absent. A key without a value is reported.
func (o *object) get(key string) *node {
	o.asked = append(o.asked, key)
	if o.known != nil && o.kind != "" {
		if o.known[o.kind] == nil {
			o.known[o.kind] = map[string]bool{}
		}
		o.known[o.kind][key] = true
	}
	p := o.index[key]
	if p == nil {
		return nil
	}
	if p.value.null {
		o.report(p.pos, o.at(key), "the key has no value", "")
		return nil
	}
	return p.value
}

// need is get for a key that must be there.
func (o *object) need(key string) *node {
	n := o.get(key)
	if n == nil && o.n.kind == mapping && o.index[key] == nil {
		o.report(o.n.pos, o.path, fmt.Sprintf("key %q is missing", key), "")
	}
	return n
}

// keyPos returns where a key stands, or else where the object begins.
func (o *object) keyPos(key string) Pos {
	if p := o.index[key]; p != nil {
		return p.pos
	}
	return o.n.pos
}

// has reports whether a key is there.
func (o *object) has(key string) bool { return o.index[key] != nil }

// close reports every key that was not asked for.
func (o *object) close() {
	for _, p := range o.n.pairs {
		found := false
		for _, a := range o.asked {
			found = found || a == p.key
		}
		if !found {
			o.report(p.pos, o.at(p.key), fmt.Sprintf("unknown key in %s", article(o.kind)), Nearest(p.key, o.asked))
		}
	}
}

// entity notes where the keys of v stand, for Protocol.Where, and closes the object.
func (o *object) entity(v any) {
	w := &where{path: o.path, pos: o.n.pos, keys: make(map[string]Pos, len(o.index))}
	for k, p := range o.index {
		w.keys[k] = p.value.pos
	}
	o.p.where[v] = w
	o.close()
}

// text returns a text without white space at both ends, which block scalars leave, or "" if the key is absent.
func (o *object) text(key string) string {
	n := o.get(key)
	if n == nil {
		return ""
	}
	s, ok := o.stringOf(n, o.at(key))
	if s = strings.TrimSpace(s); ok && s == "" {
		o.report(n.pos, o.at(key), "the text is empty", "")
	}
	return s
}

// word returns a text that must be there and must look like a name.
func (o *object) word(key string, form *regexp.Regexp, like string) string {
	n := o.need(key)
	if n == nil {
		return ""
	}
	s, ok := o.stringOf(n, o.at(key))
	if ok && !form.MatchString(s) {
		o.report(n.pos, o.at(key), fmt.Sprintf("%q cannot be a name here: it must look like %s", s, like), "")
		return ""
	}
	return s
}

// choice returns one of the given words. If the key is absent, it returns def.
func (o *object) choice(key, def string, words ...string) string {
	n := o.get(key)
	if n == nil {
		return def
	}
	s, ok := o.stringOf(n, o.at(key))
	if !ok {
		return def
	}
	for _, w := range words {
		if s == w {
			return s
		}
	}
	o.report(n.pos, o.at(key), fmt.Sprintf("%q is none of %s", s, quoteAll(words)), Nearest(s, words))
	return def
}

// num returns a number of at most max, and whether there is one.
func (o *object) num(key string, max uint64) (uint64, bool) {
	n := o.get(key)
	if n == nil {
		return 0, false
	}
	return o.uintOf(n, o.at(key), max)
}

// code is num for a number that may be written as the ASCII character that it is: "Q".
func (o *object) code(key string, max uint64) (uint64, bool) {
	n := o.get(key)
	if n == nil {
		return 0, false
	}
	if n.kind == scalar && !n.plain {
		if len(n.text) == 1 && n.text[0] > ' ' && n.text[0] < 0x7F && uint64(n.text[0]) <= max {
			return uint64(n.text[0]), true
		}
		o.report(n.pos, o.at(key), fmt.Sprintf("%q is neither a number nor one ASCII character that fits", n.text), "")
		return 0, false
	}
	return o.uintOf(n, o.at(key), max)
}

// limit returns a limit of values of t, nil if the key is absent.
func (o *object) limit(key string, t *Type) *uint64 {
	n := o.get(key)
	if n == nil || t.Kind == "" {
		return nil
	}
	var v uint64
	var ok bool
	if t.Kind == KindInt {
		v, ok = o.intOf(n, o.at(key), 8)
	} else {
		v, ok = o.uintOf(n, o.at(key), ^uint64(0))
	}
	if !ok {
		return nil
	}
	return &v
}

// yes returns a bool, false if absent.
func (o *object) yes(key string) bool {
	n := o.get(key)
	if n == nil {
		return false
	}
	v, _ := o.boolOf(n, o.at(key))
	return v
}

// list returns the items of a sequence.
func (o *object) list(key string) []*node {
	n := o.get(key)
	if n == nil {
		return nil
	}
	if n.kind != sequence {
		o.report(n.pos, o.at(key), fmt.Sprintf("a list is wanted, %s found", describe(n)), "")
		return nil
	}
	return n.items
}

func article(s string) string {
	if s != "" && strings.ContainsRune("aeiou", rune(s[0])) {
		return "an " + s
	}
	return "a " + s
}

func quoteAll(words []string) string {
	q := make([]string, len(words))
	for i, w := range words {
		q[i] = strconv.Quote(w)
	}
	return strings.Join(q, ", ")
}
