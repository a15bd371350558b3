package drive

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"

	"github.com/wirelaw/wirelaw/conformance/script"
	"github.com/wirelaw/wirelaw/conformance/target"
)

// A Launcher starts clients.
type Launcher interface {
	// Launch starts a client that connects to addr.
	Launch(ctx context.Context, addr string) (Running, error)
}

// Running is a client that runs.
type Running interface {
	Stdin() io.WriteCloser
	Stdout() io.Reader
	Wait() error    // waits until it has ended; nil if it ended well
	Errors() string // the last that it has printed elsewhere
	Close()         // ends it
}

// Command is the Launcher of a command line. In its words {addr}, {host}, {port} and {dir} are filled in.
type Command struct{ Words []string }

// Launch starts a process.
func (c *Command) Launch(_ context.Context, addr string) (Running, error) {
	dir, err := os.MkdirTemp("", "wirecheck-client-")
	if err != nil {
		return nil, err
	}
	p, err := target.RunProgram(target.Fill(c.Words, addr, dir))
	if err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	return &process{p, dir}, nil
}

type process struct {
	*target.Program
	dir string
}

func (p *process) Stdin() io.WriteCloser { return p.In }
func (p *process) Stdout() io.Reader     { return p.Out }

func (p *process) Close() {
	p.Program.Close()
	os.RemoveAll(p.dir)
}

// A dialect is how a client is spoken to.
type dialect interface {
	// command is the line for an action.
	command(ref int, action string, args [][2]string) (string, error)
	// told reads a line that the client has printed. Not ok: it says nothing.
	told(line string) (t script.Told, ok bool, err error)
}

// maxLine bounds a line of a client: a listing of many accounts.
const maxLine = 8 << 20

// maxTold bounds what a client may tell in one case.
const maxTold = 100_000

// A client is one that runs, and where it connects to. It is a script.Driven.
//
// One goroutine accepts, one reads lines; what they share with the script is under mu.
type client struct {
	running  Running
	listener net.Listener
	dialect  dialect
	wake     chan struct{}
	gone     chan struct{} // closed when it has ended
	done     sync.WaitGroup

	mu      sync.Mutex
	told    []script.Told
	conns   []net.Conn
	leaving bool  // it was told to end
	parted  bool  // it has told that it ends
	ended   error // nil while it runs
	exit    error // as Wait says it; valid if ended is set
}

// start listens and starts a client.
func start(ctx context.Context, l Launcher, d dialect) (*client, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r, err := l.Launch(ctx, ln.Addr().String())
	if err != nil {
		ln.Close()
		return nil, err
	}
	c := &client{running: r, listener: ln, dialect: d, wake: make(chan struct{}, 1), gone: make(chan struct{})}
	c.done.Go(c.accept)
	c.done.Go(c.read)
	return c, nil
}

// close ends the client and waits until nothing of it is left.
func (c *client) close() {
	c.listener.Close()
	c.running.Close()
	c.done.Wait()
	for _, nc := range c.Accepted() {
		nc.Close()
	}
}

func (c *client) accept() {
	for {
		nc, err := c.listener.Accept()
		if err != nil {
			return
		}
		c.mu.Lock()
		c.conns = append(c.conns, nc)
		c.mu.Unlock()
		c.rouse()
	}
}

// read takes lines until the client ends.
func (c *client) read() {
	in := bufio.NewScanner(c.running.Stdout())
	in.Buffer(nil, maxLine)
	n := 0
	for in.Scan() {
		t, ok, err := c.dialect.told(in.Text())
		if err != nil {
			// Without escapes, so that a secret in it is found.
			t, ok = script.Told{Event: script.EventGarbage, Line: fmt.Sprintf(`"%s": %v`, in.Text(), err)}, true
		}
		if n++; !ok || n > maxTold {
			continue
		}
		c.mu.Lock()
		c.told = append(c.told, t)
		c.parted = c.parted || t.Event == "ended"
		c.mu.Unlock()
		c.rouse()
	}
	io.Copy(io.Discard, c.running.Stdout())
	err := c.running.Wait()
	why := "exit status 0"
	if err != nil {
		why = err.Error()
	}
	if out := strings.TrimSpace(c.running.Errors()); out != "" {
		why += "; the last that it printed: " + out[strings.LastIndex(out, "\n")+1:]
	}
	c.mu.Lock()
	if exit := (*exec.ExitError)(nil); c.dialect != (lines{}) && (err == nil || errors.As(err, &exit) && exit.ExitCode() > 0) {
		c.told = append(c.told, script.Told{Event: "ended", Line: "nothing, and ends"}) // it has no other way
	}
	c.ended, c.exit = errors.New(why), err
	c.mu.Unlock()
	close(c.gone)
	c.rouse()
}

func (c *client) rouse() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// Do writes a command. That the client does not read it is found out by whoever waits for the result.
func (c *client) Do(ref int, action string, args [][2]string) error {
	if action == "exit" {
		c.mu.Lock()
		c.leaving = true
		c.mu.Unlock()
	}
	line, err := c.dialect.command(ref, action, args)
	if err != nil { // it cannot be told that: the cases that need it are skipped, and a sync is over at once
		c.mu.Lock()
		c.told = append(c.told, script.Told{Event: "result", Ref: ref, OK: true, Line: err.Error()})
		c.mu.Unlock()
		c.rouse()
		return nil
	}
	_, err = io.WriteString(c.running.Stdin(), line+"\n")
	return err
}

func (c *client) Take() []script.Told {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.told
	c.told = nil
	return t
}

func (c *client) Accepted() []net.Conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.conns
	c.conns = nil
	return n
}

func (c *client) Wake() chan struct{} { return c.wake }

func (c *client) Ended() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ended
}
