package derive

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// anID is the correlation of a frame that is written as bytes.
const anID = 1

// example is a legal request.
func (d *deriver) example(m *spec.Message) *dynamic.Message {
	msg := d.c.Example(m)
	msg.ID = anID
	return msg
}

// holding is a legal request that has a field, even if that depends on others, and the words of a transcript that set these.
func (d *deriver) holding(m *spec.Message, f *spec.Field) (msg *dynamic.Message, words []string) {
	msg = d.example(m)
	if f.If == nil || msg.Holds(f.If) {
		return msg, nil
	}
	on := f.If.Field
	msg, words = d.holding(m, on)
	value := any(f.If.Values[0])
	switch on.Type.Kind {
	case spec.KindBool:
		value = f.If.Values[0] == 1
	case spec.KindInt:
		value = int64(f.If.Values[0])
	}
	msg.Set(on.Name, value)
	d.c.Complete(msg, func(name string) bool { return name == on.Name })
	return msg, append(words, on.Name+"="+d.word(on.Type, value))
}

// bytes lays a message out, whatever it holds.
func (d *deriver) bytes(m *dynamic.Message) []byte { return d.c.AppendIllegal(nil, m) }

// header is a frame without a body, whose header says what it is told to.
func (d *deriver) header(opcode, length, id uint64) []byte {
	m := d.p.ByCode(spec.FromClient, opcode)
	if m == nil {
		m = d.p.Fence.Send
	}
	frame := make([]byte, d.c.HeaderSize())
	if m != nil { // the header has more to say than that
		frame = d.bytes(d.example(m))
		frame = frame[:d.head(frame)]
	}
	return d.c.SetHeader(spec.FromClient, frame, dynamic.Header{Opcode: opcode, Length: length, ID: id})
}

// head is the size of the header of a frame.
func (d *deriver) head(frame []byte) int {
	_, size, _ := d.c.HeaderOf(nil, spec.FromClient, frame)
	return size
}

// truthful reports whether the header of a frame says how long it is.
func (d *deriver) truthful(frame []byte) bool {
	h, size, _ := d.c.HeaderOf(nil, spec.FromClient, frame)
	n, _ := d.c.BodyLen(h)
	return n == uint64(len(frame)-size)
}

// sized lets the header of a message say that its body has n bytes.
func (d *deriver) sized(m *spec.Message, frame []byte, n int) []byte {
	return d.c.SetHeader(m.From, frame, dynamic.Header{Opcode: m.Code, Length: d.c.Length(n), ID: anID})
}

// raw is the line that sends bytes of frames on a connection: the fields of the first header apart, then the rest.
func (d *deriver) raw(conn string, b []byte) string {
	line := "sendraw " + conn
	for _, f := range d.p.Main().Of(spec.FromClient) {
		n := min(f.Type.Width, len(b))
		if f.Type.Kind != spec.KindUint || n == 0 {
			break
		}
		line += fmt.Sprintf(" %x", b[:n])
		b = b[n:]
	}
	for len(b) > 0 {
		run := len(b) - len(bytes.TrimLeft(b, string(b[:1])))
		if !uniform(b[:run]) {
			run = 1
		}
		if run >= 8 {
			line += fmt.Sprintf(" %02x*%d", b[0], run)
			b = b[run:]
			continue
		}
		n := 1
		for n < len(b) && !(n+8 <= len(b) && uniform(b[n:n+8])) {
			n++
		}
		line += fmt.Sprintf(" %x", b[:n])
		b = b[n:]
	}
	return line
}

func uniform(b []byte) bool {
	for _, x := range b {
		if x != b[0] {
			return false
		}
	}
	return true
}

// message is the line that sends a message with all its values written out, so that the bytes are always the same. More words may follow.
func (d *deriver) message(m *dynamic.Message, more ...string) string {
	words := []string{"sendraw a", m.Spec.Name}
	example := d.c.Example(m.Spec)
	for _, f := range m.Fields {
		usual, _ := example.Get(f.Name)
		for _, field := range m.Spec.Values() {
			if field.Name == f.Name && (!d.inHeader(f.Name) || !reflect.DeepEqual(f.Value, usual)) {
				words = append(words, f.Name+"="+d.word(field.Type, f.Value))
			}
		}
	}
	return strings.Join(append(words, more...), " ")
}

