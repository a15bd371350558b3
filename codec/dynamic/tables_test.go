package dynamic

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/spec"
)

// tables loads the tables of other people's protocols, and those that the tests of the language have.
func tables(t testing.TB) []*Codec {
	t.Helper()
	files, err := filepath.Glob("../../testdata/specs/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return load(t, append(files, "../../spec/chat.yaml", "../../spec/testdata/wide.yaml", "../../spec/testdata/base.yaml", "../internal/toy/toy.yaml", "../internal/odd/odd.yaml")...)
}

func load(t testing.TB, names ...string) []*Codec {
	t.Helper()
	var all []*Codec
	for _, name := range names {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		p, err := spec.Load(name, src)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, New(p))
	}
	return all
}

// statesOf are the states in which a message may be sent; nil stands for any.
func statesOf(c *Codec, m *spec.Message) []*spec.State {
	if len(m.In) > 0 {
		return m.In
	}
	return []*spec.State{nil}
}

func sender(m *spec.Message) spec.Direction {
	if m.From == spec.FromServer {
		return spec.FromServer
	}
	return spec.FromClient
}

// TestTables holds the interpreter to every vector of every table.
func TestTables(t *testing.T) {
	for _, c := range tables(t) {
		for _, m := range c.Protocol().Messages {
			for i, v := range m.Vectors {
				t.Run(fmt.Sprintf("%s/%s/%d", c.Protocol().ID, m.Name, i), func(t *testing.T) {
					covered(t, c, sender(m), v.Frame)
					if v.Reject != nil {
						rejected(t, c, m, v)
					} else {
						accepted(t, c, m, v)
					}
				})
			}
		}
	}
}

func accepted(t *testing.T, c *Codec, m *spec.Message, v *spec.Vector) {
	from := sender(m)
	for _, s := range statesOf(c, m) {
		got, err := c.DecodeIn(s, from, v.Frame, nil)
		if s == nil && len(c.Protocol().Frames) > 1 {
			got, err = c.DecodeAs(m, from, v.Frame, nil)
		}
		if err != nil {
			t.Fatalf("%x: %v", v.Frame, err)
		}
		if got.Spec != m {
			t.Fatalf("%x is %s", v.Frame, got.Spec.Name)
		}
		want := c.With(m, 0, v.Accept)
		if got.ID != want.ID {
			t.Errorf("id %d, want %d", got.ID, want.ID)
		}
		if g, w := text(c, got), text(c, want); g != w {
			t.Errorf("%x is\n%s\nwant\n%s", v.Frame, g, w)
		}
		b, err := c.AppendFrom([]byte("before"), from, got)
		if err != nil {
			t.Fatal(err)
		}
		if same := string(b) == "before"+string(v.Frame); same == v.Loose {
			t.Errorf("encoded again it is % x\nwant % x (loose: %v)", b[6:], v.Frame, v.Loose)
		}
		if illegal := c.AppendIllegalFrom([]byte("before"), from, got); !bytes.Equal(illegal, b) {
			t.Errorf("AppendIllegal gives % x, Append % x", illegal, b)
		}
		if n, err := c.Split(s, from, append(bytes.Clone(v.Frame), 0xff)); (s != nil || len(c.Protocol().Frames) == 1) && (n != len(v.Frame) || err != nil) {
			t.Errorf("split after %d bytes, not %d: %v", n, len(v.Frame), err)
		}
		if from == spec.FromClient && s != nil {
			if _, se, e := c.CheckRequest(s, v.Frame, nil); se != nil || e != nil {
				t.Errorf("in %s: %v", s.Name, e)
			}
		}
	}
}

// text is all values of a message, for comparison.
func text(c *Codec, m *Message) string {
	s := m.Spec.Name
	for _, f := range m.Fields {
		s += fmt.Sprintf(" %s=%q", f.Name, c.FormatValue(fieldOf(m.Spec, f.Name).Type, f.Value))
	}
	return s
}

func rejected(t *testing.T, c *Codec, m *spec.Message, v *spec.Vector) {
	from := sender(m)
	for _, s := range statesOf(c, m) {
		var e *codec.Error
		if from == spec.FromClient && s != nil {
			_, se, why := c.CheckRequest(s, v.Frame, nil)
			if e = why; se != v.Reject {
				t.Errorf("in %s: %x: %v demanded", s.Name, v.Frame, se)
			}
		} else {
			_, err := c.DecodeIn(s, from, v.Frame, nil)
			if s == nil && len(c.Protocol().Frames) > 1 {
				_, err = c.DecodeAs(m, from, v.Frame, nil)
			}
			errors.As(err, &e)
		}
		if e == nil {
			t.Errorf("%x was accepted", v.Frame)
		} else if e.Name != v.Reject.Name || e.Code != v.Reject.Code || e.Offset != v.At || because(e) != v.Because {
			t.Errorf("%x gives %s at %d because of %s\nwant %s at %d because of %s",
				v.Frame, e.Name, e.Offset, because(e), v.Reject.Name, v.At, v.Because)
		}
	}
}
