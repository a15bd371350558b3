package spec

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// layouts reads the layouts of frames: "frame" if there is one, "frames" if there are several.
// It reports whether there is something to go on with.
func (l *loader) layouts(o *object) bool {
	several := o.get("frames")
	switch {
	case o.has("frame") && o.has("frames"):
		o.report(o.keyPos("frames"), "frames", `"frame" and "frames" exclude each other: several layouts stand in "frames"`, "")
	case !o.has("frames"):
		o.need("frame")
	}
	if several == nil {
		main := &Frame{Pos: l.p.Section("frame")}
		l.p.Frames = []*Frame{main}
		l.header(o, "frame", main)
		return o.has("frame")
	}
	o.get("frame")
	if several.kind != mapping {
		l.report(several.pos, "frames", fmt.Sprintf("a mapping of names to layouts is wanted, %s found", describe(several)), "")
		return false
	}
	for _, p := range several.pairs {
		f := &Frame{Name: p.key, Pos: p.pos}
		path := "frames." + p.key
		if !lowName.MatchString(p.key) {
			l.report(p.pos, path, fmt.Sprintf("%q cannot be a name here: it must look like startup", p.key), "")
		}
		l.p.Frames = append(l.p.Frames, f)
		switch {
		case p.value.null:
			l.report(p.pos, path, "the key has no value", "")
		case p.value.kind == mapping:
			fo := l.object(p.value, "layout", path)
			f.Doc = fo.text("doc")
			fo.need("fields")
			l.header(fo, "fields", f)
			fo.entity(f)
		default:
			l.p.where[f] = &where{path: path, pos: p.pos}
			list := &object{loader: l, n: several, path: "frames", index: map[string]*pair{p.key: p}}
			l.header(list, p.key, f)
		}
	}
	return true
}

// maxHeader is how many fields a layout may have. Each message has them all.
const maxHeader = 64

// header reads the fields of a layout.
func (l *loader) header(o *object, key string, f *Frame) {
	each(o, key, "header field", func(o *object) {
		if len(f.Fields) == maxHeader {
			o.report(o.n.pos, o.path, fmt.Sprintf("a layout has at most %d fields", maxHeader), "")
		}
		h := l.headerField(o)
		if len(f.Fields) < maxHeader {
			f.Fields = append(f.Fields, h)
		}
	})
}

// headerField reads one field of a layout.
func (l *loader) headerField(o *object) *Field {
	f := &Field{Name: o.word("name", lowName, "length"), Pos: o.n.pos}
	f.Type, f.Named = l.typeOf(o)
	f.Role = Role(o.choice("is", "", "opcode", "correlation"))
	f.From = Direction(o.choice("from", "", "client", "server"))
	o.choice("per", "", "opcode")
	f.Per = o.has("per")
	f.Counts = l.names(o, "counts")
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
	f.Since, f.Deprecated = o.text("since"), o.text("deprecated")
	f.Doc = o.text("doc")
	o.entity(f)
	return f
}

// names reads a list of texts.
func (l *loader) names(o *object, key string) (out []string) {
	for i, n := range o.list(key) {
		if s, ok := o.stringOf(n, fmt.Sprintf("%s[%d]", o.at(key), i)); ok {
			out = append(out, s)
		}
	}
	return out
}

// head fills m.Head: the header of its layout, as "header" narrows it.
func (l *loader) head(o *object, m *Message) {
	narrow := map[string]*node{}
	var from, all []string
	for _, f := range m.Frame.Fields {
		all = append(all, f.Name)
	}
	for _, f := range m.Frame.Of(m.From) {
		from = append(from, f.Name)
	}
	h := &object{loader: l, n: &node{}}
	if n := o.get("header"); n != nil {
		h = l.object(n, "values", o.at("header"))
		for _, p := range n.pairs {
			switch {
			case !contains(all, p.key):
				l.unknown(p.pos, h.at(p.key), "header field", p.key, m.Frame.Name, from)
			case !contains(from, p.key):
				l.report(p.pos, h.at(p.key), fmt.Sprintf("the header of the %s has no %q", m.From, p.key), "")
			case p.value.null:
				l.report(p.pos, h.at(p.key), "the key has no value", "")
			default:
				narrow[p.key] = p.value
			}
		}
	}
	for _, f := range m.Frame.Of(m.From) {
		n := narrow[f.Name]
		switch {
		case f.Type.Kind == KindRest && !f.Type.Ignore:
			if n != nil {
				l.report(n.pos, h.at(f.Name), "the body is narrowed by the fields of the message", "")
			}
		case n != nil && (f.Role != RoleNone || len(f.Counts) > 0 || f.Type.Const != nil || f.Type.Ignore):
			l.report(n.pos, h.at(f.Name), fmt.Sprintf("%q is no value: a message cannot narrow it", f.Name), "")
			m.Head = append(m.Head, f)
		case n != nil && n.kind == sequence:
			m.Head = append(m.Head, l.bitsOf(n, f, h.at(f.Name))...)
		case n != nil:
			m.Head = append(m.Head, l.narrowed(n, f, h.at(f.Name)))
		case f.Per:
			ignored := *f
			t := *f.Type
			t.Ignore = true
			ignored.Type = &t
			m.Head = append(m.Head, &ignored)
		default:
			m.Head = append(m.Head, f)
		}
	}
}

