package spec

import (
	"fmt"
	"strings"
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
	for i, n := range o.list("enter") {
		if m := l.messageNamed(n, fmt.Sprintf("%s[%d]", o.at("enter"), i), o); m != nil {
			s.Enter = append(s.Enter, m)
		}
	}
	if n := o.get("transitions"); n != nil {
		t := o.object(n, "transitions", o.at("transitions"))
		for _, p := range n.pairs {
			tr := &Transition{Pos: p.pos}
			tr.Message = l.messageNamed(&node{pos: p.pos, text: p.key}, t.at(p.key), t)
			if p.value.null {
				t.report(p.pos, t.at(p.key), "the key has no value", "")
				continue
			}
			tr.To = l.stateNamed(p.value, t.at(p.key), t)
			if tr.Message != nil && tr.To != nil {
				s.Transitions = append(s.Transitions, tr)
				l.p.where[tr] = &where{path: t.at(p.key), pos: p.pos, keys: map[string]Pos{"to": p.value.pos}}
			}
		}
	}
	o.entity(s)
}

// headerField reads one field of the frame.
func (l *loader) headerField(o *object) *Field {
	f := &Field{Name: o.word("name", lowName, "length"), Pos: o.n.pos}
	f.Type, f.Named = l.typeOf(o)
	f.Role = Role(o.choice("is", "", "opcode", "correlation"))
	for i, n := range o.list("counts") {
		if s, ok := o.stringOf(n, fmt.Sprintf("%s[%d]", o.at("counts"), i)); ok {
			f.Counts = append(f.Counts, s)
		}
	}
	if n := o.get("max_in"); n != nil {
		m := o.object(n, "max_in", o.at("max_in"))
		f.MaxIn = map[string]uint64{}
		for _, p := range n.pairs {
			s := l.stateNamed(&node{pos: p.pos, text: p.key}, m.at(p.key), m)
			if v, ok := l.uintOf(p.value, m.at(p.key), ^uint64(0)); ok && s != nil {
				f.MaxIn[p.key] = v
			}
		}
	}
	f.Doc = o.text("doc")
	o.entity(f)
	return f
}

func (l *loader) check(o *object) *Check {
	o.need("check")
	c := &Check{Pos: o.n.pos, Name: CheckName(o.choice("check", "message", "length", "correlation", "opcode", "state", "early", "layout", "limits", "feature", "message"))}
	c.Error = l.errorOf(o)
	c.Doc = o.text("doc")
	o.entity(c)
	return c
}

func (l *loader) fence(o *object) {
	f := &l.p.Fence
	f.Pos = o.n.pos
	f.Send = l.messageNamed(o.need("send"), o.at("send"), o)
	f.Expect = l.messageNamed(o.need("expect"), o.at("expect"), o)
	o.entity(f)
}

func (l *loader) messageName(o *object) *Message {
	return &Message{Name: o.word("name", upName, "LOGGED_IN"), Pos: o.n.pos}
}

func (l *loader) message(o *object, m *Message) {
	o.need("code")
	m.Code, _ = o.num("code", ^uint64(0))
	o.need("from")
	m.From = Direction(o.choice("from", "client", "client", "server"))
	for i, n := range o.list("in") {
		if s := l.stateNamed(n, fmt.Sprintf("%s[%d]", o.at("in"), i), o); s != nil {
			m.In = append(m.In, s)
		}
	}
	m.Push = o.yes("push")
	m.IsError = o.choice("is", "", "error") == "error"
	m.Feature = l.featureOf(o)
	m.Wish = o.text("wish")
	m.Reply = l.messageNamed(o.get("reply"), o.at("reply"), o)
	for i, n := range o.list("errors") {
		if e := l.errorNamed(n, fmt.Sprintf("%s[%d]", o.at("errors"), i), o); e != nil {
			m.Errors = append(m.Errors, e)
		}
	}
	m.Doc = o.text("doc")
	if m.Reply != nil {
		m.Replies = []*Reply{{End: m.Reply, Pos: m.Pos}}
	}
	m.Frame = l.p.Main()
	for _, f := range m.Frame.Of(m.From) {
		if f.Type.Kind != KindRest {
			m.Head = append(m.Head, f)
		}
	}
	each(o, "fields", "field", func(o *object) { m.Fields = append(m.Fields, l.field(o, m)) })
	each(o, "rules", "rule", func(o *object) { m.Rules = append(m.Rules, l.rule(o)) })
	o.get("vectors")
	o.entity(m)
}

func (l *loader) field(o *object, m *Message) *Field {
	f := &Field{Name: o.word("name", lowName, "user_name"), Pos: o.n.pos}
	f.Type, f.Named = l.typeOf(o)
	f.Early = o.yes("early")
	f.Doc = o.text("doc")
	if n := o.get("if"); n != nil {
		f.If = l.condition(o, n, m)
	}
	if n := o.get("same_as"); n != nil {
		if s, ok := o.stringOf(n, o.at("same_as")); ok {
			f.SameAs = &SameAs{Pos: n.pos}
			l.sameAs = append(l.sameAs, pendingSameAs{f, m, s, n.pos, o.at("same_as")})
		}
	}
	o.entity(f)
	return f
}

