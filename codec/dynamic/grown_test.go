package dynamic

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/spec"
)

// wide is the table that has every feature of the language.
func wide(t testing.TB) *Codec {
	t.Helper()
	src, err := os.ReadFile("../../spec/testdata/wide.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, err := spec.Load("wide.yaml", src)
	if err != nil {
		t.Fatal(err)
	}
	return New(p)
}

// TestLayoutFaults damages frames of the wide table: one fault each.
func TestLayoutFaults(t *testing.T) {
	c := wide(t)
	tests := []struct {
		name, state string
		from        spec.Direction
		hex         string
		want        string // field.because@offset
	}{
		{"header cut", "online", spec.FromClient, "60", "body.truncated@0"},
		{"header of nothing", "online", spec.FromClient, "", "body.truncated@0"},
		{"varint not shortest", "online", spec.FromClient, "60 8000", "left.varint@1"},
		{"varint too long", "online", spec.FromClient, "60 80808001", "left.varint@1"},
		{"varint cut", "online", spec.FromClient, "60 80", "body.truncated@0"},
		{"body cut", "online", spec.FromClient, "60 01", "body.truncated@2"},
		{"body too long", "online", spec.FromClient, "60 00 00", "body.trailing@2"},
		{"no such opcode", "online", spec.FromClient, "f0 00", "kind.opcode@0"},
		{"bits cut", "online", spec.FromClient, "38 01 00", "colour.truncated@2"},
		{"bits over the limit", "online", spec.FromClient, "38 03 0fff 00", "colour.max@2"},
		{"null", "online", spec.FromClient, "38 03 0007 ff", ""},
		{"bytes cut", "online", spec.FromClient, "38 04 0007 02 00", "note.truncated@4"},
		{"bytes over the limit", "online", spec.FromClient, "38 cc01 0007 c9" + strings.Repeat("00", 201), "note.max@5"},
		{"padding longer than the body", "online", spec.FromClient, "38 04 8007 02 00", "text.truncated@6"},
		{"condition by a header value", "online", spec.FromClient, "32 03 0007 ff", "id.truncated@5"},
		{"limit of that", "online", spec.FromClient, "32 05 0007 ff 0000", "id.min@5"},
		{"terminator missing", "online", spec.FromServer, "70 03 666f6f", "why.truncated@2"},
		{"too short before its terminator", "online", spec.FromServer, "70 01 00", "why.min@2"},
		{"text", "online", spec.FromServer, "70 02 ff 00", "why.utf8@2"},
		{"array ends in an element", "online", spec.FromClient, "50 0a ffffffffffffffff 02 00", "parts[1].at.truncated@11"},
		{"array without its end", "fresh", spec.FromClient, "0000000c 00000003 61006200", "options.truncated@8"},
		{"member of an element", "fresh", spec.FromClient, "0000000d 00000003 61006200ff", "options[1].name.truncated@12"},
		{"no constant fits", "fresh", spec.FromClient, "00000009 00000004 00", "version.opcode@4"},
		{"nor is it there", "fresh", spec.FromClient, "00000006 0000", "version.opcode@4"},
		{"length less than itself", "fresh", spec.FromClient, "00000003 00000003", "body.trailing@4"},
		{"a frame of one byte", "asked", spec.FromServer, "5900", "body.trailing@1"},
		{"constant of a side", "records", spec.FromClient, "81 01 01 04 03 01 0005 00000005 6b", "ask.const@0"},
		{"constant of the other side", "records", spec.FromServer, "80 02 00 00 03 00 01 0000", "op.opcode@1"},
		{"constants of the header differ", "records", spec.FromServer, "81 01 00 00 03 02 01 0000", "status.opcode@5"},
		{"struct shorter than its size", "records", spec.FromClient, "80 01 01 03 03 01 0005 00000005 6b", "extra_size.length@3"},
		{"struct longer than its size and than the body", "records", spec.FromClient, "80 01 00 08 03 01 0003 000000", "extra_size.length@3"},
		{"struct longer than the body", "records", spec.FromClient, "80 01 00 04 03 01 0003 000000", "extra.truncated@8"},
		{"what is counted does not fit", "records", spec.FromClient, "80 01 02 04 03 01 0005 00000005 6b", "key.truncated@12"},
		{"counted, and not there", "records", spec.FromClient, "80 02 01 00 00 01 0000", "key_size.length@2"},
		{"limit of a header value", "records", spec.FromClient, "80 01 01 04 7f 01 0005 00000005 6b", "lane.max@4"},
		{"bit of the header that means nothing", "records", spec.FromClient, "80 01 01 04 83 01 0005 00000005 6b", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			frame := unhex(t, tt.hex)
			state := c.Protocol().State(tt.state)
			coveredIn(t, c, state, tt.from, frame)
			_, err := c.DecodeIn(state, tt.from, frame, nil)
			got := ""
			if e := (*codec.Error)(nil); errors.As(err, &e) {
				got = fmt.Sprintf("%s@%d", because(e), e.Offset)
			}
			if got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// TestEncodeFaults gives values to messages of the wide table that no frame can hold, or may.
func TestEncodeFaults(t *testing.T) {
	c := wide(t)
	tests := []struct {
		message, field string
		value          any
		want           string
	}{
		{"PUT", "colour", uint64(4001), "colour.max@2"},
		{"PUT", "grade", uint64(4), "grade.max@0"},
		{"PUT", "again", uint64(1), `PUT: field "again": a value of kind bool cannot be a uint64`},
		{"PUT", "note", []byte(nil), ""},
		{"PUT", "note", nil, ""},
		{"PUT", "note", make([]byte, 201), "note.max@5"},
		{"PUT", "text", make([]byte, 997), "body.max@2"},
		{"PUT", "spare", uint64(7), ""},
		{"PUT", "padding_size", uint64(7), `PUT has no field "padding_size"`},
		{"PUT", "kind", uint64(7), `PUT has no field "kind"`},
		{"PUT", "padding", make([]byte, 256), "padding_size.max@4"},
		{"WELCOME", "shift", int64(-721), "shift.min@2"},
		{"WELCOME", "shift", uint64(7), `WELCOME: field "shift": a value of kind int cannot be a uint64`},
		{"REFUSAL", "why", "fu\x00ll", "why.until@2"},
		{"START", "options", []any{[]Field{{"name", ""}}}, "options[0].name.min@8"},
		{"START", "options", []any{[]Field{{"name", "a"}}, []Field{{"name", "b"}, {"value", "c\x00"}}}, "options[1].value.until@13"},
		{"START", "options", []any{[]Field{{"nome", "a"}}}, `START: field "options[0]": there is no "nome" in it`},
		{"START", "options", []any{"a"}, `START: field "options[0]": a value of kind struct cannot be a string`},
		{"START", "version", uint64(3), `START has no field "version"`},
		{"PART", "parts", []any{[]Field{{"of", uint64(256)}}}, "parts[0].of.max@10"},
		{"GET", "lane", uint64(101), "lane.max@4"},
		{"GET", "key", make([]byte, 256), "key_size.max@2"},
		{"GET", "key", nil, `GET: field "key": a value of kind bytes cannot be a <nil>`},
		{"FOUND", "status", uint64(1), `FOUND has no field "status"`},
	}
	for _, tt := range tests {
		m := c.Example(c.Protocol().Message(tt.message))
		m.ID = 1
		m.Set(tt.field, tt.value)
		b, err := c.Append([]byte("before"), m)
		got := ""
		if e := (*codec.Error)(nil); errors.As(err, &e) {
			got = fmt.Sprintf("%s@%d", because(e), e.Offset)
		} else if err != nil {
			got = err.Error()
		}
		if got != tt.want || err != nil && string(b) != "before" {
			t.Errorf("%s.%s = %v: %q, want %q", tt.message, tt.field, tt.value, got, tt.want)
		}
	}
}

// TestIllegalGrown lies about everything that follows from something else.
func TestIllegalGrown(t *testing.T) {
	c := wide(t)
	n := uint64(0x4321)
	tests := []struct {
		message string
		edit    func(*Message)
		want    string
	}{
		{"GET", func(*Message) {}, "80 01 01 04 03 01 0005 00000005 6b"},
		{"GET", func(m *Message) { m.Length = &n }, "80 01 01 04 03 01 4321 00000005 6b"},
		{"GET", func(m *Message) { m.Set("key", Lie{[]byte("k"), 9}) }, "80 01 09 04 03 01 0005 00000005 6b"},
		{"GET", func(m *Message) { m.Set("extra", Lie{[]Field{{"until", uint64(5)}}, 3}) }, "80 01 01 03 03 01 0005 00000005 6b"},
		{"GET", func(m *Message) { m.Set("key_size", uint64(7)) }, "80 01 07 04 03 01 0005 00000005 6b"},
		{"GET", func(m *Message) { m.Set("ask", uint64(0x7f)); m.Set("reserved", true) }, "7f 01 01 04 83 01 0005 00000005 6b"},
		{"GET", func(m *Message) { m.Set("key", Raw("\x01\x02")) }, "80 01 02 04 03 01 0006 00000005 0102"},
		{"GET", func(m *Message) { m.Trailing = []byte{9} }, "80 01 01 04 03 01 0006 00000005 6b 09"},
		{"PUT", func(m *Message) { m.Length = &n }, "32 a18601 8007 00 ff 0001 6869"},
		{"PUT", func(m *Message) { m.Set("left", Raw("\x80\x00")) }, "32 8000 8007 00 ff 0001 6869"},
		{"PUT", func(m *Message) { m.Set("padding", []byte{0, 0}) }, "32 0a 8007 02 ff 0001 6869 0000"},
		{"PUT", func(m *Message) { m.Set("padding", Lie{[]byte{0}, 255}) }, "32 09 8007 ff ff 0001 6869 00"},
		{"PUT", func(m *Message) { m.Set("spare", uint64(15)) }, "32 08 f007 00 ff 0001 6869"},
		{"PUT", func(m *Message) { m.Set("note", Lie{nil, 3}) }, "32 08 8007 00 03 0001 6869"},
		{"START", func(m *Message) { m.Set("version", uint64(4)) }, "0000000d 00000004 61006200 00"},
		{"START", func(m *Message) { m.Set("options", Raw("a")) }, "00000009 00000003 61"},
		{"STOP", func(m *Message) { m.Set("old", uint64(1)); m.Set("really", true) }, "81 01 01"},
	}
	for _, tt := range tests {
		m := c.Example(c.Protocol().Message(tt.message))
		m.ID = 1
		tt.edit(m)
		if got, want := c.AppendIllegal(nil, m), unhex(t, tt.want); string(got) != string(want) {
			t.Errorf("%s %v: % x\nwant % x", tt.message, m.Fields, got, want)
		}
	}
}

func TestGrownText(t *testing.T) {
	c := wide(t)
	part := func(at int64, of uint64) []Field { return []Field{{"at", at}, {"of", of}} }
	tests := []struct {
		field string
		value any
		text  string
		also  []string
	}{
		{"WELCOME.shift", int64(-5), "-5", nil},
		{"WELCOME.shift", int64(16), "16", []string{"0x10"}},
		{"PUT.note", nil, "null", nil},
		{"PUT.note", []byte{}, "0x", nil},
		{"PUT.grade", uint64(1), "STRONG", []string{"1"}},
		{"PUT.grade", uint64(3), "3", nil},
		{"PART.parts", []any{part(-1, 2), part(0, 3)}, "[{at: -1, of: 2}, {at: 0, of: 3}]", []string{"[{of:2,at:-1} , { at : 0, of: 3 }]"}},
		{"PART.parts", []any{[]Field{}}, "[{}]", []string{"[{ }]"}},
		{"START.options", []any{[]Field{{"name", "a"}, {"value", `b, "c" {d}: e`}}}, `[{name: a, value: "b, \"c\" {d}: e"}]`, []string{`[{value: "b, \"c\" {d}: e", name: "a"}]`}},
		{"START.options", []any{[]Field{{"name", ""}, {"value", "}"}}}, `[{name: "", value: "}"}]`, nil},
	}
	for _, tt := range tests {
		ft := typeOf(t, c, tt.field)
		if got := c.FormatValue(ft, tt.value); got != tt.text {
			t.Errorf("%s: %#v is %q, want %q", tt.field, tt.value, got, tt.text)
		}
		for _, text := range append(tt.also, tt.text) {
			got, err := c.ParseValue(ft, text)
			if err != nil || !reflect.DeepEqual(got, tt.value) {
				t.Errorf("%s: %q is %#v (%v), want %#v", tt.field, text, got, err, tt.value)
			}
		}
	}
	for _, tt := range []struct{ field, text, want string }{
		{"WELCOME.shift", "+5", `"+5" is no number`},
		{"WELCOME.shift", "", `"" is no number`},
		{"GET.key", "null", `"null" are no bytes: write them as 0x and hex`},
		{"GET.extra", "5", `"5" is no struct: write {name: a, other: b}`},
		{"GET.extra", "{5}", `"{5}" is no struct: a colon is missing after "5"`},
		{"GET.extra", "{for: 5}", `"{for: 5}" is no struct: there is no "for" in it`},
		{"GET.extra", `{until: "5}`, `"{until: \"5}" is no struct: a quote does not end`},
		{"GET.extra", "{until: x}", `"x" is no number`},
	} {
		if _, err := c.ParseValue(typeOf(t, c, tt.field), tt.text); err == nil || err.Error() != tt.want {
			t.Errorf("%s: %q: %v, want %s", tt.field, tt.text, err, tt.want)
		}
	}
}
