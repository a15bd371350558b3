package gen

import (
	"fmt"

	"github.com/wirelaw/wirelaw/spec"
)

// A bodyWriter prints the methods that read and judge the fields of one message.
type bodyWriter struct {
	g *goCodec
	f *goFile
	m *spec.Message
	n int // bytes without limits that have not been passed over yet
}

// decode prints the method that reads the fields.
func (w *bodyWriter) decode() {
	f := w.f
	f.p("func (m *%s) decode(d *codec.Decoder) {", messageName(w.m))
	for i, fl := range w.m.Fields {
		early := fl.Early && w.g.p.Check(spec.CheckEarly) != nil
		if fl.If != nil {
			f.p("if %s {", w.g.condition(fl))
		}
		if early {
			f.p("off%d := d.Offset()", i)
		}
		if skipped(fl) {
			f.p("d.Skip()")
		} else {
			w.read("m."+fieldName(fl), false, fl, fl.Type, 0, "")
		}
		if early {
			f.p("if d.OK() {\nc := d.Checker(off%d)", i)
			w.judge("m."+fieldName(fl), fl, fl.Type, 0, "")
			w.n = 0
			f.p("d.Judge(&c, off%d)\n}", i)
		}
		if fl.If != nil {
			f.p("}")
		}
	}
	f.p("}\n")
}

// read prints the statements that read a value of type t, the type of fl or of elements in it, into x. If declare is set,
// x is a variable that they declare.
func (w *bodyWriter) read(x string, declare bool, fl *spec.Field, t *spec.Type, depth int, suffix string) {
	assign := "="
	if declare {
		assign = ":="
	}
	call, gives := "", ""
	switch t.Kind {
	case spec.KindUint:
		call, gives = fmt.Sprintf("d.U%d(%q)", 8*t.Width, fl.Name), uintType(t.Width)
	case spec.KindBool:
		call, gives = fmt.Sprintf("d.Bool(%q, &%s)", fl.Name, w.limits(fl, t, suffix)), "bool"
	case spec.KindString:
		call, gives = fmt.Sprintf("d.String(%q, %d)", fl.Name, t.LenWidth), "string"
	case spec.KindRest:
		call, gives = "d.Rest()", "[]byte"
	case spec.KindBytes:
		if t.LenWidth == 0 {
			if declare {
				w.f.p("var %s %s", x, w.g.goType(t))
			}
			w.f.p("d.Fixed(%q, %s[:])", fl.Name, x)
			return
		}
		call, gives = fmt.Sprintf("d.Bytes(%q, %d)", fl.Name, t.LenWidth), "[]byte"
	case spec.KindArray:
		if declare {
			w.f.p("var %s %s", x, w.g.goType(t))
		}
		w.readArray(x, fl, t, depth, suffix)
		return
	}
	w.f.p("%s %s %s", x, assign, w.g.convert(call, gives, w.g.goType(t)))
}

// readArray prints the loop over the elements. Of an array that is too long no more are kept than the check needs to see
// that; all of them are read, because the layout is judged first.
func (w *bodyWriter) readArray(x string, fl *spec.Field, t *spec.Type, depth int, suffix string) {
	f := w.f
	i, n, off, v := fmt.Sprintf("i%d", depth), fmt.Sprintf("n%d", depth), fmt.Sprintf("at%d", depth), fmt.Sprintf("v%d", depth)
	keep := n
	bounded := t.Max != nil && *t.Max < widest(t.LenWidth)
	if bounded {
		keep = fmt.Sprintf("min(%s, %d)", n, *t.Max+1)
	}
	f.p("if %s := d.Count(%q, %d, %d); %s > 0 {", n, fl.Name, t.LenWidth, smallest(t.Elem), n)
	f.p("%s = make(%s, 0, %s)", x, w.g.goType(t), keep)
	f.p("for %s := range %s {\n%s := d.Offset()", i, n, off)
	w.read(v, true, fl, t.Elem, depth+1, suffix+"Element")
	f.p("d.Index(%q, %s, %s)\nif !d.OK() {\nbreak\n}", fl.Name, off, i)
	if bounded {
		f.p("if %s <= %d {\n%s = append(%s, %s)\n}", i, *t.Max, x, x, v)
	} else {
		f.p("%s = append(%s, %s)", x, x, v)
	}
	f.p("}\n}")
}