// inHeader reports whether a field of the header has that name, so that a transcript cannot name that of a body.
func (d *deriver) inHeader(name string) bool {
	return slices.ContainsFunc(d.p.Main().Fields, func(f *spec.Field) bool { return f.Name == name })
}

// request is the line that sends a right request; what must be new is new. More words may follow.
func (d *deriver) request(m *spec.Message, more ...string) string {
	words := []string{"send a", m.Name}
	if d.dear(m) {
		words = append(words, d.cheap(m)...)
	}
	return strings.Join(append(words, more...), " ")
}

// cheap returns the words that make a dear request one that can be refused at once: what should repeat another field does not.
// This is no fault by the checks of the table.
func (d *deriver) cheap(m *spec.Message) (words []string) {
	for _, f := range m.Fields {
		if f.SameAs == nil || f.SameAs.Message != m {
			continue
		}
		for _, b := range d.c.Boundaries(f.Type) {
			if v := dynamic.ExampleValue(f.Type); b.Legal && d.c.FormatValue(f.Type, v) != d.c.FormatValue(f.Type, b.Value) {
				words = append(words, f.Name+"="+d.word(f.Type, b.Value))
				break
			}
		}
	}
	return words
}

// word writes a value as transcripts have it.
func (d *deriver) word(t *spec.Type, v any) string {
	text := d.c.FormatValue(t, v)
	if t.Kind == spec.KindString {
		if plain(text) {
			return text
		}
		text = strconv.Quote(v.(string))
	}
	if plain(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", "''") + "'"
}

func plain(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/|") == ""
}

// long is how many bytes of a string are written out; what is longer and all the same is made by let.
const long = 80

// with is a request with one other value: the lines that send it, and its bytes with example values elsewhere.
func (d *deriver) with(m *spec.Message, f *spec.Field, v any, illegal bool) (lines []string, frame []byte) {
	msg, conditions := d.holding(m, f)
	msg.Set(f.Name, v)
	for _, other := range m.Fields {
		if o := other.SameAs; o != nil && o.Field == f && o.Message == m && other.Type.Error == f.Type.Error {
			msg.Set(other.Name, v)
		}
	}
	d.c.Complete(msg, func(name string) bool { return name == f.Name })
	value := d.word(f.Type, v)
	if s, ok := v.(string); ok && len(s) > long && uniform([]byte(s)) {
		lines = append(lines, fmt.Sprintf("let long %s *%d", d.word(f.Type, s[:1]), len(s)))
		value = "$long"
	}
	words := slices.Concat([]string{"send a", m.Name}, conditions, []string{f.Name + "=" + value})
	if _, err := d.c.Append(nil, msg); illegal || err != nil {
		words[0] = "sendraw a"
	}
	if d.dear(m) {
		for _, w := range d.cheap(m) {
			if !strings.HasPrefix(w, f.Name+"=") {
				words = append(words, w)
			}
		}
	}
	return append(lines, strings.Join(words, " ")), d.bytes(msg)
}

// fence is a right frame of the fence; nil if the table has none.
func (d *deriver) fence() []byte {
	if d.p.Fence.Send == nil {
		return nil
	}
	return d.bytes(d.example(d.p.Fence.Send))
}

// closing is the line that expects the end of the connection. A reset is one, too, unless a rule of the table is about it.
func (d *deriver) closing() string {
	if d.p.RuleWatched(spec.WatchClosing) == nil {
		return "expect-close a @or-reset"
	}
	return "expect-close a"
}

// early reports whether the header of a request tells by itself that the sizes in it do not fit: then a server need not wait for the rest.
func (d *deriver) early() bool {
	return slices.ContainsFunc(d.p.Main().Fields, func(f *spec.Field) bool {
		return len(f.Counts) > 0 && f != d.p.Length()
	})
}

// witness are the lines in which another connection finds the server as it was.
func (d *deriver) witness() []string {
	i := slices.IndexFunc(d.states, d.p.FencedIn)
	if i < 0 {
		return nil
	}
	return lines(d.opening("w", d.states[i]), []string{"fence w", "close w"})
}

// count is a number of bytes in words.
func count(n int) string {
	if n == 1 {
		return "1 byte"
	}
	return fmt.Sprintf("%d bytes", n)
}

// lines joins lists of lines.
func lines(parts ...[]string) []string { return slices.Concat(parts...) }
