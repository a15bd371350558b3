package grammar

import "slices"

// typeKeys are the keys of everything that has a type.
var typeKeys = []Key{
	{"type", true, text},
	{"len", false, widths},
	{"nullable", false, yes},
	{"count", false, widths},
	{"rest", false, yes},
	{"of", false, oneOf(text, nested("element"))},
	{"fields", false, some(nested("field"))},
	{"until", false, number(0, 255)},
	{"bytes", false, number(1, 5)},
	{"size", false, number(1, 1<<24)},
	{"flags", false, words("features")},
	{"enum", false, words("errors")},
	{"ignore", false, yes},
	{"const", false, value},
	{"min", false, integer},
	{"max", false, integer},
	{"chars", false, nested("chars")},
	{"ascii", false, anyText},
	{"profile", false, nested("profile")},
	{"error", false, text},
	{"fresh", false, yes},
	{"secret", false, yes},
	{"unit", false, words("s", "ms")},
	{"eg", false, value},
	{"examples", false, list(nested("example"))},
	{"doc", false, text},
}

// typed returns an object with the keys of a type, and others.
func typed(kind string, keys ...Key) *Object {
	return &Object{Kind: kind, Keys: slices.Concat(keys, typeKeys), With: map[string][]string{
		"array": {"of"}, "struct": {"fields"}, "varint": {"bytes"},
	}}
}

// aged are the keys of what comes and goes.
var aged = []Key{{"since", false, text}, {"deprecated", false, text}}

