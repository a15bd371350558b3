package dynamic

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/spec"
)

// handmade is a table of what the language can say and no table says: a length of variable size that counts itself and a
// number before it, a counted struct without a fixed size, a rest before fields of fixed sizes, an answer in several parts.
func handmade() *spec.Protocol {
	u := func(n int) *spec.Type { return &spec.Type{Kind: spec.KindUint, Width: n} }
	bits := func(n int) *spec.Type { return &spec.Type{Kind: spec.KindUint, Bits: n} }
	bad := &spec.Error{Name: "BAD", Code: 1, React: spec.ReactReply}
	start, end := &spec.State{Name: "start", Start: true}, &spec.State{Name: "end"}
	varint := &spec.Type{Kind: spec.KindUint, Varint: 3}
	frame := &spec.Frame{Fields: []*spec.Field{
		{Name: "mark", Type: &spec.Type{Kind: spec.KindUint, Varint: 2}},
		{Name: "left", Type: varint, Counts: []string{"left", "mark", "op", "body"}},
		{Name: "op", Type: u(1), Role: spec.RoleOpcode},
		{Name: "body", Type: &spec.Type{Kind: spec.KindRest}},
	}}
	count := &spec.Field{Name: "count", Type: u(1), Counts: []string{"part"}}
	part := &spec.Type{Kind: spec.KindStruct, Fields: []*spec.Field{
		{Name: "text", Type: &spec.Type{Kind: spec.KindString, LenWidth: 1}},
		{Name: "note", Type: &spec.Type{Kind: spec.KindString, LenWidth: 1}},
	}}
	ask := &spec.Message{Name: "ASK", Code: 1, From: spec.FromClient, In: []*spec.State{start, end}, Frame: frame, Fields: []*spec.Field{
		count,
		{Name: "part", Type: part, CountedBy: count},
		{Name: "rest", Type: &spec.Type{Kind: spec.KindRest}},
		{Name: "high", Type: bits(12)},
		{Name: "low", Type: bits(4)},
		{Name: "last", Type: u(2)},
	}}
	zero := byte(0)
	more := &spec.Message{Name: "MORE", Code: 1, From: spec.FromServer, Frame: frame, Fields: []*spec.Field{
		{Name: "note", Type: &spec.Type{Kind: spec.KindBytes, LenWidth: 1, Nullable: true}},
		{Name: "list", Type: &spec.Type{Kind: spec.KindArray, Until: &zero, Elem: u(1)}},
		{Name: "small", Type: &spec.Type{Kind: spec.KindInt, Width: 1}},
		{Name: "ended", Type: &spec.Type{Kind: spec.KindBytes, Until: &zero, Min: limit(2)}},
	}}
	done := &spec.Message{Name: "DONE", Code: 2, From: spec.FromServer, Frame: frame}
	oops := &spec.Message{Name: "OOPS", Code: 3, From: spec.FromServer, Frame: frame, IsError: true}
	ask.Replies = []*spec.Reply{{Before: []*spec.Message{more, oops}, End: done}}
	start.Transitions = []*spec.Transition{{Message: ask, To: end}}
	messages := []*spec.Message{ask, more, done, oops}
	for _, m := range messages {
		m.Head = frame.Fields[:3]
	}
	return &spec.Protocol{
		ID: "handmade", BigEndian: true, Frames: []*spec.Frame{frame},
		Checks: []*spec.Check{
			{Name: spec.CheckOpcode, Error: bad},
			{Name: spec.CheckLayout, Error: bad},
			{Name: spec.CheckLimits, Error: bad},
		},
		States: []*spec.State{start, end}, Errors: []*spec.Error{bad},
		Messages: messages,
	}
}

