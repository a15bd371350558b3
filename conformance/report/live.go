package report

import (
	"fmt"
	"io"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/conformance"
)

// Frame writes one event, a frame byte by byte with the names of its fields. Secrets are hidden, and nothing in it can steer a terminal.
func Frame(w io.Writer, c *dynamic.Codec, e conformance.Event) {
	w = printable{w, nil}
	fmt.Fprintf(w, "      %9.3f s  %s\n", e.At.Seconds(), title(c, e))
	if e.Frame == nil {
		return
	}
	shown := hidden(c, []conformance.Event{e})[0]
	writeHex(w, c, shown.From, shown.Frame)
}

// Line returns a text as one line that can be shown anywhere.
func Line(text string) string { return clean(text) }
