package chat_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/codec/chat"
)

// samples are messages of typical and of full size.
func samples() map[string]chat.Message {
	page := &chat.Accounts{Next: []byte("cursor")}
	for i := range 500 {
		page.Names = append(page.Names, chat.Username(fmt.Sprintf("account.%04d", i)))
	}
	return map[string]chat.Message{
		"SEND":     &chat.Send{Key: chat.Key{1}, To: "bob", Text: chat.Text(strings.Repeat("hello, bob. ", 10))},
		"SEND.max": &chat.Send{Key: chat.Key{1}, To: "bob", Text: chat.Text(strings.Repeat("x", chat.TextMax))},
		"DELIVER":  &chat.Deliver{Sequence: 9, From: "alice", Incarnation: 17, Time: 1767225600000, Text: chat.Text(strings.Repeat("hello, bob. ", 10))},
		"ACCOUNTS": page,
	}
}

func TestEncodeAllocatesNothing(t *testing.T) {
	buf := make([]byte, 0, 1<<17)
	for name, m := range samples() {
		if n := testing.AllocsPerRun(100, func() {
			if _, err := chat.AppendFrame(buf, 7, m); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations to encode", name, n)
		}
	}
}

func TestDecodeAllocates(t *testing.T) {
	for name, want := range map[string]struct{ view, copied float64 }{
		"SEND":     {0, 2},   // to, text
		"DELIVER":  {0, 2},   // from, text
		"ACCOUNTS": {1, 502}, // the array; each name and next
	} {
		m := samples()[name]
		body, err := m.AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(20, func() { m.UnmarshalView(body) }); n != want.view {
			t.Errorf("%s: %v allocations to view, want %v", name, n, want.view)
		}
		if n := testing.AllocsPerRun(20, func() { m.UnmarshalBinary(body) }); n != want.copied {
			t.Errorf("%s: %v allocations to copy, want %v", name, n, want.copied)
		}
	}
}

// An array that promises far more than its limit, and keeps its promise, is not kept.
func TestDecodeKeepsNoMoreThanTheLimit(t *testing.T) {
	const names = 30000
	body := append([]byte{names >> 8, names & 0xff}, strings.Repeat("\x01a", names)...)
	body = append(body, 0)
	var m chat.Accounts
	const runs = 100
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range runs {
		m.UnmarshalView(body)
	}
	runtime.ReadMemStats(&after)
	if bytes := (after.TotalAlloc - before.TotalAlloc) / runs; bytes > 20*(chat.AccountsNamesMax+100) {
		t.Errorf("%d bytes to refuse %d names", bytes, names)
	}
	err := m.UnmarshalBinary(body)
	want := codec.Error{Message: "ACCOUNTS", Field: "names", Offset: 8, Because: "max", Limit: 1000, Unit: "elements", Code: 6, Name: "BAD_FIELD"}
	if e, ok := err.(*codec.Error); !ok || *e != want {
		t.Errorf("%v", err)
	}
	if m.Names != nil || m.Next != nil {
		t.Error("after an error the message is not empty")
	}
}

func BenchmarkEncode(b *testing.B) {
	for name, m := range samples() {
		b.Run(name, func(b *testing.B) {
			buf, err := chat.AppendFrame(nil, 7, m)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(buf)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := chat.AppendFrame(buf[:0], 7, m); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	for name, m := range samples() {
		body, err := m.AppendBinary(nil)
		if err != nil {
			b.Fatal(err)
		}
		for kind, decode := range map[string]func([]byte) error{"copy": m.UnmarshalBinary, "view": m.UnmarshalView} {
			b.Run(name+"/"+kind, func(b *testing.B) {
				b.SetBytes(int64(len(body)))
				b.ReportAllocs()
				for b.Loop() {
					if err := decode(body); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
