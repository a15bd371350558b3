package codectest

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

var agreements = flag.Int("agree", 5000, "how many damaged frames the generated codec and the interpreter are compared on")

// agree compares what the two codecs make of any bytes: the same message, which they encode to the same bytes, or the same
// error.
func (k *Frames) agree(t testing.TB, d *dynamic.Codec, state int, from spec.Direction, frame []byte, judge codec.Profiles) {
	if from == spec.FromServer {
		judge = nil
	}
	kept := bytes.Clone(frame)
	id, got, err := k.Decode(state, from, frame, judge)
	want, wantErr := d.DecodeIn(k.Spec.States[state], from, kept, judge)
	if err != nil || wantErr != nil {
		SameError(t, k.where(state, from, kept), err, wantErr)
		return
	}
	if !bytes.Equal(frame, kept) {
		t.Fatalf("%s: decoding has changed the frame", k.where(state, from, kept))
	}
	if why := sameMessage(got, want); why != "" {
		t.Fatalf("%s: %s: %s", k.where(state, from, kept), want.Spec.Name, why)
	}
	if id != want.ID {
		t.Fatalf("%s: id %d generated, %d interpreted", k.where(state, from, kept), id, want.ID)
	}
	if v, ok := got.(interface{ Validate(codec.Profiles) error }); !ok || v.Validate(judge) != nil {
		t.Fatalf("%s: what was decoded is not valid: %v", k.where(state, from, kept), v.Validate(judge))
	}
	out, err := k.Append(nil, id, got)
	dyn, dynErr := d.AppendFrom(nil, from, want)
	if err != nil && dynErr != nil { // of a body that is too long, which only the reader of a stream refuses
		SameError(t, k.where(state, from, kept), err, dynErr)
		return
	}
	if err != nil || dynErr != nil || !bytes.Equal(out, dyn) {
		t.Fatalf("%s: encoded again it is\n%x, %v, and interpreted\n%x, %v", k.where(state, from, kept), out, err, dyn, dynErr)
	}
	_, again, err := k.Decode(state, from, out, judge)
	if err != nil || !reflect.DeepEqual(again, got) {
		t.Fatalf("%s: decoded again it is %+v, %v, not %+v", k.where(state, from, kept), again, err, got)
	}
}

func (k *Frames) where(state int, from spec.Direction, frame []byte) string {
	return fmt.Sprintf("%x of the %s in state %s", frame, from, k.Spec.States[state].Name)
}

func messageName(m any) string { return strings.ToLower(reflect.TypeOf(m).Elem().Name()) }

