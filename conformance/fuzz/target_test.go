package fuzz

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wirelaw/wirelaw/conformance/peer"
)

// TestUnusable holds that a target that fails right requests is no finding but an error, found out soon.
func TestUnusable(t *testing.T) {
	p := table(t)
	tests := []struct {
		name  string
		serve func(net.Conn)
		want  string
	}{
		{"mute", func(nc net.Conn) { io.Copy(io.Discard, nc) }, "missing to HELLO: expected WELCOME or BAD_VERSION or BUSY, got silence"},
		{"closes", func(nc net.Conn) {}, "closed to HELLO"},
		{"echo", func(nc net.Conn) { io.Copy(nc, nc) }, "undecodable to HELLO"},
		{"text", func(nc net.Conn) { nc.Write([]byte("220 welcome to this server\r\n")); io.Copy(io.Discard, nc) }, "undecodable to HELLO"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer ln.Close()
			go func() {
				for {
					nc, err := ln.Accept()
					if err != nil {
						return
					}
					go func() {
						tt.serve(nc)
						nc.(*net.TCPConn).CloseWrite()
						io.Copy(io.Discard, nc)
						nc.Close()
					}()
				}
			}()
			dial := func(ctx context.Context) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, "tcp", ln.Addr().String())
			}
			_, err = Run(t.Context(), p, dial, Options{Sessions: 1, Patience: 0.05})
			var bad *TargetError
			if !errors.As(err, &bad) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
	_, err := Run(t.Context(), p, func(context.Context) (net.Conn, error) { return nil, errors.New("refused") }, Options{Sessions: 1})
	if err == nil || err.Error() != "it cannot be reached: refused" {
		t.Errorf("nobody listens: %v", err)
	}
}

// TestCalledOff holds that a run ends when its context does, or its time is up, without findings.
func TestCalledOff(t *testing.T) {
	p := table(t)
	dial := serve(t, p, nil)
	for _, after := range []int64{1, 10, 80} { // dials: while the target is prepared, and later
		ctx, cancel := context.WithCancel(t.Context())
		var dials atomic.Int64
		rep, err := Run(ctx, p, func(ctx context.Context) (net.Conn, error) {
			if dials.Add(1) == after {
				cancel()
			}
			return dial(ctx)
		}, Options{Sessions: 1 << 20})
		switch {
		case rep == nil && !errors.Is(err, context.Canceled):
			t.Errorf("called off at dial %d: %v", after, err)
		case rep != nil && (len(rep.Findings) > 0 || rep.Sessions > 1000):
			t.Errorf("called off at dial %d: %+v", after, rep)
		}
	}
	if rep, err := Run(t.Context(), p, dial, Options{For: 1}); err != nil || rep.Stopped == "" || len(rep.Findings) > 0 {
		t.Errorf("no time at all: %v, %+v", err, rep)
	}
	if rep, err := Run(t.Context(), p, dial, Options{For: time.Hour, Sessions: 16}); err != nil || rep.Sessions != 16 || rep.Stopped != "" {
		t.Errorf("time enough: %v, %+v", err, rep)
	}
}

// TestCrash holds that the session that ends the server is found among those that ran side by side, if the server can be
// started anew.
func TestCrash(t *testing.T) {
	p := table(t)
	var fault *peer.Fault
	for _, f := range peer.Faults {
		if f.Name == "crash" {
			fault = f
		}
	}
	dial := serve(t, p, fault)
	starts := 0
	rep, err := Run(t.Context(), p, func(ctx context.Context) (net.Conn, error) { return dial(ctx) }, Options{
		Seed: 3, Sessions: 600,
		Restart: func(context.Context) error {
			starts++
			dial = serve(t, p, fault)
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range rep.Findings {
		if f.Kind == string(kindCrash) && f.Confirmed && starts > 0 {
			for _, other := range rep.Findings {
				if !other.Confirmed {
					t.Errorf("what the crash has done stands beside it: %v", other)
				}
			}
			if !strings.HasSuffix(string(f.Transcript), "connect z\nfence z\n") {
				t.Errorf("the transcript does not look whether the server is there:\n%s", f.Transcript)
			}
			return
		}
	}
	t.Errorf("after %d starts: %+v", starts, rep)
}
