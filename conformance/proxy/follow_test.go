package proxy

import (
	"bytes"
	"encoding/hex"
	"io/fs"
	"strconv"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
	"github.com/wirelaw/wirelaw/testdata"
)

func otherTable(t *testing.T, id string) *dynamic.Codec {
	t.Helper()
	src, err := fs.ReadFile(testdata.Specs(), id+".yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, err := spec.Load(id+".yaml", src)
	if err != nil {
		t.Fatal(err)
	}
	return dynamic.New(p)
}

// overhear lets a connection see what a recording has, and returns it. The recording is as testdata/specs/README.md says; each line is cut
// in two.
func overhear(t *testing.T, c *dynamic.Codec, recording string) *Conn {
	t.Helper()
	k := newConn(New(Options{Codec: c}), 1)
	from := spec.FromClient
	for line := range strings.Lines(recording) {
		switch line[0] {
		case '>':
			from = spec.FromClient
		case '<':
			from = spec.FromServer
		case '#', '\n':
			continue
		}
		var b []byte
		for _, word := range strings.Fields(line[1:]) {
			digits, times, run := strings.Cut(word, "*")
			piece, err := hex.DecodeString(digits)
			if err != nil {
				t.Fatal(err)
			}
			if run {
				n, err := strconv.Atoi(times)
				if err != nil {
					t.Fatal(err)
				}
				piece = bytes.Repeat(piece, n)
			}
			b = append(b, piece...)
		}
		k.saw(from, b[:len(b)/2])
		k.saw(from, b[len(b)/2:])
	}
	return k
}

// TestCaptures passes on what real programs have said: nothing is found in it.
func TestCaptures(t *testing.T) {
	for _, id := range []string{"mqtt", "postgres", "http2", "memcached"} {
		c := otherTable(t, id)
		if Paired(c.Protocol()) {
			t.Errorf("%s is judged like the chat", id)
		}
		files, err := fs.Glob(testdata.Specs(), id+"/*.txt")
		if err != nil || len(files) < 9 {
			t.Fatalf("%s: %d recordings, %v", id, len(files), err)
		}
		frames := 0
		for _, name := range files {
			src, err := fs.ReadFile(testdata.Specs(), name)
			if err != nil {
				t.Fatal(err)
			}
			k := overhear(t, c, string(src))
			for _, f := range k.Findings {
				t.Errorf("%s: the %s: expected %s, got %s: %x", name, f.Side, f.Expected, f.Got, f.Event.Frame)
			}
			_, n, _ := k.p.Counts()
			frames += n
		}
		t.Logf("%s: %d connections, %d frames", id, len(files), frames)
	}
}

// TestFollow finds what is wrong with frames of any table.
func TestFollow(t *testing.T) {
	for _, tt := range []struct {
		name, table, recording string
		want                   string // "" if nothing is
		side                   spec.Direction
	}{
		{"early PUBLISH", "mqtt", "> 100c00044d51545404020000 0000\n< 300400016161\n", "no PUBLISH in the state connecting", spec.FromServer},
		{"PUBLISH before CONNACK", "mqtt", "> 100c00044d51545404020000 0000\n> 300400016161 0a\n< 20020000\n", "", ""},
		{"PUBLISH before CONNECT", "mqtt", "> 300400016161\n", "no PUBLISH in the state connecting", spec.FromClient},
		{"reserved flags", "mqtt", "> 100c00044d51545404020000 0000\n< 24020000\n", "a frame as the table lays it out", spec.FromServer},
		{"no preface", "http2", "> 474554202f20485454502f312e310d0a0d0a\n", "frames as the table lays them out", spec.FromClient},
		{"PING of 7 bytes", "http2", "< 000000040000000000 000007060000000000 00000000000000\n", "a frame as the table lays it out", spec.FromServer},
		{"unknown type", "http2", "< 000000040000000000 0000017f0000000000 00\n", "", ""},
		{"empty extras", "memcached", "> 8000000300000000000000030000000700000000000000006b6579\n< 810000000000000000000001000000070000000000000000ff\n", "a frame as the table lays it out", spec.FromServer},
		{"unknown opcode", "memcached", "> 805500000000000000000000000000070000000000000000\n< 815500000000008100000000000000070000000000000000\n", "a frame as the table lays it out", spec.FromClient},
		{"the server failed", "memcached", "> 800a00000000000000000000000000070000000000000000\n< 810a00000000008400000000000000070000000000000000\n", "no error that is the server's own fault", spec.FromServer},
		{"no tag", "postgres", "> 0000000804d2162f\n< 58\n", "a frame as the table lays it out", spec.FromServer},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := overhear(t, otherTable(t, tt.table), tt.recording)
			switch {
			case tt.want == "":
				for _, f := range k.Findings {
					t.Errorf("the %s: expected %s, got %s", f.Side, f.Expected, f.Got)
				}
			case len(k.Findings) != 1 || k.Findings[0].Expected != tt.want || k.Findings[0].Side != tt.side:
				t.Errorf("got %+v, want that the %s is to send %q", k.Findings, tt.side, tt.want)
			}
		})
	}
}
