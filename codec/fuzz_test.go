package codec

import (
	"bytes"
	"io"
	"testing"
)

// FuzzReader cuts a stream into pieces and compares the frames with those of the stream as a whole. A frame whose body
// is of odd size is skipped rather than read.
func FuzzReader(f *testing.F) {
	f.Add([]byte(frame("one")+frame("")+frame("four")+"\x00"), []byte{1, 2, 3, 200})
	f.Add([]byte(frame(string(make([]byte, 9000)))+frame("x")), []byte{255})
	f.Add([]byte("\xff\xff"), []byte{})
	f.Fuzz(func(t *testing.T, stream, cuts []byte) {
		var pieces script
		rest := stream
		for _, n := range cuts {
			k := min(int(n)+1, len(rest))
			if k == 0 {
				break
			}
			pieces = append(pieces, string(rest[:k]))
			rest = rest[k:]
		}
		r := NewReader(&pieces, pairs)
		if len(rest) > 0 {
			pieces = append(pieces, string(rest))
		}
		left := stream
		for {
			var want []byte
			end := io.EOF
			if len(left) > 0 {
				end = io.ErrUnexpectedEOF
			}
			if len(left) >= 2 && len(left)-2 >= int(Uint(left[:2])) {
				want = left[2 : 2+Uint(left[:2])]
				left, end = left[2+len(want):], nil
			}
			ready := r.Ready()
			h, n, err := r.Header()
			if err == nil && (n%2 == 0 || end != nil) {
				var body []byte
				h, body, err = r.Body()
				if err == nil && !bytes.Equal(body, want) {
					t.Fatalf("%x, want %x", body, want)
				}
			}
			if err != end {
				t.Fatalf("%v, want %v", err, end)
			}
			if ready && err != nil {
				t.Fatalf("ready, but %v", err)
			}
			if err != nil {
				return
			}
			if n != int64(len(want)) || len(h) != 2 {
				t.Fatalf("header %x: %d bytes, want %d", h, n, len(want))
			}
		}
	})
}
