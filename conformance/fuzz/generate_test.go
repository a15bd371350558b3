package fuzz

import (
	"bytes"
	"context"
	"crypto/sha256"
	"net"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

func digest(s *session) [sha256.Size]byte {
	h := sha256.New()
	s.digest(h)
	return [sha256.Size]byte(h.Sum(nil))
}

// TestSame holds that a session follows from seed, run id and number alone, not from what was made before it.
func TestSame(t *testing.T) {
	p := table(t)
	lane := func(seed uint64, runID string) *lane {
		return newRunner(p, nil, Options{Seed: seed, RunID: runID}).lane(3)
	}
	forward, backward := map[int][sha256.Size]byte{}, map[int][sha256.Size]byte{}
	a, b := lane(1, "abc"), lane(1, "abc")
	for n := range 100 {
		forward[n] = digest(a.session(n))
		backward[99-n] = digest(b.session(99 - n))
	}
	if !reflect.DeepEqual(forward, backward) {
		t.Error("sessions depend on their order")
	}
	other, named := 0, 0
	for n := range 100 {
		if digest(lane(2, "abc").session(n)) == forward[n] {
			other++
		}
		if digest(lane(1, "xyz").session(n)) != forward[n] {
			named++
		}
	}
	if other > 0 || named < 30 {
		t.Errorf("%d sessions are the same with another seed, and %d differ with another run id", other, named)
	}
}

// tap records what is written to connections.
type tap struct {
	mu    sync.Mutex
	conns []*tapped
}

type tapped struct {
	*net.TCPConn
	tap  *tap
	sent bytes.Buffer
}

func (c *tapped) Write(b []byte) (int, error) {
	c.tap.mu.Lock()
	c.sent.Write(b)
	c.tap.mu.Unlock()
	return c.TCPConn.Write(b)
}

// TestSent holds that what goes over the wire is what was made, and is the same again, however many lanes run at a time.
func TestSent(t *testing.T) {
	p := table(t)
	var digests []string
	for _, parallel := range []int{1, 8} {
		dial := serve(t, p, nil)
		tp := &tap{}
		tapDial := func(ctx context.Context) (net.Conn, error) {
			nc, err := dial(ctx)
			if err != nil {
				return nil, err
			}
			c := &tapped{TCPConn: nc.(*net.TCPConn), tap: tp}
			tp.mu.Lock()
			defer tp.mu.Unlock()
			tp.conns = append(tp.conns, c)
			return c, nil
		}
		rep, err := Run(t.Context(), p, tapDial, Options{Seed: 7, RunID: "tapped", Sessions: 120, Parallel: parallel})
		if err != nil || len(rep.Findings) > 0 {
			t.Fatal(err, rep)
		}
		digests = append(digests, rep.Digest)
		r := newRunner(p, nil, Options{Seed: 7, RunID: "tapped"})
		missed := 0
		for n := range 120 {
			s := r.lane(n % lanes).session(n)
			found := s.takes() // its token is another in every run
			for _, c := range tp.conns {
				found = found || bytes.HasSuffix(c.sent.Bytes(), all(s))
			}
			if !found {
				missed++ // the server may have closed before the end
			}
		}
		if missed > 40 {
			t.Errorf("%d of 120 sessions were not sent as they were made", missed)
		}
	}
	if digests[0] != digests[1] {
		t.Errorf("one lane at a time sends %s, eight %s", digests[0], digests[1])
	}
}

// TestTakeover holds that a session takes the resident's session over at a place that is fixed, with the token of the moment, and that
// nothing is sent behind a takeover that nobody waits for.
func TestTakeover(t *testing.T) {
	p := table(t)
	l := newRunner(p, nil, Options{Seed: 1, RunID: "abc"}).lane(3)
	takes := 0
	for n := range 400 {
		s := l.session(n)
		for _, st := range s.steps {
			if st.op != opToken {
				continue
			}
			takes++
			l.resident.token = bytes.Repeat([]byte{0xee}, 16)
			frame, words := l.takeover(st)
			sent, err := l.r.c.Decode(spec.FromClient, frame, nil)
			if err != nil {
				t.Fatal(err)
			}
			if token, _ := sent.Get("token"); !bytes.Equal(token.([]byte), l.resident.token.([]byte)) {
				t.Errorf("session %d sends the token %x", n, token)
			}
			token, _ := st.msg.Get("token")
			if sent.Set("token", token); !bytes.Equal(l.r.c.AppendIllegal(nil, sent), st.bytes) {
				t.Errorf("session %d sends %x, made as %x", n, frame, st.bytes)
			}
			if !strings.HasPrefix(words, "RESUME id=") || !strings.Contains(words, " token=$token ") {
				t.Errorf("session %d in words: %s", n, words)
			}
			if last := s.steps[len(s.steps)-1].op; last != opHalfClose {
				t.Errorf("session %d takes over and ends with step %d", n, last)
			}
		}
		if l.knows(s) != (s.takes() || bytes.Contains(all(s), []byte(l.resident.base))) {
			t.Errorf("session %d: whether the resident has to be there is not known", n)
		}
	}
	if takes < 20 {
		t.Errorf("%d takeovers in 400 sessions", takes)
	}
}

// all is what a session sends.
func all(s *session) (b []byte) {
	for _, st := range s.steps {
		b = append(b, st.bytes...)
	}
	return b
}

func TestSpentInput(t *testing.T) {
	p := table(t)
	l := newRunner(p, nil, Options{RunID: "abc"}).lane(0)
	s := l.gen.session(0, nil, []string{"a", "b"})
	if !s.state.Start || len(s.steps) > 4 {
		t.Errorf("no input makes %d steps from state %s, not the simplest session", len(s.steps), s.state.Name)
	}
	for n := range 64 { // less input makes no longer session
		full := l.gen.session(n, stream(1, n, 256), []string{"a", "b"})
		none := l.gen.session(n, stream(1, n, 256)[:8], []string{"a", "b"})
		if len(none.steps) > 3*maxSteps || len(full.steps) == 0 {
			t.Errorf("session %d: %d steps from 8 bytes, %d from 256", n, len(none.steps), len(full.steps))
		}
	}
}

// TestOtherTables makes sessions for tables that have little in common with the chat's.
func TestOtherTables(t *testing.T) {
	for _, file := range []string{"../../codec/internal/toy/toy.yaml", "../../codec/internal/odd/odd.yaml"} {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p, err := spec.Load(file, src)
		if err != nil {
			t.Fatal(err)
		}
		l := newRunner(p, nil, Options{RunID: "abc"}).lane(0)
		c := dynamic.New(p)
		legal := 0
		for n := range 300 {
			s := l.session(n)
			for _, st := range s.steps {
				if len(st.bytes) < c.HeaderSize() {
					continue
				}
				for _, state := range p.States {
					if m, _, _ := c.CheckRequest(state, st.bytes, nil); m != nil {
						legal++
					}
				}
			}
		}
		if legal < 50 {
			t.Errorf("%s: only %d frames are legal anywhere", file, legal)
		}
	}
}

// FuzzSession makes a session from any bytes and plays it against the honest model: whatever it does, no fault may be seen.
func FuzzSession(f *testing.F) {
	p := table(f)
	for n := range 40 {
		f.Add(stream(1, n, 200))
	}
	r := newRunner(p, serve(f, p, nil), Options{RunID: "native"})
	l := r.lane(0)
	if bad := l.prepare(f.Context()); bad != nil {
		f.Fatal(bad.signature())
	}
	n := 0
	f.Fuzz(func(t *testing.T, data []byte) {
		n++
		s := l.gen.session(n, data, l.names())
		if bad, tp := l.play(t.Context(), s); bad != nil {
			t.Errorf("%s\n%s", bad.signature(), l.sight(s, bad, tp).draft(upToFault, nil).text())
		}
	})
}
