package script

import (
	"fmt"
	"strings"
)

// A Library is the shorthands of one protocol: macros, pools, and what costs a hash.
type Library struct {
	File   string
	Hashes []string // names of the messages that cost a password hash
	// Breaches are the rules that a client breaks, by the kind of what the engine finds by itself.
	Breaches map[string]string
	macros   map[string]*macro
	pools    map[string]*Pool
}

// A macro is a named list of lines with parameters.
type macro struct {
	name     string
	params   []string        // positional
	defaults map[string]word // parameters that are named in a call
	rest     bool            // takes other words
	lines    []line
}

// A Pool says how a thing is made that is dear, and how it is made as good as new.
type Pool struct {
	Name  string
	Parts []string // names of its parts; the first is its value
	make  []line
	clean []line
	Make  *Script // declares the parts
	Clean *Script // begins with the parts
}

// HasMacro reports whether there is a macro of that name.
func (l *Library) HasMacro(name string) bool { return l.macros[name] != nil }

// A line is a line of a file.
type line struct {
	no   int
	text string
	word []word
}

// Pool returns the pool of a name, or nil.
func (l *Library) Pool(name string) *Pool { return l.pools[name] }

// readLines cuts a file into lines with something on them.
func readLines(file, src string) ([]line, error) {
	var lines []line
	for i, text := range strings.Split(src, "\n") {
		words, err := splitWords(text)
		if err != nil {
			return nil, &Error{File: file, Line: i + 1, Msg: err.Error()}
		}
		if len(words) > 0 {
			lines = append(lines, line{i + 1, strings.TrimSpace(text), words})
		}
	}
	return lines, nil
}

// parseLibrary reads a file of macros. Bodies are not looked into before they are used.
func parseLibrary(file, src string) (*Library, error) {
	l := &Library{File: file, Breaches: map[string]string{}, macros: map[string]*macro{}, pools: map[string]*Pool{}}
	lines, err := readLines(file, src)
	if err != nil {
		return nil, err
	}
	for len(lines) > 0 {
		head := lines[0]
		lines = lines[1:]
		fail := func(format string, args ...any) error {
			return &Error{File: file, Line: head.no, Text: head.text, Msg: fmt.Sprintf(format, args...)}
		}
		switch head.word[0] {
		case "breach":
			if len(head.word) != 3 {
				return nil, fail("write breach KIND RULE")
			}
			l.Breaches[string(head.word[1])] = string(head.word[2])
			continue
		case "hash":
			for _, w := range head.word[1:] {
				l.Hashes = append(l.Hashes, string(w))
			}
			continue
		case "macro", "pool":
		default:
			return nil, fail("%q begins no definition: there are macro, pool, hash and breach", string(head.word[0]))
		}
		end := 0
		for end < len(lines) && string(lines[end].word[0]) != "end" {
			end++
		}
		if end == len(lines) {
			return nil, fail("the definition has no end")
		}
		body := lines[:end]
		lines = lines[end+1:]
		if len(head.word) < 2 || !commandWord.MatchString(string(head.word[1])) {
			return nil, fail("a definition needs a name")
		}
		name := string(head.word[1])
		if commands[name] != nil || hostCommands[name] != nil || l.macros[name] != nil || l.pools[name] != nil || reserved[name] {
			return nil, fail("%q is taken", name)
		}
		if head.word[0] == "macro" {
			m, err := parseMacro(name, head.word[2:], body)
			if err != nil {
				return nil, fail("%s", err)
			}
			l.macros[name] = m
			continue
		}
		p := &Pool{Name: name, make: body}
		for i, ln := range body {
			if ln.word[0] == "clean" && len(ln.word) == 1 {
				p.make, p.clean = body[:i], body[i+1:]
				break
			}
		}
		if len(head.word) != 3 || !identifier.MatchString(string(head.word[2])) {
			return nil, fail("a pool has one part as its value: pool NAME PART")
		}
		p.Parts = []string{string(head.word[2])}
		l.pools[name] = p
	}
	return l, nil
}

func parseMacro(name string, params []word, body []line) (*macro, error) {
	m := &macro{name: name, defaults: map[string]word{}, lines: body}
	for i, p := range params {
		key, def, named := strings.Cut(string(p), "=")
		switch {
		case p == "...":
			if i != len(params)-1 {
				return nil, fmt.Errorf("... must come last")
			}
			m.rest = true
		case !identifier.MatchString(key):
			return nil, fmt.Errorf("%q cannot be the name of a parameter", key)
		case named:
			m.defaults[key] = word(def)
		default:
			m.params = append(m.params, key)
		}
	}
	return m, nil
}

// A call is a macro with its arguments.
type call struct {
	m    *macro
	args map[string]word
	rest []word
	n    int // number of this call in its script
}

func (m *macro) bind(args []word, n int) (*call, error) {
	c := &call{m: m, args: map[string]word{}, n: n}
	for k, v := range m.defaults {
		c.args[k] = v
	}
	if len(args) < len(m.params) {
		return nil, fmt.Errorf("%s needs %s", m.name, strings.ToUpper(strings.Join(m.params, " ")))
	}
	for i, p := range m.params {
		c.args[p] = args[i]
	}
	for _, a := range args[len(m.params):] {
		key, value, named := strings.Cut(string(a), "=")
		if _, ok := m.defaults[key]; named && ok {
			c.args[key] = word(value)
			continue
		}
		if !m.rest {
			return nil, fmt.Errorf("%s does not take %q", m.name, string(a))
		}
		c.rest = append(c.rest, a)
	}
	return c, nil
}

// expand puts the arguments into the words of a line of the body.
func (c *call) expand(words []word) []word {
	var out []word
	for _, w := range words {
		if w == "..." {
			out = append(out, c.rest...)
			continue
		}
		w = w.outside(c.private)
		out = append(out, w.outside(c.substitute))
	}
	return out
}

// private gives names that begin with _ a name of their own in every call.
func (c *call) private(s string) string {
	if strings.IndexByte(s, '_') < 0 {
		return s
	}
	return own.ReplaceAllStringFunc(s, func(m string) string { return fmt.Sprintf("%s_%d", m, c.n) })
}

func (c *call) substitute(s string) string {
	if strings.IndexByte(s, '&') >= 0 {
		s = ampersand.ReplaceAllStringFunc(s, func(m string) string {
			arg, ok := c.args[m[1:]]
			if !ok {
				return m
			}
			return c.base(m[1:], arg)
		})
	}
	return replaceReferences(s, func(written, variable string) string {
		name, part, dotted := strings.Cut(variable, ".")
		arg, ok := c.args[name]
		switch {
		case !ok:
			return written
		case dotted:
			return "${" + c.base(name, arg) + "." + part + "}"
		}
		return string(arg)
	})
}

// base is the bare name of a variable given as an argument; for any other argument one of the call's own.
func (c *call) base(param string, arg word) string {
	if v, ok := arg.variableOf(); ok {
		return v
	}
	return fmt.Sprintf("_%s_%d", param, c.n)
}
