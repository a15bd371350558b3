package spec

import (
	"fmt"
	"slices"
)

// stateNames creates the states, so that others can refer to them.
func (l *loader) stateNames(o *object) []*object {
	n := o.need("states")
	if n == nil {
		return nil
	}
	if n.kind != mapping {
		l.report(n.pos, "states", fmt.Sprintf("a mapping of names to states is wanted, %s found", describe(n)), "")
		return nil
	}
	var out []*object
	for _, p := range n.pairs {
		path := "states." + p.key
		if !lowName.MatchString(p.key) {
			l.report(p.pos, path, fmt.Sprintf("%q cannot be a name here: it must look like %s", p.key, "logged_in"), "")
		}
		if p.value.null {
			l.report(p.pos, path, "the key has no value", "")
		}
		l.p.States = append(l.p.States, &State{Name: p.key, Pos: p.pos})
		out = append(out, l.object(p.value, "state", path))
	}
	return out
}

func (l *loader) state(o *object, s *State) {
	s.Start = o.yes("start")
	s.End = o.yes("end")
	s.Doc = o.text("doc")
	s.Enter = l.messagesOf(o, "enter")
	s.Unspecified = l.messagesOf(o, "unspecified")
	if n := o.get("transitions"); n != nil {
		t := o.object(n, "transitions", o.at("transitions"))
		for _, p := range n.pairs {
			m := l.messageNamed(&node{pos: p.pos, text: p.key}, t.at(p.key), t)
			if p.value.null {
				t.report(p.pos, t.at(p.key), "the key has no value", "")
				continue
			}
			items := []*node{p.value}
			if p.value.kind == sequence {
				items = p.value.items
				if len(items) == 0 {
					t.report(p.value.pos, t.at(p.key), "the list is empty", "")
				}
			}
			for i, n := range items {
				path := t.at(p.key)
				if p.value.kind == sequence {
					path = fmt.Sprintf("%s[%d]", path, i)
				}
				if tr := l.transition(t, n, path, p.pos, m); tr != nil {
					s.Transitions = append(s.Transitions, tr)
				}
			}
		}
	}
	o.entity(s)
}

// transition reads where a message leads to: a state, or a mapping with a condition.
func (l *loader) transition(o *object, n *node, path string, pos Pos, m *Message) *Transition {
	tr := &Transition{Message: m, Pos: pos}
	if n.kind != mapping {
		tr.To = l.stateNamed(n, path, o)
		l.p.where[tr] = &where{path: path, pos: pos, keys: map[string]Pos{"to": n.pos}}
	} else {
		to := l.object(n, "transition", path)
		tr.To = l.stateNamed(to.need("to"), to.at("to"), to)
		if n := to.need("if"); n != nil && m != nil {
			tr.If = l.condition(to, n, slices.Concat(m.Head, m.Fields))
		}
		to.entity(tr)
	}
	if m == nil || tr.To == nil {
		return nil
	}
	return tr
}

// statesOf reads a list of states.
func (l *loader) statesOf(o *object, key string) (out []*State) {
	for i, n := range o.list(key) {
		if s := l.stateNamed(n, fmt.Sprintf("%s[%d]", o.at(key), i), o); s != nil {
			out = append(out, s)
		}
	}
	return out
}

// messagesOf reads a list of messages.
func (l *loader) messagesOf(o *object, key string) (out []*Message) {
	for i, n := range o.list(key) {
		if m := l.messageNamed(n, fmt.Sprintf("%s[%d]", o.at(key), i), o); m != nil {
			out = append(out, m)
		}
	}
	return out
}
