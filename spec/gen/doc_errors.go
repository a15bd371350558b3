package gen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

// checks lists the order of checks.
func (d *document) checks() {
	d.section("Order of checks")
	d.f("A request is judged in this order. The first breach decides the answer, so that every wrong frame has one right answer.\n\n")
	d.f("| # | Check | Breach | Error | Reaction |\n|---|---|---|---|---|\n")
	for i, ch := range d.p.Checks {
		e, react := "those of the message", "of the error"
		if ch.Ignore {
			e, react = "none", "the frame is dropped without an answer"
		}
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
	var carriers []*spec.Message
	for _, m := range d.p.Messages {
		if m.IsError {
			carriers = append(carriers, m)
		}
	}
	switch len(carriers) {
	case 0:
		d.f("No message tells an error: what is wrong shows in what the server does.")
	case 1:
		d.f("An error is told with %s, which carries its code.", linkMessage(carriers[0]))
	default:
		d.f("An error is told with the message that its row names, which carries its code.")
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
		code := fmt.Sprint(e.Code)
		if e.Uncoded {
			code = "–"
		}
		react := reaction(e.React)
		if len(carriers) > 1 && e.Via != nil {
			react += ", with " + linkMessage(e.Via)
		}
		d.f("| %s | <a id=\"err-%s\"></a>`%s` | %s | %s | %s |\n", code, anchor(e.Name), e.Name, react, d.cell(e.Doc), d.earned(e))
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
	for _, fr := range d.p.Frames {
		for _, f := range fr.Fields {
			if f.Type.Error == e && len(f.Counts) == 0 && f.Role == spec.RoleNone {
				by = append(by, "header field `"+f.Name+"`")
			}
		}
	}
	for _, t := range d.p.Types {
		if t.Error == e {
			by = append(by, "type "+linkType(t.Name))
		}
	}
	for _, m := range d.p.Messages {
		var own []string
		for _, f := range slices.Concat(m.Head, m.Fields) {
			if f.Type.Error == e && !slices.Contains(m.Frame.Fields, f) && (f.Named == "" || d.p.Type(f.Named) == nil || d.p.Type(f.Named).Error != e) {
				own = append(own, "`"+f.Name+"`")
			}
		}
		if len(own) > 0 && m.SentBy(spec.FromClient) {
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
