package target

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// A Program is a process group that was started here, whose standard input and output are ours. Its methods may be called from many
// goroutines.
type Program struct {
	In  io.WriteCloser
	Out io.Reader // must be read to its end

	run    *running
	errors *tail
}

// RunProgram starts a program. Close must be called in the end.
func RunProgram(words []string) (*Program, error) {
	cmd := exec.Command(words[0], words[1:]...)
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	p := &Program{In: in, Out: out, errors: &tail{}}
	cmd.Stdout, cmd.Stderr = w, p.errors
	cmd.WaitDelay = time.Second // a child of it may hold the pipe
	p.run, err = startGroup(cmd)
	w.Close()
	if err != nil {
		out.Close()
		return nil, fmt.Errorf("%q cannot be started: %w", words[0], err)
	}
	go func() { p.run.ended(cmd.Wait()) }()
	return p, nil
}

// Wait waits until the program has ended and says how; nil if its exit status was 0.
func (p *Program) Wait() error {
	<-p.run.gone
	if errors.Is(p.run.err, exec.ErrWaitDelay) {
		return nil
	}
	return p.run.err
}

// Errors returns the last kilobytes that the program has printed on its standard error output.
func (p *Program) Errors() string { return p.errors.String() }

// Close kills the program and waits until it is gone.
func (p *Program) Close() {
	p.In.Close()
	p.run.kill()
}

// ParseClient is [ParseCommand] for a client, which is told where to connect.
func ParseClient(line string) ([]string, error) {
	words, err := ParseCommand(line)
	if err != nil {
		return nil, errors.New(strings.Replace(err.Error(), "where to listen", "where to connect", 1))
	}
	return words, nil
}

// Fill puts an address and a directory into the words of a command.
func Fill(words []string, addr, dir string) []string {
	return (&Command{Words: words}).fill(addr, dir)
}
