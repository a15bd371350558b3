package chat_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/codec/chat"
)

func TestDispatch(t *testing.T) {
	body, err := (&chat.Ack{Sequence: 9}).AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	own := errors.New("of the handler")
	h := &handler{err: own}
	hd := chat.Header{Opcode: chat.OpAck, Length: uint32(len(body)), ID: 5}
	if err := chat.Dispatch(h, chat.StateMember, hd, body, nil); err != own {
		t.Errorf("the handler's error became %v", err)
	}
	if m, ok := h.got.(*chat.Ack); !ok || m.Sequence != 9 || h.id != 5 {
		t.Errorf("the handler got %v, %d", h.got, h.id)
	}
	// Opcode before state before body: each frame has all the faults that come after its own.
	for _, c := range []struct {
		op   chat.Opcode
		s    chat.State
		want chat.ErrorCode
	}{
		{chat.OpDeliver, chat.StateGuest, chat.CodeUnknownOpcode},
		{0, chat.StateGuest, chat.CodeUnknownOpcode},
		{chat.OpAck, chat.StateGuest, chat.CodeBadState},
		{chat.OpAck, chat.StateMember, chat.CodeMalformed},
		{chat.OpPing, chat.StateClosed, chat.CodeBadState},
	} {
		h := &handler{}
		err := chat.Dispatch(h, c.s, chat.Header{Opcode: c.op, ID: 1}, []byte("?"), nil)
		if e, ok := errors.AsType[*chat.Error](err); !ok || e.Code != c.want || h.got != nil {
			t.Errorf("%s in %s: %v, want %s", c.op, c.s, err, c.want)
		}
	}
}

func TestCheckHeader(t *testing.T) {
	for _, c := range []struct {
		s    chat.State
		h    chat.Header
		want chat.ErrorCode
	}{
		{chat.StateConnected, chat.Header{Length: 1024, ID: 1}, 0},
		{chat.StateConnected, chat.Header{Length: 1025}, chat.CodeTooLarge},
		{chat.StateGuest, chat.Header{Length: 1025, ID: 1}, chat.CodeTooLarge},
		{chat.StateMember, chat.Header{Length: 65536, ID: 1}, 0},
		{chat.StateMember, chat.Header{Length: 65537, ID: 1}, chat.CodeTooLarge},
		{chat.StateMember, chat.Header{Opcode: 0xee}, chat.CodeBadID},
	} {
		err := chat.CheckHeader(c.s, c.h)
		if c.want == 0 && err != nil || c.want != 0 && (err == nil || err.Code != c.want || err.Text == "") {
			t.Errorf("%s, %+v: %v, want %s", c.s, c.h, err, c.want)
		}
	}
}

func TestCheckFeatures(t *testing.T) {
	expr := &chat.List{By: chat.ListingRegex, Pattern: "x"}
	for _, c := range []struct {
		m         chat.ClientMessage
		announced chat.Features
		ok        bool
	}{
		{expr, chat.FeatureRegex | chat.FeatureResume, true},
		{expr, chat.FeatureResume, false},
		{&chat.List{By: chat.ListingWildcard}, 0, true},
		{&chat.Resume{}, chat.FeatureRegex, false},
		{&chat.Resume{}, chat.FeatureResume, true},
		{&chat.Ping{}, 0, true},
	} {
		err := chat.CheckFeatures(c.m, c.announced)
		if (err == nil) != c.ok || err != nil && err.Code != chat.CodeUnsupported {
			t.Errorf("%T with %s: %v", c.m, c.announced, err)
		}
	}
	if got, want := (chat.FeatureRegex | chat.FeatureDurable | 1<<20).String(), "REGEX|DURABLE|0x100000"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestErrorIsAnError(t *testing.T) {
	err := fmt.Errorf("send: %w", &chat.Error{Code: chat.CodeNoSuchUser, Text: "there is no user \"bob\""})
	if !errors.Is(err, &chat.Error{Code: chat.CodeNoSuchUser}) || errors.Is(err, &chat.Error{Code: chat.CodeBusy}) || errors.Is(err, io.EOF) {
		t.Error("errors.Is does not compare codes")
	}
	if got, want := err.Error(), `send: there is no user "bob" (NO_SUCH_USER)`; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := (&chat.Error{Code: 999}).Error(); got != "error 999" {
		t.Errorf("%q", got)
	}
}

// No way of printing shows a secret.
func TestSecrets(t *testing.T) {
	login := &chat.Login{Name: "alice", Password: "hunter22", Window: 1}
	resume := &chat.Resume{Token: chat.Token("hunter22")}
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%10s", "% x"} {
		fmt.Fprintf(&out, verb+verb+verb+verb+"\n", login, resume, login.Password, resume.Token)
		fmt.Fprintf(&out, verb+verb+"\n", *login, []chat.Token{resume.Token})
	}
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("x", "login", login, "resume", resume, "password", login.Password, "token", resume.Token)
	}
	j, err := json.Marshal([]any{login, resume})
	if err != nil {
		t.Fatal(err)
	}
	out.Write(j)
	s := out.String()
	for _, form := range []string{"hunter22", "68756e74", "68 75 6e", "104 117", "aHVudGVy", "0x68, 0x75"} {
		if strings.Contains(strings.ToLower(s), strings.ToLower(form)) {
			t.Errorf("%q is shown:\n%s", form, s)
		}
	}
	if strings.Count(s, "[secret]") < 50 {
		t.Errorf("too few secrets:\n%s", s)
	}
}

