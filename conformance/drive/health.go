package drive

import (
	"fmt"
	"slices"
	"sync"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/run"
	"github.com/wirelaw/wirelaw/spec"
)

// enough is how many cases must wait in vain, twice each, for the same before no other waits for it.
const enough = 3

// health is what is known of a client: what it has never done is not waited for again and again.
type health struct {
	codec *dynamic.Codec

	mu    sync.Mutex
	came  map[string]bool // requests that it has sent
	vain  map[string]int  // how many cases have waited in vain for a request
	stuck map[string]int  // how many of a family have waited in vain, whatever for
}

func newHealth(c *dynamic.Codec) *health {
	return &health{codec: c, came: map[string]bool{}, vain: map[string]int{}, stuck: map[string]int{}}
}

// learn takes in what became of a case. A failure that is the lack of a request is about that request.
func (h *health) learn(c *run.Case, r *conformance.Result) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if r.Transcript != nil {
		events, _ := r.Transcript.Events()
		for _, e := range events {
			if e.From != spec.FromClient || len(e.Frame) < h.codec.HeaderSize() {
				continue
			}
			if m := h.codec.Lookup(e.From, h.codec.ParseHeader(e.Frame).Opcode); m != nil {
				h.came[m.Name] = true
			}
		}
	}
	f := r.Finding
	if r.Verdict != conformance.Fail || f.Kind != conformance.KindTimeout {
		return
	}
	if m := h.codec.Protocol().Message(f.Expected); m != nil && m.From == spec.FromClient {
		f.Request = m.Name
		h.vain[m.Name]++
	}
	if c.Family != "" {
		h.stuck[c.Family]++
	}
}

// blocks says why a case is not worth the wait, "" if it is.
func (h *health) blocks(c *run.Case) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, m := range h.codec.Protocol().Messages {
		if h.vain[m.Name] >= enough && !h.came[m.Name] && slices.Contains(c.Uses, m.Name) {
			return never(m.Name)
		}
	}
	if c.Family != "" && h.stuck[c.Family] >= enough {
		return fmt.Sprintf("cases like it (%s) wait in vain", c.Family)
	}
	return ""
}

// reasons gives the failures for which others are blocked the same reason.
func (h *health) reasons(results []*conformance.Result) {
	for _, r := range results {
		if f := r.Finding; r.Verdict == conformance.Fail && f.Kind == conformance.KindTimeout && r.Reason == "" && h.vain[f.Request] >= enough && !h.came[f.Request] {
			r.Reason = never(f.Request)
		}
	}
}

func never(request string) string { return request + " is never sent" }
