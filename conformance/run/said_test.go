package run

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// answering dials a peer that sends everything back.
func answering(context.Context) (net.Conn, error) {
	near, far := net.Pipe()
	go func() {
		io.Copy(far, far)
		far.Close()
	}()
	return near, nil
}

// TestSaid opens more connections than are kept, many at a time, and talks on each in pieces: the last frames of the latest are there, whole
// and in order, and all were counted.
func TestSaid(t *testing.T) {
	c := dynamic.New(suite(t).Protocol)
	s := newSaid(c)
	ping, _ := c.Append(nil, c.With(c.Protocol().Message("PING"), 1, nil))
	const conns, frames = 6 * maxOpen, 2 * maxLineLast
	var all sync.WaitGroup
	for i := range conns {
		all.Go(func() {
			nc, err := s.dial(fmt.Sprint("case", i), answering)(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			defer nc.Close()
			for range frames {
				for _, part := range [][]byte{ping[:3], ping[3:]} {
					got := make([]byte, len(part))
					if _, err := nc.Write(part); err != nil {
						t.Error(err)
					}
					if _, err := io.ReadFull(nc, got); err != nil || !bytes.Equal(got, part) {
						t.Errorf("%x, %v", got, err)
					}
				}
			}
		})
	}
	all.Wait()
	log, n := s.last()
	if n != conns*frames {
		t.Errorf("%d frames", n)
	}
	events, _ := log.Events()
	per := map[string]int{}
	for i, e := range events {
		if per[e.Conn]++; e.Frame != nil && !bytes.Equal(e.Frame, ping) {
			t.Errorf("%s: %x", e.Conn, e.Frame)
		}
		if i > 0 && e.At < events[i-1].At {
			t.Errorf("event %d is before the one before it", i)
		}
	}
	if len(per) != maxOpen {
		t.Errorf("%d connections", len(per))
	}
	for name, n := range per {
		if n != maxLineLast || !strings.HasPrefix(name, "case") || !strings.HasSuffix(name, "#1") {
			t.Errorf("%d events of %s", n, name)
		}
	}
}

// TestSaidLast shows what is kept of a frame that is not whole, of one that cannot be one, and who owes whom.
func TestSaidLast(t *testing.T) {
	s := newSaid(dynamic.New(suite(t).Protocol))
	nc, err := s.dial("c", answering)(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	l := nc.(*overheard).line
	if s.owes() != 0 {
		t.Error("it owes an answer to nothing")
	}
	l.hear(spec.FromClient, []byte{11, 0, 0})
	if s.owes() <= 0 {
		t.Error("it owes nothing")
	}
	log, n := s.last()
	events, _ := log.Events()
	if len(events) != 2 || len(events[1].Frame) != 3 || n != 0 {
		t.Errorf("%d frames, %+v", n, events)
	}
	l.hear(spec.FromServer, []byte("\xff\xff\xff\xff HTTP/1.1 400 Bad Request"))
	if s.owes() != 0 {
		t.Error("it owes an answer that has come")
	}
	nc.Close()
	nc.Close()
	log, n = s.last()
	events, _ = log.Events()
	if len(events) != 4 || n != 1 || events[3].Note != "closes" {
		t.Errorf("%d frames, %+v", n, events)
	}
}
