package dynamic

import (
	"bytes"
	"io/fs"
	"testing"

	"github.com/wirelaw/wirelaw/codec/internal/capture"
	"github.com/wirelaw/wirelaw/spec"
	"github.com/wirelaw/wirelaw/testdata"
)

// TestCaptures decodes every frame that real programs have sent, in the state that the frames before it lead to, and encodes it back
// to the same bytes.
func TestCaptures(t *testing.T) {
	for _, c := range tables(t) {
		id := c.Protocol().ID
		if _, err := fs.Stat(testdata.Specs(), id); err != nil {
			continue
		}
		all, err := capture.All(testdata.Specs(), id)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]int{}
		for _, cap := range all {
			t.Run(id+"/"+cap.Name, func(t *testing.T) { walk(t, c, cap, seen) })
		}
		frames := 0
		for _, n := range seen {
			frames += n
		}
		t.Logf("%s: %d connections, %d frames, %d of %d messages", id, len(all), frames, len(seen), len(c.Protocol().Messages))
	}
}

// walk follows one connection. A frame may be spread over segments, and a segment may hold several.
func walk(t *testing.T, c *Codec, cap *capture.Capture, seen map[string]int) {
	track := NewTracker(c.Protocol())
	left := map[spec.Direction][]byte{}
	begun := map[spec.Direction]bool{}
	for _, s := range cap.Segments {
		from := spec.FromServer
		if s.Client {
			from = spec.FromClient
		}
		b := append(left[from], s.Bytes...)
		for _, p := range c.Protocol().Preface {
			if p.From == from && !begun[from] {
				if !bytes.HasPrefix(b, p.Bytes) {
					t.Fatalf("%s begins with %x", from, b)
				}
				b = b[len(p.Bytes):]
			}
		}
		begun[from] = true
		for len(b) > 0 {
			n, err := c.Split(track.State(), from, b)
			if err != nil {
				t.Fatalf("in %s, of the %s: %x: %v", track.State().Name, from, b, err)
			}
			if n == 0 {
				break
			}
			frame := b[:n]
			m, err := c.DecodeIn(track.State(), from, frame, nil)
			if err != nil {
				t.Fatalf("in %s, of the %s: %x: %v", track.State().Name, from, frame, err)
			}
			if !m.Spec.LegalIn(track.State()) {
				t.Errorf("%s is not legal in %s", m.Spec.Name, track.State().Name)
			}
			again, err := c.AppendFrom(nil, from, m)
			if err != nil || !bytes.Equal(again, frame) {
				t.Errorf("%s %x\nencoded again is %x, %v", m.Spec.Name, frame, again, err)
			}
			covered(t, c, from, frame)
			seen[m.Spec.Name]++
			track.Sent(from, m)
			b = b[n:]
		}
		left[from] = b
	}
	for from, b := range left {
		if len(b) > 0 {
			t.Errorf("%x of the %s is left in %s", b, from, track.State().Name)
		}
	}
}
