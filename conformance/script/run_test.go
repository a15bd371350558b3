package script

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/peer"
	"github.com/wirelaw/wirelaw/spec"
)

// serve runs a model server on loopback for the length of the test.
func serve(t testing.TB, fault *peer.Fault) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := peer.New(chat(t), fault)
	go s.Serve(ln)
	t.Cleanup(s.Close)
	return ln.Addr().String()
}

// env is an environment without pools.
func env(t testing.TB, addr string) *Env {
	return &Env{
		Codec: dynamic.New(chat(t)), Clock: &Clock{Patience: 0.1}, Dir: t.TempDir(),
		Dial: func(ctx context.Context) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "tcp", addr)
		},
		Announced: func(f *spec.Feature) bool { return f.Name == "RESUME" },
		Lease: func(context.Context, string) (*Item, error) {
			return nil, &BlockedError{Reason: "there are no accounts"}
		},
	}
}

func runText(t testing.TB, e *Env, src string) *Outcome {
	t.Helper()
	s, err := chatReader(t).Read("t.txtar", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return s.Run(t.Context(), e, &Fresh{Run: "test", Key: t.Name()}, nil)
}

// TestRun runs transcripts against an honest server: what should pass passes, and what is wrongly expected is found.
func TestRun(t *testing.T) {
	addr := serve(t, nil)
	const two = "fresh name alice bob\ncreate $alice\ncreate $bob\nconnect a b\nlogin a $alice\nlogin b $bob\n"
	for _, c := range []struct {
		name, src string
		verdict   conformance.Verdict
		want      string // in the reason, or in what was expected and got
	}{
		{"hello", "connect a\nhello a version=1 features?RESUME features!?UNICODE_NAMES agent.len>0", conformance.Pass, ""},
		{"deliver", two + "send a SEND to=$bob text='\"h\\u00e9\\n\"'\nexpect a ACCEPTED\nexpect b DELIVER from=$alice text.len=4\nfence a b", conformance.Pass, ""},
		{"queued", two + "send a SEND to=$bob text=x\nexpect a ACCEPTED\nfence b = DELIVER:1\nexpect b DELIVER\nfence b", conformance.Pass, ""},
		{"capture", two + "send a SEND to=$bob text='\"\\\"q\"'\nexpect a ACCEPTED\nexpect b DELIVER\ncapture b t=text s=sequence\nsend b SEND to=$alice text=$t\nexpect b ACCEPTED\nexpect a DELIVER text=$t\nsend b ACK sequence=$s\nfence b", conformance.Pass, ""},
		{"pipelining", "connect a\nsend a HELLO @hold\nsend a PING @hold\nsend a PING @split=3\nexpect a WELCOME\nexpect a PONG\nexpect a PONG\nfence a", conformance.Pass, ""},
		{"hex", "connect a\nsendraw a 0b 0000\nsendraw a 00 0000002a\nexpect a PONG id=42", conformance.Pass, ""},
		{"lies", "guest a\nsendraw a LOGIN @lie=name:200\nexpect-error a MALFORMED\nsendraw a LOGIN @extra=00*3\nexpect-error a MALFORMED\nsendraw a LOGIN @cut=1\nexpect-error a MALFORMED\nsendraw a PING opcode=0x77\nexpect-error a UNKNOWN_OPCODE\nsendraw a PING length=1025\nexpect-error a TOO_LARGE\nexpect-close a", conformance.Pass, ""},
		{"zero id", "connect a\nsendraw a PING id=0\nexpect-error a BAD_ID id=0\nexpect-close a", conformance.Pass, ""},
		{"half-close", "connect a\nsend a PING\nhalf-close a\nexpect a PONG\nexpect-close a", conformance.Pass, ""},
		{"race", "fresh name n\nguest a\nguest b\nsend a CREATE name=$n\nsend b CREATE name=$n\nexpect-oneof a b = CREATED:1 NAME_TAKEN:1", conformance.Pass, ""},
		{"collect", two + "collect a LIST by=WILDCARD pattern=$alice'*' limit=1 -> names=[$alice] names!?$bob", conformance.Pass, ""},
		{"collect until", "fresh name p q\ncreate $q\nlet x $p-1\nlet y $p-2\ncreate $x\ncreate $y\nconnect a\nlogin a $q\ncollect a LIST by=WILDCARD pattern=$p'*' limit=1 @until -> names=[$x]\ncapture a n=next\ncollect a LIST by=WILDCARD pattern=$p'*' limit=1 cursor=$n -> names=[$y]", conformance.Pass, ""},
		{"conditions", "connect a\n[a:guest] send a LIST\n[!a:guest] send a PING\n[!a:guest] expect a PONG\nlet v 1\nunset v\n[set:v] expect a PONG\n[!REGEX] fence a", conformance.Pass, ""},
		{"drain", two + "send a SEND to=$bob text=1\nsend a SEND to=$bob text=2\nexpect a ACCEPTED\nexpect a ACCEPTED\nsend b PING\nexpect b PONG\ndrain b DELIVER s=sequence\nsend b ACK sequence=$s\nfence b", conformance.Pass, ""},
		{"stall", two + "stall b\nsend a SEND to=$bob text=1\nexpect a ACCEPTED\nstall b off\nexpect b DELIVER text=1", conformance.Pass, ""},
		{"reconnect", "connect a\nreset a\nconnect a\nclose a\nconnect a\nfence a", conformance.Pass, ""},

		{"another message", "connect a\nsend a HELLO\nexpect a PONG", conformance.Fail, "PONG|WELCOME"},
		{"another value", "connect a\nhello a version=2", conformance.Fail, "WELCOME with version=2|version=1"},
		{"an error", "connect a\nsend a LIST\nexpect a ACCOUNTS", conformance.Fail, "ACCOUNTS|ERROR BAD_STATE"},
		{"never until", two + "collect a LIST by=WILDCARD pattern=$alice'*' @until -> names=[]", conformance.Fail, "ACCOUNTS with names=[]|names="},
		{"another error", "connect a\nsend a LIST\nexpect-error a MALFORMED", conformance.Fail, "ERROR MALFORMED|ERROR BAD_STATE"},
		{"no push", two + "expect a DELIVER", conformance.Fail, "DELIVER|nothing"},
		{"not expected", two + "send a SEND to=$bob text=x\nexpect a ACCEPTED\nfence b", conformance.Fail, "nothing before PONG|DELIVER"},
		{"too few", two + "send a SEND to=$bob text=x\nexpect a ACCEPTED\nfence b = DELIVER:2", conformance.Fail, "2 DELIVER before PONG|1 DELIVER"},
		{"does not close", "connect a\nexpect-close a", conformance.Fail, "the end of the connection|nothing"},
		{"closed", "connect a\nsend a BYE\nexpect a GOODBYE\nexpect-close a\nsend a PING\nexpect a PONG", conformance.Error, "|the connection \"a\" is not open"},
		{"secret", two + "leave a\nguest a\nsend a LOGIN name=$alice password='correct horse'\nexpect a LOGGED_IN token=0x00", conformance.Fail, "token=[secret]|token=[secret]"},
		{"left over", "connect a\nsend a HELLO\nsend a BYE\nexpect a WELCOME\nexpect-close a", conformance.Fail, "nothing before the end of the connection|GOODBYE"},
		{"counts", "fresh name n\nguest a\nguest b\nsend a CREATE name=$n\nsend b CREATE name=$n\nexpect-oneof a b = CREATED:2 NAME_TAKEN", conformance.Fail, "CREATED on 2 of the connections|it on 1"},

		{"twice open", "connect a\nconnect a", conformance.Error, "is open"},
		{"illegal by variable", "let k 301\nconnect a\nsend a HELLO keepalive=$k", conformance.Error, "goes through sendraw"},
		{"nothing captured", "connect a\ncapture a x=id", conformance.Error, "nothing was expected"},
		{"feature", "require REGEX\nconnect a", conformance.Skip, "does not announce REGEX"},
		{"no feature", "require !RESUME\nconnect a", conformance.Skip, "announces RESUME"},
		{"slow", "require slow\nconnect a", conformance.Skip, "--slow"},
		{"restart", "restart", conformance.Skip, "--exec"},
		{"blocked", "fresh name a\naccount $a\nconnect x", conformance.Blocked, "no accounts"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := runText(t, env(t, addr), c.src)
			got := out.Reason
			if out.Finding != nil {
				got = fmt.Sprintf("expected %s, got %s (line %d: %s / %s)", out.Finding.Expected, out.Finding.Got, out.Finding.Line, out.Finding.Step, out.Finding.Call)
			}
			expected, wrong, _ := strings.Cut(c.want, "|")
			if out.Verdict != c.verdict || !strings.Contains(got, expected) || !strings.Contains(got, wrong) {
				t.Errorf("%s: %s\nwant %s: %s", out.Verdict, got, c.verdict, c.want)
			}
			if out.Finding != nil && (out.Finding.Line == 0 || out.Finding.Step == "") {
				t.Errorf("the finding names no step: %+v", out.Finding)
			}
		})
	}
}

