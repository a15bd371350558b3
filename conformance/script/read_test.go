package script

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/spec"
)

const macrosFile = "../../testdata/transcripts/chat/macros.txt"

func chat(t testing.TB) *spec.Protocol {
	t.Helper()
	p, err := spec.Chat()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func chatReader(t testing.TB) *Reader {
	t.Helper()
	src, err := os.ReadFile(macrosFile)
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewReader(chat(t), "macros.txt", string(src))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSplitWords(t *testing.T) {
	for _, c := range []struct {
		line string
		want []string
	}{
		{"", nil},
		{"  a  b\tc ", []string{"a", "b", "c"}},
		{"a # b", []string{"a"}},
		{"a'#'b 'c d'", []string{"a'#'b", "'c d'"}},
		{"'it''s'", []string{"'it''s'"}},
		{"# all", nil},
	} {
		words, err := splitWords(c.line)
		var got []string
		for _, w := range words {
			got = append(got, string(w))
		}
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, %v; want %q", c.line, got, err, c.want)
		}
	}
	if _, err := splitWords("a 'b"); err == nil {
		t.Error("a quote that does not end is taken")
	}
}

func TestWord(t *testing.T) {
	for _, c := range []struct {
		w       word
		refs    []string
		literal string
		known   bool
	}{
		{"abc", nil, "abc", true},
		{"'a b'", nil, "a b", true},
		{"'it''s'", nil, "it's", true},
		{"x='$y'z", nil, "x=$yz", true},
		{"$p-a", []string{"p"}, "", false},
		{"'$p'${q.r}x$s", []string{"q.r", "s"}, "", false},
		{"$a$b_2${_c.1.d}9é$E", []string{"a", "b_2", "_c.1.d", "E"}, "", false},
	} {
		refs, err := c.w.references()
		literal, known := c.w.literal()
		if err != nil || !slices.Equal(refs, c.refs) || literal != c.literal || known != c.known {
			t.Errorf("%s: %q, %q, %v, %v", c.w, refs, literal, known, err)
		}
	}
	for _, w := range []word{"$", "a$", "$1", "${", "${}", "$$", "$*", "${a b}", "${a.}", "${1}", "$é", "$$x", "$'x'"} {
		if refs, err := w.references(); err == nil {
			t.Errorf("%s is taken, with %q", w, refs)
		}
	}
}

// TestRefused shows that what is not literally in the language does not run.
func TestRefused(t *testing.T) {
	r := chatReader(t)
	for _, c := range []struct{ name, src, want string }{
		{"builtin exec", "exec true", "there is no command \"exec\""},
		{"builtin rm", "rm x", "there is no command"},
		{"builtin cd", "cd /", "there is no command"},
		{"builtin skip", "skip", "there is no command"},
		{"quoted command", "'exec' true", "command words are written plainly"},
		{"partly quoted command", "ex'ec' true", "command words are written plainly"},
		{"command from a variable", "let x exec\n$x true", "command words are written plainly"},
		{"negation", "! connect a", "is no command"},
		{"guard cannot be written", "connect a\nguard 1", "no command \"guard\""},
		{"guard of nobody", "connect a\n[guard:1] send a PING", "is no condition"},
		{"lease cannot be written", "lease account a", "no command \"lease\""},
		{"condition on no message", "connect a\n[sent:SENT] send a PING", "SEND"},
		{"condition of the engine", "[exec:sh] connect a", "no state"},
		{"condition of the system", "[linux] connect a", "is no condition"},
		{"condition with a variable", "let x RESUME\n[$x] connect a", "is no condition"},
		{"condition alone", "[RESUME]", "before a command"},
		{"connection named exec", "connect exec", "cannot be the name of a connection"},
		{"undeclared variable", "connect a\nsend a SEND to=$bob", "was not declared"},
		{"environment", "connect a\nsend a SEND to=$HOME", "was not declared"},
		{"environment, quoted", "connect a\nsend a SEND to=x'y'$PATH", "was not declared"},
		{"misspelt variable", "fresh name alice\nconnect a\nsend a SEND to=$alcie", "did you mean \"alice\""},
		{"unopened connection", "send a PING", "was not opened"},
		{"unknown message", "connect a\nsend a SENT", "did you mean \"SEND\""},
		{"message of the server", "connect a\nsend a WELCOME", "sends no message"},
		{"unknown field", "connect a\nsend a SEND txt=hi", "did you mean \"text\""},
		{"illegal value", "connect a\nsend a HELLO keepalive=301", "goes through sendraw"},
		{"no value", "connect a\nsend a HELLO keepalive", "write FIELD=VALUE"},
		{"field twice", "connect a\nsend a HELLO keepalive=1 keepalive=2", "given twice"},
		{"unknown error", "connect a\nexpect-error a NO_SUCH_USR", "did you mean \"NO_SUCH_USER\""},
		{"unknown match", "connect a\nexpect a WELCOME colour=red", "no field \"colour\""},
		{"match of another kind", "connect a\nexpect a WELCOME agent>3", "is for numbers"},
		{"unknown option", "connect a\nsend a PING @slowly", "does not belong here"},
		{"odd hex", "connect a\nsendraw a 0b0", "two hex digits"},
		{"unknown feature", "require RESUMES", "did you mean \"RESUME\""},
		{"fresh without a kind", "fresh nonsense x", "neither a type nor a field"},
		{"variable twice", "fresh name a\nfresh name a", "is there already"},
		{"quote that does not end", "connect 'a", "a quote does not end"},
		{"zero byte", "connect a\x00", "zero byte"},
		{"member above", "connect a\n-- ../x --\nhi\n", "not a local path"},
		{"member at the root", "connect a\n-- /etc/x --\nhi\n", "not a local path"},
		{"member with a variable", "connect a\n-- $HOME/x --\nhi\n", "not a local path"},
		{"member on a drive", "connect a\n-- c:\\x --\nhi\n", "not a local path"},
		{"pages of a message without", "connect a\ncollect a PING", "has no pages"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := r.Read("t.txtar", []byte(c.src))
			if err == nil {
				t.Fatalf("it is taken: %q", s.Lines())
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v\nwant %q in it", err, c.want)
			}
		})
	}
}

