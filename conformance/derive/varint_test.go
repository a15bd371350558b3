package derive_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/conformance/derive"
	"github.com/wirelaw/wirelaw/spec"
)

// TestVarintLimits takes a length of variable size that can say more than a body may have: every family of lengths is there, and the right
// server passes.
func TestVarintLimits(t *testing.T) {
	src, err := os.ReadFile("../../testdata/specs/mqtt.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(src), "max: 268435455", "max: 20000, max_in: {connecting: 100}", 1)
	p, err := spec.Load("mqtt.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	cases := derive.Cases(p, derive.Options{})
	for id, line := range map[string]string{
		"mqtt/connect/derived/left.max+1":          "sendraw a 1065",              // 101
		"mqtt/connect/derived/left.ones":           "sendraw a 10ffffff7f",        // all that four bytes can say
		"mqtt/subscribe/derived/left.max+1":        "sendraw a 82a19c01",          // 20001
		"mqtt/subscribe/derived/left.half":         "sendraw a 8280808040",        // past the end, whatever that is
		"mqtt/subscribe/derived/left.one-more":     "sendraw a 820e",              // and 13 bytes
		"mqtt/subscribe/derived/left.one-less":     "sendraw a 820c",              //
		"mqtt/subscribe/derived/left.zero":         "sendraw a 8200",              //
		"mqtt/subscribe/derived/left.longer":       "sendraw a 828d00",            // 13 in two bytes
		"mqtt/subscribe/derived/left.longest":      "sendraw a 828d808000",        // and in four
		"mqtt/subscribe/derived/left.endless":      "sendraw a 828080808001",      //
		"mqtt/subscribe/derived/left.endless.ones": "sendraw a 82ffffffff",        //
		"mqtt/left/derived/max.online":             "sendraw a c0a09c01 00*20000", // as many as there may be
		"mqtt/left/derived/max.connecting":         "sendraw a c064 00*100",       //
		"mqtt/segment/derived/joined.right-length": "sendraw a c0ffffff7f",        //
	} {
		i := slices.IndexFunc(cases, func(c *derive.Case) bool {
			return strings.HasPrefix(c.ID, id) && (c.ID == id || strings.Contains(id, "joined"))
		})
		if i < 0 {
			t.Errorf("there is no %s", id)
		} else if !slices.ContainsFunc(cases[i].Lines, func(l string) bool {
			return strings.HasPrefix(strings.ReplaceAll(l, " ", ""), strings.ReplaceAll(line, " ", ""))
		}) {
			t.Errorf("%s: %q, want %q", id, cases[i].Lines, line)
		}
	}
	if passed := allPass(t, judge(t, suite(t, p), serve(t, p, nil), 5)); passed < 1000 {
		t.Errorf("only %d passed", passed)
	}
}
