package main

import (
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/peer"
)

// faulty serves the model of the chat server with one fault, and returns its address.
func faulty(t *testing.T, name string) string {
	t.Helper()
	i := slices.IndexFunc(peer.Faults, func(f *peer.Fault) bool { return f.Name == name })
	return model(t, peer.Faults[i], nil)
}

func TestFuzz(t *testing.T) {
	dir := t.TempDir()
	closed := model(t, nil, nil)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := ln.Addr().String()
	ln.Close()
	tests := []struct {
		name string
		args []string
		want conformance.Status
		says string
	}{
		{"honest", []string{"--addr", closed, "--sessions", "100"}, conformance.StatusOK, "no finding"},
		{"faulty", []string{"--addr", faulty(t, "stateless"), "--sessions", "600", "--out", dir}, conformance.StatusFailed, "expected BAD_STATE (opcode.state), got ACCOUNTS"},
		{"nobody listens", []string{"--addr", nobody}, conformance.StatusTarget, "it cannot be reached"},
		{"no target", nil, conformance.StatusUsage, "--addr HOST:PORT or --exec"},
		{"run id", []string{"--addr", nobody, "--run-id", "A*"}, conformance.StatusUsage, `--run-id "A*"`},
		{"no directory", []string{"--addr", nobody, "--out", filepath.Join(dir, "none")}, conformance.StatusUsage, "no such file"},
		{"no findings", []string{"--addr", nobody, "--findings", "0"}, conformance.StatusUsage, "--findings must be at least 1"},
		{"argument", []string{"--addr", nobody, "more"}, conformance.StatusUsage, `not "more"`},
		{"unknown flag", []string{"--nonsense"}, conformance.StatusUsage, "unknown flag: --nonsense"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, stdout, stderr := wirecheck(t, append([]string{"fuzz"}, tt.args...)...)
			out := stdout + stderr
			if status != tt.want || !strings.Contains(out, tt.says) {
				t.Errorf("status %d, want %d and %q:\n%s", status, tt.want, tt.says, out)
			}
			if strings.ContainsAny(out, "\r\x1b") {
				t.Errorf("progress is shown in a pipe: %q", out)
			}
		})
	}
}

// TestFuzzReplay holds that what the fuzzer writes is run by replay: it fails as it was found, and passes where the fault is
// not.
func TestFuzzReplay(t *testing.T) {
	dir := t.TempDir()
	addr := faulty(t, "close-on-error")
	status, out, _ := wirecheck(t, "fuzz", "--addr", addr, "--sessions", "200", "--out", dir, "-v")
	if status != conformance.StatusFailed {
		t.Fatalf("status %d:\n%s", status, out)
	}
	for _, want := range []string{
		`(?m)^answers seen: \d+ of the \d+ that the table has$`, `(?m)^  HELLO +WELCOME \d+, `, `; never .*INBOX_FULL \(not to be seen from outside: SEND-15 is for review\)`,
		`(?m)^  the transcript sends \d+ of the \d+ frames, and fails when it is replayed$`, `(?m)^again: .* --seed 1 --run-id [a-z0-9]+ --sessions \d+$`,
	} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("%s is not said:\n%s", want, out)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "fuzz-*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatal("no transcript was written", err)
	}
	src, err := os.ReadFile(files[0])
	if err != nil || !regexp.MustCompile(`^# found by fuzzing: `).Match(src) {
		t.Errorf("%s\n%v", src, err)
	}
	if status, out, _ := wirecheck(t, "replay", files[0], "--addr", addr); status != conformance.StatusFailed {
		t.Errorf("replayed: status %d:\n%s\n%s", status, out, src)
	}
	if status, out, _ := wirecheck(t, "replay", files[0], "--addr", model(t, nil, nil)); status != conformance.StatusOK {
		t.Errorf("replayed where the fault is not: status %d:\n%s\n%s", status, out, src)
	}
}
