package spec_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/spec"
)

func chat(t *testing.T) *spec.Protocol {
	t.Helper()
	p, err := spec.Chat()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestChatLoads(t *testing.T) {
	p := chat(t)
	if len(p.Messages) != 22 || p.HeaderSize() != 8 || p.Start().Name != "connected" {
		t.Errorf("%d messages, a header of %d bytes, start %q", len(p.Messages), p.HeaderSize(), p.Start().Name)
	}
	send := p.Message("SEND")
	text := send.Field("text")
	if text.Type != p.Type("text") || *text.Type.Max != 16384 || text.Named != "text" {
		t.Errorf("SEND.text is %+v", text.Type)
	}
	if to := send.Field("to"); to.Type == p.Type("username") || to.Type.Eg.Str != "bob" || to.Type.ASCII != p.Type("username").ASCII {
		t.Errorf("SEND.to does not refine username: %+v", to.Type)
	}
	if e := p.Message("HELLO").Field("lowest").Type.Error; e != p.Error("BAD_VERSION") {
		t.Errorf("a low version earns %v", e)
	}
}

func TestLookups(t *testing.T) {
	p := chat(t)
	member, guest := p.State("member"), p.State("guest")
	send, logout := p.Message("SEND"), p.Message("LOGOUT")
	for what, ok := range map[string]bool{
		"SEND by its code":               p.ByCode(spec.FromClient, 6) == send,
		"no server message of that code": p.ByCode(spec.FromServer, 6) == nil,
		"an error by its code":           p.ErrorByCode(18) == p.Error("NO_SUCH_USER"),
		"no such error":                  p.Error("NO_SUCH_ERROR") == nil,
		"a feature":                      p.Feature("REGEX").Bit == 1,
		"an enum":                        p.Enum("reason").Values[0].Name == "BYE",
		"a constant":                     p.Constant("hello_timeout").String() == "5 s",
		"a check":                        p.Check(spec.CheckLayout).Error.Name == "MALFORMED",
		"the error message":              p.ErrorMessage().Name == "ERROR",
		"header fields":                  p.Opcode().Name == "opcode" && p.Length().Name == "length" && p.Correlation().Name == "id" && p.Body().Name == "body",
		"SEND is legal for members":      send.LegalIn(member) && !send.LegalIn(guest),
		"LOGOUT leads to guest":          member.After(logout) == guest && guest.After(logout) == guest,
		"a guest's body":                 p.MaxBody(guest) == 1024 && p.MaxBody(member) == 65536 && p.MaxBody(nil) == 65536,
		"the frame's maximum":            p.MaxBody(p.State("closed")) == 65536,
		"where a section begins":         line(p, p.Section("states")) == "states:" && p.Section("no such") == p.Pos,
		"names in braces":                slices.Equal(spec.Placeholders("{a_b} `{c}` {d}"), []string{"a_b", "d"}),
		"a summary":                      strings.HasPrefix(p.Summary(), "22 messages, 13 types, 24 errors, 4 states, "),
		"GOODBYE may come anywhere":      p.Message("GOODBYE").LegalIn(guest) && !p.Message("DELIVER").LegalIn(guest),
		"a rule":                         p.Rule("SEND-3").Owner == "SEND" && p.Rule("FRAME-1").Title == "Frames on the wire" && p.Rule("X-1") == nil,
		"rules of topics come first":     p.Rules()[0].ID == "FRAME-1",
	} {
		if !ok {
			t.Errorf("wrong: %s", what)
		}
	}
}

func TestWhere(t *testing.T) {
	p := chat(t)
	max := p.Message("SEND").Field("key")
	pos, path := p.Where(max, "type")
	if path != "messages.SEND.fields.key.type" || !strings.HasPrefix(line(p, pos)[pos.Column-1:], "key, doc: names this message") {
		t.Errorf("%q at %v", path, pos)
	}
	if pos, path := p.Where(max, "absent"); path != "messages.SEND.fields.key" || line(p, pos)[pos.Column-1] != '{' {
		t.Errorf("%q at %v", path, pos)
	}
	if pos, path := p.Where(42, ""); path != "" || pos != (spec.Pos{}) {
		t.Errorf("something unknown is at %q, %v", path, pos)
	}
}

func line(p *spec.Protocol, pos spec.Pos) string {
	return strings.Split(string(p.Source), "\n")[pos.Line-1]
}

func TestExpand(t *testing.T) {
	p := chat(t)
	for text, want := range map[string]string{
		"within {hello_timeout} of it":     "within 5 s of it",
		"{hello_timeout}{write_timeout}":   "5 s10 s",
		"{no_such} stays":                  "{no_such} stays",
		"`{hello_timeout}` stays":          "`{hello_timeout}` stays",
		"`a` {hello_timeout} `{x}`":        "`a` 5 s `{x}`",
		"{n,m} and {N} and {} are no name": "{n,m} and {N} and {} are no name",
	} {
		if got := p.Expand(text); got != want {
			t.Errorf("%q becomes %q", text, got)
		}
	}
}

func TestErrorList(t *testing.T) {
	_, err := spec.Load("x.yaml", []byte("protocol: {}\n"))
	var list *spec.ErrorList
	if !errors.As(err, &list) || len(list.List) == 0 || list.List[0].File != "x.yaml" {
		t.Fatalf("%T: %v", err, err)
	}
	if spec.NewErrorList(nil) != nil {
		t.Error("no problems make an error")
	}
	// Problems come by position, and once.
	a := &spec.Problem{Pos: spec.Pos{Line: 2, Column: 1}, Msg: "b"}
	b := &spec.Problem{Pos: spec.Pos{Line: 1, Column: 9}, Msg: "a"}
	same := *b
	if l := spec.NewErrorList([]*spec.Problem{a, b, &same}); len(l.List) != 2 || l.List[0] != b {
		t.Errorf("got %v", l)
	}
}

// TestPlainText feeds bytes that no table may have.
func TestPlainText(t *testing.T) {
	for src, want := range map[string]string{
		"\xef\xbb\xbfprotocol: {}":   "x:1:1: a byte order mark is not allowed",
		"protocol: {}\r\n":           "x:1:13: a carriage return is not allowed: lines end in a line feed alone",
		"a: b\nc: \xff":              "x:2:4: byte 0xff is not UTF-8",
		"a: é\xc3":                   "x:1:5: byte 0xc3 is not UTF-8",
		"a: \x00":                    "x:1:4: control character U+0000 is not allowed",
		"a: \x1b[31m":                "x:1:4: control character U+001B is not allowed",
		"a: \u0085":                  "x:1:4: control character U+0085 is not allowed",
		"a: \u2028":                  "x:1:4: control character U+2028 is not allowed",
		strings.Repeat("\n", 50_001): "x: the file has 50001 lines; at most 50000 are allowed",
		strings.Repeat(" ", 1<<20+1): "x: the file has 1048577 bytes; at most 1048576 are allowed",
		"a: [" + strings.Repeat("b,", 100_000) + "]": "x: the file has 200004 tokens; at most 200000 are allowed",
	} {
		p, err := spec.Load("x", []byte(src))
		if p != nil || err == nil {
			t.Errorf("%.40q is accepted", src)
			continue
		}
		if first, _, _ := strings.Cut(err.Error(), "\n"); first != want {
			t.Errorf("%.40q: %s", src, first)
		}
	}
}

func TestNearest(t *testing.T) {
	names := []string{"min", "max", "error", "errors", "len", "NO_SUCH_USER"}
	for name, want := range map[string]string{
		"mni": "min", "mxa": "max", "eror": "error", "erorrs": "errors", "no_such_user": "NO_SUCH_USER", "NO_USER": "",
		"banana": "", "": "", "length": "", strings.Repeat("m", 200): "",
	} {
		if got := spec.Nearest(name, names); got != want {
			t.Errorf("%q: %q", name, got)
		}
	}
}

// FuzzLoad looks for tables that the loader does not survive.
func FuzzLoad(f *testing.F) {
	for _, file := range []string{"testdata/base.yaml", "testdata/wide.yaml"} {
		table, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		// One section each, so that what is found is small.
		for _, section := range strings.SplitAfter(string(table), "\n\n") {
			f.Add([]byte(section))
		}
		f.Add(table)
	}
	f.Add([]byte("protocol: {id: a, x: [1, 'b', \"c\\t\"]}\nerrors:\n  - |\n   x\n  -\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		p, err := spec.Load("fuzz.yaml", src)
		if (p == nil) == (err == nil) {
			t.Fatalf("both or neither: %v, %v", p != nil, err)
		}
		if err != nil && len(err.Error()) > 50_000 {
			t.Errorf("an error of %d bytes", len(err.Error()))
		}
	})
}

// TestAfterReply takes a transition by the reply that tells of success.
func TestAfterReply(t *testing.T) {
	src, err := os.ReadFile("../testdata/specs/mqtt.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, err := spec.Load("mqtt.yaml", src)
	if err != nil {
		t.Fatal(err)
	}
	start, online, connect := p.Start(), p.State("online"), p.Message("CONNECT")
	if got := start.After(connect); got != online {
		t.Errorf("CONNECT leads to %s", got.Name)
	}
	if got := online.After(p.Message("PINGREQ")); got != online {
		t.Errorf("PINGREQ leads to %s", got.Name)
	}
	if way := online.Requests(); len(way) != 1 || way[0] != connect {
		t.Errorf("%d requests lead to online", len(way))
	}
	if p.FencedIn(start) || !p.FencedIn(online) || p.FencedIn(p.State("closed")) {
		t.Error("the fence is to be had in other states than the table says")
	}
}
