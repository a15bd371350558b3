package script

import (
	"maps"
	"slices"
)

// isOver reports whether the server holds nothing for the connection: nothing was entered on it, or it was left.
func (k *conn) isOver() bool { return k.left || k.waits() && len(k.open) == 0 && !k.deaf }

// leave ends the connections of a script that has passed by the request that ends one, and waits until the server agrees: it holds no session
// then. It reports whether that holds for all connections of the script. Nothing is judged.
func (s *session) leave() bool {
	all := !s.loose
	for _, name := range slices.Sorted(maps.Keys(s.conns)) {
		if k := s.conns[name]; !k.isOver() {
			all = s.goodbye(k) && all
		}
	}
	return all
}

func (s *session) goodbye(k *conn) bool {
	if k.end != nil || k.broken != nil || k.half || k.deaf || len(k.out)+len(k.held) > 0 || k.in.isPaused() || k.state == nil {
		return false
	}
	for _, t := range k.state.Transitions {
		if !t.To.End {
			continue
		}
		msg := s.env.Codec.Example(t.Message)
		msg.ID = k.newID()
		b, err := s.env.Codec.Append(nil, msg)
		wait := s.env.Clock.For(t.Message.Name)
		if err != nil || k.send(b, 0, wait) != nil {
			return false
		}
		if !k.wait(s.ctx, s.within(options{}, t.Message.Name), func() bool { return k.left }) && k.end == nil && k.broken == nil {
			s.out.Stuck = true
		}
		return k.left
	}
	return false
}
