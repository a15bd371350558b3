package gen

import (
	"fmt"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

// states draws the state machine.
func (d *document) states() {
	d.section("States")
	d.f("A connection is always in one state. The state decides which requests are legal and how large they may be. A transition is taken when its request succeeds: the next request on the connection is judged in the new state. A refused request leaves the state as it was.")
	if d.others() {
		d.f(" A message that is no request, or that has no reply, takes its transition when it is sent.")
	}
	d.f("\n\n| State | Meaning | Way in |\n|---|---|---|\n")
	for _, s := range d.p.States {
		var way []string
		for _, m := range s.Enter {
			way = append(way, linkMessage(m))
		}
		in := strings.Join(way, ", then ")
		switch {
		case s.Start:
			in = "a new connection"
		case s.End:
			in = "the end of the connection"
		}
		d.f("| <a id=\"state-%s\"></a>`%s` | %s | %s |\n", anchor(s.Name), s.Name, d.cell(s.Doc), in)
	}
	d.f("\n```mermaid\n%s```\n", mermaid(d.p))
	d.f("\nTransitions:\n\n| In state | %s | Leads to |\n|---|---|---|\n", map[bool]string{true: "By", false: "Success of"}[d.others()])
	for _, s := range d.p.States {
		for _, t := range s.Transitions {
			by := linkMessage(t.Message)
			if t.Message.From == spec.FromServer {
				by += ", of the server"
			}
			if t.If != nil {
				by += ", if " + condition(t.If)
			}
			d.f("| `%s` | %s | `%s` |\n", s.Name, by, t.To.Name)
		}
	}
	d.matrix()
}

// others reports whether messages of the server, or such without a reply, take transitions.
func (d *document) others() bool {
	for _, s := range d.p.States {
		for _, t := range s.Transitions {
			if t.Message.From != spec.FromClient || len(t.Message.Replies) == 0 {
				return true
			}
		}
	}
	return false
}

// condition is a condition in words.
func condition(c *spec.Condition) string {
	var values []string
	for i, v := range c.Values {
		if c.Names[i] == fmt.Sprint(v) || c.Names[i] == "true" || c.Names[i] == "false" {
			values = append(values, c.Names[i])
		} else {
			values = append(values, fmt.Sprintf("%s (%d)", c.Names[i], v))
		}
	}
	return fmt.Sprintf("`%s` is %s", c.Field.Name, strings.Join(values, " or "))
}

// matrix tells of every message of a client what becomes of it in every state.
func (d *document) matrix() {
	d.f("\nEvery request in every state. *yes*: legal, the state stays; a state: legal, success leads there; ")
	unspecified := false
	for _, s := range d.p.States {
		unspecified = unspecified || len(s.Unspecified) > 0
	}
	if unspecified {
		d.f("*?*: this document says nothing about it, and any answer is right; ")
	}
	switch ch := d.p.Check(spec.CheckState); {
	case ch != nil && ch.Error != nil:
		d.f("–: refused with %s.", linkError(ch.Error))
	case ch != nil && ch.Ignore:
		d.f("–: dropped without an answer.")
	default:
		d.f("–: cannot be.")
	}
	d.f("\n\n| Request |")
	var live []*spec.State
	for _, s := range d.p.States {
		if !s.End {
			live = append(live, s)
			d.f(" %s |", s.Name)
		}
	}
	d.f("\n|---|%s\n", strings.Repeat("---|", len(live)))
	for _, m := range d.p.Messages {
		if !m.SentBy(spec.FromClient) {
			continue
		}
		d.f("| %s |", linkMessage(m))
		for _, s := range live {
			d.f(" %s |", cellOf(m, s))
		}
		d.f("\n")
	}
	d.f("\n")
}

// cellOf says what becomes of a message in a state.
func cellOf(m *spec.Message, s *spec.State) string {
	for _, u := range s.Unspecified {
		if u == m {
			return "?"
		}
	}
	if !m.LegalIn(s) {
		return "–"
	}
	var to []string
	always := false
	for _, t := range s.Transitions {
		if t.Message == m && !always {
			to = append(to, t.To.Name)
			always = t.If == nil
		}
	}
	switch {
	case to == nil || always && len(to) == 1 && to[0] == s.Name:
		return "yes"
	case !always:
		to = append(to, "yes")
	}
	return "→ " + strings.Join(to, " or ")
}
