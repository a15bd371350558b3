package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/peer"
	"github.com/wirelaw/wirelaw/conformance/run"
	"github.com/wirelaw/wirelaw/spec"
)

// deafToLists does not know LIST.
func deafToLists(t *testing.T) string {
	p, err := spec.Chat()
	if err != nil {
		t.Fatal(err)
	}
	return model(t, &peer.Fault{Check: func(_ *peer.Conn, r peer.Request, e *spec.Error) *spec.Error {
		if r.Message != nil && r.Message.Name == "LIST" {
			return p.Error("UNKNOWN_OPCODE")
		}
		return e
	}}, nil)
}

// TestKnown writes a list of known failures, holds a run against it, and lets it go stale.
func TestKnown(t *testing.T) {
	addr := deafToLists(t)
	file := filepath.Join(t.TempDir(), "known")
	judge := func(want conformance.Status, says string, more ...string) {
		t.Helper()
		status, out, stderr := wirecheck(t, append([]string{"test", "--patience", "3", "--addr", addr, "--known", file, "chat/list/all", "chat/list/sorted", "chat/ping"}, more...)...)
		if status != want || !strings.Contains(out+stderr, says) {
			t.Errorf("status %d, want %d and %q:\n%s%s", status, want, says, out, stderr)
		}
	}
	judge(conformance.StatusUsage, "no such file")
	judge(conformance.StatusOK, "2 XFAIL", "--update-known")
	text := read(t, file)
	if !strings.HasPrefix(text, `chat/list/all  "mismatch LIST: ACCOUNTS, got ERROR UNKNOWN_OPCODE"  new on 2`) || strings.Count(text, "\n") != 1 {
		t.Errorf("the list is %q", text)
	}
	judge(conformance.StatusOK, "LIST is not implemented, which is known")
	change := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	change(text + "chat/ping/layout \"*\" we thought so\n")
	judge(conformance.StatusFailed, "1 XPASS")
	change(text + "chat/ping/lay-out \"*\" we thought so\n")
	judge(conformance.StatusFailed, "or is it chat/ping/layout")
	change(strings.Replace(text, "ACCOUNTS", "nothing", 1))
	judge(conformance.StatusFailed, "it is known to fail in another way")
	change(strings.Replace(text, "new on", "until=2020-01-01 new on", 1))
	judge(conformance.StatusFailed, "was known to fail until 2020-01-01, which is over")
	change("# we do not list\n" + text + "chat/ping/* \"*\" flaky perhaps\n")
	judge(conformance.StatusOK, "FLAKY")
	judge(conformance.StatusOK, "2 known failures", "--update-known")
	if got := read(t, file); got != "# we do not list\n"+text+"chat/ping/*  \"*\" flaky  perhaps\n" {
		t.Errorf("the list has become\n%s", got)
	}
}

// TestChoose shows the selectors that only the program knows.
func TestChoose(t *testing.T) {
	addr := deafToLists(t)
	dir := t.TempDir()
	file := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	mine := file("mine", "# mine\nchat/list/all # one\n\nchat/ping/layout\nping/every-state\n")
	report := filepath.Join(dir, "r.json")
	died := file("died.json", `{"type":"run","protocol":"chat"}`+"\n"+`{"type":"case","id":"`+run.LivesID+`","verdict":"FAIL","finding":{"event":-1}}`+"\n")
	const failedOnce = `{"type":"run","protocol":"chat"}` + "\n" + `{"type":"case","id":"CASE","verdict":"FAIL"}` + "\n"
	for _, c := range []struct {
		status conformance.Status
		says   string
		args   []string
	}{
		{conformance.StatusFailed, "of 3 cases", []string{"@" + mine, "--report", "json=" + report}},
		{conformance.StatusFailed, "of 1 case in", []string{"--rerun-failed=" + report}},
		{conformance.StatusFailed, "of 1 case in", []string{"--rerun-failed"}},
		{conformance.StatusOK, "of 2 cases", []string{"@" + mine, "--skip", "LIST"}},
		{conformance.StatusOK, "of 1 case in", []string{"chat/ping/layout", "--report", "json=" + filepath.Join(dir, "right.json")}},
		{conformance.StatusNothing, "nothing failed in the last run", []string{"--rerun-failed"}},
		{conformance.StatusNothing, "as chat/list/all, and none of them is selected", []string{"--rerun-failed=" + report, "ping"}},
		{conformance.StatusNothing, "does it judge the other side", []string{"--rerun-failed=" + file("client.json", strings.ReplaceAll(failedOnce, "CASE", "chat-client/list/all"))}},
		{conformance.StatusNothing, "--rerun-failed=" + report, []string{"--rerun-failed", report}},
		{conformance.StatusNothing, "write @" + mine, []string{mine}},
		{conformance.StatusNothing, "wirecheck replay runs transcripts", []string{file("x.txtar", "fence a\n")}},
		{conformance.StatusNothing, "--skip leaves out all that is selected", []string{"ping", "--skip", "ping/**"}},
		{conformance.StatusNothing, "did you mean list?", []string{"--skip", "lst"}},
		{conformance.StatusOK, "of 2 cases", []string{"--rerun-failed=" + died, "chat/ping/layout", "chat/ping/every-state"}},
		{conformance.StatusUsage, "no such file", []string{"--rerun-failed=" + filepath.Join(dir, "none")}},
		{conformance.StatusUsage, "no such file", []string{"@" + filepath.Join(dir, "none")}},
		{conformance.StatusNothing, "the file holds no selectors", []string{"@" + file("empty", "# nothing\n")}},
		{conformance.StatusNothing, `did you mean chat/ping/layout?`, []string{"@" + file("wrong", "chat/ping/layou\n")}},
		{conformance.StatusOK, "--rerun-failed\n", []string{"--help"}},
	} {
		status, out, stderr := wirecheck(t, append([]string{"test", "--patience", "3", "--addr", addr}, c.args...)...)
		if status != c.status || !strings.Contains(out+stderr, c.says) {
			t.Errorf("%q: status %d, want %d and %q:\n%s%s", c.args, status, c.status, c.says, out, stderr)
		}
	}
}
