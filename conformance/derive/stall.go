package derive

import (
	"fmt"

	"github.com/wirelaw/wirelaw/spec"
)

// stalls stops within every request, after each byte: nothing comes of it while another connection is served, and with the rest the answer.
// What would cost much or change the state has a byte too many, so that it is refused. The fence has its own: segments pauses it in every state.
func (d *deriver) stalls() {
	if d.p.Fence.Send == nil {
		return
	}
	d.requests(func(m *spec.Message, s *spec.State) {
		if m == d.p.Fence.Send {
			return
		}
		msg, name := d.example(m), m.Name
		if d.dear(m) || s.After(m) != s {
			msg.Trailing, name = []byte{0}, m.Name+" with a byte too many"
		}
		frame := d.bytes(msg)
		if v := d.judge(s, frame); v.err != nil && d.early() { // the answer may come before the rest
			return
		}
		for n := 1; n < len(frame); n++ {
			d.try(draft{
				folder: m.Name, name: fmt.Sprintf("cut.%d.nothing", n), about: m, state: s, derive: spec.DeriveSegments,
				what: fmt.Sprintf("%s cut after %s, then nothing while another connection is served, then the rest", name, count(n)),
			}, frame, lines([]string{d.raw("a", frame[:n])}, d.witness(), []string{"sendraw a " + fmt.Sprintf("%x", frame[n:])})...)
		}
	})
}
