package peer

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"time"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// A client is an honest model of a client of the chat protocol that speaks the driver contract, interpreted from the table, and can be
// given one fault. One goroutine owns all of it; others bring it lines and frames.
type client struct {
	c     *dynamic.Codec
	p     *spec.Protocol
	bug   string // never changes: the listener reads it too
	addr  string
	out   *json.Encoder
	lines chan map[string]any
	heard chan heard
	quit  chan struct{}

	posted bool // the fault "refused-again" has been committed

	queue []map[string]any // commands that have not begun
	now   *task            // the command under way
	link  *link            // nil: there is no connection
	tries int
	retry <-chan time.Time
	beat  <-chan time.Time
	ended bool

	account  string // that is to be logged in; "": none
	password string
	token    []byte
	first    []byte // token of all, for a fault
	epoch    uint64
	seen     map[[2]uint64]bool // by epoch and sequence
	keys     uint64
	sent     *dynamic.Message // the last SEND that was accepted, for a fault
}

// A task is a command and how far it has come.
type task struct {
	cmd     map[string]any
	request *dynamic.Message // of send: what is repeated after a lost connection
	names   []string         // of list: what has come
}

func (t *task) arg(name string) string {
	s, _ := t.cmd[name].(string)
	return s
}

func (t *task) name() string { return t.arg("cmd") }

// A link is one connection.
type link struct {
	nc       net.Conn
	state    *spec.State
	open     []*dynamic.Message // requests without a reply; an ACK has none
	features uint64
	greeted  bool
	over     bool // GOODBYE has come
	lastID   uint64
	count    int
}

// heard is what has come on a connection: a frame, or its end.
type heard struct {
	link  *link
	frame []byte
	err   error
}

// RunClient runs a model client that connects to addr, takes commands from in and tells on out, until it is told to exit, gives up, or in
// ends. A nil fault makes it honest. The error says that it has crashed.
func RunClient(ctx context.Context, p *spec.Protocol, fault *ClientFault, addr string, in io.Reader, out io.Writer) (err error) {
	c := &client{
		c: dynamic.New(p), p: p, addr: addr, out: json.NewEncoder(out), lines: make(chan map[string]any, 64), heard: make(chan heard, 64),
		quit: make(chan struct{}), seen: map[[2]uint64]bool{},
	}
	if fault != nil {
		c.bug = fault.Name
	}
	defer func() {
		close(c.quit)
		c.drop()
		if p := recover(); p != nil {
			err = fmt.Errorf("it crashed: %v", p)
		}
	}()
	go c.read(in)
	c.connect()
	for !c.ended {
		select {
		case line, ok := <-c.lines:
			if !ok {
				c.lines, line = nil, map[string]any{"cmd": "exit", "ref": 0} // it leaves when all is done
			}
			c.queue = append(c.queue, line)
			c.next()
		case h := <-c.heard:
			if h.link == c.link {
				c.hear(h)
			}
		case <-c.retry:
			c.retry = nil
			c.connect()
			c.next()
		case <-c.beat:
			if c.link != nil && c.link.greeted && c.bug != "silent" {
				c.request("PING")
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// read takes commands. Who is told nothing more leaves.
func (c *client) read(in io.Reader) {
	defer close(c.lines)
	s := bufio.NewScanner(in)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		var m map[string]any
		if json.Unmarshal(s.Bytes(), &m) != nil {
			return
		}
		select {
		case c.lines <- m:
		case <-c.quit:
			return
		}
	}
}

func (c *client) tell(pairs ...any) {
	m := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i].(string)] = pairs[i+1]
	}
	c.out.Encode(m)
}

// connect opens a connection and says HELLO.
func (c *client) connect() {
	nc, err := net.DialTimeout("tcp", c.addr, 5*time.Second)
	if err != nil {
		c.again()
		return
	}
	c.link = &link{nc: nc, state: c.p.Start()}
	go c.listen(c.link)
	if c.bug == "no-hello" {
		c.request("LOGIN", "name", "nobody", "password", "anything")
		return
	}
	keepalive, agent := uint64(60), "model-client/1"
	if c.bug == "keepalive-zero" {
		keepalive = 0
	}
	if c.bug == "password-as-agent" && c.password != "" {
		agent = c.password
	}
	c.request("HELLO", "lowest", uint64(1), "highest", uint64(1), "agent", agent, "keepalive", keepalive)
}

