package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/run"
)

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Skipped  int          `xml:"skipped,attr"`
	Time     string       `xml:"time,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Cases    []junitCase `xml:"testcase"`
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
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// JUnit writes the report in the XML that build servers read. BLOCKED, and an unusable target, are errors there; XFAIL is skipped.
func JUnit(w io.Writer, r *run.Report, how How) error {
	all := junitSuites{Time: fmt.Sprintf("%.3f", r.Took.Seconds())}
	if r.Contact != nil {
		all.Suites = []junitSuite{{Name: r.Protocol.ID, Tests: 1, Errors: 1, Cases: []junitCase{{
			Name: "first contact", Class: r.Protocol.ID, Time: "0",
			Error: &junitText{Message: r.Contact.Problem, Text: strings.Join(r.Contact.Hints, "\n")}}}}}
		all.Tests, all.Errors = 1, 1
		return writeXML(w, all)
	}
	c := dynamic.New(r.Protocol)
	index := map[string]int{}
	for _, res := range r.Results {
		dir := path.Dir(res.Case.ID)
		i, ok := index[dir]
		if !ok {
			i = len(all.Suites)
			index[dir] = i
			all.Suites = append(all.Suites, junitSuite{Name: dir})
		}
		s := &all.Suites[i]
		jc := junitCase{Name: path.Base(res.Case.ID), Class: strings.ReplaceAll(dir, "/", "."), Time: fmt.Sprintf("%.3f", res.Millis/1000)}
		s.Tests++
		switch v := res.Verdict; {
		case v == conformance.Fail && (how.Strict || res.Case.Level == "MUST"), v == conformance.XPass:
			s.Failures++
			jc.Failure = &junitText{res.Reason, ""}
			if res.Finding != nil {
				jc.Failure = &junitText{fmt.Sprintf("expected %s, got %s", res.Finding.Expected, res.Finding.Got), detail(c, res)}
			}
		case v == conformance.Error, v == conformance.Blocked:
			s.Errors++
			jc.Error = &junitText{Message: string(v) + ": " + res.Reason}
		case v == conformance.Skip, v == conformance.XFail, v == conformance.Fail:
			s.Skipped++
			jc.Skipped = &junitText{Message: string(v) + ": " + res.Reason}
		}
		s.Cases = append(s.Cases, jc)
	}
	for _, s := range all.Suites {
		all.Tests += s.Tests
		all.Failures += s.Failures
		all.Errors += s.Errors
		all.Skipped += s.Skipped
	}
	return writeXML(w, all)
}

func detail(c *dynamic.Codec, res *conformance.Result) string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s:%d: %s\n", res.Case.File, res.Finding.Line, res.Finding.Step)
	if res.Transcript != nil {
		events, _ := res.Transcript.Events()
		Dump(&b, c, events, res.Finding.Conn, res.Finding.Frame)
	}
	return b.String()
}

func writeXML(w io.Writer, v any) error {
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