func TestError(t *testing.T) {
	_, err := chatReader(t).Read("a/b.txtar", []byte("# CHECK-1: x\nconnect a\n  send a PINGG\n"))
	want := "a/b.txtar:3: a client sends no message \"PINGG\" (did you mean \"PING\"?)\n\tsend a PINGG"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestHeader(t *testing.T) {
	s, err := chatReader(t).Read("x.txtar", []byte("# SEND-5, SEND-8: a repeat is a repeat\n# more\nrequire !REGEX slow\nconnect a\nsend a PING\n"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.Case(chat(t), "chat/x", nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Title != "a repeat is a repeat" || !slices.Equal(c.Rules, []string{"SEND-5", "SEND-8"}) || c.Level != spec.Must ||
		!slices.Equal(c.Absent, []string{"REGEX"}) || !c.Slow || c.Restart || !slices.Equal(c.Uses, []string{"PING"}) {
		t.Errorf("%+v", c)
	}
	s, err = chatReader(t).Read("x.txtar", []byte("# SEND-555: what is this?\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Case(chat(t), "chat/x", nil); err == nil || !strings.Contains(err.Error(), "SEND-555") {
		t.Errorf("an unknown rule: %v", err)
	}
}

func TestMacros(t *testing.T) {
	const macros = `
macro twice conn ...
	send $conn PING
	expect $conn PONG ...
	send $conn PING
	expect $conn PONG
end
macro keep conn who word='two words' ...
	[$conn:connected] twice $conn ...
	let &who.it $word
	let _own ${who.it}
	[set:&who.it] send $conn LOGIN name=$who password=$_own
end
`
	r, err := NewReader(chat(t), "m.txt", macros)
	if err != nil {
		t.Fatal(err)
	}
	s, err := r.Read("t.txtar", []byte("let bob 'b o b'\nconnect a\nkeep a $bob id>0\nkeep a 'x'$bob word=hello\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"let bob 'b o b'", "connect a",
		"[a:connected] guard 2", "[guard:2] send a PING", "[guard:2] expect a PONG id>0", "[guard:2] send a PING", "[guard:2] expect a PONG",
		"let bob.it 'two words'", "let _own_1 ${bob.it}", "[set:bob.it] send a LOGIN name=$bob password=$_own_1",
		"[a:connected] guard 4", "[guard:4] send a PING", "[guard:4] expect a PONG", "[guard:4] send a PING", "[guard:4] expect a PONG",
		"let _who_3.it hello", "let _own_3 ${_who_3.it}", "[set:_who_3.it] send a LOGIN name='x'$bob password=$_own_3",
	}
	if got := s.Lines(); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for src, want := range map[string]string{
		"macro x\nsend\n":                              "has no end",
		"macro send a\nend\n":                          "is taken",
		"send a PING\n":                                "begins no definition",
		"hash NONSENSE\n":                              "is no message",
		"pool p x\nlet y 1\nclean\nend\n":              "does not declare",
		"macro m ... a\nend\n":                         "must come last",
		"macro Loud\nend\n":                            "needs a name",
		"macro a\nend\nmacro a\nend\n":                 "is taken",
		"pool p x\nlet x 1\nclean\nsend q PING\nend\n": "was not opened",
	} {
		if _, err := NewReader(chat(t), "m.txt", src); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %q", src, err, want)
		}
	}
	r, err = NewReader(chat(t), "m.txt", "macro loop\nloop\nend\n")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Read("t.txtar", []byte("loop\n")); err == nil || !strings.Contains(err.Error(), "without end") {
		t.Errorf("a macro that calls itself: %v", err)
	}
}

// TestLease shows when a pool stands in for a fresh name, and when the case has made its own.
func TestLease(t *testing.T) {
	r := chatReader(t)
	s, err := r.Read("t.txtar", []byte("fresh name alice bob\nconnect x\naccount $alice\naccount $alice\nconnect a\nsend a CREATE name=$bob\naccount $bob\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"fresh name alice bob", "lease account alice", "connect x", "connect a", "send a CREATE name=$bob"}
	if got := s.Lines(); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if !slices.Equal(s.Pools, []string{"account"}) || !slices.Contains(s.Uses, "LOGIN") {
		t.Errorf("%q, %q", s.Pools, s.Uses)
	}
	if _, err := r.Read("t.txtar", []byte("account $nobody\n")); err == nil {
		t.Error("an undeclared variable is leased")
	}
}

// FuzzRead feeds the reader anything: it never panics, and what it takes has only our commands.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("../../testdata/transcripts/chat/*/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files[:min(len(files), 40)] {
		src, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(src))
	}
	f.Add("[a:b] 'x' $y ${z.q}# @lie=a:1\n-- a/b --\n")
	r := chatReader(f)
	f.Fuzz(func(t *testing.T, src string) {
		s, err := r.Read("f.txtar", []byte(src))
		if err != nil {
			return
		}
		for i := range s.steps {
			if commands[s.steps[i].cmd] == nil {
				t.Fatalf("the command %q is none of ours", s.steps[i].cmd)
			}
		}
	})
}
