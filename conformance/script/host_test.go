package script

import (
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/spec"
)

// TestReadForClients: transcripts that judge a client are held against table and actions before they run.
func TestReadForClients(t *testing.T) {
	p, err := spec.Chat()
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewClientReader(p, []Action{{Name: "send", Message: "SEND", Args: []string{"to", "text"}}}, "macros", `breach frame CLIENT-1
macro greet conn
	accept $conn
	receive $conn HELLO
	reply $conn WELCOME
end
`)
	if err != nil {
		t.Fatal(err)
	}
	const right = `# CLIENT-1: a title
greet a
do send to=bob text='x y'
receive a SEND @or-result @loose to=bob
[open:a] reply-error a NO_SUCH_USER
[got:a:to=bob] push a DELIVER sequence=1
sendraw a DELIVER text='' id=7
receive a ACK @until sequence>=1
expect-result failed NO_SUCH_USER
expect-event message text?x
expect-close a
sync
`
	s, err := r.Read("x", []byte(right))
	if err != nil {
		t.Fatal(err)
	}
	if s.judged != spec.FromClient || s.breaches[breachFrame] != "CLIENT-1" {
		t.Errorf("%+v", s)
	}
	for line, want := range map[string]string{
		"connect a":                            `no command "connect"`,
		"fence a":                              `no command "fence"`,
		"accept":                               "accept CONN",
		"accept open":                          "accept CONN",
		"accept a @split=1":                    "@split",
		"receive b HELLO":                      `"b" was not opened`,
		"greet a\nreceive a":                   "receive what",
		"greet a\nreceive a WELCOME":           "client sends no message",
		"greet a\nreceive a SEND txt=x":        `no field "txt"`,
		"greet a\nreply a SEND":                "server sends no message",
		"greet a\nreply a WELCOME page=0":      "through sendraw",
		"greet a\nreply-error a NO_SUCH":       "NO_SUCH",
		"greet a\npush a WELCOME":              "no push",
		"do sing":                              `no action "sing"`,
		"do send too=bob":                      `takes no "too=bob"`,
		"expect-result perhaps":                "expect-result ok",
		"expect-result ok x":                   "write FIELD=VALUE",
		"expect-event":                         "expect-event EVENT",
		"sync now":                             "sync takes nothing",
		"greet a\n[open:b] reply a WELCOME":    `no connection "b"`,
		"greet a\n[got:a:window] close a":      "[got:",
		"greet a\nexpect-close a now":          "names of connections",
		"do send to=$who":                      "not declared",
		"greet a\ncapture a x=version":         `no message has a field "version"`,
		"greet a\nreceive a SEND @quiet":       "@quiet",
		"greet a\nreceive a SEND @loose=1":     "no option",
		"greet a\nreply a WELCOME @extra=zz":   "no bytes",
		"greet a\nsendraw a DELIVER @lie=x:1":  `no field "x"`,
		"greet a\nreceive a HELLO lowest=many": "lowest",
	} {
		if _, err := r.Read("x", []byte("# CLIENT-1: a title\n"+line+"\n")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", line, err, want)
		}
	}
	if _, err := NewClientReader(p, nil, "macros", "breach frame\n"); err == nil {
		t.Error("a breach without a rule is taken")
	}
}
