package diff

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

func (c *comparison) frames() {
	for _, p := range c.framePairs {
		switch {
		case p.old == nil:
			c.add("frame-added", frameName(p.new), "", nil, p.new, "")
		case p.new == nil:
			c.add("frame-removed", frameName(p.old), "", p.old, nil, "")
		default:
			if p.old.Name != "" && p.new.Name != "" {
				changed(c, "frame-renamed", frameName(p.old), "name", p.old.Name, p.new.Name, p.old, p.new, "")
			}
			c.doc(frameName(p.old), p.old.Doc, p.new.Doc, p.old, p.new)
			c.header(frameName(p.old), p.old, p.new)
		}
	}
}

func frameName(f *spec.Frame) string { return strings.TrimSpace("frame " + f.Name) }

// header compares the fields of a layout of frames.
func (c *comparison) header(path string, a, b *spec.Frame) {
	pairs := match(a.Fields, b.Fields, fieldName, func(x, y *spec.Field) bool {
		return slices.Index(a.Fields, x) == slices.Index(b.Fields, y) && layout(x.Type) == layout(y.Type)
	})
	twins(c, pairs)
	for _, p := range pairs {
		switch {
		case p.old == nil:
			c.add("header-added", path+"."+p.new.Name, "", nil, p.new, "")
		case p.new == nil:
			c.add("header-removed", path+"."+p.old.Name, "", p.old, nil, "")
		default:
			c.headerField(path+"."+p.old.Name, p.old, p.new)
		}
	}
	if moved(c, a.Fields, b.Fields) {
		c.add("header-moved", path, names(a.Fields)+" → "+names(b.Fields), a.Fields[0], b.Fields[0], "")
	}
}

func fieldName(f *spec.Field) string { return f.Name }

func names(fields []*spec.Field) string {
	list := make([]string, len(fields))
	for i, f := range fields {
		list[i] = f.Name
	}
	return strings.Join(list, " ")
}

// moved reports whether the fields that are in both lists stand in another order.
func moved(c *comparison, a, b []*spec.Field) bool {
	_, _, m := lists(c, a, b)
	return m
}

func (c *comparison) headerField(path string, a, b *spec.Field) {
	changed(c, "header-renamed", path, "name", a.Name, b.Name, a, b, "name")
	if x, y := layout(a.Type), layout(b.Type); x != y {
		c.add("header-layout", path, arrow(x, y), a, b, "type")
		return
	}
	changed(c, "header-role", path, "is", a.Role, b.Role, a, b, "is")
	changed(c, "header-counts", path, "counts", strings.Join(a.Counts, " "), strings.Join(b.Counts, " "), a, b, "counts")
	changed(c, "header-side", path, "from", a.From, b.From, a, b, "from")
	changed(c, "header-const", path, "const", literal(a.Type.Const), literal(b.Type.Const), a, b, "const")
	if !same(c, a.Type.Error, b.Type.Error) {
		c.add("header-error", path, "error "+arrow(errorName(a.Type.Error), errorName(b.Type.Error)), a, b, "error")
	}
	c.doc(path, a.Doc, b.Doc, a, b)
	if a.Type.Kind == spec.KindRest {
		c.bodyLimits(path, a, b)
		return
	}
	old, new := bounds(a.Type), bounds(b.Type)
	if old.cmp(old.min, new.min) < 0 || old.cmp(new.max, old.max) < 0 {
		c.add("header-limit-narrowed", path, old.String()+" → "+new.String(), a, b, "max")
	}
	if old.cmp(new.min, old.min) < 0 || old.cmp(old.max, new.max) < 0 {
		c.add("header-limit-widened", path, old.String()+" → "+new.String(), a, b, "max")
	}
}

// bodyLimits compares the limits on the size of the body, in general and in states.
func (c *comparison) bodyLimits(path string, a, b *spec.Field) {
	x, y := bounds(a.Type).max, bounds(b.Type).max
	text := fmt.Sprintf("max %d → %d bytes", x, y)
	switch {
	case y < x:
		c.add("body-max-lowered", path, text, a, b, "max")
	case y > x:
		c.add("body-max-raised", path, text, a, b, "max")
	}
	states := map[string]bool{}
	for s := range maps.Keys(a.MaxIn) {
		states[s] = true
	}
	for s := range maps.Keys(b.MaxIn) {
		states[s] = true
	}
	for _, s := range slices.Sorted(maps.Keys(states)) {
		in := func(f *spec.Field, general uint64) uint64 {
			if n, ok := f.MaxIn[s]; ok {
				return n
			}
			return general
		}
		if c.old.State(s) == nil || c.new.State(s) == nil {
			continue // the state itself came or went
		}
		old, new := in(a, x), in(b, y)
		text := fmt.Sprintf("in state %s: max %d → %d bytes", s, old, new)
		switch {
		case new < old:
			c.add("body-max-in-lowered", path, text, a, b, "max_in")
		case new > old:
			c.add("body-max-in-raised", path, text, a, b, "max_in")
		}
	}
}

func (c *comparison) checks() {
	pairs := match(c.old.Checks, c.new.Checks, func(k *spec.Check) string { return string(k.Name) }, nil)
	twins(c, pairs)
	for _, p := range pairs {
		switch {
		case p.old == nil:
			c.add("check-added", "check "+string(p.new.Name), "", nil, p.new, "")
		case p.new == nil:
			c.add("check-removed", "check "+string(p.old.Name), "", p.old, nil, "")
		default:
			path := "check " + string(p.old.Name)
			if !same(c, p.old.Error, p.new.Error) {
				c.add("check-error", path, "error "+arrow(errorName(p.old.Error), errorName(p.new.Error)), p.old, p.new, "error")
			}
			changed(c, "check-ignore", path, "ignore", p.old.Ignore, p.new.Ignore, p.old, p.new, "ignore")
			c.doc(path, p.old.Doc, p.new.Doc, p.old, p.new)
		}
	}
	if _, _, m := lists(c, c.old.Checks, c.new.Checks); m {
		c.add("check-moved", "checks", "", nil, c.new.Checks[0], "")
	}
	c.fence()
}

func (c *comparison) fence() {
	a, b := &c.old.Fence, &c.new.Fence
	switch {
	case a.Send == nil && b.Send == nil:
	case a.Send == nil:
		c.add("fence-added", "fence", "", nil, b, "")
	case b.Send == nil:
		c.add("fence-removed", "fence", "", a, nil, "")
	default:
		if !same(c, a.Send, b.Send) || !same(c, a.Expect, b.Expect) {
			c.add("fence-changed", "fence", fmt.Sprintf("%s, %s → %s, %s", a.Send.Name, messageName(a.Expect), b.Send.Name, messageName(b.Expect)), a, b, "")
		}
		if gone, come, _ := lists(c, a.In, b.In); len(gone)+len(come) > 0 {
			c.add("fence-states", "fence", arrow(stateNames(a.In), stateNames(b.In)), a, b, "in")
		}
	}
}

func stateNames(states []*spec.State) string {
	if len(states) == 0 {
		return "every state"
	}
	list := make([]string, len(states))
	for i, s := range states {
		list[i] = s.Name
	}
	return strings.Join(list, " ")
}