// again connects soon.
func (c *client) again() {
	pause := time.Duration(min(c.tries, 10)) * 10 * time.Millisecond
	c.tries++
	c.retry = time.After(pause)
}

func (c *client) drop() {
	if c.link != nil {
		c.link.nc.Close()
		c.link = nil
	}
	c.beat = nil
}

// lose ends the connection, tells what has failed by that, and connects again.
func (c *client) lose() {
	c.drop()
	if t := c.now; t != nil && t.request == nil {
		c.ended = t.name() == "exit"
		switch {
		case t.name() == "sync" || t.name() == "exit", c.bug == "lost-is-ok":
			c.done(nil)
		default:
			c.fail("LOST")
		}
	}
	if !c.ended {
		c.again()
	}
}

// listen is the goroutine that reads a connection.
func (c *client) listen(l *link) {
	var buf []byte
	tmp := make([]byte, 64<<10)
	for {
		n, err := l.nc.Read(tmp)
		buf = append(buf, tmp[:n]...)
		for {
			size, bad := c.whole(buf)
			if bad != nil && c.bug != "waits-for-body" {
				err, size = bad, 0
			}
			if c.bug == "one-read-one-frame" && n > 0 && size == 0 && err == nil {
				err = errors.New("half a frame")
			}
			if size == 0 {
				break
			}
			c.bring(heard{l, buf[:size:size], nil})
			if buf = buf[size:]; c.bug == "first-of-a-read" {
				buf = nil
			}
		}
		if err != nil {
			if c.bug == "half-shown" && len(buf) > 45 {
				c.bring(heard{l, buf, nil})
			}
			c.bring(heard{l, nil, err})
			return
		}
	}
}

func (c *client) bring(h heard) {
	select {
	case c.heard <- h:
	case <-c.quit:
	}
}

// whole returns the size of the frame at the beginning of b, 0 if it is not all there.
func (c *client) whole(b []byte) (int, error) {
	if len(b) < c.c.HeaderSize() {
		return 0, nil
	}
	n, ok := c.c.BodyLen(c.c.ParseHeader(b))
	if !ok || n > c.c.MaxBody(nil) {
		return 0, errors.New("a length over the limit")
	}
	if size := c.c.HeaderSize() + int(n); len(b) >= size {
		return size, nil
	}
	return 0, nil
}

// request sends a request with these fields.
func (c *client) request(name string, pairs ...any) *dynamic.Message {
	m := c.c.Example(c.p.Message(name))
	for i := 0; i < len(pairs); i += 2 {
		m.Set(pairs[i].(string), pairs[i+1])
	}
	c.post(m)
	return m
}

// post sends a request.
func (c *client) post(m *dynamic.Message) {
	l := c.link
	l.lastID++
	m.ID = l.lastID
	if c.bug == "id-zero" && m.Spec.Name == "LIST" {
		m.ID = 0
	}
	frame := m
	if c.bug == "trailing" && m.Spec.Name == "CREATE" {
		frame = m.Clone()
		frame.Trailing = []byte{0}
	}
	if m.Spec.Reply != nil {
		l.open = append(l.open, m)
	}
	l.nc.SetWriteDeadline(time.Now().Add(10 * time.Second))
	l.nc.Write(c.c.AppendIllegal(nil, frame))
}

// next begins the next command.
func (c *client) next() {
	for c.now == nil && len(c.queue) > 0 && !c.ended {
		ready := c.link != nil && c.link.greeted && (c.account == "" || c.link.state.Name == "member")
		name, _ := c.queue[0]["cmd"].(string)
		if !ready && name != "sync" && name != "exit" {
			return
		}
		c.now = &task{cmd: c.queue[0]}
		c.queue = slices.Delete(c.queue, 0, 1)
		c.begin(c.now, ready)
	}
}
