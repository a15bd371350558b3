package proxy

import (
	"bytes"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/spec"
)

// Bounds of what is kept of one connection.
const (
	maxOpen     = 4096    // requests without a reply
	maxPending  = 4 << 20 // bytes of them
	maxFindings = 100     // after them a connection is passed on without a look
)

// A Conn is one connection that was passed on. All of it is under mu, but for the connections themselves.
type Conn struct {
	Name       string
	Transcript *conformance.Transcript // bounded
	p          *Proxy
	c          *dynamic.Codec
	begin      time.Time
	client     net.Conn
	server     net.Conn

	mu        sync.Mutex
	Findings  []Finding
	bytes     map[spec.Direction][]byte // that make no whole frame yet
	blind     map[spec.Direction]string // why a direction is not judged any more
	open      []request
	pending   int
	state     *spec.State
	early     bool // the request whose frame is coming was answered before it was whole
	ending    bool // the server has to end the connection, or has said that it does
	features  uint64
	greeted   bool
	session   session
	follow    *follower // nil if replies tell which request they answer
	talk      []said    // for the transcript that replays
	saidBytes int
}

// A request waits for its reply. It is judged when that comes, since only then the state in which it was handled is known.
type request struct {
	frame []byte
	msg   *spec.Message // nil: no client message has this opcode
	id    uint64
	event conformance.Event
	index int
	said  int // index in talk, -1 if that is full
}

func (r *request) name() string {
	if r.msg == nil {
		return "an unknown request"
	}
	return r.msg.Name
}

func (r *request) silent() bool { return r.msg != nil && r.msg.Reply == nil }

func newConn(p *Proxy, n int) *Conn {
	c := &Conn{
		Name: fmt.Sprintf("c%d", n), Transcript: conformance.NewTranscript(), p: p, c: p.o.Codec, begin: time.Now(),
		bytes: map[spec.Direction][]byte{}, blind: map[spec.Direction]string{}, state: p.o.Codec.Protocol().Start(), session: newSession(),
	}
	if !Paired(c.c.Protocol()) {
		c.follow = newFollower(c.c.Protocol())
	}
	return c
}

func (c *Conn) note(from spec.Direction, text string) {
	c.Transcript.Add(conformance.Event{Conn: c.Name, From: from, Note: text})
}

// saw takes in bytes of one direction, and judges the frames in them.
func (c *Conn) saw(from spec.Direction, b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.blind[from] != "" {
		return
	}
	if c.follow != nil {
		c.followed(from, b)
		return
	}
	buf := append(c.bytes[from], b...)
	for c.blind[from] == "" {
		if len(buf) < c.c.HeaderSize() {
			break
		}
		h := c.c.ParseHeader(buf)
		n, ok := c.c.BodyLen(h)
		if limit := c.c.MaxBody(nil); !ok || n > limit {
			c.tooLong(from, buf, h.Length, limit)
			break
		}
		size := c.c.HeaderSize() + int(n)
		if len(buf) < size {
			break
		}
		frame := bytes.Clone(buf[:size])
		buf = buf[size:]
		e := conformance.Event{At: time.Since(c.begin), Conn: c.Name, From: from, Frame: frame}
		index := c.Transcript.Add(e)
		c.p.counted()
		if from == spec.FromClient {
			c.asked(e, index)
		} else {
			c.answered(e, index)
		}
	}
	if c.blind[from] != "" {
		buf = nil
	}
	c.bytes[from] = bytes.Clone(buf)
}

func (p *Proxy) counted() {
	p.mu.Lock()
	p.frames++
	p.mu.Unlock()
}

// tooLong notes a header whose length no frame may have: nothing after it can be understood.
func (c *Conn) tooLong(from spec.Direction, buf []byte, length, limit uint64) {
	header := bytes.Clone(buf[:c.c.HeaderSize()])
	e := conformance.Event{At: time.Since(c.begin), Conn: c.Name, From: from, Frame: header}
	index := c.Transcript.Add(e)
	c.blind[from] = "a length over the limit"
	if from == spec.FromServer {
		c.find(Finding{Side: from, Expected: fmt.Sprintf("a body of at most %d bytes", limit), Got: fmt.Sprintf("a length of %d", length), Event: e, Index: index})
		return
	}
	c.asked(e, index)
}

// find notes a finding, and tells it.
func (c *Conn) find(f Finding) {
	if f.Conn = c.Name; len(c.Findings) >= maxFindings {
		return
	}
	c.Findings = append(c.Findings, f)
	if len(c.Findings) == maxFindings {
		c.lost("it has too many findings")
	}
	c.p.tell(f)
}

// lost stops judging a connection.
func (c *Conn) lost(why string) {
	for _, side := range []spec.Direction{spec.FromClient, spec.FromServer} {
		if c.blind[side] == "" {
			c.blind[side] = why
		}
	}
	c.open, c.pending = nil, 0
	c.note("", "not judged any more: "+why)
}

// ended notes the end of one direction.
func (c *Conn) ended(from spec.Direction, how string, proper bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.note(from, how)
	if c.blind[from] != "" {
		return
	}
	if from == spec.FromClient {
		c.session.left = true
		return
	}
	e := conformance.Event{At: time.Since(c.begin), Conn: c.Name, From: from, Note: how}
	switch {
	case len(c.bytes[from]) > 0:
		c.find(Finding{Side: from, Expected: "whole frames", Got: "the end of the stream within one", Event: e, Index: -1})
	case !proper && c.ending:
		c.find(Finding{
			Side: from, Rule: c.watched(spec.WatchClosing), Expected: "the end of the stream after the last frame",
			Got: "a reset, by which that frame may be lost", Event: e, Index: -1,
		})
	case !c.ending && !c.session.left:
		for i := range c.open {
			if !c.open[i].silent() {
				c.find(Finding{
					Side: from, Expected: "a reply to " + c.open[i].name(), Got: "the end of the connection, without GOODBYE or an error", Event: c.open[i].event,
					Index: c.open[i].index,
				})
				return
			}
		}
	}
}

// over judges what is left when both directions have ended.
func (c *Conn) over() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open, c.bytes = nil, map[spec.Direction][]byte{}
}
