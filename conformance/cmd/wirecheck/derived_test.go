package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/conformance"
)

// TestDerivedList shows that derived cases are counted, and listed where they are asked for.
func TestDerivedList(t *testing.T) {
	status, out, _ := wirecheck(t, "list", "send")
	m := regexp.MustCompile(`(?m)^chat/send/derived: (\d+) cases that follow from the table$`).FindStringSubmatch(out)
	if status != conformance.StatusOK || m == nil || strings.Contains(out, "chat/send/derived/") || !strings.Contains(out, "\nchat/send/ok-online ") {
		t.Fatalf("status %d\n%s", status, out)
	}
	for _, args := range [][]string{{"list", "send/derived"}, {"list", "chat/send/derived/*"}, {"list", "--derived", "send/derived"}} {
		_, out, _ := wirecheck(t, args...)
		if n := strings.Count(out, "\n"); strconv.Itoa(n) != m[1] {
			t.Errorf("%q lists %d cases, want %s", args, n, m[1])
		}
	}
	mini := filepath.Join("..", "..", "..", "spec", "testdata", "base.yaml")
	if status, out, stderr := wirecheck(t, "list", "--spec", mini); status != conformance.StatusOK || !strings.Contains(out, "mini/say/derived: ") {
		t.Errorf("another table: status %d\n%s%s", status, out, stderr)
	}
	if status, out, stderr := wirecheck(t, "cover", "--spec", mini); status != conformance.StatusFailed || strings.Contains(stderr, "derived") {
		t.Errorf("another table: status %d\n%s%s", status, out, stderr)
	}
}

// TestDerivedReplay saves derived cases and replays them.
func TestDerivedReplay(t *testing.T) {
	args := []string{"replay", "--exec", execTarget("honest")}
	for i, id := range []string{"chat/send/derived/text.max+1", "create/derived/name.utf8.surrogate.first", "chat/list/derived/cut.5.reset", "chat/order/derived/mixed.100.top.guest"} {
		status, out, stderr := wirecheck(t, "explain", "--transcript", id)
		if status != conformance.StatusOK {
			t.Fatal(stderr)
		}
		file := filepath.Join(t.TempDir(), strconv.Itoa(i)+".txtar")
		if err := os.WriteFile(file, []byte(out), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, file)
	}
	if status, out, stderr := wirecheck(t, args...); status != conformance.StatusOK || !strings.Contains(out, "4 PASS of 4 cases") {
		t.Errorf("status %d\n%s%s", status, out, stderr)
	}
}
