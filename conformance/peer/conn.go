package peer

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// A Conn is one connection. Its goroutine reads; what is written goes through out.
type Conn struct {
	s      *Server
	nc     net.Conn
	in     *bufio.Reader
	out    *outbox
	state  *spec.State // of the table that is kept to
	member             // of the chat

	gone    bool        // it was ended by the server, and nothing more of it is handled
	last    []byte      // the last reply
	held    [][]byte    // frames that a fault keeps back
	deaf    bool        // a fault: requests are not answered any more
	count   int         // requests
	before  *spec.State // in which the last request came
	behind  bool        // the next one had come with it
	refused bool        // its last request was refused
	silent  bool        // it was ended for its silence
	lastID  uint64      // of the request before
	opened  time.Time
}

func newConn(s *Server, nc net.Conn) *Conn {
	buffer := 16 // next to nothing, so that what a fault leaves unread is unread for the other side too
	switch {
	case s.is(OneFrameASegment), s.is(BodyInOneRead), s.is(LimitLags):
		buffer = 4096
	case s.is(ReadsAhead):
		buffer = 1 << 17
	}
	return &Conn{
		s: s, nc: nc, in: bufio.NewReaderSize(nc, buffer), out: newOutbox(s, nc), state: s.in.Protocol().Start(), opened: time.Now(),
	}
}

// cut ends the connection without a word.
func (c *Conn) cut() {
	c.gone = true
	c.out.abandon()
	c.nc.Close()
}

// retire ends the connection politely: what was written is sent, then the end.
func (c *Conn) retire() {
	c.gone = true
	c.nc.SetReadDeadline(time.Unix(1, 0))
}

// wait limits how long the next read may take. The lock is not held.
func (c *Conn) wait(inside bool) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if !c.gone {
		c.nc.SetReadDeadline(c.patience(inside))
	}
}

// fill reads n bytes. It takes memory for what comes, not for what was promised.
func (c *Conn) fill(n uint64) ([]byte, error) {
	var b bytes.Buffer
	_, err := io.CopyN(&b, c.in, int64(n))
	return b.Bytes(), err
}

// header reads what a header has to have, and on to where it ends if its size varies, or where it is no header.
func (c *Conn) header() ([]byte, error) {
	b, err := c.fill(uint64(c.s.in.HeaderSize()))
	for err == nil {
		_, size, bad := c.s.in.HeaderOf(nil, spec.FromClient, b)
		if size > 0 || bad != nil {
			return b, nil
		}
		var next []byte
		next, err = c.fill(1)
		b = append(b, next...)
	}
	return nil, err
}

// body reads n bytes behind a header.
func (c *Conn) body(n uint64) ([]byte, error) {
	if c.s.is(BodyInOneRead) && n > 0 && n < 1<<20 {
		b := make([]byte, n)
		k, err := c.in.Read(b)
		if k < len(b) {
			err = io.ErrUnexpectedEOF
		}
		return b, err
	}
	return c.fill(n)
}

// serve answers requests until the connection ends. It is true if the stream should be ended politely.
func (c *Conn) serve() bool {
	for {
		c.wait(false)
		if _, err := c.in.Peek(1); err != nil {
			return c.broken(err)
		}
		c.wait(true)
		frame, err := c.frame()
		if err == io.EOF { // its first byte is there
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return c.broken(err)
		}
		c.s.mu.Lock()
		came := c.state
		goOn := c.handle(frame)
		c.before, c.behind = came, c.in.Buffered() > 0
		c.s.mu.Unlock()
		switch {
		case !goOn:
			return !c.s.fault.Reset && !c.s.is(ReadsAhead)
		case c.s.is(OneFrameASegment):
			c.in.Discard(c.in.Buffered())
		}
	}
}

