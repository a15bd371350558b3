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
func breach(t *spec.Type, because string, limit uint64) string {
	switch {
	case limit == 0:
		return because
	case t.Kind == spec.KindInt:
		return fmt.Sprintf("%s %d", because, int64(limit))
	}
	return fmt.Sprintf("%s %d", because, limit)
}

// vectors judges that every vector does what it claims, and that every message has one that is accepted.
func (c *checker) vectors() {
	for _, m := range c.p.Messages {
		accepted := false
		for _, v := range m.Vectors {
			accepted = accepted || v.Reject == nil
			if v.Reject == nil {
				c.accepted(m, v)
			} else {
				c.rejected(m, v)
			}
		}
		if !accepted {
			c.bad(m, "vectors", "%s has no vector that is accepted", m.Name)
		}
	}
}

// sender returns the side as whose frames the vectors of a message are judged.
func sender(m *spec.Message) spec.Direction {
	if m.From == spec.FromServer {
		return spec.FromServer
	}
	return spec.FromClient
}

// states returns the states in which m is legal, to tell what its frames are; a nil one if it has none.
func (c *checker) statesOf(m *spec.Message) []*spec.State {
	if len(m.In) == 0 {
		return []*spec.State{nil}
	}
	return m.In
}

// accepted judges that the frame says the values, and the values the frame.
func (c *checker) accepted(m *spec.Message, v *spec.Vector) {
	if n, err := c.codec.Split(c.statesOf(m)[0], sender(m), v.Frame); err == nil && n != len(v.Frame) {
		if n == 0 {
			c.bad(v, "hex", "%d bytes are no whole frame", len(v.Frame))
		} else {
			c.bad(v, "hex", "the frame has %d bytes, and ends after %d by its header", len(v.Frame), n)
		}
		return
	}
	got, err := c.codec.DecodeAs(m, sender(m), v.Frame, nil)
	if err != nil {
		c.bad(v, "hex", "the frame is not accepted: %s", strings.TrimPrefix(err.Error(), ": "))
		return
	}
	for _, s := range c.statesOf(m) {
		is, err := c.codec.DecodeIn(s, sender(m), v.Frame, nil)
		var why *codec.Error
		switch {
		case err == nil && is.Spec != m:
			c.bad(v, "hex", "it is a frame of %s, not of %s", is.Spec.Name, m.Name)
			return
		case errors.As(err, &why) && why.Message != "" && why.Message != m.Name:
			c.bad(v, "hex", "it is a frame of %s, not of %s", why.Message, m.Name)
			return
		case errors.As(err, &why):
			c.bad(v, "hex", "it is no frame of %s: %s", m.Name, because(m, why))
			return
		}
	}
	if !c.sameValues(m, v, got) {
		return
	}
	switch frame, err := c.codec.Append(nil, got); {
	case err != nil:
		c.bad(v, "hex", "the values cannot be encoded: %v", err)
	case v.Loose && bytes.Equal(frame, v.Frame):
		c.bad(v, "loose", "the vector is not loose: encoding gives the same bytes")
	case !v.Loose && !bytes.Equal(frame, v.Frame):
		c.bad(v, "hex", "encoding the values gives other bytes, from byte %d on: %x", differ(frame, v.Frame), frame)
	}
	if !m.SentBy(spec.FromClient) {
		return
	}
	for _, s := range m.In {
		if _, e, why := c.codec.CheckRequest(s, v.Frame, nil); e != nil || why != nil {
			c.bad(v, "hex", "the frame is not accepted in %s: %s", s.Name, because(m, why))
		}
	}
}

// sameValues judges that the vector names the values of the frame.
func (c *checker) sameValues(m *spec.Message, v *spec.Vector, got *dynamic.Message) bool {
	want := &dynamic.Message{Spec: m}
	corr := m.Frame.Correlation()
	var id *uint64
	types := map[string]*spec.Type{}
	for _, f := range m.Values() {
		types[f.Name] = f.Type
	}
	for _, n := range v.Accept {
		if t := types[n.Name]; t != nil {
			want.Set(n.Name, dynamic.Value(t, n.Value))
		} else {
			id = &n.Value.Uint
		}
	}
	switch {
	case corr == nil:
	case id == nil:
		c.bad(v, "accept", "the value of %q is missing", corr.Name)
		return false
	case got.ID != *id:
		c.bad(v, "accept", "%s is %d in the frame", corr.Name, got.ID)
		return false
	}
	for _, f := range got.Fields {
		w, ok := want.Get(f.Name)
		if t := types[f.Name]; !ok {
			c.bad(v, "accept", "%s is missing: it is %s in the frame", f.Name, c.codec.FormatValue(t, f.Value))
			return false
		} else if !reflect.DeepEqual(normal(w), normal(f.Value)) {
			c.bad(v, "accept", "%s is %s in the frame", f.Name, c.codec.FormatValue(t, f.Value))
			return false
		}
	}
	for _, f := range want.Fields {
		if _, ok := got.Get(f.Name); !ok {
			c.bad(v, "accept", "%s is not in the frame", f.Name)
			return false
		}
	}
	return true
}

// normal makes an empty list equal to no list, bytes to bytes, and structs to structs whatever the order of their fields.
func normal(v any) any {
	switch v := v.(type) {
	case []any:
		out := []any{}
		for _, e := range v {
			out = append(out, normal(e))
		}
		return out
	case []dynamic.Field:
		out := map[string]any{}
		for _, f := range v {
			out[f.Name] = normal(f.Value)
		}
		return out
	case []byte:
		if v != nil {
			return string(v)
		}
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
	if !m.SentBy(spec.FromClient) {
		_, err := c.codec.DecodeIn(c.statesOf(m)[0], m.From, v.Frame, nil)
		var why *codec.Error
		if err != nil && !errors.As(err, &why) {
			c.bad(v, "hex", "%v", err)
			return
		}
		c.verdict(m, v, "", why)
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
		if !c.verdict(m, v, " in "+s.Name, why) {
			return
		}
		judged = true
	}
	if !judged {
		c.bad(v, "because", "%s is not legal in %q", m.Name, only)
	}
}

// verdict compares what happened with what the vector claims.
func (c *checker) verdict(m *spec.Message, v *spec.Vector, where string, why *codec.Error) bool {
	switch {
	case why == nil:
		c.bad(v, "hex", "the frame is accepted%s", where)
	case why.Because == dynamic.Incomplete:
		c.bad(v, "hex", "the frame ends before its body does: no answer is due%s", where)
	case why.Message != "" && why.Message != m.Name:
		c.bad(v, "hex", "it is a frame of %s, not of %s", why.Message, m.Name)
	case why.Name != v.Reject.Name:
		c.bad(v, "reject", "the frame earns %s%s: %s, at %d", errorOf(why), where, because(m, why), why.Offset)
	case because(m, why) != v.Because:
		c.bad(v, "because", "the frame is rejected%s because of %q", where, because(m, why))
	case why.Offset != v.At:
		c.bad(v, "at", "the offset of the fault is %d%s", why.Offset, where)
	default:
		return true
	}
	return false
}

func errorOf(why *codec.Error) string {
	if why.Name == "" {
		return "nothing"
	}
	return why.Name
}

// because names the limit that was broken as vectors do: "text.min", "body.trailing".
func because(m *spec.Message, why *codec.Error) string {
	field := why.Field
	if body := m.Frame.Body(); field == "" && body != nil {
		field = body.Name
	}
	return strings.TrimPrefix(field+"."+why.Because, ".")
}
