package run

import (
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/peer"
	"github.com/wirelaw/wirelaw/conformance/script"
	"github.com/wirelaw/wirelaw/conformance/target"
	"github.com/wirelaw/wirelaw/spec"
)

// TestMain makes a model server of the test binary if it is told so: it listens at its first argument. More arguments make it die or hang.
func TestMain(m *testing.M) {
	if os.Getenv("RUN_TEST_TARGET") == "" {
		os.Setenv("RUN_TEST_TARGET", "1")
		os.Exit(m.Run())
	}
	if os.Args[1] == "compute" {
		compute()
		return
	}
	p, err := spec.Chat()
	if err != nil {
		panic(err)
	}
	ln, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		panic(err)
	}
	peer.New(p, mortal(os.Args[2:])).Serve(ln)
}

// compute does nothing else, until its standard input ends.
func compute() {
	done := make(chan struct{})
	go func() {
		io.Copy(io.Discard, os.Stdin)
		close(done)
	}()
	for n := uint64(0); ; n++ {
		select {
		case <-done:
			return
		default:
		}
		for i := range uint64(10000) {
			n ^= i * n
		}
	}
}

// mortal is a fault that prints the last words and ends the process or hangs: "crash N" at the Nth answer, "crash-on NAME" at a request.
func mortal(args []string) *peer.Fault {
	if len(args) < 2 {
		return nil
	}
	answers := 0
	return &peer.Fault{Answer: func(_ *peer.Conn, r peer.Request, frame []byte) [][]byte {
		answers++
		if n, err := strconv.Atoi(args[1]); err == nil && answers < n || err != nil && (r.Message == nil || r.Message.Name != args[1]) {
			return [][]byte{frame}
		}
		if strings.HasPrefix(args[0], "hang") {
			select {} // with the lock of the server
		}
		println("goodbye, cruel world")
		os.Exit(3)
		return nil
	}}
}

// TestVictims lets a target die after it was chosen for cases and before they begin: they are judged on another, and that is one death.
func TestVictims(t *testing.T) {
	s := suite(t)
	cases, err := s.Select([]string{"chat/ping/every-state", "chat/login/ok", "chat/deliver/once"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	command := &target.Command{Words: []string{os.Args[0], "{addr}"}}
	p, err := command.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	clock := &script.Clock{Patience: 3}
	j := &judge{
		o:     &Options{Suite: s, Cases: cases, Target: p, Spawn: command.Spawn, RunID: newID(t), Dir: t.TempDir()},
		codec: dynamic.New(s.Protocol), clock: clock, results: map[*Case]*conformance.Result{}, health: newHealth(s.Protocol, clock),
	}
	if j.contact = FirstContact(t.Context(), j.codec, p.Dial, clock); j.contact.Problem != "" {
		t.Fatal(j.contact.Problem)
	}
	b := newBench(j, p, nil)
	b.prepare(t.Context())
	j.shared.bench = b
	p.Close()
	for _, c := range cases {
		if r := b.judge(t.Context(), c, nil); r.Verdict != conformance.Pass {
			t.Errorf("%s %s: %s %+v", r.Verdict, c.ID, r.Reason, r.Finding)
		}
	}
	again, dead := j.living(t.Context())
	if again == b || dead != nil {
		t.Errorf("it is not started again: %v", dead)
	}
	j.judgeUnit(t.Context(), cases[:1])
	if r := j.results[cases[0]]; r.Verdict != conformance.Pass {
		t.Errorf("%s: %s", r.Verdict, r.Reason)
	}
	j.bury()
	if how, _ := j.died(); len(j.shared.deaths) != 1 || !strings.Contains(how, "the process ended") {
		t.Errorf("%d deaths: %s", len(j.shared.deaths), how)
	}
}
