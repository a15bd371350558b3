package diff

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

func (c *comparison) messages() {
	for _, p := range c.messagePairs {
		switch {
		case p.old == nil:
			c.messageAdded(p.new)
		case p.new == nil:
			id := "reply-removed"
			if p.old.From != spec.FromServer {
				id = "request-removed"
			}
			c.add(id, p.old.Name, "", p.old, nil, "")
		default:
			c.message(p.old, p.new)
		}
	}
}

func (c *comparison) messageAdded(m *spec.Message) {
	id := "reply-added"
	switch {
	case m.From != spec.FromServer:
		id = "request-added"
	case m.Push && m.Feature != nil:
		id = "feature-push-added"
	case m.Push:
		id = "push-added"
	}
	c.add(id, m.Name, "", nil, m, "")
}

func (c *comparison) message(a, b *spec.Message) {
	changed(c, "message-renamed", a.Name, "name", a.Name, b.Name, a, b, "name")
	changed(c, "message-code", a.Name, "code", fmt.Sprintf("0x%02x", a.Code), fmt.Sprintf("0x%02x", b.Code), a, b, "code")
	c.age(a.Name, a.Deprecated, b.Deprecated, a, b)
	c.doc(a.Name, a.Doc, b.Doc, a, b)
	if a.From != b.From {
		c.add("message-side", a.Name, "from "+arrow(a.From, b.From), a, b, "from")
		return // the rest does not compare
	}
	if !same(c, a.Frame, b.Frame) {
		c.add("message-frame", a.Name, arrow(frameName(a.Frame), frameName(b.Frame)), a, b, "frame")
	}
	switch {
	case same(c, a.Feature, b.Feature):
	case b.Feature == nil:
		c.add("message-feature-lost", a.Name, "feature "+arrow(featureName(a.Feature), ""), a, b, "feature")
	default:
		c.add("message-feature-gained", a.Name, "feature "+arrow(featureName(a.Feature), featureName(b.Feature)), a, b, "feature")
	}
	changed(c, "message-carries-errors", a.Name, "is error", a.IsError, b.IsError, a, b, "is")
	switch {
	case !a.Push && b.Push:
		c.add("push-gained", a.Name, "", a, b, "push")
	case a.Push && !b.Push:
		c.add("push-lost", a.Name, "", a, b, "push")
	}
	c.legal(a, b)
	if !slices.EqualFunc(a.Replies, b.Replies, c.sameReply) {
		c.add("reply-changed", a.Name, "reply "+arrow(replies(a), replies(b)), a, b, "reply")
	}
	c.refusals(a, b)
	changed(c, "text-changed", a.Name, "wish", a.Wish, b.Wish, a, b, "wish")
	c.head(a, b)
	c.fields(a.Name, a.From, a.Fields, b.Fields)
}

// legal compares the states in which a message is legal.
func (c *comparison) legal(a, b *spec.Message) {
	if a.From == spec.FromServer && !(a.Push && b.Push) {
		return // an answer comes where its request is legal
	}
	gone, come, _ := lists(c, c.statesOf(c.old, a), c.statesOf(c.new, b))
	what := "request-state-"
	if a.From == spec.FromServer {
		what = "push-state-"
	}
	for _, s := range gone {
		if c.twin[s] != nil {
			c.add(what+"removed", a.Name, "in state "+s.Name, a, b, "in")
		}
	}
	for _, s := range come {
		if c.old.State(s.Name) != nil {
			c.add(what+"added", a.Name, "in state "+s.Name, a, b, "in")
		}
	}
}

// statesOf returns the states in which a message may come.
func (c *comparison) statesOf(p *spec.Protocol, m *spec.Message) []*spec.State {
	var out []*spec.State
	for _, s := range p.States {
		if m.LegalIn(s) {
			out = append(out, s)
		}
	}
	return out
}

func (c *comparison) sameReply(a, b *spec.Reply) bool {
	gone, come, moved := lists(c, a.Before, b.Before)
	return c.sameCondition(a.If, b.If) && same(c, a.End, b.End) && a.Maybe == b.Maybe && len(gone)+len(come) == 0 && !moved
}

// sameCondition compares conditions by the values of a field, which may have another name.
func (c *comparison) sameCondition(a, b *spec.Condition) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return (same(c, a.Field, b.Field) || a.Field.Name == b.Field.Name) && slices.Equal(a.Values, b.Values)
}

