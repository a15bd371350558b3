package derive

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// ClientCases returns the cases that judge clients, sorted by id: frames of a server that are not as laid out, beyond limits, cut short,
// of another message or with another id, which a client takes for a fault of the server; and right ones that come in pieces. For each
// message of the server these macros tell what a table does not know, each with the name of a connection as its parameter (logged-in for LOGGED_IN); a message
// that lacks them is left out:
//
//	before-name   leads to where the server sends it: the request that it answers is open
//	fault-name    what a client does that takes it for a fault
//	right-name    what a client does that takes it as it is
func ClientCases(p *spec.Protocol, o Options) []*Case {
	d := &clients{deriver: deriver{p: p, c: dynamic.New(p), o: o, ids: map[string]bool{}}}
	for _, m := range p.Messages {
		if m.From != spec.FromServer {
			continue
		}
		d.m, d.macro = m, strings.ReplaceAll(strings.ToLower(m.Name), "_", "-")
		if o.Macro == nil || slices.ContainsFunc([]string{"before-", "fault-", "right-"}, func(s string) bool { return !o.Macro(s + d.macro) }) {
			continue
		}
		d.frames()
		d.pieces()
		d.values()
		d.lengths()
		d.opcodes()
		d.others()
		d.correlations()
	}
	slices.SortFunc(d.cases, func(a, b *Case) int { return strings.Compare(a.ID, b.ID) })
	return d.cases
}

// clients derives cases for the client's role.
type clients struct {
	deriver
	m     *spec.Message // of the server, that is tried
	macro string        // its name in macros
}

// put adds a case in which lines are said instead of the message, and the client is expected to take them as what they are.
func (d *clients) put(name, what string, derive spec.Derive, taken string, lines ...string) {
	id := fmt.Sprintf("%s-client/%s/derived/%s", d.p.ID, strings.ToLower(d.m.Name), name)
	if d.ids[id] {
		return
	}
	d.ids[id] = true
	c := &Case{
		ID: id, Title: what, Family: strings.ToLower(d.m.Name) + "/" + string(derive),
		Opening: []string{"before-" + d.macro + " a"}, Lines: append(lines, taken+"-"+d.macro+" a"),
	}
	for _, r := range d.p.RulesFor(spec.FromClient) {
		if r.Derive == derive {
			c.Rules = append(c.Rules, r.ID)
		}
	}
	d.cases = append(d.cases, c)
}

// fault adds a case in which a client must take what is said for a fault of the server.
func (d *clients) fault(name, what string, derive spec.Derive, lines ...string) {
	d.put(name, what+": a fault of the server", derive, "fault", lines...)
}

// wrong reports whether a frame is none that a server may send.
func (d *clients) wrong(frame []byte) bool {
	_, err := d.c.Decode(spec.FromServer, frame, nil)
	return err != nil
}

const layout = spec.Derive(spec.CheckLayout)

// frames cuts the body short and makes it too long, with a header that says so, and ends the stream within the frame, after each byte.
func (d *clients) frames() {
	msg := d.example(d.m)
	frame := d.bytes(msg)
	_, head, _ := d.c.HeaderOf(nil, spec.FromServer, frame)
	for n := 1; n <= len(frame)-head; n++ {
		short := d.sized(d.m, slices.Clone(frame[:len(frame)-n]), len(frame)-n-head)
		if d.wrong(short) {
			d.fault(fmt.Sprintf("short.%d", n), fmt.Sprintf("%s whose body ends %s early", d.m.Name, count(n)), layout,
				fmt.Sprintf("sendraw a %s @cut=%d", d.m.Name, n))
		}
	}
	for _, extra := range [][]byte{{0}, {0xff}, {0xff, 0xff, 0xff, 0xff}} {
		msg.Trailing = extra
		if d.wrong(d.bytes(msg)) {
			d.fault(fmt.Sprintf("trailing.%x", extra), fmt.Sprintf("%s with %s after its last field", d.m.Name, count(len(extra))), layout,
				fmt.Sprintf("sendraw a %s @extra=%x", d.m.Name, extra))
		}
	}
	msg.Trailing = nil
	if d.m.Push {
		msg.ID = 0
	}
	frame = d.bytes(msg)
	for n := 1; n < len(frame); n++ {
		d.fault(fmt.Sprintf("cut.%d", n), fmt.Sprintf("%s cut after %s, then the end of the stream", d.m.Name, count(n)), layout,
			d.raw("a", frame[:n]), "half-close a")
	}
}