// check prints the method that holds the fields to their limits.
func (w *bodyWriter) check() {
	f := w.f
	if len(w.m.Fields) == 0 {
		f.p("func (*%s) check(*codec.Checker) {}", messageName(w.m))
		return
	}
	f.p("func (m *%s) check(c *codec.Checker) {", messageName(w.m))
	for _, fl := range w.m.Fields {
		if skipped(fl) {
			continue
		}
		if fl.If != nil {
			w.pass()
			f.p("if %s {", w.g.condition(fl))
		}
		w.judge("m."+fieldName(fl), fl, fl.Type, 0, "")
		if fl.If != nil {
			w.pass()
			f.p("}")
		}
	}
	w.n = 0 // nothing follows that could be judged
	f.p("}\n")
}

// pass prints the step over bytes without limits.
func (w *bodyWriter) pass() {
	if w.n > 0 {
		w.f.p("c.Skip(%d)", w.n)
		w.n = 0
	}
}

func (w *bodyWriter) limits(fl *spec.Field, t *spec.Type, suffix string) string {
	return w.g.limitsOf(w.m, fl, t, suffix)
}

// judge prints the statements that hold x, a value of type t, to its limits.
func (w *bodyWriter) judge(x string, fl *spec.Field, t *spec.Type, depth int, suffix string) {
	f := w.f
	if t.Kind == spec.KindBool {
		w.n++
		return
	}
	if fixed(t) && !w.g.limited(t) {
		w.n += t.Width
		if t.Kind == spec.KindBytes {
			w.n += t.Size
		}
		return
	}
	w.pass()
	if t.Kind == spec.KindRest && !w.g.limited(t) {
		f.p("c.Skip(len(%s))", x)
		return
	}
	lim := "&" + w.limits(fl, t, suffix)
	switch t.Kind {
	case spec.KindUint:
		if t.Enum != nil {
			e := w.g.convert(x, w.g.goType(t), goName(t.Enum.Name))
			f.p("c.Enum(%q, %d, %s, %s.Defined(), %s)", fl.Name, t.Width, w.g.convert(x, w.g.goType(t), "uint64"), e, lim)
			return
		}
		f.p("c.Uint(%q, %d, %s, %s)", fl.Name, t.Width, w.g.convert(x, w.g.goType(t), "uint64"), lim)
	case spec.KindString:
		f.p("c.String(%q, %d, %s, %s)", fl.Name, t.LenWidth, w.g.convert(x, w.g.goType(t), "string"), lim)
	case spec.KindBytes, spec.KindRest:
		f.p("c.Bytes(%q, %d, len(%s), %s)", fl.Name, t.LenWidth, x, lim)
	case spec.KindArray:
		if fixed(t.Elem) && !w.g.limited(t.Elem) || t.Elem.Kind == spec.KindBool {
			f.p("c.Count(%q, %d, len(%s), %s)", fl.Name, t.LenWidth, x, lim)
			f.p("c.Skip(%d * len(%s))", smallest(t.Elem), x)
			return
		}
		f.p("if c.Count(%q, %d, len(%s), %s) {", fl.Name, t.LenWidth, x, lim)
		i, v := fmt.Sprintf("i%d", depth), fmt.Sprintf("v%d", depth)
		f.p("for %s, %s := range %s {", i, v, x)
		w.judge(v, fl, t.Elem, depth+1, suffix+"Element")
		w.pass()
		f.p("if !c.OK() {\nc.Index(%q, %s)\nbreak\n}\n}\n}", fl.Name, i)
	}
}
