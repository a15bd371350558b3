package gen_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/wirelaw/wirelaw/spec"
	"github.com/wirelaw/wirelaw/spec/gen"
)

// A jsonVector is a vector as the file has it.
type jsonVector struct {
	ID, Message, From, State, Frame string

	Accept            map[string]any
	Reject            *struct{ Error, Field, Because string }
	Loose, Incomplete bool
}

func (v jsonVector) bytes(t testing.TB) []byte {
	t.Helper()
	b, err := readRuns(v.Frame)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// readRuns reads bytes as the file has them.
func readRuns(s string) ([]byte, error) {
	var out []byte
	for _, group := range strings.Fields(s) {
		digits, times, run := strings.Cut(group, "*")
		n := 1
		if run {
			n, _ = strconv.Atoi(times)
		}
		b, err := hex.DecodeString(digits)
		if err != nil {
			return nil, err
		}
		for range n {
			out = append(out, b...)
		}
	}
	return out, nil
}

func vectors(t testing.TB, p *spec.Protocol) []jsonVector {
	t.Helper()
	if v, ok := made.Load(p.Hash); ok {
		return v.([]jsonVector)
	}
	var file struct{ Vectors []jsonVector }
	if err := json.Unmarshal([]byte(gen.Vectors(p)), &file); err != nil {
		t.Fatalf("%s: %v", p.ID, err)
	}
	made.Store(p.Hash, file.Vectors)
	return file.Vectors
}

// made holds the vectors of tables, by hash: making them takes a while.
var made sync.Map

// TestVectorsTellAll compares the vectors with the table: its own are among them, and every message is accepted and, if it can
// be wrong, rejected.
func TestVectorsTellAll(t *testing.T) {
	for name, p := range tables(t) {
		t.Run(name, func(t *testing.T) {
			ids := map[string]bool{}
			frames := map[string]bool{}
			accepted, rejected := map[string]bool{}, map[string]bool{}
			for _, v := range vectors(t, p) {
				if ids[v.ID] {
					t.Errorf("%s is there twice", v.ID)
				}
				ids[v.ID] = true
				frames[string(v.bytes(t))] = true
				accepted[v.Message] = accepted[v.Message] || v.Accept != nil
				rejected[v.Message] = rejected[v.Message] || v.Reject != nil
			}
			for _, m := range p.Messages {
				for _, v := range m.Vectors {
					if !frames[string(v.Frame)] {
						t.Errorf("a vector of %s is missing: %x", m.Name, v.Frame)
					}
				}
				if !accepted[m.Name] {
					t.Errorf("%s is never accepted", m.Name)
				}
				if !rejected[m.Name] && m.Frame.Length() != nil && gen.Sharers(p, m) == 1 {
					t.Errorf("%s is never rejected", m.Name)
				}
			}
		})
	}
}

// TestVectorsOfLimits looks for both sides of some limits, of the chat protocol and of others.
func TestVectorsOfLimits(t *testing.T) {
	want := map[string]map[string]string{
		"chat.yaml": {
			"SEND/text.max": "", "SEND/text.max+1": "text.max", "SEND/text.empty": "", "CREATE/name.max+1": "name.max",
			"CREATE/password.chars.max+1": "password.chars.max", "LIST/by.enum": "by.enum", "HELLO/keepalive.min-1": "keepalive.min",
			"CREATE/guest.too-long": "body.max_in.guest", "HELLO/connected.longest": "", "HELLO/connected.zero": "id.zero", "HELLO/cut.1.at.12": "agent.truncated",
			"ACK/cut.1.trailing": ".trailing", "HELLO/cut.1.incomplete": "", "LOGOUT/in.guest": "opcode.state",
		},
		"toy.yaml": {
			"DRAW/sure.bool": "sure.bool", "DRAW/grid[1][0].max+1": "grid[1][0].max", "DRAW/words[0].utf8": "words[0].utf8",
		},
	}
	all := tables(t)
	for name, limits := range want {
		byID := map[string]jsonVector{}
		for _, v := range vectors(t, all[name]) {
			byID[v.ID] = v
		}
		for id, because := range limits {
			v, ok := byID[id]
			got := ""
			if v.Reject != nil {
				got = v.Reject.Field + "." + v.Reject.Because
			}
			if id == "SEND/text.empty" {
				ok, got = !ok, "" // it is the same as min-1
			}
			if !ok || got != because {
				t.Errorf("%s: %s is there: %v, rejected because of %q, want %q", name, id, ok, got, because)
			}
		}
	}
}

// TestVectorsCoverLimits looks for a vector at every limit of every field of a message that the wire can break, and for one beyond it.
func TestVectorsCoverLimits(t *testing.T) {
	for name, p := range tables(t) {
		t.Run(name, func(t *testing.T) {
			broken, all := map[string]bool{}, vectors(t, p)
			for _, v := range all {
				if v.Reject != nil {
					broken[v.Message+"/"+v.Reject.Field+"."+v.Reject.Because] = true
				}
			}
			for _, m := range p.Messages {
				for _, f := range m.Fields {
					t1 := f.Type
					width := t1.Widest()
					want := map[string]bool{
						"min":       t1.Min != nil && (*t1.Min > 0 || t1.Kind == spec.KindInt),
						"max":       t1.Max != nil && (t1.LenWidth > 0 || t1.Width > 0 || t1.Bits > 0) && *t1.Max < width && *t1.Max < 1<<20,
						"bool":      t1.Kind == spec.KindBool && t1.Bits == 0,
						"enum":      t1.Enum != nil && !t1.Enum.Open && uint64(len(t1.Enum.Values)) <= width,
						"utf8":      t1.Kind == spec.KindString && t1.Const == nil && (t1.Max == nil || *t1.Max > 0),
						"chars.max": t1.Chars != nil && (t1.Max == nil || t1.Chars.Max < *t1.Max),
					}
					for because, is := range want {
						if t1.Ignore || len(f.Counts) > 0 || t1.Const != nil {
							is = false
						}
						if is && !broken[m.Name+"/"+f.Name+"."+because] {
							t.Errorf("nothing breaks %s.%s of %s", f.Name, because, m.Name)
						}
					}
				}
			}
		})
	}
}

// TestVectorsFitTheirSchema validates the vectors of all tables, and sees the schema refuse what is wrong.
func TestVectorsFitTheirSchema(t *testing.T) {
	g, _ := gen.Find("vectors")
	for name, p := range tables(t) {
		files, err := g.Generate(p)
		if err != nil {
			t.Fatal(err)
		}
		var doc, root map[string]any
		for i, into := range []*map[string]any{&doc, &root} {
			if err := json.Unmarshal(files[i].Data, into); err != nil {
				t.Fatalf("%s: %v", files[i].Path, err)
			}
		}
		s := schema{root}
		if err := s.check("", root, doc); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for what, damage := range map[string]func(v map[string]any){
			"an unknown key":   func(v map[string]any) { v["extra"] = "x" },
			"no frame":         func(v map[string]any) { delete(v, "frame") },
			"half a byte":      func(v map[string]any) { v["frame"] = "012" },
			"two outcomes":     func(v map[string]any) { v["accept"] = map[string]any{}; v["incomplete"] = true },
			"an unknown side":  func(v map[string]any) { v["from"] = "peer" },
			"a number as id":   func(v map[string]any) { v["id"] = 1.0 },
			"a bad value":      func(v map[string]any) { v["accept"] = map[string]any{"x": 1.5} },
			"a reject of text": func(v map[string]any) { delete(v, "accept"); v["reject"] = "no" },
		} {
			var bad map[string]any
			if err := json.Unmarshal(files[0].Data, &bad); err != nil {
				t.Fatal(err)
			}
			damage(bad["vectors"].([]any)[0].(map[string]any))
			if s.check("", root, bad) == nil {
				t.Errorf("%s: the schema takes %s", name, what)
			}
		}
	}
}

func TestHexRuns(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"abc", "616263"},
		{strings.Repeat("x", 65), "78*65"},
		{"a" + strings.Repeat("x", 65) + "b", "61 78*65 62"},
		{strings.Repeat("\x05alice", 20), "05616c696365*20"},
		{strings.Repeat("x", 20), strings.Repeat("78", 20)},
	} {
		if got := gen.HexRuns([]byte(c.in)); got != c.want {
			t.Errorf("%q: %s, want %s", c.in, got, c.want)
		}
		if got := (jsonVector{Frame: c.want}).bytes(t); string(got) != c.in {
			t.Errorf("%q is read back as %q", c.in, got)
		}
	}
}