// Objects are all kinds. The first is the table itself.
var Objects = []*Object{
	{Kind: "table", One: []string{"frame", "frames"}, Keys: []Key{
		{"protocol", true, nested("protocol")},
		{"constants", false, list(nested("constant"))},
		{"frame", false, list(nested("header field"))},
		{"frames", false, mapOf(low, oneOf(list(nested("header field")), nested("layout")))},
		{"preface", false, list(nested("preface"))},
		{"checks", false, list(nested("check"))},
		{"fence", false, nested("fence")},
		{"states", true, mapOf(low, nested("state"))},
		{"features", false, list(nested("feature"))},
		{"errors", false, list(nested("error"))},
		{"enums", false, list(nested("enum"))},
		{"types", false, list(nested("type"))},
		{"messages", false, list(nested("message"))},
		{"topics", false, list(nested("topic"))},
		{"conversation", false, list(nested("step"))},
	}},
	{Kind: "protocol", Keys: []Key{
		{"id", true, name(short)},
		{"title", true, text},
		{"version", true, number(0, 1<<31-1)},
		{"endian", true, words("big", "little")},
		{"transport", false, text},
		{"port", false, number(0, 65535)},
		{"doc", false, text},
	}},
	{Kind: "constant", Keys: []Key{
		{"name", true, name(low)},
		{"value", true, number(0, 1<<53)},
		{"unit", false, words("s", "ms")},
		{"doc", false, text},
	}},
	{Kind: "layout", Keys: []Key{
		{"doc", false, text},
		{"fields", true, list(nested("header field"))},
	}},
	{Kind: "preface", Keys: []Key{
		{"from", true, words("client", "server")},
		{"bytes", true, anyText},
	}},
	typed("header field", slices.Concat([]Key{
		{"name", true, name(low)},
		{"is", false, words("opcode", "correlation")},
		{"counts", false, texts},
		{"from", false, words("client", "server")},
		{"per", false, words("opcode")},
		{"max_in", false, Form{Shape: Map, Of: []Form{number(0, max64)}}},
	}, aged)...),
	{Kind: "check", Keys: []Key{
		{"check", true, words("length", "correlation", "opcode", "state", "early", "layout", "limits", "feature", "message")},
		{"error", false, text},
		{"ignore", false, yes},
		{"doc", false, text},
	}},
	{Kind: "fence", Keys: []Key{
		{"send", true, text},
		{"expect", true, text},
		{"in", false, texts},
	}},
	{Kind: "state", Keys: []Key{
		{"start", false, yes},
		{"end", false, yes},
		{"enter", false, texts},
		{"transitions", false, Form{Shape: Map, Of: []Form{oneOf(text, nested("transition"), some(oneOf(text, nested("transition"))))}}},
		{"unspecified", false, texts},
		{"doc", false, text},
	}},
	{Kind: "transition", Keys: []Key{
		{"to", true, text},
		{"if", true, condition},
	}},
	{Kind: "feature", Keys: []Key{
		{"name", true, name(up)},
		{"bit", true, number(0, 63)},
		{"doc", false, text},
	}},
	{Kind: "error", Keys: []Key{
		{"name", true, name(up)},
		{"code", false, number(0, max64)},
		{"via", false, text},
		{"react", true, words("reply", "reply-close", "close")},
		{"anywhere", false, yes},
		{"fault", false, yes},
		{"doc", false, text},
	}},
	{Kind: "enum", Keys: []Key{
		{"name", true, name(low)},
		{"type", true, name(enums)},
		{"open", false, yes},
		{"values", true, list(nested("enum value"))},
		{"doc", false, text},
	}},
	{Kind: "enum value", Keys: slices.Concat([]Key{
		{"name", true, name(up)},
		{"value", true, code},
		{"feature", false, text},
	}, aged, []Key{{"doc", false, text}})},
	typed("type", Key{"name", true, name(low)}),
	typed("element"),
	{Kind: "chars", Keys: []Key{
		{"min", true, number(0, max32)},
		{"max", true, number(0, max32)},
	}},
	{Kind: "profile", Keys: []Key{
		{"name", true, words("UsernameCaseMapped", "OpaqueString")},
		{"feature", false, text},
	}},
	{Kind: "example", One: []string{"accept", "reject", "equal"}, Keys: []Key{
		{"accept", false, anyText},
		{"reject", false, anyText},
		{"equal", false, Form{Shape: List, Min: 2, Of: []Form{anyText}}},
	}},
	{Kind: "message", Keys: slices.Concat([]Key{
		{"name", true, name(up)},
		{"code", false, code},
		{"from", true, words("client", "server", "both")},
		{"frame", false, text},
		{"header", false, Form{Shape: Map, Of: []Form{oneOf(scalar, nested("narrowing"), list(oneOf(name(bit), nested("bit"))))}}},
		{"in", false, texts},
		{"push", false, yes},
		{"is", false, words("error")},
		{"feature", false, text},
		{"wish", false, text},
		{"reply", false, oneOf(text, nested("reply"), some(oneOf(text, nested("reply"))))},
		{"errors", false, texts},
	}, aged, []Key{
		{"doc", false, text},
		{"fields", false, list(nested("field"))},
		{"rules", false, list(nested("rule"))},
		{"vectors", false, list(nested("vector"))},
	})},
	{Kind: "narrowing", Keys: []Key{
		{"const", false, value},
		{"min", false, integer},
		{"max", false, integer},
		{"error", false, text},
		{"eg", false, value},
		{"doc", false, text},
	}},
	typed("bit", slices.Concat([]Key{{"name", true, name(low)}}, aged)...),
	{Kind: "reply", Keys: []Key{
		{"end", true, text},
		{"before", false, texts},
		{"maybe", false, yes},
		{"if", false, condition},
	}},
	typed("field", slices.Concat([]Key{
		{"name", true, name(low)},
		{"counts", false, texts},
		{"early", false, yes},
		{"if", false, condition},
		{"same_as", false, text},
	}, aged)...),
	{Kind: "rule", Keys: []Key{
		{"id", true, name(ruleID)},
		{"level", true, words("MUST", "SHOULD", "MAY")},
		{"judge", true, words("wire", "restart", "slow", "review")},
		{"feature", false, text},
		{"derive", false, words("length", "correlation", "opcode", "state", "early", "layout", "limits", "feature", "direction",
			"ignored", "segments", "ids", "order", "half-close", "equal", "others")},
		{"of", false, text},
		{"watch", false, words("closing", "end", "requests", "acks", "sequence", "window")},
		{"text", true, text},
	}},
	{Kind: "vector", One: []string{"accept", "reject"}, Keys: []Key{
		{"accept", false, values},
		{"reject", false, text},
		{"hex", true, Form{Shape: Name, Pattern: groups}},
		{"at", false, number(0, 1<<24)},
		{"because", false, text},
		{"loose", false, yes},
	}},
	{Kind: "topic", Keys: []Key{
		{"id", true, name(up)},
		{"title", true, text},
		{"doc", false, text},
		{"binds", false, words("client", "server")},
		{"rules", false, list(nested("rule"))},
	}},
	{Kind: "step", Keys: []Key{
		{"from", true, words("client", "server")},
		{"send", true, text},
		{"id", false, number(0, max64)},
		{"with", false, values},
	}},
}
