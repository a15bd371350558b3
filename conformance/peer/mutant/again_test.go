package mutant_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/conformance/peer"
	"github.com/wirelaw/wirelaw/conformance/peer/mutant"
)

// TestAgain shows that the command that stands with a failure shows it again: the same case, getting the same. What was expected is not
// compared: a reply too many meets whatever the script waits for at that moment.
func TestAgain(t *testing.T) {
	t.Parallel()
	bin := filepath.Join(t.TempDir(), "wirecheck")
	build := exec.Command("go", "build", "-o", bin, "./conformance/cmd/wirecheck")
	build.Dir = "../../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	s := suite(t)
	// What ends the server, or begins late in its life, is not there again on the same server; what is silent takes long to see.
	faults := slices.DeleteFunc(slices.Concat(mutant.Chat(), mutant.Generated(s.Protocol)), func(f *peer.Fault) bool {
		return strings.Contains(f.Name, "crash") || strings.HasPrefix(f.Name, "connection/") || strings.HasPrefix(f.Name, "time/") ||
			*all != "all" && (strings.HasSuffix(f.Name, ".missing") || strings.HasSuffix(f.Name, ".late"))
	})
	tried := 0
	for i, f := range sample(faults, 230) {
		if *all == "all" && i%12 != 0 {
			continue
		}
		if tried == 60 {
			break
		}
		tried++
		h := serve(t, s.Protocol, f)
		first := failure(t, bin, append([]string{"test", "--addr", h.Addr()}, f.Rules...)...)
		switch {
		case first.again == "":
			t.Logf("%s: the rules alone do not catch it, or it is seen at the first contact", f.Name)
		default:
			words := strings.Fields(first.again)
			if words[0] != "wirecheck" {
				t.Fatalf("%s: %q", f.Name, first.again)
			}
			if second := failure(t, bin, words[1:]...); second.id != first.id || second.got != first.got {
				t.Errorf("%s: %s\nfirst %+v\nagain %+v", f.Name, first.again, first, second)
			}
		}
		h.Close()
	}
	t.Logf("%d commands", tried)
}

// A told failure is what the terminal shows of the first one.
type told struct{ id, expected, got, again string }

var fresh = regexp.MustCompile(`-[a-z0-9]{8}\b|\d+`)

// failure runs wirecheck and returns the first failure that it tells.
func failure(t *testing.T, bin string, args ...string) (f told) {
	t.Helper()
	cmd := exec.Command(bin, args...)
	cmd.Env = append(os.Environ(), "NO_COLOR=1")
	out, _ := cmd.Output() // it exits with 1
	for line := range bytes.Lines(out) {
		text := strings.TrimSpace(string(line))
		for prefix, to := range map[string]*string{"1. FAIL ": &f.id, "expected ": &f.expected, "got ": &f.got, "again ": &f.again} {
			if rest, ok := strings.CutPrefix(text, prefix); ok && *to == "" {
				*to = strings.TrimSpace(rest)
			}
		}
	}
	f.id, _, _ = strings.Cut(f.id, " ") // and so many more
	f.expected, f.got = fresh.ReplaceAllString(f.expected, "…"), fresh.ReplaceAllString(f.got, "…")
	return f
}
