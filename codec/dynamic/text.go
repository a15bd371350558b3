package dynamic

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

// FormatValue returns the text form of v, a value of type t, as transcripts have it: numbers decimal; enum values, errors and
// flags by name where they have one (A|B, 0 for no flag); true or false; strings as they are; bytes as 0x and hex, or null;
// arrays as [a, b], structs as {name: a, other: b}, with texts in them quoted as in Go where they would be misread. Secrets
// are shown: who prints must look at Type.Secret.
func (c *Codec) FormatValue(t *spec.Type, v any) string {
	switch v := v.(type) {
	case Lie:
		return c.FormatValue(t, v.Value)
	case Raw:
		return fmt.Sprintf("%#x", []byte(v))
	case uint64:
		return c.formatNumber(t, v)
	case int64:
		return strconv.FormatInt(v, 10)
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(v)
	case string:
		return v
	case []byte:
		return "0x" + hex.EncodeToString(v)
	case []any:
		var b strings.Builder
		b.WriteByte('[')
		for i, e := range v {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(quoteElement(t.Elem, c.FormatValue(t.Elem, e)))
		}
		b.WriteByte(']')
		return b.String()
	case []Field:
		return c.formatStruct(t, v)
	}
	return fmt.Sprint(v)
}

func (c *Codec) formatStruct(t *spec.Type, members []Field) string {
	var b strings.Builder
	b.WriteByte('{')
	for i, m := range members {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(m.Name + ": ")
		if f := member(t, m.Name); f != nil {
			b.WriteString(quoteElement(f.Type, c.FormatValue(f.Type, m.Value)))
		} else {
			b.WriteString(fmt.Sprint(m.Value))
		}
	}
	b.WriteByte('}')
	return b.String()
}

func member(t *spec.Type, name string) *spec.Field {
	for _, f := range t.Fields {
		if f.Name == name {
			return f
		}
	}
	return nil
}

func (c *Codec) formatNumber(t *spec.Type, n uint64) string {
	switch {
	case t.Kind == spec.KindBool && n < 2:
		return strconv.FormatBool(n == 1)
	case t.Enum != nil:
		if v := enumValue(t.Enum, n); v != nil {
			return v.Name
		}
	case t.ErrorSet:
		if e := c.p.ErrorByCode(n); e != nil {
			return e.Name
		}
	case t.Flags && n != 0:
		var names []string
		for _, f := range c.p.Features {
			if bit := uint64(1) << f.Bit; n&bit != 0 {
				names = append(names, f.Name)
				n &^= bit
			}
		}
		if n != 0 {
			names = append(names, fmt.Sprintf("%#x", n))
		}
		return strings.Join(names, "|")
	}
	return strconv.FormatUint(n, 10)
}

func quoteElement(t *spec.Type, s string) string {
	if t.Kind != spec.KindString {
		return s
	}
	if s == "" || s != strings.TrimSpace(s) || strings.ContainsAny(s, `,[]{}"`) || strconv.Quote(s) != `"`+s+`"` {
		return strconv.Quote(s)
	}
	return s
}

// ParseValue reads the text form of a value of type t. Numbers may be hex (0x…); names may be numbers, and for a bool too, so
// that illegal values can be said. Only the form is judged, no limit: Judge does that.
func (c *Codec) ParseValue(t *spec.Type, text string) (any, error) {
	switch t.Kind {
	case spec.KindUint:
		return c.parseNumber(t, text)
	case spec.KindInt:
		n, err := strconv.ParseInt(text, 10, 64)
		if u, ok := parseUint(text); ok && err != nil && u>>63 == 0 {
			return int64(u), nil
		} else if err != nil || text[0] == '+' {
			return nil, fmt.Errorf("%q is no number", text)
		}
		return n, nil
	case spec.KindBool:
		switch text {
		case "true":
			return true, nil
		case "false":
			return false, nil
		}
		if n, err := strconv.ParseUint(text, 0, 8); err == nil && n > 1 {
			return n, nil
		}
		return nil, fmt.Errorf("%q is neither true nor false", text)
	case spec.KindString:
		return text, nil
	case spec.KindArray:
		return c.parseArray(t, text)
	case spec.KindStruct:
		return c.parseStruct(t, text)
	}
	if t.Nullable && text == "null" {
		return nil, nil
	}
	digits, ok := strings.CutPrefix(text, "0x")
	if !ok {
		return nil, fmt.Errorf("%q are no bytes: write them as 0x and hex", text)
	}
	b, err := hex.DecodeString(digits)
	if err != nil {
		return nil, fmt.Errorf("%q are no bytes: two hex digits make one", text)
	}
	return b, nil
}

