package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
	"github.com/wirelaw/wirelaw/spec/diff"
)

// errBreaks says that the new table does what --fail forbids. What it does has been printed.
var errBreaks = errors.New("")

// diffOptions are the flags of diff.
type diffOptions struct {
	areas []string
	fail  string
	allow []string
	json  bool
	rules bool
}

// diff compares two tables and fails if the new one breaks what the old one promised.
func (o *diffOptions) run(args []string, stdout io.Writer) error {
	if o.rules {
		if len(args) > 0 {
			return usagef("diff --rules takes no file")
		}
		for _, r := range diff.Rules {
			fmt.Fprintf(stdout, "%-26s wire %-9s source %-9s behaviour %-9s %s\n", r.ID, r.Wire, r.Source, r.Behaviour, r.Doc)
		}
		return nil
	}
	if len(args) != 2 {
		return usagef("diff wants two files, the old table and the new one")
	}
	if args[0] == "-" && args[1] == "-" {
		return usagef("only one of two tables can come from the standard input")
	}
	areas, fail, err := o.parse()
	if err != nil {
		return err
	}
	old, err1 := load(args[0], args[0])
	new, err2 := load(args[1], args[1])
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	changes, err := o.left(diff.Compare(old, new))
	if err != nil {
		return err
	}
	if o.json {
		err = writeJSON(stdout, changes)
	} else {
		for _, ch := range changes {
			fmt.Fprintln(stdout, ch.Line(args[0], args[1]))
		}
		_, err = fmt.Fprintln(stdout, diff.Tally(changes, areas...))
	}
	if err == nil && slices.ContainsFunc(changes, func(ch *diff.Change) bool { return ch.Rule.Level(areas...) >= fail }) {
		return errBreaks
	}
	return err
}

// parse reads the areas that count and the level that fails.
func (o *diffOptions) parse() ([]diff.Area, diff.Level, error) {
	var areas []diff.Area
	for _, a := range o.areas {
		if !slices.Contains(diff.Areas, diff.Area(a)) {
			return nil, 0, usagef("unknown area %q: there are wire, source and behaviour", a)
		}
		areas = append(areas, diff.Area(a))
	}
	levels := map[string]diff.Level{"breaking": diff.Breaking, "extends": diff.Extends, "any": diff.Harmless, "never": diff.Breaking + 1}
	fail, ok := levels[o.fail]
	if !ok {
		return nil, 0, usagef("--fail is one of breaking, extends, any and never, not %q", o.fail)
	}
	return areas, fail, nil
}

// left returns the changes that --allow does not name. What it names must be there: a leftover would hide the next
// change.
func (o *diffOptions) left(changes []*diff.Change) ([]*diff.Change, error) {
	for _, allow := range o.allow {
		rule, path, _ := strings.Cut(allow, "=")
		if !slices.ContainsFunc(diff.Rules, func(r *diff.Rule) bool { return r.ID == rule }) {
			var ids []string
			for _, r := range diff.Rules {
				ids = append(ids, r.ID)
			}
			hint := "see diff --rules"
			if near := spec.Nearest(rule, ids); near != "" {
				hint = fmt.Sprintf("did you mean %q?", near)
			}
			return nil, usagef("--allow: unknown rule %q; %s", rule, hint)
		}
		n := len(changes)
		changes = slices.DeleteFunc(changes, func(ch *diff.Change) bool {
			return ch.Rule.ID == rule && (path == "" || path == ch.Path)
		})
		if len(changes) == n {
			return nil, usagef("--allow: no change is %q", allow)
		}
	}
	return changes, nil
}

// A jsonChange is one line of diff --json.
type jsonChange struct {
	Rule      string `json:"rule"`
	Level     string `json:"level"`
	Wire      string `json:"wire"`
	Source    string `json:"source"`
	Behaviour string `json:"behaviour"`
	Path      string `json:"path"`
	Text      string `json:"text,omitempty"`
	Why       string `json:"why"`
	Old       string `json:"old,omitempty"` // line:column
	New       string `json:"new,omitempty"`
}

func writeJSON(w io.Writer, changes []*diff.Change) error {
	enc := json.NewEncoder(w)
	at := func(p spec.Pos) string {
		if p == (spec.Pos{}) {
			return ""
		}
		return fmt.Sprintf("%d:%d", p.Line, p.Column)
	}
	for _, ch := range changes {
		r := ch.Rule
		if err := enc.Encode(jsonChange{
			r.ID, r.Level().String(), r.Wire.String(), r.Source.String(), r.Behaviour.String(), ch.Path, ch.Text, r.Doc, at(ch.Old), at(ch.New),
		}); err != nil {
			return err
		}
	}
	return nil
}
