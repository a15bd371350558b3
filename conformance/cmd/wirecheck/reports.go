package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/wirelaw/wirelaw/conformance/report"
	"github.com/wirelaw/wirelaw/conformance/run"
)

const reportHelp = `also write a report: KIND=FILE; may be repeated. The kinds: html is one page for people, without scripts from elsewhere;
junit and tap are for build servers; md is Markdown for the summary page of a CI system;
json is a stream of JSON lines for programs, and for wirecheck matrix`

// A reportFile is a report that was asked for by --report.
type reportFile struct {
	kind string
	file *os.File
}

// openReports opens all files before anything is judged, so that a wrong name costs no run.
func openReports(reports []string) (files []reportFile, err error) {
	seen := map[string]bool{}
	for _, r := range reports {
		kind, name, ok := strings.Cut(r, "=")
		switch {
		case !ok || name == "":
			return nil, usage("--report %q: write KIND=FILE", r)
		case !report.IsKind(kind):
			return nil, usage("--report %q: there is no kind %q, only %s", r, kind, strings.Join(report.Kinds(), ", "))
		case seen[filepath.Clean(name)]:
			return nil, usage("--report %q: the file is written twice", r)
		}
		seen[filepath.Clean(name)] = true
	}
	for _, r := range reports {
		kind, name, _ := strings.Cut(r, "=")
		f, err := os.Create(name)
		if err != nil {
			return nil, err
		}
		files = append(files, reportFile{kind, f})
	}
	return files, nil
}

func writeReports(files []reportFile, r *run.Report, how report.How) error {
	if len(files) == 0 {
		return nil
	}
	all := report.New(r, how)
	for _, f := range files {
		if err := report.Write(f.file, f.kind, all); err != nil {
			return fmt.Errorf("the report %s: %w", f.file.Name(), err)
		}
		if err := f.file.Close(); err != nil {
			return err
		}
	}
	return nil
}
