package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wirelaw/wirelaw/server"
	"github.com/wirelaw/wirelaw/server/store"
	"github.com/wirelaw/wirelaw/server/store/memory"
)

// The test binary is the program when it is run with this in its environment.
const beChat = "CHAT_TEST_BE_CHAT"

func TestMain(m *testing.M) {
	if os.Getenv(beChat) != "" {
		main()
	}
	os.Exit(m.Run())
}

// chat runs the program.
func chat(t *testing.T, stdin string, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = append(os.Environ(), beChat+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &errs
	err := cmd.Run()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// serve runs a server on l for a test.
func serve(t *testing.T, l net.Listener) {
	t.Helper()
	st := memory.Open(store.Options{})
	s := server.New(st, server.Options{})
	served := make(chan error, 1)
	go func() { served <- s.Serve(context.Background(), l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		s.Shutdown(ctx)
		<-served
		st.Close()
	})
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestUsage(t *testing.T) {
	l := listen(t)
	l.Close()
	tests := []struct {
		name        string
		args        []string
		status      int
		out, errors string
	}{
		{"help", []string{"--help"}, 0, "--password-file FILE", ""},
		{"version", []string{"--version"}, 0, "chat/", ""},
		{"unknown flag", []string{"--adr", "x"}, 2, "", "unknown flag: --adr"},
		{"argument", []string{"alice"}, 2, "", `"alice"`},
		{"no port", []string{"--addr", "localhost"}, 2, "", `--addr "localhost" is not HOST:PORT`},
		{"two faces", []string{"--line", "--json"}, 2, "", "exclude each other"},
		{"no password file", []string{"--password-file", "/nowhere/at/all"}, 2, "", "--password-file"},
		{"no ca", []string{"--ca", "/nowhere/at/all"}, 2, "", "--ca"},
		{"empty ca", []string{"--ca", file(t, "ca.pem", "x")}, 2, "", "there is no certificate"},
		{"no server", []string{"--addr", l.Addr().String()}, 1, "", "Is chatd running?"},
		{"no server for a program", []string{"--json", "--addr", l.Addr().String()}, 1, `{"event":"ended","message":"No server answers`, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			out, errs, status := chat(t, "", test.args...)
			if status != test.status || !strings.Contains(out, test.out) || !strings.Contains(errs, test.errors) {
				t.Errorf("status %d, printed %q, %q", status, out, errs)
			}
			if (test.out == "") != (out == "") || (test.errors == "") != (errs == "") {
				t.Errorf("printed to the wrong place: %q, %q", out, errs)
			}
		})
	}
}

func TestConversation(t *testing.T) {
	l := listen(t)
	serve(t, l)
	addr, password := l.Addr().String(), file(t, "password", "open sesame\n")
	_, errs, status := chat(t, "create alice\ncreate bob\nlogin alice\nsend bob hi\n", "--addr", addr, "--password-file", password)
	if status != 0 || errs != "" {
		t.Fatalf("status %d, %s", status, errs)
	}
	out, errs, status := chat(t, "", "--addr", addr, "--user", "bob", "--password-file", password)
	if status != 0 || errs != "" || !strings.HasSuffix(out, "alice: hi\n") {
		t.Errorf("status %d, %q, %q", status, out, errs)
	}
	if _, errs, status := chat(t, "send bob hi\n", "--addr", addr); status != 1 || !strings.Contains(errs, "not logged in") {
		t.Errorf("status %d, %q", status, errs)
	}
}

func TestTLS(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	ca := file(t, "ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	l := listen(t)
	serve(t, tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}))
	addr, password := l.Addr().String(), file(t, "password", "open sesame\n")

	out, errs, status := chat(t, "create alice\nlogin alice\nsend alice hi\n", "--addr", addr, "--ca", ca, "--password-file", password)
	if status != 0 || errs != "" || !strings.Contains(out, "alice: hi\n") {
		t.Errorf("status %d, %q, %q", status, out, errs)
	}
	if _, errs, status := chat(t, "", "--addr", addr, "--tls"); status != 1 || !strings.Contains(errs, "name the file of its authority with --ca") {
		t.Errorf("status %d, %q", status, errs)
	}
	if _, errs, status := chat(t, "", "--addr", addr); status != 1 || !strings.Contains(errs, "use --tls") {
		t.Errorf("status %d, %q", status, errs)
	}
}
