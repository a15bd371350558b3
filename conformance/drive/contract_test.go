package drive

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/spec"
)

var update = flag.Bool("update", false, "rewrite driver.schema.json")

func chat(t testing.TB) *spec.Protocol {
	t.Helper()
	p, err := spec.Chat()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestActionsAreThoseOfTheTable(t *testing.T) {
	p := chat(t)
	have := map[string]bool{}
	for _, a := range actions {
		m := p.Message(a.message)
		if m == nil || m.From != spec.FromClient {
			t.Errorf("%s: the table has no request %q", a.name, a.message)
			continue
		}
		have[a.message] = true
		for _, w := range append(a.args, a.result...) {
			if w.name != "by" && limits(p, w) == "" {
				t.Errorf("%s: the table has no field %q", a.name, w.field)
			}
		}
		for _, w := range a.args {
			if m.Field(w.name) == nil {
				t.Errorf("%s: %s has no field %q", a.name, m.Name, w.name)
			}
		}
	}
	// What a client does by itself: no user asks for it.
	for _, m := range []string{"HELLO", "RESUME", "ACK"} {
		if have[m] {
			t.Errorf("%s is asked for", m)
		}
		have[m] = true
	}
	for _, m := range p.Messages {
		if m.From == spec.FromClient && !have[m.Name] {
			t.Errorf("nobody can ask for %s", m.Name)
		}
	}
	for _, e := range events {
		for _, w := range e.needed {
			if limits(p, w) == "" {
				t.Errorf("%s: the table has no field %q", e.name, w.field)
			}
		}
	}
}

func TestSchemaIsTheTables(t *testing.T) {
	want, err := Schema(chat(t))
	if err != nil {
		t.Fatal(err)
	}
	const file = "driver.schema.json"
	if *update {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what the table says: run go test ./conformance/drive -update", file)
	}
}

func TestContract(t *testing.T) {
	text := Contract(chat(t))
	for _, a := range actions {
		if !strings.Contains(text, "\n  "+a.name+" ") {
			t.Errorf("the contract does not tell of %s", a.name)
		}
	}
	for _, line := range strings.Split(text, "\n") {
		if len(line) > 145 {
			t.Errorf("a line is too long: %q", line)
		}
	}
}
