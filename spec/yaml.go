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
	maxKeys   = 2000 // keys of one mapping; the parser's time grows with their square
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
	pairs []*pair // mapping, in the order of the table
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
	file := parse(src, report)
	if file == nil {
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

// parse runs the lexer and the parser. A panic in them is a problem of the table, whatever it is that they trip over.
func parse(src []byte, report func(Pos, string)) (file *ast.File) {
	defer func() {
		if recover() != nil {
			report(Pos{}, "the YAML parser cannot cope with this")
			file = nil
		}
	}()
	tokens := lexer.Tokenize(string(src))
	if !checkTokens(tokens, report) {
		return nil
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		report(syntaxError(err))
		return nil
	}
	return file
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
	// An open collection: the column where a block begins, 0 for one in brackets, and how many keys it has so far.
	type collection struct{ column, keys int }
	var (
		open  []collection
		first collection // stands in for the bottom of the stack
		line  int
	)
	top := func() *collection {
		if len(open) == 0 {
			return &first
		}
		return &open[len(open)-1]
	}
	for i, tk := range tokens {
		if tk.Type == token.CommentType {
			continue
		}
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
			open = append(open, collection{})
		case token.MappingEndType, token.SequenceEndType:
			if len(open) > 0 && top().column == 0 {
				open = open[:len(open)-1]
			}
		}
		if why != "" {
			report(pos, why)
			return false
		}
		begins := pos.Line != line
		line = pos.Line
		isKey := i+1 < len(tokens) && tokens[i+1].Type == token.MappingValueType
		block := len(open) == 0 || top().column > 0
		if block && (begins || isKey || tk.Type == token.SequenceEntryType) {
			for len(open) > 0 && top().column > pos.Column {
				open = open[:len(open)-1]
			}
			if top().column != pos.Column {
				open = append(open, collection{column: pos.Column})
			}
		}
		if isKey {
			top().keys++
		}
		switch {
		case !block && isKey && i > 0 && tokens[i-1].Type == token.MappingValueType:
			report(pos, "a key follows a key: write { } around the inner mapping")
			return false
		case len(open) > maxDepth:
			report(pos, fmt.Sprintf("nested too deep; at most %d levels are allowed", maxDepth))
			return false
		case top().keys > maxKeys:
			report(pos, fmt.Sprintf("too many keys in one mapping; at most %d are allowed", maxKeys))
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
		first := make(map[string]Pos, len(n.Values))
		for _, v := range n.Values {
			c.pair(m, v, first)
		}
		return m
	case *ast.MappingValueNode:
		m := &node{kind: mapping, pos: position(n.Key.GetToken())}
		c.pair(m, n, map[string]Pos{})
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

// pair adds one key and its value to m. first holds the keys that were there before.
func (c *converter) pair(m *node, v *ast.MappingValueNode, first map[string]Pos) {
	key := c.node(v.Key)
	if key.kind != scalar || key.null {
		c.report(key.pos, "a key must be a name")
		return
	}
	if f, twice := first[key.text]; twice {
		c.report(key.pos, fmt.Sprintf("key %q is here twice; the first is in line %d", key.text, f.Line))
		return
	}
	first[key.text] = key.pos
	value := c.node(v.Value)
	if value.null {
		value.pos = key.pos
	}
	m.pairs = append(m.pairs, &pair{key: key.text, pos: key.pos, value: value})
}
