package script

import (
	"os"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// TestFreshText shows that fresh strings keep to the limits of their type, whatever these are, and differ.
func TestFreshText(t *testing.T) {
	n := func(v uint64) *uint64 { return &v }
	src, err := os.ReadFile("../../spec/testdata/base.yaml")
	if err != nil {
		t.Fatal(err)
	}
	mini, err := spec.Load("base.yaml", src)
	if err != nil {
		t.Fatal(err)
	}
	for name, typ := range map[string]*spec.Type{
		"free":  {Kind: spec.KindString, LenWidth: 1},
		"short": {Kind: spec.KindString, LenWidth: 1, Max: n(5)},
		"chars": mini.Type("nick"), // at most 6 characters, of which none is a digit
		"long":  {Kind: spec.KindString, LenWidth: 1, Min: n(40), Max: n(60)},
		"eight": {Kind: spec.KindString, LenWidth: 1, Max: n(8)},
	} {
		seen := map[string]bool{}
		f := &Fresh{Run: "r", Key: name}
		for range 100 {
			v := f.value(typ, "A.long_hint.that-does-not-fit").(string)
			if because, limit := dynamic.New(&spec.Protocol{}).Judge(typ, v, nil); because != "" {
				t.Fatalf("%s: %q breaks %s (%d)", name, v, because, limit)
			}
			if seen[v] {
				t.Errorf("%s: %q comes twice", name, v)
			}
			seen[v] = true
		}
	}
	v := (&Fresh{Run: "r", Key: "k"}).value(&spec.Type{Kind: spec.KindString}, "Alice").(string)
	if !strings.HasPrefix(v, "alice-") || len(v) != 14 {
		t.Errorf("%q", v)
	}
}