func (c *Codec) parseNumber(t *spec.Type, text string) (any, error) {
	if n, ok := parseUint(text); ok {
		return n, nil
	}
	switch {
	case t.Enum != nil:
		for _, v := range t.Enum.Values {
			if v.Name == text {
				return v.Value, nil
			}
		}
		return nil, fmt.Errorf("%q is no value of %s", text, t.Enum.Name)
	case t.ErrorSet:
		if e := c.p.Error(text); e != nil {
			return e.Code, nil
		}
		return nil, fmt.Errorf("%q is no error of the protocol", text)
	case t.Flags:
		var n uint64
		for _, name := range strings.Split(text, "|") {
			if f := c.p.Feature(name); f != nil {
				n |= 1 << f.Bit
			} else if bits, ok := parseUint(name); ok {
				n |= bits
			} else {
				return nil, fmt.Errorf("%q is no feature of the protocol", name)
			}
		}
		return n, nil
	}
	return nil, fmt.Errorf("%q is no number", text)
}

// parseUint takes decimal and 0x… only.
func parseUint(text string) (uint64, bool) {
	base, digits := 10, text
	if d, ok := strings.CutPrefix(text, "0x"); ok {
		base, digits = 16, d
	}
	n, err := strconv.ParseUint(digits, base, 64)
	return n, err == nil
}

func (c *Codec) parseArray(t *spec.Type, text string) (any, error) {
	inner, ok := strings.CutPrefix(text, "[")
	if ok {
		inner, ok = strings.CutSuffix(inner, "]")
	}
	if !ok {
		return nil, fmt.Errorf("%q is no array: write [a, b]", text)
	}
	list := []any{}
	if strings.TrimSpace(inner) == "" {
		return list, nil
	}
	for {
		elem, rest, more, err := cutElement(inner)
		if err != nil {
			return nil, fmt.Errorf("%q is no array: %w", text, err)
		}
		v, err := c.ParseValue(t.Elem, elem)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
		if !more {
			return list, nil
		}
		inner = rest
	}
}

func (c *Codec) parseStruct(t *spec.Type, text string) (any, error) {
	inner, ok := strings.CutPrefix(text, "{")
	if ok {
		inner, ok = strings.CutSuffix(inner, "}")
	}
	if !ok {
		return nil, fmt.Errorf("%q is no struct: write {name: a, other: b}", text)
	}
	given := map[string]any{}
	more := strings.TrimSpace(inner) != ""
	for more {
		name, value, ok := strings.Cut(inner, ":")
		name = strings.TrimSpace(name)
		f := member(t, name)
		switch {
		case !ok:
			return nil, fmt.Errorf("%q is no struct: a colon is missing after %q", text, name)
		case f == nil:
			return nil, fmt.Errorf("%q is no struct: there is no %q in it", text, name)
		}
		elem, rest, another, err := cutElement(value)
		if err != nil {
			return nil, fmt.Errorf("%q is no struct: %w", text, err)
		}
		if given[name], err = c.ParseValue(f.Type, elem); err != nil {
			return nil, err
		}
		inner, more = rest, another
	}
	members := []Field{}
	for _, f := range t.Fields {
		if v, ok := given[f.Name]; ok {
			members = append(members, Field{f.Name, v})
		}
	}
	return members, nil
}

// cutElement cuts the first element off a list.
func cutElement(s string) (elem, rest string, more bool, err error) {
	s = strings.TrimSpace(s)
	if strings.HasPrefix(s, `"`) {
		q, err := strconv.QuotedPrefix(s)
		if err != nil {
			return "", "", false, fmt.Errorf("a quote does not end")
		}
		if elem, err = strconv.Unquote(q); err != nil {
			return "", "", false, fmt.Errorf("%s cannot be unquoted", q)
		}
		rest = strings.TrimSpace(s[len(q):])
		if rest == "" {
			return elem, "", false, nil
		}
		if rest[0] != ',' {
			return "", "", false, fmt.Errorf("a comma is missing after %s", q)
		}
		return elem, rest[1:], true, nil
	}
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		case '"':
			if q, err := strconv.QuotedPrefix(s[i:]); err == nil && depth > 0 {
				i += len(q) - 1
			}
		case ',':
			if depth == 0 {
				return strings.TrimSpace(s[:i]), s[i+1:], true, nil
			}
		}
	}
	return s, "", false, nil
}
