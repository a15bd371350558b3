package gen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

// frames explains how frames travel.
func (d *document) frames() {
	p := d.p
	d.section("Connection and frames")
	d.sub("Transport", "transport")
	if p.Transport != "" {
		d.f("The connection is a reliable stream of bytes: %s.", d.text(p.Transport))
		if p.Port != 0 {
			d.f(" The usual port is %d.", p.Port)
		}
		d.f("\n\n")
	}
	d.f("Both sides send frames, one directly after the other. Where the stream is cut into segments means nothing: one read may give half a frame or several. A stream that ends between two frames has ended properly; one that ends within a frame has lost that frame, and nothing is done for it.\n\n")
	d.sub("Layout of a frame", "frame")
	d.f("A frame is a header of %d bytes and a body.\n\n```\n%s```\n\n", p.HeaderSize(), d.frameDiagram())
	d.f("| Field | Offset | Bytes | Meaning |\n|---|---|---|---|\n")
	off := 0
	for _, f := range p.Main().Fields {
		if f.Type.Kind == spec.KindRest {
			d.f("| `%s` | %d | as the length says | %s |\n", f.Name, off, d.cell(f.Doc))
			continue
		}
		d.f("| `%s` | %d | %d | %s |\n", f.Name, off, f.Type.Width, d.cell(f.Doc))
		off += f.Type.Width
	}
	d.f("\n")
	d.sizes()
	d.exchange()
	d.reading()
	d.fence()
}

func (d *document) frameDiagram() string {
	g := newDiagram(true)
	for _, f := range d.p.Main().Fields {
		if f.Type.Kind == spec.KindRest {
			g.variable("", 0, f.Name)
			continue
		}
		g.fixed(f.Name, 8*f.Type.Width)
	}
	return g.String()
}

// sizes tells the limits on a body.
func (d *document) sizes() {
	l, b := d.p.Length(), d.p.Body()
	d.sub("Size of the body", "size")
	var others []string
	for _, name := range l.Counts {
		if name != b.Name {
			others = append(others, "`"+name+"`")
		}
	}
	if len(others) == 0 {
		d.f("`%s` is the number of bytes in the body; the header does not count. A body may be empty.", l.Name)
	} else {
		d.f("`%s` is the number of bytes in the body and in %s together.", l.Name, strings.Join(others, " and "))
	}
	d.f(" A server sends bodies of at most %d bytes. How much a client may send depends on the [state](#section-%d) of the connection:\n\n", d.p.MaxBody(nil), secStates)
	d.f("| State | Largest body from a client |\n|---|---|\n")
	for _, s := range d.p.States {
		if !s.End {
			d.f("| %s | %d bytes |\n", linkState(s), d.p.MaxBody(s))
		}
	}
	if ch := d.p.Check(spec.CheckLength); ch != nil && ch.Error != nil {
		d.f("\nA length over the limit earns %s. It is judged as soon as the header is there: nothing is allocated for the body, and the body is not waited for.\n", linkError(ch.Error))
	}
	d.f("\n")
}

// exchange explains requests, replies and pushes.
func (d *document) exchange() {
	d.sub("Requests, replies and pushes", "exchange")
	var silent, pushes []string
	for _, m := range d.p.Messages {
		if m.From == spec.FromClient && m.Reply == nil {
			silent = append(silent, linkMessage(m))
		}
		if m.Push {
			pushes = append(pushes, linkMessage(m))
		}
	}
	d.f("Every message of a client is a request. A request that succeeds is answered with the reply that its section names")
	if len(silent) > 0 {
		d.f("; the success of %s is silent", strings.Join(silent, ", "))
	}
	if e := d.p.ErrorMessage(); e != nil {
		d.f(". A request that is refused is answered with %s instead, or as the reaction of the error says (%s)", linkMessage(e), d.ref(secErrors))
	}
	d.f(". A client need not wait for a reply before it sends the next request.\n\n")
	if c := d.p.Correlation(); c != nil {
		d.f("The field `%s` relates replies to requests: a reply, an error too, carries the `%s` of its request. A client chooses any value but 0; it need not be new and need not rise. ", c.Name, c.Name)
		d.f("In a frame that the server sends unasked it is 0.")
	}
	if len(pushes) > 0 {
		d.f(" These may come unasked, at any place between replies: %s.", strings.Join(pushes, ", "))
	}
	d.f("\n\n")
}

