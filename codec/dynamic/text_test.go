package dynamic

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/spec"
)

func typeOf(t *testing.T, c *Codec, path string) *spec.Type {
	t.Helper()
	message, field, _ := strings.Cut(path, ".")
	m := c.Protocol().Message(message)
	if m == nil || fieldOf(m, field) == nil {
		t.Fatalf("the table has no %s", path)
	}
	return fieldOf(m, field).Type
}

func TestText(t *testing.T) {
	c := chat(t)
	tests := []struct {
		field string
		value any
		text  string
		also  []string // other texts that are the same value
	}{
		{"LIST.by", uint64(1), "WILDCARD", []string{"1", "0x1"}},
		{"LIST.by", uint64(9), "9", nil},
		{"LIST.cursor", []byte{0xca, 0xfe}, "0xcafe", []string{"0xCAFE"}},
		{"LIST.cursor", []byte{}, "0x", nil},
		{"SEND.text", "  a [b] 'c'\n", "  a [b] 'c'\n", nil},
		{"ERROR.code", uint64(18), "NO_SUCH_USER", []string{"18", "0x12"}},
		{"ERROR.code", uint64(999), "999", nil},
		{"WELCOME.features", uint64(3), "RESUME|REGEX", []string{"REGEX|RESUME", "3", "RESUME|2"}},
		{"WELCOME.features", uint64(0), "0", nil},
		{"WELCOME.features", uint64(0x101), "RESUME|0x100", nil},
		{"ACCEPTED.duplicate", true, "true", nil},
		{"ACCEPTED.duplicate", uint64(2), "2", []string{"0x2"}},
		{"ACCEPTED.time", uint64(1767225600000), "1767225600000", nil},
		{"ACCOUNTS.names", []any{}, "[]", []string{"[ ]"}},
		{"ACCOUNTS.names", []any{"alice", "bob"}, "[alice, bob]", []string{`[ alice,"bob" ]`}},
		{"ACCOUNTS.names", []any{"a, b", "", " x", `q"`, "zoë", "]", "\n"}, `["a, b", "", " x", "q\"", zoë, "]", "\n"]`, nil},
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
}

func TestTextRefused(t *testing.T) {
	c := chat(t)
	tests := []struct{ field, text, want string }{
		{"LIST.by", "wildcard", `"wildcard" is no value of listing`},
		{"LIST.limit", "-1", `"-1" is no number`},
		{"LIST.limit", "", `"" is no number`},
		{"LIST.limit", "0b1", `"0b1" is no number`},
		{"LIST.cursor", "cafe", `"cafe" are no bytes: write them as 0x and hex`},
		{"LIST.cursor", "0xcaf", `"0xcaf" are no bytes: two hex digits make one`},
		{"ERROR.code", "NOPE", `"NOPE" is no error of the protocol`},
		{"WELCOME.features", "RESUME|NOPE", `"NOPE" is no feature of the protocol`},
		{"ACCEPTED.duplicate", "1", `"1" is neither true nor false`},
		{"ACCOUNTS.names", "alice", `"alice" is no array: write [a, b]`},
		{"ACCOUNTS.names", `["alice]`, `"[\"alice]" is no array: a quote does not end`},
		{"ACCOUNTS.names", `["alice" bob]`, `"[\"alice\" bob]" is no array: a comma is missing after "alice"`},
	}
	for _, tt := range tests {
		_, err := c.ParseValue(typeOf(t, c, tt.field), tt.text)
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s: %q: %v, want %s", tt.field, tt.text, err, tt.want)
		}
	}
}

// TestExamples holds that the example of every message is legal, in every field.
func TestExamples(t *testing.T) {
	c := chat(t)
	for _, m := range c.Protocol().Messages {
		msg := c.Example(m)
		msg.ID = 1
		b, err := c.Append(nil, msg)
		if err != nil {
			t.Errorf("%s: %v", m.Name, err)
			continue
		}
		if _, err := c.Decode(m.From, b, nil); err != nil {
			t.Errorf("%s: %v", m.Name, err)
		}
	}
	create := c.Example(c.Protocol().Message("CREATE"))
	password, _ := create.Get("password")
	if again, _ := create.Get("again"); again != password {
		t.Errorf("the example of CREATE repeats %q as %q", password, again)
	}
	if _, ok := c.Example(c.Protocol().Message("ERROR")).Get("lowest"); ok {
		t.Error("the example of ERROR has a field whose condition does not hold")
	}
}

// TestBoundaries puts every boundary of every field into an otherwise legal frame: the decoder must agree that it is legal, or
// name the limit that the boundary says it breaks.
func TestBoundaries(t *testing.T) {
	for _, c := range append(tables(t), New(toyProtocol())) {
		n := 0
		for _, m := range c.Protocol().Messages {
			for _, f := range limited(m) {
				for _, b := range c.Boundaries(f.Type) {
					n++
					what := fmt.Sprintf("%s %s.%s %s", c.Protocol().ID, m.Name, f.Name, b.Name)
					msg := fitting(c, m, f, b.Value)
					frame := c.AppendIllegal(nil, msg)
					if b.Legal && uint64(len(frame)) > c.MaxBody(nil) && len(frame) > 1<<15 {
						continue // longer than a frame can be
					}
					_, err := c.DecodeAs(m, sender(m), frame, nil)
					e := (*codec.Error)(nil)
					switch {
					case strings.HasSuffix(b.Name, codec.BecauseUntil):
						_, err = c.Append(nil, msg)
						if errors.As(err, &e); e == nil || e.Because != b.Because || !strings.HasPrefix(e.Field, f.Name) || f.Type.Const != nil {
							t.Errorf("%s: %v", what, err)
						}
					case errors.As(err, &e):
						if b.Legal || e.Because != b.Because || !strings.HasPrefix(e.Field, f.Name) {
							t.Errorf("%s: %x: %v, want %q", what, frame, err, b.Because)
						}
					case !b.Legal:
						t.Errorf("%s: %x was accepted, want %q", what, frame, b.Because)
					}
					if because, _ := c.Judge(f.Type, b.Value, nil); (because == "") != b.Legal && !outOfLayout(b.Because) {
						t.Errorf("%s: judged %q", what, because)
					}
				}
			}
		}
		t.Logf("%s: %d boundaries", c.Protocol().ID, n)
	}
}

