package script

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

// names is what has been declared up to a line.
type names struct {
	vars  map[string]bool
	order []string
	fresh map[string]bool // declared by fresh, and not used since
	birth map[string]int  // of those: the step that declares it
	conns map[string]bool
}

func newNames() *names {
	return &names{vars: map[string]bool{}, fresh: map[string]bool{}, birth: map[string]int{}, conns: map[string]bool{}}
}

func (n *names) declare(v string) {
	if !n.vars[v] {
		n.vars[v] = true
		n.order = append(n.order, v)
	}
}

// An expander turns lines into checked steps: macros are replaced, words are held against the table.
type expander struct {
	r      *Reader
	file   string
	script *Script
	known  *names
	calls  int
	guards map[string][]string // by number: the variables that [set:…] guards
	uses   []string
	pools  []string
}

// maxSteps bounds what a transcript can expand to.
const maxSteps = 10000

var reserved = map[string]bool{"macro": true, "pool": true, "hash": true, "breach": true, "clean": true, "end": true}

// lines expands and checks lines. at is the line of the file from which a macro was called, nil outside of macros.
func (x *expander) lines(lines []line, at *line) error {
	for i := range lines {
		ln := &lines[i]
		top := ln
		if at != nil {
			top = at
		}
		if err := x.line(ln, top); err != nil {
			if _, done := err.(*Error); done {
				return err
			}
			e := &Error{File: x.file, Line: top.no, Text: top.text, Msg: err.Error()}
			if n, ok := err.(*nearError); ok {
				e.Msg, e.Suggest = n.msg, n.suggest
			}
			if at != nil {
				e.Text += "\n\t  in: " + ln.text
			}
			return e
		}
	}
	return nil
}

// A nearError is an error with a suggestion.
type nearError struct{ msg, suggest string }

func (e *nearError) Error() string { return e.msg }

func near(suggest, format string, args ...any) error {
	return &nearError{fmt.Sprintf(format, args...), suggest}
}

func (x *expander) line(ln, top *line) error {
	words := ln.word
	var conds []word
	for len(words) > 0 && strings.HasPrefix(string(words[0]), "[") {
		conds = append(conds, words[0])
		words = words[1:]
	}
	if len(words) == 0 {
		return fmt.Errorf("a condition stands before a command")
	}
	cmd, args := words[0], words[1:]
	if !commandWord.MatchString(string(cmd)) {
		return fmt.Errorf("%q is no command: command words are written plainly", string(cmd))
	}
	lib := x.r.Library
	if m := lib.macros[string(cmd)]; m != nil {
		return x.call(m, conds, args, top) // conditions guard every line of the body
	}
	st := step{no: top.no, text: top.text, conds: conds, cmd: string(cmd), args: args}
	if ln != top {
		st.call = ln.text
	}
	if p := lib.pools[string(cmd)]; p != nil {
		return x.lease(p, st)
	}
	c := commandsOf(x.r.Judged)[string(cmd)]
	if c == nil || c.check == nil {
		return near(spec.Nearest(string(cmd), x.words()), "there is no command %q", string(cmd))
	}
	return x.step(c, st)
}

