package line

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
)

// jsonRun runs the face over lines of JSON and returns what it printed, with what differs from run to run taken out.
func (h *host) jsonRun(script string, o Options) (string, int) {
	h.t.Helper()
	var out bytes.Buffer
	o.Addr, o.JSON, o.In, o.Out = h.addr, true, strings.NewReader(script), &out
	status := Run(h.t.Context(), o)
	for line := range strings.Lines(out.String()) {
		if !json.Valid([]byte(line)) {
			h.t.Errorf("not JSON: %s", line)
		}
	}
	text := regexp.MustCompile(`"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"`).ReplaceAllString(out.String(), "TIME")
	text = regexp.MustCompile(`"incarnation":"[1-9]\d*"`).ReplaceAllString(text, `"incarnation":I`)
	return regexp.MustCompile(`"epoch":"\d+","sequence":"\d+"`).ReplaceAllString(text, `"epoch":E,"sequence":S`), status
}

func TestJSON(t *testing.T) {
	h := startHost(t)
	out, status := h.jsonRun(`{"cmd":"create","name":"alice","password":"sesame","ref":1}
{"cmd":"create","name":"alice","password":"sesame","ref":{"a":[2]}}
{"cmd":"send","to":"alice","text":"x"}
{"cmd":"login","name":"alice","password":"sesame"}
{"cmd":"login","name":"alice","password":"sesame"}

{"cmd":"list"}
{"cmd":"list","pattern":"b*"}
{"cmd":"list","by":"regex","pattern":"["}
{"cmd":"list","by":"magic"}
{"cmd":"send","to":"bob","text":"\u001b[2J<&>\n\u202e","ref":"r"}
{"cmd":"delete","name":"bob"}
{"cmd":"help"}
{"cmd":"quit"}
{"cmd":"login","passwort":"sesame"}
{"cmd":"login","password":["sesame"]}
{"cmd":"login","password":"sesame"
{"cmd":"list"} {"cmd":"list"}
{"cmd":"logout"}
{"cmd":"exit"}
{"cmd":"list"}
`, Options{})
	want := `{"event":"connected","server":"chatd","features":["RESUME","REGEX","UNICODE_NAMES"]}
{"event":"result","cmd":"create","ref":1,"ok":true,"name":"alice"}
{"event":"result","cmd":"create","ref":{"a":[2]},"ok":false,"error":"NAME_TAKEN","message":"The name alice is taken: choose another one. (Upper and lower case make no difference.)"}
{"event":"result","cmd":"send","ok":false,"error":"NOT_LOGGED_IN","message":"Not sent to alice: you are not logged in: log in with login NAME."}
{"event":"result","cmd":"login","ok":true,"name":"alice","waiting":0}
{"event":"result","cmd":"login","ok":false,"error":"LOGGED_IN","message":"You are logged in as alice: log out first."}
{"event":"result","cmd":"list","ok":true,"names":["alice"]}
{"event":"result","cmd":"list","ok":true,"names":[]}
{"event":"result","cmd":"list","ok":false,"error":"BAD_PATTERN","message":"The pattern cannot be understood. In a wildcard * stands for any characters and ? for one; an expression is written between slashes, as in /^al/."}
{"event":"result","cmd":"list","ok":false,"error":"USAGE","message":"By is \"magic\": it may be all, wildcard or regex."}
{"event":"result","cmd":"send","ref":"r","ok":false,"error":"NO_SUCH_USER","message":"Not sent to bob: there is no user bob."}
{"event":"result","cmd":"delete","ok":false,"error":"BAD_CONFIRMATION","message":"That is not the name of your account: nothing was deleted."}
{"event":"result","cmd":"help","ok":false,"error":"USAGE","message":"There is no command \"help\"."}
{"event":"result","cmd":"quit","ok":false,"error":"USAGE","message":"There is no command \"quit\"."}
{"event":"result","ok":false,"error":"USAGE","message":"The line is not a command in JSON: unknown field \"passwort\"."}
{"event":"result","ok":false,"error":"USAGE","message":"The line is not a command in JSON: \"password\" is of the wrong type."}
{"event":"result","ok":false,"error":"USAGE","message":"The line is not a command in JSON: it ends too early."}
{"event":"result","ok":false,"error":"USAGE","message":"The line holds more than one value."}
{"event":"result","cmd":"logout","ok":true}
{"event":"result","cmd":"exit","ok":true}
`
	if out != want || status != Failed {
		t.Errorf("status %d, printed\n%s\nwant\n%s", status, out, want)
	}

	out, status = h.jsonRun(`{"cmd":"send","to":"ALICE","text":"\u001b[2J<&>\n"}`, Options{User: "alice", PasswordFile: passwordFile(t, "sesame")})
	for _, line := range []string{
		`{"event":"result","cmd":"login","ok":true,"name":"alice","waiting":0}`,
		`{"event":"result","cmd":"send","ok":true,"duplicate":false,"time":TIME}`,
		`{"event":"message","epoch":E,"sequence":S,"from":"alice","incarnation":I,"time":TIME,"text":"\u001b[2J<&>\n"}`,
	} {
		if !strings.Contains(out, line+"\n") {
			t.Errorf("%s is missing in\n%s", line, out)
		}
	}
	if status != Done || strings.Contains(out, "sesame") {
		t.Errorf("status %d, printed\n%s", status, out)
	}
}

// TestJSONSync: what was due is printed before the result of sync, in its order.
func TestJSONSync(t *testing.T) {
	h := startHost(t)
	out, status := h.jsonRun(`{"cmd":"sync","ref":1}
{"cmd":"create","name":"alice","password":"sesame"}
{"cmd":"create","name":"bob","password":"sesame","again":"season"}
{"cmd":"login","name":"alice","password":"sesame"}
{"cmd":"send","to":"alice","text":"one"}
{"cmd":"send","to":"alice","text":"two"}
{"cmd":"sync","ref":2}
{"cmd":"exit"}
`, Options{})
	if status == 0 || !strings.Contains(out, `"error":"PASSWORD_MISMATCH"`) {
		t.Errorf("status %d, two passwords that differ create an account:\n%s", status, out)
	}
	last := -1
	for _, want := range []string{`"ref":1,"ok":true`, `"text":"one"`, `"text":"two"`, `"ref":2,"ok":true`, `"cmd":"exit"`} {
		at := strings.Index(out, want)
		if at <= last {
			t.Fatalf("%s is not there, or too early:\n%s", want, out)
		}
		last = at
	}
}
