package script

import (
	"bytes"
	"cmp"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

var matchForm = regexp.MustCompile(`^([A-Za-z_]\w*)(?:\[(\d+)\])?(\.len)?(!=|<=|>=|!\?|=|<|>|~|\?)`)

// A match is one demand on a field: text=hello, names.len>=2.
type match struct {
	text  string // as written
	field string
	index int  // of an element; -1: the whole
	size  bool // its length is meant
	op    string
	value string
}

func parseMatch(text string) (match, bool) {
	m := matchForm.FindStringSubmatch(text)
	if m == nil {
		return match{}, false
	}
	mt := match{text: text, field: m[1], index: -1, size: m[3] != "", op: m[4], value: text[len(m[0]):]}
	if m[2] != "" {
		mt.index, _ = strconv.Atoi(m[2])
	}
	return mt, true
}

// typeOf finds the type of what a match looks at. Header fields are numbers.
func (m *match) typeOf(c *dynamic.Codec, msg *spec.Message) (*spec.Type, error) {
	var t *spec.Type
	for _, f := range c.Protocol().Main().Fields {
		if f.Name == m.field && f.Type.Kind == spec.KindUint {
			t = f.Type
		}
	}
	if f, err := fieldOf(msg, m.field); err == nil {
		t = f.Type
	} else if t == nil {
		return nil, err
	}
	if m.index >= 0 {
		if t.Kind != spec.KindArray {
			return nil, fmt.Errorf("%s of %s is no array", m.field, msg.Name)
		}
		t = t.Elem
	}
	if m.size {
		if t.Kind == spec.KindUint || t.Kind == spec.KindBool {
			return nil, fmt.Errorf("%s of %s has no length", m.field, msg.Name)
		}
		return &spec.Type{Kind: spec.KindUint, Width: 8}, nil
	}
	return t, nil
}

// want reads the value that m asks for, for a field of type t. For ~ it is a *regexp.Regexp.
func (m *match) want(c *dynamic.Codec, t *spec.Type) (any, error) {
	switch m.op {
	case "~":
		if t.Kind != spec.KindString {
			return nil, fmt.Errorf("%s: ~ is for strings", m.text)
		}
		re, err := regexp.Compile(m.value)
		if err != nil {
			return nil, fmt.Errorf("%s: %v", m.text, err)
		}
		return re, nil
	case "?", "!?":
		if t.Kind == spec.KindArray {
			t = t.Elem
		} else if t.Kind != spec.KindString && !t.Flags {
			return nil, fmt.Errorf("%s: %s is for arrays, flags and strings", m.text, m.op)
		}
	case "<", "<=", ">", ">=":
		if t.Kind != spec.KindUint {
			return nil, fmt.Errorf("%s: %s is for numbers", m.text, m.op)
		}
	}
	return parseValue(c, t, m.value)
}

// A mismatch is a match that does not hold.
type mismatch struct {
	expected, got string
	field         string // path in an annotated frame
	at            int    // first byte of the field's value that differs, -1 if that says nothing
}

// holds judges a message. The error means that the match itself is wrong.
func (m *match) holds(c *dynamic.Codec, msg *dynamic.Message, header map[string]uint64) (*mismatch, error) {
	t, err := m.typeOf(c, msg.Spec)
	if err != nil {
		return nil, err
	}
	want, err := m.want(c, t)
	if err != nil {
		return nil, err
	}
	path := m.field
	got, ok := msg.Get(m.field)
	if !ok {
		if n, isHeader := header[m.field]; isHeader {
			got, ok = n, true
		}
	}
	bad := &mismatch{expected: m.text, field: path, at: -1}
	if !ok {
		bad.got = "no " + m.field
		return bad, nil
	}
	if m.index >= 0 {
		list, _ := got.([]any)
		bad.field = fmt.Sprintf("%s[%d]", m.field, m.index)
		if m.index >= len(list) {
			bad.got = fmt.Sprintf("%d elements", len(list))
			return bad, nil
		}
		got = list[m.index]
	}
	if m.size {
		got = sizeOf(got)
	}
	if m.judge(got, want) {
		return nil, nil
	}
	bad.got = fmt.Sprintf("%s=%s", strings.TrimSuffix(m.text[:len(m.text)-len(m.value)], m.op), showValue(c, t, got))
	if t.Secret {
		bad.expected = strings.TrimSuffix(m.text, m.value) + "[secret]"
	} else {
		bad.expected = shorten(m.text)
	}
	if m.op == "=" && !m.size {
		bad.at = differ(got, want)
	}
	return bad, nil
}

func sizeOf(v any) uint64 {
	switch v := v.(type) {
	case string:
		return uint64(len(v))
	case []byte:
		return uint64(len(v))
	case []any:
		return uint64(len(v))
	}
	return 0
}

func (m *match) judge(got, want any) bool {
	switch m.op {
	case "=":
		return equal(got, want)
	case "!=":
		return !equal(got, want)
	case "~":
		s, _ := got.(string)
		return want.(*regexp.Regexp).MatchString(s)
	case "?":
		return contains(got, want)
	case "!?":
		return !contains(got, want)
	}
	a, _ := got.(uint64)
	b, _ := want.(uint64)
	switch order := cmp.Compare(a, b); m.op {
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	default:
		return order >= 0
	}
}

func equal(a, b any) bool {
	if x, ok := a.([]byte); ok {
		y, ok := b.([]byte)
		return ok && bytes.Equal(x, y)
	}
	if x, ok := a.([]any); ok {
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for i := range x {
			if !equal(x[i], y[i]) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(a, b)
}

func contains(v, part any) bool {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			if equal(e, part) {
				return true
			}
		}
	case string:
		s, _ := part.(string)
		return strings.Contains(v, s)
	case uint64:
		n, _ := part.(uint64)
		return v&n == n
	}
	return false
}

// differ returns where two strings or byte sequences first differ, -1 for other values.
func differ(a, b any) int {
	x, y := raw(a), raw(b)
	if x == nil || y == nil {
		return -1
	}
	i := 0
	for i < len(x) && i < len(y) && x[i] == y[i] {
		i++
	}
	return i
}

func raw(v any) []byte {
	switch v := v.(type) {
	case string:
		return append([]byte{}, v...)
	case []byte:
		return append([]byte{}, v...)
	}
	return nil
}
