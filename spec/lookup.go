package spec

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// where says where an entity and its keys stand in the table.
type where struct {
	path string
	pos  Pos
	keys map[string]Pos
}

// Where returns the place of the value of a key of an entity (a pointer out of the model), and the path of the key. If
// the key is not there, or is "", it returns the place and path of the entity itself.
func (p *Protocol) Where(entity any, key string) (Pos, string) {
	w := p.where[entity]
	if w == nil {
		return Pos{}, ""
	}
	if pos, ok := w.keys[key]; ok {
		return pos, strings.TrimPrefix(w.path+"."+key, ".")
	}
	return w.pos, w.path
}

// Section returns the place of a section of the table, such as "states". If the table does not have it, it returns where the
// table begins.
func (p *Protocol) Section(name string) Pos {
	if pos, ok := p.sections[name]; ok {
		return pos
	}
	return p.Pos
}

// find returns the first item that is right, or nil.
func find[T any](items []*T, right func(*T) bool) *T {
	for _, it := range items {
		if right(it) {
			return it
		}
	}
	return nil
}

// Message returns the message of that name, or nil.
func (p *Protocol) Message(name string) *Message {
	return find(p.Messages, func(m *Message) bool { return m.Name == name })
}

// ByCode returns the message that a side sends with an opcode, or nil.
func (p *Protocol) ByCode(from Direction, code uint64) *Message {
	return find(p.Messages, func(m *Message) bool { return m.SentBy(from) && m.Code == code })
}

// FencedIn reports whether the fence is to be had in s.
func (p *Protocol) FencedIn(s *State) bool {
	f := p.Fence
	return f.Send != nil && !s.End && f.Send.LegalIn(s) && (len(f.In) == 0 || slices.Contains(f.In, s))
}

// ErrorMessage returns the message that carries an error, or nil.
func (p *Protocol) ErrorMessage() *Message {
	return find(p.Messages, func(m *Message) bool { return m.IsError })
}

// Error returns the error of that name, or nil.
func (p *Protocol) Error(name string) *Error {
	return find(p.Errors, func(e *Error) bool { return e.Name == name })
}

// ErrorByCode returns the error with that code, or nil.
func (p *Protocol) ErrorByCode(code uint64) *Error {
	return find(p.Errors, func(e *Error) bool { return e.Code == code && !e.Uncoded })
}

// State returns the state of that name, or nil.
func (p *Protocol) State(name string) *State {
	return find(p.States, func(s *State) bool { return s.Name == name })
}

// Start returns the state in which a connection begins, or nil.
func (p *Protocol) Start() *State {
	return find(p.States, func(s *State) bool { return s.Start })
}

// Feature returns the feature of that name, or nil.
func (p *Protocol) Feature(name string) *Feature {
	return find(p.Features, func(f *Feature) bool { return f.Name == name })
}

// Type returns the named type, or nil.
func (p *Protocol) Type(name string) *Type {
	return find(p.Types, func(t *Type) bool { return t.Name == name })
}

// Enum returns the enum of that name, or nil.
func (p *Protocol) Enum(name string) *Enum {
	return find(p.Enums, func(e *Enum) bool { return e.Name == name })
}

// Constant returns the constant of that name, or nil.
func (p *Protocol) Constant(name string) *Constant {
	return find(p.Constants, func(c *Constant) bool { return c.Name == name })
}

// Check returns the stage of that name, or nil if the table does not have it.
func (p *Protocol) Check(name CheckName) *Check {
	return find(p.Checks, func(c *Check) bool { return c.Name == name })
}

// Main returns the layout of frames that holds wherever the table names no other.
func (p *Protocol) Main() *Frame {
	if len(p.Frames) == 0 {
		return &Frame{}
	}
	return p.Frames[0]
}

// Frame returns the layout of that name, or nil.
func (p *Protocol) Frame(name string) *Frame {
	return find(p.Frames, func(f *Frame) bool { return f.Name == name })
}

