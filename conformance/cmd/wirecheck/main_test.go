package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/peer"
	"github.com/wirelaw/wirelaw/spec"
)

// binary is wirecheck, built for what has to be seen from outside: exit statuses and signals.
var binary string

func TestMain(m *testing.M) {
	if addr := os.Getenv("WIRECHECK_TEST_TARGET"); addr != "" {
		os.Exit(beTarget())
	}
	dir, err := os.MkdirTemp("", "wirecheck-test-")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "wirecheck.exe")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		panic(fmt.Sprintf("%v\n%s", err, out))
	}
	os.Setenv("WIRECHECK_TEST_TARGET", "1")
	os.Setenv("XDG_CACHE_HOME", filepath.Join(dir, "cache"))
	status := m.Run()
	os.RemoveAll(dir)
	os.Exit(status)
}

// beTarget makes a target of the test binary: wirecheck.test WAY ADDR [PIDFILE].
func beTarget() int {
	p, err := spec.Chat()
	if err != nil {
		panic(err)
	}
	way, addr := os.Args[1], os.Args[2]
	if way == "client" {
		return beClient(p, addr, os.Args[3:])
	}
	if len(os.Args) > 3 {
		f, err := os.OpenFile(os.Args[3], os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			panic(err)
		}
		fmt.Fprintln(f, os.Getpid())
		f.Close()
	}
	switch way {
	case "dies":
		fmt.Println("out of luck")
		return 7
	case "child": // as go run does: the leader only waits for the one that serves
		cmd := exec.Command(os.Args[0], append([]string{"honest"}, os.Args[2:]...)...)
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		cmd.Run()
		return 0
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		panic(err)
	}
	var fault *peer.Fault
	if way == "crashes" {
		fault = &peer.Fault{Answer: func(_ *peer.Conn, r peer.Request, frame []byte) [][]byte {
			if r.Message != nil && r.Message.Name == "LIST" {
				fmt.Println("list: out of luck")
				os.Exit(9)
			}
			return [][]byte{frame}
		}}
	}
	once := func(r peer.Request) bool { // the pattern of chat/list/bad-pattern
		return r.Message != nil && r.Message.Name == "LIST" && r.Error != nil && bytes.Contains(r.Frame, []byte("abc\\"))
	}
	switch way {
	case "crashes-once":
		fault = &peer.Fault{Answer: func(_ *peer.Conn, r peer.Request, frame []byte) [][]byte {
			if once(r) {
				os.Exit(9)
			}
			return [][]byte{frame}
		}}
	case "hangs":
		fault = &peer.Fault{Answer: func(_ *peer.Conn, r peer.Request, frame []byte) [][]byte {
			if once(r) {
				select {} // the lock of the server is held
			}
			return [][]byte{frame}
		}}
	}
	peer.New(p, fault).Serve(ln)
	return 0
}

// wirecheck runs the program in this process and returns its status and what it said.
func wirecheck(t *testing.T, args ...string) (status conformance.Status, out, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // a backstop
	defer cancel()
	var o, e bytes.Buffer
	status = dispatch(ctx, &std{in: strings.NewReader(""), out: &o, err: &e}, args)
	if ctx.Err() != nil {
		t.Fatalf("wirecheck %q does not end", args)
	}
	if strings.Contains(e.String(), "goroutine ") {
		t.Errorf("wirecheck %q panics:\n%s", args, e.String())
	}
	return status, o.String(), e.String()
}

// outside runs the program as one of its own.
func outside(t *testing.T, args ...string) (status conformance.Status, out, stderr string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, args...)
	var o, e bytes.Buffer
	cmd.Stdout, cmd.Stderr = &o, &e
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return conformance.Status(cmd.ProcessState.ExitCode()), o.String(), e.String()
}

// TestStatus sees the exit status from outside.
func TestStatus(t *testing.T) {
	for want, args := range map[conformance.Status][]string{
		conformance.StatusOK: {"version"}, conformance.StatusUsage: {"tets"}, conformance.StatusNothing: {"list", "nothing-like-it"},
		conformance.StatusTarget: {"test", "--patience", "0.1", "--addr", "127.0.0.1:1", "ping/layout"},
	} {
		if status, out, stderr := outside(t, args...); status != want {
			t.Errorf("%q: status %d, want %d\n%s%s", args, status, want, out, stderr)
		}
	}
}

// execTarget is a value of --exec that starts this test binary.
func execTarget(way string, more ...string) string {
	return strings.Join(append([]string{quote(os.Args[0]), way, "{addr}"}, more...), " ")
}

