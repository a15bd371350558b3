package server

import (
	"io"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/wirelaw/wirelaw/codec/chat"
	"github.com/wirelaw/wirelaw/server/store"
	"github.com/wirelaw/wirelaw/server/store/memory"
)

// Whatever a client sends, the server answers frames that decode, never with
// INTERNAL, never panics, ends with the connection, and frees the account. The
// first byte chooses the state in which the rest is sent.
func FuzzConn(f *testing.F) {
	messages := []chat.ClientMessage{
		&chat.Hello{Lowest: 1, Highest: 1, Keepalive: 60},
		&chat.List{By: chat.ListingRegex, Pattern: "a|b"},
		&chat.List{By: chat.ListingWildcard, Pattern: "*", Limit: 1},
		&chat.Send{To: "alice", Text: "hi"},
		&chat.Send{Key: chat.Key{1}, To: "nobody", Text: "hi"},
		&chat.Ack{Sequence: 1}, &chat.Delete{Name: "alice"}, &chat.Logout{}, &chat.Bye{}, &chat.Ping{},
		&chat.Resume{Token: []byte("token"), Window: 1},
	}
	for state := range byte(3) {
		all := []byte{state}
		for i, m := range messages {
			b, err := chat.AppendFrame(nil, uint32(i+1), m)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(append([]byte{state}, b...))
			if m.Opcode() != chat.OpBye {
				all = append(all, b...)
			}
		}
		f.Add(all)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) == 0 {
			return
		}
		st := memory.Open(store.Options{})
		a, err := st.Create(t.Context(), "alice", "alice", "-")
		if err != nil {
			t.Fatal(err)
		}
		session, err := st.Claim(t.Context(), a, store.HashToken([]byte("token")), time.Now().Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		session.Release()
		var log lockedBuffer
		s := New(st, Options{Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelError}))})

		ours, theirs := net.Pipe()
		ended := make(chan struct{})
		go func() { newConn(s, theirs).run(); close(ended) }()
		go func() {
			if data[0] > 0 {
				ours.Write(frame(t, 1, messages[0]))
			}
			if data[0] > 1 {
				ours.Write(frame(t, 2, messages[len(messages)-1]))
			}
			ours.Write(data[1:])
			ours.SetReadDeadline(time.Now().Add(5 * time.Millisecond)) // nothing more comes
		}()
		in := chat.NewReader(ours)
		for {
			hd, body, err := in.Next(chat.MaxBody)
			if err != nil {
				break
			}
			m, err := chat.DecodeServer(hd, body)
			if err != nil {
				t.Errorf("got %v, which is no frame of a server: %v", hd, err)
			}
			if e, ok := m.(*chat.Error); ok && e.Code == chat.CodeInternal {
				t.Errorf("got INTERNAL: %s", log.String())
			}
		}
		ours.Close()
		io.Copy(io.Discard, ours)
		<-ended
		if got := log.String(); got != "" {
			t.Errorf("the log says %s", got)
		}
		if a, err := st.Account(t.Context(), "alice"); err == nil {
			if _, err := st.Claim(t.Context(), a, store.TokenHash{}, time.Now()); err != nil {
				t.Errorf("the account is not free: %v", err)
			}
		}
	})
}

// One sender with many in flight, one receiver.
func BenchmarkSend(b *testing.B) {
	st := memory.Open(store.Options{InboxLimit: 1 << 30})
	s := New(st, Options{})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	go s.Serve(b.Context(), ln)
	b.Cleanup(func() { s.Shutdown(b.Context()) })
	nc, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	defer nc.Close()
	a, err := st.Create(b.Context(), "alice", "alice", "-")
	if err != nil {
		b.Fatal(err)
	}
	session, err := st.Claim(b.Context(), a, store.HashToken([]byte("token")), time.Now().Add(time.Hour))
	if err != nil {
		b.Fatal(err)
	}
	session.Release()
	var out []byte
	add := func(id uint32, m chat.ClientMessage) {
		if out, err = chat.AppendFrame(out, id, m); err != nil {
			b.Fatal(err)
		}
	}
	add(1, &chat.Hello{Lowest: 1, Highest: 1, Keepalive: 60})
	add(2, &chat.Resume{Token: []byte("token"), Window: 256})
	in := chat.NewReader(nc)
	accepted, sent, delivered := 0, 0, 0
	m := &chat.Send{To: "alice", Text: "a message of about the usual length, to oneself"}
	b.ReportAllocs()
	b.ResetTimer()
	for delivered < b.N {
		for sent < b.N && sent < accepted+128 {
			m.Key = chat.Key{byte(sent), byte(sent >> 8), byte(sent >> 16), byte(sent >> 24)}
			add(3, m)
			sent++
		}
		if len(out) > 0 {
			if _, err := nc.Write(out); err != nil {
				b.Fatal(err)
			}
			out = out[:0]
		}
		for first := true; first || in.Ready(); first = false {
			hd, body, err := in.Next(chat.MaxBody)
			if err != nil {
				b.Fatal(err)
			}
			switch hd.Opcode {
			case chat.OpAccepted:
				accepted++
			case chat.OpDeliver:
				var d chat.Deliver
				if err := d.UnmarshalView(body); err != nil {
					b.Fatal(err)
				}
				if delivered++; delivered%64 == 0 {
					add(4, &chat.Ack{Sequence: d.Sequence})
				}
			}
		}
	}
}
