package codectest

import (
	"bytes"
	"io"
	"reflect"
	"testing"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// Streams reads the captured connections with the generated reader, each frame in two pieces: the first one brings no
// frame, and with the second one comes the message that the whole frame is. open returns what reads the next message of a
// side, in a state, from a stream that goes on after its end.
func (k *Frames) Streams(t *testing.T, open func(from spec.Direction, src io.Reader) func(state int) (any, error)) {
	type stream struct {
		src  *bytes.Buffer
		next func(state int) (any, error)
	}
	var streams map[spec.Direction]stream
	name := ""
	k.captured(t, dynamic.New(k.Spec), func(capture string, from spec.Direction, state int, frame []byte, _ *dynamic.Message) {
		if capture != name {
			name, streams = capture, map[spec.Direction]stream{}
		}
		s, ok := streams[from]
		if !ok {
			src := new(bytes.Buffer)
			s = stream{src, open(from, src)}
			streams[from] = s
		}
		cut := len(frame) / 2
		s.src.Write(frame[:cut])
		if _, err := s.next(state); err != io.ErrUnexpectedEOF && (cut > 0 || err != io.EOF) {
			t.Fatalf("%s: half of %x: %v", capture, frame, err)
		}
		s.src.Write(frame[cut:])
		got, err := s.next(state)
		_, want, wantErr := k.Decode(state, from, frame, nil)
		if err != nil || wantErr != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%s: %x is read as %+v, %v, and decoded as %+v, %v", capture, frame, got, err, want, wantErr)
		}
	})
}
