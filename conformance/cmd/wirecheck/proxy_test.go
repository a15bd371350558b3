package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/peer"
	"github.com/wirelaw/wirelaw/spec"
)

const talkative = `{"cmd":"create","ref":1,"name":"alice","password":"open sesame"}
{"cmd":"login","ref":2,"name":"alice","password":"open sesame"}
{"cmd":"list","ref":3}
{"cmd":"logout","ref":4}
`

// TestProxy: a client and a server talk through the program, which tells what is wrong, and saves what replays.
func TestProxy(t *testing.T) {
	t.Parallel()
	p, err := spec.Chat()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		fault  *peer.Fault
		client *peer.ClientFault
		status conformance.Status
		want   []string
	}{
		{"honest", nil, nil, conformance.StatusOK, []string{"connections: 1,", "findings: 0"}},
		{"a wrong server", &peer.Fault{Answer: func(_ *peer.Conn, r peer.Request, frame []byte) [][]byte {
			if r.Message != nil && r.Message.Name == "LOGOUT" {
				return [][]byte{frame, frame}
			}
			return [][]byte{frame}
		}}, nil, conformance.StatusFailed, []string{"c1: the server", "FRAME-5", "LOGGED_OUT"}},
		{"a wrong client", nil, &peer.ClientFault{Name: "trailing"}, conformance.StatusFailed, []string{"c1: the client", "CLIENT-1", "MALFORMED", "[secret]"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			addr := model(t, c.fault, nil)
			cmd := exec.Command(binary, "proxy", "--to", addr, "--count", "1", "--save", dir, "--report", "json="+filepath.Join(dir, "r.json"))
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer cmd.Process.Kill()
			in := bufio.NewReader(stdout)
			first, err := in.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			at, _, _ := strings.Cut(first, " ")
			var told bytes.Buffer
			if err := peer.RunClient(t.Context(), p, c.client, at, strings.NewReader(talkative), &told); err != nil {
				t.Fatal(err)
			}
			out, _ := io.ReadAll(in)
			cmd.Wait()
			if status := conformance.Status(cmd.ProcessState.ExitCode()); status != c.status {
				t.Errorf("status %d:\n%s", status, out)
			}
			for _, want := range c.want {
				if !strings.Contains(string(out), want) {
					t.Errorf("%q is missing:\n%s", want, out)
				}
			}
			saved, err := os.ReadFile(filepath.Join(dir, "c1.txtar"))
			if err != nil || !strings.Contains(string(saved), "send a ") {
				t.Errorf("%q, %v", saved, err)
			}
			r, err := os.ReadFile(filepath.Join(dir, "r.json"))
			if err != nil || !strings.Contains(string(r), "proxy/c1") {
				t.Errorf("%q, %v", r, err)
			}
			if all := string(out) + string(saved) + string(r); strings.Contains(all, "open sesame") || strings.Contains(all, "6f70656e20736573616d65") {
				t.Errorf("a password is shown:\n%s", all)
			}
			if c.status == conformance.StatusOK {
				status, out, stderr := wirecheck(t, "replay", filepath.Join(dir, "c1.txtar"), "--addr", addr)
				if status != conformance.StatusOK {
					t.Errorf("replayed: status %d\n%s%s\n%s", status, out, stderr, saved)
				}
			}
		})
	}
	for _, args := range [][]string{{"proxy"}, {"proxy", "--to", "127.0.0.1:1", "x"}, {"proxy", "--to", "127.0.0.1:1", "--listen", "nowhere:x"}} {
		if status, _, stderr := wirecheck(t, args...); status != conformance.StatusUsage || stderr == "" {
			t.Errorf("%q: status %d, %s", args, status, stderr)
		}
	}
}