// reading says how to read a frame, step by step.
func (d *document) reading() {
	d.sub("Reading a frame", "reading")
	d.f("A server reads in this way; what is wrong, and what it earns, is in %s.\n\n", d.ref(secChecks))
	steps := []string{
		fmt.Sprintf("Read %d bytes, the header. If the stream ends before the first of them, the client is done.", d.p.HeaderSize()),
		"Judge the header: the checks that need no body.",
		"If one fails and the reaction closes, answer and close. If one fails and the connection lives on, read the body, drop it, and answer.",
		"Read the body, all of it.",
		"Judge early fields and layout while taking the body apart, then the limits of the fields in their order, then what is left of the checks.",
		"Do what the request asks for, answer, and take the transition of the state that its success brings.",
	}
	for i, s := range steps {
		d.f("%d. %s\n", i+1, s)
	}
	d.f("\nA client reads likewise. It ignores what its section tells it to ignore; a frame that breaks this document otherwise is a fault of the server, and the client closes.\n\n")
}

func (d *document) fence() {
	f := d.p.Fence
	if f.Send == nil || f.Expect == nil {
		return
	}
	d.sub("Fence", "fence")
	d.f("%s is legal in every state and is always answered with %s. Whoever must know that nothing more comes of earlier requests sends %s and waits: when %s is there, all that was due before it has come.\n\n",
		linkMessage(f.Send), linkMessage(f.Expect), f.Send.Name, f.Expect.Name)
}

// states draws the state machine.
func (d *document) states() {
	d.section("States")
	d.f("A connection is always in one state. The state decides which requests are legal and how large they may be. A transition is taken when its request succeeds: the next request on the connection is judged in the new state. A refused request leaves the state as it was.\n\n")
	d.f("| State | Meaning | Way in |\n|---|---|---|\n")
	for _, s := range d.p.States {
		var way []string
		for _, m := range s.Enter {
			way = append(way, linkMessage(m))
		}
		in := strings.Join(way, ", then ")
		switch {
		case s.Start:
			in = "a new connection"
		case s.End:
			in = "the end of the connection"
		}
		d.f("| <a id=\"state-%s\"></a>`%s` | %s | %s |\n", anchor(s.Name), s.Name, d.cell(s.Doc), in)
	}
	d.f("\n```mermaid\n%s```\n", mermaid(d.p))
	d.f("\nTransitions:\n\n| In state | Success of | Leads to |\n|---|---|---|\n")
	for _, s := range d.p.States {
		for _, t := range s.Transitions {
			d.f("| `%s` | %s | `%s` |\n", s.Name, linkMessage(t.Message), t.To.Name)
		}
	}
	d.f("\nEvery request in every state. *yes*: legal, the state stays; a state: legal, success leads there; –: ")
	if ch := d.p.Check(spec.CheckState); ch != nil && ch.Error != nil {
		d.f("refused with %s.", linkError(ch.Error))
	} else {
		d.f("cannot be.")
	}
	d.f("\n\n| Request |")
	var live []*spec.State
	for _, s := range d.p.States {
		if !s.End {
			live = append(live, s)
			d.f(" %s |", s.Name)
		}
	}
	d.f("\n|---|%s\n", strings.Repeat("---|", len(live)))
	for _, m := range d.p.Messages {
		if m.From != spec.FromClient {
			continue
		}
		d.f("| %s |", linkMessage(m))
		for _, s := range live {
			switch next := s.After(m); {
			case !m.LegalIn(s):
				d.f(" – |")
			case next != s:
				d.f(" → %s |", next.Name)
			default:
				d.f(" yes |")
			}
		}
		d.f("\n")
	}
	d.f("\n")
}

// checks lists the order of checks.
func (d *document) checks() {
	d.section("Order of checks")
	d.f("A request is judged in this order. The first breach decides the answer, so that every wrong frame has one right answer.\n\n")
	d.f("| # | Check | Breach | Error | Reaction |\n|---|---|---|---|---|\n")
	for i, ch := range d.p.Checks {
		e, react := "those of the message", "of the error"
		if ch.Error != nil {
			e, react = linkError(ch.Error), reaction(ch.Error.React)
		}
		d.f("| %d | %s | %s | %s | %s |\n", i+1, ch.Name, d.cell(ch.Doc), e, react)
	}
	d.f("\nSo the layout of the whole body is judged before the limits of any field that is not early, and the limits of all fields before anything that needs more than the frame itself.\n\n")
}

