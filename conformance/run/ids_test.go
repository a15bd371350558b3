package run_test

import (
	"flag"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/conformance/drive"
	"github.com/wirelaw/wirelaw/conformance/run"
	"github.com/wirelaw/wirelaw/spec"
	"github.com/wirelaw/wirelaw/testdata"
)

var update = flag.Bool("update", false, "add new ids to the list of all ids that ever were")

const (
	idsFile        = "../../testdata/transcripts/IDS"
	tombstonesFile = "../../testdata/transcripts/TOMBSTONES"

	idsHead = `# The ids of all cases that ever were, by folder. An id is never used for another case: one that went is in TOMBSTONES.
# go test ./conformance/run -run TestIDs -update adds new ones; nothing is ever taken out.
`
)

// present returns the ids of all cases that there are.
func present(t *testing.T) map[string]bool {
	t.Helper()
	p, err := spec.Chat()
	if err != nil {
		t.Fatal(err)
	}
	servers, err := run.Load(p, testdata.Transcripts(p.ID), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := servers.Derive(); err != nil {
		t.Fatal(err)
	}
	clients, err := run.LoadClient(p, drive.Actions(), testdata.Transcripts(p.ID+"-client"), p.ID+"-client")
	if err != nil {
		t.Fatal(err)
	}
	if err := clients.Derive(); err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, c := range append(servers.Cases, clients.Cases...) {
		ids[c.ID] = true
	}
	return ids
}

// readIDs reads the list: a folder on a line, its names on lines that are set in.
func readIDs(text string) (map[string]bool, error) {
	ids := map[string]bool{}
	folder := ""
	for i, line := range strings.Split(text, "\n") {
		switch {
		case line == "" || line[0] == '#':
		case line[0] != '\t':
			folder = line
		case folder == "":
			return nil, fmt.Errorf("line %d: a name without a folder", i+1)
		default:
			for _, name := range strings.Fields(line) {
				ids[folder+"/"+name] = true
			}
		}
	}
	return ids, nil
}

// writeIDs is the list as readIDs reads it.
func writeIDs(ids map[string]bool) string {
	names := map[string][]string{}
	for id := range ids {
		names[path.Dir(id)] = append(names[path.Dir(id)], path.Base(id))
	}
	var folders []string
	for f := range names {
		folders = append(folders, f)
	}
	slices.Sort(folders)
	var b strings.Builder
	b.WriteString(idsHead)
	for _, f := range folders {
		b.WriteString(f + "\n")
		slices.Sort(names[f])
		line := ""
		for _, n := range names[f] {
			if len(line)+len(n) > 130 {
				b.WriteString("\t" + strings.TrimSpace(line) + "\n")
				line = ""
			}
			line += n + " "
		}
		b.WriteString("\t" + strings.TrimSpace(line) + "\n")
	}
	return b.String()
}

// readTombstones reads ids that went, each with the reason.
func readTombstones(text string) (map[string]bool, error) {
	ids := map[string]bool{}
	for i, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		id, why, _ := strings.Cut(line, " ")
		if strings.TrimSpace(why) == "" || ids[id] {
			return nil, fmt.Errorf("line %d: %q needs a reason, once", i+1, id)
		}
		ids[id] = true
	}
	return ids, nil
}

// wrongIDs says what is wrong with the ids of a suite: one that went without a tombstone, one that came back, one that is not in the list.
func wrongIDs(now, ever, dead map[string]bool) (wrong []string) {
	for id := range ever {
		if !now[id] && !dead[id] {
			wrong = append(wrong, id+" has gone: ids are stable; if the case has to go, say so in TOMBSTONES")
		}
	}
	for id := range dead {
		if now[id] {
			wrong = append(wrong, id+" has a tombstone: its id is not used again")
		}
		if !ever[id] {
			wrong = append(wrong, id+" has a tombstone and never was")
		}
	}
	for id := range now {
		if !ever[id] {
			wrong = append(wrong, id+" is new: run go test ./conformance/run -run TestIDs -update")
		}
	}
	slices.Sort(wrong)
	return wrong
}

// TestIDs holds the ids of all cases to those that ever were.
func TestIDs(t *testing.T) {
	read := func(file string, parse func(string) (map[string]bool, error)) map[string]bool {
		src, err := os.ReadFile(filepath.FromSlash(file))
		if err != nil && !(*update && os.IsNotExist(err)) {
			t.Fatal(err)
		}
		ids, err := parse(string(src))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		return ids
	}
	now, ever, dead := present(t), read(idsFile, readIDs), read(tombstonesFile, readTombstones)
	if *update {
		for id := range now {
			ever[id] = true
		}
		if err := os.WriteFile(filepath.FromSlash(idsFile), []byte(writeIDs(ever)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if again, err := readIDs(writeIDs(ever)); err != nil || len(again) != len(ever) {
		t.Errorf("%d ids are read back as %d: %v", len(ever), len(again), err)
	}
	wrong := wrongIDs(now, ever, dead)
	for _, w := range wrong[:min(len(wrong), 20)] {
		t.Error(w)
	}
	if len(wrong) > 20 {
		t.Errorf("… and %d more", len(wrong)-20)
	}
}

// TestWrongIDs shows that the test of ids can fail.
func TestWrongIDs(t *testing.T) {
	set := func(ids ...string) map[string]bool {
		m := map[string]bool{}
		for _, id := range ids {
			m[id] = true
		}
		return m
	}
	for _, c := range []struct {
		now, ever, dead map[string]bool
		want            string
	}{
		{set("a/1", "a/2"), set("a/1", "a/2", "a/3"), set("a/3"), ""},
		{set("a/1"), set("a/1", "a/2"), set(), "has gone"},
		{set("a/1"), set("a/1"), set("a/1"), "not used again"},
		{set("a/1", "a/2"), set("a/1"), set(), "is new"},
		{set(), set(), set("a/1"), "never was"},
	} {
		if got := strings.Join(wrongIDs(c.now, c.ever, c.dead), "; "); (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%v, %v, %v: %q", c.now, c.ever, c.dead, got)
		}
	}
}
