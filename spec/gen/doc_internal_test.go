package gen

import (
	"strings"
	"testing"
)

func TestDiagram(t *testing.T) {
	g := newDiagram(true)
	g.fixed("op", 8)
	g.fixed("length", 24)
	g.fixed("a", 16)
	g.fixed("b", 32)
	g.fixed("big", 64)
	g.fixed("odd", 40)
	g.variable("n length", 8, "n")
	g.fixed("much too long a name", 8)
	g.variable("", 0, "rest")
	g.variable("m length", 32, "m")
	want := `
 0                   1                   2                   3
 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
|      op       |                    length                     |
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
|               a               |
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
|                               b                               |
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
|                              big                              |
+                                                               +
|                                                               |
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
|                              odd                              |
+                                                               +
|               |
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
|   n length    | n                                          ...
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
|much too long ~|
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
| rest                                                       ...
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
|                           m length                            |
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
| m                                                          ...
+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
`
	if got := "\n" + g.String(); got != want {
		t.Errorf("got%s", got)
	}
}

func TestRuns(t *testing.T) {
	long := strings.Repeat("x", 17)
	for in, want := range map[string]string{
		"":                "",
		"ab":              "6162",
		"a" + long + "bc": "61 78*17 6263",
		long[1:]:          strings.Repeat("78", 16),
		long:              "78*17",
	} {
		if got := strings.Join(runs([]byte(in)), " "); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		groups []string
		want   string
	}{
		{[]string{"aa", "bb", "cc"}, "aa bb|cc"},
		{[]string{"aaaaaaaaaa"}, "aaaaa|aaaaa"},
		{[]string{"a", "bbbbbbbb", "c"}, "a|bbbbb|bbb c"},
		{nil, ""},
	} {
		if got := strings.Join(wrap(c.groups, 5), "|"); got != c.want {
			t.Errorf("%q: %q", c.groups, got)
		}
	}
}
