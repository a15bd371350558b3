package main

import (
	"crypto/rand"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/peer"
	"github.com/wirelaw/wirelaw/spec"
)

// listen serves each connection with f for the length of the test.
func listen(t *testing.T, f func(net.Conn)) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer nc.Close()
				f(nc)
			}()
		}
	}()
	return ln.Addr().String()
}

// answers sends b for everything that comes.
func answers(b string) func(net.Conn) {
	return func(nc net.Conn) {
		buf := make([]byte, 4096)
		for {
			if _, err := nc.Read(buf); err != nil {
				return
			}
			io.WriteString(nc, b)
		}
	}
}

// TestForeign holds wirecheck against servers that are not ours: each is found out, with a word about what is wrong.
func TestForeign(t *testing.T) {
	for _, c := range []struct {
		name string
		f    func(net.Conn)
		want string
	}{
		{"mute", func(nc net.Conn) { io.Copy(io.Discard, nc) }, "does not answer HELLO"},
		{"closes", func(nc net.Conn) {}, "instead of answering HELLO"},
		{"echo", func(nc net.Conn) { io.Copy(nc, nc) }, "echo"},
		{"random", func(nc net.Conn) {
			io.CopyN(nc, rand.Reader, 256)
			io.Copy(io.Discard, nc)
		}, "hint:"},
		{"endless", func(nc net.Conn) { io.Copy(nc, rand.Reader) }, "hint:"},
		{"zeros", answers(strings.Repeat("\x00", 64)), "no message of a server has opcode 0x0"},
		{"text", answers("220 mail ready\r\n"), "answers with text"},
		{"HTTP", answers("HTTP/1.1 400 Bad Request\r\n\r\n"), "looks like a web server"},
		{"TLS", answers("\x15\x03\x01\x00\x02\x02\x46"), "try --tls"},
		{"little endian", answers("\x81\x24\x00\x00\x00\x00\x00\x01\x00\x01\x0bchatd/devel\x00\x00\x00\x0f\x00\x3c\x00\x00\x27\x10\x01\xf4\x01\x00\x00\x00\x0e\x10\x00\x01\x51\x80"), "little-endian"},
		{"length counts the header", answers("\x81\x00\x00\x2c\x00\x00\x00\x01\x00\x01\x0bchatd/devel\x00\x00\x00\x0f\x00\x3c\x00\x00\x27\x10\x01\xf4\x01\x00\x00\x00\x0e\x10\x00\x01\x51\x80"), "counted the header"},
		{"no id", answers("\x81\x00\x00\x24\x00\x01\x0bchatd/devel\x00\x00\x00\x0f\x00\x3c\x00\x00\x27\x10\x01\xf4\x01\x00\x00\x00\x0e\x10\x00\x01\x51\x80"), "had no id"},
		{"another id", answers("\x81\x00\x00\x24\x00\x00\x00\x09\x00\x01\x0bchatd/devel\x00\x00\x00\x0f\x00\x3c\x00\x00\x27\x10\x01\xf4\x01\x00\x00\x00\x0e\x10\x00\x01\x51\x80"), "bears the id 9"},
		{"refuses", answers("\xff\x00\x00\x06\x00\x00\x00\x01\x00\x17\x00\x02no"), "BUSY"},
		{"waits for little endian", func(nc net.Conn) {
			var head [8]byte
			if _, err := io.ReadFull(nc, head[:]); err != nil {
				return
			}
			n := int64(head[1]) | int64(head[2])<<8 | int64(head[3])<<16
			if _, err := io.CopyN(io.Discard, nc, n); err == nil {
				io.WriteString(nc, "\x81\x24\x00\x00\x01\x00\x00\x00")
			}
			io.Copy(io.Discard, nc)
		}, "little-endian"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			status, out, stderr := wirecheck(t, "test", "--patience", "0.3", "--addr", listen(t, c.f))
			if status != conformance.StatusTarget || !strings.Contains(out, c.want) {
				t.Errorf("status %d, want %q:\n%s%s", status, c.want, out, stderr)
			}
		})
	}
}

// model serves the model server with a fault, over TLS if config is not nil.
func model(t *testing.T, fault *peer.Fault, config *tls.Config) string {
	t.Helper()
	p, err := spec.Chat()
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := peer.New(p, fault)
	if config != nil {
		ln = tls.NewListener(ln, config)
	}
	go s.Serve(ln)
	t.Cleanup(s.Close)
	return ln.Addr().String()
}

// TestSilentAfterLogin holds wirecheck against a server that does well and then says nothing more.
func TestSilentAfterLogin(t *testing.T) {
	t.Parallel()
	addr := model(t, &peer.Fault{Answer: func(_ *peer.Conn, r peer.Request, frame []byte) [][]byte {
		if r.State.Name == "member" {
			return nil
		}
		return [][]byte{frame}
	}}, nil)
	status, out, stderr := wirecheck(t, "test", "--patience", "0.3", "--addr", addr)
	if status != conformance.StatusFailed || !strings.Contains(out, "gets no answer") || !strings.Contains(out, "Mend first") {
		t.Errorf("status %d:\n%s%s", status, out, stderr)
	}
	if n := strings.Count(out, "\n"); n > 600 {
		t.Errorf("the report has %d lines", n)
	}
}
