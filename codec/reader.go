package codec

import (
	"io"
	"math"
)

const (
	readerSmall = 4 << 10  // what a reader starts with and goes back to
	readerKeep  = 32 << 10 // a buffer above this is let go as soon as it is empty
	readerTries = 100      // reads in a row that may bring neither bytes nor an error
)

// A Framing says where one frame ends and the next begins.
type Framing struct {
	Header int // bytes of the header, or the fewest that it may have
	// Need is given the bytes of a frame that have arrived, at least Header, and returns how many the header has. If they
	// do not tell yet, it returns a number larger than they are many. nil: every header has Header bytes.
	Need func(b []byte) int
	// Body returns the size in bytes of the body that follows a header, or a negative number if the header is
	// impossible. It must not keep the header.
	Body func(header []byte) int64
}

// A Reader cuts a stream into frames. It holds one buffer that it uses again and again, and that beyond
// its first 4 KiB never grows over twice the bytes that have arrived or over the frame that is being read; a large one
// is let go when it is empty.
//
// A Reader is for one goroutine. After an error that the stream can recover from, such as a timeout, the same call may
// be made again: nothing that has arrived is lost.
type Reader struct {
	src     io.Reader
	framing Framing
	buf     []byte // bytes that have arrived and are not consumed
	store   []byte // the whole buffer; buf lies in it
	err     error  // came together with the last bytes

	open  bool  // the header of a frame was read, its body was not
	asked bool  // Body was called for it, and failed
	skip  bool  // the header is gone, and so is a part of the body
	head  int   // size of that header
	body  int64 // size of that body, or of what is left to skip of it
}

// NewReader returns a reader of the frames of src. It reads nothing yet.
func NewReader(src io.Reader, f Framing) *Reader {
	return &Reader{src: src, framing: f}
}

// Header returns the header of the next frame and the size of its body. The body of the frame before is skipped if it
// was not asked for; if Body has failed for it, that frame is still the next one. The header is valid until the next
// call of any method but Buffered and Ready.
//
// The error is io.EOF if the stream ends where a frame may begin, io.ErrUnexpectedEOF if it ends within a frame, or what
// the stream returned.
func (r *Reader) Header() (header []byte, size int64, err error) {
	if r.open && !r.asked {
		if err := r.discard(); err != nil {
			return nil, 0, err
		}
	}
	if len(r.buf) == 0 && cap(r.store) > readerKeep {
		r.store, r.buf = nil, nil
	}
	n := r.framing.Header
	if err := r.fill(n); err != nil {
		return nil, 0, err
	}
	if r.framing.Need != nil {
		for n = r.framing.Need(r.buf); n > len(r.buf); n = r.framing.Need(r.buf) {
			if err := r.fill(n); err != nil {
				return nil, 0, err
			}
		}
	}
	header = r.buf[:n:n]
	r.open, r.asked, r.head, r.body = true, false, n, r.framing.Body(header)
	return header, r.body, nil
}

// Use cuts what comes after the frame whose header was read last in another way. That frame must have been read, or
// not begun.
func (r *Reader) Use(f Framing) { r.framing = f }

// Body returns the header and the body of the frame whose header was read last. Both are valid until the next call of
// any method but Buffered and Ready. The caller has compared the size with its limit. Body must follow Header.
func (r *Reader) Body() (header, body []byte, err error) {
	h := r.head
	if r.body < 0 || r.body > math.MaxInt-int64(h) {
		return nil, nil, io.ErrUnexpectedEOF
	}
	n := h + int(r.body)
	r.asked = true
	if err := r.fill(n); err != nil {
		return nil, nil, err
	}
	frame := r.buf[:n:n]
	r.buf = r.buf[n:]
	r.open = false
	return frame[:h:h], frame[h:], nil
}

// Buffered returns the number of bytes that have arrived and belong to no frame that was returned.
func (r *Reader) Buffered() int { return len(r.buf) }

// Ready reports whether a whole frame has arrived, so that Header and Body return it without waiting.
func (r *Reader) Ready() bool {
	h := r.framing.Header
	if r.open || len(r.buf) < h {
		return false
	}
	if r.framing.Need != nil {
		if h = r.framing.Need(r.buf); h > len(r.buf) {
			return false
		}
	}
	n := r.framing.Body(r.buf[:h:h])
	return n >= 0 && n <= int64(len(r.buf)-h)
}

// discard skips the frame whose header was read and whose body was not.
func (r *Reader) discard() error {
	if !r.skip {
		r.skip = true
		r.buf = r.buf[r.head:]
	}
	for r.body > 0 {
		if len(r.buf) == 0 {
			if err := r.more(readerSmall); err != nil {
				if err == io.EOF {
					err = io.ErrUnexpectedEOF
				}
				return err
			}
		}
		n := min(int64(len(r.buf)), r.body)
		r.buf = r.buf[n:]
		r.body -= n
	}
	r.open, r.skip = false, false
	return nil
}

// fill reads until n bytes have arrived.
func (r *Reader) fill(n int) error {
	for len(r.buf) < n {
		if err := r.more(n); err != nil {
			if err == io.EOF && (len(r.buf) > 0 || r.open) {
				err = io.ErrUnexpectedEOF
			}
			return err
		}
	}
	return nil
}

// more reads once. n is how many bytes are wanted in all; at most one of the two results of a read is used at a time.
func (r *Reader) more(n int) error {
	if err := r.err; err != nil {
		r.err = nil
		return err
	}
	r.room(n)
	for range readerTries {
		k, err := r.src.Read(r.store[len(r.buf):cap(r.store)])
		if k > 0 {
			r.buf = r.store[:len(r.buf)+k]
			r.err = err
			return nil
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}

// room moves the bytes to the front of the buffer, and makes it larger if it is full and n bytes are wanted. It grows by
// doubling as bytes arrive, so that a header that promises much costs nothing.
func (r *Reader) room(n int) {
	switch {
	case r.store == nil:
		r.store = make([]byte, readerSmall)
	case len(r.buf) == len(r.store) && n > len(r.store):
		store := make([]byte, min(max(n, readerSmall), 2*len(r.store)))
		copy(store, r.buf)
		r.store = store
	default:
		copy(r.store, r.buf)
	}
	r.buf = r.store[:len(r.buf)]
}
