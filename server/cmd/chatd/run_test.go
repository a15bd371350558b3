package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wirelaw/wirelaw/codec/chat"
)

// environment is a lookup in pairs of name and value.
func environment(pairs ...string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1], true
			}
		}
		return "", false
	}
}

// try runs chatd in this process, with a context that is done, so that it ends
// as soon as it has started.
func try(t *testing.T, env func(string) (string, bool), args ...string) (status int, out, errs string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var stdout, stderr bytes.Buffer
	status = run(ctx, args, env, &stdout, &stderr)
	return status, stdout.String(), stderr.String()
}

func TestWrongUse(t *testing.T) {
	for _, tt := range []struct {
		args string
		want string
	}{
		{"--nonsense", "unknown flag: --nonsense"},
		{"serve", `not "serve"`},
		{"--store tape", `not "tape"`},
		{"--log-level loud", `not "loud"`},
		{"--log-format xml", `not "xml"`},
		{"--inbox 0", "--inbox is between 256 and"},
		{"--inbox many", "--inbox"},
		{"--max-conns 0", "--max-conns is at least 1"},
		{"--window 65536", "--window is between 16 and 65535"},
		{"--key-retention 59m", "--key-retention is at least 1h"},
		{"--token-life 0s", "--token-life is at least 1s"},
		{"--tls-cert x", "--tls-cert and --tls-key go together"},
		{"--listen nowhere", `not "nowhere"`},
		{"--listen 127.0.0.1:99999", `not "127.0.0.1:99999"`},
		{"--listen 0.0.0.0:0", "--allow-plaintext"},
		{"--listen :0", "--allow-plaintext"},
		{"--store disk", "--data"},
	} {
		args := strings.Fields(tt.args)
		if !strings.Contains(tt.args, "--store") {
			args = append(args, "--store", "memory")
		}
		if !strings.Contains(tt.args, "--listen") {
			args = append(args, "--listen", "127.0.0.1:0")
		}
		status, out, errs := try(t, environment(), args...)
		if status != 2 || !strings.Contains(errs, tt.want) || out != "" || strings.Count(errs, "\n") != 1 {
			t.Errorf("chatd %s: status %d, %q, want 2 and %q", tt.args, status, errs, tt.want)
		}
	}
}

func TestHelp(t *testing.T) {
	status, out, errs := try(t, environment(), "--help")
	if status != 0 || errs != "" || !strings.Contains(out, "--allow-plaintext") {
		t.Errorf("status %d, %q, %q", status, out, errs)
	}
	status, out, _ = try(t, environment(), "--version")
	if status != 0 || !strings.HasPrefix(out, "chatd/") {
		t.Errorf("status %d, %q", status, out)
	}
}

// Flags win over the environment, the environment over the defaults.
func TestEnvironment(t *testing.T) {
	env := environment("CHATD_STORE", "memory", "CHATD_INBOX", "700", "CHATD_LOG_LEVEL", "warn", "CHATD_ALLOW_PLAINTEXT", "true")
	c, err := parse([]string{"--inbox", "800"}, env)
	if err != nil || c.store != "memory" || c.inbox != 800 || c.logLevel != slog.LevelWarn || !c.plaintext || c.window != 256 {
		t.Errorf("parse = %+v, %v", c, err)
	}
	_, err = parse(nil, environment("CHATD_INBOX", "seven"))
	if err == nil || !strings.Contains(err.Error(), `CHATD_INBOX cannot be "seven"`) {
		t.Errorf("a wrong variable: %v", err)
	}
}

func TestUnusable(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	file := filepath.Join(t.TempDir(), "file")
	foreign := t.TempDir()
	for _, f := range []string{file, filepath.Join(foreign, "letter")} {
		if err := os.WriteFile(f, []byte("dear"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"--listen", taken.Addr().String(), "--store", "memory"}, "is in use by another program"},
		{[]string{"--data", file}, file},
		{[]string{"--data", foreign}, "is not chatd's"},
		{[]string{"--store", "memory", "--tls-cert", "missing", "--tls-key", "missing"}, "the certificate cannot be used: open missing"},
	} {
		args := append([]string{"--listen", "127.0.0.1:0"}, tt.args...)
		status, _, errs := try(t, environment(), args...)
		if status != 1 || !strings.Contains(errs, tt.want) || !strings.HasPrefix(errs, "chatd: ") || strings.Count(errs, "\n") != 1 {
			t.Errorf("chatd %q: status %d, %q, want 1 and %q", tt.args, status, errs, tt.want)
		}
	}
}

