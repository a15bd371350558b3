package spec

import "strconv"

// limits reads the keys that limit the values of a type.
func (l *loader) limits(o *object, t *Type) {
	l.only(o, t.Kind, "min", "uint", "int", "string", "bytes", "array")
	l.only(o, t.Kind, "max", "uint", "int", "string", "bytes", "array", "rest")
	l.only(o, t.Kind, "const", "uint", "int", "bool", "string", "bytes")
	for _, k := range []string{"chars", "ascii", "profile", "examples"} {
		l.only(o, t.Kind, k, "string")
	}
	l.only(o, t.Kind, "fresh", "uint", "int", "string", "bytes")
	l.only(o, t.Kind, "secret", "string", "bytes")
	l.only(o, t.Kind, "unit", "uint", "int")
	if v := o.limit("min", t); v != nil {
		t.Min = v
	}
	if v := o.limit("max", t); v != nil {
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
	if n := o.get("const"); n != nil && t.Kind != KindArray && t.Kind != KindStruct && t.Kind != KindRest {
		t.Const = l.value(n, t, o.at("const"))
		for _, k := range []string{"ignore", "min", "max", "eg", "examples", "fresh", "secret"} {
			if o.has(k) {
				o.report(o.keyPos(k), o.at(k), "a constant has one value, and that needs no "+k, "")
			}
		}
	}
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