// FrameIn returns the layout of the frames that a side sends in a state: that of the messages that it may send there.
// With a nil state it is the main one.
func (p *Protocol) FrameIn(s *State, from Direction) *Frame {
	if s != nil && len(p.Frames) > 1 {
		for _, m := range p.Messages {
			if m.SentBy(from) && len(m.In) > 0 && m.LegalIn(s) && m.Frame != nil {
				return m.Frame
			}
		}
	}
	return p.Main()
}

// Opcode returns the header field that holds the opcode, or nil.
func (f *Frame) Opcode() *Field {
	return find(f.Fields, func(f *Field) bool { return f.Role == RoleOpcode })
}

// Correlation returns the header field that relates a reply to its request, or nil.
func (f *Frame) Correlation() *Field {
	return find(f.Fields, func(f *Field) bool { return f.Role == RoleCorrelation })
}

// Body returns the field that holds the message's fields, or nil.
func (f *Frame) Body() *Field {
	return find(f.Fields, func(f *Field) bool { return f.Type.Kind == KindRest })
}

// Length returns the header field that counts the body, or nil.
func (f *Frame) Length() *Field {
	body := f.Body()
	if body == nil {
		return nil
	}
	return find(f.Fields, func(f *Field) bool { return contains(f.Counts, body.Name) })
}

// Of returns the fields of a frame that a side sends, in the order of the wire.
func (f *Frame) Of(from Direction) []*Field {
	var out []*Field
	for _, x := range f.Fields {
		if x.From == "" || from == FromBoth || x.From == from {
			out = append(out, x)
		}
	}
	return out
}

// Opcode returns the field of the main layout that holds the opcode, or nil.
func (p *Protocol) Opcode() *Field { return p.Main().Opcode() }

// Correlation returns the field of the main layout that relates a reply to its request, or nil.
func (p *Protocol) Correlation() *Field { return p.Main().Correlation() }

// Length returns the field of the main layout that counts the body, or nil.
func (p *Protocol) Length() *Field { return p.Main().Length() }

// Body returns the field of the main layout that holds the message's fields, or nil.
func (p *Protocol) Body() *Field { return p.Main().Body() }

// HeaderSize returns the bytes of all fields of the main layout before the body. Numbers of a variable size count as nothing.
func (p *Protocol) HeaderSize() int {
	bits := 0
	for _, f := range p.Main().Of(FromClient) {
		bits += 8*f.Type.Width + f.Type.Bits
	}
	return bits / 8
}

// MaxBody returns the largest body, in bytes, that a client may send in a state; with a nil state, that anybody may send.
func (p *Protocol) MaxBody(s *State) uint64 {
	b := p.Body()
	if b == nil {
		return 0
	}
	if s != nil {
		if n, ok := b.MaxIn[s.Name]; ok {
			return n
		}
	}
	if b.Type.Max != nil {
		return *b.Type.Max
	}
	if l := p.Length(); l != nil {
		return maxOf(l.Type.Width)
	}
	return 0
}

// Field returns the field of that name, or nil.
func (m *Message) Field(name string) *Field {
	return find(m.Fields, func(f *Field) bool { return f.Name == name })
}

// Status returns the value of m that is the code of an error, in its header or in itself; nil if there is none.
func (m *Message) Status() *Field {
	return find(m.Values(), func(f *Field) bool { return f.Type.ErrorSet })
}

// CanRefuse reports whether there is a message by which a server can say e in answer to m, which may be nil: one that carries errors, or
// a reply with a status.
func (p *Protocol) CanRefuse(m *Message, e *Error) bool {
	switch {
	case e.Via != nil:
		return true
	case e.Uncoded:
		return false
	case p.ErrorMessage() != nil:
		return true
	case find(p.Main().Of(FromServer), func(f *Field) bool { return f.Type.ErrorSet }) != nil:
		return true
	}
	return m != nil && find(m.Replies, func(r *Reply) bool { return r.End.Status() != nil }) != nil
}

// SentBy reports whether a side may send m.
func (m *Message) SentBy(from Direction) bool { return m.From == from || m.From == FromBoth }

