package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/peer"
	"github.com/wirelaw/wirelaw/conformance/report"
)

// TestReports judges a right and a wrong server, with all kinds of reports, and sets them side by side.
func TestReports(t *testing.T) {
	dir := t.TempDir()
	judge := func(name string, fault *peer.Fault, want conformance.Status) {
		t.Helper()
		args := []string{"test", "--patience", "3", "--addr", model(t, fault, nil), "chat/ping/every-state", "chat/hello/ok"}
		if fault != nil {
			args[2] = "0.3"
		}
		for _, kind := range report.Kinds() {
			args = append(args, "--report", kind+"="+filepath.Join(dir, name+"."+kind))
		}
		if status, out, stderr := wirecheck(t, args...); status != want {
			t.Fatalf("status %d:\n%s%s", status, out, stderr)
		}
		for kind, want := range map[string]string{
			"html": "</html>", "junit": "</testsuites>", "tap": "TAP version 14\n1..", "json": `{"type":"end"`, "md": "### Rules that hold",
		} {
			if text := read(t, filepath.Join(dir, name+"."+kind)); !strings.Contains(text, want) {
				t.Errorf("%s of %s has no %q", kind, name, want)
			}
		}
	}
	judge("right", nil, conformance.StatusOK)
	wrong := peer.Faults[0]
	if wrong.Name != "wrong-id" {
		t.Fatalf("the first fault is %s", wrong.Name)
	}
	judge("wrong", wrong, conformance.StatusFailed)
	page := filepath.Join(dir, "matrix.html")
	status, out, stderr := wirecheck(t, "matrix", filepath.Join(dir, "right.json"), filepath.Join(dir, "wrong.json"), "--html", page)
	if status != conformance.StatusOK {
		t.Fatalf("status %d:\n%s%s", status, out, stderr)
	}
	for _, want := range []string{"A  right: 127.0.0.1", "B  wrong: 127.0.0.1", "rules that hold", "chat/ping/every-state", "FAIL"} {
		if !strings.Contains(out, want) {
			t.Errorf("the matrix has no %q:\n%s", want, out)
		}
	}
	if text := read(t, page); !strings.Contains(text, "</html>") || !strings.Contains(text, "chat/ping/every-state") {
		t.Error("the page of the matrix is not whole")
	}
	other := filepath.Join(dir, "other.json")
	if err := os.WriteFile(other, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		want string
		args []string
	}{
		{"name reports", nil},
		{"no such file", []string{filepath.Join(dir, "none.json")}},
		{"no report of wirecheck", []string{other}},
		{"no such file", []string{filepath.Join(dir, "right.json"), "--html", filepath.Join(dir, "no", "m.html")}},
	} {
		if status, out, stderr := wirecheck(t, append([]string{"matrix"}, c.args...)...); status != conformance.StatusUsage || !strings.Contains(stderr, c.want) {
			t.Errorf("%q: status %d:\n%s%s", c.args, status, out, stderr)
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(src)
}
