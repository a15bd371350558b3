package server

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"

	"github.com/wirelaw/wirelaw/codec/chat"
	"github.com/wirelaw/wirelaw/server/store"
)

const (
	readCount = 64       // how many messages are read from the store at a time
	readBytes = 64 << 10 // and how much text
)

// A deliverer sends what is in an inbox, within a window. It runs as long as its
// session: somebody must wait for the store to wake or to end the session. It
// owns the cursor; the reader of the connection asks it for a fence, tells it of
// acknowledgements, and stops it before it says that the session has ended.
type deliverer struct {
	session store.Session
	out     *outbox
	window  int
	log     *slog.Logger
	ended   func(error) // called from run when the session was lost or cannot be read

	sent  atomic.Uint64 // the highest sequence that was handed to the outbox
	acked atomic.Uint64 // the highest that was acknowledged; the reader's
	again chan struct{} // a signal that acked rose; one is kept
	fence chan chan struct{}
	stop  chan struct{} // nil unless it runs; the reader's
	done  chan struct{} // closed when run has ended

	// run's own.
	cursor store.Seq
	open   []store.Seq // sent and not acknowledged, oldest first
}

// newDeliverer returns a deliverer that does not run.
func newDeliverer(s store.Session, out *outbox, window int, log *slog.Logger, ended func(error)) *deliverer {
	return &deliverer{
		session: s,
		out:     out,
		window:  window,
		log:     log,
		ended:   ended,
		again:   make(chan struct{}, 1),
		fence:   make(chan chan struct{}),
	}
}

// start begins to deliver, or goes on after halt.
func (d *deliverer) start() {
	d.stop, d.done = make(chan struct{}), make(chan struct{})
	go d.run(d.stop, d.done)
}

// halt stops delivering, if it runs. Nothing is handed to the outbox after it
// returns.
func (d *deliverer) halt() {
	if d.stop != nil {
		close(d.stop)
		<-d.done
		d.stop = nil
	}
}

// catchUp returns when everything was handed to the outbox that was due when it
// was called (CHAT.md, PING-2).
func (d *deliverer) catchUp() {
	reached := make(chan struct{})
	select {
	case d.fence <- reached:
	case <-d.done:
		return
	}
	select {
	case <-reached:
	case <-d.done:
	}
}

// acknowledge opens the window up to through.
func (d *deliverer) acknowledge(through store.Seq) {
	d.acked.Store(uint64(through))
	select {
	case d.again <- struct{}{}:
	default:
	}
}

func (d *deliverer) run(stop <-chan struct{}, done chan<- struct{}) {
	defer close(done)
	switch err := d.loop(stop); {
	case errors.Is(err, errStopped):
	case errors.Is(err, store.ErrFenced):
		d.ended(d.session.Cause())
	default:
		d.ended(err)
	}
}

func (d *deliverer) loop(stop <-chan struct{}) (err error) {
	defer func() {
		if v := recover(); v != nil {
			logPanic(d.log, "deliverer", v)
			err = errPanic
		}
	}()
	for {
		if err := d.deliver(stop); err != nil {
			return err
		}
		select {
		case <-stop:
			return errStopped
		case <-d.session.Lost():
			return d.session.Cause()
		case <-d.session.Woken():
		case <-d.again:
		case reached := <-d.fence:
			if err := d.deliver(stop); err != nil {
				return err
			}
			close(reached)
		}
	}
}

// deliver sends what there is, until the inbox has no more or the window is
// full. Nobody acknowledges during a fence, so that it ends.
func (d *deliverer) deliver(stop <-chan struct{}) error {
	for {
		room := d.window - d.outstanding()
		if room <= 0 {
			return nil
		}
		list, err := d.session.Read(context.Background(), d.cursor, min(room, readCount), readBytes)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return nil
		}
		for i := range list {
			if err := d.push(&list[i], stop); err != nil {
				return err
			}
		}
	}
}

// outstanding forgets what was acknowledged, and counts the rest.
func (d *deliverer) outstanding() int {
	acked := store.Seq(d.acked.Load())
	n := 0
	for n < len(d.open) && d.open[n] <= acked {
		n++
	}
	d.open = append(d.open[:0], d.open[n:]...)
	return len(d.open)
}

func (d *deliverer) push(m *store.Delivery, stop <-chan struct{}) error {
	// Before it can be seen: an acknowledgement may follow at once.
	d.sent.Store(uint64(m.Seq))
	err := d.out.put(entry{
		msg: &chat.Deliver{
			Sequence:    chat.Sequence(m.Seq),
			From:        chat.Username(m.From.Name),
			Incarnation: chat.Incarnation(m.From.Incarnation),
			Time:        chat.Timestamp(m.Time),
			Text:        chat.Text(m.Text),
		},
		cost: entryCost + len(m.Text),
	}, deliverRoom, stop)
	if err == nil {
		d.cursor = m.Seq
		d.open = append(d.open, m.Seq)
	}
	return err
}
