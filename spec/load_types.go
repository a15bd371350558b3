package spec

import (
	"fmt"
	"slices"
	"strconv"
)

// widths are the bytes of the built-in numbers.
var widths = map[string]int{"u8": 1, "u16": 2, "u24": 3, "u32": 4, "u64": 8}

// builtin are the names of the built-in types.
var builtin = []string{"u8", "u16", "u24", "u32", "u64", "bool", "string", "bytes", "array", "rest"}

// maxOf returns the largest number in so many bytes.
func maxOf(width int) uint64 {
	if width >= 8 {
		return ^uint64(0)
	}
	return 1<<(8*width) - 1
}

// A lazyType is a named type that is read when it is first needed, so that types may stand in any order.
type lazyType struct {
	o     *object
	t     *Type
	begun bool
}

// namedTypes reads the section "types".
func (l *loader) namedTypes(o *object) {
	l.types = map[string]*lazyType{}
	var all []*lazyType
	each(o, "types", "type", func(o *object) {
		lt := &lazyType{o: o, t: &Type{Name: o.word("name", lowName, "user_name"), Pos: o.n.pos}}
		all = append(all, lt)
		l.p.Types = append(l.p.Types, lt.t)
		if l.types[lt.t.Name] == nil {
			l.types[lt.t.Name] = lt
		}
	})
	for _, lt := range all {
		l.finish(lt)
	}
}

// finish reads a named type once.
func (l *loader) finish(lt *lazyType) {
	if lt.begun {
		return
	}
	lt.begun = true
	name := lt.t.Name
	t, _ := l.typeOf(lt.o)
	*lt.t = *t
	lt.t.Name, lt.t.Pos = name, lt.o.n.pos
	lt.t.Doc = lt.o.text("doc")
	lt.o.entity(lt.t)
}

// typeOf reads "type" and the keys that say more about it. The second result is the name of the type or enum, "" for
// a built-in one. A named type is shared unless the object tells more about it.
func (l *loader) typeOf(o *object) (*Type, string) {
	t, named := l.base(o, o.need("type"), o.at("type"))
	if named == "" || l.refined(o) {
		own := *t
		own.Pos = o.n.pos
		own.Examples = slices.Clip(own.Examples) // what is appended is the field's own
		t = &own
	}
	l.layout(o, t, named != "")
	l.limits(o, t)
	return t, named
}

// base returns the type that n names.
func (l *loader) base(o *object, n *node, path string) (*Type, string) {
	t := &Type{} // without a kind: what is wrong about it was reported, and what follows from it is not
	if n == nil {
		return t, ""
	}
	name, ok := o.stringOf(n, path)
	if !ok {
		return t, ""
	}
	if w := widths[name]; w > 0 {
		return &Type{Kind: KindUint, Width: w}, ""
	}
	switch name {
	case "bool", "string", "bytes", "array", "rest":
		return &Type{Kind: Kind(name)}, ""
	}
	if lt := l.types[name]; lt != nil {
		if lt.begun && lt.o.p.where[lt.t] == nil {
			o.report(n.pos, path, fmt.Sprintf("type %q contains itself", name), "")
			return t, ""
		}
		l.finish(lt)
		return lt.t, name
	}
	for _, e := range l.p.Enums {
		if e.Name == name {
			return &Type{Kind: KindUint, Width: e.Width, Enum: e}, name
		}
	}
	names := append([]string{}, builtin...)
	for _, e := range l.p.Enums {
		names = append(names, e.Name)
	}
	for _, nt := range l.p.Types {
		names = append(names, nt.Name)
	}
	o.unknown(n.pos, path, "type", name, "", names)
	return t, ""
}

// refinements are the keys that make a field's type differ from the named type it is of.
var refinements = []string{"min", "max", "chars", "ascii", "profile", "error", "fresh", "secret", "unit", "eg", "examples"}

func (l *loader) refined(o *object) bool {
	for _, k := range refinements {
		if o.has(k) {
			return true
		}
	}
	return false
}

// layout reads the keys that say how a built-in type lies on the wire.
func (l *loader) layout(o *object, t *Type, named bool) {
	length := widths[o.choice("len", "", "u8", "u16", "u24", "u32")]
	count := widths[o.choice("count", "", "u8", "u16", "u24", "u32")]
	size, sized := o.num("size", 1<<24)
	of := o.get("of")
	flags := o.choice("flags", "", "features")
	set := o.choice("enum", "", "errors")
	t.Ignore = o.yes("ignore") || t.Ignore
	kind := t.Kind
	if named {
		kind = "named"
	}
	l.only(o, kind, "len", "string", "bytes")
	l.only(o, kind, "count", "array")
	l.only(o, kind, "of", "array")
	l.only(o, kind, "size", "bytes")
	l.only(o, kind, "flags", "uint")
	l.only(o, kind, "enum", "uint")
	l.only(o, kind, "ignore", "rest")
	if named {
		return
	}
	switch t.Kind {
	case KindString:
		t.LenWidth = length
		if !o.has("len") {
			o.need("len")
		}
	case KindBytes:
		t.LenWidth, t.Size = length, int(size)
		if o.has("len") == o.has("size") {
			o.report(o.n.pos, o.path, `bytes need either "len" or "size"`, "")
		} else if sized && size == 0 {
			o.report(o.keyPos("size"), o.at("size"), "a size of 0 holds nothing", "")
		}
	case KindArray:
		t.LenWidth = count
		if !o.has("count") {
			o.need("count")
		}
		if of == nil {
			o.need("of")
		}
		t.Elem = l.element(o, of)
	case KindUint:
		t.Flags, t.ErrorSet = flags != "", set != ""
		if t.Flags && t.ErrorSet {
			o.report(o.keyPos("enum"), o.at("enum"), `"flags" and "enum" exclude each other`, "")
		}
	}
}

