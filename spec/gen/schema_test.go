package gen_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/wirelaw/wirelaw/spec"
	"github.com/wirelaw/wirelaw/spec/gen"
	"github.com/wirelaw/wirelaw/spec/internal/grammar"
)

// more validates by the keywords that only the schema of tables uses.
func (s schema) more(path string, rules map[string]any, key string, v any) error {
	object, isObject := v.(map[string]any)
	ok := true
	switch arg := rules[key]; key {
	case "maximum":
		n, number := v.(float64)
		ok = !number || n <= arg.(float64)
	case "minProperties":
		ok = !isObject || len(object) >= int(arg.(float64))
	case "maxProperties":
		ok = !isObject || len(object) <= int(arg.(float64))
	case "propertyNames":
		for name := range object {
			if err := s.check(path+"."+name, arg.(map[string]any), name); err != nil {
				return err
			}
		}
	case "allOf":
		for _, one := range arg.([]any) {
			if err := s.check(path, one.(map[string]any), v); err != nil {
				return err
			}
		}
	case "if":
		if s.check(path, arg.(map[string]any), v) == nil {
			return s.check(path, rules["then"].(map[string]any), v)
		}
	case "then":
	default:
		return fmt.Errorf("the test does not know the keyword %q", key)
	}
	if !ok {
		return fmt.Errorf("%s: %v breaks %s: %v", path, v, key, rules[key])
	}
	return nil
}

func tableSchema(t *testing.T) schema {
	t.Helper()
	var root map[string]any
	if err := json.Unmarshal(gen.Schema(), &root); err != nil {
		t.Fatal(err)
	}
	return schema{root}
}

// asJSON writes what a YAML document says as JSON, with its keys in order: that is what an editor validates, and YAML as well.
func asJSON(b *bytes.Buffer, v any) {
	switch v := v.(type) {
	case yaml.MapSlice:
		b.WriteByte('{')
		for i, item := range v {
			if i > 0 {
				b.WriteString(", ")
			}
			asJSON(b, item.Key)
			b.WriteString(": ")
			asJSON(b, item.Value)
		}
		b.WriteByte('}')
	case []any:
		b.WriteByte('[')
		for i, e := range v {
			if i > 0 {
				b.WriteString(", ")
			}
			asJSON(b, e)
		}
		b.WriteByte(']')
	default:
		text, err := json.Marshal(v)
		if err != nil {
			text = []byte("null")
		}
		b.Write(text)
	}
}

// tableDocument parses a table into what asJSON takes.
func tableDocument(t *testing.T, src []byte) (yaml.MapSlice, error) {
	t.Helper()
	var doc any
	if err := yaml.UnmarshalWithOptions(src, &doc, yaml.UseOrderedMap()); err != nil {
		return nil, err
	}
	table, ok := doc.(yaml.MapSlice)
	if !ok {
		return nil, errors.New("no mapping")
	}
	return table, nil
}

// validate judges a document by the schema.
func (s schema) validate(doc any) error {
	var b bytes.Buffer
	asJSON(&b, doc)
	var v any
	if err := json.Unmarshal(b.Bytes(), &v); err != nil {
		return err
	}
	return s.check("", s.root, v)
}