func TestUsage(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	table := file("bad.yaml", "protocol: {id: x}\nnonsense: 1\n")
	stranger := file("stranger.txtar", "# SEND-1: x\nexec rm -rf /\n")
	known := file("known", "chat/none because\n")
	for _, c := range []struct {
		status conformance.Status
		want   string
		args   []string
	}{
		{conformance.StatusUsage, "Exit status", nil},
		{conformance.StatusOK, "Exit status", []string{"--help"}},
		{conformance.StatusOK, "--patience", []string{"test", "--help"}},
		{conformance.StatusOK, "wirecheck", []string{"version"}},
		{conformance.StatusUsage, `did you mean "test"`, []string{"tets"}},
		{conformance.StatusUsage, "did you mean --addr?", []string{"test", "--adr", "x"}},
		{conformance.StatusUsage, "wirecheck test --help", []string{"test", "--nonsense", "x"}},
		{conformance.StatusUsage, "either --addr", []string{"test"}},
		{conformance.StatusUsage, "either --addr", []string{"test", "--addr", "a:1", "--exec", "b {addr}"}},
		{conformance.StatusUsage, "HOST:PORT", []string{"test", "--addr", "localhost"}},
		{conformance.StatusUsage, "write {addr}", []string{"test", "--exec", "server"}},
		{conformance.StatusUsage, "a quote does not end", []string{"test", "--exec", "'server {addr}"}},
		{conformance.StatusUsage, "above 0", []string{"test", "--addr", "a:1", "--patience", "0"}},
		{conformance.StatusUsage, "at least 1", []string{"test", "--addr", "a:1", "-j", "0"}},
		{conformance.StatusUsage, "only html, junit, tap, json, md", []string{"test", "--addr", "a:1", "--report", "pdf=x"}},
		{conformance.StatusUsage, `did you mean "html"`, []string{"test", "--addr", "a:1", "--report", "htlm=x"}},
		{conformance.StatusUsage, "written twice", []string{"test", "--addr", "a:1", "--report", "json=" + dir + "/r", "--report", "md=" + dir + "/./r"}},
		{conformance.StatusUsage, "KIND=FILE", []string{"test", "--addr", "a:1", "--report", "json"}},
		{conformance.StatusUsage, "no such file", []string{"test", "--addr", "a:1", "--report", "json=" + dir + "/no/x"}},
		{conformance.StatusUsage, "no such file", []string{"test", "--addr", "a:1", "--spec", dir + "/none.yaml"}},
		{conformance.StatusUsage, "bad.yaml:2", []string{"test", "--addr", "a:1", "--spec", table}},
		{conformance.StatusUsage, "(did you mean " + strconv.Quote(table) + "?)", []string{"test", "--addr", "a:1", "--spec", dir + "/bda.yaml"}},
		{conformance.StatusUsage, "no such file", []string{"test", "--addr", "a:1", "--cases", dir + "/none"}},
		{conformance.StatusUsage, "no signature", []string{"test", "--addr", "a:1", "--known", known}},
		{conformance.StatusUsage, "no such file", []string{"test", "--addr", "a:1", "--ca", dir + "/none.pem"}},
		{conformance.StatusNothing, "selects no case", []string{"test", "--addr", "a:1", "SEND-999"}},
		{conformance.StatusNothing, "--skip leaves out all", []string{"test", "--addr", "a:1", "--skip", "**"}},
		{conformance.StatusNothing, "--skip leaves out all", []string{"list", "--skip", "**"}},
		{conformance.StatusNothing, "selects no case", []string{"list", "nonsense"}},
		{conformance.StatusUsage, "name the transcripts", []string{"replay", "--addr", "a:1"}},
		{conformance.StatusUsage, `there is no command "exec"`, []string{"replay", "--addr", "a:1", stranger}},
		{conformance.StatusUsage, "no such file", []string{"replay", "--addr", "a:1", dir + "/none.txtar"}},
		{conformance.StatusUsage, "(did you mean " + strconv.Quote(stranger) + "?)", []string{"replay", "--addr", "a:1", dir + "/strange.txtar"}},
		{conformance.StatusUsage, "wirecheck test runs cases", []string{"replay", "--addr", "a:1", "chat/send/ok-online"}},
		{conformance.StatusUsage, "name one", []string{"explain", "send"}},
		{conformance.StatusNothing, "selects no case", []string{"explain", "chat/send/none"}},
		{conformance.StatusOK, "chat/send/", []string{"list", "send"}},
		{conformance.StatusOK, "judged by wire", []string{"explain", "chat/ping/every-state"}},
		{conformance.StatusOK, "130 rules", []string{"cover"}},
		{conformance.StatusTarget, "nothing listens", []string{"test", "--addr", "127.0.0.1:1", "ping"}},
		{conformance.StatusTarget, "cannot be started", []string{"test", "--exec", dir + "/none {addr}", "ping"}},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			status, out, stderr := wirecheck(t, c.args...)
			if status != c.status || !strings.Contains(out+stderr, c.want) {
				t.Errorf("status %d, want %d with %q:\n%s%s", status, c.status, c.want, out, stderr)
			}
		})
	}
}
