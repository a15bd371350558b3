package codec

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/iotest"
)

// pairs is a framing for tests: two bytes of length, then the body.
var pairs = Framing{Header: 2, Body: func(h []byte) int64 { return int64(Uint(h)) }}

func frame(body string) string { return string([]byte{byte(len(body) >> 8), byte(len(body))}) + body }

// next reads a whole frame.
func next(r *Reader) (string, error) {
	if _, _, err := r.Header(); err != nil {
		return "", err
	}
	_, body, err := r.Body()
	return string(body), err
}

// script is a stream that gives one piece for each read.
type script []any // string, error

func (s *script) Read(p []byte) (int, error) {
	if len(*s) == 0 {
		return 0, io.EOF
	}
	switch piece := (*s)[0].(type) {
	case error:
		*s = (*s)[1:]
		return 0, piece
	case string:
		n := copy(p, piece)
		if n == len(piece) {
			*s = (*s)[1:]
		} else {
			(*s)[0] = piece[n:]
		}
		return n, nil
	}
	return 0, nil
}

func TestReaderPieces(t *testing.T) {
	bodies := []string{"", "a", string(make([]byte, 300)), "", string(bytes.Repeat([]byte("x"), 50000)), "end"}
	var stream string
	for _, b := range bodies {
		stream += frame(b)
	}
	for name, cut := range map[string]func(io.Reader) io.Reader{
		"whole":    func(r io.Reader) io.Reader { return r },
		"bytes":    iotest.OneByteReader,
		"halves":   iotest.HalfReader,
		"data+EOF": iotest.DataErrReader,
	} {
		t.Run(name, func(t *testing.T) {
			r := NewReader(cut(bytes.NewReader([]byte(stream))), pairs)
			for i, want := range bodies {
				if got, err := next(r); err != nil || got != want {
					t.Fatalf("frame %d is %d bytes long, %v", i, len(got), err)
				}
			}
			for range 2 {
				if _, err := next(r); err != io.EOF {
					t.Errorf("after the last frame: %v", err)
				}
			}
		})
	}
}

func TestReaderEnd(t *testing.T) {
	stream := frame("one") + frame("two")
	for cut := range len(stream) {
		r := NewReader(bytes.NewReader([]byte(stream[:cut])), pairs)
		var err error
		for err == nil {
			_, err = next(r)
		}
		want := io.ErrUnexpectedEOF
		if cut == 0 || cut == 5 {
			want = io.EOF
		}
		if err != want {
			t.Errorf("cut after %d bytes: %v, want %v", cut, err, want)
		}
	}
	// A body that is skipped and does not come is no end between frames.
	r := NewReader(bytes.NewReader([]byte(stream[:7])), pairs)
	r.Header()
	r.Header()
	if _, _, err := r.Header(); err != io.ErrUnexpectedEOF {
		t.Errorf("a skipped body that is cut: %v", err)
	}
}

func TestReaderSkips(t *testing.T) {
	long := string(make([]byte, 20000))
	r := NewReader(iotest.HalfReader(bytes.NewReader([]byte(frame(long)+frame("")+frame("b")+frame("c")))), pairs)
	for i, want := range []int64{20000, 0, 1} {
		if _, n, err := r.Header(); err != nil || n != want {
			t.Fatalf("header %d: %d, %v", i, n, err)
		}
	}
	if got, err := next(r); err != nil || got != "c" {
		t.Errorf("after skipped frames: %q, %v", got, err)
	}
	if len(r.store) > readerSmall {
		t.Errorf("skipping took a buffer of %d bytes", len(r.store))
	}
}

func TestReaderGoesOnAfterErrors(t *testing.T) {
	pause := errors.New("pause")
	r := NewReader(&script{pause, "\x00", pause, "\x03", pause, "ab", pause, "c\x00\x01", pause, "d"}, pairs)
	var got []string
	pauses := 0
	for {
		body, err := next(r)
		if err == io.EOF {
			break
		}
		if err == pause {
			pauses++
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, body)
	}
	if fmt.Sprint(got) != "[abc d]" || pauses != 5 {
		t.Errorf("%q after %d pauses", got, pauses)
	}
}

