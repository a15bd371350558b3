package spec

import (
	"fmt"
	"slices"
	"strings"
)

// field reads a field of m, or of a struct if m is nil, that follows other fields.
func (l *loader) field(o *object, m *Message, before []*Field) *Field {
	f := &Field{Name: o.word("name", lowName, "user_name"), Pos: o.n.pos}
	f.Type, f.Named = l.typeOf(o)
	f.Counts = l.names(o, "counts")
	if o.has("counts") && f.Type.Kind != "" && f.Type.Kind != KindUint && f.Type.Kind != KindInt {
		o.report(o.keyPos("counts"), o.at("counts"), "only a number counts", "")
	}
	f.Early = o.yes("early")
	f.Since, f.Deprecated = o.text("since"), o.text("deprecated")
	f.Doc = o.text("doc")
	if n := o.get("if"); n != nil {
		if m != nil {
			before = slices.Concat(m.Head, before)
		}
		f.If = l.condition(o, n, before)
	}
	if n := o.get("same_as"); n != nil {
		if s, ok := o.stringOf(n, o.at("same_as")); ok && m != nil {
			f.SameAs = &SameAs{Pos: n.pos}
			l.sameAs = append(l.sameAs, pendingSameAs{f, m, s, n.pos, o.at("same_as")})
		}
	}
	if m == nil {
		for _, k := range []string{"early", "same_as"} {
			if o.has(k) {
				o.report(o.keyPos(k), o.at(k), fmt.Sprintf("%q can be said of the fields of a message only", k), "")
			}
		}
	}
	o.entity(f)
	return f
}

// condition reads {field: [values]}, or the name of a bool that must be true. The field is one of those before it.
func (l *loader) condition(o *object, n *node, before []*Field) *Condition {
	path, pos, name := o.at("if"), n.pos, ""
	var values []*node
	switch {
	case n.kind == scalar:
		var ok bool
		if name, ok = l.stringOf(n, path); !ok {
			return nil
		}
	case n.kind == mapping && len(n.pairs) == 1:
		p := n.pairs[0]
		name, pos, path = p.key, p.pos, path+"."+p.key
		if p.value.kind != sequence || len(p.value.items) == 0 {
			l.report(p.value.pos, path, fmt.Sprintf("a list of values is wanted, %s found", describe(p.value)), "")
			return nil
		}
		values = p.value.items
	default:
		l.report(n.pos, path, "a condition names one earlier field and its values, or an earlier bool", "")
		return nil
	}
	var names []string
	var by *Field
	for _, f := range before {
		if f.IsValue() {
			names = append(names, f.Name)
		}
		if f.Name == name && name != reservedBit {
			by = f
		}
	}
	switch {
	case by == nil:
		l.unknown(pos, path, "earlier field", name, "", names)
		return nil
	case by.Type.Kind == "":
		return nil
	case !by.IsValue():
		l.report(pos, path, fmt.Sprintf("%q is no value: it is a constant, a length, ignored, or has a role in the header", name), "")
		return nil
	case by.Type.Kind != KindUint && by.Type.Kind != KindBool:
		l.report(pos, path, "a condition needs a field that is a number without a sign, or a bool", "")
		return nil
	case values == nil && by.Type.Kind != KindBool:
		l.report(pos, path, fmt.Sprintf("%q is no bool: write {%s: [values]}", name, name), "")
		return nil
	}
	cond := &Condition{Field: by, Pos: n.pos}
	if values == nil {
		cond.Values, cond.Names = []uint64{1}, []string{"true"}
	}
	for i, it := range values {
		v := l.value(it, by.Type, fmt.Sprintf("%s[%d]", path, i))
		if v == nil {
			continue
		}
		if by.Type.Kind == KindBool && v.Bool {
			v.Uint = 1
		}
		cond.Values = append(cond.Values, v.Uint)
		cond.Names = append(cond.Names, it.text)
	}
	l.p.where[cond] = &where{path: o.at("if"), pos: n.pos}
	return cond
}

// counted finds the field that says where another one ends. head is the header before the fields, if they are a message's.
func (l *loader) counted(head, fields []*Field) {
	byName := map[string]*Field{}
	for _, f := range fields {
		if byName[f.Name] == nil {
			byName[f.Name] = f
		}
	}
	for _, g := range head {
		if len(g.Counts) == 1 && byName[g.Counts[0]] != nil {
			l.countedBy(byName[g.Counts[0]], g)
		}
	}
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	vague := false
	for i, g := range fields {
		vague = vague || len(g.Counts) > 1
		for _, name := range g.Counts {
			if !contains(names[i:], name) {
				vague = true
				pos, path := l.p.Where(g, "counts")
				l.unknown(pos, path, "later field", name, "", names[i+1:])
			} else if f := byName[name]; len(g.Counts) == 1 && f != g {
				l.countedBy(f, g)
			}
		}
	}
	for _, f := range fields {
		if f.CountedBy == nil && f.Type.Endless() && !vague {
			pos, path := l.p.Where(f, "type")
			l.report(pos, path, fmt.Sprintf("nothing says where it ends: a length before it, a size, a byte that ends it, or a field with counts: [%s]", f.Name), "")
		}
	}
}

func (l *loader) countedBy(f, by *Field) {
	if f.CountedBy == nil {
		f.CountedBy = by
		return
	}
	pos, path := l.p.Where(f, "name")
	l.report(pos, path, fmt.Sprintf("both %q and %q count it", f.CountedBy.Name, by.Name), "")
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
	for _, v := range l.vias {
		v.e.Via = l.messageNamed(v.n, v.o.at("via"), v.o)
	}
	carrier := l.carrier()
	for _, e := range l.p.Errors {
		if e.Via == nil && e.React != ReactClose && l.p.where[e].keys["via"] == (Pos{}) {
			e.Via = carrier
		}
	}
	for _, f := range l.p.Frames {
		l.countedNames(f)
	}
}

// A pendingVia is a via that waits until all messages are known.
type pendingVia struct {
	e *Error
	n *node
	o *object
}

// carrier returns the only message that carries errors, nil if there are several.
func (l *loader) carrier() (only *Message) {
	for _, m := range l.p.Messages {
		if !m.IsError || !m.SentBy(FromServer) {
			continue
		}
		if only != nil {
			return nil
		}
		only = m
	}
	return only
}

// countedNames reports what a layout counts and does not exist: each is a field of the header, or of some message.
func (l *loader) countedNames(f *Frame) {
	var names []string
	for _, g := range f.Fields {
		names = append(names, g.Name)
	}
	headers := len(names)
	for _, m := range l.p.Messages {
		for _, g := range m.Fields {
			if m.Frame == f {
				names = append(names, g.Name)
			}
		}
	}
	for _, g := range f.Fields {
		for _, c := range g.Counts {
			if !contains(names, c) {
				pos, path := l.p.Where(g, "counts")
				l.unknown(pos, path, "header field", c, "", names[:headers])
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