func condition(k *spec.Condition) string {
	if k == nil {
		return ""
	}
	return "if " + k.Field.Name + " is " + strings.Join(k.Names, " or ")
}

// replies says in words what answers a request.
func replies(m *spec.Message) string {
	var out []string
	for _, r := range m.Replies {
		var words []string
		if r.If != nil {
			words = append(words, condition(r.If)+":")
		}
		for _, x := range r.Before {
			words = append(words, x.Name+"*")
		}
		if r.Maybe {
			words = append(words, "maybe")
		}
		out = append(out, strings.Join(append(words, messageName(r.End)), " "))
	}
	return strings.Join(out, "; ")
}

// refusals compares the errors that a request may earn.
func (c *comparison) refusals(a, b *spec.Message) {
	gone, come, moved := lists(c, a.Errors, b.Errors)
	for _, e := range gone {
		c.add("request-error-removed", a.Name, e.Name, a, b, "errors")
	}
	for _, e := range come {
		c.add("request-error-added", a.Name, e.Name, a, b, "errors")
	}
	if moved {
		c.add("request-error-order", a.Name, "", a, b, "errors")
	}
}

// head compares how a message narrows its header. Fields of the layout itself are compared once, with the layout.
func (c *comparison) head(a, b *spec.Message) {
	own := func(m *spec.Message) (out []*spec.Field) {
		for _, f := range m.Head {
			if m.Frame == nil || !slices.Contains(m.Frame.Fields, f) {
				out = append(out, f)
			}
		}
		return out
	}
	c.fields(a.Name, a.From, own(a), own(b))
}

// fields compares the fields of a message or of a struct.
func (c *comparison) fields(path string, from spec.Direction, a, b []*spec.Field) {
	pairs := match(a, b, fieldName, func(x, y *spec.Field) bool {
		return slices.Index(a, x) == slices.Index(b, y) && layout(x.Type) == layout(y.Type)
	})
	twins(c, pairs)
	open := from == spec.FromServer && len(a) > 0 && a[len(a)-1].Type.Kind == spec.KindRest && a[len(a)-1].Type.Ignore
	for _, p := range pairs {
		switch {
		case p.old == nil:
			id := "field-added"
			if before := slices.Index(b, p.new); open && before >= len(a)-1 {
				id = "field-added-in-rest"
			}
			c.say(place{path: path + "." + p.new.Name, new: p.new}, id, layout(p.new.Type), "")
		case p.new == nil:
			c.say(place{path: path + "." + p.old.Name, old: p.old}, "field-removed", layout(p.old.Type), "")
		default:
			c.field(place{path: path + "." + p.old.Name, old: p.old, new: p.new, from: from}, p.old, p.new)
		}
	}
	if moved(c, a, b) {
		at := place{path: path, old: a[0], new: b[0]}
		c.say(at, "field-moved", names(a)+" → "+names(b), "")
	}
}

func (c *comparison) field(at place, a, b *spec.Field) {
	if a.Name != b.Name {
		c.say(at, "field-renamed", "name "+arrow(a.Name, b.Name), "name")
	}
	if x, y := condition(a.If), condition(b.If); !c.sameCondition(a.If, b.If) {
		c.say(at, "field-condition", arrow(x, y), "if")
	}
	if a.Early != b.Early {
		c.say(at, "field-early", fmt.Sprintf("early %v → %v", a.Early, b.Early), "early")
	}
	if x, y := strings.Join(a.Counts, " "), strings.Join(b.Counts, " "); x != y {
		c.say(at, "field-counts", "counts "+arrow(x, y), "counts")
	}
	if x, y := layout(a.Type), layout(b.Type); x != y {
		c.say(at, "field-layout", arrow(x, y), "type")
		return
	}
	if a.Named != b.Named && a.Type.Enum == nil && b.Type.Enum == nil {
		c.say(at, "field-type-renamed", "type "+arrow(a.Named, b.Named), "type")
	}
	c.typ(at, a.Type, b.Type)
	c.age(at.path, a.Deprecated, b.Deprecated, a, b)
	if a.Doc != b.Doc {
		c.say(at, "text-changed", "doc", "doc")
	}
}
