package derive

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// An attempt is a value that is tried in a field.
type attempt struct {
	name    string
	value   any
	illegal bool // whatever its limits say: it cannot be laid out
}

// values tries every field of every request at and beyond its limits, and every request as it is.
func (d *deriver) values() {
	d.requests(func(m *spec.Message, first *spec.State) {
		for _, s := range m.In {
			d.try(draft{folder: m.Name, name: "right." + s.Name, about: m, state: s, what: fmt.Sprintf("a right %s in the state %s", m.Name, s.Name)},
				d.bytes(d.example(m)), d.request(m))
		}
		for _, f := range m.Fields {
			if d.inHeader(f.Name) || !f.IsValue() && f.Type.Const == nil {
				continue
			}
			for _, a := range d.attempts(f.Type) {
				d.value(m, first, f, a)
			}
			d.examples(m, first, f)
		}
		d.headValues(m, first)
	})
}

// headValues tries the values in the header of a request at their limits, and other values for what is constant there.
func (d *deriver) headValues(m *spec.Message, s *spec.State) {
	for _, f := range m.Head {
		if f.Role != spec.RoleNone || len(f.Counts) > 0 || f.Type.Ignore {
			continue
		}
		for _, b := range d.c.Boundaries(f.Type) {
			if f.Type.Const == nil || !b.Legal {
				d.value(m, s, f, attempt{b.Name, b.Value, !b.Legal})
			}
		}
	}
}

// value tries one value.
func (d *deriver) value(m *spec.Message, s *spec.State, f *spec.Field, a attempt) {
	because, _ := d.c.Judge(f.Type, a.value, nil)
	send, frame := d.with(m, f, a.value, because != "" || a.illegal)
	if !d.truthful(frame) {
		return // no header can say how long it is
	}
	v := d.judge(s, frame)
	if v.request != nil && d.dear(m) && (strings.Contains(a.name, "u+") || strings.HasPrefix(a.name, "bit")) {
		return // the others tell enough for what they cost
	}
	x := draft{
		folder: m.Name, name: f.Name + "." + a.name, about: m, state: s, of: d.p.Type(f.Named),
		what: fmt.Sprintf("%s with %s at %s", m.Name, f.Name, a.name),
	}
	if because != "" {
		d.alone(m, s, f, a, x)
	}
	if v.err != nil && because == "" {
		send[len(send)-1] = strings.Replace(send[len(send)-1], "send a", "sendraw a", 1)
	}
	d.try(x, frame, send...)
}

// breaks reports whether a value is none of its type, or outside its limits.
func (d *deriver) breaks(t *spec.Type, a attempt) bool {
	because, _ := d.c.Judge(t, a.value, nil)
	s, text := a.value.(string)
	return a.illegal || because != "" || text && !utf8.ValidString(s)
}

// attempts lists the values that are tried in a field of a type, legal ones and others.
func (d *deriver) attempts(t *spec.Type) (list []attempt) {
	for _, b := range d.c.Boundaries(t) {
		if b.Name != "utf8" {
			list = append(list, attempt{b.Name, b.Value, !b.Legal})
		}
	}
	switch {
	case t.Const != nil:
		return slices.DeleteFunc(list, func(a attempt) bool { return !a.illegal })
	case t.Kind == spec.KindUint:
		for bit := range bits.Len64(t.Widest()) {
			list = append(list, attempt{name: fmt.Sprintf("bit%d", bit), value: uint64(1) << bit})
		}
		list = append(list, attempt{name: "one", value: uint64(1)}, attempt{name: "top-1", value: t.Widest() - 1})
	case t.Kind == spec.KindBool && t.Bits == 0:
		list = append(list, attempt{name: "bool.sign", value: uint64(0x80)})
	case t.Kind == spec.KindString:
		list = append(list, d.characters(t)...)
	case t.Kind == spec.KindArray && t.Size == 0:
		for _, a := range d.attempts(t.Elem) {
			if t.LenWidth == 0 && !d.breaks(t.Elem, a) {
				continue // what nothing counts is tried where it is refused
			}
			list = append(list, attempt{name: "element." + a.name, value: []any{a.value}, illegal: a.illegal})
		}
	}
	return list
}

