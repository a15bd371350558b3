package spec_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/spec"
)

// A feature is something that the language can say, and who says it.
type feature struct {
	name string
	used func(p *protocol) bool
}

// A protocol is a table taken apart.
type protocol struct {
	*spec.Protocol
	header []*spec.Field // of all layouts
	fields []*spec.Field // of messages and structs
	types  []*spec.Type  // of all these, and of elements
}

func takeApart(p *spec.Protocol) *protocol {
	out := &protocol{Protocol: p}
	seen := map[any]bool{}
	var typ func(t *spec.Type)
	field := func(f *spec.Field) {
		if !seen[f] {
			seen[f] = true
			out.fields = append(out.fields, f)
			typ(f.Type)
		}
	}
	typ = func(t *spec.Type) {
		if t == nil || seen[t] {
			return
		}
		seen[t] = true
		out.types = append(out.types, t)
		typ(t.Elem)
		for _, f := range t.Fields {
			field(f)
		}
	}
	for _, l := range p.Frames {
		for _, f := range l.Fields {
			out.header = append(out.header, f)
			typ(f.Type)
		}
	}
	for _, t := range p.Types {
		typ(t)
	}
	for _, m := range p.Messages {
		for _, f := range m.Head {
			typ(f.Type)
		}
		for _, f := range m.Fields {
			field(f)
		}
	}
	return out
}

func (p *protocol) inHeader(is func(*spec.Field) bool) bool { return slices.ContainsFunc(p.header, is) }

func (p *protocol) field(is func(*spec.Field) bool) bool { return slices.ContainsFunc(p.fields, is) }

func (p *protocol) typed(is func(*spec.Type) bool) bool { return slices.ContainsFunc(p.types, is) }

func (p *protocol) message(is func(*spec.Message) bool) bool {
	return slices.ContainsFunc(p.Messages, is)
}

func (p *protocol) reply(is func(*spec.Reply) bool) bool {
	return p.message(func(m *spec.Message) bool { return slices.ContainsFunc(m.Replies, is) })
}

func (p *protocol) state(is func(*spec.State) bool) bool { return slices.ContainsFunc(p.States, is) }

func (p *protocol) error(is func(*spec.Error) bool) bool { return slices.ContainsFunc(p.Errors, is) }

func (p *protocol) transition(is func(*spec.Transition) bool) bool {
	return p.state(func(s *spec.State) bool { return slices.ContainsFunc(s.Transitions, is) })
}

func (p *protocol) rule(is func(*spec.RuleRef) bool) bool { return slices.ContainsFunc(p.Rules(), is) }

// conditional reports whether a field depends on one of a kind.
func (p *protocol) conditional(is func(by *spec.Field) bool) bool {
	return p.field(func(f *spec.Field) bool { return f.If != nil && is(f.If.Field) })
}

// shared reports whether messages of one side share layout and opcode; by says whether those have constants.
func (p *protocol) shared(constants bool) bool {
	return p.message(func(a *spec.Message) bool {
		return p.message(func(b *spec.Message) bool {
			if a == b || a.Frame != b.Frame || a.Code != b.Code || !a.SentBy(b.From) && !b.SentBy(a.From) {
				return false
			}
			apart := !slices.ContainsFunc(a.In, func(s *spec.State) bool { return slices.Contains(b.In, s) }) && len(a.In) > 0 && len(b.In) > 0
			return apart != constants
		})
	})
}

func kind(k spec.Kind) func(*spec.Type) bool {
	return func(t *spec.Type) bool { return t.Kind == k }
}

// width finds numbers, lengths and counts of so many bytes.
func width(bytes int) func(p *protocol) bool {
	return typeIs(func(t *spec.Type) bool { return t.Kind == spec.KindUint && t.Width == bytes || t.LenWidth == bytes })
}

func typeIs(is func(t *spec.Type) bool) func(p *protocol) bool {
	return func(p *protocol) bool { return p.typed(is) }
}

func judged(j spec.Judge) func(p *protocol) bool {
	return func(p *protocol) bool { return p.rule(func(r *spec.RuleRef) bool { return r.Judge == j }) }
}

func reacts(r spec.Reaction) func(p *protocol) bool {
	return func(p *protocol) bool { return p.error(func(e *spec.Error) bool { return e.React == r }) }
}

func values(t *spec.Type, is func(*spec.EnumValue) bool) bool {
	return t.Enum != nil && slices.ContainsFunc(t.Enum.Values, is)
}

