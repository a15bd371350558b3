package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/wirelaw/wirelaw/codec/chat"
	"github.com/wirelaw/wirelaw/server/store"
	"github.com/wirelaw/wirelaw/server/store/memory"
)

// Every wrong frame has one answer, and all but the first two leave the
// connection alive.
func TestWrongFrames(t *testing.T) {
	s := start(t, Options{}, store.Options{})
	tests := []struct {
		name   string
		frame  string
		code   chat.ErrorCode
		closes bool
	}{
		{"body over the limit", "\x0b\x00\x04\x01\x00\x00\x00\x09", chat.CodeTooLarge, true},
		{"over the limit and id 0", "\x0b\x00\x04\x01\x00\x00\x00\x00", chat.CodeTooLarge, true},
		{"id 0", "\x0b\x00\x00\x00\x00\x00\x00\x00", chat.CodeBadID, true},
		{"id 0, body to come", "\x0b\x00\x00\x09\x00\x00\x00\x00", chat.CodeBadID, true},
		{"unknown opcode", "\x70\x00\x00\x02\x00\x00\x00\x09xx", chat.CodeUnknownOpcode, false},
		{"opcode of the server", "\x8b\x00\x00\x00\x00\x00\x00\x09", chat.CodeUnknownOpcode, false},
		{"not in this state", "\x06\x00\x00\x02\x00\x00\x00\x09xx", chat.CodeBadState, false},
		{"bytes left over", "\x0b\x00\x00\x01\x00\x00\x00\x09x", chat.CodeMalformed, false},
		{"version", "\x01\x00\x00\x04\x00\x00\x00\x09\x00\x02\x00\x03", chat.CodeBadVersion, true},
		{"field", "\x01\x00\x00\x07\x00\x00\x00\x09\x00\x01\x00\x01\x00\x00\x00", chat.CodeBadField, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := dial(t, s)
			p.write([]byte(tt.frame))
			id := uint32(tt.frame[7])
			e := want[*chat.Error](p, id)
			if e.Code != tt.code {
				t.Errorf("got %v, want %v", e.Code, tt.code)
			}
			if e.Code == chat.CodeBadVersion && (e.Lowest != 1 || e.Highest != 1) {
				t.Errorf("the range is %d to %d", e.Lowest, e.Highest)
			}
			if tt.closes {
				p.ended()
				return
			}
			p.greet()
		})
	}
}

// Requests may be written at once; they take effect one after the other.
func TestPipeline(t *testing.T) {
	s := start(t, Options{}, store.Options{})
	p := hello(t, s)
	p.create("alice")
	big := strings.Repeat("x", 5000) // too large for a guest
	first := p.id + 1
	p.post(
		&chat.Login{Name: "alice", Password: password, Window: 9},
		&chat.Send{Key: chat.Key{1}, To: "alice", Text: chat.Text(big)},
		&chat.Send{Key: chat.Key{2}, To: "nobody", Text: "b"},
		&chat.Send{Key: chat.Key{1}, To: "alice", Text: chat.Text(big)},
		&chat.Ping{},
		&chat.Logout{},
		&chat.Send{Key: chat.Key{3}, To: "alice", Text: "c"},
		&chat.Login{Name: "alice", Password: "wrong password", Window: 9},
		&chat.Bye{},
		&chat.Create{Name: "late", Password: password, Again: password},
	)
	want[*chat.LoggedIn](p, first)
	if a := want[*chat.Accepted](p, first+1); a.Duplicate {
		t.Error("the first SEND is a duplicate")
	}
	if e := want[*chat.Error](p, first+2); e.Code != chat.CodeNoSuchUser {
		t.Errorf("got %v", e)
	}
	if a := want[*chat.Accepted](p, first+3); !a.Duplicate {
		t.Error("the repeat is no duplicate")
	}
	want[*chat.Pong](p, first+4)
	if len(p.pushed) != 1 || string(p.pushed[0].Text) != big {
		t.Errorf("%d deliveries before PONG", len(p.pushed))
	}
	want[*chat.LoggedOut](p, first+5)
	if e := want[*chat.Error](p, first+6); e.Code != chat.CodeBadState {
		t.Errorf("got %v", e)
	}
	if e := want[*chat.Error](p, first+7); e.Code != chat.CodeBadCredentials {
		t.Errorf("got %v", e)
	}
	p.goodbye(first+8, chat.ReasonBye)
	if _, err := s.store.Account(context.Background(), "late"); err != store.ErrNoSuchUser {
		t.Errorf("what follows BYE took effect: %v", err)
	}
}

