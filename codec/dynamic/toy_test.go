package dynamic

import (
	"bytes"
	"encoding/hex"
	"errors"
	"reflect"
	"testing"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/spec"
)

func limit(n uint64) *uint64 { return &n }

// toyProtocol is as unlike the chat protocol as the model allows: little endian, a length that comes first and counts the
// header, no correlation, a byte of the header without a meaning, nested arrays, fixed arrays and strings, and conditions.
func toyProtocol() *spec.Protocol {
	u := func(n int) *spec.Type { return &spec.Type{Kind: spec.KindUint, Width: n} }
	bad := &spec.Error{Name: "BAD", Code: 3, React: spec.ReactReply}
	own := &spec.Error{Name: "OWN", Code: 4, React: spec.ReactReply}
	big := &spec.Error{Name: "BIG", Code: 5, React: spec.ReactClose}
	idle := &spec.State{Name: "idle", Start: true}
	color := &spec.Enum{Name: "color", Width: 1, Values: []*spec.EnumValue{{Name: "RED", Value: 1}, {Name: "BLUE", Value: 7}}}
	kind := &spec.Field{Name: "kind", Type: &spec.Type{Kind: spec.KindUint, Width: 1, Enum: color}}
	grid := &spec.Type{Kind: spec.KindArray, LenWidth: 1, Elem: &spec.Type{
		Kind: spec.KindArray, LenWidth: 1,
		Elem: &spec.Type{Kind: spec.KindUint, Width: 3, Max: limit(70000), Error: own}, Max: limit(3),
	}, Max: limit(4)}
	put := &spec.Message{Name: "PUT", Code: 0x1234, From: spec.FromClient, In: []*spec.State{idle}, Fields: []*spec.Field{
		kind,
		{Name: "tag", Type: &spec.Type{Kind: spec.KindString, Size: 4}},
		{Name: "grid", Type: grid},
		{Name: "blue", Type: u(8), If: &spec.Condition{Field: kind, Values: []uint64{7}}},
		{Name: "pair", Type: &spec.Type{Kind: spec.KindArray, Size: 2, Elem: &spec.Type{Kind: spec.KindBool}}},
		{Name: "tail", Type: &spec.Type{Kind: spec.KindRest, Max: limit(9)}},
	}}
	return &spec.Protocol{
		ID: "toy",
		Frames: []*spec.Frame{{Fields: []*spec.Field{
			{Name: "size", Type: u(2), Counts: []string{"size", "op", "body"}},
			{Name: "pad", Type: &spec.Type{Kind: spec.KindUint, Width: 1, Ignore: true}},
			{Name: "op", Type: u(2), Role: spec.RoleOpcode},
			{Name: "body", Type: &spec.Type{Kind: spec.KindRest, Max: limit(300)}},
		}}},
		Checks: []*spec.Check{
			{Name: spec.CheckLength, Error: big},
			{Name: spec.CheckOpcode, Error: bad},
			{Name: spec.CheckState, Error: bad},
			{Name: spec.CheckLayout, Error: bad},
			{Name: spec.CheckLimits, Error: bad},
		},
		States: []*spec.State{idle}, Errors: []*spec.Error{bad, own, big}, Enums: []*spec.Enum{color},
		Messages: []*spec.Message{put, {Name: "GOT", Code: 0x1234, From: spec.FromServer}},
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(string(bytes.ReplaceAll([]byte(s), []byte(" "), nil)))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestToy(t *testing.T) {
	c := New(toyProtocol())
	m := &Message{Spec: c.Protocol().Messages[0], Fields: []Field{
		{"kind", uint64(7)},
		{"tag", "abcd"},
		{"grid", []any{[]any{uint64(1), uint64(0x0102)}, []any{}}},
		{"blue", uint64(5)},
		{"pair", []any{true, false}},
		{"tail", []byte("xy")},
	}}
	b, err := c.Append(nil, m)
	if err != nil {
		t.Fatal(err)
	}
	want := unhex(t, "1e00 00 3412 07 61626364 02 02 010000 020100 00 0500000000000000 01 00 7879")
	if !bytes.Equal(b, want) {
		t.Fatalf("% x\nwant\n% x", b, want)
	}
	got, err := c.Decode(spec.FromClient, b, nil)
	if err != nil || !reflect.DeepEqual(got, m) {
		t.Fatalf("%v, %v", got, err)
	}
	if m, err := c.Decode(spec.FromServer, unhex(t, "0400 ff 3412"), nil); err != nil || m.Spec.Name != "GOT" {
		t.Errorf("the same opcode from the server: %v, %v", m, err)
	}
}

func TestToyRejects(t *testing.T) {
	c := New(toyProtocol())
	tests := []struct {
		name, hex, because, err string
		at                      int
	}{
		{"length below what it counts", "0300 00 3412", "size.min", "BIG", 0},
		{"length over the limit", "3101 00 3412", "body.max", "BIG", 0},
		{"opcode", "0400 00 3512", "op.opcode", "BAD", 3},
		{"limit of an element", "1000 00 3412 01 61626364 01 01 ffffff 0000", "grid[0][0].max", "OWN", 12},
		{"limit of an inner count", "1900 00 3412 01 61626364 01 04 000000 000000 000000 000000 0000", "grid[0].max", "BAD", 11},
		{"count beyond the bytes", "1000 00 3412 01 61626364 01 ff ffffff 0000", "grid[0].truncated", "BAD", 11},
		{"enum", "0c00 00 3412 02 61626364 00 0000", "kind.enum", "BAD", 5},
		{"bool in a fixed array", "0c00 00 3412 01 61626364 00 0002", "pair[1].bool", "BAD", 12},
		{"fixed array cut", "0b00 00 3412 01 61626364 00 00", "pair.truncated", "BAD", 11},
		{"fixed string", "0c00 00 3412 01 616263ff 00 0000", "tag.utf8", "BAD", 6},
		{"rest", "1600 00 3412 01 61626364 00 0000 30313233343536373839", "tail.max", "BAD", 13},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, se, e := c.CheckRequest(c.Protocol().States[0], unhex(t, tt.hex), nil)
			if e == nil || because(e) != tt.because || e.Offset != tt.at || e.Name != tt.err || se == nil || se.Name != tt.err {
				t.Errorf("%+v, want %s at %d because of %s", e, tt.err, tt.at, tt.because)
			}
		})
	}
}