// An error that comes together with bytes is told after them.
func TestReaderBytesWithError(t *testing.T) {
	broken := errors.New("broken")
	reads := 0
	r := NewReader(readerFunc(func(p []byte) (int, error) {
		if reads++; reads == 1 {
			return copy(p, frame("one")+"\x00"), broken
		}
		return 0, io.EOF
	}), pairs)
	if body, err := next(r); err != nil || body != "one" {
		t.Errorf("%q, %v", body, err)
	}
	if _, err := next(r); err != broken {
		t.Errorf("then %v", err)
	}
}

func TestReaderNoProgress(t *testing.T) {
	r := NewReader(&script{0}, pairs)
	if _, err := next(r); err != io.ErrNoProgress {
		t.Errorf("a stream that gives nothing: %v", err)
	}
}

// A header that promises much costs nothing before the bytes arrive, and a large buffer is let go.
func TestReaderMemory(t *testing.T) {
	huge := frame(string(make([]byte, 60000)))
	arrived := 0
	r := NewReader(readerFunc(func(p []byte) (int, error) {
		if len(p) > 2*max(arrived, readerSmall) {
			t.Errorf("room for %d bytes after %d have arrived", len(p), arrived)
		}
		n := copy(p, huge[arrived:])
		arrived += n
		if n == 0 {
			return 0, io.EOF
		}
		return n, nil
	}), pairs)
	if body, err := next(r); err != nil || len(body) != 60000 {
		t.Fatal(len(body), err)
	}
	if len(r.store) != len(huge) {
		t.Errorf("the buffer has %d bytes for a frame of %d", len(r.store), len(huge))
	}
	r.Header()
	if len(r.store) > readerSmall {
		t.Errorf("the buffer still has %d bytes", len(r.store))
	}
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestReaderReady(t *testing.T) {
	r := NewReader(&script{frame("one") + frame("two") + "\x00", "\x05thr", "ee"}, pairs)
	if r.Ready() {
		t.Error("ready before the first read")
	}
	for i, want := range []struct {
		body     string
		ready    bool
		buffered int
	}{{"one", true, 6}, {"two", false, 1}, {"three", false, 0}} {
		if body, err := next(r); err != nil || body != want.body || r.Ready() != want.ready || r.Buffered() != want.buffered {
			t.Errorf("%d: %q, %v; ready %v with %d bytes", i, body, err, r.Ready(), r.Buffered())
		}
	}
}

func TestReaderImpossibleHeader(t *testing.T) {
	r := NewReader(bytes.NewReader([]byte(frame("first")+"xx"+frame("a"))), Framing{Header: 2, Body: func(h []byte) int64 {
		if h[0] == 'x' {
			return -1
		}
		return int64(Uint(h))
	}})
	if body, err := next(r); err != nil || body != "first" || r.Ready() {
		t.Errorf("before it: %q, %v", body, err)
	}
	if _, n, err := r.Header(); n >= 0 || err != nil || r.Ready() {
		t.Errorf("size %d, %v", n, err)
	}
	if body, err := next(r); err != nil || body != "a" {
		t.Errorf("behind it: %q, %v", body, err)
	}
}

func TestReaderAllocates(t *testing.T) {
	stream := []byte(frame("hello") + frame(string(make([]byte, 3000))))
	src := bytes.NewReader(nil)
	r := NewReader(src, pairs)
	if n := testing.AllocsPerRun(100, func() {
		src.Reset(stream)
		for range 2 {
			if _, _, err := r.Header(); err != nil {
				t.Fatal(err)
			}
			if _, _, err := r.Body(); err != nil {
				t.Fatal(err)
			}
		}
	}); n != 0 {
		t.Errorf("%v allocations for two frames", n)
	}
}
