package diff_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/spec"
	"github.com/wirelaw/wirelaw/spec/diff"
)

var update = flag.Bool("update", false, "write the goldens anew")

// An edit replaces lines that stand in a table exactly once.
type edit struct{ find, replace string }

// A fixture is a change to a table that shows one rule. The other changes that it brings stand in the golden.
type fixture struct {
	rule     string
	old, new []edit // to both tables, beforehand; to the new one
}

// fixtures reads testdata/fixtures.txt.
func fixtures(t *testing.T) []*fixture {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "fixtures.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var all []*fixture
	fresh := true // the next line begins an edit
	for line := range strings.Lines(string(data)) {
		if rule, ok := strings.CutPrefix(line, "== "); ok {
			all = append(all, &fixture{rule: strings.TrimSpace(rule)})
			continue
		}
		if len(all) == 0 || line == "\n" {
			fresh = true
			continue
		}
		f := all[len(all)-1]
		text, both := strings.CutPrefix(line, "<")
		edits := &f.new
		if both {
			edits = &f.old
		}
		if fresh {
			*edits = append(*edits, edit{})
			fresh = false
		}
		e := &(*edits)[len(*edits)-1]
		switch text[0] {
		case '-':
			e.find += text[1:]
		case '+':
			e.replace += text[1:]
		default:
			t.Fatalf("fixture %s: %q", f.rule, line)
		}
	}
	return all
}

func apply(t *testing.T, src string, edits []edit) string {
	t.Helper()
	for _, e := range edits {
		if n := strings.Count("\n"+src, "\n"+e.find); n != 1 {
			t.Fatalf("%q is %d times in the table", e.find, n)
		}
		src = strings.Replace("\n"+src, "\n"+e.find, "\n"+e.replace, 1)[1:]
	}
	return src
}

func load(t *testing.T, name, src string) *spec.Protocol {
	t.Helper()
	p, err := spec.Load(name, []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestRules shows every rule on a fixture, with its effects, and all that is said of the two tables.
func TestRules(t *testing.T) {
	src, err := os.ReadFile(filepath.Join("..", "testdata", "base.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	seen := map[string]bool{}
	for _, f := range fixtures(t) {
		t.Run(f.rule, func(t *testing.T) {
			before := apply(t, string(src), f.old)
			old, new := load(t, "old.yaml", before), load(t, "new.yaml", apply(t, before, f.new))
			found := false
			fmt.Fprintf(&out, "# %s\n", f.rule)
			for _, ch := range diff.Compare(old, new) {
				found = found || ch.Rule.ID == f.rule
				fmt.Fprintln(&out, ch)
			}
			if !found {
				t.Errorf("the rule is not among the changes")
			}
			if more := diff.Compare(old, load(t, "old.yaml", before)); len(more) > 0 {
				t.Errorf("a table differs from itself: %s", more[0])
			}
			seen[f.rule] = true
		})
	}
	for _, r := range diff.Rules {
		if !seen[r.ID] {
			t.Errorf("no fixture shows %s", r.ID)
		}
	}
	golden := filepath.Join("testdata", "rules.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(out.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if out.String() != string(want) {
		t.Errorf("what is said of the fixtures changed; look at the difference after -update:\n%s", firstDifference(out.String(), string(want)))
	}
}

func firstDifference(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("line %d\n got %s\nwant %s", i+1, a[i], b[i])
		}
	}
	return "one is longer than the other"
}

// TestRegistry holds the rules to what the program promises of them.
func TestRegistry(t *testing.T) {
	if n := len(diff.Rules); n <= 53 {
		t.Errorf("%d rules", n)
	}
	ids := map[string]bool{}
	for _, r := range diff.Rules {
		if ids[r.ID] || r.Doc == "" || strings.ToLower(r.ID) != r.ID {
			t.Errorf("%s: twice, or without a sentence, or not in lower case", r.ID)
		}
		ids[r.ID] = true
	}
}
