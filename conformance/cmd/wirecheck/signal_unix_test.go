//go:build !windows

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/wirelaw/wirelaw/conformance"
)

// TestSignals ends wirecheck from outside in the middle of a run: two signals at once, as timeout(1) sends them, cost nothing; whatever
// is sent, no target is left behind.
func TestSignals(t *testing.T) {
	for _, c := range []struct {
		name    string
		way     string // of the target
		signals []syscall.Signal
		least   int // targets
		told    bool
	}{
		{"as timeout does", "child", []syscall.Signal{syscall.SIGTERM, syscall.SIGTERM}, 2, true},
		{"impatience", "child", []syscall.Signal{syscall.SIGINT, syscall.SIGINT, syscall.SIGINT}, 2, false},
		{"kill", "honest", []syscall.Signal{syscall.SIGKILL}, 1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.name == "kill" && runtime.GOOS != "linux" {
				t.Skip("only Linux ends what a killed program has started")
			}
			t.Parallel()
			dir := t.TempDir()
			pids := filepath.Join(dir, "pids")
			file := func(name string) string { return filepath.Join(dir, name) }
			write := func(name, text string) string {
				if err := os.WriteFile(file(name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				return file(name)
			}
			wrong := write("wrong.txtar", "# PING-1: is wrong\nconnect a\nsend a PING\nexpect a WELCOME\n")
			wait := write("wait.txtar", "# PING-1: waits\nconnect a\nfence a\nexpect-close a @within=60s\n")
			cmd := exec.Command(binary, "replay", "--exec", execTarget(c.way, pids), wrong, wait,
				"--report", "json="+file("r.json"), "--report", "tap="+file("r.tap"), "--report", "junit="+file("r.xml"))
			var out bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &out
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			until(t, func() bool {
				src, _ := os.ReadFile(file("r.json"))
				return strings.Contains(string(src), `"verdict":"FAIL"`)
			})
			for _, s := range c.signals {
				if err := cmd.Process.Signal(s); err != nil && !c.told { // it may have ended by itself
					t.Log(err)
				}
			}
			cmd.Wait()
			gone(t, pids, c.least)
			if !c.told {
				return
			}
			if code := cmd.ProcessState.ExitCode(); code != int(conformance.StatusFailed) {
				t.Errorf("status %d:\n%s", code, out.String())
			}
			for where, want := range map[string]string{
				"standard output": "The run was called off: terminated", "r.tap": "not ok", "r.xml": "</testsuites>", "r.json": `"verdict":"BLOCKED"`,
			} {
				text := out.String()
				if where != "standard output" {
					text = read(t, file(where))
				}
				if !strings.Contains(text, want) {
					t.Errorf("%s has no %q:\n%s", where, want, text)
				}
			}
		})
	}
}
