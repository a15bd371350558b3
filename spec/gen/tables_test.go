package gen_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/wirelaw/wirelaw/spec"
)

// tables are all tables of the repository that can be loaded, by the name of their file.
func tables(t testing.TB) map[string]*spec.Protocol {
	t.Helper()
	once.Do(func() { loaded = load(t) })
	return loaded
}

var (
	once   sync.Once
	loaded map[string]*spec.Protocol
)

func load(t testing.TB) map[string]*spec.Protocol {
	t.Helper()
	root := filepath.Join("..", "..")
	out := map[string]*spec.Protocol{"chat.yaml": chat(t)}
	for _, pattern := range []string{"spec/testdata/base.yaml", "codec/internal/*/*.yaml", "testdata/specs/*.yaml"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			name := strings.TrimPrefix(filepath.ToSlash(file), "../../")
			p, err := spec.Load(name, src)
			if err != nil { // the tests of the loader and of the tables tell about it
				t.Logf("left out: %v", err)
				continue
			}
			out[filepath.Base(file)] = p
		}
	}
	return out
}
