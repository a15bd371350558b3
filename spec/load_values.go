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
	case t.Nullable && n.kind == scalar && n.plain && n.text == "null":
		v.Null = true
	case n.kind == scalar && n.plain && n.text == "null" && (t.Kind == KindBytes || t.Kind == KindRest):
		l.report(n.pos, path, "there must be a value here: null is one of bytes that are nullable", "")
		return nil
	case t.Flags:
		return l.flags(n, path)
	case t.Enum != nil, t.ErrorSet:
		return l.enumValue(n, t, path)
	case t.Kind == KindUint:
		v.Uint, ok = l.uintOf(n, path, t.Widest())
	case t.Kind == KindInt:
		v.Uint, ok = l.intOf(n, path, t.Width)
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
	case t.Kind == KindStruct:
		if n.kind != mapping {
			l.report(n.pos, path, fmt.Sprintf("a mapping of fields to values is wanted, %s found", describe(n)), "")
			return nil
		}
		v.Sub = l.values(n, t.Fields, "", path)
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

// enumValue reads the name of a value of an enum, or of an error. Where others are legal, they are written as numbers.
func (l *loader) enumValue(n *node, t *Type, path string) *Value {
	if (t.ErrorSet || t.Enum != nil && t.Enum.Open) && describe(n) == "a number" {
		v, ok := l.uintOf(n, path, t.Widest())
		if !ok {
			return nil
		}
		if name := l.nameOf(t, v); name != "" {
			l.report(n.pos, path, fmt.Sprintf("%d has a name: write %s", v, name), "")
			return nil
		}
		return &Value{Uint: v, Pos: n.pos}
	}
	if d := describe(n); d == "a number" {
		l.report(n.pos, path, "a name is wanted, a number found", "")
		return nil
	}
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
			if e.Uncoded {
				continue
			}
			names = append(names, e.Name)
			if e.Name == name {
				return &Value{Uint: e.Code, Pos: n.pos}
			}
		}
	}
	l.unknown(n.pos, path, what, name, in, names)
	return nil
}

// nameOf returns what the table calls a value of an enum or the code of an error, "" if it has no name.
func (l *loader) nameOf(t *Type, v uint64) string {
	if t.Enum == nil {
		if e := l.p.ErrorByCode(v); e != nil {
			return e.Name
		}
		return ""
	}
	for _, e := range t.Enum.Values {
		if e.Value == v {
			return e.Name
		}
	}
	return ""
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
			v.Accept = l.values(accept, valued(m, true), m.Name, o.at("accept"))
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

// valued returns the fields of a message of which values can be told: those of the header but the opcode, the correlation
// only if it is wanted, and those of the body.
func valued(m *Message, correlation bool) []*Field {
	var out []*Field
	for _, f := range m.Head {
		if f.Role == RoleNone || f.Role == RoleCorrelation && correlation {
			out = append(out, f)
		}
	}
	return append(out, m.Fields...)
}

// values reads {field: value} for some of the fields. in is what has them.
func (l *loader) values(n *node, fields []*Field, in, path string) []NamedValue {
	o := l.object(n, "values", path)
	out := []NamedValue{}
	for _, p := range o.n.pairs {
		f := find(fields, func(f *Field) bool { return f.Name == p.key })
		if f == nil {
			var names []string
			for _, g := range fields {
				if g.IsValue() {
					names = append(names, g.Name)
				}
			}
			l.unknown(p.pos, o.at(p.key), "field", p.key, in, names)
			continue
		}
		why := ""
		switch {
		case f.Type.Ignore:
			why = "an ignored field has no value"
		case f.Type.Const != nil:
			why = "a constant is not told: it has one value"
		case len(f.Counts) > 0:
			why = "a length is not told: it follows from what it counts"
		}
		if why != "" {
			l.report(p.pos, o.at(p.key), why, "")
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
	s.ID, _ = o.num("id", ^uint64(0))
	switch {
	case s.Send == nil:
	case s.Send.Frame.Correlation() != nil:
		o.need("id")
	case o.has("id"):
		o.report(o.keyPos("id"), o.at("id"), fmt.Sprintf("frames of %s have no correlation", s.Send.Name), "")
	}
	if n := o.get("with"); n != nil && s.Send != nil {
		s.With = l.values(n, valued(s.Send, false), s.Send.Name, o.at("with"))
	}
	o.entity(s)
	return s
}
