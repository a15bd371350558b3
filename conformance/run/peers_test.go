//go:build !windows

package run_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/run"
	"github.com/wirelaw/wirelaw/conformance/target"
	"github.com/wirelaw/wirelaw/spec"
	"github.com/wirelaw/wirelaw/testdata"
)

// The peers share no code with this repository: where judge and reference agree on a mistake, they do not.
const peers = "../../testdata/peers"

// need skips the test unless the program is there and new enough.
func need(t *testing.T, program, check, what string) {
	t.Helper()
	flag := map[string]string{"python3": "-c", "node": "-e"}[program]
	if err := exec.Command(program, flag, check).Run(); err != nil {
		t.Skipf("needs %s: %v", what, err)
	}
}

func needPython(t *testing.T) {
	need(t, "python3", "import sys; sys.exit(sys.version_info < (3, 11))", "Python 3.11 or later, as python3")
}

func needNode(t *testing.T) {
	need(t, "node", "process.exit(process.versions.node.split('.')[0] >= 18 ? 0 : 1)", "Node 18 or later, as node")
}

// TestPeers judges each server by a part of the suite, to be quick. The README beside the servers tells how
// to judge them by all of it.
func TestPeers(t *testing.T) {
	p, err := spec.Chat()
	if err != nil {
		t.Fatal(err)
	}
	suite, err := run.Load(p, testdata.Transcripts("chat"), "chat")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name      string
		need      func(*testing.T)
		words     []string
		announced []string
		selectors []string
	}{
		{
			"server.py", needPython,
			[]string{"python3", filepath.Join(peers, "server.py"), "--listen", "{addr}", "--data", "{dir}"},
			[]string{"RESUME", "UNICODE_NAMES", "DURABLE"},
			[]string{"check", "deliver", "name", "**/*survive*"},
		},
		{
			"server.mjs", needNode,
			[]string{"node", filepath.Join(peers, "server.mjs"), "--listen", "{addr}"},
			[]string{"RESUME", "REGEX"},
			[]string{"ack", "frame", "list", "resume"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.need(t)
			cases, err := suite.Select(tt.selectors, nil)
			if err != nil {
				t.Fatal(err)
			}
			command := &target.Command{Words: tt.words, Patience: time.Minute}
			server, err := command.Start(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer server.Close()
			r, err := run.Judge(t.Context(), &run.Options{
				Suite: suite, Cases: cases, Target: server, Spawn: command.Spawn,
				RunID: "peers", Patience: 4, Dir: t.TempDir(),
			})
			if err != nil {
				t.Fatal(err)
			}
			if r.Contact != nil {
				t.Fatalf("first contact: %+v", r.Contact)
			}
			passed := 0
			for _, result := range r.Results {
				switch result.Verdict {
				case conformance.Pass:
					passed++
				case conformance.Skip:
				default:
					t.Errorf("%s: %s %s", result.Case.ID, result.Verdict, result.Reason)
					if f := result.Finding; f != nil {
						t.Errorf("expected %s, got %s", f.Expected, f.Got)
					}
				}
			}
			if passed < 50 {
				t.Errorf("only %d cases were judged", passed)
			}
			if !slices.Equal(r.Features, tt.announced) {
				t.Errorf("it announces %q, not %q", r.Features, tt.announced)
			}
			if t.Failed() {
				t.Logf("it printed: %s", server.Output())
			}
		})
	}
}

// A process has its lines on two channels' ends: what is written to it, and what it prints.
type process struct {
	t     *testing.T
	name  string
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines chan string // closed at the end
	heard []string
	next  []string // heard, and not yet asked for
}

func start(t *testing.T, ctx context.Context, name string, words ...string) *process {
	t.Helper()
	p := &process{t: t, name: name, cmd: exec.CommandContext(ctx, words[0], words[1:]...), lines: make(chan string, 1000)}
	r, w := io.Pipe()
	p.cmd.Stdout, p.cmd.Stderr = w, w
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		for s := bufio.NewScanner(r); s.Scan(); {
			p.lines <- s.Text()
		}
		close(p.lines)
	}()
	go func() { w.CloseWithError(p.cmd.Wait()) }()
	return p
}

