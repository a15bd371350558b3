// Package report tells people and programs what became of a run.
package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/run"
	"github.com/wirelaw/wirelaw/spec"
)

// How says how a report is shown.
type How struct {
	Strict    bool
	Command   string    // the command of the whole run
	Reproduce string    // the command that judges this target again, to which a case is added
	Files     bool      // cases are named by their files there, not by their ids
	Known     bool      // the results will be held against what is known: any verdict may change
	Time      time.Time // when the report is made; zero: it does not say
}

// again is the command that judges one case again, or the whole run for what is none; "" if there is none.
func (h How) again(res *conformance.Result) string {
	c := res.Case
	if res.Begins != nil {
		c = res.Begins
	}
	switch {
	case c.Source == nil:
		return h.Command
	case h.Reproduce == "":
		return ""
	}
	name := c.ID
	if h.Files {
		name = c.File
	}
	if strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:_/+-") != "" {
		name = "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
	}
	return h.Reproduce + " " + name
}

// maxCauses is how many causes are shown in full.
const maxCauses = 10

// Terminal writes the report for people.
func Terminal(w io.Writer, r *run.Report, how How) {
	c := dynamic.New(r.Protocol)
	w = printable{w, secretsOf(c, r).replacer()}
	if r.Contact != nil {
		contact(w, c, r, how)
		return
	}
	causes := r.Causes()
	for i, cause := range causes {
		if i == maxCauses {
			fmt.Fprintf(w, "\n… and %s (--report json=FILE has them all)\n", count(len(causes)-i, "more cause", "more causes"))
			break
		}
		fmt.Fprintln(w)
		writeCause(w, c, r, i+1, cause, how)
	}
	others(w, r)
	if r.Died != "" {
		fmt.Fprintf(w, "\nThe target died: %s\n%s", r.Died, indent(r.Output))
	}
	for _, line := range r.Stale {
		fmt.Fprintf(w, "\nknown    %s\n", line)
	}
	if r.Off != "" {
		fmt.Fprintf(w, "\nThe run was called off: %s\n", r.Off)
	}
	scores(w, r)
	summary(w, r, how)
	next(w, causes)
}

func contact(w io.Writer, c *dynamic.Codec, r *run.Report, how How) {
	fmt.Fprintf(w, "%s cannot be judged: %s\n", r.Addr, r.Contact.Problem)
	for _, h := range r.Contact.Hints {
		fmt.Fprintf(w, "  hint: %s\n", h)
	}
	if len(r.Contact.Sent) > 0 && !strings.HasPrefix(r.Contact.Problem, "nothing listens") {
		fmt.Fprintln(w, "\n  what was said:")
		Dump(w, c, hidden(c, r.Contact.Transcript()), "", -1)
	}
	if r.Output != "" {
		fmt.Fprintf(w, "\n  what the target has printed:\n%s", indent(r.Output))
	}
}

func writeCause(w io.Writer, c *dynamic.Codec, r *run.Report, n int, cause *run.Cause, how How) {
	res := cause.Example
	f := res.Finding
	word := "FAIL"
	if cause.Warning() && !how.Strict {
		word = "WARN"
	}
	fmt.Fprintf(w, "%d. %s %s", n, word, res.Case.ID)
	if len(cause.Others) > 0 {
		fmt.Fprintf(w, " and %d more", len(cause.Others))
	}
	if cause.Blocked > 0 {
		fmt.Fprintf(w, ", %d blocked by it", cause.Blocked)
	}
	fmt.Fprintln(w)
	if res.Reason != "" {
		fmt.Fprintf(w, "   %s\n", res.Reason)
	}
	if ref := r.Protocol.Rule(f.Rule); ref != nil {
		fmt.Fprintf(w, "   rule      %s (%s): %s\n", ref.ID, ref.Level, r.Protocol.Expand(ref.Text))
		if others := slices.DeleteFunc(slices.Clone(res.Case.Rules), func(id string) bool { return id == f.Rule }); len(others) > 0 {
			fmt.Fprintf(w, "   or        %s: the case judges these too\n", strings.Join(others, ", "))
		}
	} else if res.Case.Title != "" {
		fmt.Fprintf(w, "   judged    %s\n", res.Case.Title)
	}
	if f.Line > 0 {
		fmt.Fprintf(w, "   step      %s:%d: %s\n", res.Case.File, f.Line, f.Step)
	}
	if f.Call != "" && f.Call != f.Step {
		fmt.Fprintf(w, "   that is   %s\n", f.Call)
	}
	fmt.Fprintf(w, "   expected  %s\n   got       %s\n", f.Expected, came(f.Got, f.Waited.Seconds()))
	if f.Request != "" {
		fmt.Fprintf(w, "   request   %s\n", f.Request)
	}
	if f.Differs != "" {
		fmt.Fprintf(w, "   differs   first in %s\n", f.Differs)
	}
	if res.Transcript != nil {
		events, _ := res.Transcript.Events()
		Dump(w, c, hidden(c, events), f.Conn, f.Frame)
	}
	if again := how.again(res); again != "" {
		fmt.Fprintf(w, "   again     %s\n", again)
	}
	if len(cause.Others) > 0 {
		var ids []string
		for _, o := range cause.Others[:min(len(cause.Others), 8)] {
			ids = append(ids, o.Case.ID)
		}
		if len(cause.Others) > len(ids) {
			ids = append(ids, "…")
		}
		fmt.Fprintf(w, "   also      %s\n", strings.Join(ids, ", "))
	}
}

