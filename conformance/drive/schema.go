package drive

import (
	"encoding/json"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

// Schema returns the JSON Schema of the lines of the driver contract. The types of arguments and fields are those of the table.
func Schema(p *spec.Protocol) ([]byte, error) {
	var commands, results []any
	for _, a := range actions {
		props := map[string]any{"cmd": constant(a.name), "ref": map[string]any{"type": "integer"}}
		for _, w := range a.args {
			props[w.name] = property(p, w)
		}
		needed := []string{"cmd", "ref"}
		for _, w := range a.args {
			if w.name != "again" && w.name != "by" && w.name != "pattern" {
				needed = append(needed, w.name)
			}
		}
		commands = append(commands, map[string]any{
			"title": a.name, "description": a.doc, "type": "object", "properties": props, "required": needed, "additionalProperties": false,
		})
		for _, w := range a.result {
			results = append(results, map[string]any{"properties": map[string]any{w.name: property(p, w)}})
		}
	}
	result := map[string]any{
		"title": "result", "type": "object", "allOf": results,
		"properties": map[string]any{
			"event": constant("result"), "ref": map[string]any{"type": "integer"}, "ok": map[string]any{"type": "boolean"},
			"error":   map[string]any{"type": "string", "description": "the name of an error of the protocol, or another word"},
			"message": map[string]any{"type": "string", "description": "a sentence"},
		},
		"required": []string{"event", "ref", "ok"},
		"if":       map[string]any{"properties": map[string]any{"ok": map[string]any{"const": false}}},
		"then":     map[string]any{"required": []string{"error"}},
	}
	told := []any{result}
	for _, e := range events {
		props, needed := map[string]any{"event": constant(e.name)}, []string{"event"}
		for _, w := range e.needed {
			props[w.name] = property(p, w)
			needed = append(needed, w.name)
		}
		told = append(told, map[string]any{"title": e.name, "description": e.doc, "type": "object", "properties": props, "required": needed})
	}
	told = append(told, map[string]any{"title": "anything else", "description": "is not looked at", "type": "object", "required": []string{"event"}})
	b, err := json.MarshalIndent(map[string]any{
		"$schema":     "https://json-schema.org/draft/2020-12/schema",
		"title":       "The driver contract: how wirecheck drives a client of the " + p.Title,
		"description": "Every line on the client's standard input is a command, every line on its standard output is an event.",
		"$defs":       map[string]any{"command": map[string]any{"oneOf": commands}, "event": map[string]any{"anyOf": told}},
		"anyOf":       []any{map[string]any{"$ref": "#/$defs/command"}, map[string]any{"$ref": "#/$defs/event"}},
	}, "", "  ")
	return append(b, '\n'), err
}

func constant(s string) map[string]any { return map[string]any{"const": s} }

// property is the type of a word. Limits are not told: what breaks them may be asked for.
func property(p *spec.Protocol, w word) map[string]any {
	out := map[string]any{"type": "string", "description": w.doc}
	if w.name == "by" {
		out["enum"] = listings(p)
		return out
	}
	message, field, _ := strings.Cut(w.field, ".")
	switch f := p.Message(message).Field(field); f.Type.Kind {
	case spec.KindBool:
		out["type"] = "boolean"
	case spec.KindArray:
		out["type"], out["items"] = "array", map[string]any{"type": "string"}
	}
	return out
}

// listings are the ways of choosing accounts, in lower case.
func listings(p *spec.Protocol) (names []string) {
	for _, v := range p.Message("LIST").Field("by").Type.Enum.Values {
		names = append(names, strings.ToLower(v.Name))
	}
	return names
}