func TestHandmade(t *testing.T) {
	c := New(handmade())
	m := &Message{Spec: c.Protocol().Messages[0], Fields: []Field{
		{"mark", uint64(300)},
		{"part", []Field{{"text", "ab"}, {"note", "c"}}},
		{"rest", []byte{9, 9, 9}},
		{"high", uint64(0xabc)},
		{"low", uint64(0xd)},
		{"last", uint64(0x1234)},
	}}
	want := unhex(t, "ac02 11 01 05 02 6162 01 63 090909 abcd 1234")
	b, err := c.Append(nil, m)
	if err != nil || !bytes.Equal(b, want) {
		t.Fatalf("% x, %v\nwant\n% x", b, err, want)
	}
	again(t, c, nil, spec.FromClient, b)
	// With a length of two bytes, the length counts one more.
	for n, head := range map[int]string{114: "ac02 7e 01", 115: "ac02 7f 01", 116: "ac02 8101 01", 200: "ac02 d501 01"} {
		m.Set("rest", make([]byte, n-2))
		b, err := c.Append(nil, m)
		if err != nil || !bytes.HasPrefix(b, unhex(t, head)) {
			t.Errorf("%d bytes: % x, %v, want %s", n, b[:8], err, head)
		}
		again(t, c, nil, spec.FromClient, b)
		if n, err := c.Split(nil, spec.FromClient, append(b, 1, 2, 3)); n != len(b) || err != nil {
			t.Errorf("split after %d bytes of %d: %v", n, len(b), err)
		}
	}
	for _, tt := range []struct{ hex, want string }{
		{"00 0d 01 05 02 6162 01 63 abcd 1234", ""},
		{"00 0d 01 06 02 6162 01 63 abcd 1234", "count.length@3"},
		{"00 0d 01 04 02 6162 01 63 abcd 1234", "count.length@3"},
		{"00 0c 01 05 02 6162 01 63 abcd 12", "rest.truncated@9"},
		{"00 09 01 05 02 6162 01 63", "rest.truncated@9"},
		{"00 08 01 05 02 6162 01", "part.truncated@4"},
		{"00 03 01", "count.truncated@3"},
		{"00 02 01", "body.trailing@3"},
		{"8001 04 01", "count.truncated@4"},
		{"8000 04 01", "mark.varint@0"},
	} {
		_, err := c.Decode(spec.FromClient, unhex(t, tt.hex), nil)
		got := ""
		if e := (*codec.Error)(nil); errors.As(err, &e) {
			got = fmt.Sprintf("%s@%d", because(e), e.Offset)
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.hex, got, tt.want)
		}
	}
}

// TestTrackerFails follows a request whose answer has an error in it, and is over only later.
func TestTrackerFails(t *testing.T) {
	p := handmade()
	for _, tt := range []struct {
		replies []string
		want    string
	}{
		{[]string{"MORE", "DONE"}, "end"},
		{[]string{"OOPS", "DONE"}, "start"},
		{[]string{"OOPS", "MORE", "DONE"}, "start"},
		{[]string{"MORE"}, "start"},
	} {
		track := NewTracker(p)
		track.Sent(spec.FromClient, &Message{Spec: p.Messages[0]})
		for _, name := range tt.replies {
			track.Sent(spec.FromServer, &Message{Spec: p.Message(name)})
		}
		if got := track.State().Name; got != tt.want {
			t.Errorf("%v: %s, want %s", tt.replies, got, tt.want)
		}
	}
}

// TestHandmadeLimits gives values that only their width limits.
func TestHandmadeLimits(t *testing.T) {
	c := New(handmade())
	for _, tt := range []struct {
		field string
		value any
		want  string
		limit uint64
	}{
		{"mark", uint64(1<<14 - 1), "", 0},
		{"mark", uint64(1 << 14), "mark.max@0", 1<<14 - 1},
		{"note", make([]byte, 254), "", 0},
		{"note", make([]byte, 255), "note.max@3", 254},
		{"list", []any{uint64(7), uint64(0)}, "list[1].until@5", 0},
		{"small", int64(-128), "", 0},
		{"small", int64(-129), "small.min@5", 1<<64 - 128},
		{"small", int64(127), "", 0},
		{"small", int64(128), "small.max@5", 127},
	} {
		m := c.Example(c.Protocol().Message("MORE"))
		m.Set(tt.field, tt.value)
		_, err := c.Append(nil, m)
		got, limit := "", uint64(0)
		if e := (*codec.Error)(nil); errors.As(err, &e) {
			got, limit = fmt.Sprintf("%s@%d", because(e), e.Offset), e.Limit
		}
		if got != tt.want || limit != tt.limit {
			t.Errorf("%s = %v: %q, %d, want %q, %d", tt.field, tt.value, got, limit, tt.want, tt.limit)
		}
	}
}

// TestTrackerBoth holds that no state waits for the reply to what either side may send.
func TestTrackerBoth(t *testing.T) {
	p := handmade()
	p.Messages[0].From = spec.FromBoth
	for _, from := range []spec.Direction{spec.FromClient, spec.FromServer} {
		track := NewTracker(p)
		track.Sent(from, &Message{Spec: p.Messages[0]})
		if got := track.State().Name; got != "end" {
			t.Errorf("after ASK of the %s: %s", from, got)
		}
	}
}