// say writes lines to its input.
func (p *process) say(lines ...string) {
	p.t.Helper()
	if _, err := io.WriteString(p.in, strings.Join(lines, "\n")+"\n"); err != nil {
		p.t.Fatalf("%s: %v", p.name, err)
	}
}

// hears waits for a line that begins so. Replies and messages are printed by two threads, so their order is not looked at.
func (p *process) hears(begin string) {
	p.t.Helper()
	matches := func(line string) bool { return strings.HasPrefix(line, begin) }
	if i := slices.IndexFunc(p.next, matches); i >= 0 {
		p.next = slices.Delete(p.next, i, i+1)
		return
	}
	for line := range p.lines {
		p.heard = append(p.heard, line)
		if matches(line) {
			return
		}
		p.next = append(p.next, line)
	}
	p.t.Fatalf("%s did not print %q, but\n%s", p.name, begin, strings.Join(p.heard, "\n"))
}

// ends waits for its end and expects that it has printed each of these lines once.
func (p *process) ends(once ...string) {
	p.t.Helper()
	for line := range p.lines {
		p.heard = append(p.heard, line)
	}
	for _, line := range once {
		if n := len(slices.DeleteFunc(slices.Clone(p.heard), func(l string) bool { return l != line })); n != 1 {
			p.t.Errorf("%s printed %q %d times:\n%s", p.name, line, n, strings.Join(p.heard, "\n"))
		}
	}
}

// TestPeerClient lets two clients talk over a server that is killed meanwhile, all three of them foreign.
func TestPeerClient(t *testing.T) {
	needPython(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // kills what still runs
	defer cancel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr, dir := ln.Addr().String(), t.TempDir()
	ln.Close()
	serve := func() *process {
		p := start(t, ctx, "server.py", "python3", filepath.Join(peers, "server.py"), "--listen", addr, "--data", dir)
		p.hears("listening on")
		return p
	}
	server := serve()
	alice := start(t, ctx, "alice", "python3", filepath.Join(peers, "client.py"), addr)
	bob := start(t, ctx, "bob", "python3", filepath.Join(peers, "client.py"), addr)

	for _, who := range []*process{alice, bob} {
		who.say("create "+who.name, "sesame", "sesame", "login "+who.name, "guess1", "login "+who.name, "sesame")
		who.hears("created " + who.name)
		who.hears("BAD_CREDENTIALS")
		who.hears(fmt.Sprintf("logged in as %s, 0 waiting", who.name))
	}
	alice.say("send bob hello", "send bobby hello", "list b*")
	alice.hears("accepted")
	alice.hears("NO_SUCH_USER")
	alice.hears("bob")
	bob.hears("alice: hello")

	server.cmd.Process.Kill()
	server.ends()
	server = serve()
	alice.hears("connected again, as alice")
	bob.hears("connected again, as bob")
	alice.say("send bob after the crash")
	alice.hears("accepted")
	bob.hears("alice: after the crash")

	bob.say("logout")
	bob.hears("logged out")
	alice.say("send bob while away")
	alice.hears("accepted")
	bob.say("login bob", "sesame")
	bob.hears("logged in as bob, ") // 1 waiting, or 2 if the session ended before the acknowledgement was sent
	bob.hears("alice: while away")
	bob.say("delete alice", "delete bob", "bye")
	bob.hears("BAD_CONFIRMATION")
	bob.hears("deleted bob")
	bob.ends("alice: hello", "alice: after the crash", "alice: while away")
	alice.say("send bob too late", "bye")
	alice.hears("NO_SUCH_USER")
	alice.ends()

	server.cmd.Process.Signal(syscall.SIGTERM)
	server.ends()
	for _, p := range []*process{alice, bob, server} {
		if code := p.cmd.ProcessState.ExitCode(); code != 0 {
			t.Errorf("%s ended with status %d:\n%s", p.name, code, strings.Join(p.heard, "\n"))
		}
	}
}
