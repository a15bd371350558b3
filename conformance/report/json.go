package report

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/conformance"
)

// The types of the lines of a stream: one "run", a "case" for each, one "end". Before its "case" one may be "open": it was judged, and its
// verdict may change.
type (
	headLine struct {
		Type string `json:"type"`
		Head
	}
	caseLine struct {
		Type string `json:"type"`
		*Case
	}
	endLine struct {
		Type string `json:"type"`
		End
	}
)

// JSON writes the run for programs, as a stream of JSON lines that Read reads back: an object of type "run", one of type "case" for
// each case, one of type "end". Frames are hex, with stars for secrets.
func JSON(w io.Writer, r *Run) error { return NewStream(w, How{}).End(r) }

// maxLine is the size in bytes that a line of a stream may have.
const maxLine = 64 << 20

var errNoStream = errors.New("it is no report of wirecheck: such a file is written by --report json=FILE")

// Read reads what JSON or a Stream has written. Of a case that is open the last line holds; cases are sorted by id. Lines of other types,
// which may come with later versions, are skipped. A stream without an end, because the judge was killed, is a Run that was called off;
// a line that was cut then is skipped.
func Read(r io.Reader) (*Run, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	out, begun, ended := &Run{}, false, false
	index := map[string]int{}
	var cut error // a line that is no JSON: right only as the last one of a stream without end
	for n := 1; lines.Scan(); n++ {
		if len(lines.Bytes()) == 0 {
			continue
		}
		if cut != nil {
			return nil, cut
		}
		var kind struct{ Type string }
		if err := json.Unmarshal(lines.Bytes(), &kind); err != nil && begun {
			cut = fmt.Errorf("line %d: %w", n, err)
			continue
		} else if !begun && kind.Type != "run" {
			return nil, errNoStream
		}
		var err error
		switch kind.Type {
		case "run":
			err = json.Unmarshal(lines.Bytes(), &out.Head)
			begun = true
		case "open", "case":
			c := new(Case)
			err = json.Unmarshal(lines.Bytes(), c)
			if i, again := index[c.ID]; again {
				out.Cases[i] = c
			} else {
				index[c.ID] = len(out.Cases)
				out.Cases = append(out.Cases, c)
			}
		case "end":
			err = json.Unmarshal(lines.Bytes(), &out.End)
			ended = true
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	switch err := lines.Err(); {
	case err != nil:
		return nil, err
	case !begun:
		return nil, errNoStream
	case ended && cut != nil:
		return nil, cut
	}
	slices.SortStableFunc(out.Cases, func(a, b *Case) int { return strings.Compare(a.ID, b.ID) })
	if !ended {
		out.End = cutShort(out.Cases)
	}
	return out, out.check()
}

// cutShort is the end of a stream that has none.
func cutShort(cases []*Case) End {
	e := End{Status: int(conformance.StatusFailed), Counts: map[conformance.Verdict]int{}, Off: "wirecheck was ended before it was done"}
	for _, c := range cases {
		e.Counts[c.Verdict]++
		e.Seconds = max(e.Seconds, c.Millis/1000)
	}
	return e
}

// check refuses a stream whose parts do not fit together, so that nothing that reads a Run has to.
func (r *Run) check() error {
	for _, c := range r.Causes {
		for _, i := range append([]int{c.Example}, c.Others...) {
			if i < 0 || i >= len(r.Cases) || r.Cases[i].Finding == nil {
				return fmt.Errorf("a cause names case %d, which did not fail", i)
			}
		}
	}
	for _, c := range r.Cases {
		events := c.Events
		if c.Finding != nil && c.Finding.Event >= len(events) {
			return fmt.Errorf("%s blames event %d of %d", c.ID, c.Finding.Event, len(events))
		}
		for _, e := range events {
			for _, f := range e.Fields {
				if f.Offset < 0 || f.Len < 0 {
					return fmt.Errorf("%s has a field at offset %d of %d bytes", c.ID, f.Offset, f.Len)
				}
			}
		}
	}
	return nil
}
