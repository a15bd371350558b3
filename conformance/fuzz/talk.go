package fuzz

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// A talk is a connection and the oracle that follows it.
type talk struct {
	*link
	o      *oracle
	nextID uint64
	done   bool // the server's stream has ended, rightly
	broken bool // writing failed: what is sent no longer arrives
}

// send writes b, and notes that it was sent whether it arrives or not: the oracle knows when it need not.
func (t *talk) send(b []byte) {
	if t.done || t.broken {
		return
	}
	t.o.write(b)
	t.o.tape.send(b)
	t.broken = t.link.write(b) != nil
}

// take judges what the link gave. It is true if there may be more.
func (t *talk) take(ctx context.Context, frame []byte, err error) (more bool, f *fault) {
	switch {
	case frame != nil:
		f = t.o.frame(frame)
		return f == nil, f
	case err == nil || ctx.Err() != nil:
		return false, nil
	case errors.Is(err, errTimeout):
		return false, t.o.missing()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrClosedPipe):
		t.done = true
		return false, t.o.end(false)
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, net.ErrClosed):
		t.done = true
		return false, t.o.end(true)
	}
	t.done = true
	return false, t.o.fault(kindUndecodable, "a frame as the table lays it out", err.Error())
}

// settle waits for all answers that are due, and for the end of the connection if that is.
func (t *talk) settle(ctx context.Context) *fault {
	for !t.done {
		var frame []byte
		var err error
		if t.o.waiting() || t.o.over() {
			frame, err = t.next(ctx)
		} else {
			frame, err = t.poll()
		}
		if more, f := t.take(ctx, frame, err); !more {
			return f
		}
	}
	return nil
}

// finish ends our side of the stream and reads the server's to its end.
func (t *talk) finish(ctx context.Context) *fault {
	if !t.done && t.halfClose() {
		t.o.ended = true
		t.o.tape.halfClose()
		for !t.done {
			frame, err := t.next(ctx)
			if more, f := t.take(ctx, frame, err); !more {
				return f
			}
		}
	}
	return nil
}

// ask sends a request and waits for its answer: the reply, or the error that came instead.
func (t *talk) ask(ctx context.Context, m *dynamic.Message) (reply *dynamic.Message, e *spec.Error, f *fault) {
	if t.c.Protocol().Correlation() != nil {
		t.nextID++
		m.ID = t.nextID
	}
	b, err := t.c.Append(nil, m)
	if err != nil {
		b = t.c.AppendIllegal(nil, m)
	}
	t.o.last = nil
	t.send(b)
	if f := t.settle(ctx); f != nil {
		return nil, nil, f
	}
	if t.o.last == nil || t.o.last.ID != m.ID {
		return nil, nil, nil
	}
	return t.o.last, t.o.errorOf(t.o.last), nil
}
