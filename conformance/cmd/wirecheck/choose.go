package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/report"
	"github.com/wirelaw/wirelaw/conformance/run"
)

const selectorHelp = `Selectors say which cases; without any it is all of them. Each must select something.

  chat/send/ok-offline-recipient   one case, by its id; send/ok-offline-recipient is enough
  chat/send, send                  a folder
  'chat/*/ok*'  'send/**'          a pattern: * and ? within a part of the id, ** for any number of parts
  SEND-5, SEND                     the cases of a rule, of all rules of a message or topic
  MUST, SHOULD, MAY                the cases of a level
  @FILE                            the selectors in FILE, one a line; # begins a comment

  wirecheck test --addr HOST:PORT send --skip 'send/derived/**' --skip SEND-7
  wirecheck test --addr HOST:PORT --rerun-failed
  wirecheck test --client --exec 'CMD {addr}' --skip '*/derived/*'
`

// last stands for the report of the last run in --rerun-failed.
const last = "the last run"

// A chooser chooses cases.
type chooser struct {
	skip   []string
	failed string // a report; only what failed there. "": all
}

func (o *chooser) add(f *pflag.FlagSet, again bool) {
	f.StringArrayVar(&o.skip, "skip", nil, "leave out what this selector selects; may be repeated")
	if again {
		f.StringVar(&o.failed, "rerun-failed", "", "only what was not as expected in this report, written by --report json=FILE; without =FILE in the last run")
		f.Lookup("rerun-failed").NoOptDefVal = last
	}
}

// choose returns the cases that are selected.
func (o *chooser) choose(suite *run.Suite, selectors []string) ([]*run.Case, error) {
	selectors, err := expand(selectors)
	if err != nil {
		return nil, err
	}
	skip, err := expand(o.skip)
	if err != nil {
		return nil, err
	}
	cases, err := suite.Select(selectors, skip)
	switch nothing := (*run.SelectError)(nil); {
	case errors.As(err, &nothing):
		return nil, o.mistaken(nothing)
	case err != nil:
		return nil, err
	case len(cases) == 0:
		return nil, &run.SelectError{Hint: "nothing is left: --skip leaves out all that is selected"}
	case o.failed == "":
		return cases, nil
	}
	failed, err := o.again()
	if err != nil {
		return nil, err
	}
	if failed[run.LivesID] { // no case alone has brought that about
		return cases, nil
	}
	rest := slices.DeleteFunc(slices.Clone(cases), func(c *run.Case) bool { return !failed[c.ID] })
	if len(rest) > 0 {
		return rest, nil
	}
	hint := fmt.Sprintf("nothing failed in %s", o.failed)
	if len(failed) > 0 {
		some := slices.Sorted(maps.Keys(failed))[0]
		hint = fmt.Sprintf("%d cases failed in %s, as %s, and none of them is selected here", len(failed), o.failed, some)
		if suite.Case(some) == nil {
			hint += "; does it judge the other side (--client), or another table (--spec)?"
		}
	}
	return nil, &run.SelectError{Hint: hint}
}

// mistaken adds to the error about a selector what only the command line knows: that it is a file.
func (o *chooser) mistaken(e *run.SelectError) error {
	if info, err := os.Stat(e.Selector); err != nil || !info.Mode().IsRegular() {
		return e
	}
	switch {
	case o.failed == last:
		e.Hint = "a report needs a =, as in --rerun-failed=" + e.Selector
	case filepath.Ext(e.Selector) == ".txtar":
		e.Hint = "it is a file; wirecheck replay runs transcripts"
	default:
		e.Hint = "it is a file; write @" + e.Selector + " if it holds selectors"
	}
	e.Near = nil
	return e
}

// expand replaces @FILE by the selectors in it.
func expand(selectors []string) (out []string, err error) {
	for _, sel := range selectors {
		name, ok := strings.CutPrefix(sel, "@")
		if !ok {
			out = append(out, sel)
			continue
		}
		src, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		n := len(out)
		for line := range strings.Lines(string(src)) {
			line, _, _ = strings.Cut(line, "#")
			if line = strings.TrimSpace(line); line != "" {
				out = append(out, line)
			}
		}
		if len(out) == n {
			return nil, &run.SelectError{Selector: sel, Hint: "the file holds no selectors"}
		}
	}
	return out, nil
}

// again returns the ids of what was not as expected.
func (o *chooser) again() (map[string]bool, error) {
	file := o.failed
	if file == last {
		file = lastFile()
	}
	r, err := readReport(file)
	switch {
	case errors.Is(err, os.ErrNotExist) && o.failed == last:
		return nil, usage("--rerun-failed: no run is remembered; name a report, as --report json=FILE writes it: --rerun-failed=FILE")
	case err != nil:
		return nil, err
	}
	failed := map[string]bool{}
	for _, c := range r.Cases {
		switch c.Verdict {
		case conformance.Fail, report.Warn, conformance.XPass, conformance.Blocked, conformance.Error:
			failed[c.ID] = true
		}
	}
	return failed, nil
}

// lastFile is where a run is remembered.
func lastFile() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	return filepath.Join(dir, "wirecheck", "last.json")
}

// remember keeps the verdicts of a run for --rerun-failed. That it cannot is no reason to fail.
func remember(r *run.Report) {
	short := &report.Run{Head: report.Head{Protocol: r.Protocol.ID, Run: r.RunID, Target: r.Addr}}
	for _, res := range r.Results {
		short.Cases = append(short.Cases, &report.Case{ID: res.Case.ID, Verdict: res.Verdict})
	}
	name := lastFile()
	if os.MkdirAll(filepath.Dir(name), 0o755) != nil {
		return
	}
	f, err := os.CreateTemp(filepath.Dir(name), "run-")
	if err != nil {
		return
	}
	err = errors.Join(report.JSON(f, short), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		os.Remove(f.Name())
	}
}

func printSelectors(s *std) { fmt.Fprintf(s.out, "\n%s", selectorHelp) }
