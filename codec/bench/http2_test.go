package bench

import (
	"bytes"
	"io"
	"testing"

	xhttp2 "golang.org/x/net/http2"

	"github.com/wirelaw/wirelaw/codec/internal/http2"
)

// Both sides read from a stream, and keep what they have read until the next frame only.
func http2Duels(t testing.TB) (out []duel) {
	const peer = "x/net/http2"
	block := bytes.Repeat([]byte{0x82, 0x86, 0x84, 0x41}, 16)
	content := bytes.Repeat([]byte("x"), 1024)
	settings := []xhttp2.Setting{{ID: 1, Val: 4096}, {ID: 3, Val: 100}, {ID: 4, Val: 65535}, {ID: 5, Val: 16384}}
	own := &http2.Settings{}
	for _, s := range settings {
		own.Settings = append(own.Settings, http2.Setting{Parameter: http2.Parameter(s.ID), Value: s.Val})
	}
	for _, c := range []struct {
		name  string
		own   http2.Message
		write func(f *xhttp2.Framer) error
	}{
		{"DATA", &http2.Data{Stream: 1, EndStream: true, Data: content}, func(f *xhttp2.Framer) error { return f.WriteData(1, true, content) }},
		{"HEADERS", &http2.Headers{Stream: 1, EndHeaders: true, Block: block}, func(f *xhttp2.Framer) error {
			return f.WriteHeaders(xhttp2.HeadersFrameParam{StreamID: 1, EndHeaders: true, BlockFragment: block})
		}},
		{"SETTINGS", own, func(f *xhttp2.Framer) error { return f.WriteSettings(settings...) }},
	} {
		var buf []byte
		s := &sink{}
		framer := xhttp2.NewFramer(s, nil)
		ours := func() (err error) {
			buf, err = http2.AppendFrame(buf[:0], c.own)
			return err
		}
		theirs := func() error { return s.frame(func(io.Writer) error { return c.write(framer) }) }
		if err := ours(); err != nil {
			t.Fatal(err)
		}
		if err := theirs(); err != nil {
			t.Fatal(err)
		}
		same(t, c.name, buf, s.Bytes())
		out = append(out, duel{"http2 encode " + c.name, peer, ours, theirs})

		stream := bytes.Repeat(buf, 16)
		r := http2.NewReader(&endless{frame: stream})
		xr := xhttp2.NewFramer(nil, &endless{frame: stream})
		xr.SetReuseFrames()
		m := http2.NewMessage(c.name).(interface {
			UnmarshalView(h http2.Header, body []byte) error
		})
		out = append(out, duel{"http2 read " + c.name, peer, func() error {
			h, body, err := r.Next(http2.MaxBody)
			if err != nil {
				return err
			}
			return m.UnmarshalView(h, body)
		}, func() error {
			_, err := xr.ReadFrame()
			return err
		}})
	}
	return out
}
