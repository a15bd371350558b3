package mutant

import (
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/conformance/peer"
	"github.com/wirelaw/wirelaw/spec"
)

// limits turns each limit of a field round, on both of its sides.
func (g *generator) limits(m *spec.Message, f *spec.Field) {
	at := m.Name + "." + f.Name
	breach := f.Type.Error
	if breach == nil {
		breach = g.p.Check(spec.CheckLimits).Error
		if f.Early {
			breach = g.p.Check(spec.CheckEarly).Error
		}
	}
	change := func(name, doc string, set func(p *spec.Protocol, t *spec.Type)) {
		edit := func(p *spec.Protocol) {
			field := p.Message(m.Name).Field(f.Name)
			t := *field.Type
			if t.Chars != nil {
				chars := *t.Chars
				t.Chars = &chars
			}
			set(p, &t)
			field.Type = &t
		}
		if refuses := name == "min" || name == "max" || name == "chars.min" || name == "chars.max" || strings.HasPrefix(name, "enum."); !refuses && !g.carried(breach) {
			return
		}
		if g.shows(m, f, edit) {
			// The largest tokens and cursors are refused in any case, unless the server gives some out.
			g.add(&peer.Fault{Name: "limit/" + at + "." + name, Doc: doc, Table: edit, Style: peer.Style{Token: 64, Cursor: 255}}, g.limitRules(m, f)...)
		}
	}
	t := f.Type
	if t.Min != nil && *t.Min > 0 {
		n := *t.Min
		change("min-1", "what is one less than the least is accepted", func(_ *spec.Protocol, t *spec.Type) {
			t.Min = pointer(n - 1)
			if t.Chars != nil {
				t.Chars.Min = min(t.Chars.Min, n-1)
			}
		})
		change("min", "the least is refused", func(_ *spec.Protocol, t *spec.Type) { t.Min = pointer(n + 1) })
	}
	if t.Max != nil {
		n := *t.Max
		change("max+1", "what is one more than the most is accepted", func(_ *spec.Protocol, t *spec.Type) { t.Max = pointer(n + 1) })
		change("any", "there is no most", func(_ *spec.Protocol, t *spec.Type) { t.Max = nil })
		if n > 0 {
			change("max", "the most is refused", func(_ *spec.Protocol, t *spec.Type) { t.Max = pointer(n - 1) })
		}
	}
	if t.Chars != nil {
		c := *t.Chars
		if c.Min > 0 {
			change("chars.min-1", "one character too few is accepted", func(_ *spec.Protocol, t *spec.Type) { t.Chars.Min, t.Min = c.Min-1, nil })
		}
		change("chars.min", "the fewest characters are refused", func(_ *spec.Protocol, t *spec.Type) { t.Chars.Min = c.Min + 1 })
		change("chars.max+1", "one character too many is accepted", func(_ *spec.Protocol, t *spec.Type) { t.Chars.Max = c.Max + 1 })
		change("chars.max", "the most characters are refused", func(_ *spec.Protocol, t *spec.Type) { t.Chars.Max = c.Max - 1 })
	}
	if t.ASCII != nil {
		change("ascii", "any ASCII character is accepted", func(_ *spec.Protocol, t *spec.Type) { t.ASCII = nil })
	}
	if e := t.Enum; e != nil && t.Kind == spec.KindUint && !e.Open {
		with := func(values ...*spec.EnumValue) func(*spec.Protocol, *spec.Type) {
			return func(p *spec.Protocol, t *spec.Type) {
				other := *t.Enum
				other.Values = values
				t.Enum = &other
			}
		}
		unknown := uint64(0)
		for slices.ContainsFunc(e.Values, func(v *spec.EnumValue) bool { return v.Value == unknown }) {
			unknown++
		}
		change("enum", "a value that nobody knows is accepted", with(append(slices.Clone(e.Values), &spec.EnumValue{Name: "UNKNOWN", Value: unknown})...))
		for i, v := range e.Values {
			if v.Feature == nil {
				change("enum."+v.Name, v.Name+" is refused", with(slices.Delete(slices.Clone(e.Values), i, i+1)...))
			}
		}
	}
	change("error", "a breach earns another error", func(p *spec.Protocol, t *spec.Type) {
		before := t.Error
		if before == nil {
			before = p.Check(spec.CheckLimits).Error
		}
		t.Error = g.another(p, before)
	})
	if f.Early {
		change("early", "it is judged after the layout", func(p *spec.Protocol, t *spec.Type) {
			if t.Error == nil {
				t.Error = p.Check(spec.CheckEarly).Error
			}
			p.Message(m.Name).Field(f.Name).Early = false
		})
	}
	accept := func(name, because, doc string, rules []string) {
		if earned := map[bool]*spec.Error{true: g.p.Check(spec.CheckLayout).Error, false: breach}[because == codec.BecauseUTF8]; !g.carried(earned) {
			return
		}
		g.add(&peer.Fault{Name: "limit/" + at + "." + name, Doc: doc, Check: accepting(m.Name, f.Name, because)}, rules...)
	}
	switch {
	case t.Kind == spec.KindBool && t.Bits == 0:
		accept("bool", codec.BecauseBool, "what is neither 0 nor 1 is accepted", g.limitRules(m, f))
	case t.Kind == spec.KindString:
		accept("utf8", codec.BecauseUTF8, "what is not UTF-8 is accepted", g.check(spec.CheckLayout))
		if g.p.ID == "chat" && t.Profile != nil {
			accept("profile", codec.BecauseProfile, "what the profile refuses is accepted", g.limitRules(m, f))
			g.add(&peer.Fault{
				Name: "limit/" + at + ".unicode", Doc: "characters beyond ASCII are accepted, though not announced", Without: []string{t.Profile.Feature.Name},
				Check: accepting(m.Name, f.Name, codec.BecauseProfile),
			}, g.limitRules(m, f)...)
		}
	}
}

