package gen_test

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/spec/gen"
)

// TestKsyParsesVectors compiles the descriptions of all tables with the compiler of Kaitai Struct, and has what comes out parse
// every vector that is accepted, and refuse every one whose body ends too early.
func TestKsyParsesVectors(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("there is no node")
	}
	if err := exec.Command(node, "-e", "require('kaitai-struct-compiler'); require('kaitai-struct/KaitaiStream'); require('js-yaml')").Run(); err != nil {
		t.Skip("node does not find kaitai-struct-compiler, kaitai-struct and js-yaml: npm install them and set NODE_PATH")
	}
	for name, p := range tables(t) {
		t.Run(name, func(t *testing.T) {
			var list []map[string]any
			for _, v := range vectors(t, p) {
				truncated := v.Reject != nil && v.Reject.Because == "truncated" && v.Reject.Field != ""
				if v.Accept == nil && !truncated {
					continue
				}
				side := 0
				if v.From == "server" {
					side = 1
				}
				m := p.Message(v.Message)
				one := map[string]any{"id": v.ID, "side": side, "layout": slices.Index(p.Frames, m.Frame), "frame": v.Frame}
				if v.Accept != nil {
					one["accept"] = v.Accept
				}
				list = append(list, one)
			}
			in, err := json.Marshal(map[string]any{"ksy": gen.Ksy(p), "vectors": list})
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(node, "testdata/kaitai.js")
			cmd.Stdin = bytes.NewReader(in)
			out, err := cmd.CombinedOutput()
			lines := strings.Split(strings.TrimSpace(string(out)), "\n")
			if err != nil || len(lines) != 1 {
				t.Fatalf("%v: %d lines: %.3000s", err, len(lines), out)
			}
			t.Log(lines[0])
		})
	}
}

// TestKsyNamesAll looks for every message and every enum.
func TestKsyNamesAll(t *testing.T) {
	for name, p := range tables(t) {
		text := gen.Ksy(p)
		for _, m := range p.Messages {
			if !strings.Contains(text, "\n  message_"+strings.ToLower(m.Name)+":\n") {
				t.Errorf("%s: %s has no type", name, m.Name)
			}
		}
		for _, e := range p.Enums {
			if !strings.Contains(text, "\n  "+e.Name+":\n") {
				t.Errorf("%s: the enum %s is missing", name, e.Name)
			}
		}
	}
}
