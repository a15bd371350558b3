package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/report"
	"github.com/wirelaw/wirelaw/conformance/run"
)

const reportHelp = `also write a report: KIND=FILE; may be repeated. The kinds: html is one page for people, without scripts from elsewhere;
junit and tap are for build servers; md is Markdown for the summary page of a CI system;
json is a stream of JSON lines for programs, and for wirecheck matrix: of type run, then case, one for each, then end; a line of type
open tells of a case before its verdict is settled`

// reports are those that were asked for.
type reports struct {
	how   report.How
	files []reportFile
}

// A reportFile is a report that was asked for by --report. The stream of JSON is written as results come, the others at the end.
type reportFile struct {
	kind   string
	file   *os.File
	stream *report.Stream
}

// openReports opens all files before anything is judged, so that a wrong name costs no run.
func openReports(wanted []string, how report.How) (*reports, error) {
	seen := map[string]bool{}
	for _, r := range wanted {
		kind, name, ok := strings.Cut(r, "=")
		switch {
		case !ok || name == "":
			return nil, usage("--report %q: write KIND=FILE", r)
		case !report.IsKind(kind):
			return nil, usage("--report %q: there is no kind %q%s, only %s", r, kind, didYouMean(kind, report.Kinds()), strings.Join(report.Kinds(), ", "))
		case seen[filepath.Clean(name)]:
			return nil, usage("--report %q: the file is written twice", r)
		}
		seen[filepath.Clean(name)] = true
	}
	out := &reports{how: how}
	for _, r := range wanted {
		kind, name, _ := strings.Cut(r, "=")
		f, err := os.Create(name)
		if err != nil {
			return nil, err
		}
		file := reportFile{kind: kind, file: f}
		if kind == "json" {
			file.stream = report.NewStream(f, how)
		}
		out.files = append(out.files, file)
	}
	return out, nil
}

// begin is told of a first contact.
func (o *reports) begin(r *run.Report) {
	for _, f := range o.files {
		if f.stream != nil {
			f.stream.Begin(r)
		}
	}
}

// result is told of every result as it comes.
func (o *reports) result(res *conformance.Result) {
	for _, f := range o.files {
		if f.stream != nil {
			f.stream.Result(res)
		}
	}
}

// write writes what is left.
func (o *reports) write(r *run.Report) error {
	if len(o.files) == 0 {
		return nil
	}
	all := report.New(r, o.how)
	for _, f := range o.files {
		err := error(nil)
		if f.stream != nil {
			err = f.stream.End(all)
		} else {
			err = report.Write(f.file, f.kind, all)
		}
		if err != nil {
			return fmt.Errorf("the report %s: %w", f.file.Name(), err)
		}
		if err := f.file.Close(); err != nil {
			return err
		}
	}
	return nil
}
