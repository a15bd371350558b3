package gen_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/spec/gen"
)

func TestDot(t *testing.T) {
	for name, p := range tables(t) {
		text := gen.Dot(p)
		for _, s := range p.States {
			if !strings.Contains(text, `"state `+s.Name+`" [label=`) {
				t.Errorf("%s: the state %s is missing", name, s.Name)
			}
			for _, tr := range s.Transitions {
				found := false
				for _, line := range strings.Split(text, "\n") {
					found = found || strings.HasPrefix(line, "\t\"state "+s.Name+"\" -> \"state "+tr.To.Name+"\" ") && strings.Contains(line, tr.Message.Name)
				}
				if !found {
					t.Errorf("%s: %s from %s to %s is missing", name, tr.Message.Name, s.Name, tr.To.Name)
				}
			}
		}
		if start := p.Start(); start != nil && !strings.Contains(text, "\tstart -> \"state "+start.Name+"\"\n") {
			t.Errorf("%s: the start is missing", name)
		}
	}
}

// TestDotIsDrawn has Graphviz draw the state machines of all tables.
func TestDotIsDrawn(t *testing.T) {
	dot, err := exec.LookPath("dot")
	if err != nil {
		t.Skip("there is no dot")
	}
	for name, p := range tables(t) {
		cmd := exec.Command(dot, "-Tsvg")
		cmd.Stdin = strings.NewReader(gen.Dot(p))
		out, err := cmd.CombinedOutput()
		if err != nil || strings.Contains(string(out), "Warning") {
			t.Errorf("%s: %v: %.300s", name, err, out)
		}
		if n := strings.Count(string(out), `class="node"`); n != len(p.States)+1 {
			t.Errorf("%s: %d nodes are drawn, %d states", name, n-1, len(p.States))
		}
	}
}