func TestOneBytePerWrite(t *testing.T) {
	s := start(t, Options{}, store.Options{})
	p := dial(t, s)
	for _, b := range append(frame(t, 1, &chat.Hello{Lowest: 1, Highest: 1, Keepalive: 9}), frame(t, 2, &chat.Ping{})...) {
		p.write([]byte{b})
	}
	want[*chat.Welcome](p, 1)
	want[*chat.Pong](p, 2)
}

// Who ends its side of the stream still gets all replies.
func TestHalfClose(t *testing.T) {
	s := start(t, Options{}, store.Options{})
	p, _ := member(t, s, "alice")
	const n = 200
	first := p.id + 1
	list := make([]chat.ClientMessage, n)
	for i := range list {
		list[i] = &chat.Send{Key: chat.Key{byte(i)}, To: "nobody", Text: "x"}
	}
	p.post(list...)
	p.halfClose()
	for i := range uint32(n) {
		want[*chat.Error](p, first+i)
	}
	p.ended()
	hello(t, s).login("alice")
}

// A held store resolves what is appended when the test says so.
type held struct {
	store.Store
	mu      sync.Mutex
	pending []*store.Pending
	came    chan struct{}
}

func (h *held) Append(ctx context.Context, m store.Message) *store.Pending {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := store.NewPending()
	h.pending = append(h.pending, p)
	h.came <- struct{}{}
	return p
}

func hostOn(t *testing.T, st store.Store, o Options) *host {
	t.Helper()
	s := start(t, o, store.Options{})
	s.store = st
	return s
}

// Replies keep the order of the requests, however the store finishes, and other
// requests wait for what is in flight.
func TestReplyOrder(t *testing.T) {
	h := &held{Store: memory.Open(store.Options{}), came: make(chan struct{}, 100)}
	s := hostOn(t, h, Options{})
	p, _ := member(t, s, "alice")
	const first = 11
	bad := bytes.Replace(frame(t, 13, &chat.Send{Key: chat.Key{3}, To: "a_b", Text: "never stored"}), []byte("a_b"), []byte("a b"), 1)
	p.write(bytes.Join([][]byte{
		frame(t, 11, &chat.Send{Key: chat.Key{1}, To: "alice", Text: "a"}),
		frame(t, 12, &chat.Send{Key: chat.Key{2}, To: "alice", Text: "b"}),
		bad,
		frame(t, 14, &chat.Send{Key: chat.Key{4}, To: "alice", Text: "c"}),
		frame(t, 15, &chat.Ping{}),
	}, nil))
	for range 3 { // several in flight: none waits for the one before
		<-h.came
	}
	h.pending[2].Resolve(store.Receipt{Time: 3}, nil)
	h.pending[1].Resolve(store.Receipt{}, store.ErrInboxFull)
	h.pending[0].Resolve(store.Receipt{Time: 1}, nil)
	if a := want[*chat.Accepted](p, first); a.Time != 1 {
		t.Errorf("the first reply is %+v", a)
	}
	if e := want[*chat.Error](p, first+1); e.Code != chat.CodeInboxFull {
		t.Errorf("the second reply is %v", e)
	}
	if e := want[*chat.Error](p, first+2); e.Code != chat.CodeBadName {
		t.Errorf("the third reply is %v", e)
	}
	if a := want[*chat.Accepted](p, first+3); a.Time != 3 {
		t.Errorf("the fourth reply is %+v", a)
	}
	want[*chat.Pong](p, first+4)
}

func (h *held) Names(ctx context.Context, prefix, after string, limit int) ([]store.Entry, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, p := range h.pending {
		if !isDone(p) {
			return nil, errors.New("a message is in flight")
		}
	}
	return h.Store.Names(ctx, prefix, after, limit)
}