// features are what the tables of real protocols are asked about.
var features = []feature{
	{"several layouts of frames", func(p *protocol) bool { return len(p.Frames) > 1 }},
	{"a layout without a body", func(p *protocol) bool {
		return slices.ContainsFunc(p.Frames, func(l *spec.Frame) bool { return l.Body() == nil })
	}},
	{"a preface", func(p *protocol) bool { return len(p.Preface) > 0 }},
	{"a length that counts itself", func(p *protocol) bool {
		return p.inHeader(func(f *spec.Field) bool { return slices.Contains(f.Counts, f.Name) })
	}},
	{"a header that counts fields of the body", func(p *protocol) bool {
		return p.field(func(f *spec.Field) bool { return f.CountedBy != nil && slices.Contains(p.header, f.CountedBy) })
	}},
	{"a correlation", func(p *protocol) bool { return p.Correlation() != nil }},
	{"other values in the header", func(p *protocol) bool {
		return p.inHeader(func(f *spec.Field) bool { return f.IsValue() && !f.Per && f.Type.Kind != spec.KindRest })
	}},
	{"header fields of one side", func(p *protocol) bool { return p.inHeader(func(f *spec.Field) bool { return f.From != "" }) }},
	{"bits that each message lays out", func(p *protocol) bool { return p.inHeader(func(f *spec.Field) bool { return f.Per }) }},
	{"limits of the body by state", func(p *protocol) bool { return p.inHeader(func(f *spec.Field) bool { return f.MaxIn != nil }) }},
	{"a header that messages narrow", func(p *protocol) bool {
		return p.message(func(m *spec.Message) bool {
			return slices.ContainsFunc(m.Head, func(f *spec.Field) bool { return !slices.Contains(p.header, f) && !f.Type.Ignore })
		})
	}},

	{"`u8`", width(1)},
	{"`u16`", width(2)},
	{"`u24`", width(3)},
	{"`u32`", width(4)},
	{"`u64`", width(8)},
	{"numbers with a sign", typeIs(kind(spec.KindInt))},
	{"bit fields", typeIs(func(t *spec.Type) bool { return t.Bits > 0 })},
	{"`varint`", typeIs(func(t *spec.Type) bool { return t.Varint > 0 })},
	{"`bool`", typeIs(func(t *spec.Type) bool { return t.Kind == spec.KindBool && t.Bits == 0 })},
	{"enums", typeIs(func(t *spec.Type) bool { return t.Enum != nil && !t.Enum.Open })},
	{"open enums", typeIs(func(t *spec.Type) bool { return t.Enum != nil && t.Enum.Open })},
	{"flags of features", typeIs(func(t *spec.Type) bool { return t.Flags })},
	{"codes of errors", typeIs(func(t *spec.Type) bool { return t.ErrorSet })},
	{"limits of numbers", typeIs(func(t *spec.Type) bool { return t.Kind == spec.KindUint && (t.Min != nil || t.Max != nil) })},
	{"constant numbers", typeIs(func(t *spec.Type) bool {
		return t.Const != nil && t.Kind != spec.KindString && t.Kind != spec.KindBytes
	})},
	{"constant strings or bytes", typeIs(func(t *spec.Type) bool {
		return t.Const != nil && (t.Kind == spec.KindString || t.Kind == spec.KindBytes)
	})},
	{"ignored numbers, bits or bytes", typeIs(func(t *spec.Type) bool { return t.Ignore && t.Kind != spec.KindRest })},
	{"units", typeIs(func(t *spec.Type) bool { return t.Unit != "" })},

	{"strings with a length", typeIs(func(t *spec.Type) bool { return t.Kind == spec.KindString && t.LenWidth > 0 })},
	{"strings or bytes up to a byte", typeIs(func(t *spec.Type) bool { return t.Kind != spec.KindArray && t.Until != nil })},
	{"limits in characters", typeIs(func(t *spec.Type) bool { return t.Chars != nil })},
	{"sets of characters", typeIs(func(t *spec.Type) bool { return t.ASCII != nil })},
	{"string profiles", typeIs(func(t *spec.Type) bool { return t.Profile != nil })},
	{"lists of spellings", typeIs(func(t *spec.Type) bool { return len(t.Examples) > 0 })},
	{"secrets", typeIs(func(t *spec.Type) bool { return t.Secret })},
	{"fresh values", typeIs(func(t *spec.Type) bool { return t.Fresh })},
	{"bytes with a length", typeIs(func(t *spec.Type) bool { return t.Kind == spec.KindBytes && t.LenWidth > 0 })},
	{"bytes of a size", typeIs(func(t *spec.Type) bool { return t.Kind == spec.KindBytes && t.Size > 0 })},
	{"bytes that may be null", typeIs(func(t *spec.Type) bool { return t.Nullable })},
	{"strings or bytes that another field counts", func(p *protocol) bool {
		return p.field(func(f *spec.Field) bool { return f.CountedBy != nil && f.Type.Kind != spec.KindStruct })
	}},

	{"arrays with a count", typeIs(func(t *spec.Type) bool { return t.Kind == spec.KindArray && t.LenWidth > 0 })},
	{"arrays up to a byte", typeIs(func(t *spec.Type) bool { return t.Kind == spec.KindArray && t.Until != nil })},
	{"arrays to the end", typeIs(func(t *spec.Type) bool { return t.Kind == spec.KindArray && t.ToEnd })},
	{"limits of arrays", typeIs(func(t *spec.Type) bool { return t.Kind == spec.KindArray && (t.Min != nil || t.Max != nil) })},
	{"structs", typeIs(kind(spec.KindStruct))},
	{"structs that another field counts", func(p *protocol) bool {
		return p.field(func(f *spec.Field) bool { return f.CountedBy != nil && f.Type.Kind == spec.KindStruct })
	}},
	{"rest", func(p *protocol) bool {
		return p.field(func(f *spec.Field) bool { return f.Type.Kind == spec.KindRest })
	}},
	{"rest before other fields", func(p *protocol) bool {
		return p.message(func(m *spec.Message) bool {
			i := slices.IndexFunc(m.Fields, func(f *spec.Field) bool { return f.Type.Kind == spec.KindRest })
			return i >= 0 && i < len(m.Fields)-1
		})
	}},
	{"ignored rest", typeIs(func(t *spec.Type) bool { return t.Ignore && t.Kind == spec.KindRest })},

	{"fields that depend on a number", func(p *protocol) bool {
		return p.conditional(func(f *spec.Field) bool { return f.Type.Kind == spec.KindUint })
	}},
	{"fields that depend on a bool", func(p *protocol) bool {
		return p.conditional(func(f *spec.Field) bool { return f.Type.Kind == spec.KindBool })
	}},
	{"fields that depend on the header", func(p *protocol) bool {
		return p.conditional(func(f *spec.Field) bool { return !slices.Contains(p.fields, f) })
	}},
	{"early fields", func(p *protocol) bool { return p.field(func(f *spec.Field) bool { return f.Early }) }},
	{"values that are the same as others", func(p *protocol) bool { return p.field(func(f *spec.Field) bool { return f.SameAs != nil }) }},

	{"messages of both sides", func(p *protocol) bool {
		return p.message(func(m *spec.Message) bool { return m.From == spec.FromBoth })
	}},
	{"messages that constants tell apart", func(p *protocol) bool { return p.shared(true) }},
	{"messages that states tell apart", func(p *protocol) bool { return p.shared(false) }},
	{"pushes", func(p *protocol) bool { return p.message(func(m *spec.Message) bool { return m.Push }) }},
	{"features", func(p *protocol) bool { return len(p.Features) > 0 }},
	{"wishes of users", func(p *protocol) bool { return p.message(func(m *spec.Message) bool { return m.Wish != "" }) }},
	{"`since`", func(p *protocol) bool {
		return p.message(func(m *spec.Message) bool { return m.Since != "" }) || p.field(func(f *spec.Field) bool { return f.Since != "" }) ||
			p.typed(func(t *spec.Type) bool { return values(t, func(v *spec.EnumValue) bool { return v.Since != "" }) })
	}},
	{"`deprecated`", func(p *protocol) bool {
		return p.message(func(m *spec.Message) bool { return m.Deprecated != "" }) || p.field(func(f *spec.Field) bool { return f.Deprecated != "" }) ||
			p.typed(func(t *spec.Type) bool { return values(t, func(v *spec.EnumValue) bool { return v.Deprecated != "" }) })
	}},

	{"one reply", func(p *protocol) bool { return p.message(func(m *spec.Message) bool { return m.Reply != nil }) }},
	{"replies that depend on values", func(p *protocol) bool { return p.reply(func(r *spec.Reply) bool { return r.If != nil }) }},
	{"messages before the reply", func(p *protocol) bool { return p.reply(func(r *spec.Reply) bool { return len(r.Before) > 0 }) }},
	{"replies that may stay away", func(p *protocol) bool { return p.reply(func(r *spec.Reply) bool { return r.Maybe }) }},

	{"several states", func(p *protocol) bool { return len(p.States) > 2 }},
	{"transitions on messages of the server", func(p *protocol) bool {
		return p.transition(func(t *spec.Transition) bool { return t.Message.From == spec.FromServer })
	}},
	{"transitions that depend on values", func(p *protocol) bool { return p.transition(func(t *spec.Transition) bool { return t.If != nil }) }},
	{"cells that are unspecified", func(p *protocol) bool { return p.state(func(s *spec.State) bool { return len(s.Unspecified) > 0 }) }},
	{"a fence", func(p *protocol) bool { return p.Fence.Send != nil }},
	{"a fence in some states only", func(p *protocol) bool { return len(p.Fence.In) > 0 }},

	{"errors with codes", func(p *protocol) bool { return p.error(func(e *spec.Error) bool { return !e.Uncoded }) }},
	{"errors without codes", func(p *protocol) bool { return p.error(func(e *spec.Error) bool { return e.Uncoded }) }},
	{"several messages that carry errors", func(p *protocol) bool {
		n := 0
		for _, m := range p.Messages {
			if m.IsError {
				n++
			}
		}
		return n > 1
	}},
	{"errors that may come anywhere", func(p *protocol) bool { return p.error(func(e *spec.Error) bool { return e.Anywhere }) }},
	{"errors that are the server's fault", func(p *protocol) bool { return p.error(func(e *spec.Error) bool { return e.Fault }) }},
	{"reaction `reply`", reacts(spec.ReactReply)},
	{"reaction `reply-close`", reacts(spec.ReactReplyClose)},
	{"reaction `close`", reacts(spec.ReactClose)},
	{"checks whose breach is ignored", func(p *protocol) bool {
		return slices.ContainsFunc(p.Checks, func(c *spec.Check) bool { return c.Ignore })
	}},

	{"rules judged on the wire", judged(spec.JudgeWire)},
	{"rules judged by a restart", judged(spec.JudgeRestart)},
	{"rules judged by waiting", judged(spec.JudgeSlow)},
	{"rules for review", judged(spec.JudgeReview)},
	{"rules that derived cases judge", func(p *protocol) bool { return p.rule(func(r *spec.RuleRef) bool { return r.Derive != "" }) }},
	{"rules that live traffic is held to", func(p *protocol) bool { return p.rule(func(r *spec.RuleRef) bool { return r.Watch != "" }) }},
	{"rules for clients", func(p *protocol) bool {
		return p.rule(func(r *spec.RuleRef) bool { return r.Binds == spec.FromClient })
	}},
	{"numbers in texts", func(p *protocol) bool { return len(p.Constants) > 0 }},
	{"a conversation", func(p *protocol) bool { return len(p.Conversation) > 0 }},
	{"loose vectors", func(p *protocol) bool {
		return p.message(func(m *spec.Message) bool {
			return slices.ContainsFunc(m.Vectors, func(v *spec.Vector) bool { return v.Loose })
		})
	}},
	{"big endian", func(p *protocol) bool { return p.BigEndian }},
	{"little endian", func(p *protocol) bool { return !p.BigEndian }},
}

