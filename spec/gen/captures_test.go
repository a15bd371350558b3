package gen_test

import (
	"bytes"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
	"github.com/wirelaw/wirelaw/testdata"
)

// A captured is a frame that a real program has sent, and what it is.
type captured struct {
	frameIn
	message string
}

// captures returns what real programs have said to each other: the segments of all connections, and the frames in them.
func captures(t *testing.T, p *spec.Protocol) (segments []segment, frames []captured) {
	t.Helper()
	files, err := fs.Glob(testdata.Specs(), p.ID+"/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range files {
		text, err := fs.ReadFile(testdata.Specs(), name)
		if err != nil {
			t.Fatal(err)
		}
		one := segmentsOf(t, i, string(text))
		segments = append(segments, one...)
		frames = append(frames, framesOf(t, p, name, one)...)
	}
	return segments, frames
}

// segmentsOf reads a recorded connection: "> " begins what the client has sent, "< " what the server has, a blank goes on.
func segmentsOf(t *testing.T, stream int, text string) (out []segment) {
	t.Helper()
	for _, line := range strings.Split(text, "\n") {
		switch {
		case strings.HasPrefix(line, ">"):
			out = append(out, segment{stream: stream, from: spec.FromClient})
		case strings.HasPrefix(line, "<"):
			out = append(out, segment{stream: stream, from: spec.FromServer})
		case !strings.HasPrefix(line, " "):
			continue
		}
		b, err := readRuns(strings.TrimLeft(line, "<> "))
		if err != nil {
			t.Fatal(err)
		}
		s := &out[len(out)-1]
		s.data = append(s.data, b...)
	}
	return out
}

// framesOf cuts segments into frames, in the states that the frames before them lead to.
func framesOf(t *testing.T, p *spec.Protocol, name string, segments []segment) (out []captured) {
	t.Helper()
	c := dynamic.New(p)
	track := dynamic.NewTracker(p)
	left := map[spec.Direction][]byte{}
	for _, s := range segments {
		b := append(left[s.from], s.data...)
		for _, x := range p.Preface {
			if x.From == s.from {
				b = bytes.TrimPrefix(b, x.Bytes)
			}
		}
		for len(b) > 0 {
			n, err := c.Split(track.State(), s.from, b)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if n == 0 {
				break
			}
			m, err := c.DecodeIn(track.State(), s.from, b[:n], nil)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			out = append(out, captured{frameIn{s.from, track.State(), b[:n]}, m.Spec.Name})
			track.Sent(s.from, m)
			b = b[n:]
		}
		left[s.from] = b
	}
	return out
}

// TestLuaFollowsCaptures shows recorded connections of real programs to the dissector, in packets of the usual size: it finds every
// frame, knows every message, and has nothing to complain of.
func TestLuaFollowsCaptures(t *testing.T) {
	for name, p := range tables(t) {
		segments, frames := captures(t, p)
		if len(frames) == 0 {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var packets []segment
			for _, s := range segments {
				for part := range slices.Chunk(s.data, 1400) {
					packets = append(packets, segment{s.stream, s.from, part})
				}
			}
			var want []string
			for _, f := range frames {
				want = append(want, f.message)
			}
			trees := dissect(t, p, pcap(testPort, packets), "port:7999")
			got := shown(trees, dissectorName(p)+".message")
			if !slices.Equal(got, want) {
				i := 0
				for i < min(len(got), len(want)) && got[i] == want[i] {
					i++
				}
				t.Errorf("%d messages, want %d; number %d is %v, want %v", len(got), len(want), i, got[i:min(i+3, len(got))], want[i:min(i+3, len(want))])
			}
			for i := range trees {
				for _, n := range trees[i].all() {
					if strings.Contains(n.label(), "Lua Error") || n.Name == "_ws.expert" && strings.Contains(n.label(), ", at ") {
						t.Errorf("packet %d: %s", i+1, n.label())
					}
				}
			}
			t.Logf("%d frames", len(frames))
		})
	}
}

// TestPythonReadsCaptures has the codec in Python decode the frames of recorded connections, and encode them again.
func TestPythonReadsCaptures(t *testing.T) {
	for name, p := range tables(t) {
		_, frames := captures(t, p)
		if len(frames) == 0 {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var list []frameIn
			for _, f := range frames {
				list = append(list, f.frameIn)
			}
			if accepted := agreePython(t, p, list); accepted != len(list) {
				t.Errorf("%d of %d frames are accepted", accepted, len(list))
			}
			t.Logf("%d frames", len(list))
		})
	}
}
