package codectest

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/codec/internal/capture"
	"github.com/wirelaw/wirelaw/spec"
	"github.com/wirelaw/wirelaw/testdata"
)

// A Frames is one generated codec whose frames are more than an opcode, a length and a body, and its table.
type Frames struct {
	Spec *spec.Protocol
	// Decode decodes a whole frame of one side in a state, given by its place in the table, and tells its correlation.
	Decode func(state int, from spec.Direction, frame []byte, p codec.Profiles) (id uint64, m any, err error)
	// New returns an empty message by its name.
	New func(name string) any
	// Append encodes a frame.
	Append func(dst []byte, id uint64, m any) ([]byte, error)
}

// sides are those that may send m.
func sides(m *spec.Message) (out []spec.Direction) {
	for _, from := range []spec.Direction{spec.FromClient, spec.FromServer} {
		if m.SentBy(from) {
			out = append(out, from)
		}
	}
	return out
}

// Vectors runs every vector of the table, in every state and from every side: an accepted one gives its values and its
// bytes again, and whatever else happens is what the interpreter says.
func (k *Frames) Vectors(t *testing.T) {
	d := dynamic.New(k.Spec)
	for _, m := range k.Spec.Messages {
		for i, v := range m.Vectors {
			t.Run(fmt.Sprintf("%s/%d", m.Name, i), func(t *testing.T) {
				met := false
				for _, from := range sides(m) {
					for s, state := range k.Spec.States {
						k.agree(t, d, s, from, v.Frame, nil)
						if !m.LegalIn(state) || k.Spec.FrameIn(state, from) != m.Frame {
							continue
						}
						id, got, err := k.Decode(s, from, v.Frame, nil)
						if v.Reject != nil {
							met = true
							if err == nil {
								t.Errorf("in state %s: %+v", state.Name, got)
							}
							continue
						}
						if err != nil {
							t.Fatalf("in state %s: %v", state.Name, err)
						}
						if reflect.TypeOf(got) != reflect.TypeOf(k.New(m.Name)) {
							continue // another message of this opcode, which the table tells apart by more than one state
						}
						met = true
						k.accepted(t, m, v, id, got)
					}
				}
				if !met {
					t.Errorf("%x is %s in no state", v.Frame, m.Name)
				}
			})
		}
	}
}

func (k *Frames) accepted(t *testing.T, m *spec.Message, v *spec.Vector, id uint64, got any) {
	for _, want := range v.Accept {
		if c := m.Frame.Correlation(); c != nil && c.Name == want.Name {
			if id != want.Value.Uint {
				t.Errorf("%s is %d, not %d", want.Name, id, want.Value.Uint)
			}
			continue
		}
		fl := valueOf(m.Values(), want.Name)
		f, ok := field(got, want.Name)
		if fl == nil || !ok {
			t.Errorf("there is no field %q", want.Name)
			continue
		}
		if why := same(f, fl.Type, dynamic.Value(fl.Type, want.Value)); why != "" {
			t.Errorf("%s%s", want.Name, why)
		}
	}
	frame, err := k.Append([]byte("before"), id, got)
	if err != nil {
		t.Fatal(err)
	}
	frame, ok := bytes.CutPrefix(frame, []byte("before"))
	if equal := bytes.Equal(frame, v.Frame); equal == v.Loose || !ok {
		t.Errorf("encoded again it is\n%x, not\n%x", frame, v.Frame)
	}
}

