package dynamic

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/spec"
)

// A Boundary is a value at the edge of a limit, or just beyond it.
type Boundary struct {
	Name    string // "min-1", "min", "max", "max+1", "chars.min", "ascii", "enum", "utf8" …; for enums the value's name
	Value   any    // for Append if it is legal, else for AppendIllegal
	Legal   bool
	Because string // not legal: the limit that it breaks, as in codec.Error
}

// Boundaries returns the values at every limit of t that the wire can carry, without repeats. Strings have ASCII
// characters only, or bytes that are not UTF-8 ("utf8").
func (c *Codec) Boundaries(t *spec.Type) []Boundary {
	l := &boundaries{t: t}
	switch t.Kind {
	case spec.KindUint:
		l.numbers()
	case spec.KindBool:
		l.add("false", false)
		l.add("true", true)
		l.add("bool", uint64(2))
		l.add("bool.max", uint64(255))
	case spec.KindString:
		l.strings()
	case spec.KindArray:
		if t.LenWidth == 0 {
			l.add("fixed", ExampleValue(t))
			break
		}
		l.sizes(widest(t.LenWidth), func(n uint64) any {
			list := make([]any, n)
			for i := range list {
				list[i] = ExampleValue(t.Elem)
			}
			return list
		})
	case spec.KindBytes:
		if t.LenWidth == 0 {
			l.add("zeros", make([]byte, t.Size))
			l.add("ones", bytes.Repeat([]byte{0xff}, t.Size))
			break
		}
		l.sizes(widest(t.LenWidth), func(n uint64) any { return bytes.Repeat([]byte{0xa5}, int(n)) })
	case spec.KindRest:
		if !t.Ignore {
			l.sizes(0, func(n uint64) any { return bytes.Repeat([]byte{0xa5}, int(n)) })
		}
	}
	return l.list
}

type boundaries struct {
	t    *spec.Type
	list []Boundary
}

func (l *boundaries) add(name string, v any) {
	for _, b := range l.list {
		if reflect.DeepEqual(b.Value, v) {
			return
		}
	}
	judged := v
	if n, ok := v.(uint64); ok && l.t.Kind == spec.KindBool {
		judged = rawBool(n)
	}
	because, _ := judge(l.t, judged, nil)
	l.list = append(l.list, Boundary{Name: name, Value: v, Legal: because == "", Because: because})
}

func (l *boundaries) numbers() {
	t := l.t
	top := widest(t.Width)
	if t.Enum != nil {
		for _, v := range t.Enum.Values {
			l.add(v.Name, v.Value)
		}
		for n := uint64(0); n <= top; n++ {
			if enumValue(t.Enum, n) == nil {
				l.add("enum", n)
				break
			}
		}
		l.add("enum.max", top)
		return
	}
	if t.Min != nil {
		if *t.Min > 0 {
			l.add("min-1", *t.Min-1)
		}
		l.add("min", *t.Min)
	}
	if t.Max != nil {
		l.add("max", *t.Max)
		if *t.Max < top {
			l.add("max+1", *t.Max+1)
		}
	}
	l.add("zero", uint64(0))
	l.add("top", top)
}

// sizes adds a value of each size at a limit. Where nothing else limits it, the
// largest size that the length can say is one, if it is not too large to be useful.
func (l *boundaries) sizes(top uint64, build func(n uint64) any) {
	t := l.t
	if t.Min != nil {
		if *t.Min > 0 {
			l.add("min-1", build(*t.Min-1))
		}
		l.add("min", build(*t.Min))
	}
	if t.Max != nil {
		l.add("max", build(*t.Max))
		if *t.Max < top || t.Kind == spec.KindRest {
			l.add("max+1", build(*t.Max+1))
		}
	}
	l.add("empty", build(0))
	if t.Max == nil && top > 0 && top <= widest(2) && t.Kind != spec.KindArray {
		l.add("top", build(top))
	}
}

func (l *boundaries) strings() {
	t := l.t
	plain := string(plainByte(t))
	build := func(n uint64) any { return strings.Repeat(plain, int(n)) }
	if t.LenWidth == 0 {
		l.add("fixed", ExampleValue(t))
	} else {
		l.sizes(widest(t.LenWidth), build)
	}
	if t.Chars != nil {
		if t.Chars.Min > 0 {
			l.add("chars.min-1", build(t.Chars.Min-1))
		}
		l.add("chars.min", build(t.Chars.Min))
		l.add("chars.max", build(t.Chars.Max))
		l.add("chars.max+1", build(t.Chars.Max+1))
	}
	good := ExampleValue(t).(string)
	if good == "" && (t.Max == nil || *t.Max > 0) {
		good = plain
	}
	if t.ASCII != nil && good != "" {
		for b := byte(0); b < 128; b++ {
			// The edges of the set, and what the transport or a terminal might trip over.
			edge := b > 0 && t.ASCII.Contains(b-1) || b < 127 && t.ASCII.Contains(b+1)
			if !t.ASCII.Contains(b) && (edge || strings.IndexByte("\x00\n\r\x1b \x7f", b) >= 0) {
				l.add(fmt.Sprintf("ascii.%02x", b), good[:len(good)-1]+string(rune(b)))
			}
		}
	}
	if good != "" {
		l.list = append(l.list, Boundary{
			Name: "utf8", Value: good[:len(good)-1] + "\xff", Because: codec.BecauseUTF8,
		})
	}
}
