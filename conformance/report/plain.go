package report

import (
	"fmt"
	"io"
	"strings"
)

// detail is a finding in plain text, with what was said. It ends with a newline.
func detail(r *Run, c *Case) string {
	var b strings.Builder
	f := c.Finding
	if rule := r.Rule(f.Rule); rule != nil {
		fmt.Fprintf(&b, "rule      %s (%s): %s\n", rule.ID, rule.Level, rule.Text)
	}
	if f.Line > 0 {
		fmt.Fprintf(&b, "step      %s:%d: %s\n", c.File, f.Line, f.Step)
	}
	if f.Call != "" {
		fmt.Fprintf(&b, "that is   %s\n", f.Call)
	}
	fmt.Fprintf(&b, "expected  %s\ngot       %s\n", f.Expected, f.Came())
	if f.Differs != "" {
		fmt.Fprintf(&b, "differs   first in %s\n", f.Differs)
	}
	if c.Again != "" {
		fmt.Fprintf(&b, "again     %s\n", c.Again)
	}
	events(&b, c)
	return b.String()
}

// events writes the last that was said in a case up to the frame at fault, and that frame, or else the last one, field by field.
func events(w io.Writer, c *Case) {
	end, open := len(c.Events), c.Finding.Event
	if open >= 0 {
		end = open + 1
	} else {
		for i, e := range c.Events {
			if e.Frame != nil {
				open = i
			}
		}
	}
	first := max(0, end-briefLast)
	if n := c.Earlier + first; n > 0 {
		fmt.Fprintf(w, "  … %s\n", count(n, "earlier event", "earlier events"))
	}
	for i, e := range c.Events[first:end] {
		pointer := "  "
		if first+i == c.Finding.Event {
			pointer = "▶ "
		}
		fmt.Fprintf(w, "%s%9.3f s  %s\n", pointer, e.Seconds, e.Title)
		if first+i != open {
			continue
		}
		for _, row := range hexRows(e, rowBytes, spanRows) {
			fmt.Fprintf(w, "        %s\n", row)
		}
	}
}

// hexRows are the bytes of a frame with what they mean, a field at a time: n bytes in a row, at most rows of them for a field.
func hexRows(e Event, n, rows int) (out []string) {
	for _, f := range e.Fields {
		for row := 0; row == 0 || row*n < f.Len; row++ {
			if row == rows {
				out = append(out, "      … "+count(f.Len-row*n, "more byte", "more bytes"))
				break
			}
			from, to := f.Offset+row*n, f.Offset+min(f.Len, (row+1)*n)
			hex := fmt.Sprintf("% x", part(e.Frame, from, to))
			if f.Hidden {
				hex = strings.TrimSpace(strings.Repeat("·· ", to-from))
			}
			line := fmt.Sprintf("%04x  %-*s", from, 3*n, hex)
			if row == 0 {
				line += fmt.Sprintf("  %-14s %s", f.Path, clip(f.Text, 80))
			}
			out = append(out, strings.TrimRight(line, " "))
		}
	}
	return out
}

// part is b[from:to] of as much of b as is there.
func part(b []byte, from, to int) []byte {
	return b[min(from, len(b)):min(to, len(b))]
}
