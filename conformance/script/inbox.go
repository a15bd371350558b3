package script

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/spec"
)

// An arrival is a frame that has come, or the end of the stream.
type arrival struct {
	frame []byte
	end   error // io.EOF: the other side ended the stream properly
	at    time.Time
	index int // in the transcript
}

// An inbox is what a connection has received. Its reader goroutine fills it; the goroutine of the script empties it.
// It holds as much as comes: a judge must not slow a server down. maxInbox bounds it.
type inbox struct {
	from     spec.Direction // whose frames they are
	mu       sync.Mutex
	arrivals []arrival
	size     int
	paused   bool
	wake     chan struct{} // has a token after something came
	resume   chan struct{} // has a token after a pause was lifted
	done     chan struct{} // closed when the reader has returned
}

const maxInbox = 256 << 20

var errFlood = fmt.Errorf("more than %d MiB came that nobody asked for", maxInbox>>20)

func newInbox(from spec.Direction) *inbox {
	return &inbox{from: from, wake: make(chan struct{}, 1), resume: make(chan struct{}, 1), done: make(chan struct{})}
}

func (in *inbox) put(a arrival) bool {
	in.mu.Lock()
	in.arrivals = append(in.arrivals, a)
	in.size += len(a.frame)
	full := in.size > maxInbox
	in.mu.Unlock()
	select {
	case in.wake <- struct{}{}:
	default:
	}
	return !full
}

// take empties the inbox.
func (in *inbox) take() []arrival {
	in.mu.Lock()
	defer in.mu.Unlock()
	a := in.arrivals
	in.arrivals, in.size = nil, 0
	return a
}

// pause stops the reader after the bytes at hand; lift lets it go on.
func (in *inbox) pause(nc net.Conn) error {
	in.mu.Lock()
	in.paused = true
	in.mu.Unlock()
	return nc.SetReadDeadline(time.Unix(1, 0))
}

func (in *inbox) lift(nc net.Conn) error {
	in.mu.Lock()
	in.paused = false
	in.mu.Unlock()
	err := nc.SetReadDeadline(time.Time{})
	select {
	case in.resume <- struct{}{}:
	default:
	}
	return err
}

func (in *inbox) isPaused() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.paused
}

// read is the reader goroutine. It cuts the stream into frames and returns when the stream ends or closed is closed.
func (in *inbox) read(nc net.Conn, c *dynamic.Codec, log *conformance.Transcript, name string, closed <-chan struct{}) {
	defer close(in.done)
	var buf []byte
	tmp := make([]byte, 16<<10)
	end := func(err error) {
		if len(buf) > 0 {
			log.Add(conformance.Event{Conn: name, From: in.from, Frame: buf})
		}
		e := conformance.Event{Conn: name, From: in.from, Note: endNote(err)}
		if errors.Is(err, net.ErrClosed) { // that is no word of theirs
			e.From, e.Note = "", name+": "+e.Note
		}
		in.put(arrival{end: err, at: time.Now(), index: log.Add(e)})
	}
	for {
		n, err := nc.Read(tmp)
		buf = append(buf, tmp[:n]...)
		for {
			size, whole, bad := frameSize(c, in.from, buf)
			if bad != nil {
				end(bad)
				return
			}
			if !whole {
				break
			}
			frame := buf[:size:size]
			buf = buf[size:]
			a := arrival{frame: frame, at: time.Now()}
			a.index = log.Add(conformance.Event{Conn: name, From: in.from, Frame: frame})
			if !in.put(a) {
				end(errFlood)
				return
			}
		}
		if len(buf) == 0 {
			buf = nil
		}
		switch {
		case err == nil:
		case errors.Is(err, os.ErrDeadlineExceeded):
			for in.isPaused() {
				select {
				case <-in.resume:
				case <-closed:
					return
				}
			}
		case err == io.EOF && len(buf) > 0:
			end(io.ErrUnexpectedEOF)
			return
		default:
			end(err)
			return
		}
	}
}

// frameSize returns the size of the first frame in b and whether it is all there. A length that no frame of a server may
// have is an error: what follows could not be understood.
func frameSize(c *dynamic.Codec, from spec.Direction, b []byte) (size int, whole bool, err error) {
	n, bad := c.Split(nil, from, b)
	if bad != nil {
		h, header, unread := c.HeaderOf(nil, from, b)
		if header == 0 {
			return 0, false, &lengthError{unread.Error()}
		}
		return 0, false, &lengthError{fmt.Sprintf("a header says length %d, a frame has at most %d", h.Length, c.MaxBody(nil))}
	}
	return n, n > 0, nil
}

// A lengthError is a header whose length cannot be true.
type lengthError struct{ text string }

func (e *lengthError) Error() string { return e.text }

func endNote(err error) string {
	var long *lengthError
	switch {
	case err == io.EOF:
		return "ends the stream"
	case err == io.ErrUnexpectedEOF:
		return "ends the stream within a frame"
	case isReset(err):
		return "resets the connection"
	case errors.As(err, &long) || errors.Is(err, errFlood):
		return err.Error()
	case errors.Is(err, net.ErrClosed):
		return "closed by us"
	}
	return "the connection broke: " + err.Error()
}
