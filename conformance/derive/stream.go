package derive

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

// A piece is a frame with one answer, to be put together with others. Its line takes more words.
type piece struct {
	name  string
	line  string
	frame []byte
	reply reply
	uses  []*spec.Message
}

// pieces lists frames for a state: a right one, and one for each way of being refused.
func (d *deriver) pieces(s *spec.State) (list []piece) {
	put := func(name, line string, frame []byte, uses ...*spec.Message) {
		v := d.judge(s, frame)
		if rs := d.replies(s, v); len(rs) > 0 && len(rs[0].require) == 0 && len(rs[0].maybe) == 0 && d.followed(v) {
			list = append(list, piece{name, line, frame, rs[0], uses})
		}
	}
	ping := d.p.Fence.Send
	if d.p.FencedIn(s) {
		put("right", "send a "+ping.Name, d.fence())
	}
	if code := d.unknown(); code != nil {
		frame := d.header(*code, d.c.Length(0), anID)
		put("opcode", d.raw("a", frame), frame)
	}
	i := slices.IndexFunc(d.p.Messages, func(m *spec.Message) bool { return m.SentBy(spec.FromClient) && !m.LegalIn(s) })
	if i >= 0 {
		m := d.p.Messages[i]
		put("state", d.message(d.example(m)), d.bytes(d.example(m)), m)
	}
	long := d.example(ping)
	long.Trailing = []byte{0}
	put("layout", d.message(long, "@extra=00"), d.bytes(long))
	if line, frame, m := d.breaking(s); m != nil {
		put("limits", line, frame, m)
	}
	if l := d.p.Length(); l != nil {
		frame := d.header(ping.Code, l.Type.Widest(), anID)
		put("length", d.raw("a", frame), frame)
	}
	if id := d.p.Correlation(); id != nil && d.p.Check(spec.CheckCorrelation) != nil {
		zero := d.example(ping)
		zero.ID = 0
		put("id", d.message(zero, id.Name+"=0"), d.bytes(zero))
	}
	return list
}

// breaking finds a request of a state with a value outside its limits.
func (d *deriver) breaking(s *spec.State) (line string, frame []byte, m *spec.Message) {
	for _, m := range d.p.Messages {
		if !m.SentBy(spec.FromClient) || !m.LegalIn(s) {
			continue
		}
		for _, f := range m.Fields {
			for _, b := range d.c.Boundaries(f.Type) {
				if b.Legal || b.Name == "utf8" || f.Early || d.inHeader(f.Name) {
					continue
				}
				if lines, frame := d.with(m, f, b.Value, true); len(lines) == 1 && f.If == nil {
					return lines[0], frame, m
				}
			}
		}
	}
	return "", nil, nil
}

// segments cuts frames: requests after each byte and into single bytes, right ones and such as are refused. Between two segments another
// connection is served: so the server has seen the first before the second is sent.
func (d *deriver) segments() {
	put := func(m *spec.Message, s *spec.State, name, what string, frame []byte, send ...string) {
		d.try(draft{
			folder: m.Name, name: name + "." + s.Name, about: m, state: s, derive: spec.DeriveSegments, what: m.Name + what,
		}, frame, send...)
	}
	cut := func(m *spec.Message, s *spec.State, name, line string, frame []byte, all bool) {
		if v := d.judge(s, frame); v.err != nil && d.early() { // the answer may come before the rest
			put(m, s, name+".each", ", a byte at a time", frame, line+" @split=1")
			return
		}
		put(m, s, name+".each", ", a byte at a time; behind the first another connection is served", frame,
			lines([]string{line + " @first=1"}, d.witness(), []string{"flush a @split=1"})...)
		for n := 1; n < len(frame) && (all || n == 1); n++ {
			put(m, s, fmt.Sprintf("%s.%d", name, n), fmt.Sprintf(" cut after %s; the rest comes when another connection was served", count(n)), frame,
				lines([]string{fmt.Sprintf("%s @first=%d", line, n)}, d.witness(), []string{"flush a"})...)
		}
	}
	for _, m := range d.p.Messages {
		if !m.SentBy(spec.FromClient) {
			continue
		}
		for _, s := range m.In {
			cheap := !d.dear(m) && (s.After(m) == s || s.Start)
			cut(m, s, "split", d.request(m), d.bytes(d.example(m)), cheap)
			long := d.example(m)
			long.Trailing = []byte{0}
			frame := d.bytes(long)
			if v := d.judge(s, frame); v.err != nil {
				cut(m, s, "split-malformed", d.message(long, "@extra=00"), frame, s == m.In[0] || m == d.p.Fence.Send)
			}
		}
	}
	if d.p.Fence.Send == nil {
		return
	}
	frame := d.fence()
	for _, s := range slices.DeleteFunc(slices.Clone(d.states), func(s *spec.State) bool { return !d.p.FencedIn(s) }) {
		for n := 1; n < len(frame); n++ {
			x := draft{
				folder: d.p.Fence.Send.Name, name: fmt.Sprintf("pause.%d.%s", n, s.Name), about: d.p.Fence.Send, state: s, derive: spec.DeriveSegments,
				what: fmt.Sprintf("%s with a pause after %s, while another connection goes on", d.p.Fence.Send.Name, count(n)),
			}
			d.try(x, frame, lines([]string{d.raw("a", frame[:n])}, d.witness(), []string{"sendraw a " + fmt.Sprintf("%x", frame[n:])})...)
		}
	}
}

