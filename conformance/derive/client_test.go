package derive_test

import (
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/conformance/derive"
	"github.com/wirelaw/wirelaw/conformance/drive"
	"github.com/wirelaw/wirelaw/conformance/run"
	"github.com/wirelaw/wirelaw/spec"
	"github.com/wirelaw/wirelaw/testdata"
)

// TestClientCases: every message of a server is tried in every way, every case can be read, and names a rule for clients.
func TestClientCases(t *testing.T) {
	p := table(t, "")
	s, err := run.LoadClient(p, drive.Actions(), testdata.Transcripts(p.ID+"-client"), "x")
	if err != nil {
		t.Fatal(err)
	}
	cases := derive.ClientCases(p, derive.Options{Macro: s.Reader.Library.HasMacro})
	judged, tried := map[string]bool{}, map[string]int{}
	for _, c := range cases {
		if _, err := s.Reader.Read(c.ID, c.Source()); err != nil {
			t.Errorf("%s: %v", c.ID, err)
		}
		if len(c.Rules) != 1 || p.Rule(c.Rules[0]).Binds != spec.FromClient {
			t.Errorf("%s judges %q", c.ID, c.Rules)
		}
		for _, r := range c.Rules {
			judged[r] = true
		}
		tried[strings.Split(c.ID, "/")[1]]++
	}
	for _, m := range p.Messages {
		if n := tried[strings.ToLower(m.Name)]; m.From == spec.FromServer && n < 30 {
			t.Errorf("%s is tried in %d cases", m.Name, n)
		}
	}
	holds(t, p, spec.FromClient, judged)
	if none := derive.ClientCases(p, derive.Options{}); len(none) > 0 {
		t.Errorf("%d cases without macros", len(none))
	}
	for id, want := range map[string]string{
		"chat-client/deliver/derived/cut.3":                    "sendraw a 87 0000\nhalf-close a\nfault-deliver a\n",
		"chat-client/created/derived/trailing.00":              "sendraw a CREATED @extra=00\nfault-created a\n",
		"chat-client/welcome/derived/keepalive.max+1":          "sendraw a WELCOME keepalive=301\nfault-welcome a\n",
		"chat-client/accepted/derived/is.created":              "sendraw a CREATED\nfault-accepted a\n",
		"chat-client/logged_in/derived/split.2":                "reply a LOGGED_IN @split=2\nright-logged-in a\n",
		"chat-client/accounts/derived/names.max+1":             "fault-accounts a\n",
		"chat-client/accounts/derived/length.ones":             "sendraw a 85 ffffff 00000001\nfault-accounts a\n",
		"chat-client/deliver/derived/id.top":                   "sendraw a DELIVER id=4294967295\nfault-deliver a\n",
		"chat-client/error/derived/text.utf8.overlong.2.slash": "fault-error a\n",
		"chat-client/goodbye/derived/opcode.0x0a":              "sendraw a GOODBYE opcode=0xa\nfault-goodbye a\n",
		"chat-client/logged_in/derived/short.1":                "sendraw a LOGGED_IN @cut=1\nfault-logged-in a\n",
		"chat-client/goodbye/derived/reason.enum":              "sendraw a GOODBYE reason=5\nfault-goodbye a\n",
	} {
		found := ""
		for _, c := range cases {
			if c.ID == id {
				found = string(c.Source())
			}
		}
		if !strings.HasSuffix(found, want) {
			t.Errorf("%s is\n%s", id, found)
		}
	}
}
