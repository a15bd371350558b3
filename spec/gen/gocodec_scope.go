package gen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

// A scope is one Go struct whose fields are read, judged and written in their order: a message or a struct of the table.
type scope struct {
	g      *goCodec
	f      *goFile
	name   string // of the Go type
	x      string // the variable that holds it
	header string // the Go type of the header that a message is decoded with; "" if it needs none
	head   []*headCell
	fields []*spec.Field
	n      int // bytes without limits that have not been passed over yet, while the judging code is printed
}

// fieldName is the Go name of a field; that of a field of a message keeps out of the way of the methods.
func (s *scope) field(fl *spec.Field) string { return s.x + "." + fieldName(fl) }

// lookup returns the field of that name: a field of the body, else one of the header.
func (s *scope) lookup(name string) *spec.Field {
	for _, fl := range s.fields {
		if fl.Name == name {
			return fl
		}
	}
	for _, c := range s.head {
		if c.f.Name == name {
			return c.f
		}
	}
	return nil
}

// A step is one field, or a run of bit fields that share bytes.
type step struct {
	fields []*spec.Field
	size   int // of a run, in bytes; 0: it is no run
}

// steps groups the fields.
func steps(fields []*spec.Field) (out []step) {
	for i := 0; i < len(fields); {
		j, bits := i, 0
		for j < len(fields) && fields[j].Type.Bits > 0 {
			bits += fields[j].Type.Bits
			j++
			if bits%8 == 0 {
				break
			}
		}
		if j == i {
			out = append(out, step{fields: fields[i : i+1]})
			i++
			continue
		}
		out = append(out, step{fields: fields[i:j], size: bits / 8})
		i = j
	}
	return out
}

func sameIf(a, b *spec.Field) bool {
	if a.If == nil || b.If == nil {
		return a.If == b.If
	}
	return a.If.Field == b.If.Field && slices.Equal(a.If.Values, b.If.Values)
}

// condition is the Go expression for the presence of a conditional field; "true" if there is no condition, "false" if it
// never holds.
func (s *scope) condition(fl *spec.Field) string {
	if fl.If == nil {
		return "true"
	}
	by := s.lookup(fl.If.Field.Name)
	if by == nil {
		by = fl.If.Field
	}
	if by.Type.Const != nil || by.Type.Ignore {
		is := uint64(0)
		if c := by.Type.Const; c != nil && by.Type.Kind == spec.KindBool {
			is = map[bool]uint64{true: 1}[c.Bool]
		} else if c != nil {
			is = c.Uint
		}
		return fmt.Sprint(slices.Contains(fl.If.Values, is))
	}
	var alternatives []string
	for i, v := range fl.If.Values {
		if by.Type.Kind == spec.KindBool {
			not := "!"
			if v != 0 {
				not = ""
			}
			alternatives = append(alternatives, not+s.field(by))
			continue
		}
		alternatives = append(alternatives, s.field(by)+" == "+s.g.named(by.Type, v, fl.If.Names[i]))
	}
	holds := strings.Join(alternatives, " || ")
	if by.If == nil {
		return holds
	}
	// What is absent counts as zero, whatever the Go field holds.
	outer := s.condition(by)
	if len(alternatives) > 1 {
		holds = "(" + holds + ")"
	}
	if slices.Contains(fl.If.Values, 0) {
		return "!(" + outer + ") || " + holds
	}
	if strings.Contains(outer, "||") {
		outer = "(" + outer + ")"
	}
	return outer + " && " + holds
}

// named is a number as Go code, by its name if it has one.
func (g *goCodec) named(t *spec.Type, v uint64, name string) string {
	switch {
	case t.ErrorSet && t.Name == "" && g.p.ErrorByCode(v) != nil:
		return codeName(g.p.ErrorByCode(v))
	case t.Enum != nil && t.Name == "":
		for _, ev := range t.Enum.Values {
			if ev.Value == v && (name == "" || ev.Name == name) {
				return enumName(t.Enum, ev)
			}
		}
	case t.Kind == spec.KindInt:
		return fmt.Sprint(int64(v))
	}
	return fmt.Sprint(v)
}

// present prints what body prints, under the condition of fl.
func (s *scope) present(fl *spec.Field, body func()) {
	cond := s.condition(fl)
	if cond == "true" {
		body()
		return
	}
	code := s.f.captured(body)
	if code != "" && cond != "false" {
		s.f.p("if %s {\n%s}", cond, code)
	}
}

// isConst is a Go expression that compares call, which gives the Go value of a constant, with it.
func isConst(call string, t *spec.Type) string {
	switch t.Kind {
	case spec.KindBool:
		if t.Const.Bool {
			return call
		}
		return "!" + call
	case spec.KindString:
		return fmt.Sprintf("%s == %q", call, t.Const.Str)
	case spec.KindBytes, spec.KindRest:
		return fmt.Sprintf("string(%s) == %q", call, t.Const.Bytes)
	case spec.KindInt:
		return fmt.Sprintf("%s == %d", call, int64(t.Const.Uint))
	}
	return fmt.Sprintf("%s == %d", call, t.Const.Uint)
}

// constBits is a constant as a number.
func constBits(t *spec.Type) uint64 {
	if t.Kind == spec.KindBool {
		if t.Const.Bool {
			return 1
		}
		return 0
	}
	return t.Const.Uint
}

// constSize is the number of bytes that a constant takes, without a length before it and a terminator.
func constSize(t *spec.Type) int {
	switch t.Kind {
	case spec.KindString:
		return len(t.Const.Str)
	case spec.KindBytes, spec.KindRest:
		return len(t.Const.Bytes)
	}
	return width(t)
}

// width is the number of bytes of a number; 0 if it is no number of whole bytes.
func width(t *spec.Type) int {
	switch t.Kind {
	case spec.KindUint, spec.KindInt:
		return t.Width
	case spec.KindBool:
		if t.Bits == 0 {
			return 1
		}
	}
	return 0
}

// fixedSize is the number of bytes that every value of t takes. It is not ok if they differ.
func fixedSize(t *spec.Type) (n int, ok bool) {
	switch t.Kind {
	case spec.KindUint, spec.KindInt, spec.KindBool:
		return width(t), t.Varint == 0 && t.Bits == 0
	case spec.KindStruct:
		for _, st := range steps(t.Fields) {
			k, ok := st.size, true
			if k == 0 {
				k, ok = fixedSize(st.fields[0].Type)
			}
			if !ok || st.fields[0].If != nil {
				return 0, false
			}
			n += k
		}
		return n, true
	}
	if t.Const != nil {
		return t.LenWidth + constSize(t) + terminator(t), true
	}
	return t.Size, t.Kind == spec.KindBytes && t.Size > 0
}

// terminator is 1 if a byte ends the value, else 0.
func terminator(t *spec.Type) int {
	if t.Until != nil {
		return 1
	}
	return 0
}

// lengthVar is the variable that holds the length that a field counts.
func lengthVar(fl *spec.Field) string { return "n" + goName(fl.Name) }

// countedBy returns the field that counts fl and nothing else, or nil.
func countedBy(fl *spec.Field, by []*spec.Field) *spec.Field {
	if fl.CountedBy != nil {
		return fl.CountedBy
	}
	for _, l := range by {
		if len(l.Counts) == 1 && l.Counts[0] == fl.Name && l.Name != fl.Name {
			return l
		}
	}
	return nil
}
