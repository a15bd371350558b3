package run_test

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/peer"
	"github.com/wirelaw/wirelaw/conformance/run"
	"github.com/wirelaw/wirelaw/conformance/target"
	"github.com/wirelaw/wirelaw/spec"
	"github.com/wirelaw/wirelaw/testdata"
)

// Flags to look for cases that depend on time:
//
//	go test ./conformance/run -run TestFlake -flake 1000 -flake.cheap        the cases that cost no hash, with delays
//	go test ./conformance/run -run TestFlake -flake 100                      all, with delays
//	go test ./conformance/run -run TestFlake -flake 10 -flake.busy 8         all, with eight times as much to do as there are processors
//	go test ./conformance/run -run TestFlake -flake 20 -flake.addr HOST:PORT all, against a server that runs, instead of the model
var (
	flakes = flag.Int("flake", 2, "how many times to judge a right server with delays on the way")
	cheap  = flag.Bool("flake.cheap", false, "only cases that cost no password hash")
	busy   = flag.Int("flake.busy", 0, "programs for each processor that do nothing but compute")
	flakeA = flag.String("flake.addr", "", "the address of a server that runs; the model otherwise")
)

// TestFlake judges a right server again and again while bytes are delayed, split and joined in both directions. Every run must pass, and
// nothing may be unsteady.
func TestFlake(t *testing.T) {
	p, err := spec.Chat()
	if err != nil {
		t.Fatal(err)
	}
	suite, err := run.Load(p, testdata.Transcripts("chat"), "chat")
	if err != nil {
		t.Fatal(err)
	}
	whole := *flakes > 2 || *cheap
	if whole {
		if err := suite.Derive(); err != nil {
			t.Fatal(err)
		}
	}
	cases := suite.Cases
	if *cheap || !whole {
		cases = slices.DeleteFunc(slices.Clone(cases), func(c *run.Case) bool { return dear(suite, c) })
	}
	addr := *flakeA
	if addr == "" {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		s := peer.New(p, nil)
		go s.Serve(ln)
		t.Cleanup(s.Close)
		addr = ln.Addr().String()
	}
	for range *busy * runtime.NumCPU() {
		occupy(t)
	}
	var longest time.Duration
	for n := range *flakes {
		begin := time.Now()
		way := newDetour(t, addr, uint64(begin.UnixNano()))
		r, err := run.Judge(t.Context(), &run.Options{
			Suite: suite, Cases: slices.Clone(cases), Target: &target.Remote{Address: way.addr()}, RunID: fmt.Sprintf("flake%d.%d", n, begin.UnixNano()), Dir: t.TempDir(),
		})
		if err != nil {
			t.Fatal(err)
		}
		way.close()
		longest = max(longest, time.Since(begin))
		if r.Contact != nil {
			t.Fatalf("run %d: %+v", n, r.Contact)
		}
		for _, res := range r.Results {
			if res.Unsteady || res.Verdict != conformance.Pass && res.Verdict != conformance.Skip {
				t.Errorf("run %d: %s %s: %s", n, res.Verdict, res.Case.ID, res.Reason)
				if f := res.Finding; f != nil {
					t.Errorf("  line %d, %s: expected %s, got %s", f.Line, f.Step, f.Expected, f.Got)
				}
			}
		}
	}
	t.Logf("%d runs of %d cases, the longest %.1f s", *flakes, len(cases), longest.Seconds())
}

// dear reports whether a case makes the server hash a password.
func dear(s *run.Suite, c *run.Case) bool {
	return len(c.Script.Pools) > 0 || slices.ContainsFunc(c.Uses, func(m string) bool { return slices.Contains(s.Reader.Library.Hashes, m) })
}

// occupy starts a program that computes until the test ends. (Goroutines that compute would hold up the judge itself, by slices of ten
// milliseconds, as no other program does.)
func occupy(t *testing.T) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "compute")
	cmd.Env = append(os.Environ(), "RUN_TEST_TARGET=1")
	stdin, err := cmd.StdinPipe() // it ends with us
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		cmd.Wait()
	})
}

// A detour lets connections take their time, and their bytes come in other pieces.
type detour struct {
	t    *testing.T
	ln   net.Listener
	to   string
	seed uint64
	ctx  context.Context
	end  context.CancelFunc
	wg   sync.WaitGroup
}

func newDetour(t *testing.T, to string, seed uint64) *detour {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &detour{t: t, ln: ln, to: to, seed: seed}
	d.ctx, d.end = context.WithCancel(t.Context())
	d.wg.Go(d.serve)
	return d
}

func (d *detour) addr() string { return d.ln.Addr().String() }

func (d *detour) close() {
	d.end()
	d.ln.Close()
	d.wg.Wait()
}

func (d *detour) serve() {
	for n := uint64(0); ; n++ {
		nc, err := d.ln.Accept()
		if err != nil {
			return
		}
		d.wg.Go(func() { d.connection(nc.(*net.TCPConn), n) })
	}
}

func (d *detour) connection(near *net.TCPConn, n uint64) {
	defer near.Close()
	nc, err := new(net.Dialer).DialContext(d.ctx, "tcp", d.to)
	if err != nil {
		return
	}
	defer nc.Close()
	far := nc.(*net.TCPConn)
	stop := context.AfterFunc(d.ctx, func() {
		near.Close()
		far.Close()
	})
	defer stop()
	var both sync.WaitGroup
	both.Go(func() { pump(d.ctx, far, near, rand.New(rand.NewPCG(d.seed, 2*n))) })
	both.Go(func() { pump(d.ctx, near, far, rand.New(rand.NewPCG(d.seed, 2*n+1))) })
	both.Wait()
}

// pump carries bytes from one connection to another. It ends the other as the first one ends: in order, or by a reset.
func pump(ctx context.Context, to, from *net.TCPConn, r *rand.Rand) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf[:1+r.IntN(len(buf))])
		for b := buf[:n]; len(b) > 0; {
			k := len(b)
			if r.IntN(4) == 0 {
				k = 1 + r.IntN(min(k, 40))
			}
			if r.IntN(8) == 0 {
				delay(ctx, time.Duration(r.ExpFloat64()*float64(time.Millisecond)))
			}
			if _, err := to.Write(b[:k]); err != nil {
				from.SetLinger(0) // who writes to it is to learn of it
				from.Close()
				return
			}
			b = b[k:]
		}
		switch {
		case err == io.EOF:
			to.CloseWrite()
			return
		case err != nil:
			to.SetLinger(0)
			to.Close()
			return
		}
	}
}

func delay(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
