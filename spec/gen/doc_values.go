package gen

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

// values explains how values lie on the wire, their limits, and the named types.
func (d *document) values() {
	d.section("Values")
	d.sub("Kinds", "kinds")
	d.f("The body of a message is its fields, one directly after the other, in the order of the message's table. There is nothing else in it: no names, no tags.\n\n")
	d.f("| Kind | On the wire |\n|---|---|\n")
	for _, k := range d.kinds() {
		d.f("| %s | %s |\n", k[0], k[1])
	}
	d.f("\nA body is *as laid out* if its fields take up exactly all of it, every length and count fits into what is left of it, and every string is UTF-8. A field that follows from a condition is there if the condition holds, and takes no byte if not. A length or a count is to be checked against the bytes that are left before anything is allocated for it.\n\n")
	d.sub("Limits", "limits")
	d.f("A value that is laid out right may still be outside the limits of its field. Limits are judged field by field, in the order of the fields; an array's own limits come first, then those of its elements from the first to the last. Within one value they are judged in this order:\n\n")
	d.f("| Limit | Of | Broken when |\n|---|---|---|\n")
	for _, l := range d.limitKinds() {
		d.f("| `%s` | %s | %s |\n", l[0], l[1], l[2])
	}
	d.f("\nA broken limit earns the error that the field or its type names")
	if ch := d.p.Check(spec.CheckLimits); ch != nil && ch.Error != nil {
		d.f(", else %s", linkError(ch.Error))
	}
	d.f(".\n\n")
	for _, t := range d.p.Types {
		d.namedType(t)
	}
	for _, e := range d.p.Enums {
		d.enum(e)
	}
}

// every calls f for every type of a field, elements included.
func (d *document) every(f func(*spec.Type)) {
	var walk func(fields []*spec.Field)
	walk = func(fields []*spec.Field) {
		for _, fd := range fields {
			for t := fd.Type; t != nil; t = t.Elem {
				f(t)
				walk(t.Fields)
			}
		}
	}
	for _, m := range d.p.Messages {
		if len(d.p.Frames) > 1 || !slices.Equal(m.Head, headerOf(m.Frame)) {
			for _, h := range m.Head {
				if h.IsValue() {
					f(h.Type)
				}
			}
		}
		walk(m.Fields)
	}
}

// any reports whether some type of a field is such.
func (d *document) any(such func(*spec.Type) bool) bool {
	found := false
	d.every(func(t *spec.Type) { found = found || such(t) })
	return found
}

// kinds explains the kinds that the table uses.
func (d *document) kinds() [][2]string {
	kind := func(k spec.Kind) bool { return d.any(func(t *spec.Type) bool { return t.Kind == k }) }
	var out [][2]string
	for w := 1; w <= 8; w++ {
		if d.any(func(t *spec.Type) bool {
			return t.Kind == spec.KindUint && t.Width == w && t.Bits == 0 && t.Varint == 0
		}) {
			out = append(out, [2]string{fmt.Sprintf("`u%d`", 8*w), fmt.Sprintf("an unsigned number of %s", plural(uint64(w), "byte"))})
		}
	}
	out = append(out, d.moreNumbers()...)
	if d.any(func(t *spec.Type) bool { return t.Enum != nil }) {
		out = append(out, [2]string{"enum", "a number of the width that the enum tells, which has one of the values of the enum; in texts it stands by its name"})
	}
	if d.any(func(t *spec.Type) bool { return t.Flags }) {
		out = append(out, [2]string{"flags", "a number that is a set of bits; bits without a name are ignored by who reads and 0 from who writes"})
	}
	if d.any(func(t *spec.Type) bool { return t.ErrorSet }) {
		out = append(out, [2]string{"error code", "a number that is the code of an error"})
	}
	if d.any(func(t *spec.Type) bool { return t.Kind == spec.KindBool && t.Bits == 0 }) {
		out = append(out, [2]string{"`bool`", "one byte: 0 is false, 1 is true, and every other value is outside the limits"})
	}
	if d.any(func(t *spec.Type) bool { return t.Kind == spec.KindString && t.LenWidth > 0 }) {
		out = append(out, [2]string{"`string`", "the number of its bytes, in a number of the width that the field tells, then so many bytes of UTF-8 as RFC 3629 has it (no overlong forms, no surrogates, nothing above U+10FFFF); no terminator and no byte order mark"})
	}
	if d.any(func(t *spec.Type) bool { return t.Kind == spec.KindBytes && t.LenWidth > 0 }) {
		out = append(out, [2]string{"`bytes`", "the number of bytes, in a number of the width that the field tells, then so many bytes of any value"})
	}
	if d.any(func(t *spec.Type) bool { return t.Kind == spec.KindBytes && t.Size > 0 }) {
		out = append(out, [2]string{"`bytes` of a fixed size", "so many bytes of any value, without a length before them"})
	}
	if d.any(func(t *spec.Type) bool { return t.Kind == spec.KindArray && t.LenWidth > 0 }) {
		out = append(out, [2]string{"`array`", "the number of elements, in a number of the width that the field tells, then the elements, one directly after the other"})
	}
	out = append(out, d.moreKinds()...)
	if kind(spec.KindRest) {
		out = append(out, [2]string{"`rest`", "all bytes up to the end of the body; where they are ignored they may be none or any, and nothing about them is judged"})
	}
	return out
}

