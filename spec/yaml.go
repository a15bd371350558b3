package spec

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Caps on a table. They are judged before the parser runs, which takes much memory for little input.
const (
	MaxSource = 1 << 20 // bytes of the source
	maxTokens = 200_000
	maxDepth  = 32 // mappings and sequences within each other
	maxLines  = 50_000
)

// nodeKind is the form of a node.
type nodeKind int

const (
	scalar nodeKind = iota
	mapping
	sequence
)

// A node is one value of the YAML document, stripped to what a table may hold.
type node struct {
	kind  nodeKind
	pos   Pos
	text  string  // scalar
	plain bool    // scalar: neither quoted nor a block
	null  bool    // scalar: nothing was written
	pairs []*pair // mapping
	items []*node // sequence
}

// A pair is one key of a mapping and its value.
type pair struct {
	key   string
	pos   Pos
	value *node
}

// parseYAML turns the source of a table into nodes. Every problem found goes to report; the node is nil if there is
// nothing to go on with.
func parseYAML(src []byte, report func(Pos, string)) *node {
	if len(src) > MaxSource {
		report(Pos{}, fmt.Sprintf("the file has %d bytes; at most %d are allowed", len(src), MaxSource))
		return nil
	}
	if !checkBytes(src, report) {
		return nil
	}
	tokens := lexer.Tokenize(string(src))
	if !checkTokens(tokens, report) {
		return nil
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		report(syntaxError(err))
		return nil
	}
	var body ast.Node
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		if body != nil {
			report(position(doc.Body.GetToken()), "a file holds one document; a second begins here")
			return nil
		}
		body = doc.Body
	}
	if body == nil {
		report(Pos{}, "the file is empty")
		return nil
	}
	c := &converter{report: report}
	return c.node(body)
}

// checkBytes refuses what is not plain text.
func checkBytes(src []byte, report func(Pos, string)) bool {
	line, column, lines := 1, 1, 0
	for i := 0; i < len(src); {
		r, n := utf8.DecodeRune(src[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			report(Pos{line, column}, fmt.Sprintf("byte 0x%02x is not UTF-8", src[i]))
			return false
		case r == '\uFEFF':
			report(Pos{line, column}, "a byte order mark is not allowed")
			return false
		case r == '\r':
			report(Pos{line, column}, "a carriage return is not allowed: lines end in a line feed alone")
			return false
		case r < ' ' && r != '\n' && r != '\t', r == 0x7F, r >= 0x80 && r < 0xA0, r == 0x2028, r == 0x2029:
			report(Pos{line, column}, fmt.Sprintf("control character %U is not allowed", r))
			return false
		}
		i += n
		column++
		if r == '\n' {
			line, column = line+1, 1
			lines++
		}
	}
	if lines > maxLines {
		report(Pos{}, fmt.Sprintf("the file has %d lines; at most %d are allowed", lines, maxLines))
		return false
	}
	return true
}

// checkTokens refuses what the language does not have, and nesting that is too deep for the parser.
func checkTokens(tokens token.Tokens, report func(Pos, string)) bool {
	if len(tokens) > maxTokens {
		report(Pos{}, fmt.Sprintf("the file has %d tokens; at most %d are allowed", len(tokens), maxTokens))
		return false
	}
	var (
		flow    int
		columns []int // of the block collections that are open
		line    int
	)
	for i, tk := range tokens {
		pos := position(tk)
		why := ""
		switch tk.Type {
		case token.AnchorType:
			why = "anchors are not allowed"
		case token.AliasType:
			why = "aliases are not allowed"
		case token.MergeKeyType:
			why = "merge keys are not allowed"
		case token.TagType:
			why = "tags are not allowed"
		case token.DirectiveType:
			why = "directives are not allowed"
		case token.DocumentHeaderType, token.DocumentEndType:
			why = "document marks are not allowed: a file holds one document"
		case token.MappingKeyType:
			why = "complex keys are not allowed"
		case token.InvalidType:
			why = plainly(tk.Error)
		case token.MappingStartType, token.SequenceStartType:
			flow++
		case token.MappingEndType, token.SequenceEndType:
			flow--
		}
		if why != "" {
			report(pos, why)
			return false
		}
		first := pos.Line != line
		line = pos.Line
		isKey := i+1 < len(tokens) && tokens[i+1].Type == token.MappingValueType
		if flow == 0 && (first || isKey || tk.Type == token.SequenceEntryType) {
			for len(columns) > 0 && columns[len(columns)-1] >= pos.Column {
				columns = columns[:len(columns)-1]
			}
			columns = append(columns, pos.Column)
		}
		if flow > 0 && isKey && tk.Type != token.MappingStartType && i > 0 && tokens[i-1].Type == token.MappingValueType {
			report(pos, "a key follows a key: write { } around the inner mapping")
			return false
		}
		if len(columns)+flow > maxDepth {
			report(pos, fmt.Sprintf("nested too deep; at most %d levels are allowed", maxDepth))
			return false
		}
	}
	return true
}

// position returns the place of a token.
func position(tk *token.Token) Pos {
	if tk == nil || tk.Position == nil {
		return Pos{}
	}
	return Pos{tk.Position.Line, max(tk.Position.Column, 1)}
}

// syntaxError takes an error of the parser apart.
func syntaxError(err error) (Pos, string) {
	type detailed interface {
		GetMessage() string
		GetToken() *token.Token
	}
	if e, ok := err.(detailed); ok {
		return position(e.GetToken()), plainly(e.GetMessage())
	}
	line, _, _ := strings.Cut(err.Error(), "\n")
	return Pos{}, plainly(line)
}

// plainly puts messages of the parser into words that say what to do.
func plainly(msg string) string {
	switch {
	case strings.Contains(msg, "mapping value is not allowed in this context"):
		return "a key is not allowed here: a text that has a colon and a space in it needs quotes"
	case strings.Contains(msg, "'\t' that cannot start"), strings.Contains(msg, "'\\t' that cannot start"):
		return "a tab cannot indent a line: use spaces"
	}
	return lowerFirst(msg)
}

func lowerFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return strings.ToLower(string(r)) + s[n:]
}