// A schema validates JSON by the keywords of JSON Schema that the schema of vectors uses; any other is a mistake.
type schema struct{ root map[string]any }

func (s schema) check(path string, rules map[string]any, v any) error {
	for key, arg := range rules {
		ok := true
		switch key {
		case "$comment", "$schema", "$defs", "title", "description":
		case "$ref":
			name := strings.TrimPrefix(arg.(string), "#/$defs/")
			if err := s.check(path, s.root["$defs"].(map[string]any)[name].(map[string]any), v); err != nil {
				return err
			}
		case "type":
			ok = hasType(arg, v)
		case "const":
			ok = v == arg
		case "enum":
			ok = false
			for _, one := range arg.([]any) {
				ok = ok || one == v
			}
		case "minimum":
			n, number := v.(float64)
			ok = !number || n >= arg.(float64)
		case "minLength":
			text, is := v.(string)
			ok = !is || len(text) >= int(arg.(float64))
		case "minItems":
			list, is := v.([]any)
			ok = !is || len(list) >= int(arg.(float64))
		case "pattern":
			text, is := v.(string)
			ok = !is || compiled(arg.(string)).MatchString(text)
		case "items":
			list, _ := v.([]any)
			for i, e := range list {
				if err := s.check(fmt.Sprintf("%s[%d]", path, i), arg.(map[string]any), e); err != nil {
					return err
				}
			}
		case "required":
			o, is := v.(map[string]any)
			for _, k := range arg.([]any) {
				if _, has := o[k.(string)]; is && !has {
					return fmt.Errorf("%s: %s is missing", path, k)
				}
			}
		case "properties":
			o, _ := v.(map[string]any)
			for k, rule := range arg.(map[string]any) {
				if e, has := o[k]; has {
					if err := s.check(path+"."+k, rule.(map[string]any), e); err != nil {
						return err
					}
				}
			}
		case "additionalProperties":
			if err := s.additional(path, rules, arg, v); err != nil {
				return err
			}
		case "not":
			ok = s.check(path, arg.(map[string]any), v) != nil
		case "oneOf", "anyOf":
			fit := 0
			for _, one := range arg.([]any) {
				if s.check(path, one.(map[string]any), v) == nil {
					fit++
				}
			}
			ok = fit == 1 || fit > 1 && key == "anyOf"
		default:
			if err := s.more(path, rules, key, v); err != nil {
				return err
			}
		}
		if !ok {
			return fmt.Errorf("%s: %v breaks %s: %v", path, v, key, arg)
		}
	}
	return nil
}