func valueOf(fields []*spec.Field, name string) *spec.Field {
	for _, f := range fields {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// Truncation cuts every accepted vector everywhere, and adds a byte to it: what becomes of it is what the interpreter says.
func (k *Frames) Truncation(t *testing.T) {
	d := dynamic.New(k.Spec)
	k.vectors(func(from spec.Direction, state int, frame []byte) {
		for cut := range frame {
			k.agree(t, d, state, from, frame[:cut], nil)
			k.agree(t, d, state, from, k.trueLength(state, from, frame[:cut]), nil)
		}
		longer := append(bytes.Clone(frame), 0)
		k.agree(t, d, state, from, longer, nil)
		k.agree(t, d, state, from, k.trueLength(state, from, longer), nil)
	})
}

// vectors calls use for the frames of all vectors, with a state in which they may come.
func (k *Frames) vectors(use func(from spec.Direction, state int, frame []byte)) {
	k.places(func(m *spec.Message, from spec.Direction, state int) {
		for _, v := range m.Vectors {
			use(from, state, v.Frame)
		}
	})
}

// places calls use for every message and each side that may send it, with a state in which it may come.
func (k *Frames) places(use func(m *spec.Message, from spec.Direction, state int)) {
	for _, m := range k.Spec.Messages {
		for _, from := range sides(m) {
			for s, state := range k.Spec.States {
				if m.LegalIn(state) && k.Spec.FrameIn(state, from) == m.Frame {
					use(m, from, s)
					break
				}
			}
		}
	}
}

// recorded reports whether there are captures of the protocol.
func (k *Frames) recorded() bool {
	names, err := fs.Glob(testdata.Specs(), k.Spec.ID+"/*.txt")
	return err == nil && len(names) > 0
}

// Captures decodes all frames that real programs have sent, in the states that they lead to, and encodes them again. It
// wants to see at least so many different messages.
func (k *Frames) Captures(t *testing.T, messages int) {
	d := dynamic.New(k.Spec)
	frames, seen := 0, map[string]bool{}
	k.captured(t, d, func(name string, from spec.Direction, state int, frame []byte, m *dynamic.Message) {
		frames++
		seen[m.Spec.Name] = true
		k.agree(t, d, state, from, frame, nil)
		id, got, err := k.Decode(state, from, frame, nil)
		if err != nil {
			t.Fatalf("%s: %s %x: %v", name, m.Spec.Name, frame, err)
		}
		if again, err := k.Append(nil, id, got); err != nil || !bytes.Equal(again, frame) {
			t.Errorf("%s: %s %x is encoded as\n%x, %v", name, m.Spec.Name, frame, again, err)
		}
	})
	if t.Logf("%d frames, %d messages", frames, len(seen)); len(seen) < messages {
		t.Errorf("%d different messages, %d are wanted", len(seen), messages)
	}
}

// captured calls use for every captured frame.
func (k *Frames) captured(t testing.TB, d *dynamic.Codec, use func(name string, from spec.Direction, state int, frame []byte, m *dynamic.Message)) {
	all, err := capture.All(testdata.Specs(), k.Spec.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		track := dynamic.NewTracker(k.Spec)
		left := map[spec.Direction][]byte{}
		for _, p := range k.Spec.Preface {
			left[p.From] = nil
		}
		begun := map[spec.Direction]bool{}
		for _, s := range c.Segments {
			from := spec.FromServer
			if s.Client {
				from = spec.FromClient
			}
			b := append(left[from], s.Bytes...)
			for _, p := range k.Spec.Preface {
				if p.From == from && !begun[from] {
					b = bytes.TrimPrefix(b, p.Bytes)
				}
			}
			begun[from] = true
			for {
				n, err := d.Split(track.State(), from, b)
				if err != nil {
					t.Fatalf("%s: %x: %v", c.Name, b, err)
				}
				if n == 0 {
					break
				}
				m, err := d.DecodeIn(track.State(), from, b[:n], nil)
				if err != nil {
					t.Fatalf("%s: %x: %v", c.Name, b[:n], err)
				}
				use(c.Name, from, k.index(track.State()), b[:n], m)
				track.Sent(from, m)
				b = b[n:]
			}
			left[from] = b
		}
	}
}

func (k *Frames) index(s *spec.State) int {
	for i := range k.Spec.States {
		if k.Spec.States[i] == s {
			return i
		}
	}
	panic("no such state")
}

// Load loads a table by its path from the root of the repository, for a package that lies three folders below.
func Load(t testing.TB, name string) *spec.Protocol {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("../../..", name))
	if err != nil {
		t.Fatal(err)
	}
	p, err := spec.Load(name, src)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
