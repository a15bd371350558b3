package gen

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// HexRuns is for tests.
var HexRuns = hexRuns

// Sharers counts the messages with the layout, a side and the opcode of m.
func Sharers(p *spec.Protocol, m *spec.Message) int { return len(sharers(p, m)) }

// Outcome says what becomes of a frame as the interpreter has it, as the codec in Python answers in its line mode.
func Outcome(c *dynamic.Codec, state *spec.State, from spec.Direction, frame []byte) map[string]any {
	d := &deriver{p: c.Protocol(), c: c}
	out := d.judge(state, from, frame)
	var o object
	switch {
	case out.accept != nil:
		o.text("message", out.accept.Spec.Name)
		o.add("accept", d.jsonMessage(out.accept))
		again, err := d.encode(out.accept, from)
		if err != nil {
			o.text("encoded", err.Error())
			break
		}
		o.text("encoded", fmt.Sprintf("%x", again))
	case out.reject != nil:
		o.add("reject", jsonReject(out))
	default:
		o.add("incomplete", "true")
	}
	var m map[string]any
	dec := json.NewDecoder(strings.NewReader(o.String()))
	dec.UseNumber()
	if err := dec.Decode(&m); err != nil {
		panic(err)
	}
	return m
}
