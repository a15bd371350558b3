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
	pos := 0
	for _, s := range c.Annotate(from, frame) {
		if s.Offset != pos || s.Len <= 0 || s.Path == "" {
			t.Fatalf("% x: span %+v does not continue at %d", frame, s, pos)
		}
		pos += s.Len
	}
	if pos != len(frame) {
		t.Fatalf("% x: annotated up to byte %d of %d", frame, pos, len(frame))
	}
}

// FuzzFrame feeds any bytes to everything that takes bytes. What is accepted must encode to a frame that decodes to the
// same, and survive as text.
func FuzzFrame(f *testing.F) {
	c := chat(f)
	for _, m := range c.Protocol().Messages {
		for _, v := range m.Vectors {
			if len(v.Frame) < 200 {
				f.Add(v.Frame)
			}
		}
	}
	toy := New(toyProtocol())
	f.Fuzz(func(t *testing.T, frame []byte) {
		for _, c := range []*Codec{c, toy} {
			for _, from := range []spec.Direction{spec.FromClient, spec.FromServer} {
				covered(t, c, from, frame)
				if len(frame) >= c.HeaderSize() {
					whole := bytes.Clone(frame)
					h := c.ParseHeader(whole)
					h.Length = c.Length(len(frame) - c.HeaderSize())
					c.PutHeader(whole, h)
					covered(t, c, from, whole)
					again(t, c, from, whole)
				}
				again(t, c, from, frame)
			}
			for _, s := range c.Protocol().States {
				m, _, e := c.CheckRequest(s, frame, nil)
				if (m == nil) == (e == nil) {
					t.Fatalf("% x: message %v and error %v", frame, m, e)
				}
			}
		}
	})
}

func again(t *testing.T, c *Codec, from spec.Direction, frame []byte) {
	m, err := c.Decode(from, frame, nil)
	if err != nil {
		if e := (*codec.Error)(nil); !errors.As(err, &e) || e.Offset > max(len(frame), c.HeaderSize()) || e.Because == "" {
			t.Fatalf("% x: %#v", frame, err)
		}
		return
	}
	b, err := c.Append(nil, m)
	if err != nil {
		if e := (*codec.Error)(nil); errors.As(err, &e) && e.Because == codec.BecauseMax && e.Field == "" {
			return // Decode does not judge the size of the whole body: whoever reads frames does
		}
		t.Fatalf("% x: decoded, but cannot be encoded: %v", frame, err)
	}
	if illegal := c.AppendIllegal(nil, m); !bytes.Equal(illegal, b) {
		t.Fatalf("Append gives % x, AppendIllegal % x", b, illegal)
	}
	m2, err := c.Decode(from, b, nil)
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
