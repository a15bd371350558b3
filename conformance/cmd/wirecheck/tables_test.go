package main

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/conformance"
)

// TestOtherTables runs every command over every table that there is: it does what it says, or says in a sentence why it cannot.
func TestOtherTables(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	var tables []string
	for _, pattern := range []string{"testdata/specs/*.yaml", "spec/testdata/*.yaml", "codec/internal/*/*.yaml", "conformance/report/testdata/*.yaml", "spec/chat.yaml"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v, %v", pattern, found, err)
		}
		tables = append(tables, found...)
	}
	unfit := map[string]string{
		"postgres.yaml": "this table has no fence: silence cannot be told from slowness",
		"http2.yaml":    "this table has a preface",
		"wide.yaml":     "frames of several layouts",
	}
	dead := deadAddr(t)
	dir := t.TempDir()
	transcript := filepath.Join(dir, "connects.txtar")
	if err := os.WriteFile(transcript, []byte("# connects\nconnect a\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range tables {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			everyCommand(t, file, unfit[filepath.Base(file)], dead, dir, transcript)
		})
	}
}

// everyCommand runs every command over a table that cannot be judged because of why, "" if it can.
func everyCommand(t *testing.T, file, why, dead, dir, transcript string) {
	_, list, _ := wirecheck(t, "list", "--derived", "--spec", file)
	id, _, _ := strings.Cut(list, " ")
	for _, c := range []struct {
		args []string
		want []conformance.Status // of a table that fits
	}{
		{[]string{"list"}, []conformance.Status{conformance.StatusOK}},
		{[]string{"explain", id}, []conformance.Status{conformance.StatusOK}},
		{[]string{"cover"}, []conformance.Status{conformance.StatusOK, conformance.StatusFailed}},
		{[]string{"test", "--addr", dead}, []conformance.Status{conformance.StatusTarget}},
		{[]string{"replay", "--addr", dead, transcript}, []conformance.Status{conformance.StatusTarget}},
		{[]string{"fuzz", "--addr", dead, "--out", dir}, []conformance.Status{conformance.StatusTarget}},
	} {
		args := append([]string{c.args[0], "--spec", file}, c.args[1:]...)
		status, out, stderr := wirecheck(t, args...)
		switch {
		case strings.Contains(out+stderr, "is broken"):
			t.Errorf("%q:\n%s%s", args, out, stderr)
		case why != "":
			if status != conformance.StatusUsage || !strings.Contains(stderr, why) || strings.Count(stderr, "\n") != 1 {
				t.Errorf("%q: status %d, want %q:\n%s%s", args, status, why, out, stderr)
			}
		default:
			if !slices.Contains(c.want, status) {
				t.Errorf("%q: status %d, want %v:\n%.2000s%s", args, status, c.want, out, stderr)
			}
		}
	}
	// The proxy takes any table.
	said := make(teller, 1)
	done := make(chan conformance.Status, 1)
	args := []string{"proxy", "--spec", file, "--to", dead, "--count", "1"}
	go func() {
		done <- dispatch(t.Context(), &std{in: strings.NewReader(""), out: said, err: io.Discard}, args)
	}()
	select {
	case text := <-said:
		addr, _, _ := strings.Cut(text, " ")
		if nc, err := net.Dial("tcp", addr); err == nil { // it is reset, since the server cannot be reached
			nc.Close()
		}
		if status := <-done; status != conformance.StatusOK {
			t.Errorf("%q: status %d", args, status)
		}
	case status := <-done:
		t.Errorf("%q: status %d", args, status)
	}
}

// A teller passes on the first text that is written to it.
type teller chan string

func (c teller) Write(b []byte) (int, error) {
	select {
	case c <- string(b):
	default:
	}
	return len(b), nil
}

// deadAddr is an address at which nobody listens.
func deadAddr(t *testing.T) string {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}
