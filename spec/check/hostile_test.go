package check_test

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/wirelaw/wirelaw/spec"
	"github.com/wirelaw/wirelaw/spec/check"
)

var word = regexp.MustCompile(`"[^"]*"|[A-Za-z0-9_.*-]+`)

// TestChangedTables puts, for every few words of a table, another word of it in its place. Nothing of that makes the loader or the
// checker panic, and whatever they refuse they refuse at a place.
func TestChangedTables(t *testing.T) {
	for _, file := range []string{"../testdata/base.yaml", "../testdata/wide.yaml"} {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		words := word.FindAllIndex(src, -1)
		refused := 0
		for i := 0; i < len(words); i += 5 {
			other := words[(i*31+7)%len(words)]
			changed := slices.Concat(src[:words[i][0]], src[other[0]:other[1]], src[words[i][1]:])
			if err := judged(changed); err != nil {
				refused++
				if list := err.(*spec.ErrorList); list.List[0].Pos == (spec.Pos{}) {
					t.Errorf("%s: no place: %v", file, list.List[0])
				}
			}
		}
		if refused < len(words)/20 {
			t.Errorf("%s: of %d changes only %d were refused", file, len(words)/5, refused)
		}
	}
}

func judged(src []byte) error {
	p, err := spec.Load("changed.yaml", src)
	if err == nil {
		err = check.Check(p)
	}
	return err
}

// FuzzCheck puts something else into a good table. The checker survives it.
func FuzzCheck(f *testing.F) {
	var tables [][]byte
	for _, file := range []string{"../testdata/base.yaml", "../testdata/wide.yaml"} {
		src, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		tables = append(tables, src)
	}
	f.Add(false, uint16(0), uint16(0), []byte(""))
	for i, w := range word.FindAllIndex(tables[1], -1) {
		if i%50 == 0 {
			f.Add(true, uint16(w[0]), uint16(w[1]-w[0]), []byte("b7"))
		}
	}
	f.Fuzz(func(_ *testing.T, wide bool, at, n uint16, with []byte) {
		src := tables[0]
		if wide {
			src = tables[1]
		}
		from := int(at) % len(src)
		to := min(from+int(n)%400, len(src))
		judged(slices.Concat(src[:from], with, src[to:]))
	})
}
