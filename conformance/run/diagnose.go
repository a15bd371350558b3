package run

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// diagnose fills in the problem and the hints after a first contact that failed. Each thing that is tried may take wait.
func (k *Contact) diagnose(ctx context.Context, request *spec.Message, dial func(context.Context) (net.Conn, error), end error, wait time.Duration) {
	silent := isTimeout(end)
	if ctx.Err() != nil {
		k.Problem = "the run was called off: " + context.Cause(ctx).Error()
		return
	}
	if len(k.Got) == 0 {
		switch {
		case silent:
			k.Problem = fmt.Sprintf("it accepts connections but does not answer %s", request.Name)
		case end == io.EOF || end == nil:
			k.Problem = fmt.Sprintf("it closes the connection instead of answering %s", request.Name)
		default:
			k.Problem = fmt.Sprintf("it breaks the connection instead of answering %s: %v", request.Name, end)
		}
		k.probe(ctx, dial, wait)
		return
	}
	k.Problem = fmt.Sprintf("its answer to %s is not %s", request.Name, request.Reply.Name)
	k.read(request)
	if k.Hints == nil {
		k.Hints = append(k.Hints, fmt.Sprintf("after %d bytes it %s", len(k.Got), endText(end)))
	}
}

// read looks at what came, for a mistake that it shows.
func (k *Contact) read(request *spec.Message) {
	hint := func(format string, args ...any) { k.Hints = append(k.Hints, fmt.Sprintf(format, args...)) }
	got := k.Got
	switch {
	case bytes.HasPrefix(got, k.Sent[:min(len(k.Sent), len(got))]) && len(got) >= min(8, len(k.Sent)):
		hint("it sends back what it is sent: this looks like an echo service")
		return
	case len(got) >= 3 && (got[0] == 0x15 || got[0] == 0x16) && got[1] == 3 && got[2] <= 4:
		hint("it answers with a TLS record: try --tls")
		return
	case bytes.HasPrefix(got, []byte("HTTP/")):
		hint("it answers with HTTP: this looks like a web server")
		return
	case text(got):
		hint("it answers with text, %q: this looks like another protocol, or a server that writes messages as text", clip(got))
		return
	}
	first := got[:k.bodyEnd()] // more may have come behind it
	if !wholeFrame(k.codec, got) || len(k.first()) != len(first) {
		for _, m := range mistakes(k.codec) {
			if m.fits(k.codec, request, first) || m.fits(k.codec, request, got) {
				hint("%s", m.text)
			}
		}
	}
	if k.Hints == nil && wholeFrame(k.codec, got) {
		k.readFrame(request, hint)
	}
	if k.Hints == nil && len(got) >= k.codec.HeaderSize() {
		h, size, err := k.codec.HeaderOf(nil, spec.FromServer, got)
		switch {
		case k.codec.Lookup(spec.FromServer, h.Opcode) == nil:
			hint("its first bytes are no frame: no message of a server has opcode %#02x", h.Opcode)
		case err != nil:
			hint("%v", err)
		case size > 0:
			hint("it announces a frame of %d bytes and sends %d", h.Length, len(got)-size)
		}
	}
}

// bodyEnd says where the first body ends by the layout of its fields, whatever its length says; all of what came if they do not tell.
func (k *Contact) bodyEnd() int {
	h, size, err := k.codec.HeaderOf(nil, spec.FromServer, k.Got)
	m := k.codec.Lookup(spec.FromServer, h.Opcode)
	if err != nil || size == 0 || m == nil {
		return len(k.Got)
	}
	h.Length = k.codec.Length(len(k.Got) - size)
	whole := k.codec.SetHeader(spec.FromServer, slices.Clone(k.Got), h)
	spans := k.codec.Annotate(spec.FromServer, whole)
	beyond := func(s dynamic.Span) bool { f := m.Field(s.Path); return s.Path == "?" || f != nil && f.Type.Ignore }
	if i := slices.IndexFunc(spans, beyond); i >= 0 {
		return max(size, spans[i].Offset-(len(whole)-len(k.Got)))
	}
	return len(k.Got)
}

// readFrame explains a frame that is whole but not the one that is due.
func (k *Contact) readFrame(request *spec.Message, hint func(string, ...any)) {
	h := k.codec.ParseHeader(k.Got)
	m := k.codec.Lookup(spec.FromServer, h.Opcode)
	msg, err := k.codec.Decode(spec.FromServer, k.first(), nil)
	var refusal *spec.Error
	refused := false
	if err == nil {
		refusal, _, refused = k.codec.Refusal(msg)
	}
	switch {
	case m == nil:
		hint("its first bytes are no frame of this protocol: no message of a server has opcode %#02x", h.Opcode)
	case err != nil:
		hint("%v", err)
	case m.IsError:
		var parts []string
		for _, f := range msg.Spec.Fields {
			if v, ok := msg.Get(f.Name); ok && !f.Type.Ignore {
				parts = append(parts, k.codec.FormatValue(f.Type, v))
			}
		}
		hint("it refuses the request: %s", strings.Join(parts, ", "))
	case refused && refusal != nil:
		hint("it refuses the request: %s, %s", m.Name, refusal.Name)
	case refused:
		hint("it refuses the request with %s, by an error that the table does not have", m.Name)
	case m != request.Reply:
		hint("it answers with %s", m.Name)
	default:
		hint("its reply bears the id %d, the request had %d", h.ID, k.codec.ParseHeader(k.Sent).ID)
	}
}

// A mistake is a usual way to get the header wrong.
type mistake struct {
	text string
	send func(frame []byte) []byte                                      // the request with this mistake
	fits func(c *dynamic.Codec, request *spec.Message, got []byte) bool // whether an answer has this mistake
}

