package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"time"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/script"
	"github.com/wirelaw/wirelaw/spec"
)

// A Contact is the first conversation with a target: it says whether the target speaks the protocol at all, and what it announces.
type Contact struct {
	Problem  string   // why nothing can be judged, as a sentence; "" if all is well
	Hints    []string // what the mistake may be
	Sent     []byte   // the first request
	Got      []byte   // all that came
	Agent    string   // what the server says it is, if the protocol has a place for that
	Features uint64

	codec *dynamic.Codec
}

// has reports whether a feature was announced.
func (c *Contact) has(name string) bool {
	f := c.codec.Protocol().Feature(name)
	return f != nil && c.Features>>f.Bit&1 == 1
}

func (c *Contact) names() (names []string) {
	for _, f := range c.codec.Protocol().Features {
		if c.has(f.Name) {
			names = append(names, f.Name)
		}
	}
	return names
}

// FirstContact sends the first request that the table knows and reads the reply. If that fails it tries the usual
// mistakes, so that the report can name one. It takes less than 15 s, times the patience of the clock.
func FirstContact(ctx context.Context, c *dynamic.Codec, dial func(context.Context) (net.Conn, error), clock *script.Clock) *Contact {
	k := &Contact{codec: c}
	request := greeting(c.Protocol())
	if request == nil {
		return k
	}
	msg := c.Example(request)
	msg.ID = 1
	frame, err := c.Append(nil, msg)
	if err != nil {
		k.Problem = "the table has no example of " + request.Name + ": " + err.Error()
		return k
	}
	k.Sent = frame
	wait := clock.For(request.Name)
	var end error
	k.Got, end, err = exchange(ctx, dial, frame, wait, func(got []byte) bool { return wholeFrame(c, got) })
	if err != nil {
		k.Problem = connectProblem(err)
		return k
	}
	if k.welcome(request, msg.ID) {
		return k
	}
	k.diagnose(ctx, request, dial, end, wait*3/5)
	return k
}

// greeting is the request that leads away from the start; if the table has none, its fence. nil if it has neither.
func greeting(p *spec.Protocol) *spec.Message {
	for _, s := range p.States {
		if way := s.Requests(); len(way) == 1 {
			return way[0]
		}
	}
	if p.FencedIn(p.Start()) {
		return p.Fence.Send
	}
	return nil
}

// welcome takes in the right reply. It reports false if that has not come.
func (k *Contact) welcome(request *spec.Message, id uint64) bool {
	msg, err := k.codec.Decode(spec.FromServer, k.first(), nil)
	if err != nil || msg.Spec != request.Reply || k.codec.Protocol().Correlation() != nil && msg.ID != id {
		return false
	}
	if _, _, refused := k.codec.Refusal(msg); refused {
		return false
	}
	for _, f := range msg.Spec.Fields {
		v, _ := msg.Get(f.Name)
		if bits, ok := v.(uint64); ok && f.Type.Flags {
			k.Features = bits
		}
		if s, ok := v.(string); ok && k.Agent == "" {
			k.Agent = s
		}
	}
	return true
}

// exchange opens a connection, sends bytes and reads until enough has come, the stream ends or time is up. end says how
// reading ended, nil if enough came; err is for a connection that could not be opened.
func exchange(ctx context.Context, dial func(context.Context) (net.Conn, error), send []byte, wait time.Duration, enough func([]byte) bool) (got []byte, end, err error) {
	dialing, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	nc, err := dial(dialing)
	if err != nil {
		return nil, nil, err
	}
	defer nc.Close()
	stop := context.AfterFunc(ctx, func() { nc.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	nc.SetDeadline(time.Now().Add(wait))
	nc.Write(send) // what the other side makes of it is what comes back
	buf := make([]byte, 4096)
	for len(got) < 1<<16 {
		n, err := nc.Read(buf)
		got = append(got, buf[:n]...)
		if enough(got) {
			return got, nil, nil
		}
		if err != nil {
			return got, err, nil
		}
	}
	return got, nil, nil
}

// first is the first frame that came, nil if it is not all there.
func (k *Contact) first() []byte {
	n, _ := k.codec.Split(nil, spec.FromServer, k.Got)
	return k.Got[:n:n]
}

// wholeFrame reports whether b begins with a whole frame.
func wholeFrame(c *dynamic.Codec, b []byte) bool {
	n, _ := c.Split(nil, spec.FromServer, b)
	return n > 0
}

func connectProblem(err error) string {
	var op *net.OpError
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded):
		return "no connection could be opened in time"
	case errors.As(err, &op) && op.Op == "dial":
		return "nothing listens there: " + op.Err.Error()
	}
	return "no connection could be opened: " + err.Error()
}

// A Transcript of the contact, for a dump.
func (k *Contact) Transcript() []conformance.Event {
	events := []conformance.Event{{Conn: "first", From: spec.FromClient, Frame: k.Sent}}
	if len(k.Got) > 0 {
		events = append(events, conformance.Event{Conn: "first", From: spec.FromServer, Frame: slices.Clone(k.Got[:min(len(k.Got), 256)])})
	}
	return events
}

func endText(end error) string {
	switch {
	case end == nil || end == io.EOF:
		return "closed the connection"
	case isTimeout(end):
		return "said nothing more"
	}
	return fmt.Sprintf("broke the connection (%v)", end)
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}
