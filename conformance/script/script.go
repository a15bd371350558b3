package script

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/spec"
)

// A Script is a transcript that has been read, checked against the table, and freed of its macros. It is immutable.
type Script struct {
	File     string
	Title    string
	Rules    []string
	Features []string // demanded by require
	Absent   []string
	Restart  bool   // it does, or demands that it could
	Restarts string // "kill " or "stop " for each restart; two scripts with the same can share a restart
	Slow     bool
	Uses     []string // names of client messages that are sent, sorted
	Expects  []string // what must come, sorted: a message, or the message of errors, a blank and an error
	Pools    []string // names of pools that it leases from, sorted

	judged   spec.Direction
	breaches map[string]string // the rules of what the engine finds by itself
	steps    []step
}

// A step is one command, ready to run.
type step struct {
	no    int    // line of the file
	text  string // the line as written
	call  string // the line of the macro, "" if the line stands in the file itself
	conds []word
	cmd   string
	args  []word
}

// timed reports whether the step is about time itself.
func (s *step) timed() bool {
	return slices.ContainsFunc(s.args, func(w word) bool {
		return strings.HasPrefix(string(w), "@after=") || strings.HasPrefix(string(w), "@within=")
	})
}

// line returns the step as the engine reads it, without variables put in.
func (s *step) line() string {
	return joinWords(append(append(slices.Clone(s.conds), word(s.cmd)), s.args...))
}

// Lines returns the commands after macros were replaced, for people.
func (s *Script) Lines() []string {
	var out []string
	for i := range s.steps {
		out = append(out, s.steps[i].line())
	}
	return out
}

// A Reader reads transcripts of one protocol.
type Reader struct {
	Protocol *spec.Protocol
	Library  *Library
	Judged   spec.Direction // the side that its transcripts judge; "": the server
	Actions  []Action       // what a client can be told to do

	codec *dynamic.Codec
}

// NewReader returns a reader with the macros in src; file names them in errors. An empty src has none.
func NewReader(p *spec.Protocol, file, src string) (*Reader, error) {
	lib, err := parseLibrary(file, src)
	if err != nil {
		return nil, err
	}
	r := &Reader{Protocol: p, Library: lib, codec: dynamic.New(p)}
	for _, name := range lib.Hashes {
		if p.Message(name) == nil {
			return nil, &Error{File: file, Msg: "hash names " + name + ", which is no message"}
		}
	}
	for _, pool := range lib.pools {
		if err := r.readPool(pool); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// NewClientReader returns a reader of transcripts that judge a client, which can be told to do actions.
func NewClientReader(p *spec.Protocol, actions []Action, file, src string) (*Reader, error) {
	r, err := NewReader(p, file, src)
	if err != nil {
		return nil, err
	}
	r.Judged, r.Actions = spec.FromClient, actions
	return r, nil
}

// readPool makes the two scripts of a pool. Its parts are the variables that its first script declares.
func (r *Reader) readPool(p *Pool) error {
	x := &expander{r: r, file: r.Library.File, script: &Script{File: r.Library.File}, known: newNames()}
	if err := x.lines(p.make, nil); err != nil {
		return err
	}
	value := p.Parts[0]
	for _, v := range x.known.order {
		if v != value && !strings.HasPrefix(v, "_") && !slices.Contains(p.Parts, v) {
			p.Parts = append(p.Parts, v)
		}
	}
	if !x.known.vars[value] {
		return &Error{File: r.Library.File, Msg: "pool " + p.Name + " does not declare its part " + value}
	}
	p.Make = x.finish()
	x = &expander{r: r, file: r.Library.File, script: &Script{File: r.Library.File}, known: newNames()}
	for _, part := range p.Parts {
		x.known.declare(part)
	}
	if err := x.lines(p.clean, nil); err != nil {
		return err
	}
	p.Clean = x.finish()
	return nil
}

var ruleLine = regexp.MustCompile(`^#\s*([A-Z][A-Z0-9_]*-\d+(?:\s*,\s*[A-Z][A-Z0-9_]*-\d+)*)\s*:\s*(.+)$`)

// Read reads a transcript. It refuses what is not literally in the language, names of archive members that are no local
// paths among it, so that a transcript of a stranger can do nothing but talk to the server. The error is an *Error.
func (r *Reader) Read(file string, src []byte) (*Script, error) {
	if len(src) > 1<<20 {
		return nil, &Error{File: file, Msg: "a transcript is at most 1 MiB long"}
	}
	a := txtar.Parse(src)
	for _, f := range a.Files {
		if !local(f.Name) {
			return nil, &Error{File: file, Msg: "the archive member " + strings.ToValidUTF8(f.Name, "?") + " is not a local path"}
		}
	}
	s := &Script{File: file, judged: r.Judged, breaches: r.Library.Breaches}
	if i := strings.IndexByte(string(src), 0); i >= 0 {
		return nil, &Error{File: file, Msg: "a transcript is text, this has a zero byte"}
	}
	first, _, _ := strings.Cut(string(a.Comment), "\n")
	if m := ruleLine.FindStringSubmatch(strings.TrimSpace(first)); m != nil {
		for id := range strings.SplitSeq(m[1], ",") {
			s.Rules = append(s.Rules, strings.TrimSpace(id))
		}
		s.Title = m[2]
	}
	lines, err := readLines(file, string(a.Comment))
	if err != nil {
		return nil, err
	}
	x := &expander{r: r, file: file, script: s, known: newNames()}
	if err := x.lines(lines, nil); err != nil {
		return nil, err
	}
	return x.finish(), nil
}

// local reports whether a name of an archive member stays where it is unpacked, on every system.
func local(name string) bool {
	if name == "" || name != path.Clean(name) || path.IsAbs(name) || strings.ContainsAny(name, "\\:$") {
		return false
	}
	return name != ".." && !strings.HasPrefix(name, "../")
}

// Case returns what the table says of the rules that s judges, as a case. Unknown rules are an *Error.
func (s *Script) Case(p *spec.Protocol, id string, src []byte) (*conformance.Case, error) {
	c := &conformance.Case{
		ID: id, Title: s.Title, Rules: s.Rules, File: s.File, Source: src,
		Features: slices.Clone(s.Features), Absent: s.Absent, Restart: s.Restart, Slow: s.Slow, Uses: s.Uses, Level: spec.May,
	}
	for _, rule := range s.Rules {
		r := p.Rule(rule)
		if r == nil {
			var ids []string
			for _, r := range p.Rules() {
				ids = append(ids, r.ID)
			}
			return nil, &Error{File: s.File, Line: 1, Msg: "the table has no rule " + rule, Suggest: spec.Nearest(rule, ids)}
		}
		if r.Level == spec.Must || r.Level == spec.Should && c.Level == spec.May {
			c.Level = r.Level
		}
		if f := r.Feature; f != nil && !slices.Contains(c.Features, f.Name) {
			c.Features = append(c.Features, f.Name)
		}
		c.Slow = c.Slow || r.Judge == spec.JudgeSlow
	}
	if len(s.Rules) == 0 {
		c.Level = spec.Must
	}
	return c, nil
}
