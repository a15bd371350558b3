package mutant_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/wirelaw/wirelaw/conformance/peer"
	"github.com/wirelaw/wirelaw/conformance/peer/mutant"
	"github.com/wirelaw/wirelaw/conformance/report"
	"github.com/wirelaw/wirelaw/conformance/run"
)

// passing are faults whose failures the command that stands with them need not show again, and why.
var passing = map[string]string{
	"basic/crash":                  "the server is gone",
	"crash/request-500":            "the server is gone",
	"connection/no-more-after-300": "it begins late in the life of a server",
	"others/cut-frame-is-told":     "one case fails by what another does",
	"send/leaks-to-others":         "one case fails by what another does",
	"state/refused-has-effect":     "one case fails by what another does",
	"token/equal":                  "which account the token leads to depends on other cases",
}

// TestAgain shows that the command that stands with a failure shows it again: the same case, getting the same. What was expected is not
// compared: a reply too many meets whatever the script waits for at that moment.
func TestAgain(t *testing.T) {
	s := suite(t)
	var mu sync.Mutex
	var same, unsaid int
	faults := slices.DeleteFunc(slices.Concat(mutant.Chat(), mutant.Generated(s.Protocol)), func(f *peer.Fault) bool {
		return passing[f.Name] != "" || *all != "all" && (strings.HasPrefix(f.Name, "time/") || strings.HasSuffix(f.Name, ".missing"))
	})
	each(t, sample(faults, 40), func(f *peer.Fault) {
		first, again := twice(t, s, f, hasty)
		if first.id != again.id || first.got != again.got {
			first, again = twice(t, s, f, 1) // the machine may have been too slow
		}
		mu.Lock()
		defer mu.Unlock()
		switch {
		case first.id == "":
			unsaid++
			t.Logf("%s is seen at the first contact, or not at all", f.Name)
		case first.id != again.id || first.got != again.got:
			t.Errorf("%s: %s\nfirst %+v\nagain %+v", f.Name, first.again, first, again)
		default:
			same++
		}
	})
	t.Logf("%d failures were shown again, %d had no command", same, unsaid)
}

// twice returns the first failure of a faulty server that is told, and what its command tells of the same server.
func twice(t *testing.T, s *run.Suite, f *peer.Fault, pace float64) (first, again told) {
	h := serve(t, s.Protocol, f)
	defer h.Close()
	tell := func(cases []*run.Case, enough bool) told {
		var b bytes.Buffer
		report.Terminal(&b, judge(t, s, cases, h, max(pace, patience(cases)), enough), report.How{Reproduce: "wirecheck test"})
		return heard(b.Bytes())
	}
	for _, cases := range stages(s, f) {
		if len(cases) == 0 {
			continue
		}
		if first = tell(cases, true); first.again == "" {
			continue
		}
		one, err := s.Select([]string{strings.Trim(strings.TrimPrefix(first.again, "wirecheck test "), "'")}, nil)
		if err != nil {
			t.Error(err)
			return first, told{}
		}
		return first, tell(one, false)
	}
	return told{}, told{}
}

// TestAgainProgram is TestAgain for a few faults, with the program and its whole command line.
func TestAgainProgram(t *testing.T) {
	t.Parallel()
	bin := filepath.Join(t.TempDir(), "wirecheck")
	build := exec.Command("go", "build", "-o", bin, "./conformance/cmd/wirecheck")
	build.Dir = "../../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	s := suite(t)
	for _, f := range mutant.Chat() {
		if !slices.Contains([]string{"basic/wrong-id", "login/two-sessions", "expression/is-perl"}, f.Name) {
			continue
		}
		h := serve(t, s.Protocol, f)
		first := failure(t, bin, append([]string{"test", "--addr", h.Addr()}, f.Rules...)...)
		words := strings.Fields(first.again)
		if len(words) < 2 || words[0] != "wirecheck" {
			t.Fatalf("%s: %q", f.Name, first.again)
		}
		if second := failure(t, bin, words[1:]...); second.id != first.id || second.got != first.got {
			t.Errorf("%s: %s\nfirst %+v\nagain %+v", f.Name, first.again, first, second)
		}
		h.Close()
	}
}

// A told failure is what the terminal shows of the first one.
type told struct{ id, expected, got, again string }

var (
	start = regexp.MustCompile(`^\d+\. (?:FAIL|WARN) ([^ ,]+)`)
	fresh = regexp.MustCompile(`-[a-z0-9]{8}\b|\d+|\[.*\]`)
)

// failure runs wirecheck and returns the first failure that it tells.
func failure(t *testing.T, bin string, args ...string) told {
	t.Helper()
	cmd := exec.Command(bin, args...)
	cmd.Env = append(os.Environ(), "NO_COLOR=1")
	out, _ := cmd.Output() // it exits with 1
	return heard(out)
}

// heard reads what is told: the first failure that has a command.
func heard(out []byte) (f told) {
	for line := range bytes.Lines(out) {
		text := strings.TrimSpace(string(line))
		if id := start.FindStringSubmatch(text); id != nil {
			f = told{id: id[1]}
		}
		for prefix, to := range map[string]*string{"expected ": &f.expected, "got ": &f.got, "again ": &f.again} {
			if rest, ok := strings.CutPrefix(text, prefix); ok && *to == "" {
				*to = strings.TrimSpace(rest)
			}
		}
		if f.again != "" {
			f.expected, f.got = fresh.ReplaceAllString(f.expected, "…"), fresh.ReplaceAllString(f.got, "…")
			f.got = strings.ReplaceAll(f.got, "a reset of the connection", "the end of the connection") // which one is chance
			return f
		}
	}
	return told{}
}