func (s schema) additional(path string, rules map[string]any, arg, v any) error {
	o, _ := v.(map[string]any)
	known, _ := rules["properties"].(map[string]any)
	for k, e := range o {
		if _, has := known[k]; has {
			continue
		}
		rule, is := arg.(map[string]any)
		if !is {
			return fmt.Errorf("%s: unknown key %q", path, k)
		}
		if err := s.check(path+"."+k, rule, e); err != nil {
			return err
		}
	}
	return nil
}

func hasType(arg, v any) bool {
	if list, ok := arg.([]any); ok {
		for _, one := range list {
			if hasType(one, v) {
				return true
			}
		}
		return false
	}
	n, number := v.(float64)
	switch arg {
	case "integer":
		return number && n == float64(int64(n))
	case "string":
		_, ok := v.(string)
		return ok
	case "boolean":
		_, ok := v.(bool)
		return ok
	case "object":
		_, ok := v.(map[string]any)
		return ok
	case "array":
		_, ok := v.([]any)
		return ok
	}
	return v == nil && arg == "null"
}

var patterns = map[string]*regexp.Regexp{}

func compiled(pattern string) *regexp.Regexp {
	if patterns[pattern] == nil {
		patterns[pattern] = regexp.MustCompile(pattern)
	}
	return patterns[pattern]
}
