package derive_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

// inWords are changes that only the document tells, by table and change, each with the reason.
var inWords = []struct {
	what   *regexp.Regexp
	reason string
}{
	{
		regexp.MustCompile(`^(mqtt|postgres|http2|memcached) .*: (reply|reply-close|close|anywhere|fault|via)$`),
		"what a server does when it refuses: no server of these protocols is judged here",
	},
	{
		regexp.MustCompile(`^(mqtt|postgres|http2|memcached) .*(: same_as|: enter [A-Z_]+|fence: gone)$`),
		"how a judge makes valid values and gets into a state: no server of these protocols is judged here",
	},
	{
		regexp.MustCompile(`^(mqtt|postgres|http2|memcached) [A-Z_]+: error [A-Z_]+$`),
		"which refusals a request earns by what the server knows: no server of these protocols is judged here",
	},
	{
		regexp.MustCompile(`^postgres state [a-z_]+: unspecified [A-Z_]+$`),
		"any answer is right",
	},
	{
		regexp.MustCompile(`^(postgres|http2) [A-Z_0-9]+: in [a-z_]+$`),
		"what a server may say where no recorded one has said it",
	},
	{
		regexp.MustCompile(`^postgres state [a-z_]+: ([A-Z_]+) to [a-z_]+: (gone|to [a-z_]+)$`),
		"where no recorded connection has gone",
	},
	{
		regexp.MustCompile(`^mqtt state connecting: CONNACK to online: if with 1$`),
		"where no recorded connection has gone: no client of today speaks the version that earns it",
	},
	{
		regexp.MustCompile(`^mqtt check length: error PROTOCOL_VIOLATION$`),
		"no length can say more than the limit of the body",
	},
	{
		regexp.MustCompile(`^mqtt check opcode: before the one before it$`),
		"no frame fails both of these checks, for the same reason",
	},
	{
		regexp.MustCompile(`^http2 [A-Z_]+ header flags: ignore$`),
		"the loader has made this of flags that the message does not lay out",
	},
	{regexp.MustCompile(`^chat [A-Z_]+: fault$`), "the oracle of the fuzzer asks for it: it is a finding wherever it is seen"},
	{regexp.MustCompile(`^chat [A-Za-z_.]+: same_as$`), "how a judge makes valid values"},
	{regexp.MustCompile(`^chat (ERROR: push|GOODBYE: push|DELIVER: in member)$`), "transcripts hold it: what comes unasked depends on others"},
	{
		regexp.MustCompile(`^chat state (guest: RESUME|member: DELETE|member: LOGOUT) to [a-z]+: to connected$`),
		"transcripts hold it: RESUME-1, DELETE-6, LOGOUT-1",
	},
	{regexp.MustCompile(`^chat (BAD_ACK|INTERNAL): reply-close$`), "transcripts hold it, ACK-4; and nothing that a client does earns INTERNAL"},
	{
		regexp.MustCompile(`^chat (header \.(id|length): no error|LIST\.cursor: (no error|error TOO_LARGE)|HELLO: error BAD_VERSION)$`),
		"the check, the limits of other fields or the message itself say the same",
	},
	{regexp.MustCompile(`^chat ACCOUNTS\.next: no max$`), "nothing larger fits into its length"},
	{regexp.MustCompile(`^chat check early: (ignore|error TOO_LARGE)$`), "each early field names its own error"},
}

// inWords reports whether it is enough that the document tells a change.
func (h *holder) inWords(what string) bool {
	for i, e := range inWords {
		if e.what.MatchString(h.p.ID + " " + what) {
			h.excused[i] = true
			return true
		}
	}
	return false
}

// all makes all changes.
func (h *holder) all() {
	for _, l := range h.p.Frames {
		for _, f := range l.Fields {
			h.header(l, f)
		}
	}
	for _, m := range h.p.Messages {
		h.message(m)
	}
	for _, e := range h.p.Enums {
		h.enum(e)
	}
	for _, s := range h.p.States {
		h.state(s)
	}
	for _, e := range h.p.Errors {
		h.error(e)
	}
	for i, c := range h.p.Checks {
		what := "check " + string(c.Name)
		h.errors(what, &c.Error)
		e, ignore := c.Error, c.Ignore
		h.try(what+": ignore", func() { c.Error, c.Ignore = nil, !ignore }, func() { c.Error, c.Ignore = e, ignore })
		if i > 0 {
			h.try(what+": before the one before it", func() { h.swap(i) }, func() { h.swap(i) })
		}
		lacks(h, what+": gone", &h.p.Checks, i)
	}
	for _, f := range h.p.Features {
		set(h, f.Name+": bit", &f.Bit, f.Bit+7)
	}
	for i := range h.p.Preface {
		lacks(h, "preface: gone", &h.p.Preface, i)
	}
	set(h, "fence: gone", &h.p.Fence, spec.Fence{})
	set(h, "endian", &h.p.BigEndian, !h.p.BigEndian)
}

func (h *holder) swap(i int) { h.p.Checks[i], h.p.Checks[i-1] = h.p.Checks[i-1], h.p.Checks[i] }