// kept are features that none of the tables uses, and why they are there.
var kept = map[string]string{
	"little endian": "tables of codec/internal hold it",
}

// TestFeatures holds the table of features in DESIGN.md to what the tables of five real protocols use. Run with -update to write it. A feature that
// none of them uses goes.
func TestFeatures(t *testing.T) {
	names := []string{"chat", "mqtt", "postgres", "http2", "memcached"}
	all := tables(t)
	var apart []*protocol
	for _, name := range names {
		p, err := spec.Load(name, all[name])
		if err != nil {
			t.Fatal(err)
		}
		apart = append(apart, takeApart(p))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "| | %s |\n|---|%s\n", strings.Join(names, " | "), strings.Repeat("---|", len(names)))
	for _, f := range features {
		users := 0
		fmt.Fprintf(&b, "| %s |", f.name)
		for _, p := range apart {
			mark := ""
			if f.used(p) {
				mark = "×"
				users++
			}
			fmt.Fprintf(&b, " %s |", mark)
		}
		b.WriteString("\n")
		if users == 0 && kept[f.name] == "" {
			t.Errorf("no table uses %s", f.name)
		}
		if users > 0 && kept[f.name] != "" {
			t.Errorf("%s is used, and needs no excuse", f.name)
		}
	}
	const begin, end = "<!-- features: go test ./spec -run Features -update -->\n", "<!-- end of features -->\n"
	page, err := os.ReadFile("DESIGN.md")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := bytes.Cut(page, []byte(begin))
	table, after, ok2 := bytes.Cut(rest, []byte(end))
	if !ok || !ok2 {
		t.Fatalf("DESIGN.md has no place for the table of features: %s%s", begin, end)
	}
	if string(table) == b.String() {
		return
	}
	if f := flag.Lookup("update"); f.Value.String() != "true" {
		t.Error("the table of features in DESIGN.md is not as it should be: run go test ./spec -run Features -update")
		return
	}
	page = slices.Concat(before, []byte(begin), []byte(b.String()), []byte(end), after)
	if err := os.WriteFile("DESIGN.md", page, 0o666); err != nil {
		t.Fatal(err)
	}
}
