package script

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"time"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/spec"
)

// A conn is one connection of a script. It follows the conversation by the table: which requests are open, in which state
// the server must be, which frames are replies and which are pushes.
//
// All of it belongs to the goroutine of the script, but for the inbox.
type conn struct {
	name   string
	us     spec.Direction // the side that we are
	host   *host          // nil unless we are the server
	codec  *dynamic.Codec
	log    *conformance.Transcript
	clock  *Clock
	nc     net.Conn
	in     *inbox
	closed chan struct{} // closed by us

	state   *spec.State
	open    []request
	replies []frame
	pushes  []frame
	last    *frame // expected last
	broken  *conformance.Finding

	out     []byte   // sent, but not yet a whole frame
	beyond  *request // sent behind one that ends the connection, or after it was told to end
	deaf    bool     // a right server does not look at what is in out
	held    []byte   // to be sent with the next write
	nextID  uint64
	end     error // how the stream ended; nil: it has not
	torn    error // a write was told of a reset; what reads learns of the end only
	endAt   time.Time
	opened  time.Time
	wrote   time.Time     // when the last byte was sent, or the connection opened
	first   time.Duration // from opening to the first byte that was sent
	spoke   bool
	half    bool                   // our side of the stream has ended
	left    bool                   // it was ended by a request, and the reply has come
	served  *request               // answered last
	ending  string                 // what has led to the end state: a message or an error
	endedBy *spec.Error            // the error that did, nil if it was none
	numbers map[*spec.Field]uint64 // of the pushes of this session, as they are acknowledged
	sent    map[string]bool        // what was sent on any connection of the script, by name; nil: nobody asks
	waited  time.Duration          // how long the last wait took if nothing came of it
}

// A request is one that was sent and has no reply yet.
type request struct {
	msg   *spec.Message    // nil: no client message has this opcode
	sent  *dynamic.Message // nil: it is not as laid out, or breaks a limit
	reply *spec.Reply      // what answers success; nil: nothing does
	begun bool             // a part of the answer has come, and more may
	id    uint64
	at    time.Time
	code  uint64
}

func (r *request) name() string {
	if r.msg == nil {
		return fmt.Sprintf("opcode %#02x", r.code)
	}
	return r.msg.Name
}

// silent reports whether the request may have succeeded and be done although nothing more comes.
func (r *request) silent() bool { return r.msg != nil && (r.reply == nil || r.reply.Maybe || r.begun) }

// mute reports whether no message of the table answers the request.
func (r *request) mute() bool { return r.msg == nil || len(r.msg.Replies) == 0 }

// answers reports whether success may be answered with m.
func (r *request) answers(m *spec.Message) bool {
	return r.reply != nil && (r.reply.End == m || slices.Contains(r.reply.Before, m))
}

// A frame is a message that came.
type frame struct {
	msg   *dynamic.Message
	bytes []byte
	index int
	at    time.Time
	to    *request // of a reply: what it answers
	loose string   // of a request: how it is outside its limits
}

// newConn follows a conversation on nc, which it owns.
func newConn(name string, nc net.Conn, c *dynamic.Codec, log *conformance.Transcript, clock *Clock) *conn {
	k := &conn{
		name: name, us: spec.FromClient, codec: c, log: log, clock: clock, nc: nc, in: newInbox(spec.FromServer), closed: make(chan struct{}),
		state: c.Protocol().Start(), wrote: time.Now(), opened: time.Now(),
	}
	log.Add(conformance.Event{Conn: name, From: spec.FromClient, Note: "connects"})
	go k.in.read(nc, c, log, name, k.closed)
	return k
}

// them is the other side.
func (k *conn) them() spec.Direction {
	if k.us == spec.FromClient {
		return spec.FromServer
	}
	return spec.FromClient
}

// close ends the connection and its reader, and says so in the transcript.
func (k *conn) close(note string) {
	select {
	case <-k.closed:
		return
	default:
	}
	close(k.closed)
	if note != "" {
		k.log.Add(conformance.Event{Conn: k.name, From: k.us, Note: note})
	}
	k.nc.Close()
	<-k.in.done
}

// after is the state after success of m in s; both may be nil.
func after(s *spec.State, m *spec.Message) *spec.State {
	if s == nil || m == nil {
		return s
	}
	return s.After(m)
}

// coming is the state after success of all open requests.
func (k *conn) coming() *spec.State {
	s := k.state
	for i := range k.open {
		if m := k.open[i].msg; m != nil && slices.Contains(m.In, s) {
			s = after(s, m)
		}
	}
	return s
}

func (k *conn) stateName() string {
	if k.state == nil {
		return ""
	}
	return k.state.Name
}

