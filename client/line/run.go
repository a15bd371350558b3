package line

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"time"

	"github.com/wirelaw/wirelaw/client"
)

// What Run returns, for the exit status of the program.
const (
	Done   = 0 // everything succeeded
	Failed = 1 // there was no server, or in a pipe: a command failed
)

// Options of the line face.
type Options struct {
	Addr         string      // of the server, "host:port"
	TLS          *tls.Config // nil: plain TCP
	Agent        string      // name and version of the program
	User         string      // is logged in at the start; "" is nobody
	PasswordFile string      // its first line is the password; "" asks on a terminal
	JSON         bool        // JSON lines in and out; Screen is not used
	Screen       Screen      // the terminal; nil is a pipe
	In           io.Reader   // of a pipe
	Out, Err     io.Writer   // of a pipe
}

const (
	patience = 30 * time.Second // for the reply to one command
	parting  = 3 * time.Second  // for what is in flight when a person leaves
	giveUp   = 30 * time.Second // for a pipe without a connection
)

// Run talks to the server until the input ends, the user leaves or ctx ends, and returns Done or Failed.
func Run(ctx context.Context, o Options) int {
	a := newApp(ctx, o)
	defer a.cancel()
	s, err := client.Open(ctx, o.Addr, a.session())
	if err != nil {
		a.p.fatal(noConnection(err, o.Addr, o.TLS != nil))
		return Failed
	}
	a.s = s
	a.greet()
	if err := a.converse(); err != nil || a.t == nil && a.failed.Load() {
		return Failed
	}
	return Done
}

// greet tells of the first connection, unless it is lost already: then that is told.
func (a *app) greet() {
	if w := a.s.Welcome(); w != nil {
		a.p.connected(w, a.o.Addr, a.o.TLS != nil)
	}
}

func (a *app) session() client.SessionOptions {
	o := client.SessionOptions{
		Options: client.Options{Agent: a.o.Agent, TLS: a.o.TLS},
		Notify:  a.notify,
	}
	if a.t == nil {
		o.GiveUp = giveUp
	}
	return o
}

// converse runs the goroutines of the conversation and ends them.
func (a *app) converse() error {
	reading, stop := context.WithCancel(a.ctx)
	received, ended := make(chan error, 1), make(chan error, 1)
	go func() { received <- a.receive(reading) }()
	go func() { ended <- a.loop() }() // stays behind in a read when the other one ends first
	go a.report()

	var err error
	select {
	case err = <-ended:
	case err = <-received:
		received <- err
	case <-a.ctx.Done():
		err = a.ctx.Err()
		if a.t != nil {
			a.t.abandon()
		}
	}
	if err == nil && a.t == nil {
		a.settle()
	}
	stop()
	if e := <-received; err == nil {
		err = e
	}
	if err == nil && a.t == nil {
		err = a.collect()
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(a.ctx), parting)
	defer cancel()
	a.s.Close(ctx)
	a.settle()
	return err
}

// receive prints deliveries and acknowledges each when it is printed.
func (a *app) receive(ctx context.Context) error {
	for {
		d, err := a.next(ctx)
		if ctx.Err() != nil && err != nil {
			return nil
		}
		if err != nil {
			return err
		}
		if d == nil {
			continue
		}
		if err := a.deliver(d); err != nil {
			return err
		}
	}
}

// next is the next delivery; nil if somebody waited until there was none at hand, and knows now.
func (a *app) next(ctx context.Context) (*client.Delivery, error) {
	waiting, stop := context.WithCancel(ctx)
	defer stop()
	a.mu.Lock()
	a.rouse = stop
	idle := a.idle
	a.mu.Unlock()
	if len(idle) > 0 {
		if d := a.s.TryNext(); d != nil {
			return d, nil
		}
		a.mu.Lock()
		a.idle = a.idle[len(idle):]
		a.mu.Unlock()
		for _, c := range idle {
			close(c)
		}
		return nil, nil
	}
	d, err := a.s.Next(waiting)
	if err != nil && waiting.Err() != nil && ctx.Err() == nil {
		return nil, nil
	}
	return d, err
}

// catchUp waits until every delivery that has come is printed.
func (a *app) catchUp(ctx context.Context) error {
	idle := make(chan struct{})
	a.mu.Lock()
	a.idle = append(a.idle, idle)
	if a.rouse != nil {
		a.rouse()
	}
	a.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// collect prints what is due now.
func (a *app) collect() error {
	ctx, cancel := context.WithTimeout(a.ctx, patience)
	defer cancel()
	for a.s.Member() != nil {
		if a.s.Ping(ctx) != nil {
			return nil
		}
		d := a.s.TryNext()
		if d == nil {
			return nil
		}
		for ; d != nil; d = a.s.TryNext() {
			if err := a.deliver(d); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *app) deliver(d *client.Delivery) error {
	a.gate.Lock()
	defer a.gate.Unlock()
	if err := a.p.message(d); err != nil {
		return fmt.Errorf("a message could not be printed: %w", err)
	}
	a.s.Ack(d)
	return nil
}
