package dynamic

import (
	"bytes"
	"unicode/utf8"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/spec"
)

// judge returns the first limit of t that v breaks, and its value; "" if v keeps to all of them. The limits come in this
// order: const, min, max, then enum or bool, or for strings ascii, profile, chars.min, chars.max. It does not look into
// arrays and structs.
func judge(t *spec.Type, v any, p codec.Profiles) (because string, limit uint64) {
	if t.Const != nil {
		if !isConst(t, v) {
			return codec.BecauseConst, 0
		}
		return "", 0
	}
	switch v := v.(type) {
	case uint64:
		if because, limit = within(t, v); because != "" {
			return because, limit
		}
		if t.Enum != nil && !t.Enum.Open && enumValue(t.Enum, v) == nil {
			return codec.BecauseEnum, 0
		}
	case int64:
		return withinSigned(t, v)
	case rawBool:
		if v > 1 {
			return codec.BecauseBool, 0
		}
	case []byte:
		return within(t, uint64(len(v)))
	case []any:
		return within(t, uint64(len(v)))
	case string:
		return judgeString(t, v, p)
	}
	return "", 0
}

func within(t *spec.Type, n uint64) (string, uint64) {
	if t.Ignore {
		return "", 0
	}
	if t.Min != nil && n < *t.Min {
		return codec.BecauseMin, *t.Min
	}
	if t.Max != nil && n > *t.Max {
		return codec.BecauseMax, *t.Max
	}
	return "", 0
}

func withinSigned(t *spec.Type, n int64) (string, uint64) {
	if t.Min != nil && n < int64(*t.Min) {
		return codec.BecauseMin, *t.Min
	}
	if t.Max != nil && n > int64(*t.Max) {
		return codec.BecauseMax, *t.Max
	}
	return "", 0
}

// isConst reports whether v is the constant of t.
func isConst(t *spec.Type, v any) bool {
	want := t.Const
	switch v := v.(type) {
	case uint64:
		return v == want.Uint
	case int64:
		return v == int64(want.Uint)
	case bool:
		return v == (want.Bool || want.Uint == 1)
	case rawBool:
		return (v == 1) == (want.Bool || want.Uint == 1) && v < 2
	case string:
		return v == want.Str
	case []byte:
		return bytes.Equal(v, want.Bytes)
	}
	return false
}

func judgeString(t *spec.Type, s string, p codec.Profiles) (string, uint64) {
	if because, limit := within(t, uint64(len(s))); because != "" {
		return because, limit
	}
	pure := true
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			pure = false
		} else if t.ASCII != nil && !t.ASCII.Contains(s[i]) {
			return codec.BecauseASCII, 0
		}
	}
	chars := uint64(utf8.RuneCountInString(s))
	if !pure && t.Profile != nil {
		if p == nil {
			return "", 0
		}
		n, ok := p.Check(t.Profile.Name, s)
		if !ok {
			return codec.BecauseProfile, 0
		}
		chars = uint64(n)
	}
	if t.Chars != nil {
		if chars < t.Chars.Min {
			return codec.BecauseCharsMin, t.Chars.Min
		}
		if chars > t.Chars.Max {
			return codec.BecauseCharsMax, t.Chars.Max
		}
	}
	return "", 0
}

// Judge returns the first limit of t that v breaks, as a Because of codec.Error, and its value; "" if it keeps to all,
// as its elements and members do if it is an array or a struct. A nil p judges no character beyond ASCII.
func (c *Codec) Judge(t *spec.Type, v any, p codec.Profiles) (because string, limit uint64) {
	if b, ok := v.(uint64); ok && t.Kind == spec.KindBool {
		v = rawBool(min(b, 2))
	}
	if because, limit = judge(t, v, p); because != "" {
		return because, limit
	}
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			if because, limit = c.Judge(t.Elem, e, p); because != "" {
				return because, limit
			}
		}
	case []Field:
		for _, f := range t.Fields {
			if e, ok := get(v, f.Name); ok {
				if because, limit = c.Judge(f.Type, e, p); because != "" {
					return because, limit
				}
			}
		}
	case nil:
		if !t.Nullable {
			return codec.BecauseNull, 0
		}
	}
	return "", 0
}

// unitOf says what the limits min and max of t count, as codec.Error has it.
func unitOf(t *spec.Type, because string) string {
	if because != codec.BecauseMin && because != codec.BecauseMax {
		return ""
	}
	switch t.Kind {
	case spec.KindString, spec.KindBytes, spec.KindRest:
		return codec.UnitBytes
	case spec.KindArray:
		return codec.UnitElements
	case spec.KindInt:
		return codec.UnitSigned
	}
	return ""
}

func enumValue(e *spec.Enum, n uint64) *spec.EnumValue {
	for _, v := range e.Values {
		if v.Value == n {
			return v
		}
	}
	return nil
}
