package target

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"sync"
	"time"
)

// A Process is a target that was started here, in a process group of its own, with a directory of its own. Its methods
// may be called from many goroutines.
type Process struct {
	command *Command
	dir     string
	output  *tail

	restarting sync.Mutex // held while the process is started or ended
	mu         sync.Mutex // guards what follows; taken after restarting
	addr       string
	run        *running
	closed     bool
}

// running is one life of the process.
type running struct {
	cmd  *exec.Cmd
	gone chan struct{} // closed when all of the group has gone
	err  error         // how the leader ended; valid after gone
}

// Start starts a target and waits until it accepts connections. Close must be called in the end.
func (c *Command) Start(ctx context.Context) (*Process, error) {
	dir, err := os.MkdirTemp("", "wirecheck-target-")
	if err != nil {
		return nil, err
	}
	p := &Process{command: c, dir: dir, output: &tail{}}
	if err := p.start(ctx); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// Spawn is Start, for who does not care what kind of target it is.
func (c *Command) Spawn(ctx context.Context) (Own, error) {
	p, err := c.Start(ctx)
	if err != nil {
		return nil, err
	}
	return p, nil
}

// start begins a life. restarting is held, or nobody else knows of p yet.
func (p *Process) start(ctx context.Context) error {
	patience := p.command.Patience
	if patience == 0 {
		patience = DefaultPatience
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	addr, err := freeAddr()
	if err != nil {
		return err
	}
	words := p.command.fill(addr, p.dir)
	r, err := launch(words, p.output)
	if err != nil {
		return fmt.Errorf("%q cannot be started: %w", words[0], err)
	}
	p.mu.Lock()
	p.addr, p.run = addr, r
	closed := p.closed
	p.mu.Unlock()
	if closed {
		r.kill()
		return errors.New("the run was called off")
	}
	accepted := accepts(ctx, addr, r.gone)
	select {
	case <-r.gone: // whoever accepted was another that had the port for a moment
		return fmt.Errorf("it ended before it accepted a connection: %s%s", r.end(), p.printed())
	default:
	}
	if accepted {
		return nil
	}
	r.kill()
	if errors.Is(ctx.Err(), context.Canceled) {
		return errors.New("the run was called off")
	}
	return fmt.Errorf("it did not accept connections on %s within %v%s", addr, patience, p.printed())
}

// launch starts a process group. What it prints goes to out.
func launch(words []string, out *tail) (*running, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Stdout, cmd.Stderr = w, w
	run, err := startGroup(cmd)
	w.Close()
	if err != nil {
		r.Close()
		return nil, err
	}
	drained := make(chan struct{})
	go func() { // until every process that has the pipe is gone
		defer close(drained)
		defer r.Close()
		buf := make([]byte, 4096)
		for {
			n, err := r.Read(buf)
			out.Write(buf[:n])
			if err != nil {
				return
			}
		}
	}()
	go func() {
		err := cmd.Wait()
		<-drained // its children may live longer: go run does not wait when it is asked to end
		run.ended(err)
	}()
	return run, nil
}

// kill ends the whole group at once and waits until it is gone.
func (r *running) kill() {
	select {
	case <-r.gone:
		return // its number may belong to somebody else by now
	default:
	}
	killGroup(r.cmd)
	select {
	case <-r.gone:
	case <-time.After(10 * time.Second): // a process that left the group holds the pipe
	}
}

// end says how the leader ended.
func (r *running) end() string {
	if r.err == nil {
		return "exit status 0"
	}
	return r.err.Error()
}

func (p *Process) printed() string {
	if s := p.output.String(); s != "" {
		return "; it printed:\n" + s
	}
	return "; it printed nothing"
}

func (p *Process) now() (addr string, r *running) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.addr, p.run
}

// Addr returns the address at which the target listens now. It changes with a restart.
func (p *Process) Addr() string {
	addr, _ := p.now()
	return addr
}

// Dial opens a connection.
func (p *Process) Dial(ctx context.Context) (net.Conn, error) {
	return p.command.Transport.Dial(ctx, p.Addr())
}

// Dead says how the process ended, nil if it has not.
func (p *Process) Dead() error {
	_, r := p.now()
	if r == nil {
		return errors.New("it was never started")
	}
	select {
	case <-r.gone:
		return fmt.Errorf("the process ended: %s", r.end())
	default:
		return nil
	}
}

// Settle waits until the process has ended, if it is about to: at most d. Then it is like Dead.
func (p *Process) Settle(d time.Duration) error {
	if _, r := p.now(); r != nil {
		t := time.NewTimer(d)
		defer t.Stop()
		select {
		case <-r.gone:
		case <-t.C:
		}
	}
	return p.Dead()
}

// Output returns the last kilobytes that the process has printed, in all its lives.
func (p *Process) Output() string { return p.output.String() }

// Restart ends the process and starts it again on the same directory, at another address. Without graceful it is killed
// without warning.
func (p *Process) Restart(ctx context.Context, graceful bool) error {
	p.restarting.Lock()
	defer p.restarting.Unlock()
	_, r := p.now()
	if graceful {
		askGroup(r.cmd)
		select {
		case <-r.gone:
		case <-ctx.Done():
			r.kill()
			return context.Cause(ctx)
		case <-time.After(30 * time.Second):
			r.kill()
			return errors.New("it did not end within 30 s of being asked to")
		}
	} else {
		r.kill()
	}
	if err := p.start(ctx); err == nil || ctx.Err() != nil {
		return err
	}
	return p.start(ctx) // it has run before: another program may have taken the port
}

// Close kills the process, waits until it is gone, and removes its directory.
func (p *Process) Close() {
	p.mu.Lock()
	p.closed = true
	r := p.run
	p.mu.Unlock()
	if r != nil {
		r.kill()
	}
	p.restarting.Lock() // a restart that was under way sees closed and gives up
	defer p.restarting.Unlock()
	os.RemoveAll(p.dir)
}

// A tail keeps the last bytes that were written to it.
type tail struct {
	mu sync.Mutex
	b  []byte
}

const tailSize = 4 << 10

// Write appends b and never fails.
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, b...)
	if len(t.b) > tailSize {
		t.b = append(t.b[:0], t.b[len(t.b)-tailSize:]...)
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.b)
}