// TestSchemaTakesTables validates all tables.
func TestSchemaTakesTables(t *testing.T) {
	s := tableSchema(t)
	files, err := filepath.Glob("../../testdata/specs/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no tables")
	}
	for _, file := range append(files, "../chat.yaml", "../testdata/base.yaml", "../testdata/wide.yaml") {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := tableDocument(t, src)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.validate(doc); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// ofSyntax finds errors of the loader that need no names to be resolved and no type to be known.
var ofSyntax = regexp.MustCompile(`unknown key in|is wanted, |is a mapping, not|key "[a-z_]*" is missing|is none of |cannot be a name here|` +
	`the key has no value|is no number here|is too large: at most|without quotes|text is empty|a vector has either|exclude each other: several`)

// beyondSchema are faults of syntax that JSON Schema does not say, because they depend on the type of a field.
var beyondSchema = map[string]string{
	"code-missing": "needed if the layout has an opcode", "fence-reply": "a name", "vector-no-at": "needed with reject",
	"const-kind": "depends on the type", "const-wide": "depends on the type", "value": "depends on the type",
	"step-id": "depends on the layout", "header-const-wide": "depends on the type", "enum-value-wide": "depends on the type of the enum",
	"scalar": "only YAML tells a number from a text", "type-struct-itself": "a name", "key-missing": "depends on the layout",
	"header-null": "any value", "enum-number-closed": "depends on the type",
}

// TestSchemaRefusesBadTables goes through the bad tables: those whose fault is one of syntax are refused by the schema, too.
func TestSchemaRefusesBadTables(t *testing.T) {
	s := tableSchema(t)
	refused := 0
	for dir, base := range map[string]string{"bad": "base.yaml", "wide": "wide.yaml"} {
		good, err := os.ReadFile(filepath.Join("../testdata", base))
		if err != nil {
			t.Fatal(err)
		}
		files, err := filepath.Glob(filepath.Join("../testdata", dir, "*.txtar"))
		if err != nil || len(files) == 0 {
			t.Fatal("no bad tables")
		}
		for _, file := range files {
			src := badTable(t, file, good)
			doc, err := tableDocument(t, src)
			if err != nil {
				continue // no YAML
			}
			name := strings.TrimSuffix(filepath.Base(file), ".txtar")
			family, _, _ := strings.Cut(name, "-")
			_, err = spec.Load("bad.yaml", src)
			var list *spec.ErrorList
			if !errors.As(err, &list) {
				t.Fatalf("%s: %v", name, err)
			}
			syntax := ofSyntax.MatchString(list.List[0].Msg)
			if err := s.validate(doc); err != nil {
				refused++
			} else if syntax && beyondSchema[name] == "" && beyondSchema[family] == "" {
				t.Errorf("the schema takes %s: %s", name, list.List[0].Msg)
			}
		}
	}
	if refused < 60 {
		t.Errorf("the schema refuses only %d bad tables", refused)
	}
}

func badTable(t *testing.T, file string, good []byte) []byte {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string][]byte{}
	for _, f := range archive.Files {
		parts[f.Name] = bytes.TrimSuffix(f.Data, []byte("\n"))
	}
	if src, whole := parts["table"]; whole {
		return src
	}
	return bytes.Replace(good, parts["old"], parts["new"], 1)
}

// tiny has one object of every kind, and makes no sense. Each of thousands of variants of it is loaded.
const tiny = `
protocol: {id: tiny, title: Tiny, version: 1, endian: big}
constants: [{name: patience, value: 3}]
frames:
  main: [{name: op, type: u8, is: opcode}, {name: flags, type: u8, per: opcode}, {name: body, type: rest}]
  other: {fields: [{name: op, type: u8, is: opcode}]}
preface: [{from: client, bytes: hi}]
checks: [{check: opcode, error: BAD}]
fence: {send: ASK, expect: ANSWER}
states: {only: {start: true, transitions: {ASK: {to: only, if: really}}}}
features: [{name: MORE, bit: 0}]
errors: [{name: BAD, code: 1, react: close}]
enums: [{name: mode, type: u8, values: [{name: "ON", value: 1}]}]
types:
  - {name: word, type: string, len: u8, chars: {min: 1, max: 2}, ascii: a-z, profile: {name: OpaqueString}, examples: [{accept: a}]}
messages:
  - name: ASK
    code: 1
    from: client
    in: [only]
    header: {flags: [_, _, _, _, _, _, really, {name: one, type: b1}]}
    reply: {end: ANSWER}
    fields: [{name: words, type: array, count: u8, of: {type: word}}]
    rules: [{id: ASK-1, level: MUST, judge: wire, text: Ask.}]
    vectors: [{accept: {really: true}, hex: "01 02 00"}]
  - {name: ANSWER, code: 2, from: server, header: {flags: {min: 1}}}
topics: [{id: TALK, title: Talk, rules: [{id: TALK-1, level: MUST, judge: review, text: Talk.}]}]
conversation: [{from: client, send: ASK}]
`

var whole = flag.Bool("whole", false, "compare schema and loader on every variant of a table, not on one in four")

