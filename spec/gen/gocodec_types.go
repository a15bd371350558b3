package gen

import (
	"fmt"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/wirelaw/wirelaw/spec"
)

// types generates enums, features and named types with their limits.
func (g *goCodec) types() {
	f := g.file("types")
	g.features(f)
	lim := g.file("limits")
	lim.use(runtimePath)
	for _, e := range g.p.Enums {
		g.enum(f, e)
	}
	for _, t := range g.p.Types {
		g.namedType(f, t)
	}
	for _, t := range g.p.Types {
		g.typeLimits(lim, t)
	}
	for _, m := range g.p.Messages {
		g.limitConstants(lim, m)
	}
}

// featureType is the Go type of a set of features: as wide as the field that carries it.
func (g *goCodec) featureType() string {
	width := 0
	for _, m := range g.p.Messages {
		for _, fl := range m.Fields {
			if fl.Type.Flags {
				width = max(width, fl.Type.Width)
			}
		}
	}
	if width > 0 {
		return uintType(width)
	}
	for _, ft := range g.p.Features {
		width = max(width, ft.Bit/8+1)
	}
	return uintType(width)
}

func (g *goCodec) features(f *goFile) {
	if len(g.p.Features) == 0 {
		return
	}
	f.use("strconv", "strings")
	f.doc("Features is a set of optional abilities. Bits that are not named here may be set; they mean nothing. " + g.section("Features and constants") + ".")
	f.p("type Features %s\n", g.featureType())
	f.doc("The features.")
	f.p("const (")
	for _, ft := range g.p.Features {
		f.doc(ft.Doc)
		f.p("%s Features = 1 << %d", featureName(ft), ft.Bit)
	}
	f.p(")\n")
	f.doc("Has reports whether all of want are in the set.")
	f.p("func (f Features) Has(want Features) bool { return f&want == want }\n")
	f.doc("String returns the names of the features, \"A|B\", in the order of their bits; unknown bits are a number at the end.")
	f.p("func (f Features) String() string {\nvar names []string")
	f.p("for _, known := range []struct {\nbit Features\nname string\n}{")
	for _, ft := range g.p.Features {
		f.p("{%s, %q},", featureName(ft), ft.Name)
	}
	f.p("} {\nif f&known.bit != 0 {\nnames = append(names, known.name)\nf &^= known.bit\n}\n}")
	f.p("if f != 0 {\nnames = append(names, \"0x\"+strconv.FormatUint(uint64(f), 16))\n}")
	f.p("return strings.Join(names, \"|\")\n}\n")
}

func (g *goCodec) enum(f *goFile, e *spec.Enum) {
	f.use("fmt")
	name := goName(e.Name)
	f.doc(defines(name, "enum", e.Name, e.Doc), g.section("Enum "+e.Name)+".")
	f.p("type %s %s\n", name, uintType(max(e.Width, (e.Bits+7)/8)))
	f.doc("The values of " + name + ".")
	f.p("const (")
	for _, v := range e.Values {
		doc, deprecated := v.Doc, ""
		if v.Feature != nil {
			doc += "; only with the feature " + v.Feature.Name
		}
		if v.Since != "" {
			doc += "; since " + v.Since
		}
		if v.Deprecated != "" {
			deprecated = "Deprecated: " + full(v.Deprecated)
		}
		f.doc(enumName(e, v)+": "+doc, deprecated)
		f.p("%s %s = %d", enumName(e, v), name, v.Value)
	}
	f.p(")\n")
	f.doc("String returns the name of the value, or its number if it has none.")
	f.p("func (e %s) String() string {\nswitch e {", name)
	for _, v := range e.Values {
		f.p("case %s:\nreturn %q", enumName(e, v), v.Name)
	}
	f.p("}\nreturn fmt.Sprintf(\"%s %%d\", uint64(e))\n}\n", e.Name)
	f.doc("Defined reports whether the value has a name.")
	f.p("func (e %s) Defined() bool {\nswitch e {\ncase %s:\nreturn true\n}\nreturn false\n}\n", name,
		join(e.Values, func(v *spec.EnumValue) string { return enumName(e, v) }))
}

