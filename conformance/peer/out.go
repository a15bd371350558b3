package peer

import (
	"net"
	"sync"
	"time"
)

// An outbox is what waits to be written on a connection, without a bound. It has a lock of its own, which is taken after the server's, and a
// goroutine that writes.
type outbox struct {
	s    *Server
	nc   net.Conn
	stop chan struct{} // closed when nothing more is to be written
	done chan struct{} // closed when run has returned

	mu    sync.Mutex
	more  sync.Cond
	queue [][]byte
	ended bool // what is there is written, then no more
}

func newOutbox(s *Server, nc net.Conn) *outbox {
	o := &outbox{s: s, nc: nc, stop: make(chan struct{}), done: make(chan struct{})}
	o.more.L = &o.mu
	return o
}

// put adds a frame.
func (o *outbox) put(frame []byte) {
	if o.s.is(SlowReaderBlocks) {
		o.nc.SetWriteDeadline(time.Now().Add(10 * time.Second))
		o.nc.Write(frame)
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.ended {
		o.queue = append(o.queue, frame)
		o.more.Signal()
	}
}

// end writes what is there, and waits for that.
func (o *outbox) end() {
	o.mu.Lock()
	o.ended = true
	o.more.Signal()
	o.mu.Unlock()
	<-o.done
}

// abandon throws away what is there.
func (o *outbox) abandon() {
	o.mu.Lock()
	defer o.mu.Unlock()
	select {
	case <-o.stop:
	default:
		close(o.stop)
	}
	o.ended, o.queue = true, nil
	o.more.Signal()
}

// run writes until the end.
func (o *outbox) run() {
	defer close(o.done)
	for {
		o.mu.Lock()
		for len(o.queue) == 0 && !o.ended {
			o.more.Wait()
		}
		frames := o.queue
		o.queue = nil
		o.mu.Unlock()
		if len(frames) == 0 {
			return
		}
		for _, part := range o.s.style.Cut(frames) {
			if !o.pause(o.s.style.Delay) {
				return
			}
			o.nc.SetWriteDeadline(time.Now().Add(10 * time.Second))
			if _, err := o.nc.Write(part); err != nil {
				return
			}
		}
	}
}

// pause waits, unless all is to be thrown away.
func (o *outbox) pause(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-o.stop:
		return false
	}
}