// broken ends a connection on which reading has failed.
func (c *Conn) broken(err error) bool {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	switch {
	case c.gone:
	case c.s.is(CutIsTold) && err == io.ErrUnexpectedEOF, c.s.is(ResetLosesMail) && errors.Is(err, syscall.ECONNRESET):
		c.s.cutAt = time.Now()
	case errors.Is(err, os.ErrDeadlineExceeded):
		c.timeout()
	case c.s.is(HalfCloseRepeats) && c.last != nil:
		c.out.put(c.last)
	case c.s.is(HalfCloseDrops):
		c.out.abandon()
	case c.s.is(HalfCloseIgnored):
		c.s.mu.Unlock()
		<-c.out.stop
		c.s.mu.Lock()
	}
	return true
}

// frame reads a frame. Of one whose header ends the connection the body is not read.
func (c *Conn) frame() ([]byte, error) {
	if c.s.is(CutFrameIsEnd) && c.in.Buffered() < c.s.in.HeaderSize() {
		return nil, io.ErrUnexpectedEOF
	}
	frame, err := c.header()
	if err != nil {
		return nil, err
	}
	h := c.s.in.ParseHeader(frame)
	n, _ := c.s.in.BodyLen(h)
	c.s.mu.Lock()
	_, se, why := c.s.in.CheckRequest(c.state, frame, c.s.profiles)
	if se != nil {
		se = c.checked(c.request(frame, se, why), se)
	}
	c.s.mu.Unlock()
	switch {
	case se == nil && why != nil && why.Because != dynamic.Incomplete, c.lengthBroken(se, why):
		n = 0 // a fault lets a length pass that is no length, or it is refused
	case se != nil && se.React != spec.ReactReply:
		n = 0
	case c.s.is(SkipsNoBody) && se != nil && se.Name == "UNKNOWN_OPCODE":
		n = 0
	}
	if c.s.is(ReadsTheBody) && se != nil && se.Name == "TOO_LARGE" {
		n, _ = c.s.in.BodyLen(h)
	}
	body, err := c.body(n)
	return append(frame, body...), err
}

// lengthBroken reports whether the length of a frame is what it is refused for, so that one cannot tell where its body ends.
func (c *Conn) lengthBroken(se *spec.Error, why *codec.Error) bool {
	return se != nil && why != nil && why.Offset < c.s.in.HeaderSize() &&
		(why.Because == codec.BecauseMin || why.Because == codec.BecauseVarint || strings.HasPrefix(why.Because, "max"))
}

// request is what a fault sees of a frame.
func (c *Conn) request(frame []byte, se *spec.Error, why *codec.Error) Request {
	h := c.s.in.ParseHeader(frame)
	return Request{Message: c.s.in.Lookup(spec.FromClient, h.Opcode), ID: h.ID, Frame: frame, State: c.state, Error: se, Why: why}
}

// checked lets the fault have its say about what a request is refused with.
func (c *Conn) checked(r Request, se *spec.Error) *spec.Error {
	r.Error = nil
	if c.s.is(LimitLags) && c.behind {
		if n, _ := c.s.in.BodyLen(c.s.in.ParseHeader(r.Frame)); n > c.s.in.MaxBody(c.before) {
			se = c.Error("TOO_LARGE")
		}
	}
	if c.s.fault.Check != nil {
		return c.s.fault.Check(c, r, se)
	}
	return se
}

// handle answers one request. It is false if the connection ends with it.
func (c *Conn) handle(frame []byte) bool {
	s := c.s
	if c.gone {
		return false
	}
	c.count++
	s.requests++
	m, se, why := s.in.CheckRequest(c.state, frame, s.profiles)
	if se == nil && m == nil {
		why = nil // a body that is not there because a fault let its header pass
	}
	req := c.request(frame, se, why)
	if se == nil && m != nil {
		se = c.needs(m)
	}
	se = c.checked(req, se)
	var reply *dynamic.Message
	next := c.state
	switch {
	case se != nil:
	case m != nil && s.p.Message(m.Spec.Name).LegalIn(s.p.State(c.state.Name)):
		reply, se = s.app.handle(c, m)
	case req.Message != nil && req.Message.Reply != nil: // a fault lets it pass
		reply = s.c.Example(s.p.Message(req.Message.Reply.Name))
	}
	if se == nil && req.Message != nil {
		next = c.state.After(req.Message)
	}
	if s.is(CreateLogsIn) && se == nil && req.is("CREATE") {
		next = s.in.Protocol().State("member")
	}
	req.Error, c.refused = se, se != nil
	if se != nil {
		reply = s.refusal(se, req.Message)
	}
	goOn := !next.End && (se == nil || se.React == spec.ReactReply)
	if reply != nil {
		reply.ID = req.ID
		c.answer(req, reply)
	}
	c.state = next
	if s.is(ByeServesOn) && req.is("BYE") {
		c.deaf, c.state, goOn = true, req.State, true
		s.later(50*time.Millisecond, c.retire)
	}
	if s.fault.After != nil {
		goOn = s.fault.After(c, req, goOn)
	}
	c.lastID = req.ID
	s.pushAll()
	return goOn && !c.gone
}