// defines is the first sentence about a Go type that stands for a type or an enum of the table.
func defines(goName, what, name, doc string) string {
	doc = strings.TrimSpace(doc)
	if doc == "" {
		return goName + " is the " + what + " " + name + "."
	}
	sep := ": "
	if r, _ := utf8.DecodeRuneInString(doc); unicode.IsUpper(r) {
		sep = ". "
	}
	return goName + " is the " + what + " " + name + sep + strings.TrimSuffix(doc, ".") + "."
}

func (g *goCodec) namedType(f *goFile, t *spec.Type) {
	name := goName(t.Name)
	if t.Kind == spec.KindStruct {
		g.structType(f, name, t)
		return
	}
	more := ""
	if t.Secret {
		more = "It is secret: printing, logging or marshalling it shows \"[secret]\"."
	}
	f.doc(defines(name, "type", t.Name, t.Doc), strings.TrimSpace(more+" "+g.section("Type "+t.Name)+"."))
	f.p("type %s %s\n", name, g.underlying(t))
	if t.Secret {
		g.secret(f, name)
		return
	}
	if fixed(t) && t.Kind == spec.KindBytes {
		f.use("encoding/hex")
		f.doc("String returns the bytes in hex.")
		f.p("func (v %s) String() string { return hex.EncodeToString(v[:]) }\n", name)
	}
	// A wider number need not fit into a Duration, and may be a point in time.
	if t.Kind == spec.KindUint && bitsIn(t) <= 32 && t.Varint == 0 && t.Unit != "" {
		f.use("time")
		unit := map[string]string{"s": "time.Second", "ms": "time.Millisecond"}[t.Unit]
		f.doc("Duration returns the value as a duration.")
		f.p("func (v %s) Duration() time.Duration { return time.Duration(v) * %s }\n", name, unit)
	}
}

// secret generates the methods that keep a value out of logs.
func (g *goCodec) secret(f *goFile, name string) {
	f.use("fmt", "log/slog")
	f.doc("String returns \"[secret]\".")
	f.p("func (%s) String() string { return \"[secret]\" }\n", name)
	f.doc("GoString returns \"[secret]\".")
	f.p("func (%s) GoString() string { return \"[secret]\" }\n", name)
	f.doc("Format writes \"[secret]\", whatever the verb.")
	f.p("func (%s) Format(s fmt.State, _ rune) { fmt.Fprint(s, \"[secret]\") }\n", name)
	f.doc("LogValue returns \"[secret]\".")
	f.p("func (%s) LogValue() slog.Value { return slog.StringValue(\"[secret]\") }\n", name)
	f.doc("MarshalText returns \"[secret]\".")
	f.p("func (%s) MarshalText() ([]byte, error) { return []byte(\"[secret]\"), nil }\n", name)
}

// limitConstants exports the limits that a message puts on its own fields.
func (g *goCodec) limitConstants(f *goFile, m *spec.Message) {
	var lines []string
	for _, fl := range m.Values() {
		if fl.Type.Kind == spec.KindRest || fl.Type.Name != "" {
			continue
		}
		lines = append(lines, limitLines(messageName(m)+fieldName(fl), fl.Type)...)
	}
	if len(lines) > 0 {
		f.doc("Limits of the fields of " + m.Name + ".")
		f.p("const (\n%s\n)\n", strings.Join(lines, "\n"))
	}
}

func limitLines(prefix string, t *spec.Type) []string {
	unit := map[spec.Kind]string{spec.KindString: " // bytes", spec.KindBytes: " // bytes", spec.KindArray: " // elements"}[t.Kind]
	if t.Unit != "" {
		unit = " // " + t.Unit
	}
	var lines []string
	number := func(v uint64) string {
		if t.Kind == spec.KindInt {
			return fmt.Sprint(int64(v))
		}
		return fmt.Sprint(v)
	}
	if t.Min != nil {
		lines = append(lines, fmt.Sprintf("%sMin = %s%s", prefix, number(*t.Min), unit))
	}
	if t.Max != nil {
		lines = append(lines, fmt.Sprintf("%sMax = %s%s", prefix, number(*t.Max), unit))
	}
	if t.Chars != nil {
		lines = append(lines, fmt.Sprintf("%sMinChars = %d // characters", prefix, t.Chars.Min),
			fmt.Sprintf("%sMaxChars = %d // characters", prefix, t.Chars.Max))
	}
	return lines
}

