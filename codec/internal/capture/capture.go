// Package capture reads recorded connections: the bytes of both directions in the order in which they passed by, as
// testdata/specs holds them. Only tests use it.
//
// A capture is a text file. A line that begins with "#" is a comment, an empty one means nothing. "> " begins a segment that the
// client sent, "< " one of the server; the bytes follow in hexadecimal, blanks between them mean nothing, and "78*65" is the byte 78,
// 65 times. A line that begins with a blank goes on with the segment. Segments end where the direction changes, not where frames do.
package capture

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// A Segment is what one side sent before the other side sent again. It has one byte at least.
type Segment struct {
	Client bool // the client sent it; else the server
	Bytes  []byte
}

// A Capture is one connection.
type Capture struct {
	Name     string // of the file, without its ending
	Segments []Segment
}

// All reads the captures of a protocol: the files protocol/*.txt of fsys, in the order of their names. None at all is an error.
func All(fsys fs.FS, protocol string) ([]*Capture, error) {
	names, err := fs.Glob(fsys, path.Join(protocol, "*.txt"))
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("no captures of %q", protocol)
	}
	var all []*Capture
	for _, name := range names {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		c, err := Parse(strings.TrimSuffix(path.Base(name), ".txt"), string(text))
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// Parse reads the text of a capture. Segments of one direction that follow each other are joined.
func Parse(name, text string) (*Capture, error) {
	c := &Capture{Name: name}
	open := false // a line that begins with a blank has something to go on with
	for i, line := range strings.Split(text, "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		switch line[0] {
		case '>', '<':
			client := line[0] == '>'
			if n := len(c.Segments); n == 0 || c.Segments[n-1].Client != client {
				c.Segments = append(c.Segments, Segment{Client: client})
			}
			open = true
		case ' ':
			if !open {
				return nil, fmt.Errorf("%s: line %d: no segment to go on with", name, i+1)
			}
		default:
			return nil, fmt.Errorf("%s: line %d: begins with %q", name, i+1, line[0])
		}
		b, err := bytesOf(line[1:])
		if err != nil {
			return nil, fmt.Errorf("%s: line %d: %w", name, i+1, err)
		}
		if len(b) == 0 {
			return nil, fmt.Errorf("%s: line %d: no bytes", name, i+1)
		}
		last := &c.Segments[len(c.Segments)-1]
		last.Bytes = append(last.Bytes, b...)
	}
	if len(c.Segments) == 0 {
		return nil, fmt.Errorf("%s: no segments", name)
	}
	return c, nil
}

// longest bounds a run, and so what a few characters of a file can ask for.
const longest = 1 << 20

// bytesOf reads groups of hexadecimal digits and runs such as 78*65.
func bytesOf(text string) ([]byte, error) {
	var all []byte
	for _, group := range strings.Fields(text) {
		digits, times, run := strings.Cut(group, "*")
		b, err := hex.DecodeString(digits)
		if err != nil {
			return nil, err
		}
		if run {
			n, err := strconv.Atoi(times)
			if err != nil || n < 1 || n > longest || len(b) != 1 {
				return nil, fmt.Errorf("bad run %q", group)
			}
			b = bytes.Repeat(b, n)
		}
		all = append(all, b...)
	}
	return all, nil
}
