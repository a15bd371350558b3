package report

import (
	"encoding/json"
	"io"
	"sync"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/run"
)

// A Stream writes what JSON writes while it comes, so that what was judged is there even if the judge is killed. Every case is one line of type
// "case". Where the verdict may still change, a line of type "open" tells of it first, and the case comes before the end. The zero value does
// not work: see NewStream. It is safe for use by many goroutines.
type Stream struct {
	how How

	mu      sync.Mutex
	enc     *json.Encoder
	b       *builder // nil: nothing is written yet
	secrets *secrets
	told    map[string]bool // the cases that are written for good
	err     error           // the first
}

// NewStream returns a stream that writes to w.
func NewStream(w io.Writer, how How) *Stream {
	s := &Stream{how: how, enc: json.NewEncoder(w), told: map[string]bool{}}
	s.enc.SetEscapeHTML(false)
	return s
}

// Begin writes the head, from what is known after the first contact.
func (s *Stream) Begin(r *run.Report) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, head := newBuilder(r, s.how)
	s.b, s.secrets = b, newSecrets(r.Protocol)
	s.write(headLine{"run", head})
}

// Result writes a case: for good if its verdict stands. A failure may turn out to be the cause of others or of theirs, and any verdict may be
// known.
func (s *Stream) Result(res *conformance.Result) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.b == nil {
		return
	}
	if res.Transcript != nil && (res.Finding != nil || res.Reason != "") {
		events, _ := res.Transcript.Events()
		s.secrets.learn(s.b.c, events)
		s.b.hide(s.secrets)
	}
	c := s.b.result(res)
	if s.how.Known || res.Verdict == conformance.Fail {
		s.write(caseLine{"open", c})
		return
	}
	s.result(c)
}

// result writes a case for good.
func (s *Stream) result(c *Case) {
	if !s.told[c.ID] {
		s.told[c.ID] = true
		s.write(caseLine{"case", c})
	}
}

// End writes what is not there yet, and the end. It returns the first error of the stream.
func (s *Stream) End(all *Run) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.b == nil {
		s.write(headLine{"run", all.Head})
	}
	for _, c := range all.Cases {
		s.result(c)
	}
	s.write(endLine{"end", all.End})
	return s.err
}

func (s *Stream) write(line any) { s.err = firstError(s.err, s.enc.Encode(line)) }

func firstError(first, then error) error {
	if first != nil {
		return first
	}
	return then
}
