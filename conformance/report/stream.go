package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"io"
	"sync"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/run"
)

// A Stream writes what JSON writes while it comes, so that what was judged is there even if the judge is killed. A case may come twice, if its
// verdict was settled later: the last line of it holds. The zero value does not work: see NewStream. It is safe for use by many goroutines.
type Stream struct {
	how How

	mu      sync.Mutex
	enc     *json.Encoder
	b       *builder // nil: nothing is written yet
	secrets *secrets
	lines   map[string][sha256.Size]byte // what was written last of each case
	err     error                        // the first
}

// NewStream returns a stream that writes to w.
func NewStream(w io.Writer, how How) *Stream {
	s := &Stream{how: how, enc: json.NewEncoder(w), lines: map[string][sha256.Size]byte{}}
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

// Result writes a case.
func (s *Stream) Result(res *conformance.Result) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.b == nil {
		return
	}
	if res.Finding != nil && res.Transcript != nil {
		events, _ := res.Transcript.Events()
		s.secrets.learn(s.b.c, events)
		s.b.hide(s.secrets)
	}
	s.result(s.b.result(res))
}

// result writes a case if it was not written so before.
func (s *Stream) result(c *Case) {
	line := caseLine{"case", c}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	if err := enc.Encode(line); err != nil {
		s.err = firstError(s.err, err)
		return
	}
	if sum := sha256.Sum256(b.Bytes()); s.lines[c.ID] != sum {
		s.lines[c.ID] = sum
		s.write(line)
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
