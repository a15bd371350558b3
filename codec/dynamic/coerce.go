package dynamic

import (
	"slices"

	"github.com/wirelaw/wirelaw/spec"
)

// coerce makes of v something that the wire can carry as a value of t. What is of a wrong type becomes zero.
func coerce(t *spec.Type, v any) any {
	switch t.Kind {
	case spec.KindUint:
		n, _ := v.(uint64)
		return n & top(t)
	case spec.KindInt:
		if n, ok := v.(uint64); ok {
			return int64(n)
		}
		n, _ := v.(int64)
		return n
	case spec.KindBool:
		if n, ok := v.(uint64); ok {
			return n
		}
		b, _ := v.(bool)
		return b
	case spec.KindArray:
		list, _ := v.([]any)
		switch {
		case t.LenWidth > 0:
			return list[:min(uint64(len(list)), widest(t.LenWidth))]
		case t.Size > 0:
			return append(slices.Clip(list[:min(len(list), t.Size)]), make([]any, t.Size)...)[:t.Size]
		}
		return list
	case spec.KindStruct:
		members, _ := v.([]Field)
		return members
	case spec.KindString:
		if b, ok := v.([]byte); ok {
			v = string(b)
		}
		s, _ := v.(string)
		return sized(t, s, string(make([]byte, t.Size)))
	}
	if v == nil && t.Nullable {
		return nil
	}
	if s, ok := v.(string); ok {
		v = []byte(s)
	}
	b, _ := v.([]byte)
	return sized(t, b, make([]byte, t.Size))
}

// sized cuts v to what its length can say, or cuts or fills it to its size; zeros has that size.
func sized[T string | []byte](t *spec.Type, v, zeros T) T {
	switch {
	case t.LenWidth > 0:
		return v[:min(uint64(len(v)), widest(t.LenWidth))]
	case t.Size > 0:
		filled := append(append([]byte{}, v[:min(len(v), t.Size)]...), zeros...)
		return T(filled[:t.Size])
	}
	return v
}