// joins puts two frames into one write: each kind before each other one.
func (d *deriver) joins() {
	if d.p.Fence.Send == nil {
		return
	}
	for _, s := range d.states {
		all := d.pieces(s)
		for _, one := range all {
			if !one.reply.same {
				continue
			}
			for _, two := range all {
				d.add(draft{
					folder: "segment", name: fmt.Sprintf("joined.%s-%s.%s", one.name, two.name, s.Name), state: s, derive: spec.DeriveSegments,
					uses: slices.Concat(one.uses, two.uses),
					what: fmt.Sprintf("two frames in one write in the state %s: %s, %s", s.Name, one.name, two.name), right: one.reply.right + ", " + two.reply.right,
					lines:  lines([]string{one.line + " @hold", two.line}, one.reply.lines, d.fenced(two.reply)),
					shared: two.reply.same,
				})
			}
		}
	}
}

// pipelines has many requests in flight, right and wrong ones, whose replies come in their order and bear their ids.
func (d *deriver) pipelines() {
	id := d.p.Correlation()
	if d.p.Fence.Send == nil {
		return
	}
	for _, s := range d.states {
		all := slices.DeleteFunc(d.pieces(s), func(p piece) bool { return !p.reply.same })
		if len(all) == 0 {
			continue
		}
		for _, count := range []int{2, 10, 100} {
			for name, number := range map[string]func(i int) uint64{
				"rising": nil, "falling": func(i int) uint64 { return uint64(count - i) },
				"same": func(int) uint64 { return 1 }, "top": func(i int) uint64 { return top(max(1, width(id))) - uint64(i%3) },
			} {
				if number != nil && id == nil {
					continue
				}
				for _, mixed := range []bool{false, true} {
					x := draft{
						folder: "order", name: fmt.Sprintf("%d.%s.%s", count, name, s.Name), state: s, derive: spec.DeriveOrder,
						what: fmt.Sprintf("%d requests in one write, ids %s", count, name), right: "their replies in their order", shared: true,
					}
					if mixed {
						x.name, x.what = "mixed."+x.name, x.what+", right and wrong ones"
					}
					var send, expect []string
					for i := range count {
						p := all[0]
						if mixed {
							p = all[(i+1)%len(all)]
						}
						x.uses = append(x.uses, p.uses...)
						send = append(send, d.numbered(p, number, i)+" @hold")
						expect = append(expect, p.reply.lines...)
					}
					send[count-1] = strings.TrimSuffix(send[count-1], " @hold")
					x.lines = lines(send, expect, d.fenced(reply{alive: true, state: s}))
					d.add(x)
				}
			}
		}
	}
}

func width(f *spec.Field) int {
	if f == nil {
		return 0
	}
	return f.Type.Width
}

// numbered is the line of a piece with a correlation of its own.
func (d *deriver) numbered(p piece, number func(int) uint64, i int) string {
	if number == nil {
		return p.line
	}
	if words := strings.Fields(p.line); d.p.Message(words[2]) == nil {
		h := d.c.ParseHeader(p.frame)
		h.ID = number(i)
		return d.raw("a", d.c.SetHeader(spec.FromClient, slices.Clone(p.frame), h))
	}
	return fmt.Sprintf("%s %s=%d", p.line, d.p.Correlation().Name, number(i))
}

// correlations tries the id 0 everywhere, and extreme and repeated ones.
func (d *deriver) correlations() {
	id := d.p.Correlation()
	if id == nil {
		return
	}
	for _, m := range d.p.Messages {
		if !m.SentBy(spec.FromClient) {
			continue
		}
		for _, s := range d.states {
			msg := d.example(m)
			msg.ID = 0
			d.try(draft{
				folder: m.Name, name: fmt.Sprintf("%s.zero.%s", id.Name, s.Name), about: m, state: s,
				what: fmt.Sprintf("%s with %s 0 in the state %s", m.Name, id.Name, s.Name),
			}, d.bytes(msg), d.message(msg, id.Name+"=0"))
		}
	}
	all := top(id.Type.Width)
	for _, s := range d.states {
		for _, p := range d.pieces(s) {
			for name, n := range map[string]uint64{"one": 1, "half": all / 2, "sign": all/2 + 1, "top-1": all - 1, "top": all} {
				if !p.reply.same {
					continue
				}
				x := draft{
					folder: id.Name, name: fmt.Sprintf("%s.%s.%s", name, p.name, s.Name), state: s, derive: spec.DeriveIDs, uses: p.uses, shared: true,
					what: fmt.Sprintf("a request (%s) with %s %d", p.name, id.Name, n), right: p.reply.right + " with the same",
				}
				line := d.numbered(p, func(int) uint64 { return n }, 0)
				x.lines = lines([]string{line}, p.reply.lines, d.fenced(reply{alive: true, state: s}))
				d.add(x)
				x.name, x.what = "twice."+x.name, x.what+", twice in flight"
				x.lines = lines([]string{line + " @hold", line}, p.reply.lines, p.reply.lines, d.fenced(reply{alive: true, state: s}))
				d.add(x)
			}
		}
	}
}
