package dynamic

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/spec"
)

func chat(t testing.TB) *Codec {
	t.Helper()
	p, err := spec.Chat()
	if err != nil {
		t.Fatal(err)
	}
	return New(p)
}

// fieldOf returns the field of m that is a value and has that name, or nil; of the body also what is ignored.
func fieldOf(m *spec.Message, name string) *spec.Field {
	for _, f := range append(m.Values(), m.Fields...) {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// because is what a vector calls the fault of e.
func because(e *codec.Error) string {
	if e.Field == "" {
		return "body." + e.Because
	}
	return e.Field + "." + e.Because
}

// TestVectors holds the interpreter to every vector of the table.
func TestVectors(t *testing.T) {
	c := chat(t)
	accepted, rejected := 0, 0
	for _, m := range c.Protocol().Messages {
		for i, v := range m.Vectors {
			t.Run(fmt.Sprintf("%s/%d", m.Name, i), func(t *testing.T) {
				if v.Reject != nil {
					rejected++
					reject(t, c, m, v)
					return
				}
				accepted++
				accept(t, c, m, v)
			})
		}
	}
	if accepted < 20 || rejected < 30 {
		t.Errorf("the table has %d vectors to accept and %d to reject: have they been loaded?", accepted, rejected)
	}
}

func accept(t *testing.T, c *Codec, m *spec.Message, v *spec.Vector) {
	got, err := c.Decode(m.From, v.Frame, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := c.With(m, 0, v.Accept)
	if got.ID != want.ID {
		t.Errorf("id %d, want %d", got.ID, want.ID)
	}
	for _, nv := range v.Accept {
		f := fieldOf(m, nv.Name)
		if f == nil {
			continue
		}
		value, ok := got.Get(nv.Name)
		if !ok || c.FormatValue(f.Type, value) != c.FormatValue(f.Type, Value(f.Type, nv.Value)) {
			t.Errorf("%s is %v, want %v", nv.Name, value, Value(f.Type, nv.Value))
		}
	}
	for what, encode := range map[string]func() ([]byte, error){
		"Append":        func() ([]byte, error) { return c.Append([]byte("before"), got) },
		"AppendIllegal": func() ([]byte, error) { return c.AppendIllegal([]byte("before"), got), nil },
	} {
		b, err := encode()
		if err != nil {
			t.Fatal(err)
		}
		if same := string(b) == "before"+string(v.Frame); same == v.Loose {
			t.Errorf("%s gives % x\nwant % x (loose: %v)", what, b[6:], v.Frame, v.Loose)
		}
	}
	if m.From != spec.FromClient {
		return
	}
	for _, s := range m.In {
		if _, e, ce := c.CheckRequest(s, v.Frame, nil); e != nil || ce != nil {
			t.Errorf("in state %s: refused: %v", s.Name, ce)
		}
	}
}

func reject(t *testing.T, c *Codec, m *spec.Message, v *spec.Vector) {
	check := func(what string, e *codec.Error) {
		if e == nil {
			t.Errorf("%s accepts it", what)
			return
		}
		if e.Name != v.Reject.Name || e.Code != v.Reject.Code || e.Offset != v.At || because(e) != v.Because {
			t.Errorf("%s gives %s at %d because of %s\nwant %s at %d because of %s",
				what, e.Name, e.Offset, because(e), v.Reject.Name, v.At, v.Because)
		}
		if e.Message != m.Name {
			t.Errorf("%s blames %q", what, e.Message)
		}
	}
	if m.From == spec.FromServer {
		_, err := c.Decode(m.From, v.Frame, nil)
		var e *codec.Error
		errors.As(err, &e)
		check("Decode", e)
		return
	}
	for _, s := range m.In {
		_, se, e := c.CheckRequest(s, v.Frame, nil)
		check("CheckRequest in "+s.Name, e)
		if se != v.Reject {
			t.Errorf("CheckRequest in %s demands %v", s.Name, se)
		}
	}
}

// TestTruncation cuts every accepted vector at every byte: whatever is missing is missed, and an annotation covers what is there.
func TestTruncation(t *testing.T) {
	c := chat(t)
	for _, m := range c.Protocol().Messages {
		for _, v := range m.Vectors {
			if v.Reject != nil {
				continue
			}
			for n := range len(v.Frame) {
				cut := bytes.Clone(v.Frame[:n])
				if _, err := c.Decode(m.From, cut, nil); err == nil {
					t.Fatalf("%s: % x was accepted", m.Name, cut)
				}
				covered(t, c, m.From, cut)
				if n < c.HeaderSize() {
					continue
				}
				h := c.ParseHeader(cut)
				h.Length = c.Length(n - c.HeaderSize())
				c.PutHeader(cut, h)
				covered(t, c, m.From, cut)
				got, err := c.Decode(m.From, cut, nil)
				if err != nil {
					var e *codec.Error
					if !errors.As(err, &e) || e.Offset > n {
						t.Fatalf("%s: % x: %v", m.Name, cut, err)
					}
					continue
				}
				// Only what the table ignores may be missing.
				if last := m.Fields[len(m.Fields)-1]; !last.Type.Ignore {
					t.Fatalf("%s: % x was accepted as %v", m.Name, cut, got)
				}
			}
		}
	}
}

func TestCheckRequestOrder(t *testing.T) {
	c := chat(t)
	p := c.Protocol()
	connected, guest, member := p.State("connected"), p.State("guest"), p.State("member")
	frame := func(op, length, id uint64, body string) []byte {
		return append(c.PutHeader(make([]byte, c.HeaderSize()), Header{op, length, id}), body...)
	}
	tests := []struct {
		name    string
		state   *spec.State
		frame   []byte
		want    string // the error; "" if it is right
		because string
	}{
		{"right", guest, frame(0x0b, 0, 7, ""), "", ""},
		{"length before id and opcode", guest, frame(0x77, 1025, 0, ""), "TOO_LARGE", "body.max_in.guest"},
		{"the larger limit of a member", member, frame(0x77, 1025, 0, ""), "BAD_ID", "id.zero"},
		{"id before opcode", guest, frame(0x77, 1, 0, ""), "BAD_ID", "id.zero"},
		{"opcode needs no body", guest, frame(0x77, 9, 1, ""), "UNKNOWN_OPCODE", "opcode.opcode"},
		{"of the server", member, frame(0x8b, 0, 1, ""), "UNKNOWN_OPCODE", "opcode.opcode"},
		{"state before layout", connected, frame(0x09, 1, 1, "!"), "BAD_STATE", "opcode.state"},
		{"layout before limits", guest, frame(0x02, 2, 1, "\x00\x00"), "MALFORMED", "again.truncated"},
		{"early before layout", connected, frame(0x01, 2, 1, "\x00\x02"), "BAD_VERSION", "lowest.max"},
		{"limits in field order", guest, frame(0x02, 3, 1, "\x00\x00\x00"), "BAD_NAME", "name.min"},
		{"incomplete header", guest, []byte{0x0b}, "", "body.incomplete"},
		{"incomplete body", guest, frame(0x0b, 1, 1, ""), "", "body.incomplete"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, se, e := c.CheckRequest(tt.state, tt.frame, nil)
			name, why := "", ""
			if se != nil {
				name = se.Name
			}
			if e != nil {
				why = because(e)
			}
			if name != tt.want || why != tt.because || (m == nil) != (e != nil) {
				t.Errorf("%v, %q because of %q, want %q because of %q", m, name, why, tt.want, tt.because)
			}
		})
	}
}

type profiles map[string]int // strings that are allowed, and their characters

func (p profiles) Check(profile, s string) (int, bool) {
	n, ok := p[profile+":"+s]
	return n, ok
}

func TestProfiles(t *testing.T) {
	c := chat(t)
	create := c.Protocol().Message("CREATE")
	ok := profiles{"UsernameCaseMapped:zoë": 3, "OpaqueString:пароль": 6, "OpaqueString:ééé": 3}
	tests := []struct {
		name, user, password string
		p                    codec.Profiles
		want                 string
	}{
		{"not judged", "♥", "ééé", nil, ""},
		{"allowed", "zoë", "пароль", ok, ""},
		{"refused", "♥", "пароль", ok, "name.profile"},
		{"ASCII never asks", "bob", "sesame", profiles{}, ""},
		{"ASCII in it is judged first", "zoë*", "пароль", ok, "name.ascii"},
		{"characters after the profile", "bob", "ééé", ok, "password.chars.min"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := &Message{Spec: create, ID: 1}
			m.Set("name", tt.user)
			m.Set("password", tt.password)
			m.Set("again", tt.password)
			_, err := c.Decode(spec.FromClient, c.AppendIllegal(nil, m), tt.p)
			got := ""
			if e := (*codec.Error)(nil); errors.As(err, &e) {
				got = because(e)
			}
			if got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}
