package check

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// breach says which limit was broken.
func breach(because string, limit uint64) string {
	if limit == 0 {
		return because
	}
	return fmt.Sprintf("%s %d", because, limit)
}

// vectors judges that every vector does what it claims, and that every message has one that is accepted.
func (c *checker) vectors() {
	for _, m := range c.p.Messages {
		accepted := false
		for _, v := range m.Vectors {
			accepted = accepted || v.Reject == nil
			c.vector(m, v)
		}
		if !accepted {
			c.bad(m, "vectors", "%s has no vector that is accepted", m.Name)
		}
	}
}

func (c *checker) vector(m *spec.Message, v *spec.Vector) {
	if len(v.Frame) < c.codec.HeaderSize() {
		c.bad(v, "hex", "%d bytes are no frame: the header has %d", len(v.Frame), c.codec.HeaderSize())
		return
	}
	if h := c.codec.ParseHeader(v.Frame); h.Opcode != m.Code {
		c.bad(v, "hex", "the opcode is %#02x, that of %s is %#02x", h.Opcode, m.Name, m.Code)
		return
	}
	if v.Reject == nil {
		c.accepted(m, v)
	} else {
		c.rejected(m, v)
	}
}

// accepted judges that the frame says the values, and the values the frame.
func (c *checker) accepted(m *spec.Message, v *spec.Vector) {
	got, err := c.codec.Decode(m.From, v.Frame, nil)
	if err != nil {
		c.bad(v, "hex", "the frame is not accepted: %v", err)
		return
	}
	want, id := c.named(m, v)
	if want == nil {
		return
	}
	if corr := c.p.Correlation(); corr != nil {
		if id == nil {
			c.bad(v, "accept", "the value of %q is missing", corr.Name)
			return
		}
		if got.ID != *id {
			c.bad(v, "accept", "%s is %d in the frame", corr.Name, got.ID)
			return
		}
	}
	for _, f := range got.Fields {
		w, ok := want.Get(f.Name)
		if t := m.Field(f.Name).Type; !ok {
			c.bad(v, "accept", "%s is missing: it is %s in the frame", f.Name, c.codec.FormatValue(t, f.Value))
			return
		} else if !reflect.DeepEqual(normal(w), normal(f.Value)) {
			c.bad(v, "accept", "%s is %s in the frame", f.Name, c.codec.FormatValue(t, f.Value))
			return
		}
	}
	for _, f := range want.Fields {
		if _, ok := got.Get(f.Name); !ok {
			c.bad(v, "accept", "%s is not in the frame", f.Name)
			return
		}
	}
	switch frame, err := c.codec.Append(nil, got); {
	case err != nil:
		c.bad(v, "hex", "the values cannot be encoded: %v", err)
	case v.Loose && bytes.Equal(frame, v.Frame):
		c.bad(v, "loose", "the vector is not loose: encoding gives the same bytes")
	case !v.Loose && !bytes.Equal(frame, v.Frame):
		c.bad(v, "hex", "encoding the values gives other bytes, from byte %d on: %x", differ(frame, v.Frame), frame)
	}
	if m.From == spec.FromClient {
		for _, s := range m.In {
			if _, e, why := c.codec.CheckRequest(s, v.Frame, nil); e != nil || why != nil {
				c.bad(v, "hex", "the frame is not accepted in %s: %s", s.Name, because(c.p, why))
			}
		}
	}
}

// named returns the values that a vector names, and the correlation, nil if it is not named.
func (c *checker) named(m *spec.Message, v *spec.Vector) (*dynamic.Message, *uint64) {
	msg := &dynamic.Message{Spec: m}
	var id *uint64
	for _, n := range v.Accept {
		f := m.Field(n.Name)
		if f == nil {
			id = &n.Value.Uint
			continue
		}
		msg.Set(n.Name, dynamic.Value(f.Type, n.Value))
	}
	return msg, id
}

// normal makes an empty list equal to no list, and bytes to bytes.
func normal(v any) any {
	switch v := v.(type) {
	case []any:
		out := []any{}
		for _, e := range v {
			out = append(out, normal(e))
		}
		return out
	case []byte:
		return string(v)
	}
	return v
}

func differ(a, b []byte) int {
	for i := range a {
		if i >= len(b) || a[i] != b[i] {
			return i
		}
	}
	return len(a)
}

// rejected judges that a frame earns the error of the vector, at its offset, because of its limit.
func (c *checker) rejected(m *spec.Message, v *spec.Vector) {
	if m.From == spec.FromServer {
		_, err := c.codec.Decode(m.From, v.Frame, nil)
		var why *codec.Error
		if err != nil && !errors.As(err, &why) {
			c.bad(v, "hex", "%v", err)
			return
		}
		c.verdict(v, "", why)
		return
	}
	// A limit that holds in one state only is judged there.
	_, only, _ := strings.Cut(v.Because, ".max_in.")
	judged := false
	for _, s := range m.In {
		if only != "" && s.Name != only {
			continue
		}
		msg, _, why := c.codec.CheckRequest(s, v.Frame, nil)
		if msg == nil && why == nil {
			c.bad(v, "hex", "the frame is neither accepted nor rejected in %s", s.Name)
			return
		}
		if !c.verdict(v, " in "+s.Name, why) {
			return
		}
		judged = true
	}
	if !judged {
		c.bad(v, "because", "%s is not legal in %q", m.Name, only)
	}
}

// verdict compares what happened with what the vector claims.
func (c *checker) verdict(v *spec.Vector, where string, why *codec.Error) bool {
	switch {
	case why == nil:
		c.bad(v, "hex", "the frame is accepted%s", where)
	case why.Because == "incomplete":
		c.bad(v, "hex", "the frame ends before its body does: no answer is due%s", where)
	case why.Name != v.Reject.Name:
		c.bad(v, "reject", "the frame earns %s%s: %s, at %d", why.Name, where, because(c.p, why), why.Offset)
	case because(c.p, why) != v.Because:
		c.bad(v, "because", "the frame is rejected%s because of %q", where, because(c.p, why))
	case why.Offset != v.At:
		c.bad(v, "at", "the offset of the fault is %d%s", why.Offset, where)
	default:
		return true
	}
	return false
}

// because names the limit that was broken as vectors do: "text.min", "body.trailing".
func because(p *spec.Protocol, why *codec.Error) string {
	field := why.Field
	if field == "" {
		field = p.Body().Name
	}
	return field + "." + why.Because
}