func TestReader(t *testing.T) {
	var stream []byte
	for i, m := range []chat.Message{&chat.Ping{}, &chat.Send{To: "bob", Text: "hi"}, &chat.Bye{}} {
		var err error
		if stream, err = chat.AppendFrame(stream, uint32(i+1), m); err != nil {
			t.Fatal(err)
		}
	}
	r := chat.NewReader(iotest.HalfReader(bytes.NewReader(stream)))
	h, body, err := r.Next(chat.MaxBody)
	if err != nil || h != (chat.Header{Opcode: chat.OpPing, ID: 1}) || len(body) != 0 {
		t.Fatal(h, body, err)
	}
	// A frame over the limit is refused with its header, and what follows it can still be read.
	h, body, err = r.Next(10)
	if e, ok := errors.AsType[*chat.Error](err); !ok || e.Code != chat.CodeTooLarge || h.ID != 2 || body != nil {
		t.Fatal(h, body, err)
	}
	h, _, err = r.Next(10)
	if err != nil || h.Opcode != chat.OpBye || r.Buffered() != 0 || r.Ready() {
		t.Fatal(h, err)
	}
	if _, _, err = r.Next(10); err != io.EOF {
		t.Fatal(err)
	}
}

// Encoding refuses what the table does not allow, and names it.
func TestEncodeRefuses(t *testing.T) {
	long := strings.Repeat("x", 70000)
	for want, m := range map[string]chat.Message{
		"SEND: text is longer than 16384 bytes (BAD_FIELD, offset 28)":         &chat.Send{To: "bob", Text: chat.Text(long)},
		"SEND: to is empty (BAD_NAME, offset 24)":                              &chat.Send{Text: "x"},
		"SEND: text is not valid UTF-8 (MALFORMED, offset 28)":                 &chat.Send{To: "bob", Text: "\xff"},
		"LOGIN: name has a character that is not allowed (BAD_NAME, offset 8)": &chat.Login{Name: "a b", Password: "123456", Window: 1},
		"LOGIN: window is below 1 (BAD_FIELD, offset 17)":                      &chat.Login{Name: "a", Password: "123456"},
		"CREATE: again has more than 24 characters (BAD_PASSWORD, offset 17)":  &chat.Create{Name: "a", Password: "123456", Again: "1234567890123456789012345"},
		"LIST: by has a value that is not defined (BAD_FIELD, offset 8)":       &chat.List{By: 9},
		"ACCOUNTS: names has more than 1000 elements (BAD_FIELD, offset 8)":    &chat.Accounts{Names: make([]chat.Username, 1001)},
		"ACCOUNTS: names[1] is empty (BAD_NAME, offset 12)":                    &chat.Accounts{Names: []chat.Username{"a", ""}},
		"ACCOUNTS: next is longer than 255 bytes (BAD_FIELD, offset 10)":       &chat.Accounts{Next: []byte(long)},
		"ERROR: text is longer than 1024 bytes (BAD_FIELD, offset 10)":         &chat.Error{Text: long},
		"HELLO: lowest is above 1 (BAD_VERSION, offset 8)":                     &chat.Hello{Lowest: 2, Highest: 2, Keepalive: 1},
		"LOGGED_IN: token is longer than 64 bytes (BAD_TOKEN, offset 30)":      &chat.LoggedIn{Name: "a", Token: []byte(long)},
		"RESUME: token is longer than 64 bytes (BAD_TOKEN, offset 8)":          &chat.Resume{Token: make([]byte, 65), Window: 1},
		"CREATE: password is shorter than 6 bytes (BAD_PASSWORD, offset 10)":   &chat.Create{Name: "a", Password: "12345", Again: "12345"},
	} {
		dst := []byte("kept")
		out, err := chat.AppendFrame(dst, 1, m)
		if _, ok := errors.AsType[*codec.Error](err); !ok || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
		if string(out) != "kept" {
			t.Errorf("%s: dst is %q", want, out)
		}
	}
}

// A message that was used before is overwritten as a whole.
func TestDecodeOverwrites(t *testing.T) {
	m := &chat.Error{Code: chat.CodeBadVersion, Text: "old", Lowest: 3, Highest: 4}
	body, err := (&chat.Error{Code: chat.CodeBusy, Text: "new"}).AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.UnmarshalBinary(body); err != nil || *m != (chat.Error{Code: chat.CodeBusy, Text: "new"}) {
		t.Errorf("%+v, %v", m, err)
	}
	if err := m.UnmarshalView(body[:3]); err == nil || *m != (chat.Error{}) {
		t.Errorf("after an error: %+v, %v", m, err)
	}
}
