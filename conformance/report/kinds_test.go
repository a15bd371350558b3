package report

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/conformance"
)

type counts map[conformance.Verdict]int

// Each reads the counts from a report as who receives it would.
var counters = map[string]func(*testing.T, string) counts{
	"html": func(t *testing.T, text string) counts {
		n := counts{}
		for _, m := range regexp.MustCompile(`<details class="case" [^>]*data-verdict="(\w+)"`).FindAllStringSubmatch(text, -1) {
			n[conformance.Verdict(m[1])]++
		}
		told := counts{}
		for _, m := range regexp.MustCompile(`<li><span class="v v-\w+">(\w+)</span> <b>(\d+)</b></li>`).FindAllStringSubmatch(text, -1) {
			told[conformance.Verdict(m[1])], _ = strconv.Atoi(m[2])
		}
		if !maps.Equal(n, told) {
			t.Errorf("the page counts %v and lists %v", told, n)
		}
		return n
	},
	"junit": func(t *testing.T, text string) counts {
		n := counts{}
		for _, s := range readJUnit(t, text).Suites {
			for _, c := range s.Cases {
				switch {
				case c.Failure != nil:
					n[conformance.Verdict(c.Failure.Type)]++
				case c.Error != nil:
					n[conformance.Verdict(c.Error.Type)]++
				case c.Skipped != nil:
					n[conformance.Verdict(c.Skipped.Type)]++
				default:
					n[conformance.Pass]++
				}
			}
		}
		return n
	},
	"tap": readTAP,
	"json": func(t *testing.T, text string) counts {
		n := counts{}
		var end struct{ Counts counts }
		for line := range strings.Lines(text) {
			var c struct {
				Type    string
				Verdict conformance.Verdict
			}
			if err := json.Unmarshal([]byte(line), &c); err != nil {
				t.Fatal(err)
			}
			switch c.Type {
			case "case":
				n[c.Verdict]++
			case "end":
				if err := json.Unmarshal([]byte(line), &end); err != nil {
					t.Fatal(err)
				}
			}
		}
		if !maps.Equal(n, end.Counts) {
			t.Errorf("the stream counts %v and lists %v", end.Counts, n)
		}
		return n
	},
	"md": func(t *testing.T, text string) counts {
		n := counts{}
		for _, m := range regexp.MustCompile(`(?m)^\| ([A-Z]+) \| (\d+) \|$`).FindAllStringSubmatch(text, -1) {
			n[conformance.Verdict(m[1])], _ = strconv.Atoi(m[2])
		}
		return n
	},
	"terminal": func(t *testing.T, text string) counts {
		n := counts{}
		line := regexp.MustCompile(`(?m)^(.*) of \d+ cases? in `).FindStringSubmatch(text)
		if line == nil {
			t.Fatalf("no summary:\n%s", text)
		}
		for _, part := range strings.Split(line[1], ", ") {
			number, verdict, _ := strings.Cut(part, " ")
			n[conformance.Verdict(verdict)], _ = strconv.Atoi(number)
		}
		return n
	},
}

// TestCounts shows that all kinds count alike, whatever the texts.
func TestCounts(t *testing.T) {
	for _, strict := range []bool{false, true} {
		h := how
		h.Strict = strict
		r := fixed(t, h)
		want := counts{}
		for _, c := range r.Cases {
			want[c.Verdict]++
		}
		if len(want) != len(Verdicts) && !strict {
			t.Errorf("only %v are tried", want)
		}
		if strict && (want[Warn] != 0 || want[conformance.Fail] != 5) {
			t.Errorf("strict: %v", want)
		}
		all := written(t, r)
		all["terminal"] = terminal(t, h)
		for kind, text := range all {
			if strings.HasPrefix(kind, "matrix") {
				continue
			}
			if got := counters[kind](t, text); !maps.Equal(got, want) {
				t.Errorf("strict %v: %s counts %v, not %v", strict, kind, got, want)
			}
		}
	}
}

