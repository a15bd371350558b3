package line

import (
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/codec/chat"
)

func TestParse(t *testing.T) {
	tests := []struct {
		line, partner string
		verb          string
		want          request // but for verb
	}{
		{"create alice", "", "create", request{name: "alice"}},
		{"/create alice", "", "create", request{name: "alice"}},
		{"CREATE alice ", "", "create", request{name: "alice"}},
		{"register alice", "", "create", request{name: "alice"}},
		{"login", "", "login", request{}},
		{"log in alice", "", "login", request{name: "alice"}},
		{"Log Out", "", "logout", request{}},
		{"send bob hello  there ", "", "send", request{to: "bob", text: "hello  there"}},
		{"  send bob hi", "", "send", request{to: "bob", text: "hi"}},
		{"send   bob  hi", "", "send", request{to: "bob", text: " hi"}},
		{"send bob", "", "send", request{to: "bob"}},
		{"list", "", "list", request{}},
		{"list al*", "", "list", request{by: chat.ListingWildcard, pattern: "al*"}},
		{"ls /^al$/", "", "list", request{by: chat.ListingRegex, pattern: "^al$"}},
		{"list /^al", "", "list", request{by: chat.ListingRegex, pattern: "^al"}},
		{"quit", "", "exit", request{}},
		{"?", "", "help", request{}},
		{"hello there", "bob", "send", request{to: "bob", text: "hello there"}},
		{"  indented", "bob", "send", request{to: "bob", text: "  indented"}},
		{"help me", "bob", "send", request{to: "bob", text: "help me"}},
		{"?", "bob", "send", request{to: "bob", text: "?"}},
		{"/help", "bob", "help", request{}},
		{"/to", "bob", "to", request{}},
		{"/to carl", "bob", "to", request{name: "carl"}},
	}
	for _, test := range tests {
		t.Run(test.line, func(t *testing.T) {
			got, err := parse(test.line, test.partner)
			if err != nil {
				t.Fatal(err)
			}
			if got.verb.name != test.verb {
				t.Errorf("verb is %s, want %s", got.verb.name, test.verb)
			}
			test.want.verb = got.verb
			if got.name != test.want.name || got.to != test.want.to || got.text != test.want.text ||
				got.by != test.want.by || got.pattern != test.want.pattern {
				t.Errorf("request is %+v, want %+v", *got, test.want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []struct{ line, partner, want string }{
		{"sned bob hi", "", `did you mean "send"?`},
		{"lgoin bob", "", `did you mean "login"?`},
		{"crete bob", "", `did you mean "create"?`},
		{"frobnicate", "", "type help"},
		{"x", "", "type help"},
		{strings.Repeat("x", 100), "", "type help"},
		{"/", "", "type help"},
		{"exit", "bob", `"/exit"`},
		{"\x1b[2J", "", "␛[2J"},
	}
	for _, test := range tests {
		got, err := parse(test.line, test.partner)
		if err == nil || got != nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("parse(%q, %q) = %v, %v; want %q", test.line, test.partner, got, err, test.want)
		}
	}
	for _, line := range []string{"", "   ", "\t"} {
		if got, err := parse(line, "bob"); got != nil || err != nil {
			t.Errorf("parse(%q) = %v, %v", line, got, err)
		}
	}
}

func TestVerbsAreTold(t *testing.T) {
	seen := map[string]bool{}
	for _, v := range verbs {
		for _, name := range append([]string{v.name}, v.aliases...) {
			if seen[name] {
				t.Errorf("%q is the name of two commands", name)
			}
			seen[name] = true
		}
		if v.help == "" || v.do == nil && v.name != "send" && v.name != "exit" {
			t.Errorf("%q is not complete", v.name)
		}
	}
}
