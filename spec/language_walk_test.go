package spec_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/wirelaw/wirelaw/spec"
)

// chapter returns a chapter of LANGUAGE.md.
func chapter(t *testing.T, title string) string {
	t.Helper()
	page, err := os.ReadFile("LANGUAGE.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, ok := strings.Cut(string(page), "\n## "+title+"\n")
	if !ok {
		t.Fatalf("LANGUAGE.md has no chapter %q", title)
	}
	text, _, _ = strings.Cut(text, "\n## ")
	return text
}

// A block is a piece of code in a page, and the words before it.
type block struct{ before, language, text string }

var fence = regexp.MustCompile("(?ms)^```([a-z]+)\n(.*?)^```$")

func blocks(text string) []block {
	var out []block
	at := 0
	for _, m := range fence.FindAllStringSubmatchIndex(text, -1) {
		out = append(out, block{text[at:m[0]], text[m[2]:m[3]], text[m[4]:m[5]]})
		at = m[1]
	}
	return out
}

// TestFromAnEmptyFile walks the newcomer's path exactly as written: it runs each command, writes each file, and sees that what is printed
// is what the page says.
func TestFromAnEmptyFile(t *testing.T) {
	if testing.Short() {
		t.Skip("building a program is not short")
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir, where, printed, commands := t.TempDir(), filepath.Join(t.TempDir(), "where"), "", 0
	named := regexp.MustCompile("(Put this into|Add to) `([a-z_.]+)`:\\s*$")
	for _, b := range blocks(chapter(t, "From an empty file to a protocol")) {
		switch b.language {
		case "sh":
			script := exec.Command("sh", "-c", b.text+"pwd > \"$WHERE\"")
			script.Dir = dir
			script.Env = append(os.Environ(), "WIRELAW="+root, "WHERE="+where, "GOWORK=off")
			out, err := script.CombinedOutput()
			if err != nil {
				t.Fatalf("%s%v\n%s", b.text, err, out)
			}
			printed = string(out)
			now, err := os.ReadFile(where)
			if err != nil {
				t.Fatal(err)
			}
			dir = strings.TrimSpace(string(now))
			commands += strings.Count(b.text, "\n")
		case "text":
			if printed != b.text {
				t.Errorf("the page says\n%s\nand it is\n%s", b.text, printed)
			}
		case "yaml", "go":
			m := named.FindStringSubmatch(b.before)
			if m == nil {
				t.Fatalf("nothing says where this goes:\n%s", b.text)
			}
			mode := os.O_CREATE | os.O_WRONLY | os.O_TRUNC
			if m[1] == "Add to" {
				mode = os.O_WRONLY | os.O_APPEND
			}
			f, err := os.OpenFile(filepath.Join(dir, m[2]), mode, 0o666)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.WriteString(b.text); err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
		default:
			t.Errorf("what is %s?", b.language)
		}
	}
	for _, file := range []string{"DICE.md", "dice.vectors.json", "roll_gen.go"} {
		if _, err := os.Stat(filepath.Join(dir, file)); err != nil {
			t.Error(err)
		}
	}
	if commands < 12 {
		t.Errorf("only %d commands", commands)
	}
}

// around is what a table has around an example.
const around = `
protocol: {id: example, title: Example, version: 1, endian: big}
frame: [{name: opcode, type: u8, is: opcode}, {name: length, type: u16, counts: [body]}, {name: body, type: rest}]
states: {open: {start: true}}
errors: [{name: BAD, code: 1, react: close}]
`

// TestExamples loads each example of the language, its sections in the place of those of a small table.
func TestExamples(t *testing.T) {
	titles := map[string]int{}
	title := ""
	for _, b := range blocks(chapter(t, "By example")) {
		for _, m := range regexp.MustCompile(`(?m)^### (.*)$`).FindAllStringSubmatch(b.before, -1) {
			title = m[1]
		}
		titles[title]++
		var base, example yaml.MapSlice
		for text, to := range map[string]*yaml.MapSlice{around: &base, b.text: &example} {
			if err := yaml.UnmarshalWithOptions([]byte(text), to, yaml.UseOrderedMap()); err != nil {
				t.Fatalf("%s: %v", title, err)
			}
		}
		base = slices.DeleteFunc(base, func(item yaml.MapItem) bool {
			_, again := example.ToMap()[item.Key.(string)]
			_, layouts := example.ToMap()["frames"]
			return again || layouts && item.Key == "frame"
		})
		rest, err := yaml.Marshal(base)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := spec.Load("example.yaml", append([]byte(b.text), rest...)); err != nil {
			t.Errorf("%s: %v", title, err)
		}
	}
	for _, want := range []string{
		"Frames", "Numbers", "Strings and bytes", "Arrays", "Structs", "Conditions", "Lengths", "States", "Replies",
		"Errors and checks", "Rules", "Vectors",
	} {
		if titles[want] == 0 {
			t.Errorf("no example of %s", want)
		}
	}
}