// mistakes lists those that the table allows for.
func mistakes(c *dynamic.Codec) (list []mistake) {
	p := c.Protocol()
	length := p.Length()
	if length == nil {
		return nil
	}
	reply := func(request *spec.Message, got []byte) bool {
		return len(got) >= c.HeaderSize() && (c.ParseHeader(got).Opcode == request.Reply.Code || errorCode(c, c.ParseHeader(got).Opcode))
	}
	// How long an answer says it is, and how long its body is.
	sizes := func(got []byte) (said, left uint64) {
		h, size, _ := c.HeaderOf(nil, spec.FromServer, got)
		return h.Length, uint64(len(got) - size)
	}
	whole := c.Plain() && !slices.ContainsFunc(p.Main().Fields, func(f *spec.Field) bool { return f.Type.Bits > 0 })
	turned := func(got []byte) uint64 { said, _ := sizes(got); return said }
	off := offsetOf(p, length)
	if whole && length.Type.Width > 1 {
		big, little := "big-endian", "little-endian"
		if !p.BigEndian {
			big, little = little, big
		}
		width := length.Type.Width
		turn := func(f []byte) []byte {
			f = slices.Clone(f)
			slices.Reverse(f[off : off+width])
			return f
		}
		turned = func(got []byte) uint64 { said, _ := sizes(turn(got)); return said }
		list = append(list, mistake{
			text: fmt.Sprintf("your %s looks %s; it is %s", length.Name, little, big),
			send: turn,
			fits: func(_ *dynamic.Codec, r *spec.Message, got []byte) bool {
				if !reply(r, got) {
					return false
				}
				said, left := sizes(got)
				return turned(got) == left && said != left
			},
		})
	}
	list = append(list, mistake{
		text: fmt.Sprintf("your %s looks as if it counted the header too; it counts the %s only", length.Name, strings.Join(length.Counts, ", ")),
		send: func(f []byte) []byte {
			h, size, _ := c.HeaderOf(nil, spec.FromClient, f)
			h.Length += uint64(size)
			return c.SetHeader(spec.FromClient, slices.Clone(f), h)
		},
		fits: func(_ *dynamic.Codec, r *spec.Message, got []byte) bool {
			if !reply(r, got) {
				return false
			}
			said, _ := sizes(got)
			return said == uint64(len(got)) || turned(got) == uint64(len(got))
		},
	})
	if id := p.Correlation(); id != nil && whole {
		idOff := offsetOf(p, id)
		list = append(list, mistake{
			text: fmt.Sprintf("your frames look as if they had no %s: it stands in every header", id.Name),
			send: func(f []byte) []byte { return slices.Delete(slices.Clone(f), idOff, idOff+id.Type.Width) },
			fits: func(_ *dynamic.Codec, r *spec.Message, got []byte) bool {
				if !reply(r, got) {
					return false
				}
				said, left := sizes(got)
				left += uint64(id.Type.Width)
				return off < idOff && (said == left || turned(got) == left)
			},
		})
	}
	return list
}

func errorCode(c *dynamic.Codec, opcode uint64) bool {
	m := c.Lookup(spec.FromServer, opcode)
	return m != nil && m.IsError
}

// offsetOf says where in the header a field lies, in a header of whole bytes.
func offsetOf(p *spec.Protocol, field *spec.Field) (off int) {
	for _, f := range p.Main().Of(spec.FromClient) {
		if f == field {
			break
		}
		off += f.Type.Width
	}
	return off
}

// probe tries the mistakes, each on a connection of its own, all at a time: a server that answers one of them makes it.
func (k *Contact) probe(ctx context.Context, dial func(context.Context) (net.Conn, error), wait time.Duration) {
	list := mistakes(k.codec)
	list = append(list, mistake{
		text: "it answers a line of text: this looks like a text protocol",
		send: func([]byte) []byte { return []byte("HELP\r\n") },
	})
	hints := make([]string, len(list)+1)
	var all sync.WaitGroup
	for i, m := range list {
		all.Go(func() {
			got, _, err := exchange(ctx, dial, m.send(k.Sent), wait, func(b []byte) bool { return len(b) >= k.codec.HeaderSize() || text(b) })
			if err == nil && len(got) > 0 && (m.fits == nil) == text(got) {
				hints[i] = m.text
				if m.fits == nil {
					hints[i] += fmt.Sprintf(" (it said %q)", clip(got))
				}
			}
		})
	}
	all.Go(func() {
		dialing, cancel := context.WithTimeout(ctx, wait)
		defer cancel()
		nc, err := dial(dialing)
		if err != nil {
			return
		}
		defer nc.Close()
		if _, secure := nc.(*tls.Conn); secure {
			return
		}
		if tls.Client(nc, &tls.Config{InsecureSkipVerify: true}).HandshakeContext(dialing) == nil {
			hints[len(list)] = "it speaks TLS: try --tls"
		}
	})
	all.Wait()
	if len(k.Got) > 0 {
		return // a server that says anything to anybody proves nothing by answering again
	}
	for _, h := range hints {
		if h != "" {
			k.Hints = append(k.Hints, h)
		}
	}
}

// text reports whether bytes look like lines for people.
func text(b []byte) bool {
	if len(b) < 2 || !utf8.Valid(b) {
		return false
	}
	for _, r := range string(b) {
		if r < ' ' && r != '\r' && r != '\n' && r != '\t' || r == 0x7f {
			return false
		}
	}
	return true
}

func clip(b []byte) string { return string(b[:min(len(b), 60)]) }
