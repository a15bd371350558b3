package report

import (
	"bufio"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/spec"
)

//go:embed page
var pageFiles embed.FS

// maxTold is how many failures a page shows with all that was said; the rest is told in words.
const maxTold = 500

// pageAsset is a style sheet or script that stands in the page.
func pageAsset(name string) string {
	src, err := pageFiles.ReadFile("page/" + name)
	if err != nil {
		panic(err) // it is part of the program
	}
	return string(src)
}

// digest names a style sheet or script in a content security policy.
func digest(src string) string {
	sum := sha256.Sum256([]byte(src))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"style":  func() template.CSS { return template.CSS(pageAsset("style.css")) },
	"script": func() template.JS { return template.JS(pageAsset("script.js")) },
	"policy": func() string {
		return "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; style-src " + digest(pageAsset("style.css")) +
			"; script-src " + digest(pageAsset("script.js"))
	},
	"lower":  func(v any) string { return strings.ToLower(fmt.Sprint(v)) },
	"join":   func(s []string) string { return strings.Join(s, ", ") },
	"mod4":   func(i int) int { return i % 4 },
	"time":   func(s float64) string { return fmt.Sprintf("%.3f s", s) },
	"count":  count,
	"number": func(n float64) string { return fmt.Sprintf("%.1f", n) },
}).ParseFS(pageFiles, "page/*.html"))

// HTML writes the run as one page that needs nothing else: no network, no other file, and no script but to filter.
func HTML(w io.Writer, r *Run) error {
	b := bufio.NewWriter(w)
	if err := pages.ExecuteTemplate(b, "report.html", newPage(r)); err != nil {
		return err
	}
	return b.Flush()
}

// A page is what the template of a report shows.
type page struct {
	*Run
	Bar      []slice // the verdicts that occur
	Causes   []pageCause
	More     []pageCause // causes beyond the first
	Levels   []tally
	Sections []tally
	Cases    []pageCase
	Contact  []pageEvent
	Wishes   []string
	Problems bool // there is something that did not pass and was not skipped
}

// A slice is the part of a verdict in a bar that is 100 wide.
type slice struct {
	Verdict conformance.Verdict
	N       int
	X, W    float64
}

type pageCause struct {
	Cause
	N     int
	Case  pageCase
	Rule  *Rule
	Also  []pageCase
	Left  int // cases that Also leaves out
	Count int
}

// A tally is how many cases of a group have each verdict, in the order of page.Bar.
type tally struct {
	Name   string
	Counts []int
	All    int
	Bad    bool
}

type pageCase struct {
	*Case
	N      int // names the case in the page
	Rule   *Rule
	Talk   []pageEvent
	Before int  // events before Talk, which are left out
	Untold bool // there is no room for what was said
}

type pageEvent struct {
	Event
	Fault bool
	Bad   string // the field at fault
	Open  bool   // its bytes are shown at once
	Rows  []hexRow
	Left  int // bytes that are not shown
}

func newPage(r *Run) *page {
	p := &page{Run: r, Bar: bar(r.Counts, len(r.Cases))}
	told := 0
	first := map[int]bool{} // examples of causes have room before all others
	for _, c := range r.End.Causes {
		first[c.Example] = true
	}
	for i, c := range r.Cases {
		pc := pageCase{Case: c, N: i}
		if c.Finding != nil {
			pc.Rule = r.Rule(c.Finding.Rule)
			if pc.Untold = !first[i] && told >= maxTold; !pc.Untold {
				told++
				pc.Talk, pc.Before = talk(c.Events, c.Finding.Event, c.Finding.Field)
				pc.Before += c.Earlier
			}
		}
		p.Cases = append(p.Cases, pc)
		if c.Verdict != conformance.Pass && c.Verdict != conformance.Skip {
			p.Problems = true
		}
	}
	for i, c := range r.End.Causes {
		pc := pageCause{Cause: c, N: i + 1, Case: p.Cases[c.Example], Rule: p.Cases[c.Example].Rule, Count: 1 + len(c.Others)}
		for _, o := range c.Others[:min(len(c.Others), maxRelated)] {
			pc.Also = append(pc.Also, p.Cases[o])
		}
		pc.Left = len(c.Others) - len(pc.Also)
		if i < maxCauses {
			p.Causes = append(p.Causes, pc)
		} else {
			p.More = append(p.More, pc)
		}
	}
	p.Levels = p.tallies([]string{string(spec.Must), string(spec.Should), string(spec.May)}, func(c *Case) string { return c.Level })
	var sections []string
	for _, rule := range r.Rules {
		if !slices.Contains(sections, rule.Section) {
			sections = append(sections, rule.Section)
		}
		if !slices.Contains(p.Wishes, rule.Wish) {
			p.Wishes = append(p.Wishes, rule.Wish)
		}
	}
	p.Sections = p.tallies(sections, func(c *Case) string { return c.Section })
	p.Contact, _ = talk(r.Contact, -1, "")
	return p
}

// bar lays the counts side by side.
func bar(counts map[conformance.Verdict]int, all int) (out []slice) {
	x := 0.0
	for _, v := range Verdicts {
		if n := counts[v]; n > 0 {
			w := 100 * float64(n) / float64(max(1, all))
			out = append(out, slice{v, n, x, w})
			x += w
		}
	}
	return out
}

// tallies counts the cases by group, in the order of names; groups without cases are left out.
func (p *page) tallies(names []string, group func(*Case) string) (out []tally) {
	index := map[string]*tally{}
	for _, c := range p.Cases {
		name := group(c.Case)
		t := index[name]
		if t == nil {
			t = &tally{Name: name, Counts: make([]int, len(p.Bar))}
			index[name] = t
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		t.All++
		i := slices.IndexFunc(p.Bar, func(s slice) bool { return s.Verdict == c.Verdict })
		if i >= 0 {
			t.Counts[i]++
		}
		t.Bad = t.Bad || bad(c.Verdict)
	}
	for _, name := range names {
		if t := index[name]; t != nil {
			out = append(out, *t)
		}
	}
	return out
}

// bad reports whether a verdict needs to be looked at.
func bad(v conformance.Verdict) bool {
	switch v {
	case conformance.Fail, Warn, conformance.XPass, conformance.Blocked, conformance.Error:
		return true
	}
	return false
}
