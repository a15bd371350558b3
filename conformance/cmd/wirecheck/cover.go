package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/spec"
)

func runCover(_ context.Context, s *std, args []string) (conformance.Status, error) {
	var o suiteFlags
	f := newFlags(s, "cover")
	o.add(f)
	f.BoolVar(&o.client, "client", false, "the rules that bind clients, and the cases that judge clients")
	if err := parse(f, args); err != nil {
		return 0, err
	}
	if f.NArg() > 0 {
		return 0, usage("cover takes no %q", f.Arg(0))
	}
	suite, err := o.load()
	if err != nil {
		return 0, err
	}
	v := suite.Cover()
	judges := map[spec.Judge]int{}
	for _, r := range v.Rules {
		judges[r.Judge]++
		switch {
		case r.Judge == spec.JudgeReview:
			continue
		case len(r.Cases) == 0:
			fmt.Fprintf(s.out, "%-14s %-6s %-8s no case\n", r.ID, r.Level, r.Judge)
		default:
			more := ""
			if n := len(r.Cases); n > 3 {
				more = fmt.Sprintf(" and %d more", n-3)
			}
			fmt.Fprintf(s.out, "%-14s %-6s %-8s %s%s\n", r.ID, r.Level, r.Judge, strings.Join(r.Cases[:min(3, len(r.Cases))], ", "), more)
		}
	}
	side := spec.FromServer
	if o.client {
		side = spec.FromClient
	}
	section(s, suite.Protocol, side, "Judged only with --slow:", spec.JudgeSlow)
	section(s, suite.Protocol, side, "Judged by review only:", spec.JudgeReview)
	fmt.Fprintf(s.out, "\n%d rules: %d on the wire, %d by restart, %d by waiting, %d by review; %d cases\n", len(v.Rules),
		judges[spec.JudgeWire], judges[spec.JudgeRestart], judges[spec.JudgeSlow], judges[spec.JudgeReview], len(suite.Cases))
	for _, id := range v.Orphans {
		fmt.Fprintf(s.err, "wirecheck cover: no case judges %s\n", id)
	}
	for _, id := range v.Strays {
		fmt.Fprintf(s.err, "wirecheck cover: %s names no rule\n", id)
	}
	if len(v.Orphans)+len(v.Strays) > 0 {
		return conformance.StatusFailed, nil
	}
	return conformance.StatusOK, nil
}

// section lists the rules that are judged in one way, with their sentences.
func section(s *std, p *spec.Protocol, side spec.Direction, title string, j spec.Judge) {
	fmt.Fprintf(s.out, "\n%s\n", title)
	for _, r := range p.RulesFor(side) {
		if r.Judge == j {
			fmt.Fprintf(s.out, "  %-14s %s\n", r.ID, p.Expand(r.Text))
		}
	}
}