// TestSchemaAndLoaderAgree puts values of every form under every key of every kind of object. What the schema refuses, the
// loader refuses; and what the loader refuses for its form, the schema refuses. One variant in four is compared, all with -whole.
func TestSchemaAndLoaderAgree(t *testing.T) {
	doc, err := tableDocument(t, []byte(tiny))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := spec.Load("tiny.yaml", []byte(tiny)); err != nil {
		t.Fatal(err)
	}
	p := &prober{t: t, schema: tableSchema(t), seen: map[string]bool{}, doc: doc}
	p.object(grammar.Objects[0], doc, func(v yaml.MapSlice) { p.doc = v })
	for _, o := range grammar.Objects {
		if !p.seen[o.Kind] {
			t.Errorf("no %s was probed", o.Kind)
		}
	}
}

// A prober changes one key of a table at a time.
type prober struct {
	t      *testing.T
	schema schema
	seen   map[string]bool
	doc    yaml.MapSlice
	n      int // how many variants there were so far
}

var probes = []any{nil, true, 7, -1, 300, "word", "WORD", "", []any{}, []any{"WORD"}, yaml.MapSlice{}, yaml.MapSlice{{Key: "x", Value: 1}}}

// object probes the keys of the first object of a kind, and goes into what is in it. put puts another one in its place.
func (p *prober) object(o *grammar.Object, m yaml.MapSlice, put func(yaml.MapSlice)) {
	if !p.seen[o.Kind] {
		p.seen[o.Kind] = true
		for _, k := range append(o.Keys, grammar.Key{Name: "nonesuch"}) {
			for _, v := range probes {
				put(with(m, k.Name, v))
				p.compare(o.Kind, k.Name, v)
			}
			put(without(m, k.Name))
			p.compare(o.Kind, k.Name, "(nothing)")
		}
		put(m)
	}
	for i, item := range m {
		k := o.Key(fmt.Sprint(item.Key))
		if k == nil {
			continue
		}
		p.form(k.Form, item.Value, func(v any) {
			n := append(yaml.MapSlice{}, m...)
			n[i].Value = v
			put(n)
		})
	}
	put(m)
}

// form goes into the objects of a value.
func (p *prober) form(f grammar.Form, v any, put func(any)) {
	switch v := v.(type) {
	case yaml.MapSlice:
		switch f.Shape {
		case grammar.Nested:
			p.object(grammar.Find(f.Object), v, func(m yaml.MapSlice) { put(m) })
		case grammar.Map:
			for i, item := range v {
				p.form(f.Of[0], item.Value, func(e any) {
					n := append(yaml.MapSlice{}, v...)
					n[i].Value = e
					put(n)
				})
			}
		}
	case []any:
		if f.Shape == grammar.List {
			for i, e := range v {
				p.form(f.Of[0], e, func(e any) {
					n := append([]any{}, v...)
					n[i] = e
					put(n)
				})
			}
		}
	}
	if f.Shape == grammar.OneOf {
		for _, one := range f.Of {
			p.form(one, v, put)
		}
	}
}

func with(m yaml.MapSlice, key string, v any) yaml.MapSlice {
	return append(without(m, key), yaml.MapItem{Key: key, Value: v})
}

func without(m yaml.MapSlice, key string) (out yaml.MapSlice) {
	for _, item := range m {
		if item.Key != key {
			out = append(out, item)
		}
	}
	return out
}

// depends tells the keys whose form depends on a type or on the layout.
var depends = map[string]bool{
	"const": true, "eg": true, "min": true, "max": true, "value": true, "code": true, "id": true, "at": true, "because": true, "type": true, "of": true,
}

// compare asks the schema and the loader about the table as it is now.
func (p *prober) compare(kind, key string, v any) {
	if p.n++; !*whole && p.n%4 != 0 {
		return
	}
	var b bytes.Buffer
	asJSON(&b, p.doc)
	_, err := spec.Load("probe.json", b.Bytes())
	var list *spec.ErrorList
	errors.As(err, &list)
	refused := p.schema.validate(p.doc)
	if refused != nil && err == nil {
		p.t.Errorf("%s.%s: %v: the loader takes it, the schema does not: %v", kind, key, v, refused)
	}
	if refused != nil || list == nil || depends[key] {
		return
	}
	for _, problem := range list.List {
		at := problem.Key[strings.LastIndexByte(problem.Key, '.')+1:]
		if at == key && ofSyntax.MatchString(problem.Msg) {
			p.t.Errorf("%s.%s: %v: the schema takes it, the loader does not: %s: %s", kind, key, v, problem.Key, problem.Msg)
		}
	}
}
