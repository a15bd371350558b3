package gen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

// luaGenerator makes the dissector.
var luaGenerator = Generator{
	Kind: "lua",
	Doc:  "a dissector for Wireshark, in Lua",
	Out:  func(p *spec.Protocol) string { return "spec/" + p.ID },
	Owns: "*.lua",
	Generate: func(p *spec.Protocol) ([]File, error) {
		text, err := Lua(p)
		if err != nil {
			return nil, err
		}
		return []File{{Path: p.ID + ".lua", Data: []byte(text)}}, nil
	},
}

// Lua returns the dissector: the table as Lua has it, and the code that reads and shows it.
func Lua(p *spec.Protocol) (string, error) {
	g := &lua{p: p}
	g.f("-- %s\n", generatedBy(p))
	g.f("-- %s, version %d: a dissector for Wireshark 3 and later. Put it into the folder of personal Lua plugins, or:\n--\n", p.Title, p.Version)
	g.f("--     tshark -X lua_script:%s.lua -r capture.pcap\n--\n", p.ID)
	g.f("-- Preferences: %s.port, %s.secrets (show passwords and the like), %s.state (where connections are whose beginning is missing).\n\n", p.ID, p.ID, p.ID)
	g.table()
	for _, name := range []string{"dissector_values.lua", "dissector_read.lua", "dissector_frame.lua", "dissector_show.lua"} {
		g.f("\n%s", runtimeFile(name))
	}
	return g.b.String(), g.err
}

// A lua is a dissector that is being written.
type lua struct {
	p   *spec.Protocol
	b   strings.Builder
	err error
}

func (g *lua) f(format string, args ...any) { fmt.Fprintf(&g.b, format, args...) }

// table writes all that the dissector knows.
func (g *lua) table() {
	p := g.p
	start := ""
	if s := p.Start(); s != nil {
		start = s.Name
	}
	early, layout := slices.IndexFunc(p.Checks, func(c *spec.Check) bool { return c.Name == spec.CheckEarly }),
		slices.IndexFunc(p.Checks, func(c *spec.Check) bool { return c.Name == spec.CheckLayout })
	g.f("local T = {\n  id = %s, title = %s, port = %d, little = %v, start = %s, early_first = %v,\n",
		luaString(p.ID), luaString(p.Title), p.Port, !p.BigEndian, luaString(start), early < layout)
	g.f("  preface = {")
	for _, x := range p.Preface {
		g.f("%s = %s, ", x.From, luaString(string(x.Bytes)))
	}
	g.f("},\n  checks = {")
	for _, ch := range p.Checks {
		if ch.Error != nil {
			g.f("%s = %s, ", ch.Name, luaString(ch.Error.Name))
		}
	}
	g.f("},\n  features = {")
	for _, f := range p.Features {
		g.f("{%s, %d}, ", luaString(f.Name), f.Bit)
	}
	g.f("},\n  codes = {")
	for _, e := range p.Errors {
		if !e.Uncoded {
			g.f("[%d] = %s, ", e.Code, luaString(e.Name))
		}
	}
	g.f("},\n  layouts = {\n")
	for _, f := range p.Frames {
		g.layout(f)
	}
	g.f("  },\n  layout_of = {\n")
	for _, s := range p.States {
		g.f("    [%s] = {client = %s, server = %s},\n", luaString(s.Name), luaString(p.FrameIn(s, spec.FromClient).Name), luaString(p.FrameIn(s, spec.FromServer).Name))
	}
	g.f("  },\n  states = {\n")
	for _, s := range p.States {
		g.f("    [%s] = {transitions = {", luaString(s.Name))
		for _, t := range s.Transitions {
			g.f("{message = %s, to = %s%s}, ", luaString(t.Message.Name), luaString(t.To.Name), luaCondition(t.If))
		}
		g.f("}},\n")
	}
	g.f("  },\n  messages = {\n")
	for _, m := range p.Messages {
		g.message(m)
	}
	g.f("  },\n  by_name = {},\n}\nfor _, layout in ipairs(T.layouts) do T.by_name[layout.name] = layout end\n")
}

