package codectest

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// profiles is a string profile made up for tests: it refuses hearts, and counts an é as two characters.
type profiles struct{}

func (profiles) Check(_, s string) (chars int, ok bool) {
	return utf8.RuneCountInString(s) + strings.Count(s, "é"), !strings.Contains(s, "♥")
}

// Agreement is a fuzz target. It compares the generated codec with the interpreter of the table: the same message, or the
// same error at the same place for the same reason. It starts from the vectors, whole and damaged.
func (k *Package) Agreement(f *testing.F) {
	d := dynamic.New(k.Spec)
	header := d.HeaderSize()
	damages := []func([]byte) []byte{
		func(b []byte) []byte { return b },
		func(b []byte) []byte { return b[:max(header, len(b)-1)] },
		func(b []byte) []byte { return append(b, 1) },
		func(b []byte) []byte { b[len(b)/2] ^= 0xff; return b },
		func(b []byte) []byte { b[header-1] ^= 1; return b },
		func(b []byte) []byte { return bytes.Replace(b, []byte("al"), []byte("é"), 1) },
	}
	for _, m := range k.Spec.Messages {
		for i, v := range m.Vectors {
			for j, damage := range damages {
				f.Add(m.From == spec.FromClient, uint8(i+j<<7), damage(bytes.Clone(v.Frame)))
			}
		}
	}
	// pick chooses the state and, by its highest bit, whether characters beyond ASCII are judged.
	f.Fuzz(func(t *testing.T, client bool, pick uint8, frame []byte) {
		var judge codec.Profiles
		if pick&0x80 != 0 {
			judge = profiles{}
		}
		from := spec.FromServer
		if client {
			from = spec.FromClient
		}
		k.agree(t, d, from, int(pick&0x7f)%len(k.Spec.States), frame, judge)
	})
}

// Damaged compares the two codecs on as many frames as the flag -agree says: right ones and boundaries of all limits, damaged in up to
// three places.
func (k *Package) Damaged(t *testing.T) {
	d := dynamic.New(k.Spec)
	var all [][]byte
	var client []bool
	add := func(m *spec.Message, frame []byte) {
		if len(frame) <= 1<<12 {
			all, client = append(all, frame), append(client, m.From == spec.FromClient)
		}
	}
	for _, m := range k.Spec.Messages {
		for _, v := range m.Vectors {
			add(m, v.Frame)
		}
		for _, f := range m.Values() {
			for _, b := range d.Boundaries(f.Type) {
				x := d.Example(m)
				x.ID = 1
				x.Set(f.Name, b.Value)
				add(m, d.AppendIllegal(nil, x))
			}
		}
	}
	r := rand.New(rand.NewPCG(1, uint64(len(all))))
	outcomes := tally{}
	for i := range *agreements {
		n := r.IntN(len(all))
		frame := bytes.Clone(all[n])
		for range r.IntN(4) {
			frame = damage(r, frame)
		}
		var judge codec.Profiles
		if i%2 == 0 {
			judge = profiles{}
		}
		from := spec.FromServer
		if client[n] {
			from = spec.FromClient
		}
		outcomes.note(k.agree(t, d, from, r.IntN(len(k.Spec.States)), frame, judge))
	}
	outcomes.report(t)
}

// agree compares what the two codecs make of a frame, as it is and with a length that is true, so that most get beyond the header. It
// returns what the interpreter says of the latter.
func (k *Package) agree(t *testing.T, d *dynamic.Codec, from spec.Direction, state int, frame []byte, judge codec.Profiles) error {
	header := d.HeaderSize()
	if len(frame) < header {
		return &codec.Error{Because: codec.BecauseTruncated}
	}
	h := d.ParseHeader(frame)
	if n, ok := d.BodyLen(h); !ok || n == uint64(len(frame)-header) {
		k.agreeOnRequest(t, d, state, frame, judge)
	}
	frame = bytes.Clone(frame)
	h.Length = d.Length(len(frame) - header)
	d.PutHeader(frame, h)
	if d.ParseHeader(frame) != h {
		return &codec.Error{Because: codec.BecauseMax} // longer than the header can say
	}
	if from == spec.FromClient {
		k.agreeOnRequest(t, d, state, frame, judge)
	} else {
		judge = nil
	}
	k.agreeOnMessage(t, d, from, frame, judge)
	_, err := d.Decode(from, frame, judge)
	return err
}

// agreeOnRequest compares what a server does with a frame: the refusal, or that it reaches the handler.
func (k *Package) agreeOnRequest(t *testing.T, d *dynamic.Codec, state int, frame []byte, judge codec.Profiles) {
	_, want, why := d.CheckRequest(k.Spec.States[state], frame, judge)
	got, code, err := k.Request(state, frame, judge)
	switch {
	case want == nil && (err != nil || got == nil):
		t.Fatalf("%x in state %d: generated %v, interpreted as right", frame, state, err)
	case want != nil && (err == nil || code != want.Code || got != nil):
		t.Fatalf("%x in state %d: generated %v, interpreted %s: %v", frame, state, err, want.Name, why)
	}
}

// agreeOnMessage compares what the two codecs decode from a frame, and encode again.
func (k *Package) agreeOnMessage(t *testing.T, d *dynamic.Codec, from spec.Direction, frame []byte, judge codec.Profiles) {
	h, body := d.ParseHeader(frame), frame[d.HeaderSize():]
	got, err := k.Decode(from, frame, judge)
	want, wantErr := d.Decode(from, frame, judge)
	if err != nil || wantErr != nil {
		SameError(t, frame, err, wantErr)
		return
	}
	if why := sameMessage(got, want); why != "" {
		t.Fatalf("%x: %s", frame, why)
	}
	if err := got.(Message).Validate(judge); err != nil {
		t.Fatalf("%x: what was decoded is not valid: %v", frame, err)
	}
	view := k.New(from, h.Opcode)
	if err := view.UnmarshalView(body); err != nil || !reflect.DeepEqual(view, got) {
		t.Fatalf("%x: the view is %+v, the copy is %+v", frame, view, got)
	}
	out, err := k.Append(nil, h.ID, got)
	dyn, dynErr := d.Append(nil, want)
	if e, ok := errors.AsType[*codec.Error](err); ok && e.Field == "" && e.Because == codec.BecauseMax {
		SameError(t, frame, err, dynErr) // decoding does not judge the size of the whole body
		return
	}
	if err != nil || dynErr != nil || !bytes.Equal(out, dyn) {
		t.Fatalf("%x: encoded again it is\n%x, %v, and interpreted\n%x, %v", frame, out, err, dyn, dynErr)
	}
	if !bytes.HasPrefix(body, out[d.HeaderSize():]) && !ignores(want.Spec.Fields) {
		t.Fatalf("%x: encoded again it is\n%x", frame, out)
	}
}

// ignores reports whether bytes that are ignored may stand before others, so that encoding does not give them back.
func ignores(fields []*spec.Field) bool {
	for _, f := range fields {
		if f.Type.Ignore && f.Type.Kind != spec.KindRest || ignores(f.Type.Fields) {
			return true
		}
	}
	return false
}

// SameError compares two errors of codecs in every respect.
func SameError(t testing.TB, of any, got, want error) {
	t.Helper()
	g, _ := errors.AsType[*codec.Error](got)
	w, _ := errors.AsType[*codec.Error](want)
	if g == nil || w == nil || *g != *w {
		if b, ok := of.([]byte); ok {
			of = fmt.Sprintf("%x", b)
		}
		t.Fatalf("%s:\ngenerated   %v (%+v)\ninterpreted %v (%+v)", of, got, g, want, w)
	}
}