// readJUnit reads strictly and checks what the schema of build servers demands.
func readJUnit(t *testing.T, text string) *junitSuites {
	t.Helper()
	allowed := map[string]string{ // element: parent and attributes
		"testsuites": "", "testsuite": "testsuites name id package timestamp hostname tests failures errors skipped time",
		"properties": "testsuite", "property": "properties name value", "system-out": "testsuite", "system-err": "testsuite",
		"testcase": "testsuite name classname time", "failure": "testcase type message", "error": "testcase type message", "skipped": "testcase type message",
	}
	d := xml.NewDecoder(strings.NewReader(text))
	d.Strict = true
	path := []string{""}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			known, ok := allowed[e.Name.Local]
			rule := strings.Split(known, " ")
			if !ok || rule[0] != path[len(path)-1] {
				t.Errorf("%s in %q", e.Name.Local, path[len(path)-1])
			}
			have := rule[:1:1]
			for _, a := range e.Attr {
				have = append(have, a.Name.Local)
			}
			if !slices.Equal(have, rule) {
				t.Errorf("%s has %q", e.Name.Local, have)
			}
			path = append(path, e.Name.Local)
		case xml.EndElement:
			path = path[:len(path)-1]
		}
	}
	var all junitSuites
	if err := xml.Unmarshal([]byte(text), &all); err != nil {
		t.Fatal(err)
	}
	for n, s := range all.Suites {
		if s.ID != n || len(s.Properties) == 0 {
			t.Errorf("suite %d has id %d, and %d properties", n, s.ID, len(s.Properties))
		}
		f, e, k := 0, 0, 0
		for _, c := range s.Cases {
			f, e, k = f+one(c.Failure), e+one(c.Error), k+one(c.Skipped)
			if !regexp.MustCompile(`^\d+\.\d{3}$`).MatchString(c.Time) || c.Name == "" || c.Class == "" {
				t.Errorf("%+v", c)
			}
		}
		if s.Tests != len(s.Cases) || s.Failures != f || s.Errors != e || s.Skipped != k {
			t.Errorf("%s says %d tests, %d failures, %d errors, %d skipped; it has %d, %d, %d, %d", s.Name, s.Tests, s.Failures, s.Errors, s.Skipped, len(s.Cases), f, e, k)
		}
	}
	return &all
}

// readTAP reads by the grammar: a version, a plan, then points with blocks and comments.
func readTAP(t *testing.T, text string) counts {
	t.Helper()
	n := counts{}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if lines[0] != "TAP version 14" {
		t.Fatalf("it begins with %q", lines[0])
	}
	plan, points, block, last := -1, 0, false, ""
	point := regexp.MustCompile(`^(not )?ok (\d+) - ((?:[^\\#]|\\\\|\\#)*?)(?: # (TODO|SKIP) (?:[^\\#]|\\\\|\\#)*)?$`)
	scalar := regexp.MustCompile(`^  (?:  - |[a-z]+: )("(?:[^"\\]|\\.)*"|[A-Z]+)$`)
	for _, line := range lines[1:] {
		switch {
		case block && line == "  ...":
			block = false
		case block:
			m := scalar.FindStringSubmatch(line)
			switch {
			case line == "  detail:":
			case m == nil:
				t.Errorf("no YAML: %q", line)
			case strings.HasPrefix(m[1], `"`) && !json.Valid([]byte(m[1])):
				t.Errorf("no scalar: %q", line)
			case strings.HasPrefix(line, "  verdict: "):
				n[conformance.Verdict(m[1])]++
				want := map[conformance.Verdict]string{conformance.Skip: "ok SKIP", conformance.XFail: "not ok TODO", Warn: "not ok TODO", conformance.Flaky: "ok TODO"}[conformance.Verdict(m[1])]
				if want == "" {
					want = "not ok "
				}
				if last != want {
					t.Errorf("%s is %q", m[1], last)
				}
				last = ""
			}
		case line == "  ---":
			block = true
		case strings.HasPrefix(line, "# "):
		case strings.HasPrefix(line, "1.."):
			plan, _ = strconv.Atoi(line[3:])
		default:
			m := point.FindStringSubmatch(line)
			if m == nil {
				t.Errorf("no line of TAP: %q", line)
				continue
			}
			if points++; m[2] != strconv.Itoa(points) {
				t.Errorf("point %d is called %s", points, m[2])
			}
			last = m[1] + "ok " + m[4]
			if last == "ok " {
				n[conformance.Pass]++
			}
		}
	}
	if plan != points {
		t.Errorf("%d points of %d", points, plan)
	}
	return n
}

