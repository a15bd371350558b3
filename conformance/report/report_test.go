package report

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/run"
	"github.com/wirelaw/wirelaw/spec"
)

var update = flag.Bool("update", false, "write the golden files anew")

// kindsOf is every kind of report of the run.
func kindsOf(t testing.TB, r *Run) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, kind := range Kinds() {
		var b bytes.Buffer
		if err := Write(&b, kind, r); err != nil {
			t.Fatal(err)
		}
		out[kind] = b.String()
	}
	return out
}

// written is every kind of report of the run, the matrix included.
func written(t testing.TB, r *Run) map[string]string {
	t.Helper()
	out := kindsOf(t, r)
	other := *r
	other.Cases = append([]*Case{}, r.Cases[:3]...)
	other.Cases[0] = &Case{ID: "tiny/other", Title: "not judged by the first", Verdict: conformance.Pass}
	other.Causes, other.Scores = nil, r.Scores[:2]
	other.Counts = map[conformance.Verdict]int{conformance.Pass: 1, conformance.Fail: 2}
	m := NewMatrix([]Named{{"one", r}, {nasty, &other}})
	var text, page bytes.Buffer
	if err := m.Text(&text); err != nil {
		t.Fatal(err)
	}
	if err := m.HTML(&page); err != nil {
		t.Fatal(err)
	}
	out["matrix.txt"], out["matrix.html"] = text.String(), page.String()
	return out
}

// TestGolden compares all kinds with what they were: go test ./conformance/report -update accepts what they are.
func TestGolden(t *testing.T) {
	for kind, got := range written(t, fixed(t, how)) {
		// Style and script have files of their own.
		for _, name := range []string{"style.css", "script.js"} {
			got = strings.ReplaceAll(got, pageAsset(name), "{{"+name+"}}")
			got = strings.ReplaceAll(got, escapedDigest(name), "{{digest of "+name+"}}")
		}
		file := filepath.Join("testdata", "golden", "report."+kind)
		if *update {
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s has changed (accept it with -update):\n%s", file, firstDifference(string(want), got))
		}
	}
}

// escapedDigest is the digest of an asset as it stands in an attribute.
func escapedDigest(name string) string {
	return strings.NewReplacer("'", "&#39;", "+", "&#43;").Replace(digest(pageAsset(name)))
}

func firstDifference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return "want " + a[i] + "\ngot  " + b[i]
		}
	}
	return "one ends before the other"
}

// terminal is what the terminal shows.
func terminal(t testing.TB, h How) string {
	t.Helper()
	var b bytes.Buffer
	Terminal(&b, judged(t), h)
	return b.String()
}

// TestPrintable shows that whatever strangers sent, reports are text that steers nothing.
func TestPrintable(t *testing.T) {
	all := written(t, fixed(t, how))
	all["terminal"] = terminal(t, how)
	for kind, text := range all {
		if !utf8.ValidString(text) {
			t.Errorf("%s is not UTF-8", kind)
		}
		for i, r := range text {
			if !unicode.IsPrint(r) && r != '\n' && r != '\t' {
				t.Errorf("%s has %U: %q", kind, r, text[max(0, i-20):i])
				break
			}
		}
	}
}

// TestSecrets shows that no report has a password, nor half of it, as text or as bytes.
func TestSecrets(t *testing.T) {
	all := written(t, fixed(t, how))
	all["terminal"] = terminal(t, how)
	half := password[:len(password)-4]
	for kind, text := range all {
		for _, bad := range []string{half, hexOf(half, ""), hexOf(half[:8], " ")} {
			if strings.Contains(text, bad) {
				at := strings.Index(text, bad)
				t.Errorf("%s shows the password: %q", kind, text[max(0, at-60):at+len(bad)])
			}
		}
	}
}

func hexOf(s, sep string) string {
	var b strings.Builder
	for i := range len(s) {
		if i > 0 {
			b.WriteString(sep)
		}
		b.WriteString(strings.ToLower(string("0123456789abcdef"[s[i]>>4]) + string("0123456789abcdef"[s[i]&15])))
	}
	return b.String()
}