func TestAppendIsStrict(t *testing.T) {
	c := New(toyProtocol())
	legal := c.Example(c.Protocol().Messages[0])
	if _, err := c.Append(nil, legal); err != nil {
		t.Fatalf("the example: %v", err)
	}
	tests := []struct {
		field   string
		value   any
		because string // "": a plain error
	}{
		{"kind", uint64(2), "kind.enum"},
		{"kind", 1, ""},
		{"tag", "abc", "tag.min"},
		{"tag", "abcde", "tag.max"},
		{"tag", "abc\xff", "tag.utf8"},
		{"tag", []byte("abcd"), ""},
		{"grid", []any{[]any{uint64(1 << 24)}}, "grid[0][0].max"},
		{"grid", []any{[]any{uint64(1)}, []any{nil}}, ""},
		{"pair", []any{true}, "pair.min"},
		{"pair", []any{true, uint64(1)}, ""},
		{"tail", make([]byte, 10), "tail.max"},
		{"nonsense", uint64(1), ""},
	}
	for _, tt := range tests {
		m := legal.Clone()
		m.Set(tt.field, tt.value)
		b, err := c.Append([]byte("before"), m)
		e := (*codec.Error)(nil)
		got := ""
		if errors.As(err, &e) {
			got = because(e)
		}
		if err == nil || got != tt.because || string(b) != "before" {
			t.Errorf("%s = %#v: %q, %v; want an error because of %q", tt.field, tt.value, b, err, tt.because)
		}
	}
}

func TestAppendIllegal(t *testing.T) {
	c := New(toyProtocol())
	n := uint64(0xffff)
	op := uint64(0x4321)
	tests := []struct {
		name string
		edit func(*Message)
		want string
	}{
		{"as it is", func(*Message) {}, "0c00 00 3412 01 00000000 00 0000"},
		{"lie in the header", func(m *Message) { m.Length = &n }, "ffff 00 3412 01 00000000 00 0000"},
		{"another opcode", func(m *Message) { m.Opcode = &op }, "0c00 00 2143 01 00000000 00 0000"},
		{"lie in a count", func(m *Message) { m.Set("grid", Lie{[]any{}, 200}) }, "0c00 00 3412 01 00000000 c8 0000"},
		{"lie within", func(m *Message) { m.Set("grid", []any{Lie{[]any{uint64(1)}, 2}}) }, "1000 00 3412 01 00000000 01 02 010000 0000"},
		{"left out", func(m *Message) { m.Set("tag", Raw{}) }, "0800 00 3412 01 00 0000"},
		{"raw", func(m *Message) { m.Set("tag", Raw("\xff\xff")) }, "0a00 00 3412 01 ffff 00 0000"},
		{"bool", func(m *Message) { m.Set("pair", []any{uint64(2), true}) }, "0c00 00 3412 01 00000000 00 0201"},
		{"trailing", func(m *Message) { m.Trailing = []byte{9} }, "0d00 00 3412 01 00000000 00 0000 09"},
		{"cut to size", func(m *Message) { m.Set("tag", "abcdef") }, "0c00 00 3412 01 61626364 00 0000"},
		{"undue condition", func(m *Message) { m.Set("blue", uint64(1)) }, "1400 00 3412 01 00000000 00 0100000000000000 0000"},
		{"wrong type", func(m *Message) { m.Set("kind", "RED") }, "0c00 00 3412 00 00000000 00 0000"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := &Message{Spec: c.Protocol().Messages[0], Fields: []Field{{"kind", uint64(1)}, {"pair", []any{false, false}}}}
			tt.edit(m)
			if got, want := c.AppendIllegal(nil, m), unhex(t, tt.want); !bytes.Equal(got, want) {
				t.Errorf("% x\nwant\n% x", got, want)
			}
		})
	}
}
