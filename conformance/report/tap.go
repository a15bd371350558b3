package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/wirelaw/wirelaw/conformance"
)

// TAP writes the run in version 14 of the Test Anything Protocol. SKIP is a skipped test; XFAIL and WARN are to do; an unexpected pass
// is not ok. The verdict of whatever did not pass stands in its block.
func TAP(w io.Writer, r *Run) error {
	b := bufio.NewWriter(w)
	fmt.Fprintln(b, "TAP version 14")
	if r.Problem != "" {
		fmt.Fprintf(b, "1..1\nnot ok 1 - first contact\n  ---\n  verdict: TARGET\n  message: %s\n", yaml(r.Problem))
		if len(r.Hints) > 0 {
			fmt.Fprintln(b, "  hints:")
		}
		for _, h := range r.Hints {
			fmt.Fprintf(b, "    - %s\n", yaml(h))
		}
		fmt.Fprintf(b, "  ...\nBail out! %s\n", tapText(r.Problem))
		return b.Flush()
	}
	fmt.Fprintf(b, "1..%d\n", len(r.Cases))
	fmt.Fprintf(b, "# %s of %s, run %s\n", tapText(r.Title), tapText(r.Target), tapText(r.Head.Run))
	for i, c := range r.Cases {
		point, directive := "not ok", ""
		switch c.Verdict {
		case conformance.Pass:
			point = "ok"
		case conformance.Skip:
			point, directive = "ok", " # SKIP "+tapText(c.Reason)
		case conformance.XFail:
			directive = " # TODO " + tapText(c.Reason)
		case conformance.Flaky:
			if c.Finding == nil {
				point = "ok"
			}
			directive = " # TODO flaky: " + tapText(c.Reason)
		case Warn:
			directive = " # TODO it should, but need not"
		}
		fmt.Fprintf(b, "%s %d - %s%s\n", point, i+1, tapText(c.ID), directive)
		if c.Verdict != conformance.Pass {
			tapBlock(b, r, c)
		}
	}
	return b.Flush()
}

// tapBlock writes the YAML block of a test.
func tapBlock(w io.Writer, r *Run, c *Case) {
	fmt.Fprintf(w, "  ---\n  verdict: %s\n", c.Verdict)
	if m := c.summary(); m != "" {
		fmt.Fprintf(w, "  message: %s\n", yaml(m))
	}
	if f := c.Finding; f != nil {
		if rule := r.Rule(f.Rule); rule != nil {
			fmt.Fprintf(w, "  rule: %s\n  level: %s\n  text: %s\n", yaml(rule.ID), yaml(rule.Level), yaml(rule.Text))
		}
		fmt.Fprintf(w, "  expected: %s\n  got: %s\n", yaml(f.Expected), yaml(f.Came()))
		if c.Again != "" {
			fmt.Fprintf(w, "  again: %s\n", yaml(c.Again))
		}
		fmt.Fprintln(w, "  detail:")
		for line := range strings.Lines(detail(r, c)) {
			fmt.Fprintf(w, "    - %s\n", yaml(strings.TrimRight(line, "\n")))
		}
	}
	fmt.Fprintln(w, "  ...")
}

// tapText is a description or a reason: of one line, with # and \ escaped.
func tapText(s string) string { return strings.NewReplacer(`\`, `\\`, "#", `\#`).Replace(s) }

// yaml is a scalar in double quotes.
func yaml(s string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(s) != nil {
		return `""`
	}
	return strings.TrimRight(b.String(), "\n")
}
