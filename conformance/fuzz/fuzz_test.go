package fuzz

import (
	"context"
	"net"
	"testing"

	"github.com/wirelaw/wirelaw/conformance/peer"
	"github.com/wirelaw/wirelaw/spec"
)

func table(t testing.TB) *spec.Protocol {
	t.Helper()
	p, err := spec.Chat()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// serve starts a model server with a fault and returns how to reach it.
func serve(t testing.TB, p *spec.Protocol, fault *peer.Fault) Dialer {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := peer.New(p, fault)
	go s.Serve(ln)
	t.Cleanup(s.Close)
	return func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", ln.Addr().String())
	}
}

func TestHonest(t *testing.T) {
	p := table(t)
	rep, err := Run(t.Context(), p, serve(t, p, nil), Options{Seed: 1, Sessions: 800})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range rep.Findings {
		t.Errorf("%s (session %d, %d times)\n%s", f, f.Session, f.Count, f.Transcript)
	}
	t.Logf("%+v", rep)
}
