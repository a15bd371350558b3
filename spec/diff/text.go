package diff

import (
	"fmt"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

// String returns the change as one line: where, how bad and in which areas, which rule, what.
func (ch *Change) String() string { return ch.Line("old", "new") }

// Line is String with the names of the two tables.
func (ch *Change) Line(oldName, newName string) string {
	at, name := ch.New, newName
	if at == (spec.Pos{}) {
		at, name = ch.Old, oldName
	}
	text := ch.Path
	if ch.Text != "" {
		text += ": " + ch.Text
	}
	return fmt.Sprintf("%s:%d:%d: %s: %s: %s", name, at.Line, at.Column, ch.verdict(), ch.Rule.ID, text)
}

// verdict says how bad a change is, and where it is so.
func (ch *Change) verdict() string {
	level := ch.Rule.Level()
	if level == Harmless {
		return level.String()
	}
	var areas []string
	for _, a := range Areas {
		if l := ch.Rule.In(a); l == level {
			areas = append(areas, string(a))
		} else if l != Harmless {
			areas = append(areas, fmt.Sprintf("%s: %s", a, l))
		}
	}
	return fmt.Sprintf("%s (%s)", level, strings.Join(areas, ", "))
}

// A Count says how many changes of each level there are.
type Count struct{ Breaking, Extends, Harmless int }

// Tally counts changes by what they do in some areas; in all if none is named.
func Tally(changes []*Change, areas ...Area) Count {
	var n Count
	for _, ch := range changes {
		switch ch.Rule.Level(areas...) {
		case Breaking:
			n.Breaking++
		case Extends:
			n.Extends++
		default:
			n.Harmless++
		}
	}
	return n
}

// String says the counts in words.
func (n Count) String() string {
	if n == (Count{}) {
		return "no change"
	}
	return fmt.Sprintf("%d breaking, %d extending, %d harmless", n.Breaking, n.Extends, n.Harmless)
}