// element returns the type of the elements of an array.
func (l *loader) element(o *object, of *node) *Type {
	e, named := l.base(o, of, o.at("of"))
	if named == "" && e.Kind != "" && e.Kind != KindUint && e.Kind != KindBool {
		o.report(of.pos, o.at("of"), fmt.Sprintf("elements of %s must be of a named type, which says how long they are", e.Kind), "")
	}
	return e
}

// only reports a key that does not belong to the kind of a type.
func (l *loader) only(o *object, kind Kind, key string, kinds ...Kind) {
	if !o.has(key) || kind == "" {
		return
	}
	for _, k := range kinds {
		if k == kind {
			return
		}
	}
	what := "a type of kind " + string(kind)
	if kind == "named" {
		what = "a named type"
	}
	o.report(o.keyPos(key), o.at(key), fmt.Sprintf("%q cannot be said of %s", key, what), "")
}

// limits reads the keys that limit the values of a type.
func (l *loader) limits(o *object, t *Type) {
	l.only(o, t.Kind, "min", "uint", "string", "bytes", "array")
	l.only(o, t.Kind, "max", "uint", "string", "bytes", "array", "rest")
	for _, k := range []string{"chars", "ascii", "profile", "examples"} {
		l.only(o, t.Kind, k, "string")
	}
	l.only(o, t.Kind, "fresh", "uint", "string", "bytes")
	l.only(o, t.Kind, "secret", "string", "bytes")
	l.only(o, t.Kind, "unit", "uint")
	if v := o.limit("min"); v != nil {
		t.Min = v
	}
	if v := o.limit("max"); v != nil {
		t.Max = v
	}
	if n := o.get("chars"); n != nil {
		c := o.object(n, "chars", o.at("chars"))
		c.need("min")
		c.need("max")
		t.Chars = &Range{}
		t.Chars.Min, _ = c.num("min", 1<<32)
		t.Chars.Max, _ = c.num("max", 1<<32)
		c.entity(t.Chars)
	}
	if n := o.get("ascii"); n != nil {
		if s, ok := o.stringOf(n, o.at("ascii")); ok {
			set, err := parseCharSet(s)
			if err != nil {
				o.report(n.pos, o.at("ascii"), err.Error(), "")
			}
			t.ASCII = set
		}
	}
	if n := o.get("profile"); n != nil {
		p := o.object(n, "profile", o.at("profile"))
		p.need("name")
		t.Profile = &Profile{Name: p.choice("name", "OpaqueString", "UsernameCaseMapped", "OpaqueString")}
		t.Profile.Feature = l.featureOf(p)
		p.entity(t.Profile)
	}
	if e := l.errorOf(o); e != nil {
		t.Error = e
	}
	t.Fresh = o.yes("fresh") || t.Fresh
	t.Secret = o.yes("secret") || t.Secret
	t.Unit = o.choice("unit", t.Unit, "s", "ms")
	each(o, "examples", "example", func(o *object) { t.Examples = append(t.Examples, l.example(o)) })
	if n := o.get("eg"); n != nil {
		t.Eg = l.value(n, t, o.at("eg"))
	}
}

func (l *loader) example(o *object) *Example {
	e := &Example{Pos: o.n.pos}
	for key, to := range map[string]**string{"accept": &e.Accept, "reject": &e.Reject} {
		if n := o.get(key); n != nil {
			if s, ok := o.stringOf(n, o.at(key)); ok {
				*to = &s
			}
		}
	}
	for i, n := range o.list("equal") {
		if s, ok := o.stringOf(n, o.at("equal")+"["+strconv.Itoa(i)+"]"); ok {
			e.Equal = append(e.Equal, s)
		}
	}
	if len(o.n.pairs) != 1 && o.n.kind == mapping {
		o.report(o.n.pos, o.path, `an example has one of "accept", "reject" and "equal"`, "")
	}
	if o.has("equal") && len(e.Equal) < 2 {
		o.report(o.keyPos("equal"), o.at("equal"), "two or more spellings are wanted", "")
	}
	o.entity(e)
	return e
}
