package gen

import (
	"fmt"
	"math"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

// A goHeader is the header of one layout, as one side sends it or as both do.
type goHeader struct {
	frame   *spec.Frame
	from    spec.Direction // "": both sides
	prefix  string         // of Go names
	fields  []*spec.Field  // without the body
	size    int            // bytes; the least if there is a varint
	varint  *spec.Field    // the last field, if it has a variable size
	own     int            // bytes of the header that the length counts
	maxBody uint64
	uses    [2]bool // whether the client, the server, has messages in it

	op, id, length, body *spec.Field // nil if there is none
}

// A headCell is a field of the header as a message has it.
type headCell struct {
	f        *spec.Field
	of       *spec.Field // the field of the layout in which it lies
	off, bit int         // where it begins: a byte of the frame, and a bit of that byte
	shift    int         // bits of the layout's field after it
}

// isPlain reports whether the frames are nothing but an opcode, a length, a correlation and a body, of whole bytes, and
// each opcode of a side is one message.
func (g *goCodec) isPlain() bool {
	p := g.p
	fields := p.Main().Fields
	if len(p.Frames) != 1 || len(fields) == 0 || p.Length() == nil || p.Opcode() == nil || p.Body() != fields[len(fields)-1] {
		return false
	}
	for _, fl := range fields[:len(fields)-1] {
		t := fl.Type
		role := fl.Role == spec.RoleOpcode || fl.Role == spec.RoleCorrelation || fl == p.Length() || t.Ignore
		if !role || t.Kind != spec.KindUint || t.Width == 0 || t.Varint > 0 || fl.From != "" {
			return false
		}
	}
	seen := map[string]bool{}
	for _, m := range p.Messages {
		key := fmt.Sprint(m.From, m.Code)
		if m.From == spec.FromBoth || seen[key] {
			return false
		}
		seen[key] = true
	}
	for _, c := range p.Checks {
		if c.Ignore {
			return false
		}
	}
	for _, e := range p.Errors {
		if e.Uncoded {
			return false
		}
	}
	return true
}

// layouts finds the headers of a table that is not plain.
func (g *goCodec) layouts() error {
	for i, f := range g.p.Frames {
		prefix := ""
		if i > 0 {
			prefix = goName(f.Name)
		}
		sides := []spec.Direction{""}
		for _, fl := range f.Fields {
			if fl.From == spec.FromClient || fl.From == spec.FromServer {
				sides = []spec.Direction{spec.FromClient, spec.FromServer}
			}
		}
		for _, side := range sides {
			h := &goHeader{frame: f, from: side, prefix: prefix}
			if side != "" {
				h.prefix += goName(string(side))
			}
			for _, m := range g.p.Messages {
				if m.Frame != f {
					continue
				}
				h.uses[0] = h.uses[0] || side != spec.FromServer && m.SentBy(spec.FromClient)
				h.uses[1] = h.uses[1] || side != spec.FromClient && m.SentBy(spec.FromServer)
				if m.From == spec.FromBoth && side != "" {
					return fmt.Errorf("%s: %s comes from both sides, whose headers differ", g.p.ID, m.Name)
				}
			}
			if h.uses == [2]bool{} {
				continue
			}
			if err := g.layout(h); err != nil {
				return fmt.Errorf("%s: %w", g.p.ID, err)
			}
			g.headers = append(g.headers, h)
		}
	}
	if len(g.headers) == 0 {
		return fmt.Errorf("%s: the table has no messages", g.p.ID)
	}
	return nil
}

// layout fills a header.
func (g *goCodec) layout(h *goHeader) error {
	from := h.from
	if from == "" {
		from = spec.FromClient
	}
	bits := 0
	for _, fl := range h.frame.Of(from) {
		t := fl.Type
		switch {
		case h.body != nil:
			return fmt.Errorf("header field %s stands after the body", fl.Name)
		case h.varint != nil && t.Kind != spec.KindRest:
			return fmt.Errorf("header field %s stands after %s, whose size varies", fl.Name, h.varint.Name)
		case t.Kind == spec.KindRest:
			h.body = fl
			continue
		case t.Kind == spec.KindUint && t.Varint > 0:
			h.varint = fl
			h.size++
		case t.Bits > 0:
			bits += t.Bits
			h.size += bits / 8
			bits %= 8
		case (t.Kind == spec.KindUint || t.Kind == spec.KindInt) && bits == 0:
			h.size += t.Width
		default:
			return fmt.Errorf("header field %s is no number", fl.Name)
		}
		switch fl.Role {
		case spec.RoleOpcode:
			h.op = fl
		case spec.RoleCorrelation:
			h.id = fl
		}
		h.fields = append(h.fields, fl)
	}
	if bits > 0 {
		return fmt.Errorf("the bits of the header %q fill no whole byte", h.frame.Name)
	}
	h.length = h.frame.Length()
	if h.varint != nil && h.varint != h.length {
		return fmt.Errorf("header field %s has a variable size and does not count the body", h.varint.Name)
	}
	h.maxBody = math.MaxUint32
	if h.length != nil {
		for _, fl := range h.fields {
			if !contains(h.length.Counts, fl.Name) {
				continue
			}
			if fl.Type.Bits > 0 || fl == h.varint {
				return fmt.Errorf("header field %s counts %s, which has no fixed number of bytes", h.length.Name, fl.Name)
			}
			h.own += fl.Type.Width
		}
		h.maxBody = h.length.Type.Widest() - uint64(h.own)
	}
	if h.body != nil && h.body.Type.Max != nil {
		h.maxBody = min(h.maxBody, *h.body.Type.Max)
	}
	if h.maxBody > math.MaxUint32 {
		return fmt.Errorf("a body of %d bytes is too large: give it a max of at most %d", h.maxBody, uint32(math.MaxUint32))
	}
	return nil
}

func contains(names []string, name string) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}