// Other requests wait for the SENDs before them.
func TestBarrier(t *testing.T) {
	h := &held{Store: memory.Open(store.Options{}), came: make(chan struct{}, 100)}
	s := hostOn(t, h, Options{})
	p, _ := member(t, s, "alice")
	p.post(p.message("alice", "a"), p.message("alice", "b"))
	p.post(&chat.List{})
	for range 2 {
		<-h.came
	}
	for _, i := range []int{1, 0} {
		h.mu.Lock()
		h.pending[i].Resolve(store.Receipt{}, nil)
		h.mu.Unlock()
	}
	want[*chat.Accepted](p, p.id-2)
	want[*chat.Accepted](p, p.id-1)
	want[*chat.Accounts](p, p.id)
}

// A reply that is there is not held back by one that is not.
func TestNoReplyIsHeldBack(t *testing.T) {
	h := &held{Store: memory.Open(store.Options{}), came: make(chan struct{}, 100)}
	s := hostOn(t, h, Options{})
	p, _ := member(t, s, "alice")
	for i := range 50 {
		p.write(append([]byte("\x70\x00\x00\x00\x00\x00\x00\x09"), frame(t, 10, p.message("alice", "a"))...))
		<-h.came
		if e := want[*chat.Error](p, 9); e.Code != chat.CodeUnknownOpcode {
			t.Fatalf("got %v", e)
		}
		h.pending[i].Resolve(store.Receipt{}, nil)
		want[*chat.Accepted](p, 10)
	}
}

// The number of SENDs in flight is bounded: the server stops reading.
func TestInFlightIsBounded(t *testing.T) {
	h := &held{Store: memory.Open(store.Options{}), came: make(chan struct{}, 100_000)}
	s := hostOn(t, h, Options{})
	p, _ := member(t, s, "alice")
	const n = 4096
	var all []byte
	for i := range n {
		all = append(all, frame(t, uint32(i+1), &chat.Send{Key: chat.Key{byte(i), byte(i >> 8)}, To: "alice", Text: "x"})...)
	}
	wrote := make(chan struct{})
	go func() { p.nc.Write(all); close(wrote) }()
	most := replyRoom/entryCost + 2
	for i := range n {
		<-h.came
		h.mu.Lock()
		if ahead := len(h.pending) - i; ahead > most {
			t.Fatalf("%d in flight", ahead)
		}
		h.pending[i].Resolve(store.Receipt{}, nil)
		h.mu.Unlock()
	}
	for i := range uint32(n) {
		want[*chat.Accepted](p, i+1)
	}
	<-wrote
}

// A broken store panics at a certain name.
type broken struct{ store.Store }

func (b broken) Account(ctx context.Context, identity string) (store.Account, error) {
	if identity == "panic" {
		panic("as planned")
	}
	return b.Store.Account(ctx, identity)
}

func (b broken) Names(ctx context.Context, prefix, after string, limit int) ([]store.Entry, error) {
	panic("as planned")
}

// A panic costs its own connection only, and its session is free afterwards.
func TestPanic(t *testing.T) {
	var logged lockedBuffer
	s := hostOn(t, broken{memory.Open(store.Options{})}, Options{Logger: slog.New(slog.NewTextHandler(&logged, nil))})
	other, _ := member(t, s, "other")
	p := hello(t, s)
	if e := call[*chat.Error](p, &chat.Login{Name: "panic", Password: password, Window: 1}); e.Code != chat.CodeInternal {
		t.Errorf("got %v", e)
	}
	p.ended()
	p, _ = member(t, s, "alice")
	if e := call[*chat.Error](p, &chat.List{}); e.Code != chat.CodeInternal {
		t.Errorf("got %v", e)
	}
	p.ended()
	hello(t, s).login("alice")
	other.fence()
	if got := logged.String(); !strings.Contains(got, "as planned") || strings.Contains(got, password) {
		t.Errorf("the log says %s", got)
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// Garbage on one connection does not disturb another.
func TestGarbage(t *testing.T) {
	s := start(t, Options{}, store.Options{})
	p, _ := member(t, s, "alice")
	for i := range 20 {
		g := dial(t, s)
		g.write(bytes.Repeat([]byte{byte(i * 13), 0xff, 0}, 400))
		g.nc.Close()
		call[*chat.Accepted](p, p.message("alice", fmt.Sprint(i)))
	}
	if got := p.fence(); len(got) != 20 {
		t.Errorf("%d deliveries", len(got))
	}
}