// narrowed returns a header field with the limits that a message sets to it: a constant, or a mapping.
func (l *loader) narrowed(n *node, f *Field, path string) *Field {
	out, t := *f, *f.Type
	out.Type = &t
	t.Pos = n.pos
	if n.kind == scalar {
		t.Const = l.value(n, &t, path)
		l.p.where[&out] = &where{path: path, pos: n.pos}
		return &out
	}
	o := l.object(n, "narrowing", path)
	if t.Kind != KindUint && t.Kind != KindInt {
		l.only(o, t.Kind, "min", "uint", "int")
		l.only(o, t.Kind, "max", "uint", "int")
	}
	if n := o.get("const"); n != nil {
		t.Const = l.value(n, &t, o.at("const"))
	}
	if v := o.limit("min", &t); v != nil {
		t.Min = v
	}
	if v := o.limit("max", &t); v != nil {
		t.Max = v
	}
	if e := l.errorOf(o); e != nil {
		t.Error = e
	}
	if n := o.get("eg"); n != nil {
		t.Eg = l.value(n, &t, o.at("eg"))
	}
	if s := o.text("doc"); s != "" {
		out.Doc = s
	}
	o.entity(&out)
	return &out
}

// reservedBit is the name of bits that mean nothing.
const reservedBit = "_"

// bitsOf returns the fields into which a message divides the bits of f.
func (l *loader) bitsOf(n *node, f *Field, path string) (out []*Field) {
	if !f.Per {
		l.report(n.pos, path, fmt.Sprintf(`only a field with "per: opcode" is divided by each message: %q has its own meaning`, f.Name), "")
	}
	sum, whole := 0, max(f.Type.Bits, 8*f.Type.Width)
	for i, it := range n.items {
		at := fmt.Sprintf("%s[%d]", path, i)
		var b *Field
		switch {
		case it.kind == mapping:
			o := l.object(it, "bit", path+label(it, i))
			b = &Field{Name: o.word("name", lowName, "retain"), Pos: it.pos}
			b.Type, b.Named = l.typeOf(o)
			b.Since, b.Deprecated = o.text("since"), o.text("deprecated")
			b.Doc = o.text("doc")
			o.entity(b)
			if b.Type.Bits == 0 {
				sum = -1 << 20 // whatever else there is
			}
			if b.Type.Bits == 0 && b.Type.Kind != "" {
				l.report(o.keyPos("type"), o.at("type"), "a number of bits is wanted: b1 to b63, or an enum of such", "")
			}
		default:
			name, ok := l.stringOf(it, at)
			if ok && name != reservedBit && !lowName.MatchString(name) {
				l.report(it.pos, at, fmt.Sprintf("%q cannot be a name here: it must look like retain, or be _ for a reserved bit", name), "")
			}
			b = &Field{Name: name, Pos: it.pos, Type: &Type{Kind: KindBool, Bits: 1, Ignore: name == reservedBit, Pos: it.pos}}
			l.p.where[b] = &where{path: at, pos: it.pos, keys: map[string]Pos{"name": it.pos}}
		}
		b.From = f.From
		if b.Name != reservedBit {
			l.bits[b] = true
		}
		sum += b.Type.Bits
		out = append(out, b)
	}
	switch {
	case !f.Per:
		out = append(out, f)
	case sum != whole && sum >= 0:
		l.report(n.pos, path, fmt.Sprintf("these are %d bits, and %q has %d", sum, f.Name, whole), "")
	}
	return out
}

// preface reads what a side sends before its first frame.
func (l *loader) preface(o *object) *Preface {
	p := &Preface{Pos: o.n.pos}
	o.need("from")
	p.From = Direction(o.choice("from", "client", "client", "server"))
	if n := o.need("bytes"); n != nil {
		if s, ok := o.stringOf(n, o.at("bytes")); ok {
			p.Bytes = []byte(s)
			if digits, isHex := strings.CutPrefix(s, "0x"); isHex {
				b, err := hex.DecodeString(digits)
				if err != nil || s != strings.ToLower(s) {
					o.report(n.pos, o.at("bytes"), `bytes are wanted, in pairs of lower-case hexadecimal digits: "0x00ff", or a text`, "")
				}
				p.Bytes = b
			}
			if len(p.Bytes) == 0 {
				o.report(n.pos, o.at("bytes"), "nothing is sent", "")
			}
		}
	}
	o.entity(p)
	return p
}

func (l *loader) check(o *object) *Check {
	o.need("check")
	c := &Check{Pos: o.n.pos, Name: CheckName(o.choice("check", "message", "length", "correlation", "opcode", "state", "early", "layout", "limits", "feature", "message"))}
	c.Error = l.errorOf(o)
	c.Ignore = o.yes("ignore")
	if c.Ignore && o.has("error") {
		o.report(o.keyPos("ignore"), o.at("ignore"), "what is ignored earns no error", "")
	}
	c.Doc = o.text("doc")
	o.entity(c)
	return c
}

func (l *loader) fence(o *object) {
	f := &l.p.Fence
	f.Pos = o.n.pos
	f.Send = l.messageNamed(o.need("send"), o.at("send"), o)
	f.Expect = l.messageNamed(o.need("expect"), o.at("expect"), o)
	f.In = l.statesOf(o, "in")
	o.entity(f)
}
