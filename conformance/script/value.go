package script

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// parseValue reads a value as transcripts have it: a string that begins with a double quote is a Go string literal,
// everything else is as dynamic has it.
func parseValue(c *dynamic.Codec, t *spec.Type, text string) (any, error) {
	if t.Kind == spec.KindString && strings.HasPrefix(text, `"`) {
		s, err := strconv.Unquote(text)
		if err != nil {
			return nil, fmt.Errorf("%s is no Go string literal, as text that begins with a double quote must be", text)
		}
		return s, nil
	}
	return c.ParseValue(t, text)
}

// formatValue is the text of a value that parseValue reads back.
func formatValue(c *dynamic.Codec, t *spec.Type, v any) string {
	text := c.FormatValue(t, v)
	if t.Kind == spec.KindString && strings.HasPrefix(text, `"`) {
		return strconv.Quote(text)
	}
	return text
}

// showValue is a value for people: short, one line, secrets hidden.
func showValue(c *dynamic.Codec, t *spec.Type, v any) string {
	if t.Secret || t.Elem != nil && t.Elem.Secret {
		return "[secret]"
	}
	text := c.FormatValue(t, v)
	if t.Kind == spec.KindString {
		text = strconv.Quote(text)
	}
	return shorten(text)
}

func shorten(text string) string {
	const most = 200
	if len(text) <= most {
		return text
	}
	return fmt.Sprintf("%s… (%d bytes)", strings.ToValidUTF8(text[:most/2], ""), len(text))
}

// fieldOf finds a field of a message, in it or in its header; the error suggests another.
func fieldOf(m *spec.Message, name string) (*spec.Field, error) {
	var names []string
	for _, f := range m.Fields {
		if f.Name == name {
			return f, nil
		}
		names = append(names, f.Name)
	}
	for _, f := range m.Head {
		switch {
		case f.Role != spec.RoleNone || len(f.Counts) > 0:
		case f.Name == name:
			return f, nil
		default:
			names = append(names, f.Name)
		}
	}
	return nil, near(spec.Nearest(name, names), "%s has no field %q", m.Name, name)
}

// messageOf finds a message that a side sends.
func messageOf(p *spec.Protocol, from spec.Direction, name string) (*spec.Message, error) {
	if m := p.Message(name); m != nil && m.SentBy(from) {
		return m, nil
	}
	var names []string
	for _, m := range p.Messages {
		if m.SentBy(from) {
			names = append(names, m.Name)
		}
	}
	return nil, near(spec.Nearest(name, names), "a %s sends no message %q", from, name)
}

// needAnswer checks that a name is that of a message of the server or of an error.
func (x *expander) needAnswer(name string) error {
	if m := x.r.Protocol.Message(name); m != nil && m.SentBy(spec.FromServer) || x.r.Protocol.Error(name) != nil {
		return nil
	}
	return fmt.Errorf("%q is neither a message of the server nor an error", name)
}

// hexBytes reads the words of sendraw: hex, with or without 0x, and 78*16385 for a repeated byte.
func hexBytes(words []string) ([]byte, error) {
	var out []byte
	for _, w := range words {
		w = strings.TrimPrefix(w, "0x")
		digits, count, repeat := strings.Cut(w, "*")
		n := 1
		if repeat {
			var err error
			if n, err = strconv.Atoi(count); err != nil || n < 0 || n > 1<<24 {
				return nil, fmt.Errorf("%q: how often?", w)
			}
		}
		b, err := decodeHex(digits)
		if err != nil {
			return nil, err
		}
		if len(out)+n*len(b) > 1<<25 {
			return nil, fmt.Errorf("more than 32 MiB at once")
		}
		out = append(out, bytes.Repeat(b, n)...)
	}
	return out, nil
}

func decodeHex(s string) ([]byte, error) {
	if len(s)%2 != 0 {
		return nil, fmt.Errorf("%q are no bytes: two hex digits make one", s)
	}
	out, err := hex.DecodeString(s)
	if err != nil {
		return nil, fmt.Errorf("%q are no bytes: write hex", s)
	}
	return out, nil
}