// words lists all commands that can be written here.
func (x *expander) words() []string {
	var all []string
	for name, c := range commandsOf(x.r.Judged) {
		if c.check != nil {
			all = append(all, name)
		}
	}
	for name := range x.r.Library.macros {
		all = append(all, name)
	}
	for name := range x.r.Library.pools {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

func (x *expander) call(m *macro, conds, args []word, top *line) error {
	x.calls++
	c, err := m.bind(args, x.calls)
	if err != nil {
		return err
	}
	if x.calls > maxSteps {
		return fmt.Errorf("macros call each other without end")
	}
	if len(conds) > 0 {
		if anotherWay(conds) {
			defer func(n int) { x.uses = x.uses[:n] }(len(x.uses))
		}
		if conds, err = x.guard(conds, top); err != nil {
			return err
		}
	}
	body := make([]line, len(m.lines))
	for i, ln := range m.lines {
		words := c.expand(ln.word)
		if len(conds) > 0 {
			words = append(slices.Clone(conds), words...)
		}
		body[i] = line{ln.no, joinWords(words), words}
	}
	return x.lines(body, top)
}

// anotherWay reports whether there is another way if a request does not work.
func anotherWay(conds []word) bool {
	return slices.ContainsFunc(conds, func(w word) bool { return strings.Contains(string(w), "lacks:") })
}

// guard judges the conditions of a call once, before its body, and returns the condition that stands for them.
func (x *expander) guard(conds []word, top *line) ([]word, error) {
	var vars []string
	for _, w := range conds {
		v, err := x.condition(w)
		if err != nil {
			return nil, err
		}
		vars = append(vars, v...)
	}
	number := fmt.Sprint(x.calls)
	if x.guards == nil {
		x.guards = map[string][]string{}
	}
	x.guards[number] = vars
	x.script.steps = append(x.script.steps, step{no: top.no, text: top.text, conds: conds, cmd: guardCommand, args: []word{word(number)}})
	return []word{word("[guard:" + number + "]")}, nil
}

// lease decides whether a line of a pool leases: only if its variable is fresh and was not used before.
func (x *expander) lease(p *Pool, st step) error {
	if len(st.args) != 1 {
		return fmt.Errorf("%s takes one variable", p.Name)
	}
	v, ok := st.args[0].variableOf()
	if !ok {
		_, err := st.args[0].references()
		return err
	}
	if !x.known.vars[v] {
		return near(spec.Nearest(v, x.known.order), "the variable $%s was not declared", v)
	}
	if !x.known.fresh[v] {
		return nil
	}
	delete(x.known.fresh, v)
	for _, part := range p.Parts[1:] {
		x.known.declare(v + "." + part)
	}
	x.pools = append(x.pools, p.Name)
	st.cmd, st.args = leaseCommand, []word{word(p.Name), word(v)}
	// Making a thing may take its time: it is done as early as can be, before connections wait for their first word.
	at := len(x.script.steps)
	if birth, ok := x.known.birth[v]; ok && len(st.conds) == 0 {
		at = birth + 1
		for other, i := range x.known.birth {
			if i >= at {
				x.known.birth[other] = i + 1
			}
		}
	}
	x.script.steps = slices.Insert(x.script.steps, at, st)
	return nil
}

func (x *expander) step(c *command, st step) error {
	guarded := map[string]bool{}
	uses := len(x.uses)
	for _, w := range st.conds {
		vars, err := x.condition(w)
		if err != nil {
			return err
		}
		for _, v := range vars {
			guarded[v] = true
		}
	}
	for _, a := range st.args {
		refs, err := a.references()
		if err != nil {
			return err
		}
		for _, v := range refs {
			if !x.known.vars[v] && !guarded[v] {
				return near(spec.Nearest(v, x.known.order), "the variable $%s was not declared", v)
			}
			delete(x.known.fresh, v)
		}
	}
	if err := c.check(x, &st); err != nil {
		return err
	}
	if anotherWay(st.conds) {
		x.uses = x.uses[:uses]
	}
	if len(x.script.steps) >= maxSteps {
		return fmt.Errorf("the transcript has more than %d steps", maxSteps)
	}
	x.script.steps = append(x.script.steps, st)
	return nil
}

// condition checks one condition. It returns the variables that have a value if it holds.
func (x *expander) condition(w word) ([]string, error) {
	text, ok := strings.CutSuffix(strings.TrimPrefix(string(w), "["), "]")
	if !ok || !w.plain() {
		return nil, fmt.Errorf("%q is no condition", string(w))
	}
	text = strings.TrimPrefix(text, "!")
	if text == "shortcut" || x.r.Protocol.Feature(text) != nil {
		return nil, nil
	}
	left, right, ok := strings.Cut(text, ":")
	vars, isGuard := x.guards[right]
	switch {
	case ok && left == "set" && variable.MatchString(right):
		return []string{right}, nil
	case ok && left == "got" && x.r.Judged == spec.FromClient:
		name, demand, _ := strings.Cut(right, ":")
		if _, isMatch := parseMatch(demand); !isMatch || !x.known.conns[name] {
			return nil, fmt.Errorf("write [got:CONN:FIELD=VALUE], or another comparison")
		}
		return nil, nil
	case ok && left == "open" && x.r.Judged == spec.FromClient:
		if !x.known.conns[right] {
			return nil, near(spec.Nearest(right, x.conns()), "there is no connection %q", right)
		}
		return nil, nil
	case ok && left == "guard" && isGuard:
		return vars, nil
	case ok && (left == "lacks" || left == "sent"):
		_, err := messageOf(x.r.Protocol, spec.FromClient, right)
		return nil, err
	case !ok || left == "set" || left == "guard":
		return nil, fmt.Errorf("%q is no condition: write [FEATURE], [CONN:STATE], [set:VAR], [lacks:MESSAGE], [sent:MESSAGE] or [shortcut]", string(w))
	case x.r.Protocol.State(right) == nil:
		return nil, fmt.Errorf("the table has no state %q", right)
	case !x.known.conns[left]:
		return nil, near(spec.Nearest(left, x.conns()), "there is no connection %q", left)
	}
	return nil, nil
}

func (x *expander) conns() []string {
	var all []string
	for c := range x.known.conns {
		all = append(all, c)
	}
	slices.Sort(all)
	return all
}

func (x *expander) finish() *Script {
	s := x.script
	for _, name := range x.pools {
		if p := x.r.Library.pools[name]; p.Make != nil {
			x.uses = append(x.uses, p.Make.Uses...)
		}
	}
	slices.Sort(x.uses)
	slices.Sort(x.pools)
	s.Uses, s.Pools = slices.Compact(x.uses), slices.Compact(x.pools)
	s.Expects = x.expects()
	return s
}

// expects lists what must come whatever the server can do, as findings name it: messages, and errors behind the message that carries them.
func (x *expander) expects() (list []string) {
	for _, st := range x.script.steps {
		words := slices.DeleteFunc(samples(st.args), func(w string) bool { return strings.HasPrefix(w, "@") })
		switch {
		case len(st.conds) > 0 || len(words) < 2:
		case st.cmd == "expect":
			list = append(list, words[1])
		case st.cmd == "expect-error" && x.r.Protocol.ErrorMessage() == nil:
			list = append(list, words[1])
		case st.cmd == "expect-error":
			list = append(list, x.r.Protocol.ErrorMessage().Name+" "+words[1])
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}
