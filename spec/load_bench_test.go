package spec_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/spec"
)

// tables returns the tables of real protocols by their names.
func tables(tb testing.TB) map[string][]byte {
	tb.Helper()
	files, err := filepath.Glob("../testdata/specs/*.yaml")
	if err != nil || len(files) == 0 {
		tb.Fatalf("no tables: %v", err)
	}
	out := map[string][]byte{"chat": spec.ChatSource}
	for _, f := range files {
		src, err := os.ReadFile(f)
		if err != nil {
			tb.Fatal(err)
		}
		out[strings.TrimSuffix(filepath.Base(f), ".yaml")] = src
	}
	return out
}

// BenchmarkLoad loads each table. A table is loaded whenever a program of the toolkit starts: it has to take less than 100 ms.
func BenchmarkLoad(b *testing.B) {
	for name, src := range tables(b) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(src)))
			for b.Loop() {
				if _, err := spec.Load(name, src); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
