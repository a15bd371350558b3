package script

import (
	"os"
	"testing"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// TestNewID shows that ids fit into their field, are never 0, and are not those of open requests, however many have been sent.
func TestNewID(t *testing.T) {
	src, err := os.ReadFile("../../spec/testdata/base.yaml")
	if err != nil {
		t.Fatal(err)
	}
	mini, err := spec.Load("base.yaml", src)
	if err != nil {
		t.Fatal(err)
	}
	k := &conn{codec: dynamic.New(mini), open: []request{{id: 1}, {id: 2}, {id: 255}}}
	seen := map[uint64]bool{}
	for range 1000 {
		id := k.newID()
		if id == 0 || id > 255 || id <= 2 || id == 255 {
			t.Fatalf("id %d", id)
		}
		seen[id] = true
	}
	if len(seen) != 252 {
		t.Errorf("%d ids", len(seen))
	}
}
