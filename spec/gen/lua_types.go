package gen

import (
	"errors"
	"fmt"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

// typ is a type as a Lua table.
func (g *lua) typ(t *spec.Type) string {
	parts := []string{"kind = " + luaString(string(t.Kind))}
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	num := func(key string, n int) {
		if n != 0 {
			add("%s = %d", key, n)
		}
	}
	yes := func(key string, b bool) {
		if b {
			add("%s = true", key)
		}
	}
	if t.Bits > 52 {
		g.err = errors.New("the dissector cannot read bit fields of more than 52 bits")
	}
	if t.Kind == spec.KindBool && t.Bits == 0 {
		num("width", 1)
	} else {
		num("width", t.Width)
	}
	num("bits", t.Bits)
	num("varint", t.Varint)
	num("length", t.LenWidth)
	num("size", t.Size)
	if t.Until != nil {
		add("stop = %d", *t.Until)
	}
	yes("to_end", t.ToEnd)
	yes("nullable", t.Nullable)
	if t.Elem != nil {
		add("of = %s", g.typ(t.Elem))
	}
	if t.Kind == spec.KindStruct {
		var fields []string
		for _, f := range t.Fields {
			fields = append(fields, g.field(f, false))
		}
		add("fields = {%s}", strings.Join(fields, ", "))
	}
	if t.Enum != nil {
		var values []string
		for _, v := range t.Enum.Values {
			values = append(values, fmt.Sprintf("[%s] = %s", luaNumber(t, v.Value, false), luaString(v.Name)))
		}
		add("values = {%s}", strings.Join(values, ", "))
		yes("open", t.Enum.Open)
	}
	yes("flags", t.Flags)
	yes("errors", t.ErrorSet)
	yes("ignore", t.Ignore)
	yes("secret", t.Secret)
	yes("profile", t.Profile != nil)
	if t.Unit != "" {
		add("unit = %s", luaString(t.Unit))
	}
	if t.Const != nil {
		switch t.Kind {
		case spec.KindString:
			add("const = %s", luaString(t.Const.Str))
		case spec.KindBytes:
			add("const = %s", luaString(string(t.Const.Bytes)))
		default:
			add("const = %s", luaNumber(t, constNumber(t), false))
		}
	}
	sizes := t.Kind != spec.KindUint && t.Kind != spec.KindInt
	if t.Min != nil {
		add("min = %s", luaNumber(t, *t.Min, sizes))
	}
	if t.Max != nil {
		add("max = %s", luaNumber(t, *t.Max, sizes))
	}
	if t.Chars != nil {
		add("chars = {%d, %d}", t.Chars.Min, t.Chars.Max)
	}
	if t.ASCII != nil {
		var set []byte
		for b := byte(0); b < 128; b++ {
			if t.ASCII.Contains(b) {
				set = append(set, b)
			}
		}
		add("ascii = %s", luaString(string(set)))
	}
	if t.Error != nil {
		add("error = %s", luaString(t.Error.Name))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// luaNumber is a value of a number; of more than six bytes it is 16 hexadecimal digits. A size is a number always.
func luaNumber(t *spec.Type, n uint64, size bool) string {
	switch {
	case size:
		return fmt.Sprint(n)
	case t.Width > 6:
		return fmt.Sprintf("\"%016x\"", n)
	case t.Kind == spec.KindInt:
		return fmt.Sprint(int64(n))
	}
	return fmt.Sprint(n)
}

// luaString is a literal of a text or of bytes.
func luaString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c > '~':
			fmt.Fprintf(&b, `\%03d`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