func plainName(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", "")) }

// sameMessage compares a Go message with an interpreted one. It says what differs.
func sameMessage(got any, want *dynamic.Message) string {
	if n := messageName(got); n != plainName(want.Spec.Name) {
		return "generated is " + n
	}
	return sameFields(reflect.ValueOf(got).Elem(), want.Spec.Values(), want.Fields)
}

func sameFields(v reflect.Value, fields []*spec.Field, want []dynamic.Field) string {
	has := map[string]bool{}
	for _, f := range want {
		has[f.Name] = true
		fl := valueOf(fields, f.Name)
		x, ok := structField(v, f.Name)
		if fl == nil || !ok {
			return "there is no field " + f.Name
		}
		if why := same(x, fl.Type, f.Value); why != "" {
			return f.Name + why
		}
	}
	for _, fl := range fields {
		if !fl.IsValue() || has[fl.Name] {
			continue
		}
		if x, ok := structField(v, fl.Name); !ok || !x.IsZero() {
			return fl.Name + " is absent, and not zero"
		}
	}
	return ""
}

// same compares a Go value with a value as codec/dynamic has it. It says what differs.
func same(v reflect.Value, t *spec.Type, want any) string {
	switch t.Kind {
	case spec.KindStruct:
		members, ok := want.([]dynamic.Field)
		if !ok {
			return fmt.Sprintf(" is no struct, but %v", want)
		}
		if why := sameFields(v, t.Fields, members); why != "" {
			return "." + why
		}
		return ""
	case spec.KindArray:
		list, ok := want.([]any)
		if !ok || v.Len() != len(list) {
			return fmt.Sprintf(" is %v, not %v", v, want)
		}
		for i, e := range list {
			if why := same(v.Index(i), t.Elem, e); why != "" {
				return fmt.Sprintf("[%d]%s", i, why)
			}
		}
		return ""
	}
	var got any
	switch {
	case v.CanInt():
		got = v.Int()
	case t.Nullable && v.IsNil():
	default:
		got = plain(v)
	}
	if !reflect.DeepEqual(got, want) {
		return fmt.Sprintf(" is %#v generated, %#v interpreted", got, want)
	}
	return ""
}

// Agreement is a fuzz target: the two codecs make the same of whatever bytes. It starts from the vectors and the captured
// frames.
func (k *Frames) Agreement(f *testing.F) {
	d := dynamic.New(k.Spec)
	k.seeds(f, d, func(from spec.Direction, state int, frame []byte) {
		f.Add(from == spec.FromClient, uint8(state), frame)
	})
	f.Fuzz(func(t *testing.T, client bool, state uint8, frame []byte) {
		from := spec.FromServer
		if client {
			from = spec.FromClient
		}
		var judge codec.Profiles
		if state&0x80 != 0 {
			judge = profiles{}
		}
		s := int(state&0x7f) % len(k.Spec.States)
		k.agree(t, d, s, from, frame, judge)
		k.agree(t, d, s, from, k.trueLength(s, from, frame), judge)
	})
}

// Damaged compares the two codecs on as many frames as the flag -agree says: right ones, damaged in one to three places, half of
// them with a length that is true.
func (k *Frames) Damaged(t *testing.T) {
	d := dynamic.New(k.Spec)
	type sample struct {
		from  spec.Direction
		state int
		frame []byte
	}
	var all []sample
	k.seeds(t, d, func(from spec.Direction, state int, frame []byte) {
		if len(frame) <= 1<<12 {
			all = append(all, sample{from, state, frame})
		}
	})
	r := rand.New(rand.NewPCG(1, uint64(len(all))))
	outcomes := tally{}
	for range *agreements {
		s := all[r.IntN(len(all))]
		if r.IntN(20) == 0 {
			s.state = r.IntN(len(k.Spec.States))
		}
		frame := bytes.Clone(s.frame)
		for range 1 + r.IntN(3) {
			frame = damage(r, frame)
		}
		if r.IntN(2) == 0 {
			frame = k.trueLength(s.state, s.from, frame)
		}
		k.agree(t, d, s.state, s.from, frame, nil)
		_, err := d.DecodeIn(k.Spec.States[s.state], s.from, frame, nil)
		outcomes.note(err)
	}
	outcomes.report(t)
}

// seeds calls use for the frames of vectors, of captures, and of the boundaries of all limits.
func (k *Frames) seeds(t testing.TB, d *dynamic.Codec, use func(from spec.Direction, state int, frame []byte)) {
	k.vectors(use)
	if k.recorded() {
		k.captured(t, d, func(_ string, from spec.Direction, state int, frame []byte, _ *dynamic.Message) {
			use(from, state, frame)
		})
	}
	k.places(func(m *spec.Message, from spec.Direction, state int) {
		example := d.Example(m)
		use(from, state, d.AppendIllegalFrom(nil, from, example))
		for _, f := range m.Values() {
			for _, b := range d.Boundaries(f.Type) {
				x := example.Clone()
				x.Set(f.Name, b.Value)
				use(from, state, d.AppendIllegalFrom(nil, from, x))
			}
		}
	})
}

// damage changes a frame in one place.
func damage(r *rand.Rand, b []byte) []byte {
	if len(b) == 0 {
		return []byte{byte(r.Uint32())}
	}
	i := r.IntN(len(b))
	switch r.IntN(8) {
	case 0:
		return b[:i]
	case 1:
		return append(b[:i:i], b[i+1:]...)
	case 2:
		return append(append(b[:i:i], byte(r.Uint32())), b[i:]...)
	case 3:
		b[i] = [...]byte{0, 1, 0x7f, 0x80, 0xff}[r.IntN(5)]
	case 4:
		b[i]++
	case 5:
		b[i]--
	case 6:
		b[i] ^= 1 << r.IntN(8)
	default:
		b[i] = byte(r.Uint32())
	}
	return b
}

// trueLength returns a copy of a frame whose length counts the body that is there, if the frame has a whole header and a
// length that can say so; else the frame.
func (k *Frames) trueLength(state int, from spec.Direction, frame []byte) []byte {
	layout := k.Spec.FrameIn(k.Spec.States[state], from)
	length := layout.Length()
	if length == nil {
		return frame
	}
	bit, own, at, size := 0, 0, -1, 0
	for _, f := range layout.Of(from) {
		if f.Type.Kind == spec.KindRest {
			break
		}
		n := 8*f.Type.Width + f.Type.Bits
		if f == length {
			at = bit / 8
			if size = f.Type.Width; f.Type.Varint > 0 {
				if len(frame) < at {
					return frame
				}
				_, used, ok := codec.Varint(frame[at:], f.Type.Varint)
				if !ok || used == 0 {
					return frame
				}
				n = 8 * used
			}
		}
		for _, name := range length.Counts {
			if name == f.Name {
				own += n / 8
			}
		}
		bit += n
	}
	head := bit / 8
	if len(frame) < head || at < 0 {
		return frame
	}
	n := uint64(len(frame) - head + own)
	if length.Type.Varint > 0 {
		out := codec.AppendVarint(bytes.Clone(frame[:at]), n)
		return append(out, frame[head:]...)
	}
	out := bytes.Clone(frame)
	if k.Spec.BigEndian {
		codec.PutUint(out[at:at+size], n)
	} else {
		codec.PutUintLE(out[at:at+size], n)
	}
	return out
}