// limited returns the fields of a message that have limits: its values and constants.
func limited(m *spec.Message) []*spec.Field {
	out := m.Values()
	for _, list := range [][]*spec.Field{m.Head, m.Fields} {
		for _, f := range list {
			if f.Type.Const != nil {
				out = append(out, f)
			}
		}
	}
	return out
}

func outOfLayout(because string) bool {
	return because == codec.BecauseUTF8 || because == codec.BecauseUntil || because == codec.BecauseVarint
}

// fitting returns an example of m with a value for f. Fields whose conditions hold because of that are there, others not.
func fitting(c *Codec, m *spec.Message, f *spec.Field, value any) *Message {
	example := c.Example(m)
	if f.If != nil {
		n := f.If.Values[0]
		example.Set(f.If.Field.Name, n)
		if f.If.Field.Type.Kind == spec.KindBool {
			example.Set(f.If.Field.Name, n == 1)
		}
	}
	msg := &Message{Spec: m, ID: 1}
	for _, g := range m.Values() {
		v, ok := example.Get(g.Name)
		switch {
		case g == f:
			msg.Set(g.Name, value)
		case !present(g, msg.Fields):
		case ok:
			msg.Set(g.Name, v)
		default:
			msg.Set(g.Name, ExampleValue(g.Type))
		}
	}
	if f.Type.Const != nil {
		msg.Set(f.Name, value)
	}
	return msg
}

func TestBoundaryNames(t *testing.T) {
	c := chat(t)
	tests := map[string]string{
		"CREATE.name":        "min-1! min max max+1! ascii.2c! ascii.2f! ascii.3a! ascii.40! ascii.5b! ascii.5e! ascii.60! ascii.7b! ascii.00! ascii.0a! ascii.0d! ascii.1b! ascii.20! ascii.7f! utf8!",
		"CREATE.password":    "min-1! min max! empty! chars.max chars.max+1! ascii.1f! ascii.7f! utf8!",
		"LOGIN.window":       "min-1! min top",
		"HELLO.lowest":       "max max+1! zero top!",
		"LIST.by":            "ALL WILDCARD REGEX enum! enum.max!",
		"ACCEPTED.duplicate": "false true bool! bool.max!",
		"SEND.key":           "zeros ones",
		"RESUME.token":       "max max+1! empty",
		"ACCOUNTS.names":     "max max+1! empty",
	}
	for field, want := range tests {
		var names []string
		for _, b := range c.Boundaries(typeOf(t, c, field)) {
			name := b.Name
			if !b.Legal {
				name += "!"
			}
			names = append(names, name)
		}
		got := map[string]bool{}
		for _, n := range names {
			got[n] = true
		}
		for _, n := range strings.Fields(want) {
			if !got[n] {
				t.Errorf("%s has no boundary %s: %s", field, n, strings.Join(names, " "))
			}
		}
	}
}

func TestAnnotate(t *testing.T) {
	c := chat(t)
	tests := []struct {
		name string
		from spec.Direction
		hex  string
		want string
	}{
		{
			"whole", spec.FromServer, "85 00000d 00000005 0002 03416c69 03626f62 02cafe",
			`opcode=ACCOUNTS length=13 id=5 names.count=2 names[0].length=3 names[0]="Ali" names[1].length=3 names[1]="bob" next.length=2 next=0xcafe`,
		},
		{"secret", spec.FromClient, "04 000005 00000004 02cafe0001", "opcode=RESUME length=5 id=4 token.length=2 token=[secret] window=1"},
		{"short", spec.FromClient, "0400", "?=shorter than a header"},
		{"unknown", spec.FromClient, "77 000001 00000004 02", "opcode=0x77, unknown length=1 id=4 ?=the body of an unknown message"},
		{"cut", spec.FromClient, "04 000005 00000004 05ca", "opcode=RESUME length=5 id=4 token.length=5 ?=token is cut short: 1 of 5 bytes"},
		{"long", spec.FromClient, "0b 000001 00000004 0102", "opcode=PING length=1 id=4 ?=beyond what the fields say ?=after the end of the frame"},
		{"condition", spec.FromServer, "ff 000009 00000001 0008 000161 0001 0001", `opcode=ERROR length=9 id=1 code=BAD_VERSION text.length=1 text="a" lowest=1 highest=1`},
		{"ignored", spec.FromServer, "ff 000006 00000001 0001 000161 09", `opcode=ERROR length=6 id=1 code=TOO_LARGE text.length=1 text="a" more=0x09`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			frame := unhex(t, tt.hex)
			covered(t, c, tt.from, frame)
			var got []string
			for _, s := range c.Annotate(tt.from, frame) {
				got = append(got, s.Path+"="+s.Text)
			}
			if g := strings.Join(got, " "); g != tt.want {
				t.Errorf("%s\nwant\n%s", g, tt.want)
			}
		})
	}
}
