package spec

import (
	"crypto/sha256"
	_ "embed" // for the chat protocol
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// ChatSource is the table of the chat protocol, spec/chat.yaml.
//
//go:embed chat.yaml
var ChatSource []byte

// Chat returns the chat protocol.
func Chat() (*Protocol, error) { return Load("spec/chat.yaml", ChatSource) }

// Load reads a table. It judges the syntax and resolves all names; whether the table makes sense is for package
// spec/check to say. The error is an *ErrorList. name is only for messages. src is kept and must not change.
func Load(name string, src []byte) (*Protocol, error) {
	p, l := load(name, src, nil)
	if errs := NewErrorList(l.problems); errs != nil {
		return nil, errs
	}
	return p, nil
}

// load is Load with a record of the keys that were asked for, by kind of object.
func load(name string, src []byte, known map[string]map[string]bool) (*Protocol, *loader) {
	sum := sha256.Sum256(src)
	p := &Protocol{File: name, Source: src, Hash: hex.EncodeToString(sum[:]), where: map[any]*where{}, sections: map[string]Pos{}}
	l := newLoader(p)
	l.file, l.lines, l.known = name, strings.Split(string(src), "\n"), known
	root := parseYAML(src, func(pos Pos, msg string) { l.report(pos, "", msg, "") })
	if root != nil {
		l.table(root)
	}
	return p, l
}

func newLoader(p *Protocol) *loader {
	return &loader{p: p, sizes: map[*Type]extent{}, bits: map[*Field]bool{}}
}

// The forms of names.
var (
	shortName = regexp.MustCompile(`^[a-z][a-z0-9]*$`)
	lowName   = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	upName    = regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`)
	ruleName  = regexp.MustCompile(`^[A-Z][A-Z0-9_]*-[1-9][0-9]*$`)
)

// table reads the whole file. The order is that of dependence: what is referred to comes first.
func (l *loader) table(root *node) {
	o := l.object(root, "table", "")
	p := l.p
	p.Pos = root.pos
	for key, pair := range o.index {
		p.sections[key] = pair.pos
	}
	if n := o.need("protocol"); n != nil {
		l.protocol(l.object(n, "protocol", "protocol"))
	}
	each(o, "constants", "constant", func(o *object) { p.Constants = append(p.Constants, l.constant(o)) })
	each(o, "features", "feature", func(o *object) { p.Features = append(p.Features, l.feature(o)) })
	each(o, "errors", "error", func(o *object) { p.Errors = append(p.Errors, l.error(o)) })
	each(o, "enums", "enum", func(o *object) { p.Enums = append(p.Enums, l.enum(o)) })
	l.namedTypes(o)

	// States and messages refer to each other: first all names, then what they say.
	states := l.stateNames(o)
	var bodies []*object
	each(o, "messages", "message", func(o *object) {
		p.Messages = append(p.Messages, l.messageName(o))
		bodies = append(bodies, o)
	})
	if !l.layouts(o) {
		o.asked = append(o.asked, "checks", "preface", "fence", "topics", "conversation")
		o.close()
		return
	}
	each(o, "checks", "check", func(o *object) { p.Checks = append(p.Checks, l.check(o)) })
	each(o, "preface", "preface", func(o *object) { p.Preface = append(p.Preface, l.preface(o)) })
	for i, mo := range bodies {
		l.message(mo, p.Messages[i])
	}
	for i, so := range states {
		l.state(so, p.States[i])
	}
	l.references()
	for i, mo := range bodies {
		l.vectors(mo, p.Messages[i])
	}
	if n := o.get("fence"); n != nil {
		l.fence(l.object(n, "fence", "fence"))
	}
	each(o, "topics", "topic", func(o *object) { p.Topics = append(p.Topics, l.topic(o)) })
	each(o, "conversation", "step", func(o *object) { p.Conversation = append(p.Conversation, l.step(o)) })
	o.close()
	l.unique()
}

// each reads every item of a list of objects. The path of an item has its name where it has one, else its number.
func each(o *object, key, kind string, read func(*object)) {
	for i, n := range o.list(key) {
		read(o.object(n, kind, o.at(key)+label(n, i)))
	}
}

// label returns what an item of a list adds to the path of the list: its name or its number.
func label(n *node, i int) string {
	for _, p := range n.pairs {
		if (p.key == "name" || p.key == "id" || p.key == "check") && p.value.kind == scalar && lowName.MatchString(strings.ToLower(strings.ReplaceAll(p.value.text, "-", "_"))) {
			return "." + p.value.text
		}
	}
	return fmt.Sprintf("[%d]", i)
}

func (l *loader) protocol(o *object) {
	p := l.p
	p.ID = o.word("id", shortName, "chat2")
	p.Title = o.text("title")
	o.need("title")
	o.need("version")
	v, _ := o.num("version", 1<<31-1)
	p.Version = int(v)
	o.need("endian")
	p.BigEndian = o.choice("endian", "big", "big", "little") == "big"
	p.Transport = o.text("transport")
	port, _ := o.num("port", 65535)
	p.Port = int(port)
	p.Doc = o.text("doc")
	o.entity(p)
}

func (l *loader) constant(o *object) *Constant {
	c := &Constant{Name: o.word("name", lowName, "hello_timeout"), Pos: o.n.pos}
	o.need("value")
	c.Value, _ = o.num("value", 1<<53)
	c.Unit = o.choice("unit", "", "s", "ms")
	c.Doc = o.text("doc")
	o.entity(c)
	return c
}

func (l *loader) feature(o *object) *Feature {
	f := &Feature{Name: o.word("name", upName, "RESUME"), Pos: o.n.pos}
	o.need("bit")
	bit, _ := o.num("bit", 63)
	f.Bit = int(bit)
	f.Doc = o.text("doc")
	o.entity(f)
	return f
}

func (l *loader) error(o *object) *Error {
	e := &Error{Name: o.word("name", upName, "BAD_FIELD"), Pos: o.n.pos}
	e.Code, _ = o.num("code", ^uint64(0))
	e.Uncoded = !o.has("code")
	if n := o.get("via"); n != nil {
		l.vias = append(l.vias, pendingVia{e, n, o})
	}
	o.need("react")
	e.React = Reaction(o.choice("react", "reply", "reply", "reply-close", "close"))
	e.Anywhere = o.yes("anywhere")
	e.Fault = o.yes("fault")
	e.Doc = o.text("doc")
	o.entity(e)
	return e
}

func (l *loader) enum(o *object) *Enum {
	e := &Enum{Name: o.word("name", lowName, "reason"), Pos: o.n.pos, Width: 1}
	if n := o.need("type"); n != nil {
		if name, ok := o.stringOf(n, o.at("type")); ok {
			t := number(name)
			if t != nil && t.Varint == 0 {
				e.Width, e.Bits = t.Width, t.Bits
			}
			if t == nil || t.Varint > 0 || t.Kind != KindUint {
				o.report(n.pos, o.at("type"), fmt.Sprintf("%q is no type of an enum: write u8, u16, u24, u32, u64, or b2 to b63", name), "")
			}
		}
	}
	e.Open = o.yes("open")
	e.Doc = o.text("doc")
	o.need("values")
	most := (&Type{Kind: KindUint, Width: e.Width, Bits: e.Bits}).Widest()
	each(o, "values", "enum value", func(o *object) {
		v := &EnumValue{Name: o.word("name", upName, "SHUTDOWN"), Pos: o.n.pos}
		o.need("value")
		v.Value, _ = o.code("value", most)
		v.Feature = l.featureOf(o)
		v.Since, v.Deprecated = o.text("since"), o.text("deprecated")
		v.Doc = o.text("doc")
		o.entity(v)
		e.Values = append(e.Values, v)
	})
	o.entity(e)
	return e
}

// featureOf reads the key "feature".
func (l *loader) featureOf(o *object) *Feature {
	return lookup(o, o.get("feature"), o.at("feature"), "feature", &l.features, l.p.Features, func(f *Feature) string { return f.Name })
}

// errorOf reads the key "error".
func (l *loader) errorOf(o *object) *Error {
	return l.errorNamed(o.get("error"), o.at("error"), o)
}

func (l *loader) errorNamed(n *node, path string, o *object) *Error {
	return lookup(o, n, path, "error", &l.errors, l.p.Errors, func(e *Error) string { return e.Name })
}

func (l *loader) messageNamed(n *node, path string, o *object) *Message {
	return lookup(o, n, path, "message", &l.messages, l.p.Messages, func(m *Message) string { return m.Name })
}

func (l *loader) stateNamed(n *node, path string, o *object) *State {
	return lookup(o, n, path, "state", &l.states, l.p.States, func(s *State) string { return s.Name })
}

// lookup finds what n names among items. It returns nil if n is absent or names nothing, which is reported.
func lookup[T any](o *object, n *node, path, what string, r *registry[T], items []*T, name func(*T) string) *T {
	if n == nil {
		return nil
	}
	s, ok := o.stringOf(n, path)
	if !ok {
		return nil
	}
	if it := r.find(items, name, s); it != nil {
		return it
	}
	o.unknown(n.pos, path, what, s, "", r.names)
	return nil
}

// unique reports names that stand for two things.
func (l *loader) unique() {
	p := l.p
	type named struct {
		name string
		of   any
		pos  Pos
	}
	once := func(what string, items ...named) {
		first := map[string]Pos{}
		for _, it := range items {
			if it.name == "" {
				continue
			}
			if f, twice := first[it.name]; twice {
				at, path := p.Where(it.of, "name")
				l.report(at, path, fmt.Sprintf("%s %q is here twice; the first is in line %d", what, it.name, f.Line), "")
				continue
			}
			first[it.name] = it.pos
		}
	}
	once("constant", collect(p.Constants, func(c *Constant) named { return named{c.Name, c, c.Pos} })...)
	once("feature", collect(p.Features, func(f *Feature) named { return named{f.Name, f, f.Pos} })...)
	once("error", collect(p.Errors, func(e *Error) named { return named{e.Name, e, e.Pos} })...)
	once("type", slices.Concat(
		collect(p.Enums, func(e *Enum) named { return named{e.Name, e, e.Pos} }),
		collect(p.Types, func(t *Type) named { return named{t.Name, t, t.Pos} }))...)
	once("message", collect(p.Messages, func(m *Message) named { return named{m.Name, m, m.Pos} })...)
	field := func(f *Field) named { return named{f.Name, f, f.Pos} }
	once("layout", collect(p.Frames, func(f *Frame) named { return named{f.Name, f, f.Pos} })...)
	for _, f := range p.Frames {
		once("header field", collect(f.Fields, field)...)
	}
	for _, fields := range l.structs {
		once("field", collect(fields, field)...)
	}
	for _, e := range p.Enums {
		once("value", collect(e.Values, func(v *EnumValue) named { return named{v.Name, v, v.Pos} })...)
	}
	for _, m := range p.Messages {
		once("bit", collect(m.Head, func(f *Field) named {
			if !l.bits[f] {
				return named{}
			}
			return field(f)
		})...)
		once("field", collect(m.Fields, field)...)
	}
}

func collect[T, U any](items []T, f func(T) U) []U {
	out := make([]U, len(items))
	for i, it := range items {
		out[i] = f(it)
	}
	return out
}
