package fuzz

import (
	"context"
	"io"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// A front stands before a model server and sees the frames that arrive together. rule says what becomes of them: whether they are passed
// on at all, and how many of the frames that the server sends next are lost.
type front struct {
	net.Listener
	c    *dynamic.Codec
	dial Dialer
	rule func(together []*spec.Message) (pass bool, lose int)
}

// serveFront starts a front and returns how to reach it.
func serveFront(t *testing.T, p *spec.Protocol, rule func([]*spec.Message) (bool, int)) Dialer {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &front{Listener: ln, c: dynamic.New(p), dial: serve(t, p, nil), rule: rule}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			go f.serve(nc)
		}
	}()
	return func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", ln.Addr().String())
	}
}

func (f *front) serve(client net.Conn) {
	defer client.Close()
	server, err := f.dial(context.Background())
	if err != nil {
		return
	}
	defer server.Close()
	lost := make(chan int, 1<<16)
	done := make(chan struct{})
	go func() {
		defer close(done)
		l := newLink(server, f.c, 1<<40)
		for lose := 0; ; {
			frame, err := l.next(context.Background())
			for more := true; more; {
				select {
				case n := <-lost:
					lose += n
				default:
					more = false
				}
			}
			switch {
			case err != nil:
				client.(*net.TCPConn).CloseWrite()
				return
			case lose > 0:
				lose--
			default:
				client.Write(frame)
			}
		}
	}()
	buf := make([]byte, 1<<16)
	var rest []byte
	for {
		n, err := client.Read(buf)
		if err != nil {
			break
		}
		var together []*spec.Message
		rest = append(rest, buf[:n]...)
		for {
			size, err := f.c.Split(nil, spec.FromClient, rest)
			if size == 0 || err != nil {
				break
			}
			together = append(together, f.c.Lookup(spec.FromClient, f.c.ParseHeader(rest).Opcode))
			rest = rest[size:]
		}
		pass, lose := f.rule(together)
		if !pass {
			client.(*net.TCPConn).CloseWrite()
			io.Copy(io.Discard, client)
			return
		}
		lost <- lose
		server.Write(buf[:n])
	}
	server.(*net.TCPConn).CloseWrite()
	<-done
}

// TestTogether holds that what comes of frames that arrive together is written so that it comes again: the request that gets no answer
// alone is not to blame.
func TestTogether(t *testing.T) {
	p := table(t)
	tests := []struct {
		name     string
		patience float64
		rule     func([]*spec.Message) (bool, int)
	}{
		{"closes for something two frames later", 0.2, func(m []*spec.Message) (bool, int) {
			return len(m) < 3 || !slices.Contains(m[2:], nil), 0
		}},
		{"loses a reply under pipelining", 0.2, func(m []*spec.Message) (bool, int) {
			if len(m) > 2 {
				return true, 1
			}
			return true, 0
		}},
		{"loses all replies under pipelining", 0.1, func(m []*spec.Message) (bool, int) {
			if len(m) > 2 {
				return true, 1 << 20
			}
			return true, 0
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rep, err := Run(t.Context(), p, serveFront(t, p, tt.rule), Options{Seed: 2, Sessions: 1500, MaxFindings: 1, Patience: tt.patience})
			if err != nil {
				t.Fatal(err)
			}
			if len(rep.Findings) == 0 {
				t.Fatal("not found out")
			}
			f := rep.Findings[0]
			t.Logf("%s (%d of %d frames, reproduced: %v)\n%s", f, f.Frames, f.Of, f.Reproduced, f.Transcript)
			if !f.Reproduced || !strings.Contains(string(f.Transcript), "\n# "+noteFails+"\n") || f.Frames > 6 {
				t.Errorf("%d of %d frames, reproduced: %v", f.Frames, f.Of, f.Reproduced)
			}
			honest(t, p, f)
		})
	}
}

// TestGone holds that a transcript that does not fail when it is replayed says so, and so does the finding.
func TestGone(t *testing.T) {
	p := table(t)
	var hits atomic.Int64
	rep, err := Run(t.Context(), p, serveFront(t, p, func(m []*spec.Message) (bool, int) {
		return !slices.Contains(m, nil) || hits.Add(1) > 2, 0
	}), Options{Seed: 2, Sessions: 200, Patience: 0.3})
	if err != nil || len(rep.Findings) == 0 {
		t.Fatal(err, rep)
	}
	for _, f := range rep.Findings {
		if f.Reproduced || !strings.Contains(string(f.Transcript), "\n# "+notePasses+"\n") {
			t.Errorf("%s, reproduced: %v\n%s", f, f.Reproduced, f.Transcript)
		}
		honest(t, p, f)
	}
}
