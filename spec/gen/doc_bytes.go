package gen

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// vectors lists frames and what becomes of them.
func (d *document) vectors(m *spec.Message) {
	if len(m.Vectors) == 0 {
		return
	}
	d.f("Vectors:\n\n```\n")
	for i, v := range m.Vectors {
		if i > 0 {
			d.f("\n")
		}
		if v.Reject != nil {
			d.f("reject  %s, at %d, because of %s\n", v.Reject.Name, v.At, v.Because)
		} else {
			loose := ""
			if v.Loose {
				loose = " (encoding gives other bytes)"
			}
			d.f("accept  %s%s\n", d.named(m, v.Accept), loose)
		}
		for _, line := range wrap(d.hex(m, v.Frame), 100) {
			d.f("        %s\n", line)
		}
	}
	d.f("```\n\n")
}

// named writes values as name=value.
func (d *document) named(m *spec.Message, values []spec.NamedValue) string {
	var out []string
	for _, v := range values {
		t := typeOf(m, v.Name)
		if t == nil {
			out = append(out, fmt.Sprintf("%s=%d", v.Name, v.Value.Uint))
			continue
		}
		out = append(out, v.Name+"="+d.shown(t, dynamic.Value(t, v.Value)))
	}
	return strings.Join(out, " ")
}

// shown is the text of a value, with strings in quotes.
func (d *document) shown(t *spec.Type, v any) string {
	s := d.c.FormatValue(t, v)
	if t.Kind == spec.KindString {
		return strconv.Quote(s)
	}
	return s
}

// hex writes a frame, a group of digits for each part of it; long runs of one byte as 78*65.
func (d *document) hex(m *spec.Message, frame []byte) []string {
	var groups []string
	for _, s := range d.c.AnnotateIn((&deriver{p: d.p}).stateOf(m), sender(m), frame) {
		groups = append(groups, runs(frame[s.Offset:s.Offset+s.Len])...)
	}
	return groups
}

// runs writes bytes in hexadecimal, runs of more than 16 equal ones apart.
func runs(b []byte) []string {
	var groups []string
	var plain strings.Builder
	flush := func() {
		if plain.Len() > 0 {
			groups = append(groups, plain.String())
			plain.Reset()
		}
	}
	for i := 0; i < len(b); {
		n := 1
		for i+n < len(b) && b[i+n] == b[i] {
			n++
		}
		if n > 16 {
			flush()
			groups = append(groups, fmt.Sprintf("%02x*%d", b[i], n))
		} else {
			fmt.Fprintf(&plain, "%x", b[i:i+n])
		}
		i += n
	}
	flush()
	return groups
}

// wrap fills lines with groups; a group wider than a line is cut.
func wrap(groups []string, width int) []string {
	var lines []string
	line := ""
	for _, g := range groups {
		for len(g) > width {
			if line != "" {
				lines = append(lines, line)
				line = ""
			}
			lines = append(lines, g[:width])
			g = g[width:]
		}
		if line != "" && len(line)+1+len(g) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += g
	}
	return append(lines, line)
}

// conversation writes the example conversation, every byte explained.
func (d *document) conversation() error {
	if len(d.p.Conversation) == 0 {
		return nil
	}
	d.section("A conversation")
	d.f("Each line has the offset in the frame, the bytes, and what they are.\n\n")
	track := dynamic.NewTracker(d.p)
	for i, s := range d.p.Conversation {
		msg := d.c.With(s.Send, s.ID, s.With)
		frame, err := d.c.AppendFrom(nil, s.From, msg)
		if err != nil {
			return fmt.Errorf("conversation: %w", err)
		}
		arrow := "client → server"
		if s.From == spec.FromServer {
			arrow = "server → client"
		}
		d.f("%d. %s: %s\n\n    ```\n", i+1, arrow, linkMessage(s.Send))
		for _, span := range d.c.AnnotateIn(track.State(), s.From, frame) {
			d.span(msg, frame, span)
		}
		track.Sent(s.From, msg)
		d.f("    ```\n\n")
	}
	return nil
}

// perLine is how many bytes of a frame stand in one line.
const perLine = 8

func (d *document) span(msg *dynamic.Message, frame []byte, s dynamic.Span) {
	text := s.Text
	// The document shows its own secrets: they are examples.
	if f := msg.Spec.Field(s.Path); f != nil && f.Type.Secret {
		v, _ := msg.Get(s.Path)
		text = d.shown(f.Type, v)
	}
	b := frame[s.Offset : s.Offset+s.Len]
	for i := 0; i < len(b); i += perLine {
		part := b[i:min(len(b), i+perLine)]
		tail := ""
		if i == 0 {
			tail = strings.TrimRight(fmt.Sprintf("%-16s %s", s.Path, text), " ")
		}
		d.f("    %s\n", strings.TrimRight(fmt.Sprintf("%4d  %-*s  %s", s.Offset+i, 3*perLine-1, fmt.Sprintf("% x", part), tail), " "))
	}
}