// TestRead shows that a stream says all that a run does.
func TestRead(t *testing.T) {
	r := fixed(t, how)
	var b bytes.Buffer
	if err := JSON(&b, r); err != nil {
		t.Fatal(err)
	}
	again, err := Read(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	want := written(t, r)
	for kind, got := range written(t, again) {
		if got != want[kind] {
			t.Errorf("%s of a stream that was read back differs:\n%s", kind, firstDifference(want[kind], got))
		}
	}
	if !reflect.DeepEqual(again.Counts, r.Counts) {
		t.Errorf("%v, not %v", again.Counts, r.Counts)
	}
	stream := b.String()
	lines := strings.SplitAfter(stream, "\n")
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "no report"},
		{"something else", "{\"a\":1}\n", "no report"},
		{"no JSON", "hello\n", "no report"},
		{"cut in the middle", strings.Join(lines[:3], "") + lines[3][:20] + "\n" + lines[4], "line 4"},
		{"no line before the end", stream + "{", "line 18"},
		{"no hex", strings.Replace(stream, `"frame":"01`, `"frame":"zz`, 1), "invalid byte"},
		{"a cause that is none", strings.Replace(stream, `"example":3`, `"example":99`, 1), "names case 99"},
		{"a fault that is none", strings.Replace(stream, `"event":4`, `"event":44`, 1), "blames event 44"},
		{"a field that is none", strings.Replace(stream, `"offset":0`, `"offset":-1`, 1), "offset -1"},
	} {
		if _, err := Read(strings.NewReader(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	for name, text := range map[string]string{"cut": strings.Join(lines[:4], ""), "cut in a line": strings.Join(lines[:4], "") + lines[4][:20]} {
		got, err := Read(strings.NewReader(text))
		if err != nil || len(got.Cases) != 3 || got.Off == "" || got.Verdict() != "fails" {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if _, err := Read(strings.NewReader(strings.Replace(stream, "\n", "\n\n{\"type\":\"later\",\"x\":1}\n", 1))); err != nil {
		t.Errorf("a line of another type: %v", err)
	}
}

// unusable is a report about a target that cannot be judged.
func unusable(t testing.TB) *run.Report {
	return &run.Report{Protocol: table(t), Addr: "127.0.0.1:7", Output: "oops\n", Contact: &run.Contact{
		Problem: "it says " + nasty, Hints: []string{"your length looks little-endian", nasty}, Sent: []byte{3, 0, 0, 0, 1}, Got: []byte(nasty),
	}}
}

// TestContact shows what is told when nothing could be judged.
func TestContact(t *testing.T) {
	r := New(unusable(t), how)
	if r.Status != 3 || len(r.End.Contact) != 2 {
		t.Fatalf("status %d, %d events", r.Status, len(r.End.Contact))
	}
	for kind, want := range map[string]string{
		"html": "Nothing could be judged", "junit": `type="TARGET"`, "tap": "Bail out!", "json": `"hints":["your length`, "md": "cannot be judged",
	} {
		var b bytes.Buffer
		if err := Write(&b, kind, r); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), want) || !strings.Contains(b.String(), "little-endian") {
			t.Errorf("%s does not say %q:\n%s", kind, want, b.String())
		}
	}
}

// TestAnnotate shows that what fits no field is hidden where it may be a part of a secret, and only there.
func TestAnnotate(t *testing.T) {
	c := dynamic.New(table(t))
	for _, test := range []struct {
		name   string
		frame  []byte
		hidden string // of each span
	}{
		{"whole", []byte("\x01\x00\x08\x00\x07\x00\x01a\x04pass"), "------*"},
		{"cut short", []byte("\x01\x00\x08\x00\x07\x00\x01a\x09pass"), "------*"},
		{"without a secret", []byte("\x02\x00\x08\x00\x07\x00\x09hello"), "-----"},
		{"unknown", []byte("\x70\x00\x04\x00\x07pass"), "----"},
	} {
		got := ""
		for _, s := range annotate(c, spec.FromClient, test.frame) {
			if s.hidden {
				got += "*"
			} else {
				got += "-"
			}
		}
		if got != test.hidden {
			t.Errorf("%s: %s, not %s", test.name, got, test.hidden)
		}
	}
}
