package fuzz

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
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
	strict sequel   // what was sent after cut, with certain answers
	loose  sequel   // the same, with answers that there may be
	ended  bool     // our side of the stream has ended
	gone   bool     // the connection was closed by us
}

type event struct {
	what  string   // a command of the transcript language, or "send"
	bytes []byte   // send
	words string   // send: the request in words, as long as all of bytes is sent
	hold  bool     // send: it is written together with the next one
	names []string // expect
}

func (t *tape) add(e event) {
	if t.on {
		t.events = append(t.events, e)
	}
}

func (t *tape) expect(names []string) { t.add(event{what: "expect", names: names}) }
func (t *tape) fence()                { t.add(event{what: "fence"}) }

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

// An extent says how much of a tape is written.
type extent int

const (
	upToFault  extent = iota // up to the request that the fault is about
	withStrict               // and what was sent after it
	withLoose                // the same, with all whole frames
)

// extents are those in which the tape can be written, the shortest first.
func (t *tape) extents() []extent {
	list := []extent{upToFault}
	if t.cut > 0 && !t.ended {
		if t.strict.cut > t.cut {
			list = append(list, withStrict)
		}
		if t.loose.cut > t.cut {
			list = append(list, withLoose)
		}
	}
	return list
}

// until returns what is written to an extent: how much of what was sent, what is left out of it, and what follows it.
func (t *tape) until(e extent) (cut int, skips [][2]int, after []event) {
	sq := sequel{cut: t.cut}
	switch e {
	case withStrict:
		sq = t.strict
	case withLoose:
		sq = t.loose
	}
	return sq.cut, slices.Concat(t.skips, sq.skips), sq.expects
}

// kept returns what is to be written of b, which was sent at an offset of the stream.
func kept(b []byte, off, cut int, skips [][2]int) []byte {
	if cut > 0 {
		b = b[:max(0, min(len(b), cut-off))]
	}
	if len(skips) == 0 {
		return b
	}
	var out []byte
	for i := range b {
		if !slices.ContainsFunc(skips, func(s [2]int) bool { return s[0] <= off+i && off+i < s[1] }) {
			out = append(out, b[i])
		}
	}
	return out
}

// lines writes the events as lines of a transcript for connection conn.
func (t *tape) lines(c *dynamic.Codec, conn string, to extent) (out []string) {
	sent := t.start
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	cut, skips, after := t.until(to)
	for i, e := range slices.Concat(t.events, after) {
		switch {
		case e.what == "send":
			b := kept(e.bytes, sent, cut, skips)
			sent += len(e.bytes)
			hold := ""
			if e.hold {
				hold = " @hold"
			}
			switch {
			case e.words != "" && len(b) == len(e.bytes):
				add("sendraw %s %s%s", conn, e.words, hold)
			case len(b) > 0:
				add("sendraw %s%s %s", conn, hold, hexFrames(c, b))
			}
		case e.what == "fence":
			if len(after) > 0 && i < len(t.events) {
				break // the sequel has one
			}
			may := ""
			for _, n := range united(slices.Clone(e.names), t.pushes) {
				may += " ?" + n
			}
			add("fence %s%s", conn, may)
		case e.what != "expect":
			add("%s %s", e.what, conn)
		case len(e.names) == 0:
		case len(e.names) > 1:
			add("expect-oneof %s = %s", conn, strings.Join(e.names, " "))
		case c.Protocol().Error(e.names[0]) != nil:
			add("expect-error %s %s", conn, e.names[0])
		default:
			add("expect %s %s", conn, e.names[0])
		}
	}
	for i := range out { // what is held goes with the next that is sent, if there is one
		if i+1 == len(out) || !strings.HasPrefix(out[i+1], "sendraw ") {
			out[i] = strings.Replace(out[i], " @hold", "", 1)
		}
	}
	return out
}

// hexFrames writes bytes as hex words, each frame by itself, and says what they are.
func hexFrames(c *dynamic.Codec, b []byte) string {
	var words, names []string
	for len(b) > 0 {
		n, err := c.Split(nil, spec.FromClient, b)
		if n == 0 || err != nil {
			n = len(b)
		}
		words = append(words, hexRuns(b[:n]))
		names = append(names, what(c, b[:n]))
		b = b[n:]
	}
	text := strings.Join(words, " ")
	if len(names) > 1 || names[0] != part {
		text += "  # " + strings.Join(names, ", ")
	}
	return text
}

// part stands for less than a header.
const part = "a part"

// what names a frame, or what there is of one.
func what(c *dynamic.Codec, b []byte) string {
	h, size, err := c.HeaderOf(nil, spec.FromClient, b)
	if size == 0 || err != nil {
		return part
	}
	name := "unknown"
	if m := c.Lookup(spec.FromClient, h.Opcode); m != nil {
		name = m.Name
	}
	if n, err := c.Split(nil, spec.FromClient, b); n == 0 || err != nil {
		name += " in part"
	}
	return name
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
