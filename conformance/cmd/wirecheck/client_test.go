package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/peer"
	"github.com/wirelaw/wirelaw/spec"
)

// beClient makes a client of the test binary: wirecheck.test client ADDR [FAULT].
func beClient(p *spec.Protocol, addr string, fault []string) int {
	var f *peer.ClientFault
	if len(fault) > 0 {
		f = &peer.ClientFault{Name: fault[0]}
	}
	if err := peer.RunClient(context.Background(), p, f, addr, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func TestJudgeClient(t *testing.T) {
	t.Parallel()
	report := filepath.Join(t.TempDir(), "run.json")
	status, out, stderr := wirecheck(t, "test", "--client", "--exec", execTarget("client"), "create", "--report", "json="+report)
	if status != conformance.StatusOK || !strings.Contains(out, "model-client/1") || stderr != "" {
		t.Errorf("status %d:\n%s%s", status, out, stderr)
	}
	if b, err := os.ReadFile(report); err != nil || strings.Count(string(b), "\n") < 10 {
		t.Errorf("the report is %q, %v", b, err)
	}
}

// TestClientFailure: the failure names the rule, shows the bytes without secrets, and its command shows it again.
func TestClientFailure(t *testing.T) {
	t.Parallel()
	args := []string{"test", "--client", "--patience", "0.3", "--exec", execTarget("client", "refusals-are-done"), "create/refused"}
	status, out, stderr := wirecheck(t, args...)
	if status != conformance.StatusFailed {
		t.Fatalf("status %d:\n%s%s", status, out, stderr)
	}
	for _, want := range []string{"CLIENT-10 (MUST)", "expected  the result of create: refused", "the client tells", "CREATE", "CLIENT   0 of 2"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing:\n%s", want, out)
		}
	}
	if strings.Contains(out, "open sesame") {
		t.Errorf("a password is shown:\n%s", out)
	}
	_, after, _ := strings.Cut(out, "again     wirecheck ")
	line, _, _ := strings.Cut(after, "\n")
	again := exec.Command("sh", "-c", quote(binary)+" "+line+" --patience 0.3")
	again.Env = append(os.Environ(), "WIRECHECK_TEST_TARGET=1")
	if b, err := again.CombinedOutput(); err == nil || !strings.Contains(string(b), "CLIENT-10 (MUST)") {
		t.Errorf("%q does not show it again: %v\n%s", line, err, b)
	}
}

func TestClientUsage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args   []string
		status conformance.Status
		want   string
	}{
		{[]string{"test", "--client", "--addr", "127.0.0.1:1"}, conformance.StatusUsage, "a client is started"},
		{[]string{"test", "--client", "--exec", "cat"}, conformance.StatusUsage, "where to connect"},
		{[]string{"test", "--client", "--exec", "cat {addr}", "--tls"}, conformance.StatusUsage, "without TLS"},
		{[]string{"test", "--client", "--exec", "cat {addr}", "crate"}, conformance.StatusNothing, "selects no case"},
		{[]string{"test", "--client", "--exec", "cat {addr}", "--drive", "/nowhere"}, conformance.StatusUsage, "/nowhere"},
		{[]string{"test", "--exec", "cat {addr}", "--drive", "x"}, conformance.StatusUsage, "give --client"},
		{[]string{"test", "--client", "--exec", "false {addr}", "create"}, conformance.StatusTarget, "cannot be judged"},
		{[]string{"list", "--client", "create"}, conformance.StatusOK, "chat-client/create/refused"},
		{[]string{"explain", "chat-client/create/refused"}, conformance.StatusOK, "CLIENT-10"},
		{[]string{"explain", "--driver"}, conformance.StatusOK, "driver.schema.json"},
		{[]string{"cover", "--client"}, conformance.StatusOK, "CLIENT-28"},
	} {
		status, out, stderr := wirecheck(t, c.args...)
		if status != c.status || !strings.Contains(out+stderr, c.want) {
			t.Errorf("%q: status %d, want %q:\n%s%s", c.args, status, c.want, out, stderr)
		}
	}
}

// TestClientKnown keeps a list of what a client is known to fail at, and runs what failed again.
func TestClientKnown(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	known, report := filepath.Join(dir, "known"), filepath.Join(dir, "run.json")
	judge := func(want conformance.Status, says, fault string, more ...string) {
		t.Helper()
		args := []string{"test", "--client", "--patience", "0.5", "--exec", execTarget("client", fault)}
		status, out, stderr := wirecheck(t, append(args, more...)...)
		if status != want || !strings.Contains(out+stderr, says) {
			t.Errorf("%q: status %d, want %d and %q:\n%s%s", more, status, want, says, out, stderr)
		}
	}
	const wrong, right = "refusals-are-done", "none"
	judge(conformance.StatusFailed, "1 FAIL of 2 cases", wrong, "create/refused", "create/done", "--report", "json="+report)
	judge(conformance.StatusFailed, "1 FAIL of 1 case in", wrong, "--rerun-failed="+report)
	judge(conformance.StatusOK, "1 PASS of 1 case in", right, "--rerun-failed="+report)
	judge(conformance.StatusOK, "1 XFAIL", wrong, "create/refused", "create/done", "--known", known, "--update-known")
	if text := read(t, known); !strings.HasPrefix(text, "chat-client/create/refused  ") || strings.Count(text, "\n") != 1 {
		t.Errorf("the list is %q", text)
	}
	judge(conformance.StatusOK, "1 XFAIL", wrong, "create/refused", "create/done", "--known", known)
	judge(conformance.StatusFailed, "1 XPASS", right, "create/refused", "create/done", "--known", known)
}

// TestFaster: whoever waits long for a client that starts slowly is told how to run less.
func TestFaster(t *testing.T) {
	t.Parallel()
	suite, err := (&suiteFlags{client: true}).load()
	if err != nil {
		t.Fatal(err)
	}
	if text := faster(time.Minute, suite.Cases); !strings.Contains(text, "--skip '*/derived/*'") {
		t.Errorf("a slow run is told %q", text)
	}
	rest, err := suite.Select(nil, []string{"*/derived/*"})
	if err != nil || len(rest) == 0 {
		t.Fatalf("%d cases are left: %v", len(rest), err)
	}
	if text := faster(time.Minute, rest) + faster(time.Second, suite.Cases); text != "" {
		t.Errorf("others are told %q", text)
	}
}