// TestLate shows that a connection which ended while the server still waited for its first request is no failure, if that was long ago; but
// where time is what is judged.
func TestLate(t *testing.T) {
	defer func(before time.Duration) { late = before }(late)
	for _, c := range []struct {
		name    string
		late    time.Duration
		src     string
		verdict conformance.Verdict
	}{
		{"soon", time.Minute, "connect a\nsend a PING\nexpect a PONG", conformance.Fail},
		{"late", 0, "connect a\nsend a PING\nexpect a PONG", conformance.Blocked},
		{"timed", 0, "connect a\nsend a PING\nexpect a PONG @within=4s", conformance.Fail},
	} {
		t.Run(c.name, func(t *testing.T) {
			late = c.late
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer ln.Close()
			go func() {
				if nc, err := ln.Accept(); err == nil {
					io.ReadFull(nc, make([]byte, 8))
					nc.Close()
				}
			}()
			if out := runText(t, env(t, ln.Addr().String()), c.src); out.Verdict != c.verdict || out.Late != (c.verdict == conformance.Blocked) {
				t.Errorf("%s, late %v: %s %+v", out.Verdict, out.Late, out.Reason, out.Finding)
			}
		})
	}
}

// TestBeyond sends a request where the end of the connection has, or has not, been seen yet: the verdict is the same.
func TestBeyond(t *testing.T) {
	for _, c := range []struct {
		name, src string
		verdict   conformance.Verdict
		want      string
	}{
		{"behind", "connect a\nsend a BYE\nsend a PING\nexpect a GOODBYE\nexpect a PONG", conformance.Fail, "expected PONG, got the end of the connection of PING"},
		{"after", "connect a\nsend a BYE\nexpect a GOODBYE\nsend a PING\nexpect a PONG", conformance.Fail, "expected PONG, got the end of the connection of PING"},
		{"error", "connect a\nsend a BYE\nexpect a GOODBYE\nsend a PING\nexpect-error a MALFORMED", conformance.Fail, "expected ERROR MALFORMED, got the end of the connection of PING"},
		{"one of", "connect a\nsend a BYE\nexpect a GOODBYE\nsend a PING\nexpect-oneof a = PONG MALFORMED", conformance.Fail, "expected PONG or MALFORMED, got the end of the connection of PING"},
		{"fence", "connect a\nsend a BYE\nexpect a GOODBYE\nfence a", conformance.Fail, "expected PONG, got the end of the connection of PING"},
		{"never sent", "connect a\nsend a BYE\nexpect a GOODBYE\nexpect a PONG", conformance.Error, "no request is open"},
		{"only sent", "connect a\nsend a BYE\nexpect a GOODBYE\nsend a PING\nexpect-close a", conformance.Pass, ""},
	} {
		for _, seen := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, seen %v", c.name, seen), func(t *testing.T) {
				e := env(t, serve(t, nil))
				dial := e.Dial
				e.Dial = func(ctx context.Context) (net.Conn, error) {
					nc, err := dial(ctx)
					return &waiting{Conn: nc, seen: seen, ended: make(chan struct{}), wrote: make(chan struct{})}, err
				}
				out := runText(t, e, c.src)
				got := out.Reason
				if f := out.Finding; f != nil {
					got = fmt.Sprintf("expected %s, got %s of %s", f.Expected, f.Got, f.Request)
				}
				if out.Verdict != c.verdict || !strings.Contains(got, c.want) {
					t.Errorf("%s: %s\nwant %s: %s", out.Verdict, got, c.verdict, c.want)
				}
			})
		}
	}
}