// limitKinds explains the limits that the table uses, in the order in which they are judged.
func (d *document) limitKinds() [][3]string {
	var out [][3]string
	if d.any(func(t *spec.Type) bool { return t.Const != nil }) || slices.ContainsFunc(d.p.Messages, func(m *spec.Message) bool {
		return slices.ContainsFunc(m.Head, func(f *spec.Field) bool { return f.Type.Const != nil })
	}) {
		out = append(out, [3]string{"const", "constants", "the value is another one"})
	}
	out = append(out, [][3]string{
		{"min", "numbers, strings, bytes, arrays", "a number is less than this; a string or bytes have fewer bytes; an array has fewer elements"},
		{"max", "the same", "a number is more than this; a string or bytes have more bytes; an array has more elements"},
	}...)
	if d.any(func(t *spec.Type) bool { return t.Enum != nil }) {
		out = append(out, [3]string{"enum", "enums", "the enum does not define the value"})
	}
	if d.any(func(t *spec.Type) bool { return t.Kind == spec.KindBool && t.Bits == 0 }) {
		out = append(out, [3]string{"bool", "bools", "the byte is neither 0 nor 1"})
	}
	if d.any(func(t *spec.Type) bool { return t.ASCII != nil }) {
		out = append(out, [3]string{"ascii", "strings", "there is a byte below 128 that is not one of the characters listed"})
	}
	if d.any(func(t *spec.Type) bool { return t.Profile != nil }) {
		out = append(out, [3]string{"profile", "strings", "there is a character beyond ASCII, and the string profile refuses the string, or the feature that the profile belongs to was not announced"})
	}
	if d.any(func(t *spec.Type) bool { return t.Chars != nil }) {
		out = append(out,
			[3]string{"chars.min", "strings", "there are fewer characters (after the profile, if it applies)"},
			[3]string{"chars.max", "strings", "there are more characters (after the profile, if it applies)"})
	}
	return out
}

// namedType writes the section of one type.
func (d *document) namedType(t *spec.Type) {
	d.sub(fmt.Sprintf("Type `%s`", t.Name), "type-"+anchor(t.Name))
	d.para(sentence(t.Doc))
	d.f("- On the wire: %s\n", d.wire(t))
	if t.Kind == spec.KindStruct {
		d.f("\n")
		d.rows(nil, t.Fields)
	}
	if l := d.limits(t); l != "" {
		d.f("- Limits: %s\n", l)
	}
	if t.ASCII != nil {
		d.f("- ASCII characters allowed: %s\n", d.charset(t.ASCII))
	}
	if t.Profile != nil {
		d.f("- Characters beyond ASCII: ")
		if t.Profile.Feature != nil {
			d.f("only with the feature %s; then ", linkFeature(t.Profile.Feature))
		}
		d.f("the whole string is judged by the PRECIS profile %s (RFC 8265); what is beyond ASCII and breaks it breaks the limit `profile`\n", t.Profile.Name)
	}
	if t.Error != nil {
		d.f("- A breach earns %s\n", linkError(t.Error))
	}
	if t.Secret {
		d.f("- Secret: never shown, logged or put into an error\n")
	}
	d.f("\n")
	d.examples(t)
}

// sentence ends a phrase of the table as a sentence.
func sentence(s string) string {
	if s == "" || strings.HasSuffix(s, ".") {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:] + "."
}