// lacks leaves out one item of a list.
func lacks[T any](h *holder, what string, list *[]T, i int) {
	old := *list
	set(h, what, list, append(slices.Clone(old[:i]), old[i+1:]...))
}

// errors tries no error, and another one.
func (h *holder) errors(what string, e **spec.Error) {
	if *e == nil {
		return
	}
	for _, other := range h.p.Errors {
		if other != *e {
			set(h, what+": error "+other.Name, e, other)
			break
		}
	}
	set(h, what+": no error", e, nil)
}

func (h *holder) header(l *spec.Frame, f *spec.Field) {
	what := fmt.Sprintf("header %s.%s", l.Name, f.Name)
	h.typed(what, f.Type)
	if f.Role != spec.RoleNone {
		set(h, what+": role", &f.Role, spec.RoleNone)
	}
	for i, name := range f.Counts {
		lacks(h, what+": counts "+name, &f.Counts, i)
	}
	if f.From != "" {
		set(h, what+": from", &f.From, "")
	}
	for _, state := range slices.Sorted(maps.Keys(f.MaxIn)) {
		n := f.MaxIn[state]
		h.try(what+": max in "+state, func() { f.MaxIn[state] = n + 1 }, func() { f.MaxIn[state] = n })
		h.try(what+": no max in "+state, func() { delete(f.MaxIn, state) }, func() { f.MaxIn[state] = n })
	}
}

// typed changes a type, each only once.
func (h *holder) typed(what string, t *spec.Type) {
	if t == nil || h.seen[t] {
		return
	}
	h.seen[t] = true
	if t.Min != nil {
		set(h, what+": no min", &t.Min, nil)
		set(h, what+": min", &t.Min, ptr(*t.Min+1))
	}
	if t.Max != nil {
		set(h, what+": no max", &t.Max, nil)
		set(h, what+": max", &t.Max, ptr(*t.Max+1))
	}
	if t.Chars != nil {
		old := *t.Chars
		set(h, what+": no chars", &t.Chars, nil)
		set(h, what+": chars.max", &t.Chars, &spec.Range{Min: old.Min, Max: old.Max + 1})
		if old.Min > 0 {
			set(h, what+": chars.min", &t.Chars, &spec.Range{Min: old.Min - 1, Max: old.Max})
		}
	}
	if t.ASCII != nil {
		set(h, what+": no ascii", &t.ASCII, nil)
	}
	if t.Profile != nil {
		set(h, what+": no profile", &t.Profile, nil)
	}
	if c := t.Const; c != nil {
		set(h, what+": no const", &t.Const, nil)
		other := *c
		other.Uint, other.Bool, other.Str = c.Uint^1, !c.Bool, c.Str+"x"
		other.Bytes = append(slices.Clone(c.Bytes), 1)
		set(h, what+": const", &t.Const, &other)
	}
	h.errors(what, &t.Error)
	h.layout(what, t)
	for _, f := range t.Fields {
		h.field(what+"."+f.Name, f)
	}
	if t.Elem != nil {
		h.typed(what+"[]", t.Elem)
	}
}

func ptr[T any](v T) *T { return &v }

// layout changes how a type lies on the wire.
func (h *holder) layout(what string, t *spec.Type) {
	if t.Enum != nil {
		set(h, what+": no enum", &t.Enum, nil)
	}
	if t.Until != nil {
		set(h, what+": until", &t.Until, ptr(*t.Until+1))
	}
	if t.LenWidth > 0 {
		set(h, what+": len", &t.LenWidth, t.LenWidth%4+1)
	}
	if t.Size > 0 {
		set(h, what+": size", &t.Size, t.Size+1)
	}
	if t.Width > 0 && t.Enum == nil {
		set(h, what+": width", &t.Width, t.Width%4+1)
	}
	if t.Bits > 0 {
		set(h, what+": bits", &t.Bits, t.Bits+1)
	}
	if t.Varint > 0 {
		set(h, what+": bytes", &t.Varint, t.Varint+1)
	}
	if t.Nullable {
		set(h, what+": nullable", &t.Nullable, false)
	}
	if t.Ignore {
		set(h, what+": ignore", &t.Ignore, false)
	}
	if t.Flags {
		set(h, what+": flags", &t.Flags, false)
	}
	if t.ErrorSet {
		set(h, what+": errors", &t.ErrorSet, false)
	}
	if t.ToEnd {
		set(h, what+": rest", &t.ToEnd, false)
	}
	if t.Kind == spec.KindInt {
		set(h, what+": sign", &t.Kind, spec.KindUint)
	}
}

func (h *holder) field(what string, f *spec.Field) {
	h.typed(what, f.Type)
	if c := f.If; c != nil {
		set(h, what+": no if", &f.If, nil)
		h.condition(what, c)
	}
	if f.Early {
		set(h, what+": early", &f.Early, false)
	}
	for i, name := range f.Counts {
		lacks(h, what+": counts "+name, &f.Counts, i)
	}
	if f.SameAs != nil {
		set(h, what+": same_as", &f.SameAs, nil)
	}
}

