package derive_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// A talk is a recorded connection of real programs.
type talk []segment

// A segment is what one side sent before the other one sent again.
type segment struct {
	from  spec.Direction
	bytes []byte
}

// recorded reads the connections that testdata/specs has of a protocol.
func recorded(t *testing.T, id string) []talk {
	t.Helper()
	files, err := filepath.Glob("../../testdata/specs/" + id + "/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []talk
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var one talk
		for _, line := range strings.Split(string(text), "\n") {
			if line == "" || line[0] == '#' {
				continue
			}
			switch b := runs(t, line[1:]); line[0] {
			case '>':
				one = append(one, segment{spec.FromClient, b})
			case '<':
				one = append(one, segment{spec.FromServer, b})
			default:
				last := &one[len(one)-1]
				last.bytes = append(last.bytes, b...)
			}
		}
		out = append(out, one)
	}
	return out
}

// listen tells what is said in the recorded connections, by whom, in which states, and what answers it.
func (h *holder) listen(c *dynamic.Codec) string {
	var b strings.Builder
	for _, one := range h.talks {
		h.hear(c, one, &b)
	}
	return b.String()
}

func (h *holder) hear(c *dynamic.Codec, one talk, b *strings.Builder) {
	track := dynamic.NewTracker(h.p)
	left, begun := map[spec.Direction][]byte{}, map[spec.Direction]bool{}
	for _, s := range one {
		data := append(left[s.from], s.bytes...)
		for _, p := range h.p.Preface {
			if p.From == s.from && !begun[s.from] {
				data = bytes.TrimPrefix(data, p.Bytes)
			}
		}
		begun[s.from] = true
		for len(data) > 0 {
			n, err := c.Split(track.State(), s.from, data)
			if n == 0 || err != nil {
				break
			}
			m, err := c.DecodeIn(track.State(), s.from, data[:n], nil)
			if err != nil {
				fmt.Fprintln(b, s.from, err)
				return
			}
			fmt.Fprintln(b, track.State().Name, s.from, m.Spec.Name, m.Spec.LegalIn(track.State()), m.Spec.Push, answer(m))
			track.Sent(s.from, m)
			data = data[n:]
		}
		left[s.from] = data
	}
	fmt.Fprintln(b, track.State().Name, len(left[spec.FromClient]), len(left[spec.FromServer]))
}

// answer names what answers a message.
func answer(m *dynamic.Message) string {
	r := dynamic.ReplyTo(m)
	if r == nil {
		return "nothing"
	}
	names := make([]string, len(r.Before))
	for i, x := range r.Before {
		names[i] = x.Name
	}
	return fmt.Sprint(names, r.End.Name, r.Maybe)
}
