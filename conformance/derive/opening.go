package derive

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

// opening returns the lines that open a connection and bring it to a state.
func (d *deriver) opening(conn string, s *spec.State) []string {
	if macro := "enter-" + strings.ToLower(strings.ReplaceAll(s.Name, "_", "-")); d.o.Macro(macro) {
		return []string{"connect " + conn, macro + " " + conn}
	}
	lines := []string{"connect " + conn}
	at := d.p.Start()
	vars := map[*spec.Field]string{}
	for _, m := range s.Requests() {
		words := fmt.Sprintf("send %s %s", conn, m.Name)
		for _, f := range m.Fields {
			if f.Type.Ignore || f.If != nil {
				continue
			}
			name := vars[origin(f)]
			if name == "" && f.Type.Fresh && origin(f) == f && repeated(s, f) {
				name = strings.ToLower(m.Name + "_" + f.Name)
				lines = append(lines, fmt.Sprintf("fresh %s %s", kindOf(d.p, f), name))
				vars[f] = name
			}
			if name != "" {
				words += fmt.Sprintf(" %s=$%s", f.Name, name)
			}
		}
		lines = append(lines, words)
		if m.Reply != nil {
			lines = append(lines, fmt.Sprintf("expect %s %s", conn, m.Reply.Name))
			lines = append(lines, d.captures(conn, s, m, vars)...)
		}
		at = at.After(m)
	}
	return lines
}

// shortcut returns the feature by which a state is entered cheaply that is dear to enter otherwise; nil if there is none. Cases that
// need a connection of their own in such a state are many: without the feature only those about the fence are run.
func (d *deriver) shortcut(s *spec.State) *spec.Feature {
	if s == nil || !slices.ContainsFunc(s.Enter, d.dear) {
		return nil
	}
	if way := d.p.Shortcut(s); way != nil && !d.dear(way.Request) {
		return way.Request.Feature
	}
	return nil
}

// captures keeps from the reply to m what later requests on the way to s repeat.
func (d *deriver) captures(conn string, s *spec.State, m *spec.Message, vars map[*spec.Field]string) (lines []string) {
	for _, later := range s.Requests() {
		for _, f := range later.Fields {
			if o := origin(f); f.SameAs != nil && f.SameAs.Message == m.Reply && vars[o] == "" {
				vars[o] = strings.ToLower(m.Reply.Name + "_" + o.Name)
				lines = append(lines, fmt.Sprintf("capture %s %s=%s", conn, vars[o], o.Name))
			}
		}
	}
	return lines
}

// repeated reports whether another field on the way to s repeats f. What nobody repeats needs no name.
func repeated(s *spec.State, f *spec.Field) bool {
	return slices.ContainsFunc(s.Requests(), func(m *spec.Message) bool {
		return slices.ContainsFunc(m.Fields, func(g *spec.Field) bool { return g != f && origin(g) == f })
	})
}

// origin follows same_as to the field from which valid values come.
func origin(f *spec.Field) *spec.Field {
	for range 16 { // a circle has no end
		if f.SameAs == nil {
			return f
		}
		f = f.SameAs.Field
	}
	return f
}

// kindOf names the values of a field for the command fresh.
func kindOf(p *spec.Protocol, f *spec.Field) string {
	if p.Type(f.Named) != nil {
		return f.Named
	}
	return f.Name
}
