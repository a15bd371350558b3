package derive_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/conformance/derive"
	"github.com/wirelaw/wirelaw/spec"
	"github.com/wirelaw/wirelaw/spec/check"
	"github.com/wirelaw/wirelaw/spec/gen"
)

var whole = flag.Bool("whole", false, "make every change of every table, not one in seven")

// TestEveryConstraintIsHeld changes, for each table, one constraint after the other, and sees that the table is refused, that one of its vectors
// fails, that a frame that follows from the table or a recorded connection is judged in another way, or that other cases follow. A
// constraint that could be anything without being noticed would be one that no implementation is held to. There are some thousand changes: one in
// seven is made, all with -whole.
func TestEveryConstraintIsHeld(t *testing.T) {
	files, err := filepath.Glob("../../testdata/specs/*.yaml")
	if err != nil || len(files) < 4 {
		t.Fatal("no tables")
	}
	excused, ran := map[int]bool{}, 0
	for _, file := range append(files, "../../spec/chat.yaml") {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p, err := spec.Load(file, src)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(p.ID, func(t *testing.T) {
			ran++
			(&holder{t: t, p: p, seen: map[any]bool{}, excused: excused}).hold()
		})
	}
	for i, e := range inWords {
		if *whole && !excused[i] && ran > len(files) {
			t.Errorf("no change needs the excuse %s: %s", e.what, e.reason)
		}
	}
}

// A holder changes a table and finds out who notices.
type holder struct {
	t       *testing.T
	p       *spec.Protocol
	vectors []derived
	talks   []talk
	heard   string // what the talks are by the table
	cases   string
	seen    map[any]bool

	tried   int // how many changes there were so far
	noticed map[string]int
	excused map[int]bool // the lines of inWords that were needed
	loose   []string
}

// A derived is a vector that follows from the table.
type derived struct {
	message *spec.Message
	from    spec.Direction
	state   *spec.State
	frame   []byte
	want    string
}

func (h *holder) hold() {
	c := dynamic.New(h.p)
	h.vectors = append(h.derived(c), h.cells(c)...)
	h.talks = recorded(h.t, h.p.ID)
	h.heard, h.cases = h.listen(c), h.casesNow()
	if who := h.notices(); who != "" {
		h.t.Fatalf("the table itself is not held: %s", who)
	}
	h.noticed = map[string]int{}
	h.all()
	h.t.Logf("noticed by %v", h.noticed)
	for _, what := range h.loose {
		h.t.Errorf("nobody notices: %s", what)
	}
}

// try changes something, sees who notices, and changes it back.
func (h *holder) try(what string, change, back func()) {
	if h.tried++; !*whole && h.tried%7 != 0 {
		return
	}
	change()
	defer back()
	who := h.notices()
	if who == "" && h.inWords(what) {
		who = "readers of the document alone"
	}
	if h.noticed[who]++; who == "" {
		h.loose = append(h.loose, what)
	}
}

// set tries another value of a variable.
func set[T any](h *holder, what string, at *T, v T) {
	old := *at
	h.try(what, func() { *at = v }, func() { *at = old })
}

// Who notices a change.
const (
	theCheck = "the table's own vectors, or it makes no sense"
	aFrame   = "frames that follow from it"
	aTalk    = "recorded connections"
	aCase    = "cases that follow from it"
)

// notices tells who notices the change, "" if nobody does. A model that cannot be used at all makes no sense.
func (h *holder) notices() (who string) {
	defer func() {
		if recover() != nil {
			who = theCheck
		}
	}()
	if check.Check(h.p) != nil {
		return theCheck
	}
	c := dynamic.New(h.p)
	for _, v := range h.vectors {
		if h.outcome(c, &v) != v.want {
			return aFrame
		}
	}
	switch {
	case h.listen(c) != h.heard:
		return aTalk
	case h.casesNow() != h.cases:
		return aCase
	}
	return ""
}

// casesNow returns all cases that follow from the table; none if its frames are not of the form for which cases are derived.
func (h *holder) casesNow() string {
	if !dynamic.New(h.p).Plain() || h.p.Correlation() == nil || h.p.ErrorMessage() == nil {
		return ""
	}
	var b strings.Builder
	for _, c := range derive.Cases(h.p, derive.Options{}) {
		b.WriteString(c.ID + "\n" + string(c.Source()))
	}
	return b.String()
}

