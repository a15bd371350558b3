package chat_test

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/codec/chat"
	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// profiles is a string profile made up for tests: it refuses hearts, and counts an é as two characters.
type profiles struct{}

func (profiles) Check(_, s string) (chars int, ok bool) {
	return utf8.RuneCountInString(s) + strings.Count(s, "é"), !strings.Contains(s, "♥")
}

// FuzzAgreement compares the generated codec with the interpreter of the table, on whatever bytes: the same message, or
// the same error at the same place for the same reason.
func FuzzAgreement(f *testing.F) {
	p := table(f)
	interpreter := dynamic.New(p)
	for _, m := range p.Messages {
		for _, v := range m.Vectors {
			f.Add(m.From == spec.FromClient, uint8(len(m.In)), v.Frame)
			for _, damage := range []func([]byte) []byte{shorten, lengthen, blur, accent} {
				f.Add(m.From == spec.FromClient, uint8(2), damage(bytes.Clone(v.Frame)))
			}
		}
	}
	f.Fuzz(func(t *testing.T, client bool, pick uint8, frame []byte) {
		var judge codec.Profiles
		if pick&0x80 != 0 {
			judge = profiles{}
		}
		state := p.States[int(pick&0x7f)%len(p.States)]
		if len(frame) < chat.HeaderSize {
			return
		}
		h := chat.ParseHeader(frame)
		if h.BodySize() == int64(len(frame)-chat.HeaderSize) {
			agreeOnRequest(t, interpreter, state, frame, judge)
		}
		// The same with a length that is true, so that most inputs get beyond the header.
		frame = bytes.Clone(frame)
		n := len(frame) - chat.HeaderSize
		frame[1], frame[2], frame[3] = byte(n>>16), byte(n>>8), byte(n)
		from := spec.FromServer
		if client {
			from = spec.FromClient
			agreeOnRequest(t, interpreter, state, frame, judge)
		} else {
			judge = nil
		}
		agreeOnMessage(t, interpreter, from, frame, judge)
	})
}

func shorten(b []byte) []byte  { return b[:max(chat.HeaderSize, len(b)-1)] }
func lengthen(b []byte) []byte { return append(b, 1) }
func blur(b []byte) []byte     { b[len(b)/2] ^= 0xff; return b }
func accent(b []byte) []byte   { return bytes.Replace(b, []byte("al"), []byte("é"), 1) }

// agreeOnRequest compares what a server does with a frame: the refusal, and that it reaches the handler.
func agreeOnRequest(t *testing.T, interpreter *dynamic.Codec, state *spec.State, frame []byte, judge codec.Profiles) {
	_, want, why := interpreter.CheckRequest(state, frame, judge)
	s, h := states[state.Name], chat.ParseHeader(frame)
	handler := &handler{}
	var got error
	if err := chat.CheckHeader(s, h); err != nil {
		got = err
	} else {
		got = chat.Dispatch(handler, s, h, frame[chat.HeaderSize:], judge)
	}
	if want == nil {
		if got != nil || handler.got == nil || handler.id != h.ID {
			t.Fatalf("%x in %s: generated %v, interpreted as right", frame, s, got)
		}
		return
	}
	e, ok := errors.AsType[*chat.Error](got)
	if !ok || uint64(e.Code) != want.Code || e.Text == "" || handler.got != nil {
		t.Fatalf("%x in %s: generated %v, interpreted %s: %v", frame, s, got, want.Name, why)
	}
}

// agreeOnMessage compares what the two codecs decode from a frame, and encode again.
func agreeOnMessage(t *testing.T, interpreter *dynamic.Codec, from spec.Direction, frame []byte, judge codec.Profiles) {
	h, body := chat.ParseHeader(frame), frame[chat.HeaderSize:]
	var got chat.Message
	var err error
	if from == spec.FromClient {
		if m, e := chat.DecodeClient(h, body, judge); e == nil {
			got = m
		} else {
			err = e
		}
	} else {
		if m, e := chat.DecodeServer(h, body); e == nil {
			got = m
		} else {
			err = e
		}
	}
	want, wantErr := interpreter.Decode(from, frame, judge)
	if err != nil || wantErr != nil {
		sameError(t, frame, err, wantErr)
		return
	}
	for _, f := range want.Fields {
		v, ok := field(got, f.Name)
		if !ok {
			if f.Name != "more" {
				t.Fatalf("%x: there is no field %s", frame, f.Name)
			}
			continue
		}
		if g := plain(v); !reflect.DeepEqual(g, f.Value) {
			t.Fatalf("%x: %s is %v generated, %v interpreted", frame, f.Name, g, f.Value)
		}
	}
	if err := got.Validate(judge); err != nil {
		t.Fatalf("%x: what was decoded is not valid: %v", frame, err)
	}
	view := newMessage(from, h.Opcode)
	if err := view.UnmarshalView(body); err != nil || !reflect.DeepEqual(view, got) {
		t.Fatalf("%x: the view is %+v, the copy is %+v", frame, view, got)
	}
	out, err := chat.AppendFrame(nil, h.ID, got)
	dyn, dynErr := interpreter.Append(nil, want)
	if err != nil || dynErr != nil || !bytes.Equal(out, dyn) {
		t.Fatalf("%x: encoded again it is\n%x, %v, and interpreted\n%x, %v", frame, out, err, dyn, dynErr)
	}
	if out[0] != frame[0] || !bytes.HasPrefix(body, out[chat.HeaderSize:]) {
		t.Fatalf("%x: encoded again it is\n%x", frame, out)
	}
}

func newMessage(from spec.Direction, op chat.Opcode) chat.Message {
	if from == spec.FromClient {
		return chat.NewClientMessage(op)
	}
	return chat.NewServerMessage(op)
}

func sameError(t *testing.T, what any, got, want error) {
	t.Helper()
	g, _ := errors.AsType[*codec.Error](got)
	w, _ := errors.AsType[*codec.Error](want)
	if g == nil || w == nil || *g != *w {
		t.Fatalf("%x:\ngenerated   %v (%+v)\ninterpreted %v (%+v)", what, got, g, want, w)
	}
}
