package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/report"
	"github.com/wirelaw/wirelaw/conformance/run"
)

const knownHelp = `a file of failures that are known, which then are as expected. A line is: ID "SIGNATURE" [until=YYYY-MM-DD] [flaky] REASON.
ID may be a pattern, * in the signature stands for anything. Another failure, a pass, a case that does not exist and a day that is over
are not as expected. --update-known writes the file`

// readKnown reads the list of known failures, if one is named. To be updated, it need not be there.
func (o *judgeFlags) readKnown() error {
	switch {
	case o.known == "" && o.update:
		return usage("--update-known: name the file by --known")
	case o.known == "":
		return nil
	}
	src, err := os.ReadFile(o.known)
	if err != nil && !(o.update && errors.Is(err, fs.ErrNotExist)) {
		return err
	}
	if o.list, err = run.ParseKnown(o.known, src); err != nil {
		return usage("%v", err)
	}
	return nil
}

// tell says what became of a run, in all the ways that were asked for.
func (o *judgeFlags) tell(s *std, suite *run.Suite, r *run.Report, how report.How, files *reports) (conformance.Status, error) {
	if o.list != nil && r.Contact == nil {
		now := how.Time
		if o.update && r.Off == "" {
			fresh := *r // what is told is held against the list as it is then
			fresh.Results = nil
			for _, res := range r.Results {
				c := *res
				fresh.Results = append(fresh.Results, &c)
			}
			o.list.Apply(suite, &fresh, now)
			o.list.Update(suite, &fresh, now)
			if err := os.WriteFile(o.known, o.list.Bytes(), 0o644); err != nil {
				return 0, err
			}
			fmt.Fprintf(s.err, "%s: %d known failures\n", o.known, len(o.list.Entries))
		}
		o.list.Apply(suite, r, now)
	}
	report.Terminal(s.out, r, how)
	if r.Contact == nil {
		remember(r)
	}
	if err := files.write(r); err != nil {
		return 0, err
	}
	return r.Status(o.strict), nil
}
