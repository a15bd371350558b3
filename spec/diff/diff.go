// Package diff compares two tables of one protocol and tells which changes break what exists.
//
// The question behind every verdict: servers are upgraded first, and old clients stay. On the wire and in behaviour a change is
// breaking if an old client that was right meets something that it cannot expect, or is refused what it was allowed; it
// extends if it only allows what was refused before, so that a new client fails at an old server. So what a client
// may send must not shrink, and what a server may send must not grow. In source, a change is breaking if code that
// uses the generated Go package no longer compiles.
package diff

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

// A Level says how much a change does.
type Level int

// The levels, from the mildest on.
const (
	Harmless Level = iota
	Extends        // allows what was refused: an old server does not understand who uses it
	Breaking       // what was right is no longer right
)

// String returns the level as it is printed: "harmless", "extends" or "breaking".
func (l Level) String() string { return [...]string{"harmless", "extends", "breaking"}[l] }

// An Area is where a change is felt.
type Area string

// The areas.
const (
	Wire      Area = "wire"      // the bytes of frames, and which of them are right
	Source    Area = "source"    // the generated Go package
	Behaviour Area = "behaviour" // states, answers, order, promises
)

// Areas lists all areas.
var Areas = []Area{Wire, Source, Behaviour}

// A Rule is one way in which tables differ, and what it does in each area.
type Rule struct {
	ID                      string
	Wire, Source, Behaviour Level
	Doc                     string
}

// In returns what the change does in an area.
func (r *Rule) In(a Area) Level {
	switch a {
	case Wire:
		return r.Wire
	case Source:
		return r.Source
	}
	return r.Behaviour
}

// Level returns the worst that the change does in some areas; in all if none is named.
func (r *Rule) Level(areas ...Area) Level {
	if len(areas) == 0 {
		areas = Areas
	}
	worst := Harmless
	for _, a := range areas {
		worst = max(worst, r.In(a))
	}
	return worst
}

// A Change is one difference between two tables.
type Change struct {
	Rule *Rule
	Path string   // what changed: "SEND.text", "state guest", "type username"
	Text string   // how, as a phrase: "max 16384 → 65536"
	Old  spec.Pos // in the old table; zero if it is not there
	New  spec.Pos // in the new table; zero if it is not there
}

// A comparison collects the differences.
type comparison struct {
	old, new *spec.Protocol
	changes  []*Change
	shared   map[string]*Change // changes of named types and enums, by rule, path and text
	twin     map[any]any        // from what the old table refers to, to what it is in the new one

	featurePairs []pair[spec.Feature]
	errorPairs   []pair[spec.Error]
	enumPairs    []pair[spec.Enum]
	statePairs   []pair[spec.State]
	framePairs   []pair[spec.Frame]
	messagePairs []pair[spec.Message]
}

// Compare returns what differs between two tables, both of which Check has passed: the worst first, then in the order
// of the new table. Two tables with the same content give none.
func Compare(old, new *spec.Protocol) []*Change {
	c := &comparison{old: old, new: new, shared: map[string]*Change{}, twin: map[any]any{}}
	c.pair()
	c.protocol()
	c.frames()
	c.checks()
	c.features()
	c.errors()
	c.enums()
	c.states()
	c.messages()
	c.rules()
	c.rest()
	slices.SortStableFunc(c.changes, func(a, b *Change) int {
		return cmp.Or(
			cmp.Compare(b.Rule.Level(), a.Rule.Level()),
			cmp.Compare(a.line(), b.line()),
			cmp.Compare(a.Path, b.Path),
		)
	})
	return c.changes
}

func (ch *Change) line() int {
	if ch.New.Line > 0 {
		return ch.New.Line
	}
	return ch.Old.Line
}

// add records a change of an entity; key names what changed of it in the table. One of the two is nil if it was added or
// removed.
func (c *comparison) add(id, path, text string, old, new any, key string) *Change {
	rule := find(id)
	ch := &Change{Rule: rule, Path: path, Text: text}
	if old != nil {
		ch.Old, _ = c.old.Where(old, key)
	}
	if new != nil {
		ch.New, _ = c.new.Where(new, key)
	}
	c.changes = append(c.changes, ch)
	return ch
}

// find returns the rule with an id, which must be there.
func find(id string) *Rule {
	for _, r := range Rules {
		if r.ID == id {
			return r
		}
	}
	panic("diff: no rule " + id)
}

// changed records that a value of an entity is another one.
func changed[T comparable](c *comparison, id, path, what string, a, b T, old, new any, key string) {
	if a != b {
		c.add(id, path, strings.TrimSpace(what+" "+arrow(a, b)), old, new, key)
	}
}

// arrow says what a value was and what it is.
func arrow(a, b any) string { return show(a) + " → " + show(b) }

func show(v any) string {
	if s := fmt.Sprint(v); s != "" {
		return s
	}
	return "none"
}
