package chat_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/codec/chat"
	"github.com/wirelaw/wirelaw/spec"
)

// The states, codes and names of the package are those of the table.
func TestTable(t *testing.T) {
	p := table(t)
	if chat.TableHash != p.Hash {
		t.Errorf("generated from another table: %s, now it is %s", chat.TableHash, p.Hash)
	}
	for i, s := range p.States {
		state := chat.State(i)
		if state.String() != s.Name {
			t.Errorf("state %s is called %s", s.Name, state)
		}
		if uint64(state.MaxBody()) != p.MaxBody(s) {
			t.Errorf("%s.MaxBody() = %d", s.Name, state.MaxBody())
		}
		for code := range 256 {
			op := chat.Opcode(code)
			m := p.ByCode(spec.FromClient, uint64(code))
			if legal := m != nil && m.LegalIn(s); state.Legal(op) != legal {
				t.Errorf("%s.Legal(%s) = %v", s.Name, op, !legal)
			}
			if m != nil && state.After(op).String() != s.After(m).Name {
				t.Errorf("%s.After(%s) = %s", s.Name, op, state.After(op))
			}
		}
	}
	for _, e := range p.Errors {
		c := chat.ErrorCode(e.Code)
		if c.String() != e.Name || c.Reaction().String() != string(e.React) || c.Doc() == "" {
			t.Errorf("%s: %s, %s, %q", e.Name, c, c.Reaction(), c.Doc())
		}
	}
	for _, m := range p.Messages {
		op := chat.Opcode(m.Code)
		if op.String() != m.Name {
			t.Errorf("%s is called %s", m.Name, op)
		}
		reply, ok := op.Reply()
		if ok != (m.Reply != nil) || ok && uint64(reply) != m.Reply.Code {
			t.Errorf("%s is answered with %s, %v", m.Name, reply, ok)
		}
		if got := chat.NewClientMessage(op); (got != nil) != (m.From == spec.FromClient) {
			t.Errorf("NewClientMessage(%s) = %v", m.Name, got)
		}
		if got := chat.NewServerMessage(op); (got != nil) != (m.From == spec.FromServer) {
			t.Errorf("NewServerMessage(%s) = %v", m.Name, got)
		}
	}
}

// The sections of CHAT.md that comments refer to exist.
func TestSections(t *testing.T) {
	doc, err := os.ReadFile("../../spec/chat/CHAT.md")
	if err != nil {
		t.Fatal(err)
	}
	titles := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^#+ [\d.]+ (.*)$`).FindAllStringSubmatch(string(doc), -1) {
		titles[strings.ReplaceAll(m[1], "`", "")] = true
	}
	files, err := filepath.Glob("*_gen.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(src), "\n//", "")
		for _, m := range regexp.MustCompile(`CHAT\.md, ([^.]*)\.`).FindAllStringSubmatch(text, -1) {
			found++
			if !titles[m[1]] {
				t.Errorf("%s: CHAT.md has no section %q", name, m[1])
			}
		}
	}
	if found < 40 {
		t.Errorf("only %d references were found", found)
	}
}
