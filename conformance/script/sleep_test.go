package script

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/testdata"
)

// TestNoSleep reads what runs a case: nothing in it waits for a time, but for deadlines and for cases that say that they wait.
func TestNoSleep(t *testing.T) {
	sleep := regexp.MustCompile(`\btime\.(Sleep|Tick|After)\(`)
	for _, dir := range []string{".", "..", "../run", "../derive"} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatal(dir, err)
		}
		for _, file := range files {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(file, "_test.go") && sleep.Match(src) {
				t.Errorf("%s waits for a fixed time: %s", file, sleep.Find(src))
			}
		}
	}
	for name := range commands {
		if strings.Contains(name, "sleep") || strings.Contains(name, "wait") {
			t.Errorf("there is a command %s", name)
		}
	}
	timed := regexp.MustCompile(`\s@(after|within)=`)
	r := chatReader(t)
	seen := 0
	transcripts := testdata.Transcripts("chat")
	err := fs.WalkDir(transcripts, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(name) != ".txtar" {
			return err
		}
		src, err := fs.ReadFile(transcripts, name)
		if err != nil || !timed.Match(src) {
			return err
		}
		seen++
		s, err := r.Read(name, src)
		if err != nil {
			return err
		}
		c, err := s.Case(r.Protocol, name, src)
		if err == nil && !c.Slow {
			t.Errorf("%s waits for a fixed time, and does not need --slow", name)
		}
		return err
	})
	if err != nil || seen == 0 {
		t.Errorf("%d transcripts wait: %v", seen, err)
	}
}
