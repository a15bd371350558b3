package dynamic

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/spec"
)

// covered checks that the annotation of frame covers it, in order and without overlap.
func covered(t *testing.T, c *Codec, from spec.Direction, frame []byte) {
	t.Helper()
	coveredIn(t, c, nil, from, frame)
}

func coveredIn(t *testing.T, c *Codec, state *spec.State, from spec.Direction, frame []byte) {
	t.Helper()
	pos := 0
	for _, s := range c.AnnotateIn(state, from, frame) {
		if s.Offset != pos || s.Len <= 0 || s.Path == "" {
			t.Fatalf("% x: span %+v does not continue at %d", frame, s, pos)
		}
		bit := 0
		for _, p := range s.Parts {
			if p.Bit != bit || p.Bits <= 0 {
				t.Fatalf("% x: part %+v does not continue at bit %d", frame, p, bit)
			}
			bit += p.Bits
		}
		if s.Parts != nil && (bit > 8*s.Len || bit <= 8*s.Len-8) {
			t.Fatalf("% x: %d bits of %d bytes", frame, bit, s.Len)
		}
		pos += s.Len
	}
	if pos != len(frame) {
		t.Fatalf("% x: annotated up to byte %d of %d", frame, pos, len(frame))
	}
}

// FuzzFrame feeds any bytes to everything that takes bytes, in every state of one table. What is accepted must encode to a frame that
// decodes to the same, to the same bytes if nothing of it is ignored, and survive as text.
func FuzzFrame(f *testing.F) {
	all := append(tables(f), New(toyProtocol()))
	for i, c := range all {
		for _, m := range c.Protocol().Messages {
			for _, v := range m.Vectors {
				if len(v.Frame) < 200 {
					f.Add(uint8(i), v.Frame)
				}
			}
		}
	}
	f.Fuzz(func(t *testing.T, table uint8, frame []byte) {
		c := all[int(table)%len(all)]
		for _, state := range append([]*spec.State{nil}, c.Protocol().States...) {
			for _, from := range []spec.Direction{spec.FromClient, spec.FromServer} {
				try(t, c, state, from, frame)
				if h, n, err := c.HeaderOf(state, from, frame); err == nil && n > 0 && c.Plain() {
					whole := bytes.Clone(frame)
					h.Length = c.Length(len(frame) - n)
					c.PutHeader(whole, h)
					try(t, c, state, from, whole)
				}
			}
			m, _, e := c.CheckRequest(state, frame, nil)
			if (m == nil) == (e == nil) {
				t.Fatalf("% x: message %v and error %v", frame, m, e)
			}
		}
	})
}

func try(t *testing.T, c *Codec, state *spec.State, from spec.Direction, frame []byte) {
	coveredIn(t, c, state, from, frame)
	again(t, c, state, from, frame)
	n, err := c.Split(state, from, frame)
	if n < 0 || n > len(frame) || err != nil && n != 0 {
		t.Fatalf("% x is split after %d bytes: %v", frame, n, err)
	}
	if n > 0 {
		_, err := c.DecodeIn(state, from, frame[:n], nil)
		if e := (*codec.Error)(nil); errors.As(err, &e) && e.Field == "" && e.Because == codec.BecauseTruncated {
			t.Fatalf("% x is split after %d bytes, and too short then: %v", frame, n, err)
		}
		again(t, c, state, from, frame[:n])
	}
}

func again(t *testing.T, c *Codec, state *spec.State, from spec.Direction, frame []byte) {
	m, err := c.DecodeIn(state, from, frame, nil)
	if err != nil {
		if e := (*codec.Error)(nil); !errors.As(err, &e) || e.Offset > max(len(frame), c.HeaderSize()) || e.Because == "" {
			t.Fatalf("% x: %#v", frame, err)
		}
		return
	}
	b, err := c.AppendFrom(nil, from, m)
	if err != nil {
		if e := (*codec.Error)(nil); errors.As(err, &e) && e.Because == codec.BecauseMax && e.Field == "" {
			return // decoding does not judge the size of the whole body: whoever reads frames does
		}
		t.Fatalf("% x: decoded, but cannot be encoded: %v", frame, err)
	}
	if !bytes.Equal(b, frame) && !ignores(c.planOf(m.Spec, from)) {
		t.Fatalf("% x\nencoded again is\n% x", frame, b)
	}
	if illegal := c.AppendIllegalFrom(nil, from, m); !bytes.Equal(illegal, b) {
		t.Fatalf("Append gives % x, AppendIllegal % x", b, illegal)
	}
	m2, err := c.DecodeIn(state, from, b, nil)
	if err != nil || !reflect.DeepEqual(m, m2) {
		t.Fatalf("% x\nbecomes %v\nthen    %v (%v)", frame, m, m2, err)
	}
	for _, f := range m.Fields {
		ft := fieldOf(m.Spec, f.Name).Type
		v, err := c.ParseValue(ft, c.FormatValue(ft, f.Value))
		if err != nil || !reflect.DeepEqual(v, f.Value) {
			t.Fatalf("%s %#v as text: %#v (%v)", f.Name, f.Value, v, err)
		}
	}
}

// ignores reports whether a message has bits or bytes that are not looked at.
func ignores(pl *plan) bool {
	for _, list := range [2][]cell{pl.head, pl.fields} {
		for i := range list {
			if list[i].Per || skipped(list[i].Type) {
				return true
			}
		}
	}
	return false
}

func skipped(t *spec.Type) bool {
	if t.Ignore {
		return true
	}
	for _, f := range t.Fields {
		if skipped(f.Type) {
			return true
		}
	}
	return t.Elem != nil && skipped(t.Elem)
}
