package check

import (
	"fmt"

	"github.com/wirelaw/wirelaw/spec"
)

// apart judges that a receiver can tell all messages apart that a side may send in a state: by layout and opcode, or by
// constants at one place, which all have that share them.
func (c *checker) apart() {
	type opcode struct {
		layout *spec.Frame
		code   uint64
	}
	told := map[*spec.Message]bool{}
	for _, side := range []spec.Direction{spec.FromClient, spec.FromServer} {
		for _, s := range c.p.States {
			var order []opcode
			like := map[opcode][]*spec.Message{}
			for _, m := range c.p.Messages {
				if k := (opcode{m.Frame, m.Code}); m.SentBy(side) && m.LegalIn(s) {
					if like[k] == nil {
						order = append(order, k)
					}
					like[k] = append(like[k], m)
				}
			}
			for _, k := range order {
				if a, b := alike(like[k]); a != nil && !told[b] {
					told[b] = true
					c.notApart(a, b, side)
				}
			}
		}
	}
}

func (c *checker) notApart(first, m *spec.Message, side spec.Direction) {
	key, what := "code", fmt.Sprintf("opcode %#02x", m.Code)
	if m.Frame.Opcode() == nil {
		key, what = "frame", fmt.Sprintf("layout %q, without an opcode,", m.Frame.Name)
	}
	c.bad(m, key, "%s from the %s is that of %s already, and neither a constant nor a state tells them apart", what, side, first.Name)
}

// alike returns two of the messages that nothing tells apart, nil if there are none.
func alike(all []*spec.Message) (a, b *spec.Message) {
	if len(all) < 2 {
		return nil, nil
	}
	for place := range constants(all[0]) {
		parts := map[string][]*spec.Message{}
		for _, m := range all {
			if v, ok := constants(m)[place]; ok {
				parts[v] = append(parts[v], m)
			} else {
				parts = nil
				break
			}
		}
		if len(parts) > 1 {
			for _, part := range parts {
				if a, b = alike(part); a != nil {
					return a, b
				}
			}
			return nil, nil
		}
	}
	return all[0], all[1]
}

// constants returns the constants of a message by their place: those of its header up to the first number of a variable
// size, and those with which its body begins.
func constants(m *spec.Message) map[string]string {
	out := map[string]string{}
	walk := func(fields []*spec.Field, where string) {
		at := 0
		for _, f := range fields {
			t := f.Type
			if f.If != nil || t.Varint > 0 || where == "body" && t.Const == nil {
				return
			}
			n := int(bits(t))
			if v := t.Const; v != nil {
				out[fmt.Sprintf("%s+%d:%d", where, at, n)] = fmt.Sprint(v.Uint, v.Bool, v.Str, v.Bytes)
			}
			at += n
		}
	}
	walk(m.Head, "head")
	walk(m.Fields, "body")
	return out
}
