package spec

import (
	"fmt"
	"slices"
)

func (l *loader) messageName(o *object) *Message {
	return &Message{Name: o.word("name", upName, "LOGGED_IN"), Pos: o.n.pos}
}

func (l *loader) message(o *object, m *Message) {
	m.Code, _ = o.code("code", ^uint64(0))
	o.need("from")
	m.From = Direction(o.choice("from", "client", "client", "server", "both"))
	var known bool
	m.Frame, known = l.frameOf(o)
	if m.Frame.Opcode() != nil && known {
		o.need("code")
	} else if o.has("code") && m.Frame.Name != "" {
		o.report(o.keyPos("code"), o.at("code"), "frames of this layout have no opcode", "")
	}
	m.In = l.statesOf(o, "in")
	m.Push = o.yes("push")
	m.IsError = o.choice("is", "", "error") == "error"
	m.Feature = l.featureOf(o)
	m.Wish = o.text("wish")
	for i, n := range o.list("errors") {
		if e := l.errorNamed(n, fmt.Sprintf("%s[%d]", o.at("errors"), i), o); e != nil {
			m.Errors = append(m.Errors, e)
		}
	}
	m.Since, m.Deprecated = o.text("since"), o.text("deprecated")
	m.Doc = o.text("doc")
	l.head(o, m)
	inner := 0
	each(o, "fields", "field", func(o *object) {
		f := l.field(o, m, m.Fields)
		m.Fields = append(m.Fields, f)
		inner += 1 + l.sizes[f.Type].fields
	})
	if inner > maxInner {
		o.report(o.keyPos("fields"), o.at("fields"), fmt.Sprintf("there are %d fields within it; at most %d are allowed", inner, maxInner), "")
		m.Fields = nil
	}
	l.counted(m.Head, m.Fields)
	l.replies(o, m)
	each(o, "rules", "rule", func(o *object) { m.Rules = append(m.Rules, l.rule(o)) })
	o.get("vectors")
	o.entity(m)
}

// frameOf returns the layout that a message names, or else the first. known is false if there is none of the name.
func (l *loader) frameOf(o *object) (f *Frame, known bool) {
	n := o.get("frame")
	if n == nil {
		return l.p.Main(), true
	}
	name, ok := o.stringOf(n, o.at("frame"))
	if !ok {
		return l.p.Main(), false
	}
	var names []string
	for _, f := range l.p.Frames {
		if f.Name == name && name != "" {
			return f, true
		}
		names = append(names, f.Name)
	}
	l.unknown(n.pos, o.at("frame"), "layout", name, "", names)
	return l.p.Main(), false
}

// replies reads what answers m: a message, a mapping that says more, or a list of such.
func (l *loader) replies(o *object, m *Message) {
	n := o.get("reply")
	if n == nil {
		return
	}
	if n.kind != sequence {
		m.Replies = append(m.Replies, l.reply(o, n, o.at("reply"), m))
	} else if len(n.items) == 0 {
		o.report(n.pos, o.at("reply"), "the list is empty", "")
		return
	}
	for i, it := range n.items {
		m.Replies = append(m.Replies, l.reply(o, it, fmt.Sprintf("%s[%d]", o.at("reply"), i), m))
	}
	for i, r := range m.Replies {
		if r.End == nil {
			m.Replies = nil // which was reported
			return
		}
		if r.If == nil && i < len(m.Replies)-1 {
			l.report(m.Replies[i+1].Pos, o.at("reply"), "the reply before it has no condition: this one never comes", "")
		}
	}
	if r := m.Replies[0]; len(m.Replies) == 1 && r.If == nil && len(r.Before) == 0 && !r.Maybe {
		m.Reply = r.End
	}
}

func (l *loader) reply(o *object, n *node, path string, m *Message) *Reply {
	r := &Reply{Pos: n.pos}
	if n.kind != mapping {
		r.End = l.messageNamed(n, path, o)
		l.p.where[r] = &where{path: path, pos: n.pos}
		return r
	}
	ro := l.object(n, "reply", path)
	r.End = l.messageNamed(ro.need("end"), ro.at("end"), ro)
	r.Before = l.messagesOf(ro, "before")
	r.Maybe = ro.yes("maybe")
	if n := ro.get("if"); n != nil {
		r.If = l.condition(ro, n, slices.Concat(m.Head, m.Fields))
	}
	ro.entity(r)
	return r
}

func (l *loader) rule(o *object) *Rule {
	r := &Rule{ID: o.word("id", ruleName, "SEND-1"), Pos: o.n.pos}
	o.need("level")
	r.Level = Level(o.choice("level", "MUST", "MUST", "SHOULD", "MAY"))
	o.need("judge")
	r.Judge = Judge(o.choice("judge", "review", "wire", "restart", "slow", "review"))
	r.Feature = l.featureOf(o)
	r.Derive = Derive(o.choice("derive", "", words(Derives)...))
	if n := o.get("of"); n != nil {
		if name, ok := o.stringOf(n, o.at("of")); ok {
			if r.Of = l.p.Type(name); r.Of == nil {
				l.unknown(n.pos, o.at("of"), "type", name, "", typeNames(l.p))
			}
		}
	}
	r.Watch = Watch(o.choice("watch", "", words(Watches)...))
	o.need("text")
	r.Text = o.text("text")
	o.entity(r)
	return r
}

func words[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, w := range list {
		out[i] = string(w)
	}
	return out
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
