package proxy

import (
	"fmt"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// A session is what is known of pushes that are acknowledged: a request without a reply whose field repeats one of a push says
// up to where. The field of type window, in the request that began the session, says how many may be unacknowledged.
type session struct {
	left     bool // the client has ended its side
	window   uint64
	pushes   map[*spec.Message][]uint64 // not acknowledged, in their order
	most     map[*spec.Field]uint64
	seen     map[*spec.Field]bool
	greatest uint64 // window that the server uses, 0 if it has told none
}

// windowType is the name of the type of a field that says how many pushes may be unacknowledged.
const windowType = "window"

func newSession() session {
	return session{pushes: map[*spec.Message][]uint64{}, most: map[*spec.Field]uint64{}, seen: map[*spec.Field]bool{}}
}

// acked finds the field of a silent request that acknowledges pushes.
func acked(m *spec.Message) *spec.Field {
	if m == nil || m.Reply != nil {
		return nil
	}
	for _, f := range m.Fields {
		if f.SameAs != nil && f.SameAs.Message.Push && f.Type.Kind == spec.KindUint {
			return f
		}
	}
	return nil
}

// acks takes in an acknowledgement. It counts as soon as it is seen: the server cannot know of it earlier.
func (s *session) acks(c *Conn, r *request) {
	f := acked(r.msg)
	if f == nil {
		return
	}
	m, err := c.c.Decode(spec.FromClient, r.frame, nil)
	if err != nil {
		return
	}
	v, _ := m.Get(f.Name)
	n, _ := v.(uint64)
	push, field := f.SameAs.Message, f.SameAs.Field
	if legal(r.msg, c.state) && (!s.seen[field] || n > s.most[field]) {
		c.find(Finding{
			Side: spec.FromClient, Rule: c.watched(spec.WatchAcks), Event: r.event, Index: r.index,
			Expected: "an acknowledgement of what was delivered in this session", Got: fmt.Sprintf("%s of %d", r.msg.Name, n),
		})
	}
	left := s.pushes[push][:0]
	for _, seq := range s.pushes[push] {
		if seq > n {
			left = append(left, seq)
		}
	}
	s.pushes[push] = left
}

func legal(m *spec.Message, s *spec.State) bool {
	for _, in := range m.In {
		if in == s {
			return true
		}
	}
	return false
}

// pushed judges a push: its sequence rises, and it fits into the window.
func (s *session) pushed(c *Conn, m *dynamic.Message, bad func(rule, expected, got string)) {
	for _, ack := range c.c.Protocol().Messages {
		f := acked(ack)
		if f == nil || f.SameAs.Message != m.Spec {
			continue
		}
		field := f.SameAs.Field
		v, _ := m.Get(field.Name)
		n, _ := v.(uint64)
		if s.seen[field] && n <= s.most[field] {
			bad(c.watched(spec.WatchSequence), fmt.Sprintf("a %s above %d", field.Name, s.most[field]), fmt.Sprintf("%d", n))
		}
		s.seen[field], s.most[field] = true, max(s.most[field], n)
		s.pushes[m.Spec] = append(s.pushes[m.Spec], n)
		if open := uint64(len(s.pushes[m.Spec])); s.window > 0 && open > s.window {
			bad(c.watched(spec.WatchWindow), fmt.Sprintf("at most %d %s without an acknowledgement", s.window, m.Spec.Name),
				fmt.Sprintf("%d of them", open))
			s.pushes[m.Spec] = s.pushes[m.Spec][1:] // once is enough, and memory is bounded by the window
		}
		if len(s.pushes[m.Spec]) > 1<<16 {
			s.pushes[m.Spec] = s.pushes[m.Spec][1:]
		}
	}
}

// reply takes in the success of a request: what it says of windows and features, and that another state begins.
func (s *session) reply(c *Conn, r *request, asked, m *dynamic.Message) {
	window := uint64(0)
	for _, f := range r.msg.Fields {
		if v, ok := asked.Get(f.Name); ok && f.Type.Name == windowType {
			window, _ = v.(uint64)
		}
	}
	for _, f := range m.Spec.Fields {
		v, _ := m.Get(f.Name)
		n, _ := v.(uint64)
		switch {
		case f.Type.Flags:
			c.features, c.greeted = n, true
		case f.Name == windowType && f.Type.Kind == spec.KindUint:
			s.greatest = n
		}
	}
	if c.state.After(r.msg) == c.state {
		return
	}
	left, greatest := s.left, s.greatest
	*s = newSession()
	s.left, s.greatest, s.window = left, greatest, window
	if greatest > 0 && window > greatest {
		s.window = greatest
	}
}
