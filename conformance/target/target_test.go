package target

import (
	"context"
	"errors"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestMain makes a target of the test binary: it accepts on its second argument.
func TestMain(m *testing.M) {
	switch os.Getenv("TARGET_TEST") {
	case "":
		os.Exit(m.Run())
	case "serve":
		os.WriteFile(os.Args[2]+"/life", append(read(os.Args[2]+"/life"), 'x'), 0o600)
		println("life", string(read(os.Args[2]+"/life")))
		ln, err := net.Listen("tcp", os.Args[1])
		if err != nil {
			panic(err)
		}
		for {
			if nc, err := ln.Accept(); err == nil {
				nc.Close()
			}
		}
	case "hang":
		select {}
	case "end":
		println("no luck today")
		os.Exit(3)
	}
}

func read(name string) []byte {
	b, _ := os.ReadFile(name)
	return b
}

func TestParseCommand(t *testing.T) {
	for _, c := range []struct {
		line string
		want []string
	}{
		{"a --x {addr}", []string{"a", "--x", "{addr}"}},
		{"  'a b'  \"c 'd'\"{port} ''", []string{"a b", "c 'd'{port}", ""}},
		{`a\b $HOME {host}:{port}`, []string{`a\b`, "$HOME", "{host}:{port}"}},
	} {
		got, err := ParseCommand(c.line)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, %v", c.line, got, err)
		}
	}
	for _, line := range []string{"", "  ", "server", "'a {addr}", "server {host} {dir}"} {
		if got, err := ParseCommand(line); err == nil {
			t.Errorf("%q: %q", line, got)
		}
	}
	c := Command{Words: []string{"{dir}/x", "{addr}", "{host}", "p={port}"}}
	if got := c.fill("127.0.0.1:80", "/d"); !slices.Equal(got, []string{"/d/x", "127.0.0.1:80", "127.0.0.1", "p=80"}) {
		t.Errorf("%q", got)
	}
}

func TestProcess(t *testing.T) {
	t.Setenv("TARGET_TEST", "serve")
	c := &Command{Words: []string{os.Args[0], "{addr}", "{dir}"}}
	p, err := c.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	first := p.Addr()
	for _, graceful := range []bool{false, true} {
		if err := p.Restart(t.Context(), graceful); err != nil {
			t.Fatal(err)
		}
		nc, err := p.Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		nc.Close()
	}
	if p.Dead() != nil || p.Addr() == "" {
		t.Errorf("%v at %q", p.Dead(), p.Addr())
	}
	if nc, err := net.Dial("tcp", first); err == nil && p.Addr() != first {
		nc.Close()
		t.Error("the first life goes on")
	}
	dir := p.dir
	p.Close()
	if p.Dead() == nil {
		t.Error("it lives after Close")
	}
	if out := p.Output(); !strings.Contains(out, "life xxx") {
		t.Errorf("the directory was not the same throughout: %q", out)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("the directory is left")
	}
}

func TestStartFails(t *testing.T) {
	for _, c := range []struct {
		way, want string
		patience  time.Duration
	}{
		{"end", "no luck today", 0},
		{"hang", "did not accept connections", 100 * time.Millisecond},
	} {
		t.Setenv("TARGET_TEST", c.way)
		_, err := (&Command{Words: []string{os.Args[0], "{addr}"}, Patience: c.patience}).Start(t.Context())
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.way, err)
		}
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(20*time.Millisecond, func() { cancel(errors.New("enough")) })
	if _, err := (&Command{Words: []string{os.Args[0], "{addr}"}}).Start(ctx); err == nil || !strings.Contains(err.Error(), "called off") {
		t.Errorf("called off: %v", err)
	}
}

func TestTail(t *testing.T) {
	var tl tail
	for range 1000 {
		tl.Write([]byte("0123456789"))
	}
	tl.Write([]byte("end"))
	if s := tl.String(); len(s) != tailSize || !strings.HasSuffix(s, "789end") {
		t.Errorf("%d bytes, %q", len(s), s[len(s)-10:])
	}
}