// notUTF8 are bytes that are no UTF-8, each for one reason.
var notUTF8 = []struct{ name, bytes string }{
	{"continuation", "\x80"},
	{"continuation.last", "\xbf"},
	{"continuations", "\x80\x81\x82"},
	{"fe", "\xfe"},
	{"ff", "\xff"},
	{"overlong.2", "\xc0\x80"},
	{"overlong.2.slash", "\xc0\xaf"},
	{"overlong.2.last", "\xc1\xbf"},
	{"overlong.3", "\xe0\x80\x80"},
	{"overlong.3.last", "\xe0\x9f\xbf"},
	{"overlong.4", "\xf0\x80\x80\x80"},
	{"overlong.4.last", "\xf0\x8f\xbf\xbf"},
	{"surrogate.first", "\xed\xa0\x80"},
	{"surrogate.last", "\xed\xbf\xbf"},
	{"surrogate.pair", "\xed\xa0\xbd\xed\xb8\x80"},
	{"beyond", "\xf4\x90\x80\x80"},
	{"beyond.f5", "\xf5\x80\x80\x80"},
	{"five", "\xf8\x88\x80\x80\x80"},
	{"six", "\xfc\x84\x80\x80\x80\x80"},
	{"cut.2", "\xc3"},
	{"cut.3.1", "\xe2"},
	{"cut.3.2", "\xe2\x82"},
	{"cut.4.1", "\xf0"},
	{"cut.4.3", "\xf0\x9f\x98"},
	{"utf-16", "\xff\xfeh\x00"},
	{"latin-1", "\xe9t\xe9"},
}

// characters lists strings about their bytes, their control characters and their characters.
func (d *deriver) characters(t *spec.Type) (list []attempt) {
	good := dynamic.ExampleValue(t).(string)
	head := good
	if len(good) > 1 {
		head = good[:len(good)-1]
	}
	for i, u := range notUTF8 {
		list = append(list, attempt{name: "utf8." + u.name, value: head + u.bytes})
		if i%8 == 0 {
			list = append(list, attempt{name: "utf8." + u.name + ".first", value: u.bytes + good}, attempt{name: "utf8." + u.name + ".alone", value: u.bytes})
		}
	}
	for r := rune(0); r < 0x80; r++ {
		if r < 0x20 || r == 0x7f {
			list = append(list, attempt{name: fmt.Sprintf("control.%02x", r), value: head + string(r)})
		}
	}
	for _, r := range []rune{0x80, 0x85, 0xa0, 0x2028, 0x200b, 0x202e, 0xd7ff, 0xe000, 0xfeff, 0xfffd, 0xffff, 0x10000, 0x1f600, 0x10ffff} {
		list = append(list, attempt{name: fmt.Sprintf("u+%04x", r), value: head + string(r)})
	}
	wide := func(name string, r rune, n uint64) {
		if n*uint64(len(string(r))) <= min(top(max(t.LenWidth, 1)), 1<<17) && t.LenWidth > 0 {
			list = append(list, attempt{name: name, value: strings.Repeat(string(r), int(n))})
		}
	}
	if t.Chars != nil {
		wide("chars.min-1.wide", 'é', t.Chars.Min-1)
		wide("chars.min.wide", 'é', t.Chars.Min)
		wide("chars.max.wide", 'é', t.Chars.Max)
		wide("chars.max+1.wide", 'é', t.Chars.Max+1)
	}
	if t.Max != nil && *t.Max <= 1024 {
		wide("max.wide", 'é', *t.Max/2)
		wide("max+1.wide", 'é', *t.Max/2+1)
	}
	return list
}