// charset shows a set of characters, and the count of them, which catches misreadings.
func (d *document) charset(s *spec.CharSet) string {
	n, hidden, others := 0, false, []string{}
	var all strings.Builder
	for c := byte(0); c < 128; c++ {
		switch in := s.Contains(c); {
		case in:
			n++
			all.WriteByte(c)
			hidden = hidden || c < ' ' || c > '~'
		case c > ' ' && c <= '~':
			others = append(others, fmt.Sprintf("``%c`` (%#02x)", c, c))
		default:
			others = append(others, fmt.Sprintf("%#02x", c))
		}
	}
	if hidden { // some cannot be shown
		return fmt.Sprintf("these %d: all but %s", n, strings.Join(others, ", "))
	}
	if n == 95 {
		return "all printable ones, space (0x20) to tilde (0x7e)"
	}
	return fmt.Sprintf("these %d: ``%s``", n, all.String())
}

// examples lists the spellings that are accepted, rejected or equal.
func (d *document) examples(t *spec.Type) {
	if len(t.Examples) == 0 {
		return
	}
	d.f("| Example | Verdict |\n|---|---|\n")
	for _, e := range t.Examples {
		s, verdict := "", ""
		switch {
		case e.Accept != nil:
			s, verdict = d.spelling(*e.Accept), "accepted"
			if !isASCII(*e.Accept) && t.Profile != nil && t.Profile.Feature != nil {
				verdict += " with " + linkFeature(t.Profile.Feature)
			}
		case e.Reject != nil:
			s, verdict = d.spelling(*e.Reject), "rejected"
		default:
			var all []string
			unicode := false
			for _, x := range e.Equal {
				all = append(all, d.spelling(x))
				unicode = unicode || !isASCII(x)
			}
			s, verdict = strings.Join(all, " and "), "the same"
			if unicode && t.Profile != nil && t.Profile.Feature != nil {
				verdict += " with " + linkFeature(t.Profile.Feature)
			}
		}
		d.f("| %s | %s |\n", s, verdict)
	}
	d.f("\n")
}

// spelling shows a string so that no two look the same.
func (d *document) spelling(s string) string {
	shown := "`" + strings.ReplaceAll(strings.Trim(strconv.Quote(s), `"`), "|", `\|`) + "`"
	if isASCII(s) {
		return shown
	}
	return fmt.Sprintf("%s (UTF-8 `%x`)", shown, s)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

func (d *document) enum(e *spec.Enum) {
	d.sub(fmt.Sprintf("Enum `%s`", e.Name), "type-"+anchor(e.Name))
	width := fmt.Sprintf("`u%d`", 8*e.Width)
	if e.Bits > 0 {
		width = fmt.Sprintf("`b%d`", e.Bits)
	}
	d.f("%s On the wire: %s.", d.text(sentence(e.Doc)), width)
	if e.Open {
		d.f(" Other values are legal, too.")
	}
	d.f("\n\n| Value | Name | Meaning |\n|---|---|---|\n")
	for _, v := range e.Values {
		doc := d.cell(v.Doc)
		if v.Feature != nil {
			doc += " (feature " + linkFeature(v.Feature) + ")"
		}
		doc = d.aged(doc, v.Since, v.Deprecated)
		d.f("| %d | `%s` | %s |\n", v.Value, v.Name, doc)
	}
	d.f("\n")
}

// limits says what limits a value of t has.
func (d *document) limits(t *spec.Type) string {
	var out []string
	unit := ""
	switch t.Kind {
	case spec.KindInt:
		return d.signedLimits(t)
	case spec.KindString, spec.KindBytes:
		unit = "byte"
	case spec.KindArray:
		unit = "element"
	case spec.KindUint:
		unit = t.Unit
	}
	if s := span(t.Min, t.Max, unit); s != "" {
		out = append(out, s)
	} else if t.Unit != "" {
		out = append(out, "none (in "+t.Unit+")")
	}
	if t.Chars != nil {
		out = append(out, fmt.Sprintf("%d to %d characters", t.Chars.Min, t.Chars.Max))
	}
	switch {
	case t.Const != nil:
		return "always " + d.literal(t)
	case t.Enum != nil && !t.Enum.Open:
		out = append(out, "a value of the enum")
	case t.Kind == spec.KindBool && t.Bits == 0:
		out = append(out, "0 or 1")
	}
	return strings.Join(out, "; ")
}

// span says a range in words; "" if there is none.
func span(least, most *uint64, unit string) string {
	word := func(n uint64) string {
		switch unit {
		case "":
			return fmt.Sprint(n)
		case "byte", "element":
			return plural(n, unit)
		}
		return fmt.Sprintf("%d %s", n, unit)
	}
	switch {
	case least != nil && most != nil && *least == *most:
		return "exactly " + word(*least)
	case least != nil && most != nil:
		return fmt.Sprintf("%d to %s", *least, word(*most))
	case least != nil:
		return "at least " + word(*least)
	case most != nil:
		return "at most " + word(*most)
	}
	return ""
}