// typeLimits exports the limits of a named type and prints the variable that checks refer to.
func (g *goCodec) typeLimits(f *goFile, t *spec.Type) {
	if lines := limitLines(goName(t.Name), t); len(lines) > 0 {
		f.doc("Limits of " + goName(t.Name) + ".")
		f.p("const (\n%s\n)\n", strings.Join(lines, "\n"))
	}
	if g.limited(t) {
		g.limitsVar("limits"+goName(t.Name), t, false)
	}
}

// limited reports whether checks need the limits of t.
func (g *goCodec) limited(t *spec.Type) bool {
	switch t.Kind {
	case spec.KindUint:
		natural := map[int]bool{8: true, 16: true, 32: true, 64: true}[bitsIn(t)] && t.Varint == 0
		return t.Enum != nil && !t.Enum.Open || t.Min != nil || t.Max != nil || !natural
	case spec.KindInt:
		return t.Min != nil || t.Max != nil
	case spec.KindStruct:
		for _, fl := range t.Fields {
			if fl.IsValue() && (g.limited(fl.Type) && fl.Type.Kind != spec.KindBool) {
				return true
			}
		}
		return false
	case spec.KindBytes:
		return t.Size == 0
	case spec.KindRest:
		return !t.Ignore && t.Max != nil
	}
	return true
}

// limitsVar prints a variable with the limits of t and remembers it.
func (g *goCodec) limitsVar(name string, t *spec.Type, early bool) {
	f := g.files["limits_gen.go"]
	g.limits[name] = g.limitsLiteral(t, early)
	f.p("var %s = %s\n", name, g.limits[name])
}

func (g *goCodec) limitsLiteral(t *spec.Type, early bool) string {
	var parts []string
	least, limit := uint64(0), uint64(math.MaxUint64)
	if t.Kind == spec.KindInt { // the bits of an int64
		least, limit = 1<<63, 1<<63-1
	}
	if t.Min != nil {
		least = *t.Min
	}
	if least > 0 {
		parts = append(parts, fmt.Sprintf("Min: %d", least))
	}
	if t.Max != nil {
		limit = *t.Max
	}
	if t.Kind != spec.KindBool && t.Const == nil {
		parts = append(parts, fmt.Sprintf("Max: %s", number(limit)))
	}
	if t.Chars != nil {
		parts = append(parts, fmt.Sprintf("CharsMin: %d, CharsMax: %d", t.Chars.Min, t.Chars.Max))
	}
	if t.ASCII != nil {
		var words [2]uint64
		for c := range 128 {
			if t.ASCII.Contains(byte(c)) {
				words[c/64] |= 1 << (c % 64)
			}
		}
		parts = append(parts, fmt.Sprintf("ASCII: &codec.ASCIISet{%#016x, %#016x}", words[0], words[1]))
	}
	if t.Profile != nil {
		parts = append(parts, fmt.Sprintf("Profile: %q", t.Profile.Name))
	}
	e := t.Error
	if e == nil && early {
		e = g.p.Check(spec.CheckEarly).Error
	}
	if c := g.p.Check(spec.CheckLimits); e == nil && c != nil {
		e = c.Error
	}
	if e != nil {
		parts = append(parts, "Demand: "+demand(e))
	}
	return "codec.Limits{" + strings.Join(parts, ", ") + "}"
}

func demand(e *spec.Error) string {
	return fmt.Sprintf("codec.Demand{Code: %d, Name: %q}", e.Code, e.Name)
}

func number(n uint64) string {
	if n == math.MaxUint64 {
		return "codec.NoMax"
	}
	return fmt.Sprint(n)
}

// limitsOf returns the variable with the limits of a field, or of an element of it. It prints it if it is the field's own.
func (g *goCodec) limitsOf(owner string, fl *spec.Field, t *spec.Type, suffix string) string {
	early := fl.Early && g.p.Check(spec.CheckEarly) != nil && g.p.Check(spec.CheckEarly).Error != nil
	literal := g.limitsLiteral(t, early)
	if t.Name != "" {
		if name := "limits" + goName(t.Name); g.limits[name] == literal {
			return name
		}
	}
	name := "limits" + owner + fieldName(fl) + suffix
	if g.limits[name] == "" {
		g.limitsVar(name, t, early)
	}
	return name
}