// newID returns an id that no open request has.
func (k *conn) newID() uint64 {
	most := ^uint64(0)
	if f := k.codec.Protocol().Correlation(); f != nil {
		most = f.Type.Widest()
	}
	for range len(k.open) + 1 {
		k.nextID = k.nextID%most + 1
		if !slices.ContainsFunc(k.open, func(r request) bool { return r.id == k.nextID }) {
			break
		}
	}
	return k.nextID
}

// send logs bytes and puts them.
func (k *conn) send(b []byte, split int, patience time.Duration) error {
	k.log.Add(conformance.Event{Conn: k.name, From: k.us, Frame: slices.Clone(b)})
	return k.put(b, split, patience)
}

// put writes what was held back and then bytes, n at a time if n is not 0, and notes the requests in them. An error of the write is not judged: what
// the server has to say about it, or its end, comes in. But a system tells of a reset only once, and it may tell the write.
func (k *conn) put(b []byte, split int, patience time.Duration) error {
	b = append(k.held, b...)
	k.held = nil
	if k.host == nil {
		k.account(b)
	}
	k.nc.SetWriteDeadline(time.Now().Add(patience))
	for len(b) > 0 {
		n := len(b)
		if split > 0 {
			n = min(n, split)
		}
		if _, err := k.nc.Write(b[:n]); err != nil {
			var timeout net.Error
			if errors.As(err, &timeout) && timeout.Timeout() {
				return fmt.Errorf("the %s does not read: a write was stuck for %v", k.them(), patience)
			}
			k.log.Add(conformance.Event{Conn: k.name, From: k.us, Note: "could not write: " + endNote(err)})
			if isTorn(err) {
				k.torn = err
			}
			break
		}
		b = b[n:]
	}
	now := time.Now()
	if !k.spoke {
		k.first, k.spoke = now.Sub(k.wrote), true
	}
	k.wrote = now
	return nil
}

// account finds the requests in what was sent, as a right server does.
func (k *conn) account(b []byte) {
	k.out = append(k.out, b...)
	now := time.Now()
	checked := k.codec.Protocol().Check(spec.CheckCorrelation) != nil
	for !k.deaf {
		coming := k.coming()
		h, header, bad := k.codec.HeaderOf(coming, spec.FromClient, k.out)
		if header == 0 && bad == nil {
			return
		}
		r := request{msg: k.codec.Lookup(spec.FromClient, h.Opcode), id: h.ID, at: now, code: h.Opcode}
		if r.msg != nil && k.sent != nil {
			k.sent[r.msg.Name] = true
		}
		if r.msg != nil && len(r.msg.Replies) > 0 {
			r.reply = r.msg.Replies[0]
		}
		if coming != nil && coming.End {
			k.deaf, k.beyond = true, &r
			return
		}
		size, bad := k.codec.Split(coming, spec.FromClient, k.out)
		if bad != nil || h.ID == 0 && checked {
			k.deaf = true
			k.open = append(k.open, r)
			return
		}
		if size == 0 {
			return
		}
		if right, err := k.codec.DecodeIn(coming, spec.FromClient, k.out[:size], nil); err == nil {
			r.reply, r.sent = dynamic.ReplyTo(right), right
		}
		k.out = k.out[size:]
		k.open = append(k.open, r)
	}
}

// wait lets frames come in until ok is true, the stream ends, something is broken, or time is up. It reports whether ok.
func (k *conn) wait(ctx context.Context, until time.Time, ok func() bool) (done bool) {
	begin := time.Now()
	defer func() {
		if k.waited = 0; !done {
			k.waited = time.Since(begin)
		}
	}()
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	for {
		for _, a := range k.in.take() {
			k.arrive(a)
		}
		if ok() {
			return true
		}
		if k.end != nil || k.broken != nil {
			return false
		}
		select {
		case <-k.in.wake:
		case <-timer.C:
			return false
		case <-ctx.Done():
			return false
		}
	}
}

// waits reports whether the server still waits for the request that leaves the first state, if there is one.
func (k *conn) waits() bool {
	return k.state == k.codec.Protocol().Start() && len(k.codec.Protocol().States) > 1
}

// ended reports whether the stream is over.
func (k *conn) ended() bool { return k.end != nil }

// howEnded says how the stream ended.
func (k *conn) howEnded() string {
	switch {
	case k.end == io.EOF, isReset(k.end) && k.codec.Protocol().RuleWatched(spec.WatchClosing) == nil:
		return "the end of the connection"
	case isReset(k.end):
		return "a reset of the connection"
	case k.end == io.ErrUnexpectedEOF:
		return "the end of the connection within a frame"
	}
	return k.end.Error()
}
