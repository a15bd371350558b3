package report

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// The types of the lines of a stream: one "run", a "case" for each, one "end".
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
func JSON(w io.Writer, r *Run) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(headLine{"run", r.Head}); err != nil {
		return err
	}
	for _, c := range r.Cases {
		if err := enc.Encode(caseLine{"case", c}); err != nil {
			return err
		}
	}
	return enc.Encode(endLine{"end", r.End})
}

// maxLine is the size in bytes that a line of a stream may have.
const maxLine = 64 << 20

var errNoStream = errors.New("it is no report of wirecheck: such a file is written by --report json=FILE")

// Read reads what JSON has written. Lines of other types, which may come with later versions, are skipped.
func Read(r io.Reader) (*Run, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	out, begun, ended := &Run{}, false, false
	for n := 1; lines.Scan(); n++ {
		if len(lines.Bytes()) == 0 {
			continue
		}
		var kind struct{ Type string }
		if err := json.Unmarshal(lines.Bytes(), &kind); err != nil && begun {
			return nil, fmt.Errorf("line %d: %w", n, err)
		} else if !begun && kind.Type != "run" {
			return nil, errNoStream
		}
		var err error
		switch kind.Type {
		case "run":
			err = json.Unmarshal(lines.Bytes(), &out.Head)
			begun = true
		case "case":
			c := new(Case)
			err = json.Unmarshal(lines.Bytes(), c)
			out.Cases = append(out.Cases, c)
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
	case !ended:
		return nil, errors.New("the report has no end: wirecheck did not finish it")
	}
	return out, out.check()
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
