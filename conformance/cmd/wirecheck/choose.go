package main

import (
	"errors"
	"fmt"
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
	if err != nil || o.failed == "" {
		return cases, err
	}
	failed, err := o.again()
	if err != nil {
		return nil, err
	}
	if failed[run.LivesID] { // no case alone has brought that about
		return cases, nil
	}
	cases = slices.DeleteFunc(cases, func(c *run.Case) bool { return !failed[c.ID] })
	if len(cases) == 0 {
		return nil, &run.SelectError{Selector: "what failed in " + o.failed}
	}
	return cases, nil
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
			return nil, &run.SelectError{Selector: sel}
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
