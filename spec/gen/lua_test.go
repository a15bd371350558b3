package gen_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
	"github.com/wirelaw/wirelaw/spec/gen"
)

// A node is an element of PDML, what tshark says of a packet.
type node struct {
	Name  string `xml:"name,attr"`
	Label string `xml:"showname,attr"`
	Show  string `xml:"show,attr"`
	Pos   int    `xml:"pos,attr"`
	Size  int    `xml:"size,attr"`
	Proto []node `xml:"proto"`
	Field []node `xml:"field"`
}

// all returns n and what is in it.
func (n *node) all() []node {
	out := []node{*n}
	for _, list := range [][]node{n.Proto, n.Field} {
		for i := range list {
			out = append(out, list[i].all()...)
		}
	}
	return out
}

// label is what the tree says.
func (n *node) label() string {
	if n.Label != "" {
		return n.Label
	}
	return n.Show
}

// dissect runs tshark with the dissector of a table over a capture, and returns its packets. What other dissectors say is left out.
func dissect(t testing.TB, p *spec.Protocol, capture []byte, prefs ...string) []node {
	t.Helper()
	return dissectWith(t, p, capture, nil, prefs...)
}

// dissectWith is dissect with further arguments of tshark.
func dissectWith(t testing.TB, p *spec.Protocol, capture []byte, more []string, prefs ...string) []node {
	t.Helper()
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("there is no tshark")
	}
	text, err := gen.Lua(p)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	script, file := filepath.Join(dir, p.ID+".lua"), filepath.Join(dir, "capture.pcap")
	put(t, script, text)
	put(t, file, string(capture))
	args := []string{"-X", "lua_script:" + script, "-r", file, "-T", "pdml", "-J", dissectorName(p), "-o", "tcp.relative_sequence_numbers:TRUE"}
	args = append(args, more...)
	for _, pref := range prefs {
		args = append(args, "-o", dissectorName(p)+"."+pref)
	}
	cmd := exec.Command(tshark, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, errs.String())
	}
	if strings.Contains(errs.String(), "ua") && strings.Contains(errs.String(), "rror") {
		t.Fatalf("%s", errs.String())
	}
	var pdml struct {
		Packets []node `xml:"packet"`
	}
	if err := xml.Unmarshal(out.Bytes(), &pdml); err != nil {
		t.Fatalf("%v: %.500s", err, out.String())
	}
	return pdml.Packets
}

// TestLuaAgrees shows the vectors of all tables to the dissector, each on a connection of its own, and compares the trees with what
// the interpreter says: the same parts at the same places, and the same fault.
func TestLuaAgrees(t *testing.T) {
	for name, p := range tables(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := dynamic.New(p)
			byState := map[string][]frameIn{}
			for _, v := range vectors(t, p) {
				f := frameIn{spec.Direction(v.From), p.State(v.State), v.bytes(t)}
				// The dissector waits for what is missing, and takes what is too much for another frame.
				if n, err := c.Split(f.state, f.from, f.frame); err == nil && n == len(f.frame) && n < 60000 {
					byState[v.State] = append(byState[v.State], f)
				}
			}
			for state, frames := range byState {
				compareTrees(t, c, state, frames)
			}
		})
	}
}

// TestLuaAgreesOnDamage is the same with fuzzed frames.
func TestLuaAgreesOnDamage(t *testing.T) {
	for name, p := range tables(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := dynamic.New(p)
			byState := map[string][]frameIn{}
			n := *dissected
			if testing.Short() {
				n /= 10
			}
			for _, f := range fuzzed(t, p, 2, n) {
				if size, err := c.Split(f.state, f.from, f.frame); err == nil && size == len(f.frame) && size > 0 {
					state := ""
					if f.state != nil {
						state = f.state.Name
					}
					byState[state] = append(byState[state], f)
				}
			}
			for state, frames := range byState {
				compareTrees(t, c, state, frames)
			}
		})
	}
}

var dissected = flag.Int("lua-frames", 300, "how many fuzzed frames of each table the dissector has to agree on")

const testPort = 7999