func pointer(n uint64) *uint64 { return &n }

// accepting lets a breach of one field pass.
func accepting(message, field, because string) func(*peer.Conn, peer.Request, *spec.Error) *spec.Error {
	return func(_ *peer.Conn, r peer.Request, e *spec.Error) *spec.Error {
		if e != nil && r.Why != nil && r.Why.Message == message && (field == "" || r.Why.Field == field) && r.Why.Because == because {
			return nil
		}
		return e
	}
}

// noProfile is a server that knows no profiles.
type noProfile struct{}

func (noProfile) Check(string, string) (int, bool) { return 0, false }

// shows reports whether a change of a field in a table shows in what is made of a value of f at a limit, old or new. What no frame shows is no fault.
func (g *generator) shows(m *spec.Message, f *spec.Field, change func(*spec.Protocol)) bool {
	other := g.spare
	field := other.Message(m.Name).Field(f.Name)
	before := *field
	defer func() { *field = before }()
	change(other)
	c := dynamic.New(other)
	state := m.In[0]
	var values []any
	for _, t := range []*spec.Type{f.Type, other.Message(m.Name).Field(f.Name).Type} {
		for _, b := range c.Boundaries(t) {
			values = append(values, b.Value)
		}
	}
	for _, v := range values {
		for _, cut := range []int{0, 1} {
			msg := g.c.Example(m)
			msg.Set(f.Name, v)
			frame := g.c.AppendIllegal(nil, msg)
			n, _ := g.c.BodyLen(g.c.ParseHeader(frame))
			if n != uint64(len(frame)-g.c.HeaderSize()) || n > g.c.MaxBody(state) || cut > 0 && n < 2 {
				continue
			}
			msg.ID = 1
			frame = g.c.AppendIllegal(nil, msg)
			if cut > 0 {
				frame = frame[:len(frame)-1]
				g.c.PutHeader(frame, dynamic.Header{Opcode: m.Code, Length: g.c.Length(int(n) - 1), ID: 1})
			}
			if judged(g.c, g.p, state, frame) != judged(c, other, other.State(state.Name), frame) {
				return true
			}
		}
	}
	return false
}

func judged(c *dynamic.Codec, p *spec.Protocol, s *spec.State, frame []byte) string {
	var profiles codec.Profiles
	if p.ID == "chat" {
		profiles = noProfile{}
	}
	if _, e, _ := c.CheckRequest(s, frame, profiles); e != nil {
		return e.Name
	}
	return ""
}

// layout accepts bodies that are not as laid out.
func (g *generator) layout(m *spec.Message) {
	rules := g.derived(spec.Derive(spec.CheckLayout), m, nil)
	if ch := g.p.Check(spec.CheckLayout); ch == nil || !g.carried(ch.Error) {
		return
	}
	if last := len(m.Fields) - 1; last < 0 || m.Fields[last].Type.Kind != spec.KindRest {
		g.add(&peer.Fault{
			Name: "layout/" + m.Name + ".trailing", Doc: "bytes after the last field are accepted",
			Check: accepting(m.Name, "", codec.BecauseTrailing),
		}, rules...)
	}
	for _, f := range m.Fields {
		if f.Type.Kind != spec.KindRest {
			g.add(&peer.Fault{
				Name: "layout/" + m.Name + "." + f.Name + ".truncated", Doc: "a body that ends within the field is accepted",
				Check: accepting(m.Name, f.Name, codec.BecauseTruncated),
			}, rules...)
		}
	}
}