// needs returns the error for features that are not announced.
func (c *Conn) needs(m *dynamic.Message) *spec.Error {
	for _, f := range c.s.in.Needs(m) {
		if !c.s.features[f.Name] && !c.s.is(UnannouncedWorks) || f.Name == "REGEX" && c.s.is(AnnouncedOnly) {
			return c.s.in.Protocol().Check(spec.CheckFeature).Error
		}
	}
	return nil
}

func (c *Conn) answer(req Request, reply *dynamic.Message) {
	frames := [][]byte{c.s.c.AppendIllegal(nil, reply)}
	if req.Error != nil && req.Error.React == spec.ReactClose {
		frames = nil
	}
	if c.s.fault.Answer != nil && frames != nil {
		frames = c.s.fault.Answer(c, req, frames[0])
	}
	if c.deaf {
		return
	}
	if c.s.is(CutIsTold) && req.is("PING") && c.state.Start && time.Since(c.s.cutAt) < 200*time.Millisecond {
		c.out.put(c.Refusal(c.s.error("INTERNAL"), 0))
	}
	if c.s.is(RepliesOvertaken) && !req.is("PING") && !req.is("BYE") && (req.Error == nil || req.Error.React == spec.ReactReply) {
		c.held = append(c.held, frames...)
		c.s.later(5*time.Millisecond, c.release)
		return
	}
	if c.s.is(RepliesOvertaken) {
		c.release()
	}
	for _, f := range frames {
		c.out.put(f)
		c.last = f
	}
}

// release sends what a fault kept back.
func (c *Conn) release() {
	for _, f := range c.Held(nil) {
		c.out.put(f)
	}
}

// refusal is the message that tells of an error in answer to a request, which may be nil: the one that carries errors, or a reply with a
// status; nil if the table has neither.
func (s *Server) refusal(e *spec.Error, request *spec.Message) *dynamic.Message {
	em := s.p.ErrorMessage()
	if em == nil {
		return s.status(e, request)
	}
	var values []spec.NamedValue
	for _, f := range em.Fields {
		switch {
		case f.Type.ErrorSet:
			values = append(values, spec.NamedValue{Name: f.Name, Value: &spec.Value{Uint: e.Code}})
		case f.Type.Kind == spec.KindString && (f.Type.Max == nil || *f.Type.Max >= 1024):
			values = append(values, spec.NamedValue{Name: f.Name, Value: &spec.Value{Str: s.style.ErrorText(e)}})
		}
	}
	m := s.c.With(em, 0, values)
	if s.is(RangeWrong) && e.Name == "BAD_VERSION" {
		m.Set("lowest", uint64(2))
	}
	return m
}

// status is a reply to a request whose status is an error.
func (s *Server) status(e *spec.Error, request *spec.Message) *dynamic.Message {
	if request == nil || e.Uncoded {
		return nil
	}
	for _, r := range s.p.Message(request.Name).Replies {
		if f := r.End.Status(); f != nil {
			return s.c.With(r.End, 0, []spec.NamedValue{{Name: f.Name, Value: &spec.Value{Uint: e.Code}}})
		}
	}
	return nil
}