// derived returns the vectors that follow from the table, and what becomes of them by it.
func (h *holder) derived(c *dynamic.Codec) (out []derived) {
	var file struct {
		Vectors []struct{ Message, From, State, Frame string }
	}
	if err := json.Unmarshal([]byte(gen.Vectors(h.p)), &file); err != nil {
		h.t.Fatal(err)
	}
	for _, v := range file.Vectors {
		frame := runs(h.t, v.Frame)
		out = append(out, derived{message: h.p.Message(v.Message), from: spec.Direction(v.From), state: h.p.State(v.State), frame: frame})
	}
	for i := range out {
		out[i].want = h.outcome(c, &out[i])
	}
	return out
}

// cells returns a frame of each message of a client in each state, and one of each error.
func (h *holder) cells(c *dynamic.Codec) (out []derived) {
	for _, m := range h.p.Messages {
		frame, err := c.AppendFrom(nil, spec.FromClient, c.With(m, 1, nil))
		for _, s := range h.p.States {
			if m.SentBy(spec.FromClient) && err == nil && !s.End {
				out = append(out, derived{message: m, from: spec.FromClient, state: s, frame: frame})
			}
		}
	}
	if c.Plain() {
		out = append(out, h.headers(c)...)
	}
	for _, m := range h.p.Messages {
		for _, f := range m.Values() {
			for _, e := range h.p.Errors {
				if !f.Type.ErrorSet || e.Uncoded || !m.SentBy(spec.FromServer) {
					continue
				}
				msg := c.With(m, 1, nil)
				msg.Set(f.Name, e.Code)
				if frame, err := c.AppendFrom(nil, spec.FromServer, msg); err == nil {
					out = append(out, derived{message: m, from: spec.FromServer, state: append(m.In, nil)[0], frame: frame})
				}
			}
		}
	}
	for i := range out {
		out[i].want = h.outcome(c, &out[i])
	}
	return out
}

// headers returns headers with two faults each: the order of checks decides.
func (h *holder) headers(c *dynamic.Codec) (out []derived) {
	unused := uint64(1)
	for h.p.ByCode(spec.FromClient, unused) != nil {
		unused++
	}
	long := c.Length(int(h.p.MaxBody(nil)) + 1)
	known := h.p.Messages[0]
	for _, x := range []dynamic.Header{
		{Opcode: unused, Length: long, ID: 1}, {Opcode: unused, Length: c.Length(0)}, {Opcode: known.Code, Length: long},
	} {
		out = append(out, derived{message: known, from: spec.FromClient, state: h.p.Start(), frame: c.PutHeader(make([]byte, c.HeaderSize()), x)})
	}
	return out
}

// outcome tells what becomes of a frame: its values, or the error, where and why.
func (h *holder) outcome(c *dynamic.Codec, v *derived) string {
	var m *dynamic.Message
	var err error
	if v.from == spec.FromClient {
		msg, _, why := c.CheckRequest(v.state, v.frame, nil)
		if m = msg; why != nil {
			err = why
		}
	} else {
		m, err = c.DecodeIn(v.state, v.from, v.frame, nil)
	}
	var why *codec.Error
	if errors.As(err, &why) {
		return fmt.Sprint(why.Message, why.Name, why.Field, why.Because, why.Offset)
	}
	if m == nil {
		return "nothing"
	}
	again, err := c.AppendFrom(nil, v.from, m)
	return fmt.Sprintf("%s %d %v %x %v", m.Spec.Name, m.ID, values(c, m), again, err)
}

// values returns the values of a message as text, with the names that the table gives them.
func values(c *dynamic.Codec, m *dynamic.Message) (out []string) {
	for _, f := range m.Spec.Values() {
		if v, ok := m.Get(f.Name); ok {
			out = append(out, f.Name+"="+c.FormatValue(f.Type, v))
		}
	}
	return out
}

// runs reads hexadecimal in which 78*65 stands for 65 times the byte 78.
func runs(t *testing.T, text string) []byte {
	t.Helper()
	var out []byte
	for _, word := range strings.Fields(text) {
		digits, times, repeated := strings.Cut(word, "*")
		n := 1
		if repeated {
			n, _ = strconv.Atoi(times)
		}
		b, err := hex.DecodeString(digits)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, bytes.Repeat(b, n)...)
	}
	return out
}