func (h *holder) condition(what string, c *spec.Condition) {
	for i := range c.Values {
		lacks(h, fmt.Sprintf("%s: if without %s", what, c.Names[i]), &c.Values, i)
	}
	for v := uint64(0); v < 4; v++ {
		if legal(c.Field.Type, v) && !slices.Contains(c.Values, v) {
			set(h, fmt.Sprintf("%s: if with %d", what, v), &c.Values, append(slices.Clone(c.Values), v))
			break
		}
	}
}

// legal reports whether a field may have a value.
func legal(t *spec.Type, v uint64) bool {
	if e := t.Enum; e != nil && !e.Open && !slices.ContainsFunc(e.Values, func(x *spec.EnumValue) bool { return x.Value == v }) {
		return false
	}
	return t.Kind == spec.KindUint && (t.Max == nil || v <= *t.Max)
}

func (h *holder) message(m *spec.Message) {
	what := m.Name
	set(h, what+": code", &m.Code, m.Code^0x40)
	for i, s := range m.In {
		lacks(h, what+": in "+s.Name, &m.In, i)
	}
	for _, s := range h.p.States {
		if m.From != spec.FromServer && !s.End && !slices.Contains(m.In, s) {
			set(h, what+": in "+s.Name+", too", &m.In, append(slices.Clone(m.In), s))
		}
	}
	if m.Push {
		set(h, what+": push", &m.Push, false)
	}
	if m.Feature != nil {
		set(h, what+": feature", &m.Feature, nil)
	}
	for i, e := range m.Errors {
		lacks(h, what+": error "+e.Name, &m.Errors, i)
	}
	for i, r := range m.Replies {
		end := fmt.Sprintf("%s: reply %s", what, r.End.Name)
		h.try(end+": gone", func() { m.Replies, m.Reply = append(slices.Clone(m.Replies[:i]), m.Replies[i+1:]...), nil }, h.keep(m))
		if r.If != nil {
			h.condition(end, r.If)
		}
		for j, b := range r.Before {
			lacks(h, end+": before "+b.Name, &r.Before, j)
		}
		if r.Maybe {
			set(h, end+": maybe", &r.Maybe, false)
		}
	}
	for _, f := range m.Head {
		if !h.seen[f.Type] {
			h.field(what+" header "+f.Name, f)
		}
	}
	for i, f := range m.Fields {
		h.field(what+"."+f.Name, f)
		old := m.Fields
		set(h, what+"."+f.Name+": gone", &m.Fields, append(slices.Clone(old[:i]), old[i+1:]...))
	}
}

// keep returns what puts the replies of m back.
func (h *holder) keep(m *spec.Message) func() {
	replies, reply := m.Replies, m.Reply
	return func() { m.Replies, m.Reply = replies, reply }
}

func (h *holder) enum(e *spec.Enum) {
	set(h, e.Name+": open", &e.Open, !e.Open)
	unused := uint64(0)
	for slices.ContainsFunc(e.Values, func(v *spec.EnumValue) bool { return v.Value == unused }) {
		unused++
	}
	set(h, e.Name+": one more", &e.Values, append(slices.Clone(e.Values), &spec.EnumValue{Name: "MORE", Value: unused}))
	for i, v := range e.Values {
		lacks(h, e.Name+"."+v.Name+": gone", &e.Values, i)
		set(h, e.Name+"."+v.Name+": value", &v.Value, unused)
		if v.Feature != nil {
			set(h, e.Name+"."+v.Name+": feature", &v.Feature, nil)
		}
	}
}

func (h *holder) state(s *spec.State) {
	what := "state " + s.Name
	set(h, what+": end", &s.End, !s.End)
	for i, tr := range s.Transitions {
		to := fmt.Sprintf("%s: %s to %s", what, tr.Message.Name, tr.To.Name)
		lacks(h, to+": gone", &s.Transitions, i)
		for _, other := range h.p.States {
			if other != tr.To && other != s {
				set(h, to+": to "+other.Name, &tr.To, other)
				break
			}
		}
		if tr.If != nil {
			set(h, to+": no if", &tr.If, nil)
			h.condition(to, tr.If)
		}
	}
	for i, m := range s.Enter {
		lacks(h, what+": enter "+m.Name, &s.Enter, i)
	}
	for i, m := range s.Unspecified {
		lacks(h, what+": unspecified "+m.Name, &s.Unspecified, i)
	}
}

func (h *holder) error(e *spec.Error) {
	if !e.Uncoded {
		set(h, e.Name+": code", &e.Code, e.Code^0x40)
	}
	for _, r := range []spec.Reaction{spec.ReactReply, spec.ReactReplyClose, spec.ReactClose} {
		if r != e.React {
			set(h, e.Name+": "+string(r), &e.React, r)
		}
	}
	set(h, e.Name+": anywhere", &e.Anywhere, !e.Anywhere)
	set(h, e.Name+": fault", &e.Fault, !e.Fault)
	if _, path := h.p.Where(e, "via"); e.Via != nil && strings.HasSuffix(path, ".via") {
		set(h, e.Name+": via", &e.Via, nil)
	}
}
