package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/wirelaw/wirelaw/conformance"
)

// What a summary has room for.
const (
	maxListed  = 50 // cases of a verdict
	maxRelated = 8  // cases of a cause
)

// Markdown writes the run as GitHub Flavored Markdown, short enough for the summary page of a CI system.
func Markdown(w io.Writer, r *Run) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "## %s: %s %s\n\n", mdText(r.Title), mdCode(r.Target), r.Verdict())
	if r.Problem != "" {
		fmt.Fprintf(b, "%s\n\n", mdText(r.Problem))
		for _, h := range r.Hints {
			fmt.Fprintf(b, "- hint: %s\n", mdText(h))
		}
		return b.Flush()
	}
	fmt.Fprint(b, "| verdict | cases |\n| --- | ---: |\n")
	for _, v := range Verdicts {
		if n := r.Counts[v]; n > 0 {
			fmt.Fprintf(b, "| %s | %d |\n", v, n)
		}
	}
	fmt.Fprintf(b, "| all | %d |\n\n", len(r.Cases))
	fmt.Fprintf(b, "%.1f s, %s, run %s", r.Seconds, count(r.Hashes, "password hash", "password hashes"), mdCode(r.Head.Run))
	if r.Agent != "" {
		fmt.Fprintf(b, ", %s", mdCode(r.Agent))
	}
	fmt.Fprint(b, "\n\n")
	for _, line := range [][2]string{{"Mend first", r.Mend}, {"The target died", r.Died}, {"The run was called off", r.Off}} {
		if line[1] != "" {
			fmt.Fprintf(b, "**%s:** %s\n\n", line[0], mdText(line[1]))
		}
	}
	for _, line := range r.Stale {
		fmt.Fprintf(b, "**Known failures:** %s\n\n", mdText(line))
	}
	for i, cause := range r.Causes {
		if i == maxCauses {
			fmt.Fprintf(b, "… and %s.\n\n", count(len(r.Causes)-i, "more cause", "more causes"))
			break
		}
		mdCause(b, r, i+1, cause)
	}
	for _, v := range []conformance.Verdict{conformance.Error, conformance.XPass, conformance.XFail, conformance.Flaky, conformance.Blocked} {
		mdList(b, r, v)
	}
	fmt.Fprint(b, "### Rules that hold\n\n| | hold | not judged | |\n| --- | ---: | ---: | --- |\n")
	for _, s := range r.Scores {
		fmt.Fprintf(b, "| %s | %d of %d | %d | %s |\n", mdText(s.Name), s.Held, s.All, s.Open, mdText(s.Wish))
	}
	return b.Flush()
}

func mdCause(w io.Writer, r *Run, n int, cause Cause) {
	c := r.Cases[cause.Example]
	f := c.Finding
	fmt.Fprintf(w, "### %d. %s %s", n, c.Verdict, mdCode(c.ID))
	if k := len(cause.Others); k > 0 {
		fmt.Fprintf(w, " and %d more", k)
	}
	if cause.Blocked > 0 {
		fmt.Fprintf(w, ", %d blocked by it", cause.Blocked)
	}
	fmt.Fprint(w, "\n\n")
	if c.Reason != "" {
		fmt.Fprintf(w, "%s\n\n", mdText(c.Reason))
	}
	if rule := r.Rule(f.Rule); rule != nil {
		fmt.Fprintf(w, "- rule %s (%s): %s\n", mdText(rule.ID), rule.Level, mdText(rule.Text))
	}
	fmt.Fprintf(w, "- expected: %s\n- got: %s\n", mdCode(f.Expected), mdCode(f.Came()))
	if c.Again != "" {
		fmt.Fprintf(w, "- again: %s\n", mdCode(c.Again))
	}
	if len(cause.Others) > 0 {
		var ids []string
		for _, i := range cause.Others[:min(len(cause.Others), maxRelated)] {
			ids = append(ids, mdCode(r.Cases[i].ID))
		}
		if len(ids) < len(cause.Others) {
			ids = append(ids, "…")
		}
		fmt.Fprintf(w, "- also: %s\n", strings.Join(ids, ", "))
	}
	text := detail(r, c)
	fence := strings.Repeat("`", max(3, longest(text, '`')+1))
	fmt.Fprintf(w, "\n<details><summary>What was said</summary>\n\n%s\n%s%s\n\n</details>\n\n", fence, text, fence)
}

func mdList(w io.Writer, r *Run, v conformance.Verdict) {
	if r.Counts[v] == 0 {
		return
	}
	fmt.Fprintf(w, "<details><summary>%s: %d</summary>\n\n", v, r.Counts[v])
	n := 0
	for _, c := range r.Cases {
		if c.Verdict != v {
			continue
		}
		if n++; n > maxListed {
			fmt.Fprintf(w, "- … and %d more\n", r.Counts[v]-maxListed)
			break
		}
		fmt.Fprintf(w, "- %s: %s\n", mdCode(c.ID), mdText(c.Reason))
	}
	fmt.Fprint(w, "\n</details>\n\n")
}

// mdText is text in which nothing is markup.
func mdText(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '<':
			b.WriteString("&lt;")
			continue
		case r == '&':
			b.WriteString("&amp;")
			continue
		case r == '@': // mentions nobody
			b.WriteString("&#64;")
			continue
		case strings.ContainsRune("\\`*_{}[]()#+!|~>$", r):
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return strings.ReplaceAll(b.String(), "://", "&#58;//")
}

// mdCode is text as code in a line.
func mdCode(s string) string {
	if s == "" {
		return ""
	}
	ticks := strings.Repeat("`", longest(s, '`')+1)
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") || strings.HasPrefix(s, " ") {
		s = " " + s + " "
	}
	return ticks + s + ticks
}

// longest is the length of the longest run of a byte in s.
func longest(s string, c byte) (most int) {
	n := 0
	for i := range len(s) {
		if s[i] != c {
			n = 0
			continue
		}
		n++
		most = max(most, n)
	}
	return most
}
