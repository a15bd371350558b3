package proxy

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/spec"
)

// Paired reports whether replies of a protocol tell which request they answer, as [Proxy] needs it to judge answers: by a correlation that
// is never 0 in a request, with errors that are messages of their own. Of any other protocol each frame is judged by itself, and by the state
// in which it comes.
func Paired(p *spec.Protocol) bool {
	return len(p.Frames) == 1 && len(p.Preface) == 0 && dynamic.New(p).Plain() && p.Correlation() != nil &&
		p.Check(spec.CheckCorrelation) != nil && p.ErrorMessage() != nil
}

// A follower judges the frames of a connection without knowing which of them answer which. It is under the mutex of its Conn.
type follower struct {
	track  *dynamic.Tracker
	before *spec.State // in which the connection was before now: the other side may not have known better
	begun  map[spec.Direction]bool
}

func newFollower(p *spec.Protocol) *follower {
	return &follower{track: dynamic.NewTracker(p), before: p.Start(), begun: map[spec.Direction]bool{}}
}

// followed takes in bytes of one direction.
func (c *Conn) followed(from spec.Direction, b []byte) {
	buf := append(c.bytes[from], b...)
	if !c.follow.begun[from] {
		var whole bool
		if buf, whole = c.preface(from, buf); !whole {
			c.bytes[from] = bytes.Clone(buf)
			return
		}
	}
	for c.blind[from] == "" && len(buf) > 0 {
		n, err := c.c.Split(c.follow.track.State(), from, buf)
		if err != nil {
			c.stray(from, buf, err)
			break
		}
		if n == 0 {
			break
		}
		e := conformance.Event{At: time.Since(c.begin), Conn: c.Name, From: from, Frame: bytes.Clone(buf[:n])}
		buf = buf[n:]
		c.p.counted()
		c.say(e)
		c.frame(e, c.Transcript.Add(e))
	}
	if c.blind[from] != "" {
		buf = nil
	}
	c.bytes[from] = bytes.Clone(buf)
}

// preface takes the preface of a side off what it has sent.
func (c *Conn) preface(from spec.Direction, b []byte) (rest []byte, whole bool) {
	i := slices.IndexFunc(c.c.Protocol().Preface, func(p *spec.Preface) bool { return p.From == from })
	if i < 0 {
		c.follow.begun[from] = true
		return b, true
	}
	want := c.c.Protocol().Preface[i].Bytes
	n := min(len(want), len(b))
	switch {
	case !bytes.Equal(b[:n], want[:n]):
		c.stray(from, b, errors.New("other bytes"))
		return nil, false
	case n < len(want):
		return b, false
	}
	c.follow.begun[from] = true
	return b[n:], true
}

// stray notes bytes that cannot be told apart into frames: nothing after them can be understood.
func (c *Conn) stray(from spec.Direction, b []byte, why error) {
	e := conformance.Event{At: time.Since(c.begin), Conn: c.Name, From: from, Frame: bytes.Clone(b[:min(len(b), 64)])}
	c.find(Finding{Side: from, Expected: "frames as the table lays them out", Got: sentence(why), Event: e, Index: c.Transcript.Add(e)})
	c.blind[from] = "it sends no frames"
}

// frame judges one frame.
func (c *Conn) frame(e conformance.Event, index int) {
	bad := func(expected, got string) {
		c.find(Finding{Side: e.From, Expected: expected, Got: got, Event: e, Index: index})
	}
	state := c.follow.track.State()
	m, err := c.c.DecodeIn(state, e.From, e.Frame, nil)
	var why *codec.Error
	switch {
	case err == nil:
	case errors.As(err, &why) && c.passes(e, why):
		return
	default:
		bad("a frame as the table lays it out", sentence(err))
		return
	}
	settled := !c.follow.track.Waiting()
	if state != nil && !m.Spec.LegalIn(state) && !m.Spec.LegalIn(c.follow.before) && !slices.Contains(state.Unspecified, m.Spec) &&
		(e.From == spec.FromServer || settled) {
		bad(fmt.Sprintf("no %s in the state %s", m.Spec.Name, state.Name), m.Spec.Name)
	}
	if fault, _, refused := c.c.Refusal(m); refused && fault != nil && fault.Fault {
		bad("no error that is the server's own fault", m.Spec.Name+" "+fault.Name)
	}
	c.follow.track.Sent(e.From, m)
	if now := c.follow.track.State(); now != state {
		c.follow.before = state
		if now.End {
			c.lost("the connection is in the state " + now.Name)
		}
	}
}

// passes reports whether a frame that cannot be decoded is nobody's fault: one that the table has dropped, values of a client, or the
// refusal of a request that has no reply of its own.
func (c *Conn) passes(e conformance.Event, why *codec.Error) bool {
	p := c.c.Protocol()
	if ch := p.Check(spec.CheckOpcode); why.Because == codec.BecauseOpcode && ch != nil && ch.Ignore {
		return true
	}
	if e.From == spec.FromClient {
		return limit(why)
	}
	if like := p.Fence.Expect; why.Because == codec.BecauseOpcode && like != nil && like.Status() != nil {
		if m, err := c.c.DecodeAs(like, e.From, e.Frame, nil); err == nil {
			_, _, refused := c.c.Refusal(m)
			return refused
		}
	}
	return false
}

// sentence is an error for people.
func sentence(err error) string {
	var why *codec.Error
	switch {
	case !errors.As(err, &why):
		return err.Error()
	case why.Message == "":
		return fmt.Sprintf("%s (offset %d)", why.Sentence(), why.Offset)
	}
	return fmt.Sprintf("%s: %s (offset %d)", why.Message, why.Sentence(), why.Offset)
}
