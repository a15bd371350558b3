package fuzz

import (
	"fmt"
	"slices"
	"strings"
)

// A tape is what happened on the garbage connection, kept as cheaply as can be and written as a transcript when there is a finding.
type tape struct {
	events []event
	pushes []string // names of the pushes that came
	who    *account // that could not enter, if it was not the actor
	on     bool     // the entry is over
	start  int      // how many bytes had been sent then
	cut    int      // how many had been sent when the request at fault was complete; 0: there is no fault
	skips  [][2]int // bytes that are left out, counted as cut is
	ended  bool     // our side of the stream has ended
	gone   bool     // the connection was closed by us
}

type event struct {
	what  string   // a command of the transcript language, or "send"
	bytes []byte   // send
	words string   // send: the request in words, as long as all of bytes is sent
	names []string // expect
}

func (t *tape) add(e event) {
	if t.on {
		t.events = append(t.events, e)
	}
}

func (t *tape) send(b []byte, words string) { t.add(event{what: "send", bytes: b, words: words}) }
func (t *tape) expect(names []string)       { t.add(event{what: "expect", names: names}) }
func (t *tape) fence()                      { t.add(event{what: "fence"}) }

func (t *tape) halfClose() {
	t.ended = true
	t.add(event{what: "half-close"})
}

// leave notes that we closed the connection: "reset" or "close".
func (t *tape) leave(how string) {
	t.gone = true
	t.add(event{what: how})
}

func (t *tape) push(name string) {
	if !slices.Contains(t.pushes, name) {
		t.pushes = append(t.pushes, name)
	}
}

func (t *tape) skip(from, to int) {
	if t.on {
		t.skips = append(t.skips, [2]int{from, to})
	}
}

// kept returns what is to be written of b, which was sent at an offset of the stream.
func (t *tape) kept(b []byte, off int) []byte {
	if t.cut > 0 {
		b = b[:max(0, min(len(b), t.cut-off))]
	}
	if len(t.skips) == 0 {
		return b
	}
	var kept []byte
	for i := range b {
		if !slices.ContainsFunc(t.skips, func(s [2]int) bool { return s[0] <= off+i && off+i < s[1] }) {
			kept = append(kept, b[i])
		}
	}
	return kept
}

// lines writes the events as lines of a transcript for connection conn. isError tells errors from messages.
func (t *tape) lines(conn string, isError func(string) bool) []string {
	var out []string
	sent := t.start
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	for _, e := range t.events {
		switch {
		case e.what == "send":
			b := t.kept(e.bytes, sent)
			sent += len(e.bytes)
			switch {
			case e.words != "" && len(b) == len(e.bytes):
				add("sendraw %s %s", conn, e.words)
			case len(b) > 0:
				add("sendraw %s %s", conn, hexRuns(b))
			}
		case e.what != "expect":
			if e.what == "fence" {
				for _, p := range t.pushes {
					add("drain %s %s", conn, p)
				}
			}
			add("%s %s", e.what, conn)
		case len(e.names) == 0:
		case len(e.names) > 1:
			add("expect-oneof %s = %s", conn, strings.Join(e.names, " "))
		case isError(e.names[0]):
			add("expect-error %s %s", conn, e.names[0])
		default:
			add("expect %s %s", conn, e.names[0])
		}
	}
	return out
}

// hexRuns writes bytes as hex words, a long run of one byte as 78*16385.
func hexRuns(b []byte) string {
	var words []string
	var plain []byte
	flush := func() {
		if len(plain) > 0 {
			words = append(words, fmt.Sprintf("%x", plain))
			plain = nil
		}
	}
	for i := 0; i < len(b); {
		n := 1
		for i+n < len(b) && b[i+n] == b[i] {
			n++
		}
		if n >= 16 {
			flush()
			words = append(words, fmt.Sprintf("%02x*%d", b[i], n))
		} else {
			plain = append(plain, b[i:i+n]...)
		}
		i += n
	}
	flush()
	return strings.Join(words, " ")
}