// TestMarkup shows that no text of strangers becomes an element, an attribute, a link or a fence.
func TestMarkup(t *testing.T) {
	all := written(t, fixed(t, how))
	for _, kind := range []string{"html", "matrix.html"} {
		page := strings.ReplaceAll(strings.ReplaceAll(all[kind], pageAsset("script.js"), ""), pageAsset("style.css"), "")
		if n := strings.Count(page, "<script"); n != 1 {
			t.Errorf("%s has %d scripts", kind, n)
		}
		if m := regexp.MustCompile(`(?i)(https?:|src\s*=|url\(|\sstyle=|\son\w+=)`).FindString(page); m != "" {
			t.Errorf("%s has %q", kind, m)
		}
		for _, m := range regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(page, -1) {
			if !strings.HasPrefix(m[1], "#") && m[1] != "data:," {
				t.Errorf("%s links to %q", kind, m[1])
			}
		}
		for _, asset := range []string{"script.js", "style.css"} {
			if !strings.Contains(all[kind], pageAsset(asset)) || !strings.Contains(all[kind], escapedDigest(asset)) {
				t.Errorf("%s has no %s, or its policy does not allow it", kind, asset)
			}
		}
		balanced(t, kind, page)
	}
	// Outside of code, Markdown holds no markup but ours.
	fence := ""
	for line := range strings.Lines(all["md"]) {
		line = strings.TrimSuffix(line, "\n")
		if ticks := strings.TrimLeft(line, "`"); ticks == "" && len(line) >= 3 {
			switch fence {
			case "":
				fence = line
			case line:
				fence = ""
			}
			continue
		}
		if fence != "" || strings.HasPrefix(line, "<details><summary>") || line == "</details>" {
			continue
		}
		line = regexp.MustCompile("\\\\.|`````.*?[^`]`````|`[^`]+`|^\\*\\*[A-Z][a-z ]+:\\*\\*").ReplaceAllString(line, "")
		if m := regexp.MustCompile("[<*_`@]|\\]").FindString(line); m != "" {
			t.Errorf("markdown has %q in %q", m, line)
		}
	}
	if fence != "" {
		t.Errorf("the fence %q is not closed", fence)
	}
}

// balanced shows that the elements of a page are nested as they should.
func balanced(t *testing.T, kind, page string) {
	t.Helper()
	var open []string
	for _, m := range regexp.MustCompile(`<(/?)([a-z0-9]+)[^>]*>`).FindAllStringSubmatch(page, -1) {
		switch name := m[2]; {
		case name == "meta" || name == "link" || name == "input":
		case m[1] == "":
			open = append(open, name)
		case len(open) == 0 || open[len(open)-1] != name:
			t.Fatalf("%s closes %s within %v", kind, name, open)
		default:
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		t.Errorf("%s leaves %v open", kind, open)
	}
}

// TestMany shows that a page of thousands of failures stays one that a browser can show.
func TestMany(t *testing.T) {
	one := fixed(t, how)
	r := &Run{Head: one.Head, End: one.End}
	r.Causes = []Cause{{Example: 2999}}
	for i := range 3000 {
		c := *one.Cases[slices.IndexFunc(one.Cases, func(c *Case) bool { return strings.HasSuffix(c.ID, "fail/said") })]
		c.ID = fmt.Sprintf("tiny/fail/%d", i)
		r.Cases = append(r.Cases, &c)
		if i > 0 && i < 2999 {
			r.Causes[0].Others = append(r.Causes[0].Others, i)
		}
	}
	r.Counts = counts{conformance.Fail: 3000}
	var b strings.Builder
	if err := HTML(&b, r); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	if n := strings.Count(page, `<ol class="talk">`); n != maxTold+1 {
		t.Errorf("%d talks", n)
	}
	if !regexp.MustCompile(`id="case-2999"[^�]*<ol class="talk">`).MatchString(page) {
		t.Error("the example of a cause is not told")
	}
	if len(page) > 16<<20 {
		t.Errorf("%d bytes", len(page))
	}
	for kind, limit := range map[string]int{"md": 64 << 10} {
		b.Reset()
		if err := Write(&b, kind, r); err != nil || b.Len() > limit {
			t.Errorf("%s: %d bytes, %v", kind, b.Len(), err)
		}
	}
}
