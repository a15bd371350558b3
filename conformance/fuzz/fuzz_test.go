package fuzz

import (
	"context"
	"net"
	"slices"
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

// drip is a connection that writes every byte on its own, as a right server may.
type drip struct{ *net.TCPConn }

func (d drip) Write(b []byte) (int, error) {
	for i := range b {
		if n, err := d.TCPConn.Write(b[i : i+1]); err != nil {
			return i + n, err
		}
	}
	return len(b), nil
}

type dripListener struct{ net.Listener }

func (l dripListener) Accept() (net.Conn, error) {
	nc, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return drip{nc.(*net.TCPConn)}, nil
}

// TestOdd holds that a server that is right but odd has no finding.
func TestOdd(t *testing.T) {
	p := table(t)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := peer.New(p, nil)
	go s.Serve(dripListener{ln})
	t.Cleanup(s.Close)
	rep, err := Run(t.Context(), p, func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", ln.Addr().String())
	}, Options{Seed: 2, Sessions: 80})
	if err != nil || len(rep.Findings) > 0 {
		t.Errorf("%v, %+v", err, rep)
	}
}

// caught says how each fault of the model may be found out; the first is the plainest.
var caught = map[string][]kind{
	"wrong-id":             {kindID, kindMissing},
	"double-reply":         {kindID, kindExtra, kindReply},
	"missing-reply":        {kindID, kindReply, kindMissing},
	"wrong-error":          {kindReply},
	"limits-before-layout": {kindReply},
	"lenient":              {kindReply},
	"stateless":            {kindReply},
	"close-on-error":       {kindClosed},
	"silent-close":         {kindClosed},
	"no-close":             {kindExtra, kindOpen},
	"undecodable":          {kindUndecodable},
	"illegal-value":        {kindUndecodable},
	"cut":                  {kindUndecodable},
	"internal":             {kindFault},
	"leak":                 {kindLeak},
	"disturb":              {kindCanary, kindClosed, kindReset},
	"crash":                {kindCrash, kindClosed, kindReset, kindCanary},
	"early-push":           {kindPush},
	"disorder":             {kindMissing, kindID, kindReply, kindClosed},
	"deaf":                 {kindMissing, kindClosed},
	"last-word":            {kindExtra},
	"reset":                {kindReset, kindClosed},
	"no-effect":            {kindCanary, kindLeak},
}

// sticky are the faults that one session alone does not show for certain: one brings them about and another one shows them, they end
// the server, or they are a race.
var sticky = map[string]bool{"reset": true, "no-effect": true, "early-push": true, "crash": true, "disturb": true}

// TestFaults holds that the fuzzer finds out every fault of the model, and writes each as a transcript.
func TestFaults(t *testing.T) {
	p := table(t)
	for _, fault := range peer.Faults {
		t.Run(fault.Name, func(t *testing.T) {
			t.Parallel()
			rep, err := Run(t.Context(), p, serve(t, p, fault), Options{Seed: 1, Sessions: 600, MaxFindings: 1, Patience: 0.5})
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d sessions, %v", rep.Sessions, rep.Elapsed)
			if !rep.Failed() {
				t.Fatalf("not found out: %s", fault.Doc)
			}
			for _, f := range rep.Findings {
				t.Logf("%s (session %d, %d times, confirmed: %v, reproduced: %v, %d of %d frames)\n%s", f, f.Session, f.Count, f.Confirmed, f.Reproduced, f.Frames, f.Of, f.Transcript)
			}
			if f := rep.Findings[0]; !sticky[fault.Name] {
				replay(t, p, fault, f)
				if !f.Reproduced || f.Frames > 3 {
					t.Errorf("the transcript has %d of %d frames, reproduced: %v", f.Frames, f.Of, f.Reproduced)
				}
			}
			if f := rep.Findings[0]; !slices.Contains(caught[fault.Name], kind(f.Kind)) {
				t.Errorf("found out as %s", f)
			}
		})
	}
}
