package spec

import (
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/wirelaw/wirelaw/spec/internal/grammar"
)

// asked returns the keys that the loader asks for, by kind of object.
func asked(t *testing.T) map[string]map[string]bool {
	t.Helper()
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
	delete(known, "values") // a mapping of names of the table
	delete(known, "transitions")
	delete(known, "max_in")
	return known
}

// TestGrammar compares the grammar with the keys that the loader asks for.
func TestGrammar(t *testing.T) {
	known := asked(t)
	for _, o := range grammar.Objects {
		if known[o.Kind] == nil {
			t.Errorf("the loader knows of no %s", o.Kind)
		}
		for _, k := range o.Keys {
			if !known[o.Kind][k.Name] {
				t.Errorf("the loader does not ask for the key %q of %s", k.Name, article(o.Kind))
			}
			delete(known[o.Kind], k.Name)
		}
		for key := range known[o.Kind] {
			t.Errorf("the grammar does not have the key %q of %s", key, article(o.Kind))
		}
		delete(known, o.Kind)
	}
	for kind, keys := range known {
		t.Errorf("the grammar does not have %s: %v", article(kind), slices.Sorted(maps.Keys(keys)))
	}
}

// TestLanguageReference compares LANGUAGE.md with the grammar: each key is told, and none that does not exist.
func TestLanguageReference(t *testing.T) {
	for _, o := range grammar.Objects {
		for _, k := range o.Keys {
			if KeyDoc(o.Kind, k.Name) == "" {
				t.Errorf("LANGUAGE.md does not tell the key %q of %s", k.Name, article(o.Kind))
			}
		}
	}
	for kind, keys := range reference() {
		o := grammar.Find(kind)
		for key := range keys {
			if o == nil || o.Key(key) == nil {
				t.Errorf("LANGUAGE.md tells the key %q of %s, which does not exist", key, article(kind))
			}
		}
	}
}