// A converter turns the parser's tree into nodes.
type converter struct{ report func(Pos, string) }

func (c *converter) node(n ast.Node) *node {
	switch n := n.(type) {
	case nil:
		return &node{null: true, plain: true}
	case *ast.MappingNode:
		m := &node{kind: mapping, pos: position(n.GetToken())}
		if !n.IsFlowStyle && len(n.Values) > 0 {
			m.pos = position(n.Values[0].Key.GetToken())
		}
		for _, v := range n.Values {
			c.pair(m, v)
		}
		return m
	case *ast.MappingValueNode:
		m := &node{kind: mapping, pos: position(n.Key.GetToken())}
		c.pair(m, n)
		return m
	case *ast.SequenceNode:
		s := &node{kind: sequence, pos: position(n.GetToken())}
		for _, v := range n.Values {
			item := c.node(v)
			if item.null && item.pos == (Pos{}) {
				item.pos = s.pos
			}
			s.items = append(s.items, item)
		}
		return s
	case *ast.LiteralNode:
		return &node{pos: position(n.GetToken()), text: n.Value.Value}
	case *ast.StringNode:
		quoted := n.Token.Type == token.SingleQuoteType || n.Token.Type == token.DoubleQuoteType
		return &node{pos: position(n.GetToken()), text: n.Value, plain: !quoted}
	case *ast.NullNode:
		tk := n.GetToken()
		return &node{pos: position(tk), text: tk.Value, plain: true, null: tk.Type == token.ImplicitNullType || tk.Value == ""}
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return &node{pos: position(n.GetToken()), text: n.GetToken().Value, plain: true}
	}
	pos := position(n.GetToken())
	c.report(pos, fmt.Sprintf("%s is not allowed here", strings.ToLower(n.Type().YAMLName())))
	return &node{pos: pos, null: true, plain: true}
}

// pair adds one key and its value to m.
func (c *converter) pair(m *node, v *ast.MappingValueNode) {
	key := c.node(v.Key)
	if key.kind != scalar || key.null {
		c.report(key.pos, "a key must be a name")
		return
	}
	for _, p := range m.pairs {
		if p.key == key.text {
			c.report(key.pos, fmt.Sprintf("key %q is here twice; the first is in line %d", key.text, p.pos.Line))
			return
		}
	}
	value := c.node(v.Value)
	if value.null {
		value.pos = key.pos
	}
	m.pairs = append(m.pairs, &pair{key: key.text, pos: key.pos, value: value})
}