// pieces sends the message as it should be, some bytes at a time.
func (d *clients) pieces() {
	say := "reply"
	if d.m.Push && !d.m.IsError {
		say = "push"
	}
	for n := 1; n < len(d.bytes(d.example(d.m))); n++ {
		d.put(fmt.Sprintf("split.%d", n), fmt.Sprintf("%s written %s at a time: taken as it is", d.m.Name, count(n)), spec.DeriveSegments, "right",
			fmt.Sprintf("%s a %s @split=%d", say, d.m.Name, n))
	}
}

// values sends values outside their limits.
func (d *clients) values() {
	for _, f := range d.m.Fields {
		if _, there := d.c.Example(d.m).Get(f.Name); !there || d.inHeader(f.Name) {
			continue
		}
		list := d.c.Boundaries(f.Type)
		if f.Type.Kind == spec.KindString {
			good := dynamic.ExampleValue(f.Type).(string)
			for i, u := range notUTF8 {
				if i%3 > 0 {
					continue // a client is started for each case
				}
				list = append(list, dynamic.Boundary{Name: "utf8." + u.name, Value: good + u.bytes})
			}
		}
		for _, b := range list {
			lines, frame := d.with(d.m, f, b.Value, true)
			if d.wrong(frame) {
				d.fault(f.Name+"."+b.Name, fmt.Sprintf("%s with %s at %s", d.m.Name, f.Name, b.Name), layout, lines...)
			}
		}
	}
}

// lengths sends headers that say more than a body may have, without the body.
func (d *clients) lengths() {
	field := d.p.Length()
	if field == nil {
		return
	}
	all := top(field.Type.Width)
	for name, n := range map[string]uint64{"max+1": d.c.Length(int(d.c.MaxBody(nil))) + 1, "half": all/2 + 1, "ones": all} {
		frame := d.bytes(d.example(d.m))
		_, head, _ := d.c.HeaderOf(nil, spec.FromServer, frame)
		frame = d.c.SetHeader(spec.FromServer, frame[:head], dynamic.Header{Opcode: d.m.Code, Length: n, ID: anID})
		if n <= all && d.wrong(frame) {
			d.fault(field.Name+"."+name, fmt.Sprintf("%s whose header says length %d, without the body", d.m.Name, n), spec.Derive(spec.CheckLength),
				d.raw("a", frame))
		}
	}
}

// opcodes sends what no message of a server has: opcodes of requests, and some that nobody uses.
func (d *clients) opcodes() {
	width := d.p.Opcode().Type.Width
	codes := []uint64{0, top(width), top(width)/2 + 1, d.m.Code ^ 1<<(8*width-1), d.m.Code ^ 1<<(8*width-2)}
	for _, m := range d.p.Messages {
		if m.From == spec.FromClient {
			codes = append(codes, m.Code)
		}
	}
	slices.Sort(codes)
	for _, code := range slices.Compact(codes) {
		if d.p.ByCode(spec.FromServer, code) == nil {
			d.fault(fmt.Sprintf("%s.0x%0*x", d.p.Opcode().Name, 2*width, code), fmt.Sprintf("opcode 0x%0*x in the place of %s", 2*width, code, d.m.Name), layout,
				fmt.Sprintf("sendraw a %s %s=0x%x", d.m.Name, d.p.Opcode().Name, code))
		}
	}
}

// others answers with every other message of a server.
func (d *clients) others() {
	if d.m.Push || d.m.IsError || d.p.Correlation() == nil {
		return
	}
	for _, m := range d.p.Messages {
		if m.From == spec.FromServer && m != d.m && !m.Push && !m.IsError {
			d.fault("is."+strings.ToLower(m.Name), fmt.Sprintf("%s in the place of %s", m.Name, d.m.Name), spec.DeriveIDs, "sendraw a "+m.Name)
		}
	}
}

// correlations gives a reply the id of no request, and a push one.
func (d *clients) correlations() {
	field := d.p.Correlation()
	if field == nil || d.m.IsError {
		return
	}
	all := top(field.Type.Width)
	ids := map[string]uint64{"zero": 0, "half": all/2 + 1, "top": all}
	if d.m.Push {
		delete(ids, "zero")
	}
	for name, id := range ids {
		d.fault(field.Name+"."+name, fmt.Sprintf("%s with %s %d", d.m.Name, field.Name, id), spec.DeriveIDs, fmt.Sprintf("sendraw a %s %s=%d", d.m.Name, field.Name, id))
	}
}
