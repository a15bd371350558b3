package proxy

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/peer"
	"github.com/wirelaw/wirelaw/conformance/run"
	"github.com/wirelaw/wirelaw/conformance/script"
	"github.com/wirelaw/wirelaw/conformance/target"
	"github.com/wirelaw/wirelaw/spec"
	"github.com/wirelaw/wirelaw/testdata"
)

func chat(t testing.TB) *spec.Protocol {
	t.Helper()
	p, err := spec.Chat()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	return ln
}

// between starts a proxy to addr and returns its address. What it finds and saves is complete after stop.
func between(t testing.TB, o Options, addr string) (at string, stop func()) {
	t.Helper()
	if o.Dial == nil {
		o.Dial = func(ctx context.Context) (net.Conn, error) { return target.Transport{}.Dial(ctx, addr) }
	}
	ctx, cancel := context.WithCancel(context.Background())
	ln := listen(t)
	done := make(chan error, 1)
	go func() { done <- New(o).Serve(ctx, ln) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
	t.Cleanup(stop)
	return ln.Addr().String(), stop
}

// model serves an honest model server.
func model(t testing.TB, p *spec.Protocol) string {
	t.Helper()
	ln := listen(t)
	s := peer.New(p, nil)
	go s.Serve(ln)
	t.Cleanup(s.Close)
	return ln.Addr().String()
}

// TestBytesPass: whatever they are, in both directions, and the ends of the streams too.
func TestBytesPass(t *testing.T) {
	server := listen(t)
	go func() {
		for {
			nc, err := server.Accept()
			if err != nil {
				return
			}
			go func() {
				b, _ := io.ReadAll(nc) // until the client ends its side
				nc.Write(b)
				nc.Close()
			}()
		}
	}()
	addr, stop := between(t, Options{Codec: dynamic.New(chat(t))}, server.Addr().String())
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			r := rand.New(rand.NewPCG(1, uint64(n)))
			sent := make([]byte, 300_000)
			for i := range sent {
				sent[i] = byte(r.Uint32())
			}
			if n%2 == 0 {
				copy(sent, bytes.Repeat([]byte{0x0b, 0, 0, 0, 0, 0, 0, 1}, 1000)) // frames, as far as they go
			}
			nc, err := net.Dial("tcp", addr)
			if err != nil {
				t.Error(err)
				return
			}
			defer nc.Close()
			for rest := sent; len(rest) > 0; {
				k := min(len(rest), 1+r.IntN(5000))
				if _, err := nc.Write(rest[:k]); err != nil {
					t.Error(err)
					return
				}
				rest = rest[k:]
			}
			nc.(*net.TCPConn).CloseWrite()
			got, err := io.ReadAll(nc)
			if err != nil || !bytes.Equal(got, sent) {
				t.Errorf("%d: %d of %d bytes came back, %v", n, len(got), len(sent), err)
			}
		})
	}
	all.Wait()
	stop()
}

// every says which of the cases that follow from the table go through the proxy: each of so many.
const every = 17

