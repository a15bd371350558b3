package line

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/wirelaw/wirelaw/client"
	"github.com/wirelaw/wirelaw/codec/chat"
)

// app is one run of the face.
//
// Ownership: one goroutine reads commands and does them, the receiver prints deliveries and acknowledges them, the reporter prints how
// sends ended. They share the session and the printer, which mind themselves, and under mu who is being talked to as whom.
type app struct {
	o      Options
	ctx    context.Context
	cancel context.CancelFunc
	s      *client.Session
	p      printer
	t      *terminal // nil in a pipe
	queue  chan queued
	failed atomic.Bool // a command has failed

	// gate is held from the start of a login until its result is printed, so that no message is printed before, and while a message is
	// printed and acknowledged. It is taken before any other lock.
	gate sync.Mutex

	mu      sync.Mutex
	member  chat.Username   // as the prompt shows it
	partner chat.Username   // whom lines without a slash go to
	rouse   func()          // ends the receiver's wait for a delivery
	idle    []chan struct{} // closed by the receiver when no delivery is at hand
}

// printer shows what happens. Its methods may be called from several goroutines; each shows a whole line or several.
type printer interface {
	connected(w *chat.Welcome, addr string, tls bool)
	message(d *client.Delivery) error // returns when the message is printed
	result(r *result)
	event(e client.Event)
	fatal(sentence string) // there is no conversation
}

// result is a command and how it ended.
type result struct {
	*request
	err      error
	member   *client.Member  // of login
	names    []chat.Username // of list
	accepted *chat.Accepted  // of send
}

func newApp(ctx context.Context, o Options) *app {
	a := &app{o: o, queue: make(chan queued, 256)}
	a.ctx, a.cancel = context.WithCancel(ctx)
	switch {
	case o.JSON:
		a.p = &jsonPrinter{out: o.Out}
	case o.Screen != nil:
		a.t = newTerminal(o.Screen)
		a.p = &textPrinter{out: a.t, err: a.t, width: a.t.width, screen: true}
	default:
		a.p = &textPrinter{out: o.Out, err: o.Err, width: func() int { return 0 }}
	}
	return a
}

// loop reads commands and does them until the input ends or the user leaves.
func (a *app) loop() error {
	if a.o.User != "" {
		r := a.perform(&request{verb: findVerb("login"), name: a.o.User})
		if r.err != nil && a.t == nil {
			return r.err
		}
	}
	switch {
	case a.t != nil:
		return a.screenLoop()
	case a.o.JSON:
		return a.jsonLoop()
	}
	return a.plainLoop()
}

// perform does a command. Its result is printed; that of a message when there is one, and in a pipe in the order of the commands.
func (a *app) perform(q *request) *result {
	r := &result{request: q}
	if q.verb.name == "send" {
		var out *client.Outgoing
		out, r.err = a.post(q)
		if a.t != nil && r.err == nil && a.s.Welcome() == nil {
			a.t.say("Kept: it will be sent when there is a connection again.")
		}
		a.enqueue(queued{result: r, out: out})
		return r
	}
	if a.t == nil {
		a.settle()
	}
	if q.verb.name == "login" {
		a.gate.Lock()
		defer a.gate.Unlock()
	}
	r.err = q.verb.do(a, r)
	a.print(r)
	return r
}

// refuse tells that a line cannot be understood.
func (a *app) refuse(q *request, err error) {
	if q == nil {
		q = &request{verb: &verb{}}
	}
	a.enqueue(queued{result: &result{request: q, err: err}})
}

func (a *app) print(r *result) {
	if r.err != nil {
		a.failed.Store(true)
	}
	a.p.result(r)
}

// queued is a result to be printed in its turn, when out has ended if there is one; or a mark.
type queued struct {
	result *result
	out    *client.Outgoing
	mark   chan struct{}
}

func (a *app) enqueue(e queued) {
	select {
	case a.queue <- e:
	case <-a.ctx.Done():
	}
}

// settle waits until all results in the queue are printed.
func (a *app) settle() {
	mark := make(chan struct{})
	a.enqueue(queued{mark: mark})
	select {
	case <-mark:
	case <-a.ctx.Done():
	}
}

// report prints results in their order. How a message ended does not change what is printed after it, only when.
func (a *app) report() {
	for {
		select {
		case e := <-a.queue:
			if e.out != nil {
				e.result.accepted, e.result.err = e.out.Wait(a.ctx)
			}
			if e.result != nil {
				a.print(e.result)
			}
			if e.mark != nil {
				close(e.mark)
			}
		case <-a.ctx.Done():
			return
		}
	}
}

// notify prints what happens to the connection.
func (a *app) notify(e client.Event) {
	switch e.Kind {
	case client.LoggedOut, client.Ended:
		a.failed.Store(true)
		a.become("", "")
	case client.Reconnected:
		if e.Member != nil {
			a.mu.Lock()
			partner := a.partner
			a.mu.Unlock()
			a.become(e.Member.Name, partner)
		}
	}
	a.p.event(e)
}

// become notes who is logged in and whom they talk to.
func (a *app) become(member, partner chat.Username) {
	a.mu.Lock()
	a.member, a.partner = member, partner
	a.mu.Unlock()
	if a.t != nil {
		a.t.converseAs(member, partner)
	}
}

func (a *app) talkingTo() chat.Username {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.partner
}
