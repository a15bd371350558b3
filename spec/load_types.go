package spec

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
)

// widths are the bytes of the built-in numbers, of lengths and of counts.
var widths = map[string]int{"u8": 1, "u16": 2, "u24": 3, "u32": 4, "u64": 8}

// signedWidths are the bytes of the built-in numbers with a sign.
var signedWidths = map[string]int{"i8": 1, "i16": 2, "i32": 4, "i64": 8}

// builtin are the names of the built-in types; those of bit fields are b1 to b63.
var builtin = []string{
	"u8", "u16", "u24", "u32", "u64", "i8", "i16", "i32", "i64", "b1", "varint",
	"bool", "string", "bytes", "array", "struct", "rest",
}

var (
	bitField = regexp.MustCompile(`^b([1-9]|[1-5][0-9]|6[0-3])$`)
	bitLike  = regexp.MustCompile(`^b[0-9]+$`)
)

// number returns the built-in type of that name if it is a number or a bool in one bit, else nil.
func number(name string) *Type {
	switch {
	case widths[name] > 0:
		return &Type{Kind: KindUint, Width: widths[name]}
	case signedWidths[name] > 0:
		return &Type{Kind: KindInt, Width: signedWidths[name]}
	case name == "b1":
		return &Type{Kind: KindBool, Bits: 1}
	case bitField.MatchString(name):
		bits, _ := strconv.Atoi(name[1:])
		return &Type{Kind: KindUint, Bits: bits}
	case name == "varint":
		return &Type{Kind: KindUint, Varint: maxVarint}
	}
	return nil
}

// maxVarint is the most bytes that a varint may have.
const maxVarint = 5

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
	l.sizes[lt.t] = l.sizes[t]
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
		l.sizes[&own] = l.sizes[t]
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
	if num := number(name); num != nil {
		return num, ""
	}
	switch name {
	case "bool", "string", "bytes", "array", "struct", "rest":
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
			return &Type{Kind: KindUint, Width: e.Width, Bits: e.Bits, Enum: e}, name
		}
	}
	if bitLike.MatchString(name) {
		o.report(n.pos, path, fmt.Sprintf("there is no type %q: bit fields have 1 to 63 bits", name), "")
		return t, ""
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
var refinements = []string{"const", "min", "max", "chars", "ascii", "profile", "error", "fresh", "secret", "unit", "eg", "examples"}

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
	bytes, told := o.num("bytes", maxVarint)
	until, _ := o.num("until", 255)
	of, fields := o.get("of"), o.get("fields")
	nullable, rest := o.yes("nullable"), o.yes("rest")
	flags := o.choice("flags", "", "features")
	set := o.choice("enum", "", "errors")
	ignore := o.yes("ignore")
	kind := t.Kind
	if named {
		kind = "named"
	}
	l.only(o, kind, "len", "string", "bytes")
	l.only(o, kind, "nullable", "bytes")
	l.only(o, kind, "count", "array")
	l.only(o, kind, "rest", "array")
	l.only(o, kind, "of", "array")
	l.only(o, kind, "fields", "struct")
	l.only(o, kind, "until", "string", "bytes", "array")
	l.only(o, kind, "size", "bytes")
	l.only(o, kind, "flags", "uint")
	l.only(o, kind, "enum", "uint")
	l.only(o, kind, "ignore", "uint", "int", "bool", "bytes", "rest")
	if o.has("bytes") && (t.Varint == 0 || named) && kind != "" {
		o.report(o.keyPos("bytes"), o.at("bytes"), "only a varint has a number of bytes of its own", "")
	}
	if named {
		return
	}
	switch t.Kind {
	case KindUint, KindInt, KindBool, KindBytes, KindRest:
		t.Ignore = ignore
	}
	if o.has("until") {
		b := byte(until)
		t.Until = &b
	}
	switch t.Kind {
	case KindString:
		t.LenWidth = length
		l.oneOf(o, "len", "until")
	case KindBytes:
		t.LenWidth, t.Size, t.Nullable = length, int(size), nullable
		if sized {
			t.Size = max(1, t.Size)
		}
		l.oneOf(o, "len", "size", "until")
		if sized && size == 0 {
			o.report(o.keyPos("size"), o.at("size"), "a size of 0 holds nothing", "")
		}
		if nullable && !o.has("len") {
			o.report(o.keyPos("nullable"), o.at("nullable"), `a length says that there is no value: "len" is missing`, "")
		}
	case KindArray:
		t.LenWidth, t.ToEnd = count, rest
		if !o.has("count") && !o.has("until") && !o.has("rest") {
			o.report(o.n.pos, o.path, `nothing says where the elements end: a "count" before them, "until" a byte, or the "rest" of the body`, "")
		}
		l.oneOf(o, "count", "until", "rest")
		if of == nil {
			o.need("of")
		}
		t.Elem = l.element(o, of)
		inner := l.sizes[t.Elem]
		l.grow(o, "of", t, extent{inner.fields + 1, inner.depth + 1})
	case KindStruct:
		if fields == nil {
			o.need("fields")
		}
		if l.fieldsOf(o, t); len(t.Fields) == 0 {
			*t = Type{}
		}
	case KindUint:
		t.Flags, t.ErrorSet = flags != "", set != ""
		if t.Flags && t.ErrorSet {
			o.report(o.keyPos("enum"), o.at("enum"), `"flags" and "enum" exclude each other`, "")
		}
		if t.Varint > 0 {
			o.need("bytes")
			t.Varint = max(1, int(bytes))
			if told && bytes == 0 {
				o.report(o.keyPos("bytes"), o.at("bytes"), "a number has at least one byte", "")
			}
		}
	}
}

