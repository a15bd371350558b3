package drive

import (
	"context"
	"os/exec"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/conformance"
)

const phrases = `# a client
do login   login {name}\n{password}
do create  create {name} {password} {again}
ok login   ^in as (?P<name>\w+)
ok         ^done
failed     ^no: (?P<error>[A-Z_]+)
message    ^(?P<from>\w+)> (?P<text>.*)
`

func TestPhrases(t *testing.T) {
	p, err := ParsePhrases("x.drive", phrases)
	if err != nil {
		t.Fatal(err)
	}
	s := p.speaker()
	for _, c := range []struct {
		action string
		args   [][2]string
		want   string
	}{
		{"login", [][2]string{{"name", "bob"}, {"password", "a b\nc"}}, "login bob\na b c"},
		{"create", [][2]string{{"name", "bob"}, {"password", "x"}}, "create bob x x"},
		{"create", [][2]string{{"name", "bob"}, {"password", "x"}, {"again", "y"}}, "create bob x y"},
	} {
		got, err := s.command(len(c.args), c.action, c.args)
		if err != nil || got != c.want {
			t.Errorf("%s: %q, %v", c.action, got, err)
		}
	}
	if _, err := s.command(9, "list", nil); err == nil {
		t.Error("list has a phrase")
	}
	for _, c := range []struct {
		line, event string
		ref         int
		ok          bool
	}{
		{"hello", "", 0, false},
		{"bob> in as x", "message", 0, false},
		{"in as bob", "result", 2, true},
		{"in as bob", "", 0, false}, // create is the oldest now
		{"no: NAME_TAKEN\r", "result", 2, false},
		{"done", "result", 3, true},
		{"done", "", 0, false},
	} {
		told, ok, err := s.told(c.line)
		if err != nil || ok != (c.event != "") || told.Event != c.event || told.Ref != c.ref || told.OK != c.ok {
			t.Errorf("%q: %+v, %v, %v", c.line, told, ok, err)
		}
	}
}

func TestWrongPhrases(t *testing.T) {
	for src, want := range map[string]string{
		"":                             "no phrase",
		"ok ^x":                        "no phrase",
		"do fly away":                  `no action "fly"`,
		"do login {nam}":               `no argument "nam"`,
		"say x":                        `"say" begins no line`,
		"do logout x\nok (":            "x.drive:2",
		"do logout x\nmessage ^(.*)$":  "(?P<",
		"do logout x\nok":              "no regular expression",
		"do logout x\nfailed logout (": "no regular expression",
	} {
		if _, err := ParsePhrases("x.drive", src); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", src, err, want)
		}
	}
}

func TestLinesOfTheContract(t *testing.T) {
	for line, ok := range map[string]bool{
		`{"event":"result","ref":1,"ok":true}`:                            true,
		`{"event":"result","ref":1,"ok":false,"error":"X","message":"x"}`: true,
		`{"event":"message","from":"bob","text":"hi","sequence":"1"}`:     true,
		`{"event":"reconnected"}`:                                         true,
		`{"event":"result","ref":1,"ok":false}`:                           false,
		`{"event":"result","ok":true}`:                                    false,
		`{"event":"result","ref":"1","ok":true}`:                          false,
		`{"event":"result","ref":1}`:                                      false,
		`{"event":"message","from":"bob"}`:                                false,
		`{"ref":1,"ok":true}`:                                             false,
		`{"event":"ended"} {"event":"ended"}`:                             false,
		`[1]`:                                                             false,
		`null`:                                                            false,
		`hello`:                                                           false,
		`{"event":"result","ref":1,"ok":true,"names":["a","b"],"more":1.5}`: true,
	} {
		if _, _, err := (lines{}).told(line); (err == nil) != ok {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// TestUselessClients are told what is wrong with them.
func TestUselessClients(t *testing.T) {
	s := suite(t)
	for _, c := range []struct {
		name, command, want, hint string
	}{
		{"ends", "true", "got exit status 0", "it must not ask for a terminal"},
		{"is mute", "cat", "a connection", "{addr}"},
		{"talks", "sh -c 'echo hello; cat'", `line of the driver contract, got "hello": it is no object`, "standard output is for the driver contract only"},
		{"is not there", "/nowhere/at/all", "cannot be started", ""},
		{"crashes", "sh -c 'echo Segmentation fault >&2; exit 139'", "exit status 139; the last that it printed: Segmentation fault", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			words := strings.SplitN(c.command, " ", 3)
			if len(words) == 3 {
				words[2] = strings.Trim(words[2], "'")
			}
			if _, err := exec.LookPath(words[0]); err != nil && words[0][0] != '/' {
				t.Skip(err)
			}
			r, err := Judge(context.Background(), &Options{Suite: s, Cases: s.Cases, Launcher: &Command{Words: words}, Patience: 0.02})
			if err != nil {
				t.Fatal(err)
			}
			if r.Contact == nil || !strings.Contains(r.Contact.Problem, c.want) || r.Status(false) != conformance.StatusTarget {
				t.Fatalf("%+v", r.Contact)
			}
			if hints := strings.Join(r.Contact.Hints, "; "); !strings.Contains(hints, c.hint) || c.hint == "" && hints != "" || c.hint != "{addr}" && strings.Contains(hints, "{addr}") {
				t.Errorf("the hints are %q", hints)
			}
		})
	}
}

// TestCalledOff: a run that is called off ends, and says so.
func TestCalledOff(t *testing.T) {
	s := suite(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, err := Judge(ctx, &Options{Suite: s, Cases: s.Cases, Launcher: model{s.Protocol, nil}})
	if err != nil || r.Off == "" {
		t.Errorf("%+v, %v", r, err)
	}
}
