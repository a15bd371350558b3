// Package badtable runs tests of tables that have one fault each.
package badtable

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write the errors that are found into the files of bad tables")

// Run runs every file *.txtar of a folder. Its comment says what is wrong. It has either a whole table ("table"), or a text
// that stands once in the base table ("old") and what takes its place ("new"); and the error that judge must give ("error").
func Run(t *testing.T, dir, base string, judge func(t *testing.T, src []byte) error) {
	good, err := os.ReadFile(base)
	if err != nil {
		t.Fatal(err)
	}
	if err := judge(t, good); err != nil {
		t.Fatalf("%s is not good: %v", base, err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no bad tables in %s: %v", dir, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { one(t, file, good, judge) })
	}
}

func one(t *testing.T, file string, good []byte, judge func(*testing.T, []byte) error) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string][]byte{}
	for _, f := range archive.Files {
		parts[f.Name] = bytes.TrimSuffix(f.Data, []byte("\n"))
	}
	src, whole := parts["table"]
	if !whole {
		if n := bytes.Count(good, parts["old"]); n != 1 || len(parts["old"]) == 0 {
			t.Fatalf("the old text is in the base table %d times:\n%s", n, parts["old"])
		}
		src = bytes.Replace(good, parts["old"], parts["new"], 1)
	}
	err = judge(t, src)
	if err == nil {
		t.Fatal("the bad table is accepted")
	}
	if got, want := err.Error(), string(parts["error"]); got != want {
		if *update {
			write(t, file, archive, got)
			return
		}
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func write(t *testing.T, file string, archive *txtar.Archive, text string) {
	var kept []txtar.File
	for _, f := range archive.Files {
		if f.Name != "error" {
			kept = append(kept, f)
		}
	}
	archive.Files = append(kept, txtar.File{Name: "error", Data: []byte(text + "\n")})
	if err := os.WriteFile(file, txtar.Format(archive), 0o666); err != nil {
		t.Fatal(err)
	}
}
