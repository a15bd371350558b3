package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/spec/diff"
)

func TestDiff(t *testing.T) {
	const base = "../../testdata/base.yaml"
	src, err := os.ReadFile(base)
	if err != nil {
		t.Fatal(err)
	}
	wider := write(t, "wider.yaml", strings.Replace(string(src), "type: u16, max: 1000", "type: u16, max: 1001", 1))
	worded := write(t, "worded.yaml", strings.Replace(string(src), "Be kind.", "Be very kind.", 1))
	stricter := write(t, "stricter.yaml", strings.Replace(string(src), "{name: times, type: number, min: 1", "{name: times, type: number, min: 2", 1))
	for _, c := range []struct {
		name  string
		args  string
		out   string // part of the output
		fails string // part of the error; "" for none
		code  int
	}{
		{"the same", base + " " + base, "no change\n", "", 0},
		{"wider", base + " " + wider, "extends (wire): request-max-raised: SAY.times: max 1000 → 1001\n0 breaking, 1 extending, 0 harmless\n", "", 0},
		{"wider is too much", "--fail extends " + base + " " + wider, "1 extending", "", 1},
		{"stricter", base + " " + stricter, "stricter.yaml:132:42: breaking (wire): request-min-raised: SAY.times: min 1 → 2\n", "", 1},
		{"stricter, but not in source", "--in source,behaviour " + base + " " + stricter, "0 breaking, 0 extending, 1 harmless", "", 0},
		{"stricter, and looked at only", "--fail never " + base + " " + stricter, "1 breaking", "", 0},
		{"stricter, and meant", "--allow request-min-raised=SAY.times " + base + " " + stricter, "no change", "", 0},
		{"any change", "--fail any " + base + " " + worded, "harmless: demand-reworded", "", 1},
		{"allowed, but not there", "--allow request-min-raised=SAY.words " + base + " " + stricter, "", "no change is", 2},
		{"allowed, unknown", "--allow request-min-raise " + base + " " + stricter, "", `did you mean "request-min-raised"?`, 2},
		{"one file", base, "", "two files", 2},
		{"no such area", "--in wires " + base + " " + base, "", `unknown area "wires"`, 2},
		{"no such level", "--fail sometimes " + base + " " + base, "", "--fail is one of", 2},
		{"no such file", base + " no-such.yaml", "", "no-such.yaml: no such file", 1},
		{"twice the standard input", "- -", "", "only one of two", 2},
		{"rules", "--rules", "request-min-raised         wire breaking", "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			err := run(strings.Fields("diff "+c.args), &out)
			if !strings.Contains(out.String(), c.out) {
				t.Errorf("printed %q", out.String())
			}
			code := 0
			switch {
			case errors.As(err, new(usageError)):
				code = 2
			case err != nil:
				code = 1
			}
			if code != c.code || c.fails != "" && !strings.Contains(err.Error(), c.fails) {
				t.Errorf("status %d, error %v", code, err)
			}
		})
	}
	var out bytes.Buffer
	if err := run([]string{"diff", "--json", base, stricter}, &out); !errors.Is(err, errBreaks) {
		t.Errorf("%v", err)
	}
	var ch jsonChange
	if err := json.Unmarshal(out.Bytes(), &ch); err != nil || ch.Rule != "request-min-raised" || ch.Wire != diff.Breaking.String() || ch.New != "132:42" {
		t.Errorf("%+v, %v", ch, err)
	}
}
