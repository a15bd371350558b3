//go:build !windows

package main

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wirelaw/wirelaw/conformance"
)

// gone fails the test if a process named in the file lives. One that was killed has closed its files a moment before it is gone.
func gone(t *testing.T, file string, least int) {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pids := strings.Fields(string(src))
	if len(pids) < least {
		t.Errorf("only %d processes were started", len(pids))
	}
	for _, text := range pids {
		pid, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(10 * time.Second); alive(pid) && time.Now().Before(end); {
			runtime.Gosched()
		}
		if alive(pid) {
			t.Errorf("the process %d was left behind", pid)
			syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

// alive reports whether a process runs. One that is dead and was not fetched by its parent does not.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(after, "Z")
}

// TestExec starts targets, also such that leave the work to a child, and looks for what is left of them.
func TestExec(t *testing.T) {
	for _, way := range []string{"honest", "child"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			pids := filepath.Join(t.TempDir(), "pids")
			status, out, stderr := wirecheck(t, "test", "--patience", "3", "--exec", execTarget(way, pids), "ping", "hello", "CREATE-3")
			if status != conformance.StatusOK || !strings.Contains(out, "PASS") || strings.Contains(stderr, "\x1b") {
				t.Errorf("status %d:\n%s%s", status, out, stderr)
			}
			gone(t, pids, 1)
		})
	}
	t.Run("dies", func(t *testing.T) {
		t.Parallel()
		report := filepath.Join(t.TempDir(), "r.xml")
		status, out, stderr := wirecheck(t, "test", "--exec", execTarget("dies"), "ping", "--report", "junit="+report)
		if status != conformance.StatusTarget || !strings.Contains(stderr, "exit status 7") || !strings.Contains(stderr, "out of luck") {
			t.Errorf("status %d:\n%s%s", status, out, stderr)
		}
		if text := read(t, report); !strings.Contains(text, "exit status 7") {
			t.Errorf("the report does not say why nothing was judged:\n%s", text)
		}
	})
	t.Run("crashes", func(t *testing.T) {
		t.Parallel()
		pids := filepath.Join(t.TempDir(), "pids")
		status, out, stderr := wirecheck(t, "test", "--patience", "3", "--exec", execTarget("crashes", pids), "chat/list", "chat/ping", "chat/hello")
		if status != conformance.StatusFailed || !strings.Contains(out, "The target died") || !strings.Contains(out, "list: out of luck") ||
			!strings.Contains(out, "Mend first: LIST") || strings.Contains(out, "2. FAIL") {
			t.Errorf("status %d:\n%s%s", status, out, stderr)
		}
		gone(t, pids, 1)
	})
	t.Run("lives again", func(t *testing.T) {
		t.Parallel()
		pids := filepath.Join(t.TempDir(), "pids")
		status, out, stderr := wirecheck(t, "test", "--patience", "3", "--exec", execTarget("crashes-once", pids), "chat/list/bad*", "chat/list/all", "chat/ping", "chat/hello", "chat/create")
		if status != conformance.StatusFailed || !strings.Contains(out, "The target died") || strings.Count(out, "FAIL chat/list/bad-pattern\n") != 1 ||
			!strings.Contains(out, ", 1 FAIL") || strings.Contains(out, "BLOCKED") || strings.Contains(out, "(it died") {
			t.Errorf("status %d:\n%s%s", status, out, stderr)
		}
		gone(t, pids, 2)
	})
	t.Run("hangs", func(t *testing.T) {
		t.Parallel()
		pids := filepath.Join(t.TempDir(), "pids")
		status, out, stderr := wirecheck(t, "test", "--patience", "0.2", "--exec", execTarget("hangs", pids), "chat/list/bad*", "chat/list/all", "chat/ping", "chat/hello", "chat/create")
		if status != conformance.StatusFailed || !strings.Contains(out, "The target died: it hangs") || !strings.Contains(out, "FAIL chat/list/bad-pattern\n") ||
			!strings.Contains(out, ", 1 FAIL") || strings.Contains(out, "BLOCKED") || strings.Contains(out, "(it died") {
			t.Errorf("status %d:\n%s%s", status, out, stderr)
		}
		gone(t, pids, 2)
	})
	t.Run("interrupt", func(t *testing.T) {
		t.Parallel()
		pids := filepath.Join(t.TempDir(), "pids")
		// A case that waits for good: the model keeps the connection open.
		wait := filepath.Join(t.TempDir(), "wait.txtar")
		if err := os.WriteFile(wait, []byte("# PING-1: waits\nconnect a\nfence a\nexpect-close a @within=60s\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(binary, "replay", "--exec", execTarget("child", pids), wait)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		until(t, func() bool {
			src, _ := os.ReadFile(pids)
			return strings.Count(string(src), "\n") == 2
		})
		cmd.Process.Signal(os.Interrupt)
		for s := bufio.NewScanner(out); s.Scan(); {
			t.Log(s.Text())
		}
		cmd.Wait()
		if code := cmd.ProcessState.ExitCode(); code != int(conformance.StatusFailed) && code != int(conformance.StatusTarget) {
			t.Errorf("status %d", code)
		}
		gone(t, pids, 2)
	})
}

// until waits for something that another process does.
func until(t *testing.T, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(time.Minute); !ok(); <-tick.C {
		if time.Now().After(end) {
			t.Fatal("it does not happen")
		}
	}
}

// TestReplay runs files, and shows what a failure tells.
func TestReplay(t *testing.T) {
	addr := model(t, nil, nil)
	file := filepath.Join(t.TempDir(), "mine.txtar")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("# HELLO-1: a version is agreed on\nfresh name alice\naccount $alice\nconnect a\nlogin a $alice\nfence a\n")
	if status, out, stderr := wirecheck(t, "replay", "--addr", addr, file); status != conformance.StatusOK {
		t.Errorf("status %d:\n%s%s", status, out, stderr)
	}
	write("# HELLO-1: a version is agreed on\nconnect a\nsend a HELLO\nexpect a WELCOME agent=nobody\n")
	status, out, stderr := wirecheck(t, "replay", "--addr", addr, file)
	for _, want := range []string{
		"HELLO-1 (MUST): WELCOME names a version", ":4: expect a WELCOME agent=nobody", "WELCOME with agent=nobody", "differs   first in agent, at offset",
		"agent.length", "wirecheck replay --addr " + addr + " " + file, "Mend first: HELLO",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not told", want)
		}
	}
	if status != conformance.StatusFailed || t.Failed() {
		t.Errorf("status %d:\n%s%s", status, out, stderr)
	}
}

func TestTLS(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	addr := model(t, nil, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}})
	if status, out, stderr := wirecheck(t, "test", "--patience", "3", "--addr", addr, "--ca", ca, "ping", "deliver", "frame"); status != conformance.StatusOK {
		t.Errorf("status %d:\n%s%s", status, out, stderr)
	}
	status, out, stderr := wirecheck(t, "test", "--patience", "0.3", "--addr", addr, "ping")
	if status != conformance.StatusTarget || !strings.Contains(out, "--tls") {
		t.Errorf("without --tls: status %d:\n%s%s", status, out, stderr)
	}
	status, out, stderr = wirecheck(t, "test", "--addr", addr, "--tls", "ping")
	if status != conformance.StatusTarget || !strings.Contains(out, "certificate") {
		t.Errorf("without --ca: status %d:\n%s%s", status, out, stderr)
	}
}
