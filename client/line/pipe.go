package line

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxLine bounds a line of a pipe in bytes: the longest text in JSON, every byte of it escaped, and a little more.
const maxLine = 128 << 10

// plainLoop reads commands from a pipe.
func (a *app) plainLoop() error {
	n := 0
	return a.eachLine(func(line string) bool {
		n++
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			return true
		}
		q, err := parse(line, string(a.talkingTo()))
		if q == nil && err != nil {
			q = &request{verb: &verb{}}
		}
		if q != nil {
			q.line = n
		}
		return a.accept(q, err)
	})
}

// accept does a request that was read; it says no when the user leaves.
func (a *app) accept(q *request, err error) bool {
	switch {
	case err != nil:
		a.refuse(q, err)
	case q == nil:
	case q.verb.name == "exit":
		a.settle()
		a.p.result(&result{request: q})
		return false
	default:
		a.perform(q)
	}
	return a.ctx.Err() == nil
}

// eachLine gives every line of the input to f until f says no.
func (a *app) eachLine(f func(string) bool) error {
	in := bufio.NewScanner(a.o.In)
	in.Buffer(nil, maxLine)
	for in.Scan() {
		if !f(in.Text()) {
			return nil
		}
	}
	err := in.Err()
	if errors.Is(err, bufio.ErrTooLong) {
		err = usageError(fmt.Sprintf("a line is longer than %d bytes", maxLine))
	}
	if err != nil && err != io.EOF {
		a.refuse(nil, err)
		a.settle()
	}
	return err
}