// background runs chatd in this process until the test ends, and returns where
// it listens.
func background(t *testing.T, args ...string) (addr string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, append([]string{"--listen", "127.0.0.1:0", "--log-format", "json"}, args...), environment(), io.Discard, w)
		w.Close()
	}()
	var entry struct{ Msg string }
	dec := json.NewDecoder(r)
	if err := dec.Decode(&entry); err != nil {
		t.Fatal(err)
	}
	go func() { io.Copy(io.Discard, dec.Buffered()); io.Copy(io.Discard, r) }()
	t.Cleanup(func() {
		cancel()
		if status := <-done; status != 0 {
			t.Errorf("chatd ended with status %d", status)
		}
	})
	return strings.TrimPrefix(entry.Msg, "listening on ")
}

func TestSecondServerOnTheSameData(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	addr := background(t, "--data", dir)
	if _, err := register(addr, "alice"); err != nil {
		t.Fatal(err)
	}
	status, _, errs := try(t, environment(), "--listen", "127.0.0.1:0", "--data", dir)
	if status != 1 || !strings.Contains(errs, "is in use by another chatd") {
		t.Errorf("status %d, %q", status, errs)
	}
	c, err := dial(addr) // the first one goes on
	if err != nil {
		t.Fatal(err)
	}
	defer c.nc.Close()
	if _, err := c.call(&chat.Login{Name: "alice", Password: password, Window: 1}); err != nil {
		t.Error(err)
	}
}

// features are what a server announces.
func features(t *testing.T, addr string) chat.Features {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	c := &client{nc, chat.NewReader(nc)}
	m, err := c.call(&chat.Hello{Lowest: 1, Highest: 1, Keepalive: 9})
	if err != nil {
		t.Fatal(err)
	}
	return m.(*chat.Welcome).Features
}

func TestFeatures(t *testing.T) {
	const common = chat.FeatureResume | chat.FeatureRegex | chat.FeatureUnicodeNames
	if got := features(t, background(t, "--store", "memory")); got != common {
		t.Errorf("memory announces %v", got)
	}
	if got := features(t, background(t, "--data", t.TempDir()+"/x")); got != common|chat.FeatureDurable {
		t.Errorf("disk announces %v", got)
	}
}

// writeCertificate makes a certificate of that serial number for loopback.
func writeCertificate(t *testing.T, dir string, serial int64) (cert, key string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		at := time.Unix(1_700_000_000+serial, 0) // changes, however coarse the clock of the disk is
		if err := os.Chtimes(file, at, at); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

func TestTLS(t *testing.T) {
	dir := t.TempDir()
	cert, key := writeCertificate(t, dir, 1)
	addr := background(t, "--store", "memory", "--tls-cert", cert, "--tls-key", key)
	serial := func() int64 {
		nc, err := tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		c := &client{nc, chat.NewReader(nc)}
		if _, err := c.call(&chat.Hello{Lowest: 1, Highest: 1, Keepalive: 9}); err != nil {
			t.Fatal(err)
		}
		if err := c.post(2, &chat.Ping{}); err != nil {
			t.Fatal(err)
		}
		if err := nc.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if id, m, err := c.read(); err != nil || id != 2 || m.Opcode() != chat.OpPong {
			t.Errorf("got %d %v, %v after the end of our side", id, m, err)
		}
		if _, _, err := c.read(); err != io.EOF {
			t.Errorf("the end is %v", err)
		}
		return nc.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
	}
	if got := serial(); got != 1 {
		t.Errorf("serial number %d", got)
	}
	writeCertificate(t, dir, 2)
	if got := serial(); got != 2 {
		t.Errorf("serial number %d after a renewal", got)
	}
	if err := os.WriteFile(cert, []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := serial(); got != 2 {
		t.Errorf("serial number %d after damage", got)
	}
}

// Who speaks plaintext to a server of TLS is not served.
func TestPlaintextToTLS(t *testing.T) {
	cert, key := writeCertificate(t, t.TempDir(), 1)
	addr := background(t, "--store", "memory", "--tls-cert", cert, "--tls-key", key)
	if _, err := dial(addr); err == nil {
		t.Error("it was served")
	}
}

func TestDataDirectory(t *testing.T) {
	home := t.TempDir()
	dir, err := dataDirectory(environment("HOME", home, "LOCALAPPDATA", home))
	if err != nil || !strings.HasPrefix(dir, home) || filepath.Base(dir) != "chatd" {
		t.Errorf("dataDirectory = %q, %v", dir, err)
	}
	if _, err := dataDirectory(environment("HOME", "relative")); err == nil {
		t.Error("a relative home was taken")
	}
}