// others lists what is neither passed nor failed, by its reason.
func others(w io.Writer, r *run.Report) {
	for _, v := range []conformance.Verdict{conformance.Error, conformance.XPass, conformance.XFail, conformance.Flaky, conformance.Blocked, conformance.Skip} {
		var reasons []string
		byReason := map[string][]string{}
		for _, res := range r.Results {
			if res.Verdict == v {
				if byReason[res.Reason] == nil {
					reasons = append(reasons, res.Reason)
				}
				byReason[res.Reason] = append(byReason[res.Reason], res.Case.ID)
			}
		}
		slices.SortStableFunc(reasons, func(a, b string) int { return cmp.Compare(len(byReason[b]), len(byReason[a])) })
		for i, reason := range reasons {
			if i == 0 {
				fmt.Fprintln(w)
			}
			ids := byReason[reason]
			shown := ids[0]
			if len(ids) > 1 {
				shown = fmt.Sprintf("%d cases, as %s", len(ids), ids[0])
			}
			fmt.Fprintf(w, "%-7s %s: %s\n", v, shown, strings.TrimSpace(reason))
		}
	}
	for _, res := range r.Results {
		if res.Unsteady && res.Verdict == conformance.Pass {
			fmt.Fprintf(w, "\nunsteady %s: %s\n", res.Case.ID, res.Reason)
		}
	}
}

func scores(w io.Writer, r *run.Report) {
	fmt.Fprintln(w, "\nRules that hold:")
	var not []string
	for _, s := range r.Scores() {
		if s.All == 0 {
			not = append(not, s.Name)
			continue
		}
		line := fmt.Sprintf("%d of %d", s.Held, s.All)
		var rest []string
		if s.Blocked > 0 {
			rest = append(rest, fmt.Sprintf("%d blocked", s.Blocked))
		}
		if s.Open > 0 {
			rest = append(rest, fmt.Sprintf("%d not judged", s.Open))
		}
		if rest != nil {
			line += " (" + strings.Join(rest, ", ") + ")"
		}
		fmt.Fprintln(w, strings.TrimRight(fmt.Sprintf("  %-8s %-26s %s", s.Name, line, s.Wish), " "))
	}
	if len(not) > 0 {
		fmt.Fprintf(w, "  not judged: %s\n", strings.Join(not, ", "))
	}
}

func summary(w io.Writer, r *run.Report, how How) {
	counts := map[conformance.Verdict]int{}
	for _, res := range r.Results {
		counts[verdict(res, how.Strict)]++
	}
	var parts []string
	for _, v := range Verdicts {
		if counts[v] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[v], v))
		}
	}
	fmt.Fprintf(w, "\n%s of %s in %.1f s (run %s", strings.Join(parts, ", "), count(len(r.Results), "case", "cases"), r.Took.Seconds(), r.RunID)
	if r.Agent != "" {
		fmt.Fprintf(w, ", %s", r.Agent)
	}
	fmt.Fprintln(w, ")")
	if r.Judged != spec.FromClient {
		fmt.Fprintf(w, "%s asked for; %s lent, %d made for that\n", count(r.Hashes, "password hash was", "password hashes were"),
			count(r.Leased, "account", "accounts"), r.Made)
	}
}

// next says what to mend first.
func next(w io.Writer, causes []*run.Cause) {
	if first := mend(causes); first != "" {
		fmt.Fprintf(w, "Mend first: %s\n", first)
	}
}

// mend is what to mend first, "" if there is nothing.
func mend(causes []*run.Cause) string {
	if len(causes) == 0 {
		return ""
	}
	c := causes[0]
	what := c.Example.Finding.Request
	if what == "" {
		what = c.Example.Case.ID
	}
	switch {
	case c.Example.Reason != "" && (strings.HasPrefix(c.Example.Reason, what+" ") || c.Example.Finding.Fault != ""):
		what = c.Example.Reason
	case c.Example.Reason != "":
		what += fmt.Sprintf(" (%s)", c.Example.Reason)
	}
	if n := c.Count() + c.Blocked; n > 1 {
		what += fmt.Sprintf(": %d cases hang on it", n)
	}
	return what
}

func indent(s string) string {
	if s == "" {
		return ""
	}
	return "    | " + strings.ReplaceAll(strings.TrimRight(s, "\n"), "\n", "\n    | ") + "\n"
}

// Progress is a line that is written again and again. It belongs to a terminal.
type Progress struct {
	W    io.Writer
	last time.Time
}

// Show writes how far a run is, not too often. It must not be called by two goroutines at a time.
func (p *Progress) Show(done, all, failed int) {
	if time.Since(p.last) < 50*time.Millisecond && done != all {
		return
	}
	p.last = time.Now()
	line := fmt.Sprintf("%d of %d", done, all)
	if failed > 0 {
		line += fmt.Sprintf(", %d failed", failed)
	}
	fmt.Fprintf(p.W, "\r\x1b[K%s", line)
	if done == all {
		fmt.Fprint(p.W, "\r\x1b[K")
	}
}