// oneOf reports keys that exclude each other.
func (l *loader) oneOf(o *object, keys ...string) {
	first := ""
	for _, k := range keys {
		if !o.has(k) {
			continue
		}
		if first != "" {
			o.report(o.keyPos(k), o.at(k), fmt.Sprintf("%q and %q exclude each other: both say where the value ends", first, k), "")
			return
		}
		first = k
	}
}

// element returns the type of the elements of an array: a name, or a mapping that says more about a built-in type.
func (l *loader) element(o *object, of *node) *Type {
	if of != nil && of.kind == mapping {
		e := l.object(of, "element", o.at("of"))
		t, _ := l.typeOf(e)
		t.Doc = e.text("doc")
		e.entity(t)
		if t.Endless() {
			e.report(e.keyPos("type"), e.at("type"), "nothing says where an element ends: a length before it, a size, or a byte that ends it", "")
			return &Type{}
		}
		return t
	}
	e, named := l.base(o, of, o.at("of"))
	switch e.Kind {
	case KindString, KindBytes, KindArray, KindStruct, KindRest:
		if named == "" || e.Endless() {
			o.report(of.pos, o.at("of"), fmt.Sprintf("elements of %s must say how long they are: write a mapping, {type: %s, …}, or a named type", e.Kind, e.Kind), "")
		}
	}
	return e
}

// An extent is how large a type is. A table that nests types can say much in few lines.
type extent struct {
	fields int // of a struct, those of its structs included
	depth  int // of types within each other
}

// The largest extent.
const (
	maxInner  = 5000
	maxNested = 16
)

// grow notes the extent of t, and empties t if that is too large. key is the key that says what is in it.
func (l *loader) grow(o *object, key string, t *Type, e extent) {
	switch {
	case e.depth > maxNested:
		o.report(o.keyPos(key), o.at(key), fmt.Sprintf("types are nested too deep; at most %d levels are allowed", maxNested), "")
	case e.fields > maxInner:
		o.report(o.keyPos(key), o.at(key), fmt.Sprintf("there are %d fields within it; at most %d are allowed", e.fields, maxInner), "")
	default:
		l.sizes[t] = e
		return
	}
	*t = Type{}
}

// fieldsOf reads the fields of a struct.
func (l *loader) fieldsOf(o *object, t *Type) {
	var e extent
	each(o, "fields", "field", func(o *object) {
		f := l.field(o, nil, t.Fields)
		t.Fields = append(t.Fields, f)
		inner := l.sizes[f.Type]
		e.fields += 1 + inner.fields
		e.depth = max(e.depth, inner.depth)
	})
	if o.has("fields") && len(t.Fields) == 0 {
		o.report(o.keyPos("fields"), o.at("fields"), "a struct has at least one field", "")
	}
	l.counted(nil, t.Fields)
	l.structs = append(l.structs, t.Fields)
	l.grow(o, "fields", t, extent{e.fields, e.depth + 1})
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
