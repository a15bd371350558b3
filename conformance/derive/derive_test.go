package derive

import (
	"fmt"
	"io/fs"
	"os"
	"testing"

	"github.com/wirelaw/wirelaw/conformance/script"
	"github.com/wirelaw/wirelaw/spec"
	"github.com/wirelaw/wirelaw/testdata"
)

func TestDump(t *testing.T) {
	p, _ := spec.Chat()
	macros, _ := fs.ReadFile(testdata.Transcripts("chat"), "macros.txt")
	r, err := script.NewReader(p, "m", string(macros))
	if err != nil {
		t.Fatal(err)
	}
	cases := Cases(p, Options{Macro: r.Library.HasMacro, Dear: r.Library.Hashes})
	f, _ := os.Create("/tmp/derive/all.txt")
	shared, bad := 0, 0
	for _, c := range cases {
		if c.Shared {
			shared++
		}
		src := c.Source()
		if len(src) > 3000 {
			src = append(src[:3000:3000], "…\n"...)
		}
		fmt.Fprintf(f, "== %s  %v %s shared=%v\n%s\n", c.ID, c.Uses, c.Family, c.Shared, src)
		if _, err := r.Read("x", c.Source()); err != nil && bad < 20 {
			bad++
			t.Errorf("%s: %v", c.ID, err)
		}
		if len(c.Rules) == 0 && bad < 20 {
			bad++
			t.Errorf("%s: no rule", c.ID)
		}
	}
	f.Close()
	t.Log(len(cases), shared)
}
