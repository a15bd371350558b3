package derive

import (
	"fmt"

	"github.com/wirelaw/wirelaw/spec"
)

// halfCloses ends our side of the stream before and after requests, right and wrong ones.
func (d *deriver) halfCloses() {
	for _, s := range d.states {
		d.add(draft{
			folder: "half-close", name: "before." + s.Name, state: s, derive: spec.DeriveHalfClose, right: "the end of the connection",
			what: fmt.Sprintf("the end of the stream in the state %s", s.Name), lines: []string{"half-close a", d.closing()},
		})
	}
	after := func(m *spec.Message, x draft, r reply, line string) {
		x.derive, x.require, x.right = spec.DeriveHalfClose, r.require, r.right+", and the end of the connection"
		x.lines = lines([]string{line, "half-close a"}, r.lines)
		if r.alive {
			x.lines = append(x.lines, d.closing())
		}
		x.lines = append(x.lines, d.witness()...)
		d.add(x)
	}
	for _, m := range d.p.Messages {
		if !m.SentBy(spec.FromClient) {
			continue
		}
		for _, s := range m.In {
			if rs := d.replies(s, d.judge(s, d.bytes(d.example(m)))); len(rs) > 0 && len(rs[0].maybe) == 0 {
				after(m, draft{folder: m.Name, name: "half-close." + s.Name, about: m, state: s, what: m.Name + " and then the end of the stream"}, rs[0], d.request(m))
			}
		}
	}
	if d.p.Fence.Send == nil {
		return
	}
	for _, s := range d.states {
		for _, p := range d.pieces(s) {
			if p.name == "right" {
				continue // the fence was tried above, as every request was
			}
			after(nil, draft{
				folder: "half-close", name: fmt.Sprintf("after.%s.%s", p.name, s.Name), state: s, uses: p.uses,
				what: fmt.Sprintf("a request (%s) and then the end of the stream", p.name),
			}, p.reply, p.line)
		}
	}
}

// flood is how many bytes of requests are sent whose answers nobody reads: enough that the answers stick on a narrow connection, and behind
// them, where the server does not read on, the requests.
const flood = 400 << 10

// answered is a frame whose answer is long, leaves the connection as it is and costs a server little: a refusal, or that of the fence.
func (d *deriver) answered(s *spec.State) []byte {
	for _, p := range d.pieces(s) {
		if p.name == "opcode" && p.reply.same && p.reply.right != "silence" {
			return p.frame
		}
	}
	return d.fence()
}

// neighbours looks at another connection while one stalls, sends what is no protocol, or ends without a word.
func (d *deriver) neighbours() {
	if d.p.Fence.Send == nil {
		return
	}
	frame := d.fence()
	for _, s := range d.states {
		ask := d.answered(s)
		put := func(name, what string, send ...string) {
			d.add(draft{
				folder: "others", name: name + "." + s.Name, state: s, derive: spec.DeriveOthers,
				what: fmt.Sprintf("%s in the state %s", what, s.Name), right: "another connection is served", lines: lines(send, d.witness()),
			})
		}
		put("silent", "a connection that says nothing")
		for _, end := range []string{"close", "reset"} {
			put(end, "a connection that ends by "+end, end+" a")
		}
		put("stalled", "a client that neither reads nor goes on within a frame", d.raw("a", frame[:len(frame)-1]), "stall a")
		for _, p := range d.pieces(s) {
			put("unread."+p.name, "a client that does not read the answer to a request ("+p.name+")", "stall a", p.line)
			put("gone."+p.name, "a client that is gone before the answer to a request ("+p.name+")", p.line, "close a")
			put("reset."+p.name, "a client that resets before the answer to a request ("+p.name+")", p.line, "reset a")
		}
		d.add(draft{
			folder: "others", name: "unread.many." + s.Name, state: s, derive: spec.DeriveOthers, narrow: true,
			what: fmt.Sprintf("a client that asks until nobody reads any more, and does not read the answers, in the state %s", s.Name), right: "another connection is served",
			lines: lines([]string{"stall a", fmt.Sprintf("sendraw a %x*%d @flood", ask, flood/len(ask))}, d.witness(), []string{"close a"}, d.witness()),
		})
		for name, hex := range map[string]string{
			"http": "474554202f20485454502f312e310d0a0d0a", "tls": "160301020001000001fc0303", "ones": "ff*64", "zeros": "00*64",
			"text": "68656c6c6f0d0a", "ssh": "5353482d322e302d4f70656e5353480d0a",
		} {
			put("garbage."+name, "bytes of another protocol ("+name+")", "sendraw a "+hex)
		}
	}
}