// examples tries the strings that the type lists: what it accepts, and what it rejects.
func (d *deriver) examples(m *spec.Message, s *spec.State, f *spec.Field) {
	for i, e := range f.Type.Examples {
		var text string
		switch {
		case e.Accept != nil:
			text = *e.Accept
		case e.Reject != nil:
			text = *e.Reject
		default:
			continue
		}
		send, frame := d.with(m, f, text, e.Reject != nil)
		v := d.judge(s, frame)
		x := draft{folder: m.Name, about: m, state: s, of: d.p.Type(f.Named), derive: spec.Derive(spec.CheckLimits)}
		if f.Early {
			x.derive = spec.Derive(spec.CheckEarly)
		}
		if e.Reject != nil {
			err := f.Type.Error
			if err == nil {
				err = d.p.Check(spec.CheckName(x.derive)).Error
			}
			v = verdict{err: err}
			x.name, x.what = fmt.Sprintf("%s.reject.%d", f.Name, i+1), fmt.Sprintf("%s with %s %+q, which its type rejects", m.Name, f.Name, text)
		} else {
			x.name, x.what = fmt.Sprintf("%s.accept.%d", f.Name, i+1), fmt.Sprintf("%s with %s %+q, which its type accepts", m.Name, f.Name, text)
		}
		accept := verdict{request: v.request, err: v.err}
		for _, r := range d.replies(s, accept) {
			if v.profile != nil && v.feature != nil {
				r.require = append(r.require, v.feature.Name)
			}
			if len(r.require) > 1 {
				continue
			}
			x.right, x.require, x.shared = r.right, r.require, r.same && r.right != "silence"
			x.lines = lines(send, d.fenced(r))
			d.add(x)
			break
		}
		if v.request != nil && v.profile != nil && v.feature != nil {
			for _, r := range d.refusal(s, m, v.profile) {
				x.name += ".unknown"
				x.right, x.require, x.shared = r.right, []string{"!" + v.feature.Name}, r.same
				x.lines = lines(send, d.fenced(r))
				d.add(x)
			}
		}
	}
}

// innerLengths lets every length and count within a body lie.
func (d *deriver) innerLengths() {
	d.requests(func(m *spec.Message, s *spec.State) {
		for _, f := range m.Fields {
			msg, _ := d.holding(m, f)
			v, there := msg.Get(f.Name)
			if !there || f.Type.LenWidth == 0 || d.inHeader(f.Name) {
				continue
			}
			if v = d.filled(f.Type, v); v == nil {
				continue
			}
			msg.Set(f.Name, v)
			true64 := uint64(size(v))
			after := d.after(msg, f)
			lies := map[string]uint64{
				"zero": 0, "one-less": true64 - 1, "one-more": true64 + 1, "all": after, "all+1": after + 1,
				"ones": top(f.Type.LenWidth), "half": top(f.Type.LenWidth)/2 + 1,
			}
			if f.Type.Max != nil {
				lies["max"], lies["max+1"] = *f.Type.Max, *f.Type.Max+1
			}
			if f.Type.Min != nil && *f.Type.Min > 0 {
				lies["min"], lies["min-1"] = *f.Type.Min, *f.Type.Min-1
			}
			for name, n := range lies {
				if n == true64 || n > top(f.Type.LenWidth) {
					continue
				}
				lie := msg.Clone()
				lie.Set(f.Name, dynamic.Lie{Value: v, Length: n})
				frame := d.bytes(lie)
				if d.judge(s, frame).request != nil && (d.dear(m) || s.After(m) != s) {
					continue
				}
				d.try(draft{
					folder: m.Name, name: f.Name + ".length." + name, about: m, state: s,
					what: fmt.Sprintf("%s whose %s is said to have %d bytes or elements, and has %d", m.Name, f.Name, n, true64),
				},
					frame, d.message(msg, fmt.Sprintf("@lie=%s:%d", f.Name, n)))
			}
		}
	})
}

// filled makes a value that is not empty; nil if there is none.
func (d *deriver) filled(t *spec.Type, v any) any {
	if size(v) > 0 {
		return v
	}
	if t.Max != nil && *t.Max == 0 {
		return nil
	}
	switch t.Kind {
	case spec.KindString:
		return "x"
	case spec.KindBytes:
		return []byte{0xa5}
	case spec.KindArray:
		return []any{dynamic.ExampleValue(t.Elem)}
	}
	return nil
}

func size(v any) int {
	switch v := v.(type) {
	case string:
		return len(v)
	case []byte:
		return len(v)
	case []any:
		return len(v)
	}
	return 0
}

// after counts the bytes of a message from the value of f on, its length not counted.
func (d *deriver) after(m *dynamic.Message, f *spec.Field) uint64 {
	frame := d.bytes(m)
	lie := m.Clone()
	v, _ := m.Get(f.Name)
	lie.Set(f.Name, dynamic.Lie{Value: v, Length: uint64(size(v)) ^ 1})
	other := d.bytes(lie)
	for i := len(frame) - 1; i >= 0; i-- {
		if frame[i] != other[i] {
			last := i + 1
			if !d.p.BigEndian {
				last = i + f.Type.LenWidth
			}
			return uint64(len(frame) - last)
		}
	}
	return 0
}
