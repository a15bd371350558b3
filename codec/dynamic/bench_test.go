package dynamic

import (
	"testing"

	"github.com/wirelaw/wirelaw/spec"
)

// BenchmarkChat decodes and encodes the first vector of a few messages of the chat protocol.
func BenchmarkChat(b *testing.B) {
	p, err := spec.Chat()
	if err != nil {
		b.Fatal(err)
	}
	c := New(p)
	for _, name := range []string{"SEND", "ACCOUNTS", "HELLO", "PING", "DELIVER"} {
		m := p.Message(name)
		var frame []byte
		for _, v := range m.Vectors {
			if v.Accept != nil {
				frame = v.Frame
				break
			}
		}
		msg, err := c.Decode(m.From, frame, nil)
		if err != nil {
			b.Fatal(err)
		}
		b.Run("decode/"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Decode(m.From, frame, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("encode/"+name, func(b *testing.B) {
			b.ReportAllocs()
			buf := make([]byte, 0, 1000)
			for b.Loop() {
				if _, err := c.Append(buf, msg); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