// Values returns the fields that are values of the message, those of its header first: no constants, no lengths, no ignored
// bytes, and none of the roles.
func (m *Message) Values() []*Field {
	var out []*Field
	for _, f := range m.Head {
		if f.IsValue() {
			out = append(out, f)
		}
	}
	for _, f := range m.Fields {
		if f.IsValue() {
			out = append(out, f)
		}
	}
	return out
}

// IsValue reports whether the field is a value that users of the message see.
func (f *Field) IsValue() bool {
	return f.Role == RoleNone && len(f.Counts) == 0 && f.Type.Const == nil && !f.Type.Ignore
}

// Widest returns the largest number that t can hold; for another kind, the largest length or count before it.
func (t *Type) Widest() uint64 {
	switch {
	case t.Kind == KindInt:
		return maxOf(t.Width) >> 1
	case t.Bits > 0:
		return 1<<t.Bits - 1
	case t.Varint > 0:
		return 1<<(7*t.Varint) - 1
	case t.Kind == KindUint:
		return maxOf(t.Width)
	case t.Kind == KindBool:
		return 1
	}
	return maxOf(t.LenWidth)
}

// Endless reports whether t does not say itself where a value ends.
func (t *Type) Endless() bool {
	return (t.Kind == KindString || t.Kind == KindBytes) && t.LenWidth == 0 && t.Size == 0 && t.Until == nil
}

// LegalIn reports whether a client may send m in s, or whether a server may push it there.
func (m *Message) LegalIn(s *State) bool {
	if m.From != FromClient && len(m.In) == 0 {
		return true
	}
	for _, t := range m.In {
		if t == s {
			return true
		}
	}
	return false
}

// After returns the state that follows when m has succeeded in s, whatever its values are: the one that m leads to, or else its reply.
func (s *State) After(m *Message) *State {
	for _, t := range s.Transitions {
		if t.Message == m || t.Message == m.Reply && t.succeeds() {
			return t.To
		}
	}
	return s
}

// succeeds reports whether the transition may be taken by a message that tells no error.
func (t *Transition) succeeds() bool {
	return t.If == nil || t.If.Field != t.Message.Status() || slices.Contains(t.If.Values, 0)
}

// Requests returns the messages of a client among those that lead to s from the start: what a client has to send for it.
func (s *State) Requests() (list []*Message) {
	for _, m := range s.Enter {
		if m.SentBy(FromClient) {
			list = append(list, m)
		}
	}
	return list
}

// placeholder finds {name}, and spans of code, in which braces mean themselves.
var placeholder = regexp.MustCompile("`[^`]*`|\\{[a-z][a-z0-9_]*\\}")

// Expand replaces {name} in a text by the value of that constant, for example "5 s". Unknown names stay, and so does
// what stands between backquotes.
func (p *Protocol) Expand(text string) string {
	return placeholder.ReplaceAllStringFunc(text, func(s string) string {
		if s[0] == '{' {
			if c := p.Constant(s[1 : len(s)-1]); c != nil {
				return c.String()
			}
		}
		return s
	})
}

// Placeholders returns the names in braces that a text refers to.
func Placeholders(text string) []string {
	if !strings.Contains(text, "{") {
		return nil
	}
	var out []string
	for _, s := range placeholder.FindAllString(text, -1) {
		if s[0] == '{' {
			out = append(out, s[1:len(s)-1])
		}
	}
	return out
}

// String returns the value and its unit, for example "5 s".
func (c *Constant) String() string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", c.Value, c.Unit))
}

// Summary says in one line how much there is in the table.
func (p *Protocol) Summary() string {
	vectors := 0
	for _, m := range p.Messages {
		vectors += len(m.Vectors)
	}
	return fmt.Sprintf("%d messages, %d types, %d errors, %d states, %d rules, %d vectors",
		len(p.Messages), len(p.Types)+len(p.Enums), len(p.Errors), len(p.States), len(p.Rules()), vectors)
}
