package server

import (
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/wirelaw/wirelaw/codec/chat"
	"github.com/wirelaw/wirelaw/server/store"
)

const (
	// How much may wait in an outbox, in bytes as cost counts them. Deliveries
	// leave room for replies. Who would go over it waits: that is how a client
	// that does not read is no longer read from.
	replyRoom   = 256 << 10
	deliverRoom = 64 << 10

	entryCost = 512      // what an entry costs besides its texts
	flushSize = 32 << 10 // what is gathered before a write
	chunkSize = 16 << 10 // what must get through within one write timeout
)

var (
	errStopped = errors.New("the session ends")
	errGone    = errors.New("the connection is gone")
)

// An entry is one frame to be written: msg, or the reply to a SEND, which is
// there when pending is done.
type entry struct {
	id      uint32
	msg     chat.ServerMessage
	pending *store.Pending
	cost    int
}

// An outbox holds what is to be written to one connection, in order. Its writer
// lives only while there is something to write, and is the only one that writes
// to the socket meanwhile.
type outbox struct {
	conn    net.Conn
	log     *slog.Logger
	timeout time.Duration
	broken  func(error) // called once, from the writer, when nothing more can be written

	mu      sync.Mutex // guards all below; held for a moment only
	queue   []entry
	used    int           // the cost of what is queued or being written
	running bool          // there is a writer
	err     error         // why nothing more can be written
	changed chan struct{} // closed at the next change of used, running or err; nil if nobody waits
}

// put queues e when less than room is used, and waits for that. It returns
// errStopped when stop is closed first, errGone when nothing can be written any
// more. A nil stop is never closed.
func (o *outbox) put(e entry, room int, stop <-chan struct{}) error {
	for {
		o.mu.Lock()
		if o.err != nil {
			o.mu.Unlock()
			return errGone
		}
		if o.used < room {
			o.queue = append(o.queue, e)
			o.used += e.cost
			if !o.running {
				o.running = true
				go o.write()
			}
			o.mu.Unlock()
			return nil
		}
		changed := o.wait()
		o.mu.Unlock()
		select {
		case <-changed:
		case <-stop:
			return errStopped
		}
	}
}

// flushed waits until everything is written or nothing more can be. It reports
// whether the socket still takes writes.
func (o *outbox) flushed() bool {
	for {
		o.mu.Lock()
		running, err := o.running, o.err
		changed := o.wait()
		o.mu.Unlock()
		if !running {
			return err == nil
		}
		<-changed
	}
}

// wait returns what is closed at the next change. The caller holds mu.
func (o *outbox) wait() <-chan struct{} {
	if o.changed == nil {
		o.changed = make(chan struct{})
	}
	return o.changed
}

// tell tells of a change. The caller holds mu.
func (o *outbox) tell() {
	if o.changed != nil {
		close(o.changed)
		o.changed = nil
	}
}

// write is the writer.
func (o *outbox) write() {
	spare := buffers.Get().(*[]byte)
	w := writer{outbox: o, buf: *spare}
	defer w.guard()
	for batch := o.take(nil); batch != nil; batch = o.take(batch) {
		for i := range batch {
			w.add(&batch[i])
			batch[i] = entry{}
		}
		w.flush()
	}
	*spare = w.buf
	buffers.Put(spare)
}

// buffers are for writers, which come and go.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// take returns what is queued, in exchange for a slice to queue in. When there
// is nothing it returns nil, and the writer must end.
func (o *outbox) take(spare []entry) []entry {
	o.mu.Lock()
	defer o.mu.Unlock()
	batch := o.queue
	o.queue = spare[:0]
	if len(batch) == 0 || o.err != nil {
		o.queue = nil
		o.running = false
		o.tell()
		return nil
	}
	return batch
}

// free gives room back, and keeps why there is nothing more to write.
func (o *outbox) free(cost int, err error) {
	o.mu.Lock()
	o.used -= cost
	first := err != nil && o.err == nil
	if first {
		o.err = err
	}
	o.tell()
	o.mu.Unlock()
	if first {
		o.broken(err)
	}
}

// A writer gathers frames and writes them.
type writer struct {
	*outbox
	buf  []byte
	cost int // of what is in buf
	dead bool
}

// add encodes e. A SEND that is not durable yet is waited for, after what is
// before it was written.
func (w *writer) add(e *entry) {
	w.cost += e.cost
	if w.dead {
		return
	}
	msg := e.msg
	if e.pending != nil {
		if !isDone(e.pending) {
			w.flush()
		}
		msg = sendReply(e.pending, w.log)
	}
	buf, err := chat.AppendFrame(w.buf, e.id, msg)
	if err != nil {
		w.log.Error("a reply cannot be encoded", "opcode", msg.Opcode(), "error", err)
		buf, _ = chat.AppendFrame(w.buf, e.id, internal())
	}
	w.buf = buf
	if len(w.buf) >= flushSize {
		w.flush()
	}
}

// flush writes what is gathered. A write is stuck when a chunk does not get
// through in time (CHAT.md, FRAME-11).
func (w *writer) flush() {
	var err error
	for b := w.buf; len(b) > 0 && err == nil && !w.dead; {
		n := min(len(b), chunkSize)
		if err = w.conn.SetWriteDeadline(time.Now().Add(w.timeout)); err == nil {
			_, err = w.conn.Write(b[:n])
		}
		b = b[n:]
	}
	w.dead = w.dead || err != nil
	w.buf = w.buf[:0]
	if cap(w.buf) > 4*flushSize {
		w.buf = nil
	}
	cost := w.cost
	w.cost = 0
	w.free(cost, err)
}

// guard ends the connection when the writer panics; the process lives.
func (w *writer) guard() {
	if v := recover(); v != nil {
		logPanic(w.log, "writer", v)
		w.free(w.cost, errGone)
		w.mu.Lock()
		w.running = false
		w.tell()
		w.mu.Unlock()
	}
}
