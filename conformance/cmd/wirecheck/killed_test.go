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
	file := filepath.Join(t.TempDir(), "r.json")
	wait := filepath.Join(t.TempDir(), "wait.txtar")
	if err := os.WriteFile(wait, []byte("# PING-1: waits\nconnect a\nfence a\nexpect-close a @within=60s\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	wrong := filepath.Join(t.TempDir(), "wrong.txtar")
	if err := os.WriteFile(wrong, []byte("# PING-1: is wrong\nconnect a\nsend a PING\nexpect a WELCOME\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	addr := model(t, nil, nil)
	cmd := exec.Command(binary, "replay", "--addr", addr, "--report", "json="+file, wait, wrong)
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
}
