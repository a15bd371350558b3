package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/wirelaw/wirelaw/conformance"
)

type junitSuites struct {
	XMLName xml.Name      `xml:"testsuites"`
	Suites  []*junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	ID         int             `xml:"id,attr"`
	Package    string          `xml:"package,attr"`
	Timestamp  string          `xml:"timestamp,attr,omitempty"`
	Hostname   string          `xml:"hostname,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Time       string          `xml:"time,attr"`
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`
	Out        string          `xml:"system-out"`
	Err        string          `xml:"system-err"`
	millis     float64
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Name    string     `xml:"name,attr"`
	Class   string     `xml:"classname,attr"`
	Time    string     `xml:"time,attr"`
	Failure *junitText `xml:"failure,omitempty"`
	Error   *junitText `xml:"error,omitempty"`
	Skipped *junitText `xml:"skipped,omitempty"`
}

type junitText struct {
	Type    string `xml:"type,attr"` // the verdict
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// JUnit writes the run in the XML that build servers read: valid for Jenkins and, if the run says when it was, for the Ant task. FAIL and
// XPASS are failures there; ERROR, BLOCKED and an unusable target are errors; SKIP, XFAIL, FLAKY and WARN are skipped. The type of each
// is the verdict.
func JUnit(w io.Writer, r *Run) error {
	var all junitSuites
	index := map[string]*junitSuite{}
	add := func(dir string, c junitCase, millis float64) {
		s := index[dir]
		if s == nil {
			s = &junitSuite{
				Name: dir, ID: len(all.Suites), Package: r.Protocol, Timestamp: strings.TrimSuffix(r.Time, "Z"), Hostname: "localhost",
				Properties: []junitProperty{{"run", r.Run}, {"target", r.Target}, {"agent", r.Agent}, {"table", r.Table}},
			}
			index[dir] = s
			all.Suites = append(all.Suites, s)
		}
		c.Class, c.Time = strings.ReplaceAll(dir, "/", "."), seconds(millis)
		s.Cases, s.Tests, s.millis = append(s.Cases, c), s.Tests+1, s.millis+millis
		s.Failures += one(c.Failure)
		s.Errors += one(c.Error)
		s.Skipped += one(c.Skipped)
	}
	if r.Problem != "" {
		add(r.Protocol, junitCase{Name: "first contact", Error: &junitText{"TARGET", r.Problem, strings.Join(r.Hints, "\n")}}, 0)
	}
	for _, c := range r.Cases {
		jc := junitCase{Name: path.Base(c.ID)}
		switch text := told(r, c); c.Verdict {
		case conformance.Fail, conformance.XPass:
			jc.Failure = text
		case conformance.Error, conformance.Blocked:
			jc.Error = text
		case conformance.Skip, conformance.XFail, conformance.Flaky, Warn:
			jc.Skipped = text
		}
		add(path.Dir(c.ID), jc, c.Millis)
	}
	for _, s := range all.Suites {
		s.Time = seconds(s.millis)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func told(r *Run, c *Case) *junitText {
	t := &junitText{Type: string(c.Verdict), Message: c.summary()}
	if c.Finding != nil {
		t.Text = "\n" + detail(r, c)
	}
	return t
}

// summary is what became of a case in a line.
func (c *Case) summary() string {
	switch f := c.Finding; {
	case f == nil || c.Verdict == conformance.XFail:
		return c.Reason
	case c.Reason != "":
		return fmt.Sprintf("%s: expected %s, got %s", c.Reason, f.Expected, f.Came())
	default:
		return fmt.Sprintf("expected %s, got %s", f.Expected, f.Came())
	}
}

func seconds(millis float64) string { return fmt.Sprintf("%.3f", millis/1000) }

func one(t *junitText) int {
	if t == nil {
		return 0
	}
	return 1
}
