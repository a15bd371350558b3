package proxy

import (
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"strings"
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

// judge runs cases, or transcripts that were saved, against a server.
func judge(t *testing.T, suite *run.Suite, cases []*run.Case, addr, id string, patience float64) *run.Report {
	t.Helper()
	r, err := run.Judge(t.Context(), &run.Options{
		Suite: suite, Cases: cases, Target: &target.Remote{Address: addr}, RunID: id, Dir: t.TempDir(), Patience: patience,
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// again replays saved transcripts, all of which must pass.
func again(t *testing.T, p *spec.Protocol, saved []string, addr string) {
	t.Helper()
	reader, err := script.NewReader(p, "no macros", "")
	if err != nil {
		t.Fatal(err)
	}
	suite := &run.Suite{Protocol: p, Reader: reader}
	for i, s := range saved {
		if err := suite.Add(fmt.Sprintf("saved/%d", i), "saved", []byte(s)); err != nil {
			t.Fatalf("%v\n%s", err, s)
		}
	}
	failed := 0
	for _, res := range judge(t, suite, suite.Cases, addr, "again", 2).Results {
		if res.Verdict != conformance.Pass {
			if failed++; failed < 4 {
				t.Errorf("%s: %s %s %+v\n%s", res.Case.ID, res.Verdict, res.Reason, res.Finding, res.Case.Source)
			}
		}
	}
	t.Logf("%d transcripts, %d failed", len(saved), failed)
}

// TestRetold: what is said with a server of any table that can be judged is saved so that it passes against the same server, which by then
// holds other things.
func TestRetold(t *testing.T) {
	for _, file := range []string{"../../testdata/specs/memcached.yaml", "../../codec/internal/toy/toy.yaml", "../../codec/internal/odd/odd.yaml"} {
		t.Run(file[strings.LastIndex(file, "/")+1:], func(t *testing.T) {
			t.Parallel()
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			p, err := spec.Load(file, src)
			if err != nil {
				t.Fatal(err)
			}
			suite, err := run.Load(p, testdata.Specs(), "none")
			if err != nil {
				t.Fatal(err)
			}
			if err := suite.Derive(); err != nil {
				t.Fatal(err)
			}
			var cases []*run.Case
			for i, c := range suite.Cases {
				if i%every == 0 && (i < 2000 || i%(3*every) == 0) {
					cases = append(cases, c)
				}
			}
			ln := listen(t)
			s := peer.New(p, nil)
			go s.Serve(ln)
			t.Cleanup(s.Close)
			var saved []string
			at, stop := between(t, Options{Codec: dynamic.New(p), Done: func(c *Conn) {
				// What was left without an answer, or got another one than the table has, need not pass.
				if s := c.Script(); strings.Contains(s, "\nsend") && !strings.Contains(s, "\n# it was ") {
					saved = append(saved, s)
				}
			}}, ln.Addr().String())
			judge(t, suite, cases, at, "said", 0.1) // whatever comes of it
			stop()
			if len(saved) < 20 {
				t.Fatalf("only %d connections were saved", len(saved))
			}
			again(t, p, saved, ln.Addr().String())
		})
	}
}

// TestRetoldCaptures: what real programs have said to memcached is saved in words, not in bytes, and each transcript can be read.
func TestRetoldCaptures(t *testing.T) {
	c := otherTable(t, "memcached")
	reader, err := script.NewReader(c.Protocol(), "no macros", "")
	if err != nil {
		t.Fatal(err)
	}
	files, err := fs.Glob(testdata.Specs(), "memcached/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	words, raw := 0, 0
	for _, name := range files {
		src, err := fs.ReadFile(testdata.Specs(), name)
		if err != nil {
			t.Fatal(err)
		}
		text := overhear(t, c, string(src)).Script()
		if _, err := reader.Read(name, []byte(text)); err != nil {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
		words, raw = words+strings.Count(text, "\nsend a "), raw+strings.Count(text, "\nsendraw a ")
	}
	if words < 200 || raw > words/10 {
		t.Errorf("%d requests are in words, %d in bytes", words, raw)
	}
}

// TestRetell: what is expected, and what is not shown.
func TestRetell(t *testing.T) {
	for _, tt := range []struct{ name, table, recording, want string }{
		{
			"what is stored", "memcached", "> 8000000300000000000000030000000700000000000000006b6579\n< 8100000000000001000000090000000700000000000000004e6f7420666f756e64\n",
			"send a GET key=0x6b6579\nexpect-oneof a = KEY_NOT_FOUND GET_REPLY\n",
		},
		{
			"quiet", "memcached", "> 8009000300000000000000030000000000000000000000006b6579 800a00000000000000000000000000000000000000000000\n< 810a00000000000000000000000000000000000000000000\n",
			"send a GETQ key=0x6b6579\nfence a ?GETQ_REPLY\n",
		},
		{
			"refused by a check", "memcached", "> 807f00000000000000000000000000000000000000000000\n< 817f00000000008100000000000000000000000000000000\n",
			"sendraw a 807f00000000000000000000000000000000000000000000  # the opcode 0x7f\nexpect-error a UNKNOWN_COMMAND\n",
		},
		{
			"a wrong answer", "memcached", "> 800a00000000000000000000000000000000000000000000\n< 810a00000000000500000000000000000000000000000000\n",
			"send a NOOP\nexpect a NOOP_REPLY\n# it was answered with NOT_STORED\n",
		},
		{
			"the end", "memcached", "> 800700000000000000000000000000000000000000000000\n< 810700000000000000000000000000000000000000000000\n",
			"send a QUIT\nexpect a QUIT_REPLY\nexpect-close a @or-reset\n",
		},
		{"no answer is due", "memcached", "> 801700000000000000000000000000000000000000000000\n", "send a QUITQ\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := overhear(t, otherTable(t, tt.table), tt.recording).Script(); !strings.Contains(got, tt.want) {
				t.Errorf("want\n%s\ngot\n%s", tt.want, got)
			}
		})
	}
	if why := Unsaved(otherTable(t, "postgres").Protocol()); !strings.Contains(why, "no fence") {
		t.Errorf("PostgreSQL can be saved: %q", why)
	}
}

// TestRetellSecrets: secrets are not saved, in frames that are wrong neither; values that are to be new are variables.
func TestRetellSecrets(t *testing.T) {
	c := dynamic.New(chat(t))
	p := c.Protocol()
	frame := func(message string, id uint64, trailing []byte, fields ...string) said {
		m := c.Example(p.Message(message))
		m.ID, m.Trailing = id, trailing
		for i := 0; i < len(fields); i += 2 {
			m.Set(fields[i], fields[i+1])
		}
		return said{from: spec.FromClient, frame: c.AppendIllegal(nil, m)}
	}
	got := retell(c, "c1", []said{
		frame("HELLO", 1, nil),
		frame("CREATE", 2, nil, "name", "Alice", "password", "open sesame", "again", "open sesame"),
		frame("LOGIN", 3, []byte{0}, "name", "Alice", "password", "open sesame"),
		frame("CREATE", 4, nil, "name", "Alice", "password", "open sesame", "again", "open sesame"),
		frame("PING", 0, nil),
	})
	if strings.Contains(got, "open sesame") || strings.Contains(got, hex.EncodeToString([]byte("open sesame"))) {
		t.Errorf("a secret is saved:\n%s", got)
	}
	for _, want := range []string{
		"\nfresh username username1\nconnect a\n", "\n# the client sends LOGIN, which is wrong, and may hold a secret\n",
		"\nexpect-error a BAD_ID\n", "\nexpect-close a\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing:\n%s", want, got)
		}
	}
	if n := strings.Count(got, "\nsend a CREATE name=$username1\n"); n != 2 {
		t.Errorf("the name is new %d times:\n%s", n, got)
	}
	reader, err := script.NewReader(p, "no macros", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := reader.Read("c1", []byte(got)); err != nil {
		t.Errorf("%v\n%s", err, got)
	}
}