// waiting makes the end of a connection come before the second write, or after it.
type waiting struct {
	net.Conn
	seen   bool
	writes int
	ended  chan struct{} // the end has been read
	wrote  chan struct{} // the second write is done
}

func (c *waiting) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if err == nil {
		return n, nil
	}
	if !c.seen {
		select {
		case <-c.wrote:
		case <-time.After(50 * time.Millisecond): // nothing else is written
		}
	}
	close(c.ended)
	return n, err
}

func (c *waiting) Write(b []byte) (int, error) {
	c.writes++
	if c.writes == 2 {
		defer close(c.wrote)
		if c.seen {
			select {
			case <-c.ended:
			case <-time.After(50 * time.Millisecond): // it comes only after this write
			}
		}
	}
	return c.Conn.Write(b)
}

// TestFollow shows that what the table forbids is found wherever it comes.
func TestFollow(t *testing.T) {
	frame := func(hex string) []byte {
		b, err := hexBytes(strings.Fields(hex))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, c := range []struct{ name, answer, want string }{
		{"wrong id", "8b 000000 00000009", "PONG with id 9"},
		{"two replies", "8b 000000 00000001 8b 000000 00000001", "no request is open or PONG with id 1"}, // as it comes before or after the fence is sent,
		{"id 0", "8b 000000 00000000", "PONG with id 0"},
		{"another reply", "82 000000 00000001", "PONG|CREATED"},
		{"DELIVER to a guest", "87 000022 00000000 000000000000000905416c69636500000000000000110000019b76daa80000026869", "no DELIVER in the state connected"},
		{"opcode", "70 000000 00000001", "opcode 0x70"},
		{"layout", "8b 000001 00000001 00", "PONG"},
		{"length", "8b ffffff 00000001", "a header says length 16777215"},
		{"after the end", "8a 000003 00000000 000000 8b 000000 00000001", "nothing but the end of the connection"},
		{"fault of the server", "ff 000006 00000001 0018 0002 6f68", "ERROR INTERNAL"},
		{"unknown error", "ff 000006 00000001 0099 0002 6f68", "error 153"},
		{"cut off", "8b 0000", "the end of the connection within a frame"},
	} {
		t.Run(c.name, func(t *testing.T) {
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer ln.Close()
			go func() {
				nc, err := ln.Accept()
				if err != nil {
					return
				}
				defer nc.Close()
				io.ReadFull(nc, make([]byte, 8))
				nc.Write(frame(c.answer))
				if c.name != "cut off" {
					io.Copy(io.Discard, nc)
				}
			}()
			out := runText(t, env(t, ln.Addr().String()), "connect a\nsend a PING\nexpect a PONG\nfence a")
			told := func(want string) bool { return strings.Contains(out.Finding.Expected+"|"+out.Finding.Got, want) }
			if out.Verdict != conformance.Fail || !slices.ContainsFunc(strings.Split(c.want, " or "), told) {
				t.Errorf("%s %s: %+v; want %q", out.Verdict, out.Reason, out.Finding, c.want)
			}
		})
	}
}

// TestTranscript shows that both directions are kept, in order and with times.
func TestTranscript(t *testing.T) {
	out := runText(t, env(t, serve(t, nil)), "connect a\nhello a\nfence a\nclose a")
	events, lost := out.Transcript.Events()
	var got bytes.Buffer
	for i, e := range events {
		fmt.Fprintf(&got, "%s %s%v ", e.From, e.Note, len(e.Frame) > 0)
		if i > 0 && e.At < events[i-1].At {
			t.Errorf("event %d is earlier than the one before", i)
		}
	}
	want := "client connectsfalse client true server true client true server true client closesfalse "
	if out.Verdict != conformance.Pass || lost > 0 || !strings.HasPrefix(got.String(), want) {
		t.Errorf("%s %s\ngot  %s\nwant %s", out.Verdict, out.Reason, got.String(), want)
	}
}

// TestParallel runs many scripts at a time, for the race detector.
func TestParallel(t *testing.T) {
	e := env(t, serve(t, nil))
	e.Clock.Patience = 1
	s, err := chatReader(t).Read("t.txtar", []byte("fresh name a b\ncreate $a\ncreate $b\nconnect x y\nlogin x $a\nlogin y $b\n"+
		"send x SEND to=$b text=hi\nexpect x ACCEPTED\nexpect y DELIVER from=$a\nfence x y"))
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 32 {
		all.Go(func() {
			if out := s.Run(t.Context(), e, &Fresh{Run: "test", Key: fmt.Sprint(i)}, nil); out.Verdict != conformance.Pass {
				t.Errorf("%s %s %+v", out.Verdict, out.Reason, out.Finding)
			}
		})
	}
	all.Wait()
}

// TestCalledOff ends a script that waits.
func TestCalledOff(t *testing.T) {
	e := env(t, serve(t, nil))
	e.Clock.Patience = 100
	s, err := chatReader(t).Read("t.txtar", []byte("connect a\nexpect-close a"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	if out := s.Run(ctx, e, &Fresh{}, nil); out.Verdict != conformance.Blocked {
		t.Errorf("%s %s", out.Verdict, out.Reason)
	}
}
