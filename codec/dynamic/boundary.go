package dynamic

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
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

// Boundaries returns the values at every limit of t that the wire can carry, without repeats, up to 4 MiB. Strings have ASCII
// characters only, or bytes that are not UTF-8 ("utf8"). Of a constant only AppendIllegal takes them, the legal one too. A value that
// holds the byte that would end it ("until") is illegal for an encoder only: who decodes it sees two values.
func (c *Codec) Boundaries(t *spec.Type) []Boundary {
	l := &boundaries{t: t}
	if t.Const != nil {
		l.constants()
		return l.list
	}
	switch t.Kind {
	case spec.KindUint:
		l.numbers()
	case spec.KindInt:
		l.signed()
	case spec.KindBool:
		l.add("false", false)
		l.add("true", true)
		if t.Bits == 0 {
			l.add("bool", uint64(2))
			l.add("bool.max", uint64(255))
		}
	case spec.KindString:
		l.strings()
	case spec.KindArray:
		if t.LenWidth == 0 && t.Size > 0 {
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
	case spec.KindStruct:
		c.members(l)
	case spec.KindBytes:
		l.bytes()
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
	judged := v
	if n, ok := v.(uint64); ok && l.t.Kind == spec.KindBool {
		judged = rawBool(n)
	}
	because, _ := judge(l.t, judged, nil)
	l.put(Boundary{Name: name, Value: v, Legal: because == "", Because: because})
}

func (l *boundaries) put(b Boundary) {
	for _, there := range l.list {
		if reflect.DeepEqual(there.Value, b.Value) {
			return
		}
	}
	l.list = append(l.list, b)
}

// constants adds the constant and values next to it.
func (l *boundaries) constants() {
	switch v := Value(l.t, l.t.Const).(type) {
	case uint64:
		l.add("const", v)
		if v > 0 {
			l.add("const-1", v-1)
		}
		if v < top(l.t) {
			l.add("const+1", v+1)
		}
	case int64:
		l.add("const", v)
		if v > bottom(l.t) {
			l.add("const-1", v-1)
		}
		if v < int64(top(l.t)) {
			l.add("const+1", v+1)
		}
	case bool:
		l.add("const", v)
		l.add("const.not", !v)
	case string:
		l.add("const", v)
		if v != "" {
			other := byte('x')
			if v[len(v)-1] == other {
				other = 'y'
			}
			l.add("const.other", v[:len(v)-1]+string(other))
		}
		if l.t.Size == 0 {
			l.add("const.longer", v+"x")
		}
	case []byte:
		l.add("const", v)
		if len(v) > 0 {
			other := bytes.Clone(v)
			other[len(v)-1] ^= 1
			l.add("const.other", other)
		}
	}
}

func (l *boundaries) bytes() {
	t := l.t
	fill := byte(0xa5)
	if t.Until != nil && *t.Until == fill {
		fill++
	}
	if t.Nullable {
		l.put(Boundary{Name: "null", Legal: true})
	}
	if t.LenWidth == 0 && t.Size > 0 {
		l.add("zeros", make([]byte, t.Size))
		l.add("ones", bytes.Repeat([]byte{0xff}, t.Size))
		return
	}
	l.sizes(widest(t.LenWidth), func(n uint64) any { return bytes.Repeat([]byte{fill}, int(n)) })
	if t.Until != nil {
		l.put(Boundary{Name: "until", Value: []byte{fill, *t.Until, fill}, Because: codec.BecauseUntil})
	}
}

// members adds the boundaries of each member of a struct, with examples for the others.
func (c *Codec) members(l *boundaries) {
	example, _ := ExampleValue(l.t).([]Field)
	l.add("example", example)
	for i, m := range example {
		f := member(l.t, m.Name)
		for _, b := range c.Boundaries(f.Type) {
			v := slices.Clone(example)
			v[i].Value = b.Value
			l.put(Boundary{Name: m.Name + "." + b.Name, Value: v, Legal: b.Legal, Because: b.Because})
		}
	}
}

// signed adds signed numbers.
func (l *boundaries) signed() {
	t := l.t
	least, most := bottom(t), int64(top(t))
	if t.Min != nil {
		n := int64(*t.Min)
		if n > least {
			l.add("min-1", n-1)
		}
		l.add("min", n)
	}
	if t.Max != nil {
		n := int64(*t.Max)
		l.add("max", n)
		if n < most {
			l.add("max+1", n+1)
		}
	}
	l.add("zero", int64(0))
	l.add("minus", int64(-1))
	l.add("bottom", least)
	l.add("top", most)
}

// varints adds the numbers at which one more byte is needed, and encodings that no number has.
func (l *boundaries) varints() {
	n := l.t.Varint
	for size := 1; size < n; size++ {
		edge := uint64(1) << (7 * size)
		l.add(fmt.Sprintf("varint.%d", edge-1), edge-1)
		l.add(fmt.Sprintf("varint.%d", edge), edge)
	}
	if n > 1 {
		l.put(Boundary{Name: "varint.longer", Value: Raw{0x80, 0}, Because: codec.BecauseVarint})
	}
	endless := append(bytes.Repeat([]byte{0x80}, n), 1)
	l.put(Boundary{Name: "varint.endless", Value: Raw(endless), Because: codec.BecauseVarint})
}

func (l *boundaries) numbers() {
	t := l.t
	top := top(t)
	if t.Enum != nil {
		for _, v := range t.Enum.Values {
			l.add(v.Name, v.Value)
		}
		for n := uint64(0); n <= uint64(len(t.Enum.Values)) && n <= top; n++ {
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
	if t.Varint > 0 {
		l.varints()
	}
	l.add("top", top)
}

// maxSize is the largest size of a boundary: more is not worth its memory.
const maxSize = 4 << 20

// sizes adds a value of each size at a limit. Where nothing else limits it, the
// largest size that the length can say is one, if it is not too large to be useful.
func (l *boundaries) sizes(top uint64, build func(n uint64) any) {
	t := l.t
	if t.Min != nil && *t.Min > maxSize {
		return
	}
	if t.Min != nil {
		if *t.Min > 0 {
			l.add("min-1", build(*t.Min-1))
		}
		l.add("min", build(*t.Min))
	}
	if t.Max != nil && *t.Max < maxSize {
		l.add("max", build(*t.Max))
		if *t.Max < top || t.LenWidth == 0 {
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
	if t.LenWidth == 0 && t.Size > 0 {
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
	good, _ := ExampleValue(t).(string)
	if good == "" && (t.Max == nil || *t.Max > 0) {
		good = plain
	}
	if t.ASCII != nil && good != "" {
		for b := byte(0); b < 128; b++ {
			// The edges of the set, and what the transport or a terminal might trip over.
			edge := b > 0 && t.ASCII.Contains(b-1) || b < 127 && t.ASCII.Contains(b+1)
			ends := t.Until != nil && *t.Until == b
			if !ends && !t.ASCII.Contains(b) && (edge || strings.IndexByte("\x00\n\r\x1b \x7f", b) >= 0) {
				l.add(fmt.Sprintf("ascii.%02x", b), good[:len(good)-1]+string(rune(b)))
			}
		}
	}
	if good != "" {
		l.list = append(l.list, Boundary{
			Name: "utf8", Value: good[:len(good)-1] + "\xff", Because: codec.BecauseUTF8,
		})
	}
	if t.Until != nil {
		l.put(Boundary{Name: "until", Value: plain + string(rune(*t.Until)) + plain, Because: codec.BecauseUntil})
	}
}