// condition reads {field: [values]}. The field must stand before.
func (l *loader) condition(o *object, n *node, m *Message) *Condition {
	c := o.object(n, "if", o.at("if"))
	if len(n.pairs) != 1 {
		if n.kind == mapping {
			c.report(n.pos, c.path, "a condition names one earlier field and its values", "")
		}
		return nil
	}
	p := n.pairs[0]
	var names []string
	var by *Field
	for _, f := range m.Fields {
		names = append(names, f.Name)
		if f.Name == p.key {
			by = f
		}
	}
	if by == nil {
		c.unknown(p.pos, c.at(p.key), "earlier field", p.key, "", names)
		return nil
	}
	if by.Type.Kind != KindUint && by.Type.Kind != KindBool {
		c.report(p.pos, c.at(p.key), "a condition needs a field that is a number or a bool", "")
		return nil
	}
	cond := &Condition{Field: by, Pos: n.pos}
	if p.value.kind != sequence || len(p.value.items) == 0 {
		c.report(p.value.pos, c.at(p.key), fmt.Sprintf("a list of values is wanted, %s found", describe(p.value)), "")
		return nil
	}
	for i, it := range p.value.items {
		v := l.value(it, by.Type, fmt.Sprintf("%s[%d]", c.at(p.key), i))
		if v == nil {
			continue
		}
		if by.Type.Kind == KindBool && v.Bool {
			v.Uint = 1
		}
		cond.Values = append(cond.Values, v.Uint)
		cond.Names = append(cond.Names, it.text)
	}
	l.p.where[cond] = &where{path: c.path, pos: n.pos}
	return cond
}

// A pendingSameAs is a same_as that waits until all messages are known.
type pendingSameAs struct {
	f    *Field
	m    *Message
	text string
	pos  Pos
	path string
}

// references resolves what may point ahead.
func (l *loader) references() {
	for _, s := range l.sameAs {
		s.f.SameAs.Message, s.f.SameAs.Field = l.fieldNamed(s)
		if s.f.SameAs.Field == nil {
			s.f.SameAs = nil
		}
	}
	for _, f := range l.p.Main().Fields {
		for _, c := range f.Counts {
			var names []string
			for _, g := range l.p.Main().Fields {
				names = append(names, g.Name)
			}
			if !contains(names, c) {
				pos, path := l.p.Where(f, "counts")
				l.unknown(pos, path, "header field", c, "", names)
			}
		}
	}
}

func (l *loader) fieldNamed(s pendingSameAs) (*Message, *Field) {
	m, name := s.m, s.text
	if mn, fn, ok := strings.Cut(s.text, "."); ok {
		m, name = nil, fn
		var names []string
		for _, c := range l.p.Messages {
			names = append(names, c.Name)
			if c.Name == mn {
				m = c
			}
		}
		if m == nil {
			l.unknown(s.pos, s.path, "message", mn, "", names)
			return nil, nil
		}
	}
	var names []string
	for _, f := range m.Fields {
		if f == s.f {
			continue
		}
		names = append(names, f.Name)
		if f.Name == name {
			return m, f
		}
	}
	l.unknown(s.pos, s.path, "other field", name, m.Name, names)
	return nil, nil
}

func (l *loader) rule(o *object) *Rule {
	r := &Rule{ID: o.word("id", ruleName, "SEND-1"), Pos: o.n.pos}
	o.need("level")
	r.Level = Level(o.choice("level", "MUST", "MUST", "SHOULD", "MAY"))
	o.need("judge")
	r.Judge = Judge(o.choice("judge", "review", "wire", "restart", "slow", "review"))
	r.Feature = l.featureOf(o)
	words := make([]string, len(Derives))
	for i, d := range Derives {
		words[i] = string(d)
	}
	r.Derive = Derive(o.choice("derive", "", words...))
	if n := o.get("of"); n != nil {
		if name, ok := o.stringOf(n, o.at("of")); ok {
			if r.Of = l.p.Type(name); r.Of == nil {
				l.unknown(n.pos, o.at("of"), "type", name, "", typeNames(l.p))
			}
		}
	}
	o.need("text")
	r.Text = o.text("text")
	o.entity(r)
	return r
}

func typeNames(p *Protocol) (names []string) {
	for _, t := range p.Types {
		names = append(names, t.Name)
	}
	return names
}

func (l *loader) topic(o *object) *Topic {
	t := &Topic{ID: o.word("id", upName, "FRAME"), Title: o.text("title"), Doc: o.text("doc"), Pos: o.n.pos}
	o.need("title")
	t.Binds = Direction(o.choice("binds", "server", "client", "server"))
	each(o, "rules", "rule", func(o *object) { t.Rules = append(t.Rules, l.rule(o)) })
	o.entity(t)
	return t
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