// errors lists the errors.
func (d *document) errors() {
	d.section("Errors")
	carrier := d.p.ErrorMessage()
	if carrier != nil {
		d.f("An error is told with %s, which carries its code.", linkMessage(carrier))
	}
	d.f(" Each error has a reaction:\n\n")
	var used []spec.Reaction
	for _, e := range d.p.Errors {
		if !slices.Contains(used, e.React) {
			used = append(used, e.React)
		}
	}
	for _, r := range []spec.Reaction{spec.ReactReply, spec.ReactReplyClose, spec.ReactClose} {
		if slices.Contains(used, r) {
			d.f("- *%s*: %s\n", reaction(r), reactionText[r])
		}
	}
	d.f("\n| Code | Error | Reaction | Meaning | Earned by |\n|---|---|---|---|---|\n")
	for _, e := range d.p.Errors {
		d.f("| %d | <a id=\"err-%s\"></a>`%s` | %s | %s | %s |\n", e.Code, anchor(e.Name), e.Name, reaction(e.React), d.cell(e.Doc), d.earned(e))
	}
	d.f("\n")
}

var reactionText = map[spec.Reaction]string{
	spec.ReactReply:      "the server answers with the error; the connection and its state stay as they were, and the next frame is read.",
	spec.ReactReplyClose: "the server answers with the error and closes the connection; no frame after the wrong one has any effect.",
	spec.ReactClose:      "the server closes the connection without an answer.",
}

func reaction(r spec.Reaction) string {
	if r == spec.ReactReplyClose {
		return "reply, close"
	}
	return string(r)
}

// earned says what earns an error.
func (d *document) earned(e *spec.Error) string {
	if e.Anywhere {
		if e.Fault {
			return "any request, by a fault of the server"
		}
		return "any request"
	}
	var by []string
	for _, ch := range d.p.Checks {
		if ch.Error == e {
			by = append(by, "check *"+string(ch.Name)+"*")
		}
	}
	for _, t := range d.p.Types {
		if t.Error == e {
			by = append(by, "type "+linkType(t.Name))
		}
	}
	for _, m := range d.p.Messages {
		var own []string
		for _, f := range m.Fields {
			if f.Type.Error == e && (f.Named == "" || d.p.Type(f.Named) == nil || d.p.Type(f.Named).Error != e) {
				own = append(own, "`"+f.Name+"`")
			}
		}
		if len(own) > 0 && m.From == spec.FromClient {
			by = append(by, linkMessage(m)+" ("+strings.Join(own, ", ")+")")
		} else if slices.Contains(m.Errors, e) {
			by = append(by, linkMessage(m))
		}
	}
	return strings.Join(by, ", ")
}

// features lists features and constants.
func (d *document) features() {
	d.section("Features and constants")
	if len(d.p.Features) > 0 {
		d.f("A feature is an ability that a server need not have.")
		for _, m := range d.p.Messages {
			for _, f := range m.Fields {
				if f.Type.Flags {
					d.f(" It announces what it has in `%s` of %s, bit 0 being the least significant.", f.Name, linkMessage(m))
				}
			}
		}
		if ch := d.p.Check(spec.CheckFeature); ch != nil && ch.Error != nil {
			d.f(" A message or value of a feature that was not announced is still judged up to its limits, and then earns %s.", linkError(ch.Error))
		}
		d.f("\n\n| Bit | Feature | Meaning |\n|---|---|---|\n")
		for _, f := range d.p.Features {
			d.f("| %d | <a id=\"feature-%s\"></a>`%s` | %s |\n", f.Bit, anchor(f.Name), f.Name, d.cell(f.Doc))
		}
		d.f("\n")
	}
	if len(d.p.Constants) > 0 {
		d.f("| Constant | Value | Meaning |\n|---|---|---|\n")
		for _, c := range d.p.Constants {
			d.f("| `%s` | %s | %s |\n", c.Name, c, d.cell(c.Doc))
		}
		d.f("\n")
	}
}
