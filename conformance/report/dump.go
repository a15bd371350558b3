package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/spec"
)

const (
	rowBytes  = 12 // of hex in a row
	spanRows  = 4  // of one field; the rest is counted
	wholeLast = 6  // events that are shown byte by byte, on the connection in question
	briefLast = 24 // events that are shown at all
)

// Dump writes what was said, the frames on the connection conn byte by byte with the names of their fields. mark is the index of the event
// at fault, -1 for none.
func Dump(w io.Writer, c *dynamic.Codec, events []conformance.Event, conn string, mark int) {
	end := len(events)
	if mark >= 0 && mark < end {
		end = mark + 1
	}
	first := max(0, end-briefLast)
	if first > 0 {
		fmt.Fprintf(w, "      … %s\n", count(first, "earlier event", "earlier events"))
	}
	full := map[int]bool{}
	for i := end - 1; i >= first && len(full) < wholeLast; i-- {
		if events[i].Frame != nil && (conn == "" || events[i].Conn == conn) {
			full[i] = true
		}
	}
	for i := first; i < end; i++ {
		e := events[i]
		pointer := "  "
		if i == mark {
			pointer = "▶ "
		}
		fmt.Fprintf(w, "    %s%9.3f s  %s\n", pointer, e.At.Seconds(), title(c, e))
		if full[i] {
			writeHex(w, c, e.From, e.Frame)
		}
	}
}

// title is an event in a line.
func title(c *dynamic.Codec, e conformance.Event) string {
	arrow := "→"
	switch e.From {
	case spec.FromServer:
		arrow = "←"
	case "":
		return e.Note
	}
	if e.Frame == nil {
		return fmt.Sprintf("%s %s %s", e.Conn, arrow, e.Note)
	}
	name := fmt.Sprintf("%d bytes", len(e.Frame))
	if len(e.Frame) >= c.HeaderSize() {
		h := c.ParseHeader(e.Frame)
		what := fmt.Sprintf("opcode %#02x", h.Opcode)
		if m := c.Lookup(e.From, h.Opcode); m != nil {
			what = m.Name
		}
		if c.Protocol().Correlation() != nil {
			what += fmt.Sprintf(" id %d", h.ID)
		}
		name = what + ", " + name
	}
	if e.Note != "" {
		name += ", " + e.Note
	}
	return fmt.Sprintf("%s %s %s", e.Conn, arrow, name)
}

// writeHex writes the bytes of a frame with what they mean. Secrets are blotted out.
func writeHex(w io.Writer, c *dynamic.Codec, from spec.Direction, frame []byte) {
	for _, s := range annotate(c, from, frame) {
		b := frame[s.Offset : s.Offset+s.Len]
		for row := 0; row*rowBytes < len(b); row++ {
			if row == spanRows {
				fmt.Fprintf(w, "          %s… %s\n", strings.Repeat(" ", 6), count(len(b)-row*rowBytes, "more byte", "more bytes"))
				break
			}
			part := b[row*rowBytes : min(len(b), (row+1)*rowBytes)]
			hex := fmt.Sprintf("% x", part)
			if s.hidden {
				hex = strings.TrimSpace(strings.Repeat("·· ", len(part)))
			}
			pad := strings.Repeat(" ", max(0, 3*rowBytes-3*len(part)+1))
			line := fmt.Sprintf("          %04x  %s%s", s.Offset+row*rowBytes, hex, pad)
			if row == 0 {
				line += fmt.Sprintf(" %-14s %s", s.Path, clip(s.Text, 80))
			}
			fmt.Fprintln(w, strings.TrimRight(line, " "))
		}
	}
}
