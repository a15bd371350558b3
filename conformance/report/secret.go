package report

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/run"
	"github.com/wirelaw/wirelaw/spec"
)

// minSecret is the length in bytes from which on a secret is looked for in texts: shorter ones are parts of words.
const minSecret = 6

// A span is a part of a frame. Hidden: its bytes are, or may be, a secret.
type span struct {
	dynamic.Span
	hidden bool
}

// annotate explains a frame. Bytes that fit no field are hidden where the message has a secret, because they may be a part of it.
func annotate(c *dynamic.Codec, from spec.Direction, frame []byte) []span {
	secret := false
	if len(frame) >= c.HeaderSize() {
		m := c.Lookup(from, c.ParseHeader(frame).Opcode)
		secret = m != nil && slices.ContainsFunc(m.Fields, func(f *spec.Field) bool {
			return f.Type.Secret || f.Type.Elem != nil && f.Type.Elem.Secret
		})
	}
	var out []span
	for _, s := range c.Annotate(from, frame) {
		out = append(out, span{s, s.Text == "[secret]" || secret && s.Path == "?"})
	}
	return out
}

// secrets are values of secret fields, to be kept out of texts.
type secrets struct {
	names  map[string]bool // of the table: these words are no secrets
	values map[string]bool
}

func newSecrets(p *spec.Protocol) *secrets {
	s := &secrets{names: map[string]bool{}, values: map[string]bool{}}
	for _, m := range p.Messages {
		s.names[strings.ToLower(m.Name)] = true
		for _, f := range m.Fields {
			s.names[strings.ToLower(f.Name)] = true
		}
	}
	return s
}

// learn notes the secrets of what was said.
func (s *secrets) learn(c *dynamic.Codec, events []conformance.Event) {
	for _, e := range events {
		if e.Frame == nil {
			continue
		}
		for _, a := range c.Annotate(e.From, e.Frame) {
			value := string(e.Frame[a.Offset : a.Offset+a.Len])
			if a.Text == "[secret]" && len(value) >= minSecret && !s.names[strings.ToLower(value)] {
				s.values[value] = true
			}
		}
	}
}

// replacer returns what takes the secrets out of a text, be they written as they are or in hex.
func (s *secrets) replacer() *strings.Replacer {
	var pairs []string
	for v := range s.values {
		pairs = append(pairs, v, "[secret]", hex.EncodeToString([]byte(v)), "[secret]")
	}
	return strings.NewReplacer(pairs...)
}

// blot writes stars over the secrets in b, wherever they are, and over what is left of one that was cut short.
func (s *secrets) blot(b []byte) {
	for v := range s.values {
		for at := 0; ; {
			i := bytes.Index(b[at:], []byte(v[:minSecret]))
			if i < 0 {
				break
			}
			at += i
			for n := 0; n < len(v) && at < len(b) && b[at] == v[n]; n++ {
				b[at] = '*'
				at++
			}
		}
	}
}

// hidden returns the events with all secrets in their frames blotted.
func hidden(c *dynamic.Codec, events []conformance.Event) []conformance.Event {
	s := newSecrets(c.Protocol())
	s.learn(c, events)
	out := slices.Clone(events)
	for i, e := range out {
		if e.Frame == nil {
			continue
		}
		b := bytes.Clone(e.Frame)
		for _, a := range annotate(c, e.From, e.Frame) {
			if a.hidden {
				stars(b[a.Offset : a.Offset+a.Len])
			}
		}
		s.blot(b)
		out[i].Frame = b
	}
	return out
}

func stars(b []byte) {
	for i := range b {
		b[i] = '*'
	}
}

// secretsOf returns the secrets of all that was said in a run.
func secretsOf(c *dynamic.Codec, r *run.Report) *secrets {
	s := newSecrets(r.Protocol)
	for _, res := range r.Results {
		if res.Transcript != nil {
			events, _ := res.Transcript.Events()
			s.learn(c, events)
		}
	}
	return s
}