// header returns the header of the frames of m.
func (g *goCodec) headerOf(m *spec.Message) *goHeader {
	for _, h := range g.headers {
		if h.frame == m.Frame && (h.from == "" || h.from == m.From) {
			return h
		}
	}
	return nil
}

// headOf finds where the fields of a message's header lie.
func (g *goCodec) headOf(m *spec.Message) (cells []*headCell) {
	h := g.headerOf(m)
	bit := 0
	rest := m.Head
	for _, of := range h.fields {
		start, left := bit, bitsIn(of.Type)
		for end := bit + left; bit < end && len(rest) > 0; rest = rest[1:] {
			n := bitsIn(rest[0].Type)
			cells = append(cells, &headCell{f: rest[0], of: of, off: bit / 8, bit: bit % 8, shift: end - bit - n})
			bit += n
		}
		bit = start + left
	}
	return cells
}

// bitsIn is the size of a number in bits; that of a varint is the least.
func bitsIn(t *spec.Type) int {
	switch {
	case t.Bits > 0:
		return t.Bits
	case t.Varint > 0:
		return 8
	}
	return 8 * t.Width
}

// headFieldType is the Go type of a field of a header.
func (g *goCodec) headFieldType(h *goHeader, fl *spec.Field) string {
	if fl == h.op {
		return "Opcode"
	}
	return g.goType(fl.Type)
}

// wire is the variable with what the messages of a header have in common.
func (h *goHeader) wire() string { return "wire" + h.prefix }

// name is the Go name of the header's type.
func (h *goHeader) name() string { return h.prefix + "Header" }

// what names the layout in comments, with an article.
func (h *goHeader) what() string {
	words := "frame"
	if h.frame.Name != "" {
		words = h.frame.Name + " frame"
	}
	if h.from != "" {
		words += " of the " + string(h.from)
	}
	words = article(words)
	return strings.ToLower(words[:1]) + words[1:]
}
