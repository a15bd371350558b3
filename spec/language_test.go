package spec

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestLanguageReference compares LANGUAGE.md with the keys that the loader asks for.
func TestLanguageReference(t *testing.T) {
	known := map[string]map[string]bool{}
	for _, file := range []string{"testdata/base.yaml", "testdata/wide.yaml", "chat.yaml"} {
		table, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, l := load("x", table, known); len(l.problems) > 0 {
			t.Fatal(l.problems[0])
		}
	}
	doc, err := os.ReadFile("LANGUAGE.md")
	if err != nil {
		t.Fatal(err)
	}
	told := map[string][]string{}
	row := regexp.MustCompile("(?m)^\\| (`[a-z_`, ]*`) \\|")
	for _, section := range strings.Split(string(doc), "\n## ")[1:] {
		kind, text, _ := strings.Cut(section, "\n")
		if i := strings.Index(text, "| Key |"); i >= 0 {
			for _, m := range row.FindAllStringSubmatch(text[i:], -1) {
				for _, key := range strings.Split(m[1], ", ") {
					told[kind] = append(told[kind], strings.Trim(key, "`"))
				}
			}
		}
	}
	for kind, keys := range known {
		for key := range keys {
			shared := (kind == "field" || kind == "header field" || kind == "bit") && slices.Contains(told["type"], key)
			if !slices.Contains(told[kind], key) && !shared {
				t.Errorf("LANGUAGE.md does not tell the key %q of %s", key, article(kind))
			}
		}
	}
	for kind, keys := range told {
		for _, key := range keys {
			if !known[kind][key] {
				t.Errorf("LANGUAGE.md tells the key %q of %s, which does not exist", key, article(kind))
			}
		}
	}
}