func compareTrees(t *testing.T, c *dynamic.Codec, state string, frames []frameIn) {
	t.Helper()
	p := c.Protocol()
	segments := make([]segment, len(frames))
	for i, f := range frames {
		segments[i] = segment{i, f.from, f.frame}
	}
	packets := dissect(t, p, pcap(testPort, segments), "port:7999", "secrets:TRUE", "state:"+state)
	if len(packets) != len(frames) {
		t.Fatalf("%d packets, %d frames", len(packets), len(frames))
	}
	wrong := 0
	for i, f := range frames {
		tree := packets[i].all()
		for _, n := range tree {
			if strings.Contains(n.label(), "Lua Error") {
				t.Fatalf("% x: %s", f.frame, n.label())
			}
		}
		for _, fault := range append(missing(c, f, tree), wrongFault(c, f, tree)...) {
			t.Errorf("%s in %q: %s: %s", f.from, state, gen.HexRuns(f.frame), fault)
			if wrong++; wrong > 10 {
				t.Fatal("and so on")
			}
		}
	}
}

// missing says which parts of a frame a tree lacks.
func missing(c *dynamic.Codec, f frameIn, tree []node) (out []string) {
	shown := map[string]bool{}
	for _, n := range tree {
		shown[n.label()] = true
		if path, _, ok := strings.Cut(n.label(), ": "); ok {
			shown[fmt.Sprintf("%s %d %d", path, n.Pos-overhead, n.Size)] = true
		}
		label, _, _ := strings.Cut(n.label(), " ms")
		label, _, _ = strings.Cut(label, " s")
		shown[label] = true
	}
	end := len(f.frame)
	_, err := c.DecodeIn(f.state, f.from, f.frame, nil)
	if e, ok := errors.AsType[*codec.Error](err); ok {
		switch e.Because { // behind such a fault each one guesses as it likes
		case codec.BecauseTruncated, codec.BecauseLength, codec.BecauseVarint, codec.BecauseBool, codec.BecauseTrailing, codec.BecauseUTF8:
			end = e.Offset
		}
	}
	for _, s := range c.AnnotateIn(f.state, f.from, f.frame) {
		switch {
		case s.Path == "?" || s.Offset+s.Len > end:
		case s.Parts != nil:
			for _, part := range s.Parts {
				if !shown[part.Path+": "+part.Text] {
					out = append(out, fmt.Sprintf("%s: %s is not shown", part.Path, part.Text))
				}
			}
		case !shown[fmt.Sprintf("%s %d %d", s.Path, s.Offset, s.Len)]:
			out = append(out, fmt.Sprintf("%s is not shown at %d to %d", s.Path, s.Offset, s.Offset+s.Len))
		case !strings.ContainsAny(s.Text, "\"\\ []") && len(s.Text) < 100 && !shown[s.Path+": "+s.Text]:
			out = append(out, fmt.Sprintf("%s: %s is not shown", s.Path, s.Text))
		}
	}
	return out
}

// wrongFault says whether a tree complains of something else than the interpreter.
func wrongFault(c *dynamic.Codec, f frameIn, tree []node) []string {
	want := "nothing"
	_, err := c.DecodeIn(f.state, f.from, f.frame, nil)
	if e, ok := errors.AsType[*codec.Error](err); ok {
		field := e.Field
		if field == "" {
			field = "body"
		}
		want = fmt.Sprintf("%s.%s", field, e.Because)
		if e.Limit > 0 {
			want += " " + fmt.Sprint(int64(e.Limit)) // the bits of a signed number, and no table has a larger one
		}
		if e.Name != "" {
			want += ", " + e.Name
		}
		want += fmt.Sprintf(", at %d", e.Offset)
	}
	got := "nothing"
	for _, n := range tree {
		_, words, ok := strings.Cut(n.label(), "): ")
		if n.Name == "_ws.expert" && ok && !strings.Contains(words, "refused") && strings.Contains(words, ", at ") {
			got = words
		}
	}
	if got != want {
		return []string{fmt.Sprintf("the dissector complains of %s, the interpreter of %s", got, want)}
	}
	return nil
}

// dissectorName is the name under which Wireshark knows the dissector: not that of one that it has.
func dissectorName(p *spec.Protocol) string {
	if p.ID == "mqtt" || p.ID == "http2" {
		return p.ID + "_wl"
	}
	return p.ID
}
