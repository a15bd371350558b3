//go:build !windows

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/conformance"
)

// TestKilled kills wirecheck in the middle: what was judged is in its report.
func TestKilled(t *testing.T) {
	addr := model(t, nil, nil)
	for _, c := range []struct {
		role        string
		target      []string
		wait, wrong string
	}{
		{"server", []string{"--addr", addr}, "# PING-1: waits\nconnect a\nfence a\nexpect-close a @within=60s\n", "# PING-1: is wrong\nconnect a\nsend a PING\nexpect a WELCOME\n"},
		{
			"client",
			[]string{"--client", "--exec", execTarget("client")},
			"# CLIENT-1: waits\naccept a\nreceive a HELLO\nreply a WELCOME\nsync\nreceive a LIST @within=60s\n", "# CLIENT-1: is wrong\naccept a\nreceive a LIST\n",
		},
	} {
		t.Run(c.role, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			file, wait, wrong := filepath.Join(dir, "r.json"), filepath.Join(dir, "wait.txtar"), filepath.Join(dir, "wrong.txtar")
			for name, text := range map[string]string{wait: c.wait, wrong: c.wrong} {
				if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.Command(binary, append(append([]string{"replay", "--report", "json=" + file}, c.target...), wait, wrong)...)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			until(t, func() bool {
				src, _ := os.ReadFile(file)
				return strings.Contains(string(src), `"verdict":"FAIL"`)
			})
			cmd.Process.Kill()
			cmd.Wait()
			status, out, stderr := wirecheck(t, "matrix", file)
			if status != conformance.StatusOK || !strings.Contains(out, "wrong") {
				t.Errorf("status %d:\n%s%s", status, out, stderr)
			}
			r, err := readReport(file)
			if err != nil || r.Off == "" || len(r.Cases) != 1 || r.Cases[0].Finding == nil {
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
}
