package spec

import (
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// value reads a literal of type t. It judges the form, not the limits. It returns nil if the form is wrong.
func (l *loader) value(n *node, t *Type, path string) *Value {
	v := &Value{Pos: n.pos}
	ok := true
	switch {
	case t.Kind == "":
		return nil // the type is wrong, which was reported
	case t.Flags:
		return l.flags(n, path)
	case t.Enum != nil, t.ErrorSet:
		return l.enumValue(n, t, path)
	case t.Kind == KindUint:
		v.Uint, ok = l.uintOf(n, path, maxOf(t.Width))
	case t.Kind == KindBool:
		v.Bool, ok = l.boolOf(n, path)
	case t.Kind == KindString:
		v.Str, ok = l.stringOf(n, path)
	case t.Kind == KindArray:
		if n.kind != sequence {
			l.report(n.pos, path, fmt.Sprintf("a list is wanted, %s found", describe(n)), "")
			return nil
		}
		for i, it := range n.items {
			e := l.value(it, t.Elem, fmt.Sprintf("%s[%d]", path, i))
			if e == nil {
				return nil
			}
			v.List = append(v.List, e)
		}
	default: // bytes, rest
		v.Bytes, ok = l.bytesOf(n, path)
	}
	if !ok {
		return nil
	}
	return v
}

// bytesOf reads "0x…" in quotes.
func (l *loader) bytesOf(n *node, path string) ([]byte, bool) {
	if n.kind == scalar && !n.plain && strings.HasPrefix(n.text, "0x") {
		if b, err := hex.DecodeString(n.text[2:]); err == nil && n.text == strings.ToLower(n.text) {
			return b, true
		}
	}
	l.report(n.pos, path, `bytes are wanted, in quotes and in pairs of lower-case hexadecimal digits: "0x00ff"`, "")
	return nil, false
}

// enumValue reads the name of a value of an enum, or of an error.
func (l *loader) enumValue(n *node, t *Type, path string) *Value {
	name, ok := l.stringOf(n, path)
	if !ok {
		return nil
	}
	var names []string
	what, in := "error", ""
	if t.Enum != nil {
		what, in = "value", t.Enum.Name
		for _, e := range t.Enum.Values {
			names = append(names, e.Name)
			if e.Name == name {
				return &Value{Uint: e.Value, Pos: n.pos}
			}
		}
	} else {
		for _, e := range l.p.Errors {
			names = append(names, e.Name)
			if e.Name == name {
				return &Value{Uint: e.Code, Pos: n.pos}
			}
		}
	}
	l.unknown(n.pos, path, what, name, in, names)
	return nil
}

// flags reads a list of names of features.
func (l *loader) flags(n *node, path string) *Value {
	if n.kind != sequence {
		l.report(n.pos, path, fmt.Sprintf("a list of features is wanted, %s found", describe(n)), "")
		return nil
	}
	v := &Value{Pos: n.pos}
	var names []string
	for _, f := range l.p.Features {
		names = append(names, f.Name)
	}
	for i, it := range n.items {
		at := fmt.Sprintf("%s[%d]", path, i)
		name, ok := l.stringOf(it, at)
		if !ok {
			continue
		}
		f := l.p.Feature(name)
		switch {
		case f == nil:
			l.unknown(it.pos, at, "feature", name, "", names)
		case v.Uint&(1<<f.Bit) != 0:
			l.report(it.pos, at, fmt.Sprintf("feature %q is here twice", name), "")
		default:
			v.Uint |= 1 << f.Bit
		}
	}
	return v
}

// vectors reads the vectors of a message.
func (l *loader) vectors(o *object, m *Message) {
	each(o, "vectors", "vector", func(o *object) {
		v := &Vector{Pos: o.n.pos}
		accept := o.get("accept")
		v.Reject = l.errorNamed(o.get("reject"), o.at("reject"), o)
		if o.has("accept") == o.has("reject") {
			o.report(o.n.pos, o.path, `a vector has either "accept" or "reject"`, "")
		}
		if accept != nil {
			v.Accept = l.values(accept, m, o.at("accept"), true)
		}
		if n := o.need("hex"); n != nil {
			v.Frame = l.frame(n, o.at("hex"))
		}
		at, _ := o.num("at", 1<<24)
		v.At = int(at)
		v.Because = o.text("because")
		v.Loose = o.yes("loose")
		for _, k := range []string{"at", "because"} {
			if o.has("reject") && !o.has(k) {
				o.need(k)
			}
			if o.has("accept") && o.has(k) {
				o.report(o.keyPos(k), o.at(k), "only a rejected vector has this", "")
			}
		}
		if o.has("reject") && o.has("loose") {
			o.report(o.keyPos("loose"), o.at("loose"), "only an accepted vector has this", "")
		}
		m.Vectors = append(m.Vectors, v)
		o.entity(v)
	})
}

// values reads {field: value}. With header, the correlation field may be among them.
func (l *loader) values(n *node, m *Message, path string, header bool) []NamedValue {
	o := l.object(n, "values", path)
	out := []NamedValue{}
	for _, p := range o.n.pairs {
		f := m.Field(p.key)
		if c := l.p.Correlation(); f == nil && header && c != nil && c.Name == p.key {
			f = c
		}
		if f == nil {
			var names []string
			for _, g := range m.Fields {
				names = append(names, g.Name)
			}
			l.unknown(p.pos, o.at(p.key), "field", p.key, m.Name, names)
			continue
		}
		if f.Type.Ignore {
			l.report(p.pos, o.at(p.key), "an ignored field has no value", "")
			continue
		}
		if v := l.value(p.value, f.Type, o.at(p.key)); v != nil {
			out = append(out, NamedValue{Name: p.key, Value: v, Pos: p.pos})
		}
	}
	return out
}

var repeated = regexp.MustCompile(`^([0-9a-f]{2})\*([1-9][0-9]{0,6})$`)

// frame reads bytes in hexadecimal, in groups as one likes; "78*65" stands for 65 bytes of 78.
func (l *loader) frame(n *node, path string) []byte {
	if n.kind != scalar || n.plain {
		l.report(n.pos, path, `bytes in hexadecimal are wanted, in quotes: "01 0000ff 78*65"`, "")
		return nil
	}
	var out []byte
	for _, w := range strings.Fields(n.text) {
		if m := repeated.FindStringSubmatch(w); m != nil {
			b, _ := hex.DecodeString(m[1])
			count, _ := strconv.Atoi(m[2])
			if len(out)+count <= maxFrame && l.frames+len(out)+count <= maxFrames {
				out = append(out, strings.Repeat(string(b), count)...)
				continue
			}
			l.report(n.pos, path, fmt.Sprintf("the frame is longer than %d bytes, or all frames are longer than %d", maxFrame, maxFrames), "")
			return nil
		}
		b, err := hex.DecodeString(w)
		if err != nil || w != strings.ToLower(w) {
			l.report(n.pos, path, fmt.Sprintf("%q is neither pairs of lower-case hexadecimal digits nor a repeat such as 78*65", w), "")
			return nil
		}
		out = append(out, b...)
	}
	l.frames += len(out)
	return out
}

// Caps on vectors, in bytes.
const (
	maxFrame  = 1 << 24 // one frame
	maxFrames = 1 << 26 // all of a table
)

// step reads one message of the conversation.
func (l *loader) step(o *object) *Step {
	s := &Step{Pos: o.n.pos}
	o.need("from")
	s.From = Direction(o.choice("from", "client", "client", "server"))
	s.Send = l.messageNamed(o.need("send"), o.at("send"), o)
	o.need("id")
	s.ID, _ = o.num("id", ^uint64(0))
	if n := o.get("with"); n != nil && s.Send != nil {
		s.With = l.values(n, s.Send, o.at("with"), false)
	}
	o.entity(s)
	return s
}