func (g *lua) layout(f *spec.Frame) {
	g.f("    {name = %s", luaString(f.Name))
	if body := f.Body(); body != nil {
		g.f(", body = %s", luaString(body.Name))
		if body.Type.Max != nil {
			g.f(", max = %d", *body.Type.Max)
		}
	}
	g.f(", fields = {\n")
	for _, x := range headerOf(f) {
		g.f("      %s,\n", g.field(x, false))
	}
	g.f("    }},\n")
}

func (g *lua) message(m *spec.Message) {
	g.f("    {name = %s, code = %d, from = %s, layout = %s", luaString(m.Name), m.Code, luaString(string(m.From)), luaString(m.Frame.Name))
	if m.IsError {
		g.f(", is_error = true")
	}
	if len(m.In) > 0 {
		g.f(", states = {")
		for _, s := range m.In {
			g.f("%s, ", luaString(s.Name))
		}
		g.f("}")
	}
	if len(m.Replies) > 0 {
		g.f(", replies = {")
		for _, r := range m.Replies {
			if r.End != nil {
				g.f("{[\"end\"] = %s%s}, ", luaString(r.End.Name), luaCondition(r.If))
			}
		}
		g.f("}")
	}
	if places := placesOf(g.p, m); len(places) > 0 {
		g.f(", places = {")
		for _, x := range places {
			g.f("{field = %s, body = %v, bit = %d, bits = %d, want = \"%x\"}, ", luaString(x.field), x.body, x.bit, x.bits, x.want)
		}
		g.f("}")
	}
	g.f(",\n      head = {\n")
	for _, f := range m.Head {
		g.f("        %s,\n", g.field(f, lacks(m, f)))
	}
	g.f("      },\n      fields = {\n")
	for _, f := range m.Fields {
		g.f("        %s,\n", g.field(f, false))
	}
	g.f("      }},\n")
}

// lacks reports whether f, of the header of m, is the length of something that m does not have.
func lacks(m *spec.Message, f *spec.Field) bool {
	if len(f.Counts) == 0 {
		return false
	}
	for _, name := range f.Counts {
		if m.Field(name) != nil || slices.ContainsFunc(m.Frame.Fields, func(x *spec.Field) bool { return x.Name == name }) {
			return false
		}
	}
	return true
}

func (g *lua) field(f *spec.Field, lacking bool) string {
	parts := []string{"name = " + luaString(f.Name), "type = " + g.typ(f.Type)}
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if f.Role != spec.RoleNone {
		add("role = %s", luaString(string(f.Role)))
	}
	if len(f.Counts) > 0 {
		var names []string
		for _, n := range f.Counts {
			names = append(names, luaString(n))
		}
		add("counts = {%s}", strings.Join(names, ", "))
	}
	if f.CountedBy != nil {
		add("counted_by = %s", luaString(f.CountedBy.Name))
	}
	if lacking {
		add("lacks = true")
	}
	if f.Early {
		add("early = true")
	}
	if c := luaCondition(f.If); c != "" {
		parts = append(parts, strings.TrimPrefix(c, ", "))
	}
	if f.From == spec.FromClient || f.From == spec.FromServer {
		add("side = %s", luaString(string(f.From)))
	}
	if f.Doc != "" {
		add("doc = %s", luaString(strings.Join(strings.Fields(g.p.Expand(f.Doc)), " ")))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// luaCondition is a condition as a key of a Lua table, after a comma; "" if there is none.
func luaCondition(c *spec.Condition) string {
	if c == nil {
		return ""
	}
	var values []string
	for _, v := range c.Values {
		values = append(values, "["+luaNumber(c.Field.Type, v, false)+"] = true")
	}
	return fmt.Sprintf(", when = {%s, {%s}}", luaString(c.Field.Name), strings.Join(values, ", "))
}
