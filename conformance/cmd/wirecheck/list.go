package main

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/drive"
	"github.com/wirelaw/wirelaw/conformance/run"
)

func runList(_ context.Context, s *std, args []string) (conformance.Status, error) {
	var o suiteFlags
	var choice chooser
	f := newFlags(s, "list")
	o.add(f)
	f.BoolVar(&o.client, "client", false, "the cases that judge clients")
	all := f.Bool("derived", false, "one by one the cases that follow from the table, which are counted otherwise")
	choice.add(f, false)
	if err := parse(f, args); err != nil {
		return 0, err
	}
	suite, err := o.load()
	if err != nil {
		return 0, err
	}
	cases, err := choice.choose(suite, f.Args())
	if err != nil {
		return 0, err
	}
	if !*all && !slices.ContainsFunc(f.Args(), func(sel string) bool { return strings.Contains(sel, "derived") }) {
		cases = count(s, cases)
	}
	width := 0
	for _, c := range cases {
		width = max(width, len(c.ID))
	}
	for _, c := range cases {
		fmt.Fprintf(s.out, "%-*s  %-6s %s: %s%s\n", width, c.ID, c.Level, strings.Join(c.Rules, ", "), c.Title, needs(c))
	}
	return conformance.StatusOK, nil
}

// count writes how many cases follow from the table, folder by folder, and returns the others.
func count(s *std, cases []*run.Case) (others []*run.Case) {
	var dirs []string
	n := map[string]int{}
	for _, c := range cases {
		if !c.Derived() {
			others = append(others, c)
			continue
		}
		dir := path.Dir(c.ID)
		if n[dir]++; n[dir] == 1 {
			dirs = append(dirs, dir)
		}
	}
	for _, dir := range dirs {
		fmt.Fprintf(s.out, "%s: %d cases that follow from the table\n", dir, n[dir])
	}
	if len(dirs) > 0 {
		fmt.Fprint(s.out, "(--derived lists them one by one)\n\n")
	}
	return others
}

// needs says what a case needs to be judged, in brackets.
func needs(c *run.Case) string {
	var list []string
	list = append(list, c.Features...)
	for _, f := range c.Absent {
		list = append(list, "no "+f)
	}
	if c.Restart {
		list = append(list, "--exec")
	}
	if c.Slow {
		list = append(list, "--slow")
	}
	if len(list) == 0 {
		return ""
	}
	return " [" + strings.Join(list, ", ") + "]"
}

func runExplain(_ context.Context, s *std, args []string) (conformance.Status, error) {
	var o suiteFlags
	f := newFlags(s, "explain")
	o.add(f)
	only := f.Bool("transcript", false, "only the transcript, to be saved and replayed")
	f.BoolVar(&o.client, "client", false, "a case that judges clients")
	driver := f.Bool("driver", false, "the driver contract: how a client is told what to do")
	if err := parse(f, args); err != nil {
		return 0, err
	}
	if *driver {
		p, err := o.table()
		if err != nil {
			return 0, err
		}
		fmt.Fprint(s.out, drive.Contract(p))
		return conformance.StatusOK, nil
	}
	o.client = o.client || f.NArg() == 1 && strings.HasPrefix(f.Arg(0), "chat-client/")
	suite, err := o.load()
	if err != nil {
		return 0, err
	}
	if f.NArg() != 1 {
		return 0, usage("name one case (wirecheck list has them)")
	}
	c := suite.Case(f.Arg(0))
	if c == nil {
		cases, err := suite.Select(f.Args(), nil)
		if err != nil {
			return 0, err
		}
		if len(cases) > 1 {
			return 0, usage("%q selects %d cases, as %s and %s; name one", f.Arg(0), len(cases), cases[0].ID, cases[1].ID)
		}
		c = cases[0]
	}
	if *only {
		_, err := s.out.Write(c.Source)
		return conformance.StatusOK, err
	}
	p := suite.Protocol
	fmt.Fprintf(s.out, "%s%s\n%s\n\n", c.ID, needs(c), c.Title)
	for _, id := range c.Rules {
		r := p.Rule(id)
		fmt.Fprintf(s.out, "%s  %s, judged by %s, of %s\n    %s\n", r.ID, r.Level, r.Judge, r.Title, p.Expand(r.Text))
	}
	fmt.Fprintf(s.out, "\nThe transcript, %s:\n\n", c.File)
	writeIndented(s, strings.Split(strings.TrimRight(string(c.Source), "\n"), "\n"))
	fmt.Fprint(s.out, "\nWhat is done, step by step:\n\n")
	writeIndented(s, c.Script.Lines())
	return conformance.StatusOK, nil
}

func writeIndented(s *std, lines []string) {
	for _, line := range lines {
		fmt.Fprintf(s.out, "    %s\n", line)
	}
}
