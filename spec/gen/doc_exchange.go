package gen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

// sizes tells what the lengths of bodies count, and the limits on them.
func (d *document) sizes() {
	d.sub("Size of the body", "size")
	for _, f := range d.p.Frames {
		d.size(f)
	}
	d.f("A server sends bodies of at most %d bytes. How much a client may send depends on the [state](#section-%d) of the connection:\n\n", d.c.MaxBody(nil), secStates)
	d.f("| State | Largest body from a client |\n|---|---|\n")
	for _, s := range d.p.States {
		if !s.End {
			d.f("| %s | %d bytes |\n", linkState(s), d.c.MaxBody(s))
		}
	}
	if ch := d.p.Check(spec.CheckLength); ch != nil && ch.Error != nil {
		d.f("\nA length over the limit earns %s. It is judged as soon as the header is there: nothing is allocated for the body, and the body is not waited for.\n", linkError(ch.Error))
	}
	d.f("\n")
}

// size tells what the length of a layout counts.
func (d *document) size(f *spec.Frame) {
	where := ""
	if len(d.p.Frames) > 1 {
		where = "In the layout " + linkLayout(f) + " "
	}
	l, b := f.Length(), f.Body()
	switch {
	case b == nil:
		d.f("%sthere is no body.\n\n", where)
		return
	case l == nil:
		d.f("%sno length is told: the body ends where the stream ends.\n\n", where)
		return
	}
	var others []string
	for _, name := range l.Counts {
		if name != b.Name {
			others = append(others, "`"+name+"`")
		}
	}
	if len(others) == 0 {
		d.f("%s`%s` is the number of bytes in the body; the header does not count. A body may be empty.", where, l.Name)
	} else {
		d.f("%s`%s` is the number of bytes in the body and in %s together.", where, l.Name, strings.Join(others, " and "))
	}
	if len(d.p.Frames) > 1 {
		d.f("\n\n")
	} else {
		d.f(" ")
	}
}

// exchange explains requests, replies and pushes.
func (d *document) exchange() {
	d.sub("Requests, replies and pushes", "exchange")
	var silent, pushes, both []string
	for _, m := range d.p.Messages {
		if m.SentBy(spec.FromClient) && len(m.Replies) == 0 {
			silent = append(silent, linkMessage(m))
		}
		if m.Push {
			pushes = append(pushes, linkMessage(m))
		}
		if m.From == spec.FromBoth {
			both = append(both, linkMessage(m))
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
	if len(both) > 0 {
		d.f("Either side may send %s.\n\n", strings.Join(both, ", "))
	}
	if c := d.p.Correlation(); c != nil {
		d.f("The field `%s` relates replies to requests: a reply, an error too, carries the `%s` of its request. ", c.Name, c.Name)
		if d.p.Check(spec.CheckCorrelation) != nil {
			d.f("A client chooses any value but 0; it need not be new and need not rise. In a frame that the server sends unasked it is 0. ")
		} else {
			d.f("A client chooses any value. ")
		}
	}
	if len(pushes) > 0 {
		d.f("These may come unasked, at any place between replies: %s.", strings.Join(pushes, ", "))
	}
	d.f("\n\n")
}

// reading says how to read a frame, step by step.
func (d *document) reading() {
	d.sub("Reading a frame", "reading")
	d.f("A server reads in this way; what is wrong, and what it earns, is in %s.\n\n", d.ref(secChecks))
	size, fixed := headerSize(d.p.Main(), spec.FromClient)
	first := fmt.Sprintf("Read %s, the header.", plural(uint64(size), "byte"))
	if !fixed || len(d.p.Frames) > 1 {
		first = "Read the header, field by field, in the layout that holds."
	}
	steps := []string{
		first + " If the stream ends before its first byte, the client is done.",
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
	if d.shared() {
		d.f("Some messages share an opcode. They are told apart by constants, which their sections name, and where these do not tell, by the state. A frame that has none of the constants is of no message, and fails the check *opcode*.\n\n")
	}
}

// shared reports whether messages of one side share an opcode.
func (d *document) shared() bool {
	return slices.ContainsFunc(d.p.Messages, func(m *spec.Message) bool { return len(sharers(d.p, m)) > 1 })
}

func (d *document) fence() {
	f := d.p.Fence
	if f.Send == nil || f.Expect == nil {
		return
	}
	d.sub("Fence", "fence")
	where := "in every state"
	if len(f.In) > 0 {
		var names []string
		for _, s := range f.In {
			names = append(names, linkState(s))
		}
		where = "in " + strings.Join(names, ", ")
	}
	d.f("%s is legal %s and is always answered with %s. Whoever must know that nothing more comes of earlier requests sends %s and waits: when %s is there, all that was due before it has come.\n\n",
		linkMessage(f.Send), where, linkMessage(f.Expect), f.Send.Name, f.Expect.Name)
}
