package fuzz

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

var errTimeout = errors.New("nothing came in time")

// maxQueued bounds the bytes that wait to be judged on one connection.
const maxQueued = 64 << 20

// A link is a connection to the target. A goroutine of its own reads, so that writing never has to wait for reading; it
// ends with the connection. All methods are for one other goroutine.
type link struct {
	nc       net.Conn
	c        *dynamic.Codec
	patience time.Duration

	mu     sync.Mutex
	queue  [][]byte
	queued int
	err    error
	news   chan struct{} // holds a token if queue or err may have changed
}

func newLink(nc net.Conn, c *dynamic.Codec, patience time.Duration) *link {
	l := &link{nc: nc, c: c, patience: patience, news: make(chan struct{}, 1)}
	go l.read()
	return l
}

func (l *link) read() {
	r := bufio.NewReaderSize(l.nc, 4096)
	for {
		frame, err := readFrame(r, l.c)
		l.mu.Lock()
		if len(frame) > 0 {
			l.queue = append(l.queue, frame)
			l.queued += len(frame)
			if err == nil && l.queued > maxQueued {
				err = fmt.Errorf("more than %d bytes came that nobody asked for", maxQueued)
			}
		}
		l.err = err
		l.mu.Unlock()
		select {
		case l.news <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// readFrame reads one frame. With an error it returns what there is of it: of a frame that is too long its header.
func readFrame(r *bufio.Reader, c *dynamic.Codec) ([]byte, error) {
	b, err := readMore(r, nil, c.HeaderSize())
	for err == nil {
		h, size, bad := c.HeaderOf(nil, spec.FromServer, b)
		if bad != nil {
			return b, bad
		}
		if size == 0 {
			b, err = readMore(r, b, 1)
			continue
		}
		n, ok := c.BodyLen(h)
		if !ok || n > c.MaxBody(nil) {
			return b, fmt.Errorf("a frame with a body of %d bytes", n)
		}
		return readMore(r, b, int(n))
	}
	return b, err
}

// readMore reads n bytes behind b. With an error it returns what there is of them.
func readMore(r *bufio.Reader, b []byte, n int) ([]byte, error) {
	had := len(b)
	b = append(b, make([]byte, n)...)
	k, err := io.ReadFull(r, b[had:])
	if err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	return b[:had+k], err
}

// poll returns the next frame if it is there already; a nil frame and a nil error if not.
func (l *link) poll() ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queue) > 0 {
		f := l.queue[0]
		l.queue = l.queue[1:]
		l.queued -= len(f)
		return f, nil
	}
	return nil, l.err
}

// next waits for the next frame.
func (l *link) next(ctx context.Context) ([]byte, error) {
	var timeout <-chan time.Time
	for {
		if f, err := l.poll(); f != nil || err != nil {
			return f, err
		}
		if timeout == nil {
			t := time.NewTimer(l.patience)
			defer t.Stop()
			timeout = t.C
		}
		select {
		case <-l.news:
		case <-timeout:
			return nil, errTimeout
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (l *link) write(b []byte) error {
	l.nc.SetWriteDeadline(time.Now().Add(l.patience))
	_, err := l.nc.Write(b)
	return err
}

// halfClose ends our side of the stream. It is false if the connection cannot do that.
func (l *link) halfClose() bool {
	h, ok := l.nc.(interface{ CloseWrite() error })
	return ok && h.CloseWrite() == nil
}

func (l *link) reset() {
	nc := l.nc
	if t, ok := nc.(interface{ NetConn() net.Conn }); ok {
		nc = t.NetConn() // under TLS
	}
	if t, ok := nc.(*net.TCPConn); ok {
		t.SetLinger(0)
	}
	nc.Close()
}

func (l *link) close() { l.nc.Close() }
