package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/spec"
)

// Bounds of the last that was said with a target.
const (
	maxOpen      = 16      // connections
	maxLineLast  = 6       // events of each
	maxLineFrame = 1 << 10 // bytes of a frame
)

// said keeps the last that was said with a target on each of its connections, and whether it owes an answer. It is safe for use by many
// goroutines.
type said struct {
	codec *dynamic.Codec
	start time.Time

	mu     sync.Mutex
	frames int       // that the target was sent
	told   time.Time // when it was told something first since it last said something; zero: it has answered somebody since
	lines  []*line   // the latest
	opened map[string]int
}

// A line is a connection as said keeps it. The lock of its said guards it.
type line struct {
	of     *said
	name   string
	events []conformance.Event
	begun  map[spec.Direction][]byte // of a frame
	over   bool                      // it has ended, on whatever side
}

func newSaid(c *dynamic.Codec) *said {
	return &said{codec: c, start: time.Now(), opened: map[string]int{}}
}

// dial returns what opens connections of a case and listens to them.
func (s *said) dial(id string, dial func(context.Context) (net.Conn, error)) func(context.Context) (net.Conn, error) {
	return func(ctx context.Context) (net.Conn, error) {
		nc, err := dial(ctx)
		if err != nil {
			return nil, err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.opened[id]++
		l := &line{of: s, name: fmt.Sprintf("%s#%d", id, s.opened[id]), begun: map[spec.Direction][]byte{}}
		l.add(conformance.Event{From: spec.FromClient, Note: "connects"})
		if s.lines = append(s.lines, l); len(s.lines) > 4*maxOpen {
			slices.SortStableFunc(s.lines, later)
			s.lines = slices.Delete(s.lines, 0, len(s.lines)-2*maxOpen)
		}
		return &overheard{nc, l}, nil
	}
}

// later orders lines by their last event.
func later(a, b *line) int {
	return cmp.Compare(a.events[len(a.events)-1].At, b.events[len(b.events)-1].At)
}

func (l *line) add(e conformance.Event) {
	e.Conn, e.At = l.name, time.Since(l.of.start)
	if len(l.events) == maxLineLast {
		l.events = slices.Delete(l.events, 0, 1)
	}
	l.events = append(l.events, e)
}

// hear takes in bytes, and cuts them into frames. What cannot be one stands as it came.
func (l *line) hear(from spec.Direction, b []byte) {
	l.of.mu.Lock()
	defer l.of.mu.Unlock()
	if from == spec.FromServer {
		l.of.told = time.Time{}
	} else if l.of.told.IsZero() {
		l.of.told = time.Now()
	}
	buf := append(l.begun[from], b...)
	for len(buf) > 0 {
		n, err := l.of.codec.Split(nil, from, buf)
		if err != nil || n == 0 && len(buf) > 1<<18 {
			n = len(buf)
		}
		if n == 0 {
			break
		}
		l.frame(from, buf[:n])
		buf = buf[n:]
	}
	l.begun[from] = slices.Clone(buf)
}

func (l *line) frame(from spec.Direction, b []byte) {
	if from == spec.FromClient {
		l.of.frames++
	}
	e := conformance.Event{From: from, Frame: slices.Clone(b[:min(len(b), maxLineFrame)])}
	if len(b) > maxLineFrame {
		e.Note = fmt.Sprintf("the first of %d", len(b))
	}
	l.add(e)
}

// end takes down the end of the connection. A begun frame comes before it.
func (l *line) end(from spec.Direction, text string) {
	l.of.mu.Lock()
	defer l.of.mu.Unlock()
	if l.over {
		return
	}
	l.over = true
	if b := l.begun[from]; len(b) > 0 {
		l.frame(from, b)
		delete(l.begun, from)
	}
	l.add(conformance.Event{From: from, Note: text})
}

// hint takes down something that we do besides writing.
func (l *line) hint(text string) {
	l.of.mu.Lock()
	defer l.of.mu.Unlock()
	l.add(conformance.Event{From: spec.FromClient, Note: text})
}

// owes is for how long the target has said nothing to anybody although it was told something; 0 if it has.
func (s *said) owes() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.told.IsZero() {
		return 0
	}
	return time.Since(s.told)
}

// answered notes a sign of life that came on another way.
func (s *said) answered() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told = time.Time{}
}

// last returns the last that was said on the latest connections, in order, and how many frames the target was sent in all.
func (s *said) last() (t *conformance.Transcript, frames int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	lines := slices.Clone(s.lines)
	slices.SortStableFunc(lines, later)
	var events []conformance.Event
	for _, l := range lines[max(0, len(lines)-maxOpen):] {
		events = append(events, l.events...)
		if b := l.begun[spec.FromClient]; len(b) > 0 {
			events = append(events, conformance.Event{
				At: l.events[len(l.events)-1].At, Conn: l.name, From: spec.FromClient, Frame: slices.Clone(b[:min(len(b), maxLineFrame)]), Note: "not whole",
			})
		}
	}
	slices.SortStableFunc(events, func(a, b conformance.Event) int { return cmp.Compare(a.At, b.At) })
	return conformance.TranscriptOf(events), s.frames
}

// An overheard connection is one that a line listens to.
type overheard struct {
	net.Conn
	line *line
}

func (c *overheard) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 {
		c.line.hear(spec.FromServer, b[:n])
	}
	var timeout net.Error
	switch {
	case err == nil, errors.Is(err, net.ErrClosed), errors.As(err, &timeout) && timeout.Timeout():
	case err == io.EOF:
		c.line.end(spec.FromServer, "ends the stream")
	default:
		c.line.end(spec.FromServer, "breaks the connection")
	}
	return n, err
}

func (c *overheard) Write(b []byte) (int, error) {
	c.line.hear(spec.FromClient, b) // before it can be answered
	return c.Conn.Write(b)
}

// CloseWrite ends our side of the stream.
func (c *overheard) CloseWrite() error {
	c.line.hint("ends its side of the stream")
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}

// Close closes the connection.
func (c *overheard) Close() error {
	c.line.end(spec.FromClient, "closes")
	return c.Conn.Close()
}

// NetConn returns the connection below.
func (c *overheard) NetConn() net.Conn {
	if t, ok := c.Conn.(interface{ NetConn() net.Conn }); ok {
		return t.NetConn()
	}
	return c.Conn
}
