package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/report"
)

// runMatrix sets reports of several implementations side by side.
func runMatrix(_ context.Context, s *std, args []string) (conformance.Status, error) {
	var page string
	f := newFlags(s, "matrix")
	f.StringVar(&page, "html", "", "also write the matrix as an HTML page to this file")
	if err := parse(f, args); err != nil {
		return 0, err
	}
	if f.NArg() == 0 {
		return 0, usage("name reports that --report json=FILE has written")
	}
	var runs []report.Named
	names := map[string]int{}
	for _, file := range f.Args() {
		r, err := readReport(file)
		if err != nil {
			return 0, err
		}
		name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
		if names[name]++; names[name] > 1 {
			name = fmt.Sprintf("%s (%d)", name, names[name])
		}
		runs = append(runs, report.Named{Name: name, Run: r})
	}
	m := report.NewMatrix(runs)
	if page != "" {
		out, err := os.Create(page)
		if err != nil {
			return 0, err
		}
		defer out.Close()
		if err := m.HTML(out); err != nil {
			return 0, err
		}
		if err := out.Close(); err != nil {
			return 0, err
		}
	}
	return conformance.StatusOK, m.Text(s.out)
}

func readReport(file string) (*report.Run, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := report.Read(f)
	if err != nil {
		return nil, usage("%s: %v", file, err)
	}
	return r, nil
}
