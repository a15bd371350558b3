package spec

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// dump writes everything in a model but places and source, so that two models can be compared.
func dump(p *Protocol) string {
	d := &dumper{seen: map[any]int{}}
	for _, part := range []any{
		p.ID, p.Title, p.Version, p.BigEndian, p.Transport, p.Port, p.Doc, p.Constants, p.Preface, p.Frames, p.Checks, p.Fence,
		p.States, p.Features, p.Errors, p.Enums, p.Types, p.Messages, p.Topics, p.Conversation,
	} {
		d.value(reflect.ValueOf(part))
		d.b.WriteByte('\n')
	}
	return d.b.String()
}

type dumper struct {
	b    strings.Builder
	seen map[any]int
}

func (d *dumper) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			d.b.WriteString("nil ")
			return
		}
		if n, ok := d.seen[v.Interface()]; ok {
			fmt.Fprintf(&d.b, "#%d ", n)
			return
		}
		d.seen[v.Interface()] = len(d.seen)
		d.value(v.Elem())
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[Pos]() {
			return
		}
		d.b.WriteString("{")
		for i := range v.NumField() {
			d.value(v.Field(i))
		}
		d.b.WriteString("} ")
	case reflect.Slice, reflect.Array:
		fmt.Fprintf(&d.b, "[%d: ", v.Len())
		for i := range v.Len() {
			d.value(v.Index(i))
		}
		d.b.WriteString("] ")
	case reflect.Map:
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		for _, k := range keys {
			fmt.Fprintf(&d.b, "%s: ", k)
			d.value(v.MapIndex(k))
		}
	default:
		fmt.Fprintf(&d.b, "%v ", v)
	}
}

// loadNode loads a table from its nodes.
func loadNode(root *node) (*Protocol, []*Problem) {
	p := &Protocol{where: map[any]*where{}, sections: map[string]Pos{}}
	l := newLoader(p)
	l.table(root)
	return p, l.problems
}

// mappings returns every mapping below n, and its path.
func mappings(n *node, path string, visit func(m *node, path string)) {
	switch n.kind {
	case mapping:
		visit(n, path)
		for _, p := range n.pairs {
			mappings(p.value, path+"."+p.key, visit)
		}
	case sequence:
		for i, it := range n.items {
			mappings(it, fmt.Sprintf("%s[%d]", path, i), visit)
		}
	}
}

func parsed(t *testing.T, file string) *node {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	root := parseYAML(src, func(pos Pos, msg string) { t.Errorf("%v: %s", pos, msg) })
	if root == nil {
		t.Fatal("no table")
	}
	return root
}

// TestEveryKeyIsConsumed removes each key of a table in turn. That is an error, or it changes the model: a key that could
// go without a trace would be one that nobody reads.
func TestEveryKeyIsConsumed(t *testing.T) {
	for file, least := range map[string]int{"testdata/base.yaml": 300, "testdata/wide.yaml": 500} {
		root := parsed(t, file)
		good, problems := loadNode(root)
		if len(problems) > 0 {
			t.Fatal(problems[0])
		}
		want, keys := dump(good), 0
		mappings(root, "", func(m *node, path string) {
			all := m.pairs
			for i, p := range all {
				keys++
				m.pairs = slices.Concat(all[:i:i], all[i+1:])
				if got, problems := loadNode(root); len(problems) == 0 && dump(got) == want {
					t.Errorf("%s.%s can be removed without a trace", path, p.key)
				}
				m.pairs = all
			}
		})
		if keys < least {
			t.Errorf("%s: only %d keys were tried", file, keys)
		}
	}
}

// TestEveryKeyIsKnown misspells each key of a table in turn. That is always an error, and one that tells the key.
func TestEveryKeyIsKnown(t *testing.T) {
	for _, file := range []string{"testdata/base.yaml", "testdata/wide.yaml"} {
		root := parsed(t, file)
		mappings(root, "", func(m *node, path string) {
			for _, p := range m.pairs {
				key := p.key
				if path == ".frames" && key == "packet" {
					continue // a name to which nothing refers
				}
				p.key += "x"
				told := false
				_, problems := loadNode(root)
				for _, problem := range problems {
					told = told || strings.Contains(problem.Error(), key)
				}
				if !told {
					t.Errorf("%s%s.%s can be misspelled: %v", file, path, key, problems)
				}
				p.key = key
			}
		})
	}
}

// TestLoadIsDeterministic loads the chat table twice.
func TestLoadIsDeterministic(t *testing.T) {
	a, err := Chat()
	if err != nil {
		t.Fatal(err)
	}
	b, err := Chat()
	if err != nil {
		t.Fatal(err)
	}
	if dump(a) != dump(b) || a.Hash != b.Hash {
		t.Error("two models of one table differ")
	}
}
