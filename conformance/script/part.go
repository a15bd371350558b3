package script

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/wirelaw/wirelaw/conformance"
)

// begin sends the first n bytes of what is to be sent, and keeps the rest back.
func (s *session) begin(k *conn, b []byte, n int) {
	if len(k.held) > 0 || n >= len(b) {
		s.wrong("@first=%d: there are %d bytes, and %d are held back", n, len(b), len(k.held))
	}
	k.log.Add(conformance.Event{Conn: k.name, From: k.us, Frame: slices.Clone(b), Note: fmt.Sprintf("the first %d of %d bytes", n, len(b))})
	s.taken(k, k.put(b[:n], 0, s.env.Clock.For("write")))
	k.held = slices.Clone(b[n:])
}

func checkFlush(x *expander, st *step) error {
	_, rest, err := x.firstConn(st)
	if err != nil {
		return err
	}
	if _, rest, err = cutOptions(rest, "split"); err == nil && len(rest) > 0 {
		err = fmt.Errorf("flush takes a connection, and no %q", rest[0])
	}
	return err
}

// runFlush sends what was held back.
func runFlush(s *session, args []string) {
	k := s.conn(args[0])
	o, _, err := cutOptions(args[1:], "split")
	if err != nil {
		s.wrong("%v", err)
	}
	if len(k.held) == 0 {
		s.wrong("nothing is held back on %s", k.name)
	}
	k.log.Add(conformance.Event{Conn: k.name, Note: fmt.Sprintf("the other %d bytes are sent", len(k.held))})
	s.taken(k, k.put(nil, o.split, s.env.Clock.For("write")))
}

// The bytes of a flood that are written at a time, and how long the server may take to read them before it counts as one that does not read.
const (
	floodPiece = 64 << 10
	floodWait  = time.Second / 4
)

// flood sends as much as the other side takes. What comes back is not judged: nothing more can be sent on the connection.
func (s *session) flood(k *conn, b []byte) {
	sent := 0
	for sent < len(b) {
		k.nc.SetWriteDeadline(time.Now().Add(s.env.Clock.scale(floodWait)))
		n, err := k.nc.Write(b[sent:min(sent+floodPiece, len(b))])
		sent += n
		if timeout := net.Error(nil); err != nil && (!errors.As(err, &timeout) || !timeout.Timeout()) {
			k.log.Add(conformance.Event{Conn: k.name, From: k.us, Note: "could not write: " + endNote(err)})
			break
		} else if err != nil {
			break
		}
	}
	k.deaf = true
	k.log.Add(conformance.Event{Conn: k.name, Note: fmt.Sprintf("%d of %d bytes were taken", sent, len(b))})
}