// TestSuiteThroughProxy: the server suite, which sends whatever is wrong, passes as it would without the proxy; and an honest server is
// never blamed.
func TestSuiteThroughProxy(t *testing.T) {
	p := chat(t)
	suite, err := run.Load(p, testdata.Transcripts(p.ID), "testdata/transcripts/"+p.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := suite.Derive(); err != nil {
		t.Fatal(err)
	}
	var cases []*run.Case
	for i, c := range suite.Cases { // those that follow from the table resemble each other
		if !c.Derived() || i%every == 0 {
			cases = append(cases, c)
		}
	}
	blamed := 0
	clients := 0
	at, stop := between(t, Options{Codec: dynamic.New(p), Tell: func(f Finding) {
		if clients++; f.Side == spec.FromServer {
			if blamed++; blamed < 10 {
				t.Errorf("an honest server is blamed (%s): expected %s, got %s: %x", f.Rule, f.Expected, f.Got, f.Event.Frame)
			}
		}
	}}, model(t, p))
	r, err := run.Judge(t.Context(), &run.Options{
		Suite: suite, Cases: cases, Target: &target.Remote{Address: at}, RunID: "proxy", Jobs: 16, Dir: t.TempDir(), Patience: 3,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, res := range r.Results {
		if res.Verdict == conformance.Fail || res.Verdict == conformance.Error {
			t.Errorf("%s: %s %+v", res.Case.ID, res.Reason, res.Finding)
		}
	}
	stop()
	if clients == 0 {
		t.Error("no wrong frame of the suite was noticed")
	}
}

// TestSavedTranscriptsReplay: what a client has said is saved so that it runs again, without its secrets.
func TestSavedTranscriptsReplay(t *testing.T) {
	p := chat(t)
	var saved []string
	addr := model(t, p)
	at, stop := between(t, Options{Codec: dynamic.New(p), Done: func(c *Conn) { saved = append(saved, c.Script()) }}, addr)
	talk(t, p, at, `{"cmd":"create","ref":1,"name":"Alice","password":"open sesame"}
{"cmd":"create","ref":2,"name":"alice","password":"open sesame"}
{"cmd":"create","ref":3,"name":"bob","password":"open sesame","again":"open season"}
{"cmd":"create","ref":4,"name":"bob","password":"short"}
{"cmd":"login","ref":5,"name":"alice","password":"wrong horse"}
{"cmd":"login","ref":6,"name":"alice","password":"open sesame"}
{"cmd":"list","ref":7,"by":"wildcard","pattern":"a*"}
{"cmd":"send","ref":8,"to":"alice","text":"it's \"me\" é"}
{"cmd":"send","ref":9,"to":"nobody","text":"x"}
{"cmd":"send","ref":10,"to":"two words","text":"x"}
{"cmd":"sync","ref":11}
{"cmd":"logout","ref":12}
{"cmd":"exit","ref":13}
`)
	talk(t, p, at, `{"cmd":"login","ref":1,"name":"ALICE","password":"open sesame"}
{"cmd":"sync","ref":2}
{"cmd":"delete","ref":3,"name":"bob"}
{"cmd":"delete","ref":4,"name":"alice"}
{"cmd":"exit","ref":5}
`)
	stop()
	if len(saved) != 2 {
		t.Fatalf("%d connections were saved", len(saved))
	}
	reader, err := script.NewReader(p, "no macros", "")
	if err != nil {
		t.Fatal(err)
	}
	replay := &run.Suite{Protocol: p, Reader: reader}
	for _, s := range saved {
		for _, secret := range []string{"open sesame", "open season", "wrong horse", "short"} {
			if strings.Contains(s, secret) {
				t.Errorf("the secret %q is saved:\n%s", secret, s)
			}
		}
		for i := range 2 { // and again: the names are new
			if err := replay.Add("saved"+string(rune('0'+len(replay.Cases))), "saved", []byte(s)); err != nil {
				t.Fatalf("%v\n%s", err, s)
			}
			_ = i
		}
	}
	r, err := run.Judge(t.Context(), &run.Options{
		Suite: replay, Cases: replay.Cases, Target: &target.Remote{Address: addr}, RunID: "replay", Dir: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, res := range r.Results {
		if res.Verdict != conformance.Pass {
			t.Errorf("%s: %s %s %+v\n%s", res.Case.ID, res.Verdict, res.Reason, res.Finding, res.Case.Source)
		}
	}
}

// talk runs a model client.
func talk(t testing.TB, p *spec.Protocol, addr, commands string) {
	t.Helper()
	var out bytes.Buffer
	if err := peer.RunClient(t.Context(), p, nil, addr, strings.NewReader(commands), &out); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), `"ok":true`) {
		t.Fatalf("the client did nothing: %s", out.String())
	}
}
