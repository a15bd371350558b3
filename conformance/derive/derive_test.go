package derive_test

import (
	"bytes"
	"embed"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/conformance/derive"
	"github.com/wirelaw/wirelaw/conformance/run"
	"github.com/wirelaw/wirelaw/conformance/script"
	"github.com/wirelaw/wirelaw/spec"
	"github.com/wirelaw/wirelaw/testdata"
)

// table loads a table: that of the chat protocol, or a file.
func table(t testing.TB, file string) *spec.Protocol {
	t.Helper()
	p, err := spec.Chat()
	if file != "" {
		src, e := os.ReadFile(file)
		if e != nil {
			t.Fatal(e)
		}
		p, err = spec.Load(file, src)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The tables of other protocols, and how many cases they give at least.
var others = map[string]int{
	"../../spec/testdata/base.yaml":     500,
	"../../codec/internal/toy/toy.yaml": 50,
	"../../codec/internal/odd/odd.yaml": 100,
	"../../testdata/specs/mqtt.yaml":    1000,
}

// suite returns the cases that follow from a table, ready to run.
func suite(t testing.TB, p *spec.Protocol) *run.Suite {
	t.Helper()
	var files fs.FS = embed.FS{}
	if macros := testdata.Transcripts(p.ID); macros != nil {
		files = onlyMacros{macros}
	}
	s, err := run.Load(p, files, "x")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Derive(); err != nil {
		t.Fatal(err)
	}
	return s
}

// onlyMacros is a directory of transcripts of which only the macros are seen.
type onlyMacros struct{ fs.FS }

func (o onlyMacros) ReadDir(string) ([]fs.DirEntry, error) { return nil, nil }

// reader reads transcripts of a protocol.
func reader(t testing.TB, p *spec.Protocol) *script.Reader {
	t.Helper()
	var macros []byte
	if dir := testdata.Transcripts(p.ID); dir != nil {
		var err error
		if macros, err = fs.ReadFile(dir, run.MacrosFile); err != nil {
			t.Fatal(err)
		}
	}
	r, err := script.NewReader(p, run.MacrosFile, string(macros))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func options(r *script.Reader) derive.Options {
	return derive.Options{Macro: r.Library.HasMacro, Dear: r.Library.Hashes}
}

// wellFormed judges what holds for the cases of any table.
func wellFormed(t *testing.T, p *spec.Protocol) []*derive.Case {
	t.Helper()
	r := reader(t, p)
	cases := derive.Cases(p, options(r))
	again := derive.Cases(p, options(r))
	if len(cases) != len(again) {
		t.Fatalf("%d cases, then %d", len(cases), len(again))
	}
	texts := map[string]string{}
	for i, c := range cases {
		src := c.Source()
		if c.ID != again[i].ID || !bytes.Equal(src, again[i].Source()) {
			t.Fatalf("%s is made differently the second time", c.ID)
		}
		if i > 0 && cases[i-1].ID >= c.ID {
			t.Errorf("%s comes twice, or is not sorted", c.ID)
		}
		if !strings.HasPrefix(c.ID, p.ID+"/") || !strings.Contains(c.ID, "/derived/") || strings.ContainsAny(c.ID, " *?[]\\") {
			t.Errorf("%q is no id of a derived case", c.ID)
		}
		s, err := r.Read(c.ID, src)
		if err != nil {
			t.Errorf("%s: %v\n%s", c.ID, err, src)
			continue
		}
		if !slices.Equal(s.Rules, c.Rules) || len(c.Rules) > 0 && s.Title != c.Title {
			t.Errorf("%s: the transcript says %q %q", c.ID, s.Rules, s.Title)
		}
		if before := texts[string(src)]; before != "" {
			t.Errorf("%s is the same as %s", c.ID, before)
		}
		texts[string(src)] = c.ID
		if c.Shared && !strings.HasPrefix(c.Lines[len(c.Lines)-1], "fence a") {
			t.Errorf("%s shares its connection and does not end with a fence", c.ID)
		}
	}
	return cases
}

func TestChat(t *testing.T) {
	p := table(t, "")
	cases := wellFormed(t, p)
	if len(cases) < 2000 {
		t.Errorf("only %d cases", len(cases))
	}
	judged := map[string]bool{}
	for _, c := range cases {
		if len(c.Rules) == 0 {
			t.Errorf("%s names no rule", c.ID)
		}
		for _, r := range c.Rules {
			judged[r] = true
		}
	}
	holds(t, p, spec.FromServer, judged)
}

// holds sees that the rules of a side that derived cases judge are judged.
func holds(t *testing.T, p *spec.Protocol, side spec.Direction, judged map[string]bool) {
	t.Helper()
	for _, r := range p.RulesFor(side) {
		if r.Derive != "" && !judged[r.ID] {
			t.Errorf("%s is judged by no derived case", r.ID)
		}
	}
}

func TestOtherTables(t *testing.T) {
	for file, least := range others {
		p := table(t, file)
		if cases := wellFormed(t, p); len(cases) < least {
			t.Errorf("%s: only %d cases", file, len(cases))
		} else {
			t.Logf("%s: %d cases", file, len(cases))
		}
	}
}

// TestIDs pins some ids: they are never given to anything else.
func TestIDs(t *testing.T) {
	p := table(t, "")
	byID := map[string]*derive.Case{}
	for _, c := range derive.Cases(p, options(reader(t, p))) {
		byID[c.ID] = c
	}
	for id, want := range map[string]string{
		"chat/send/derived/text.max+1":               "sendraw a SEND text=$long\nexpect-error a BAD_FIELD",
		"chat/send/derived/text.max":                 "send a SEND text=$long\nexpect-oneof a = ACCEPTED KEY_CONFLICT NO_SUCH_USER INBOX_FULL BUSY",
		"chat/create/derived/name.utf8.overlong.2":   `sendraw a CREATE name='"alic\xc0\x80"'` + " again=xxxxxx\nexpect-error a MALFORMED",
		"chat/opcode/derived/0x0c.member":            "sendraw a 0c 000000 00000001\nexpect-error a UNKNOWN_OPCODE",
		"chat/login/derived/length.ones":             "sendraw a 03 ffffff 00000001\nexpect-error a TOO_LARGE\nexpect-close a",
		"chat/hello/derived/highest.min-1":           "expect-error a BAD_VERSION\nexpect-close a",
		"chat/list/derived/id.zero.connected":        "id=0\nexpect-error a BAD_ID\nexpect-close a",
		"chat/ack/derived/state.guest.garbage":       "sendraw a 07 000005 00000001 ffffffffff\nexpect-error a BAD_STATE",
		"chat/logged_in/derived/from-client.guest":   "expect-error a UNKNOWN_OPCODE",
		"chat/delete/derived/short.1":                "sendraw a DELETE name=alice @cut=1\nexpect-error a MALFORMED",
		"chat/send/derived/cut.9.reset":              "sendraw a 06 000020 00000001 00\nreset a\nconnect w\nfence w",
		"chat/send/derived/cut.10.reset":             "require RESUME\nconnect a",
		"chat/ping/derived/id.zero.member":           "\nconnect a\nenter-member a\nsendraw a PING id=0",
		"chat/ping/derived/half-close.guest":         "send a PING\nhalf-close a\nexpect-oneof a = PONG BUSY\nexpect-close a",
		"chat/list/derived/by.regex.unknown":         "",
		"chat/create/derived/name.equal.1":           "expect-oneof a = PASSWORD_MISMATCH NAME_TAKEN BUSY",
		"chat/create/derived/name.accept.3.unknown":  "require !UNICODE_NAMES",
		"chat/segment/derived/joined.right-id.guest": "expect-error a BAD_ID\nexpect-close a",
	} {
		c := byID[id]
		switch {
		case c == nil && want != "":
			t.Errorf("there is no %s", id)
		case c != nil && !strings.Contains(string(c.Source()), want):
			t.Errorf("%s:\n%s\nlacks\n%s", id, c.Source(), want)
		}
	}
}

// TestJoin shows that lines are found again in the transcript of several cases.
func TestJoin(t *testing.T) {
	p := table(t, "")
	var some []*derive.Case
	for _, c := range derive.Cases(p, options(reader(t, p))) {
		if c.Shared && strings.HasPrefix(c.ID, "chat/list/") && len(some) < 5 && len(c.Require) == 0 && slices.Contains(c.Opening, "enter-member a") {
			some = append(some, c)
		}
	}
	if len(some) < 5 {
		t.Fatal("too few cases")
	}
	lines := strings.Split(string(derive.Join(some...)), "\n")
	for i, c := range some {
		first, last := derive.Span(some, i)
		if !slices.Equal(lines[first-1:last], c.Lines) {
			t.Errorf("%s: lines %d to %d are %q, want %q", c.ID, first, last, lines[first-1:last], c.Lines)
		}
	}
}
