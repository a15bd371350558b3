package spec_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestReadme holds the README to what there is: every link leads to a file, every program exists, and knows each
// flag that a command gives it.
func TestReadme(t *testing.T) {
	src, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(src)

	links := regexp.MustCompile(`\]\(([^)#]+)`).FindAllStringSubmatch(text, -1)
	if len(links) < 5 {
		t.Errorf("found only %d links", len(links))
	}
	for _, link := range links {
		if _, err := os.Stat(filepath.Join("..", link[1])); err != nil {
			t.Errorf("link: %v", err)
		}
	}

	if testing.Short() {
		t.Skip("building the programs is not short")
	}
	bin := t.TempDir()
	commands := regexp.MustCompile(`(?m)go run (\./[a-z/]+)([^\n]*)`).FindAllStringSubmatch(text, -1)
	if len(commands) < 8 {
		t.Errorf("found only %d commands", len(commands))
	}
	help := map[string]string{}
	for _, c := range commands {
		program, rest := c[1], c[2]
		name := filepath.Join(bin, filepath.Base(program))
		if _, ok := help[program]; !ok {
			build := exec.Command("go", "build", "-o", name, program)
			build.Dir = ".."
			if out, err := build.CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", program, err, out)
				continue
			}
			help[program] = helpOf(name)
		}
		// What stands in quotes is for another program.
		rest = regexp.MustCompile(`'[^']*'`).ReplaceAllString(rest, "")
		words := strings.Fields(strings.Trim(rest, "`| "))
		known := help[program]
		if len(words) > 0 && regexp.MustCompile(`^[a-z]+$`).MatchString(words[0]) {
			if !strings.Contains(help[program], words[0]) {
				t.Errorf("%s does not know the command %s", program, words[0])
			}
			known += helpOf(name, words[0])
		}
		for _, word := range words {
			if flag, ok := strings.CutPrefix(word, "--"); ok && !strings.Contains(known, "--"+strings.Trim(flag, "`.,;")) {
				t.Errorf("%s does not know the flag %s in %q", program, word, c[0])
			}
		}
	}
}

// helpOf returns what a program says of itself, whatever its status.
func helpOf(name string, words ...string) string {
	out, _ := exec.Command(name, append(words, "--help")...).CombinedOutput()
	return string(out)
}
